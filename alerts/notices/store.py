"""All SQL about how staff want to be told: choices, chats, digests; and the news that waits for a digest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, case, delete, insert, select, update

from alerts.models import Notification
from alerts.notices.models import ChatAddress, Digest, NoticeChoice
from feedback_engine.foundation import bulk, ids
from feedback_engine.foundation.records import record_of
from feedback_engine.foundation.tables import Instant
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

_CHOICE = NoticeChoice.__table__  # type: ignore[attr-defined]
_CHAT = ChatAddress.__table__  # type: ignore[attr-defined]
_DIGEST = Digest.__table__  # type: ignore[attr-defined]
_NOTIFICATION = Notification.__table__  # type: ignore[attr-defined]
_CHOICE_RECORD, _CHAT_RECORD = record_of(_CHOICE.c), record_of(_CHAT.c)
_CHOICES_OF = bulk.Lookup(list(_CHOICE.c), by=[_CHOICE.c.staff_id])
_CHATS_OF = bulk.Lookup(list(_CHAT.c), by=[_CHAT.c.staff_id])


# ---- choices


def choices_of(reading: Reading, staff_ids: Iterable[UUID]) -> dict[UUID, Row[Any]]:
    """The choices of these members of staff, as far as they made any."""
    found = map(_CHOICE_RECORD._make, _CHOICES_OF.rows(reading.connection, staff_ids))
    return {row.staff_id: row for row in found}


def hold_digests(uow: UnitOfWork, staff_ids: Iterable[UUID]) -> set[UUID]:
    """Those of these members of staff who want a digest, whose choices stay as they are until the transaction ends."""
    query = select(_CHOICE.c.staff_id).where(
        _CHOICE.c.staff_id.in_(sorted(set(staff_ids))), _CHOICE.c.rhythm != "never"
    )
    return set(uow.connection.execute(query.order_by(_CHOICE.c.staff_id).with_for_update(read=True)).scalars())


def save_choice(uow: UnitOfWork, staff_id: UUID, values: Mapping[str, Any]) -> None:
    """Write the choices of a member of staff, over those that stood."""
    changed = uow.connection.execute(
        update(_CHOICE).where(_CHOICE.c.staff_id == staff_id).values(**values, changed_at=uow.now)
    ).rowcount
    if not changed:
        row = {"id": ids.new_reference_id(), "staff_id": staff_id, **values, "changed_at": uow.now}
        uow.connection.execute(insert(_CHOICE).values(**row))


def choices_due(reading: Reading, limit: int) -> list[Row[Any]]:
    """The choices of those whose digest is due, longest waiting first."""
    query = select(_CHOICE).where(_CHOICE.c.next_digest_at <= reading.now)
    return list(reading.connection.execute(query.order_by(_CHOICE.c.next_digest_at, _CHOICE.c.id).limit(limit)))


def move_next_digest(uow: UnitOfWork, row: Row[Any], next_at: datetime | None) -> bool:
    """Say when to look next; False when somebody else has looked meanwhile."""
    changed = uow.connection.execute(
        update(_CHOICE)
        .where(_CHOICE.c.id == row.id, _CHOICE.c.next_digest_at == row.next_digest_at, _CHOICE.c.rhythm == row.rhythm)
        .values(next_digest_at=next_at)
    ).rowcount
    return changed == 1


# ---- digests


def insert_digest(uow: UnitOfWork, row: Mapping[str, Any]) -> None:
    """Write a digest; the database refuses a second one of the same person and day."""
    uow.connection.execute(insert(_DIGEST).values(**row))


def last_digests(reading: Reading, staff_id: UUID, limit: int = 1) -> list[Row[Any]]:
    """The last digests of somebody, newest first."""
    query = select(_DIGEST).where(_DIGEST.c.staff_id == staff_id)
    return list(reading.connection.execute(query.order_by(_DIGEST.c.until_at.desc()).limit(limit)))


def digests_by_id(reading: Reading, digest_ids: Iterable[UUID]) -> dict[UUID, Row[Any]]:
    """The digests of these ids."""
    query = select(_DIGEST).where(_DIGEST.c.id.in_(sorted(set(digest_ids))))
    return {row.id: row for row in reading.connection.execute(query)}


def waiting_news(reading: Reading, staff_id: UUID) -> list[Row[Any]]:
    """What waits for the next digest of somebody, oldest first."""
    query = select(_NOTIFICATION).where(
        _NOTIFICATION.c.recipient_id == staff_id,
        _NOTIFICATION.c.state == "digest",
        _NOTIFICATION.c.digest_id.is_(None),
    )
    return list(reading.connection.execute(query.order_by(_NOTIFICATION.c.created_at, _NOTIFICATION.c.id)))


def news_of_digest(reading: Reading, staff_id: UUID, digest_id: UUID) -> list[Row[Any]]:
    """What came with a digest, oldest first."""
    query = select(_NOTIFICATION).where(
        _NOTIFICATION.c.recipient_id == staff_id, _NOTIFICATION.c.digest_id == digest_id
    )
    return list(reading.connection.execute(query.order_by(_NOTIFICATION.c.created_at, _NOTIFICATION.c.id)))


def put_into_digest(uow: UnitOfWork, rows: Sequence[Row[Any]], digest_id: UUID) -> None:
    """Let these pieces of news come with a digest."""
    _change_waiting(uow, rows, {"digest_id": digest_id, "settled_at": uow.now})


def hand_to_mail(uow: UnitOfWork, rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """Let these pieces of news wait for no digest any more, and go as soon as nobody can take them back; returns them
    as they stand now, for whoever calls it queues their mails."""
    by_due: defaultdict[datetime, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        by_due[max(row.due_at, uow.now)].append(row)
    for due_at, due in by_due.items():
        together_at = case((_NOTIFICATION.c.together_at.is_not(None), bindparam(None, due_at, Instant)))
        _change_waiting(uow, due, {"state": "handed", "due_at": due_at, "together_at": together_at})
    return [{**row._mapping, "due_at": due_at} for due_at, due in by_due.items() for row in due]


def _change_waiting(uow: UnitOfWork, rows: Sequence[Row[Any]], values: Mapping[str, Any]) -> None:
    by_shard: defaultdict[int, list[UUID]] = defaultdict(list)
    for row in rows:
        by_shard[row.shard].append(row.id)
    for shard, row_ids in sorted(by_shard.items()):
        uow.connection.execute(
            update(_NOTIFICATION)
            .where(_NOTIFICATION.c.shard == shard, _NOTIFICATION.c.id.in_(row_ids), _NOTIFICATION.c.digest_id.is_(None))
            .values(**values)
        )


# ---- chats


def insert_chat(uow: UnitOfWork, row: Mapping[str, Any]) -> None:
    """Write a new address."""
    uow.connection.execute(insert(_CHAT).values(**row))


def chats_of(reading: Reading, staff_ids: Iterable[UUID], *, active_only: bool = True) -> list[Row[Any]]:
    """The chats of these members of staff, oldest first."""
    found = map(_CHAT_RECORD._make, _CHATS_OF.rows(reading.connection, staff_ids))
    wanted = [row for row in found if row.disabled_at is None or not active_only]
    return sorted(wanted, key=lambda row: (row.created_at, row.id))


def chats_by_id(reading: Reading, chat_ids: Iterable[UUID]) -> dict[UUID, Row[Any]]:
    """The chats of these ids."""
    query = select(_CHAT).where(_CHAT.c.id.in_(sorted(set(chat_ids))))
    return {row.id: row for row in reading.connection.execute(query)}


def remove_chat(uow: UnitOfWork, staff_id: UUID, chat_id: UUID) -> bool:
    """Forget an address of somebody; False when they have none of this id."""
    changed = uow.connection.execute(delete(_CHAT).where(_CHAT.c.id == chat_id, _CHAT.c.staff_id == staff_id)).rowcount
    return changed == 1


def change_chat(uow: UnitOfWork, chat_id: UUID, values: Mapping[str, Any]) -> bool:
    """Change an address that is in use; False when it is not."""
    statement = update(_CHAT).where(_CHAT.c.id == chat_id, _CHAT.c.disabled_at.is_(None)).values(**values)
    return uow.connection.execute(statement).rowcount == 1
