"""All SQL about promises; each change is won by the revision of its row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Row, bindparam, delete, insert, select, tuple_, update

from alerts.promises.models import Promise
from feedback_engine.foundation import ids
from feedback_engine.foundation.errors import Conflict
from feedback_engine.foundation.prepared import Prepared
from feedback_engine.foundation.records import record_of
from feedback_engine.foundation.tables import Instant
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

_PROMISE = Promise.__table__  # type: ignore[attr-defined]
_IS_OPEN = _PROMISE.c.state == "open"

PromiseRow = Row[Any]
_PROMISE_RECORD = record_of(_PROMISE.c)
_WAKING = (
    select(_PROMISE)
    .where(_PROMISE.c.wakes_at.is_not(None), _PROMISE.c.wakes_at <= bindparam("now", type_=Instant))
    .order_by(_PROMISE.c.wakes_at, _PROMISE.c.id)
    .limit(bindparam("most", type_=Integer))
)
_WAKING_ANYWHERE = Prepared(_WAKING)


# ---- writing


def insert_promise(uow: UnitOfWork, row: Mapping[str, Any]) -> None:
    """Write a new promise; its case must stand already."""
    uow.connection.execute(insert(_PROMISE).values(**row))


def change_promise(uow: UnitOfWork, row: PromiseRow, values: Mapping[str, Any]) -> None:
    """Change a promise that is still as `row` was read. Raises Conflict when it moved on."""
    changed = uow.connection.execute(
        update(_PROMISE).where(*_as_read(row)).values(**values, revision=row.revision + 1)
    ).rowcount
    if changed != 1:
        raise Conflict("The promise changed meanwhile.")


def delete_promise(uow: UnitOfWork, row: PromiseRow) -> None:
    """Forget a promise that is still as `row` was read. Raises Conflict when it moved on."""
    if uow.connection.execute(delete(_PROMISE).where(*_as_read(row))).rowcount != 1:
        raise Conflict("The promise changed meanwhile.")


def _as_read(row: PromiseRow) -> tuple[Any, Any, Any]:
    return _PROMISE.c.shard == row.shard, _PROMISE.c.id == row.id, _PROMISE.c.revision == row.revision


def hold_open(
    uow: UnitOfWork, *, partner_ids: Collection[UUID] | None = None, owner_id: UUID | None = None
) -> list[PromiseRow]:
    """The open promises to these partners, of this owner, or both; nobody else changes them until the end."""
    query = select(_PROMISE).where(_IS_OPEN).order_by(_PROMISE.c.id).with_for_update()
    if partner_ids is not None:
        query = query.where(_keys("partner_id", partner_ids))
    if owner_id is not None:
        query = query.where(_PROMISE.c.owner_id == owner_id)
    return list(uow.connection.execute(query))


# ---- reading


def promise_by_id(reading: Reading, promise_id: UUID) -> PromiseRow | None:
    """One promise."""
    query = select(_PROMISE).where(_PROMISE.c.shard == ids.shard_of(promise_id), _PROMISE.c.id == promise_id)
    return reading.connection.execute(query).first()


def promises_by_id(reading: Reading, promise_ids: Iterable[UUID]) -> list[PromiseRow]:
    """Several promises, in no order."""
    return list(reading.connection.execute(select(_PROMISE).where(_keys("id", promise_ids))))


def promises_of_case(reading: Reading, case_id: UUID) -> list[PromiseRow]:
    """The promises made in a case: open ones by when they are due, then the settled ones, newest first."""
    query = select(_PROMISE).where(_PROMISE.c.shard == ids.shard_of(case_id), _PROMISE.c.case_id == case_id)
    rows = list(reading.connection.execute(query.order_by(_PROMISE.c.due_at, _PROMISE.c.id)))
    return [row for row in rows if row.state == "open"] + [row for row in reversed(rows) if row.state != "open"]


def open_of_owner(reading: Reading, owner_id: UUID) -> list[PromiseRow]:
    """The open promises that somebody on staff has to keep, by when they are due."""
    query = select(_PROMISE).where(_IS_OPEN, _PROMISE.c.owner_id == owner_id)
    return list(reading.connection.execute(query.order_by(_PROMISE.c.due_at, _PROMISE.c.id)))


def open_to_partners(reading: Reading, partner_ids: Collection[UUID]) -> list[PromiseRow]:
    """The open promises to these partners, by when they are due."""
    if not partner_ids:
        return []
    query = select(_PROMISE).where(_IS_OPEN, _keys("partner_id", partner_ids))
    return list(reading.connection.execute(query.order_by(_PROMISE.c.due_at, _PROMISE.c.id)))


def latest_to_partners(reading: Reading, partner_ids: Collection[UUID], limit: int) -> list[PromiseRow]:
    """The promises to these partners, settled ones too, the latest due first."""
    query = select(_PROMISE).where(_keys("partner_id", partner_ids))
    return list(reading.connection.execute(query.order_by(_PROMISE.c.due_at.desc(), _PROMISE.c.id.desc()).limit(limit)))


def came_by_transfer(reading: Reading, owner_id: UUID, transfer_id: UUID) -> list[PromiseRow]:
    """The open promises of an owner that came by one transfer, by when they are due."""
    query = select(_PROMISE).where(_IS_OPEN, _PROMISE.c.owner_id == owner_id, _PROMISE.c.transfer_id == transfer_id)
    return list(reading.connection.execute(query.order_by(_PROMISE.c.due_at, _PROMISE.c.id)))


def due(reading: Reading, limit: int, shards: Sequence[int] | None = None) -> list[PromiseRow]:
    """Promises on whose clock something is due by now, earliest first. Looks in `shards`, None for all."""
    asked = {"now": reading.now, "most": limit}
    if shards is None:
        return list(map(_PROMISE_RECORD._make, _WAKING_ANYWHERE.all(reading.connection, **asked)))
    return list(reading.connection.execute(_WAKING.where(_PROMISE.c.shard.in_(shards)), asked))


def _keys(column: str, row_ids: Iterable[UUID]) -> Any:
    """Rows whose `column` holds one of these ids; their shard stands in each id."""
    wanted = [(ids.shard_of(row_id), row_id) for row_id in set(row_ids)]
    return tuple_(_PROMISE.c.shard, _PROMISE.c[column]).in_(wanted)
