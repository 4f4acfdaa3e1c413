"""All SQL about mail that comes in: which was taken, which matched nothing, how far a mailbox was read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, delete, func, insert, or_, select, update

from alerts.threads.models import MailboxPosition, MailIntake, UnmatchedMail
from feedback_engine.foundation import bulk, ids
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

_INTAKE = MailIntake.__table__  # type: ignore[attr-defined]
_UNMATCHED = UnmatchedMail.__table__  # type: ignore[attr-defined]
_POSITION = MailboxPosition.__table__  # type: ignore[attr-defined]
_LISTED = [column for column in _UNMATCHED.c if column.name != "raw"]


def is_taken(reading: Reading, digest: bytes) -> bool:
    """Whether the mail of this digest was taken before."""
    return reading.connection.execute(select(_INTAKE.c.id).where(_INTAKE.c.digest == digest)).first() is not None


def take(uow: UnitOfWork, digest: bytes, outcome: str) -> bool:
    """Take a mail; False when somebody else has taken it, or does so now."""
    row = {"id": ids.new_reference_id(), "digest": digest, "outcome": outcome, "taken_at": uow.now}
    return bulk.insert_rows(uow.connection, _INTAKE, [row], skip_known=True) == 1


def insert_unmatched(uow: UnitOfWork, row: Mapping[str, Any]) -> None:
    """Keep a mail that matched nothing."""
    uow.connection.execute(insert(_UNMATCHED), [{"id": ids.new_reference_id(), **row}])


def unmatched_page(
    reading: Reading, *, settled: bool, before: tuple[datetime, UUID] | None, limit: int
) -> list[Row[Any]]:
    """Mails that matched nothing, without their bytes, newest first: those to look at, or those that were."""
    state = _UNMATCHED.c.settled_at.is_not(None) if settled else _UNMATCHED.c.settled_at.is_(None)
    query = select(*_LISTED).where(state)
    if before is not None:
        at, mail_id = before
        earlier = and_(_UNMATCHED.c.received_at == at, _UNMATCHED.c.id < mail_id)
        query = query.where(or_(_UNMATCHED.c.received_at < at, earlier))
    order = query.order_by(_UNMATCHED.c.received_at.desc(), _UNMATCHED.c.id.desc())
    return list(reading.connection.execute(order.limit(limit)))


def count_unmatched(reading: Reading) -> int:
    """How many mails wait to be looked at."""
    query = select(func.count()).select_from(_UNMATCHED).where(_UNMATCHED.c.settled_at.is_(None))
    return int(reading.connection.execute(query).scalar_one())


def unmatched_by_id(reading: Reading, mail_id: UUID) -> Row[Any] | None:
    """One of them, whole."""
    return reading.connection.execute(select(_UNMATCHED).where(_UNMATCHED.c.id == mail_id)).first()


def settle_unmatched(uow: UnitOfWork, mail_id: UUID) -> bool:
    """Note that somebody has looked at it; False when somebody had before."""
    statement = (
        update(_UNMATCHED)
        .where(_UNMATCHED.c.id == mail_id, _UNMATCHED.c.settled_at.is_(None))
        .values(settled_at=uow.now, settled_by=uow.actor.name)
    )
    return uow.connection.execute(statement).rowcount == 1


def forget_persons(uow: UnitOfWork, persons: Iterable[bytes]) -> None:
    """Delete what these persons wrote and what belongs nowhere."""
    uow.connection.execute(delete(_UNMATCHED).where(_UNMATCHED.c.person.in_(sorted(set(persons)))))


def position(reading: Reading, name: str) -> Row[Any] | None:
    """How far a mailbox was read; None when it never was."""
    return reading.connection.execute(select(_POSITION).where(_POSITION.c.name == name)).first()


def save_position(uow: UnitOfWork, name: str, values: Mapping[str, Any]) -> None:
    """Note how far a mailbox was read, or what kept us out of it."""
    written = {**values, "read_at": uow.now}
    changed = uow.connection.execute(update(_POSITION).where(_POSITION.c.name == name).values(**written)).rowcount
    if not changed:
        row = {"name": name, "validity": 0, "uid": 0, "problem": None, **written}
        bulk.insert_rows(uow.connection, _POSITION, [row], skip_known=True)


def begin_mail(uow: UnitOfWork, name: str, validity: int, uid: int, patience: timedelta) -> int | None:
    """Note that the mail `uid` is begun; how often it now was without an end. None when it is not ours to read.

    That is when a mail of this mailbox was begun within `patience` and has not ended: somebody is at it, or has just
    died of it; and when another has read on meanwhile.
    """
    row = uow.connection.execute(select(_POSITION).where(_POSITION.c.name == name)).first()
    if row is None or row.validity != validity or row.uid >= uid:
        return None
    # A beginning in the future was noted before the clock was set back; it binds nobody.
    if row.begun_at is not None and uow.now - patience < row.begun_at <= uow.now:
        return None
    count = (row.begun_count or 0) + 1 if row.begun_uid == uid else 1
    statement = (
        update(_POSITION)
        .where(_POSITION.c.name == name, _POSITION.c.validity == validity, _POSITION.c.uid == row.uid)
        .where(_POSITION.c.begun_at.is_(None) if row.begun_at is None else _POSITION.c.begun_at == row.begun_at)
        .values(begun_uid=uid, begun_at=uow.now, begun_count=count)
    )
    return count if uow.connection.execute(statement).rowcount == 1 else None


def end_mail(uow: UnitOfWork, name: str, uid: int, values: Mapping[str, Any]) -> None:
    """Note that the mail which was begun has ended, well or with an error that we lived to see."""
    ended = {"begun_uid": None, "begun_at": None, "begun_count": None, "read_at": uow.now}
    mine = and_(_POSITION.c.name == name, _POSITION.c.begun_uid == uid)
    uow.connection.execute(update(_POSITION).where(mine).values(**{**ended, **values}))
