"""All SQL about the thread of a case: its mail, its files, its meetings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Row, and_, bindparam, case, exists, func, insert, or_, select, tuple_, update

from alerts.models import CaseEntry, Casework
from alerts.threads.meeting_times import LONGEST
from alerts.threads.models import CaseFile, CaseMeeting, CaseMessage
from feedback_engine.foundation import ids
from feedback_engine.foundation.prepared import Prepared
from feedback_engine.foundation.records import record_of
from feedback_engine.foundation.tables import Instant
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

_CASE = Casework.__table__  # type: ignore[attr-defined]
_ENTRY = CaseEntry.__table__  # type: ignore[attr-defined]
_MESSAGE = CaseMessage.__table__  # type: ignore[attr-defined]
_MEETING = CaseMeeting.__table__  # type: ignore[attr-defined]
_FILE = CaseFile.__table__  # type: ignore[attr-defined]
_ABOUT_FILE = [column for column in _FILE.c if column.name != "content"]
_HEX = 32

ThreadRow = Row[Any]
_MEETING_RECORD = record_of(_MEETING.c)
_IS_OVER = and_(
    _CASE.c.state == "closed",
    _MEETING.c.closing.is_(False),
    _CASE.c.closed_at <= bindparam("settled_by", type_=Instant),
)
_MAY_MOVE_BACK = exists().where(
    _ENTRY.c.shard == _CASE.c.shard,
    _ENTRY.c.case_id == _CASE.c.id,
    or_(_ENTRY.c.kind == "assigned", _ENTRY.c.kind == "transferred"),
    _ENTRY.c.at > bindparam("settled_by", type_=Instant),
)
_HAS_MOVED = and_(_CASE.c.owner_id.is_not(None), _CASE.c.owner_id != _MEETING.c.organizer_id, ~_MAY_MOVE_BACK)
_LEFT_BEHIND = (
    select(_MEETING)
    .join(_CASE, and_(_CASE.c.shard == _MEETING.c.shard, _CASE.c.id == _MEETING.c.case_id))
    .where(_MEETING.c.state == "planned", _MEETING.c.starts_at > bindparam("now", type_=Instant))
    .where(or_(_IS_OVER, _CASE.c.reopened_count > _MEETING.c.reopened_count, _HAS_MOVED))
    .order_by(_MEETING.c.starts_at, _MEETING.c.id)
    .limit(bindparam("most", type_=Integer))
)
_LEFT_ANYWHERE = Prepared(_LEFT_BEHIND)


# ---- mail


def insert_message(uow: UnitOfWork, row: Mapping[str, Any]) -> None:
    """Write one mail of a thread."""
    uow.connection.execute(insert(_MESSAGE), [dict(row)])


def messages_of(reading: Reading, case_id: UUID) -> list[ThreadRow]:
    """The mail of a case, oldest first."""
    query = select(_MESSAGE).where(_MESSAGE.c.shard == ids.shard_of(case_id), _MESSAGE.c.case_id == case_id)
    return list(reading.connection.execute(query.order_by(_MESSAGE.c.at, _MESSAGE.c.id)))


def messages_by_id(reading: Reading, message_ids: Iterable[UUID]) -> dict[UUID, ThreadRow]:
    """Several mails, by id."""
    query = select(_MESSAGE).where(_keys(_MESSAGE, "id", message_ids))
    return {row.id: row for row in reading.connection.execute(query)}


def sent_as(reading: Reading, message_ids: Iterable[str]) -> list[ThreadRow]:
    """Our letters that left under one of these Message-IDs; each of ours begins with the id of its mail."""
    keys = [(ids.shard_of(mail_id), text) for text in set(message_ids) if (mail_id := _mail_id_in(text)) is not None]
    if not keys:
        return []
    query = select(_MESSAGE).where(
        tuple_(_MESSAGE.c.shard, _MESSAGE.c.message_id).in_(keys), _MESSAGE.c.direction == "out"
    )
    return list(reading.connection.execute(query))


def _mail_id_in(message_id: str) -> UUID | None:
    name = message_id.partition("@")[0]
    if len(name) != _HEX:
        return None
    try:
        return UUID(hex=name)
    except ValueError:
        return None


def mark_returned(uow: UnitOfWork, message_ids: Iterable[UUID]) -> None:
    """Note that these letters came back."""
    for message_id in message_ids:
        uow.connection.execute(
            update(_MESSAGE)
            .where(_MESSAGE.c.shard == ids.shard_of(message_id), _MESSAGE.c.id == message_id)
            .where(_MESSAGE.c.returned_at.is_(None))
            .values(returned_at=uow.now)
        )


# ---- files


def insert_files(uow: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write files; the mail they belong to must stand already."""
    for row in rows:
        uow.connection.execute(insert(_FILE), [dict(row)])


def files_of(reading: Reading, case_id: UUID) -> list[ThreadRow]:
    """The files of a case without their content, oldest first."""
    query = select(*_ABOUT_FILE).where(_FILE.c.shard == ids.shard_of(case_id), _FILE.c.case_id == case_id)
    return list(reading.connection.execute(query.order_by(_FILE.c.at, _FILE.c.id)))


def files_page(
    reading: Reading, case_id: UUID | None, before: tuple[datetime, UUID] | None, limit: int
) -> list[ThreadRow]:
    """Files without their content, newest first, of one case or of all."""
    query = select(*_ABOUT_FILE).order_by(_FILE.c.at.desc(), _FILE.c.id.desc()).limit(limit)
    if case_id is not None:
        query = query.where(_FILE.c.shard == ids.shard_of(case_id), _FILE.c.case_id == case_id)
    if before is not None:
        at, file_id = before
        query = query.where(or_(_FILE.c.at < at, and_(_FILE.c.at == at, _FILE.c.id < file_id)))
    return list(reading.connection.execute(query))


def file_with_content(reading: Reading, file_id: UUID) -> ThreadRow | None:
    """One file, whole."""
    query = select(_FILE).where(_FILE.c.shard == ids.shard_of(file_id), _FILE.c.id == file_id)
    return reading.connection.execute(query).first()


def files_of_message(reading: Reading, message_id: UUID, case_id: UUID) -> list[ThreadRow]:
    """The files of one mail, whole, in their order."""
    query = select(_FILE).where(_FILE.c.shard == ids.shard_of(case_id), _FILE.c.case_id == case_id)
    return list(reading.connection.execute(query.where(_FILE.c.message_id == message_id).order_by(_FILE.c.id)))


def size_of_files(reading: Reading, case_id: UUID) -> int:
    """How many bytes the files of a case take."""
    query = select(func.coalesce(func.sum(_FILE.c.size), 0)).where(
        _FILE.c.shard == ids.shard_of(case_id), _FILE.c.case_id == case_id
    )
    return int(reading.connection.execute(query).scalar_one())


# ---- meetings


def insert_meeting(uow: UnitOfWork, row: Mapping[str, Any]) -> None:
    """Write a new meeting."""
    uow.connection.execute(insert(_MEETING), [dict(row)])


def change_meeting(uow: UnitOfWork, meeting_id: UUID, expected: int, values: Mapping[str, Any]) -> bool:
    """Change a planned meeting that is still at this sequence; False when somebody was faster."""
    statement = (
        update(_MEETING)
        .where(_MEETING.c.shard == ids.shard_of(meeting_id), _MEETING.c.id == meeting_id)
        .where(_MEETING.c.sequence == expected, _MEETING.c.state == "planned")
        .values(**values)
    )
    return uow.connection.execute(statement).rowcount == 1


def meetings_of(reading: Reading, case_id: UUID) -> list[ThreadRow]:
    """The meetings of a case, by their time."""
    query = select(_MEETING).where(_MEETING.c.shard == ids.shard_of(case_id), _MEETING.c.case_id == case_id)
    return list(reading.connection.execute(query.order_by(_MEETING.c.starts_at, _MEETING.c.id)))


def meetings_ahead(reading: Reading, staff_id: UUID, from_at: datetime, until: datetime, limit: int) -> list[ThreadRow]:
    """The planned meetings of somebody between two instants, of their own cases or to which they invited, by time."""
    query = (
        select(_MEETING)
        .join(_CASE, and_(_CASE.c.shard == _MEETING.c.shard, _CASE.c.id == _MEETING.c.case_id))
        .where(_MEETING.c.state == "planned", _MEETING.c.starts_at >= from_at, _MEETING.c.starts_at < until)
        .where(or_(_CASE.c.owner_id == staff_id, _MEETING.c.organizer_id == staff_id))
    )
    return list(reading.connection.execute(query.order_by(_MEETING.c.starts_at, _MEETING.c.id).limit(limit)))


def cases_with_talks(reading: Reading, case_ids: Iterable[UUID]) -> set[UUID]:
    """Which of these cases have a talk to come that is off once they are closed."""
    query = (
        select(_MEETING.c.case_id)
        .where(_keys(_MEETING, "case_id", case_ids), _MEETING.c.closing.is_(False))
        .where(_MEETING.c.state == "planned", _MEETING.c.starts_at > reading.now)
    )
    return set(reading.connection.scalars(query))


def next_talks(reading: Reading, case_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """When the next talk of each of these cases begins, or began that goes on; cases without one are left out."""
    query = select(_MEETING.c.case_id, _MEETING.c.starts_at, _MEETING.c.minutes).where(
        _keys(_MEETING, "case_id", case_ids),
        _MEETING.c.state == "planned",
        _MEETING.c.starts_at > reading.now - timedelta(minutes=LONGEST),
    )
    found = reading.connection.execute(query.order_by(_MEETING.c.starts_at.desc()))
    return {row.case_id: row.starts_at for row in found if row.starts_at + timedelta(minutes=row.minutes) > reading.now}


def addressed(reading: Reading, case_id: UUID) -> dict[UUID, UUID | None]:
    """Whom each letter and each invitation of a case went to, by its id; None for who was erased."""
    return {row.id: row.contact_id for row in (*messages_of(reading, case_id), *meetings_of(reading, case_id))}


def meetings_by_id(reading: Reading, meeting_ids: Iterable[UUID]) -> dict[UUID, ThreadRow]:
    """Several meetings, by id."""
    query = select(_MEETING).where(_keys(_MEETING, "id", meeting_ids))
    return {row.id: row for row in reading.connection.execute(query)}


def meetings_out_of_step(
    reading: Reading, settled_for: timedelta, limit: int, shards: Sequence[int] | None = None
) -> list[ThreadRow]:
    """Meetings to come that their case has left behind: it was reopened, or closed or given to another owner at least
    `settled_for` ago. Looks in `shards`, None for all."""
    asked = {"now": reading.now, "settled_by": reading.now - settled_for, "most": limit}
    if shards is None:
        return list(map(_MEETING_RECORD._make, _LEFT_ANYWHERE.all(reading.connection, **asked)))
    return list(reading.connection.execute(_LEFT_BEHIND.where(_MEETING.c.shard.in_(shards)), asked))


# ---- forgetting


def messages_of_persons(reading: Reading, persons: Iterable[bytes]) -> list[UUID]:
    """The mails that these persons wrote or were written, at every partner."""
    query = select(_MESSAGE.c.id).where(_MESSAGE.c.person.in_(sorted(set(persons))))
    return list(reading.connection.execute(query).scalars())


def forget_messages(uow: UnitOfWork, message_ids: Iterable[UUID]) -> None:
    """Blank these mails, and the files that came or went with them; that there was mail stays known."""
    for message_id in message_ids:
        shard = ids.shard_of(message_id)
        uow.connection.execute(
            update(_FILE)
            .where(_FILE.c.shard == shard, _FILE.c.message_id == message_id)
            .values(name="", content=b"", size=0, digest=b"", by="")
        )
        uow.connection.execute(
            update(_MESSAGE)
            .where(_MESSAGE.c.shard == shard, _MESSAGE.c.id == message_id)
            .values(
                writer="",
                subject="",
                text="",
                person=b"",
                # Ours is an id of the queue; theirs may name a person.
                message_id=case((_MESSAGE.c.direction == "out", _MESSAGE.c.message_id), else_=""),
            )
        )


def forget_meetings(uow: UnitOfWork, contact_ids: Iterable[UUID]) -> None:
    """Blank the talks with these contacts; none takes place."""
    for contact_id in contact_ids:
        uow.connection.execute(
            update(_MEETING)
            .where(_MEETING.c.shard == ids.shard_of(contact_id), _MEETING.c.contact_id == contact_id)
            .values(subject="", place="", text="", state="cancelled", reason=func.coalesce(_MEETING.c.reason, "gone"))
        )


def _keys(table: Any, column: str, row_ids: Iterable[UUID]) -> Any:
    """Rows whose `column` holds one of these ids; their shard stands in each id."""
    return tuple_(table.c.shard, table.c[column]).in_([(ids.shard_of(row_id), row_id) for row_id in set(row_ids)])
