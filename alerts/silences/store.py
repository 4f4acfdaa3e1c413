"""All SQL about silences, and about the alerts that they kept quiet."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, func, insert, or_, select, text, tuple_, update

from alerts.regrouping.models import Silence, SilencedAlert
from feedback_engine.directory.reading import Viewer, visible_to
from feedback_engine.foundation import bulk, ids
from feedback_engine.foundation.prepared import Prepared
from feedback_engine.foundation.records import record_of
from feedback_engine.foundation.tables import Instant
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

_SILENCE = Silence.__table__  # type: ignore[attr-defined]
_SILENCED = SilencedAlert.__table__  # type: ignore[attr-defined]
_SILENCE_RECORD = record_of(_SILENCE.c)
_FIRST, _LAST = bindparam("first", type_=Instant), bindparam("last", type_=Instant)
_IN_FORCE = Prepared(
    select(_SILENCE).where(
        _SILENCE.c.created_at <= _LAST,
        _SILENCE.c.until_at > _FIRST,
        or_(_SILENCE.c.ended_at.is_(None), _SILENCE.c.ended_at > _FIRST),
    )
)


def hold_silences(uow: UnitOfWork) -> None:
    """Let whoever adds a silence wait for the others, so that each sees what the one before wrote; readers go on.

    SQLite has one writer at a time anyway.
    """
    if uow.connection.dialect.name == "postgresql":
        uow.connection.execute(text("LOCK TABLE silence IN SHARE ROW EXCLUSIVE MODE"))


def insert_silence(uow: UnitOfWork, row: Mapping[str, Any]) -> None:
    """Write a silence."""
    uow.connection.execute(insert(_SILENCE).values(**row))


def insert_silenced(uow: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write alerts that a silence kept quiet."""
    bulk.insert_rows(uow.connection, _SILENCED, rows)


def end_silence(uow: UnitOfWork, silence_id: UUID, by: str) -> bool:
    """End a silence that is in force; False when it is not."""
    statement = update(_SILENCE).where(*_of(silence_id), _SILENCE.c.ended_at.is_(None), _SILENCE.c.until_at > uow.now)
    return uow.connection.execute(statement.values(ended_at=uow.now, ended_by=by, warn_at=None)).rowcount == 1


def mark_warned(uow: UnitOfWork, silence_id: UUID) -> bool:
    """Take the warning of a silence in hand; False when another worker has, or when the silence was ended."""
    statement = update(_SILENCE).where(*_of(silence_id), _SILENCE.c.warn_at.is_not(None))
    return uow.connection.execute(statement.values(warn_at=None, warned_at=uow.now)).rowcount == 1


def due_warnings(reading: Reading, limit: int, shards: Sequence[int] | None = None) -> list[Row[Any]]:
    """Silences whose author is to be told now that they lapse. Looks in `shards`, None for all."""
    query = select(_SILENCE).where(_SILENCE.c.warn_at.is_not(None), _SILENCE.c.warn_at <= reading.now)
    if shards is not None:
        query = query.where(_SILENCE.c.shard.in_(shards))
    return list(reading.connection.execute(query.order_by(_SILENCE.c.warn_at, _SILENCE.c.id).limit(limit)))


def in_force_between(reading: Reading, first: datetime, last: datetime) -> list[Row[Any]]:
    """The silences that were in force at some instant from `first` to `last`."""
    return list(map(_SILENCE_RECORD._make, _IN_FORCE.all(reading.connection, first=first, last=last)))


def silence_by_id(reading: Reading, silence_id: UUID) -> Row[Any] | None:
    """One silence."""
    return reading.connection.execute(select(_SILENCE).where(*_of(silence_id))).first()


def silences_by_id(reading: Reading, silence_ids: Iterable[UUID]) -> dict[UUID, Row[Any]]:
    """The silences of these ids that exist."""
    keys = [(ids.shard_of(each), each) for each in set(silence_ids)]
    query = select(_SILENCE).where(tuple_(_SILENCE.c.shard, _SILENCE.c.id).in_(keys))
    return {row.id: row for row in reading.connection.execute(query)}


def silences_page(
    reading: Reading,
    viewer: Viewer,
    *,
    in_force: bool | None = None,
    partner_ids: Collection[UUID] = (),
    before: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[Row[Any]]:
    """Silences that the viewer may see, newest first: those of no partner, and of the partners they see."""
    query = select(_SILENCE).where(
        or_(_SILENCE.c.partner_id.is_(None), visible_to(viewer, _SILENCE.c.shard, _SILENCE.c.partner_id))
    )
    if in_force is not None:
        holds = and_(_SILENCE.c.ended_at.is_(None), _SILENCE.c.until_at > reading.now)
        query = query.where(holds if in_force else ~holds)
    if partner_ids:
        keys = [(ids.shard_of(each), each) for each in partner_ids]
        query = query.where(tuple_(_SILENCE.c.shard, _SILENCE.c.partner_id).in_(keys))
    if before is not None:
        at, silence_id = before
        earlier = and_(_SILENCE.c.created_at == at, _SILENCE.c.id < silence_id)
        query = query.where(or_(_SILENCE.c.created_at < at, earlier))
    query = query.order_by(_SILENCE.c.created_at.desc(), _SILENCE.c.id.desc())
    return list(reading.connection.execute(query.limit(limit)))


def silenced_counts(reading: Reading, silence_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many alerts each of these silences kept quiet; those that kept none are left out."""
    query = (
        select(_SILENCED.c.silence_id, func.count().label("alerts"))
        .where(_SILENCED.c.silence_id.in_(list(silence_ids)))
        .group_by(_SILENCED.c.silence_id)
    )
    return {row.silence_id: row.alerts for row in reading.connection.execute(query)}


def silenced_of(reading: Reading, viewer: Viewer, silence_ids: Collection[UUID], limit: int) -> list[Row[Any]]:
    """The newest alerts that these silences kept quiet, of partners that the viewer may see."""
    query = (
        select(_SILENCED)
        .where(_SILENCED.c.silence_id.in_(list(silence_ids)))
        .where(visible_to(viewer, _SILENCED.c.shard, _SILENCED.c.partner_id))
        .order_by(_SILENCED.c.raised_at.desc(), _SILENCED.c.id.desc())
    )
    return list(reading.connection.execute(query.limit(limit)))


def silenced_rules(reading: Reading, response_ids: Collection[UUID]) -> set[tuple[UUID, str]]:
    """Which rules fired on these responses and were kept quiet."""
    if not response_ids:
        return set()
    keys = [(ids.shard_of(each), each) for each in response_ids]
    query = select(_SILENCED.c.response_id, _SILENCED.c.rule).where(
        tuple_(_SILENCED.c.shard, _SILENCED.c.response_id).in_(keys)
    )
    return {(row.response_id, row.rule) for row in reading.connection.execute(query)}


def _of(silence_id: UUID) -> tuple[Any, Any]:
    return _SILENCE.c.shard == ids.shard_of(silence_id), _SILENCE.c.id == silence_id
