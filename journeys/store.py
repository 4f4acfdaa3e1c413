"""All SQL of the journeys: the event ledger, what is personal in it, and the intake that keeps events unique."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, Row, Select, and_, bindparam, delete, exists, func, select, type_coerce

from feedback_engine.foundation import bulk
from feedback_engine.foundation.ids import shard_of
from feedback_engine.foundation.prepared import Prepared
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork
from journeys.event_key import event_key, shard_of_event_key
from journeys.models import EventPersonal, Intake, TouchpointEvent

EventRow = dict[str, Any]
NaturalKey = tuple[int, str, str]
"""Shard of the event key, source, external id."""

_EVENT = TouchpointEvent.__table__  # type: ignore[attr-defined]
_PERSONAL = EventPersonal.__table__  # type: ignore[attr-defined]
_INTAKE = Intake.__table__  # type: ignore[attr-defined]
_NATURAL_KEY = (_INTAKE.c.shard, _INTAKE.c.source, _INTAKE.c.external_id)
_TAKEN_IN = bulk.Lookup((*_NATURAL_KEY, _INTAKE.c.event_id, _INTAKE.c.body_hash), by=_NATURAL_KEY)
_EVENT_COLUMNS = (
    _EVENT.c.id,
    _EVENT.c.partner_id,
    _EVENT.c.contact_id,
    _EVENT.c.source,
    _EVENT.c.external_id,
    _EVENT.c.event_key,
    _EVENT.c.type,
    _EVENT.c.at,
    _EVENT.c.received_at,
    _EVENT.c.attributes,
    _EVENT.c.replayed,
)
_EVENTS = bulk.Lookup(_EVENT_COLUMNS, by=(_EVENT.c.shard, _EVENT.c.id))
_SET_ASIDE = bulk.Lookup((_PERSONAL.c.id, _PERSONAL.c.attributes), by=(_PERSONAL.c.shard, _PERSONAL.c.id))


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What intake remembers of an event."""

    event_id: UUID
    body_hash: bytes


def find_intake(reading: Reading, keys: Sequence[NaturalKey]) -> dict[NaturalKey, TakenIn]:
    """The events among `keys` that were taken in already."""
    rows = _TAKEN_IN.rows(reading.connection, keys)
    return {(shard, source, external_id): TakenIn(*taken_in) for shard, source, external_id, *taken_in in rows}


def find_event_id(reading: Reading, source: str, external_id: str) -> UUID | None:
    """The id of the event that `source` knows as `external_id`."""
    key = (shard_of_event_key(event_key(source, external_id)), source, external_id)
    taken_in = find_intake(reading, [key]).get(key)
    return None if taken_in is None else taken_in.event_id


def claim_intake(uow: UnitOfWork, rows: Sequence[EventRow]) -> bool:
    """Take natural keys, leaving those that somebody else took meanwhile; True when all were free.

    Rows must come sorted by natural key: two batches that share keys would otherwise wait for each other.
    """
    return bulk.insert_rows(uow.connection, _INTAKE, rows, skip_known=True) == len(rows)


def insert_events(uow: UnitOfWork, events: Sequence[EventRow], personal: Sequence[EventRow]) -> None:
    """Append to the ledger; what is personal goes to rows of its own."""
    bulk.insert_rows(uow.connection, _EVENT, events)
    bulk.insert_rows(uow.connection, _PERSONAL, personal)


def events_by_id(reading: Reading, ids: Collection[UUID]) -> Iterator[tuple[Any, ...]]:
    """The ledger's rows of these events, in no order, in the columns of `EventView`."""
    return _EVENTS.rows(reading.connection, [(shard_of(event_id), event_id) for event_id in ids])


_TOLD = Prepared(
    select(_EVENT.c.at, _EVENT.c.attributes, _PERSONAL.c.attributes)
    .select_from(_EVENT.outerjoin(_PERSONAL, and_(_PERSONAL.c.shard == _EVENT.c.shard, _PERSONAL.c.id == _EVENT.c.id)))
    .where(_EVENT.c.shard == bindparam("shard"), _EVENT.c.id == bindparam("id"))
)


def find_told(reading: Reading, event_id: UUID) -> tuple[datetime, dict[str, Any], dict[str, Any] | None] | None:
    """When an event happened, its pinned attributes, and those kept aside as personal."""
    row = _TOLD.first(reading.connection, shard=shard_of(event_id), id=event_id)
    return None if row is None else (row[0], row[1], row[2])


def recent_events(
    reading: Reading, *, types: Sequence[str] = (), partner_id: UUID | None = None, limit: int = 20
) -> list[Row[Any]]:
    """The latest events by their own time, of some types or of one partner, in the columns of `EventView`."""
    query: Select[Any] = select(*_EVENT_COLUMNS).order_by(_EVENT.c.at.desc(), _EVENT.c.id.desc()).limit(limit)
    if types:
        query = query.where(_EVENT.c.type.in_(list(types)))
    if partner_id is not None:
        query = query.where(_EVENT.c.shard == shard_of(partner_id), _EVENT.c.partner_id == partner_id)
    return list(reading.connection.execute(query))


def is_called(shard: ColumnElement[int], event_id: ColumnElement[UUID], reference: str) -> ColumnElement[bool]:
    """The condition that the event named by two columns calls itself `reference`, in whatever case its letters are."""
    said = type_coerce(_EVENT.c.attributes, JSON)["event", "reference"].as_string()
    found = select(_EVENT.c.id).where(_EVENT.c.shard == shard, _EVENT.c.id == event_id)
    return exists(found.where(func.lower(said) == reference.lower()).correlate_except(_EVENT))


def event_instants(reading: Reading, partner_ids: Collection[UUID], since: datetime) -> list[tuple[UUID, datetime]]:
    """Partner and instant of every event at these partners after `since`, newest first."""
    query = select(_EVENT.c.partner_id, _EVENT.c.at).where(*_of_partners(partner_ids), _EVENT.c.at > since)
    return [(row[0], row[1]) for row in reading.connection.execute(query.order_by(_EVENT.c.at.desc()))]


def latest_of_types(
    reading: Reading, partner_ids: Collection[UUID], types: Collection[str], since: datetime
) -> list[Row[Any]]:
    """The last event of each of these types at each partner in (`since`, now], in the columns of `EventView`."""
    newest = func.row_number().over(
        partition_by=(_EVENT.c.partner_id, _EVENT.c.type), order_by=(_EVENT.c.at.desc(), _EVENT.c.id.desc())
    )
    ranked = (
        select(*_EVENT_COLUMNS, newest.label("place"))
        .where(*_of_partners(partner_ids), _EVENT.c.type.in_(sorted(types)))
        .where(_EVENT.c.at > since, _EVENT.c.at <= reading.now)
        .subquery()
    )
    columns = [ranked.c[column.name] for column in _EVENT_COLUMNS]
    return list(reading.connection.execute(select(*columns).where(ranked.c.place == 1)))


def _of_partners(partner_ids: Collection[UUID]) -> tuple[Any, Any]:
    """Events at these partners, with their shards named so that a distributed database asks only those nodes."""
    shards = sorted({shard_of(partner_id) for partner_id in partner_ids})
    return _EVENT.c.shard.in_(shards), _EVENT.c.partner_id.in_(list(partner_ids))


def count_by_type(reading: Reading, types: Collection[str], from_at: datetime, to_at: datetime) -> dict[str, int]:
    """How many events of each of these types happened in [from_at, to_at)."""
    query = (
        select(_EVENT.c.type, func.count())
        .where(_EVENT.c.type.in_(list(types)), _EVENT.c.at >= from_at, _EVENT.c.at < to_at)
        .group_by(_EVENT.c.type)
    )
    return {row[0]: row[1] for row in reading.connection.execute(query)}


def personal_attributes(reading: Reading, event_ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """What is personal in these events; nothing for those without, or erased since."""
    return dict(_SET_ASIDE.rows(reading.connection, [(shard_of(event_id), event_id) for event_id in event_ids]))


def delete_personal(uow: UnitOfWork, partner_id: UUID, contact_id: UUID) -> int:
    """Erase what is personal in a contact's events; returns how many rows went."""
    return uow.connection.execute(
        delete(_PERSONAL).where(_PERSONAL.c.shard == shard_of(partner_id), _PERSONAL.c.contact_id == contact_id)
    ).rowcount
