"""SQL of what the live alerts did in a period: alerts, the cases they belong to, and when those were open."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, tuple_

from alerts.models import Alert, CaseEntry, Casework
from alerts.store import CaseRow
from feedback_engine.foundation import ids
from feedback_engine.foundation.unit_of_work import Reading

_CASE = Casework.__table__  # type: ignore[attr-defined]
_ALERT = Alert.__table__  # type: ignore[attr-defined]
_ENTRY = CaseEntry.__table__  # type: ignore[attr-defined]
_AT_ONCE = 5_000
_TURNS_LOOKED_AT = 500


def alerts_answered_between(reading: Reading, from_at: datetime, to_at: datetime) -> list[CaseRow]:
    """The alerts on responses first sent in [from_at, to_at), in the order in which they were raised."""
    between = (_ALERT.c.answered_at >= from_at, _ALERT.c.answered_at < to_at)
    # What no answer caused is not of an answer: no promise, no silence of a partner is tried again.
    query = select(_ALERT).where(_ALERT.c.response_id.is_not(None), *between)
    return list(reading.connection.execute(query.order_by(_ALERT.c.raised_at, _ALERT.c.id)))


def cases_open_since(reading: Reading, partner_ids: Collection[UUID], since: datetime) -> list[CaseRow]:
    """The cases of these partners that were open at some instant from `since` on, or were merged into others."""
    ended = or_(_CASE.c.closed_at.is_(None), _CASE.c.closed_at >= since, _CASE.c.merged_into_id.is_not(None))
    return [
        row
        for keys in _keys(partner_ids)
        for row in reading.connection.execute(
            select(_CASE).where(tuple_(_CASE.c.shard, _CASE.c.partner_id).in_(keys), ended)
        )
    ]


def first_alerts(reading: Reading, case_ids: Collection[UUID]) -> dict[UUID, tuple[UUID, UUID]]:
    """The alert that opened each of these cases: its id and that of its response."""
    found: dict[UUID, tuple[UUID, UUID]] = {}
    for keys in _keys(case_ids):
        query = select(_ALERT.c.case_id, _ALERT.c.id, _ALERT.c.response_id).where(
            tuple_(_ALERT.c.shard, _ALERT.c.case_id).in_(keys)
        )
        for row in reading.connection.execute(query.order_by(_ALERT.c.raised_at, _ALERT.c.id)):
            found.setdefault(row.case_id, (row.id, row.response_id))
    return found


def entries_of_cases(reading: Reading, case_ids: Collection[UUID], kinds: Sequence[str]) -> dict[UUID, list[Any]]:
    """The entries of these kinds in the timelines of these cases, oldest first."""
    found: dict[UUID, list[Any]] = {}
    columns = (_ENTRY.c.case_id, _ENTRY.c.kind, _ENTRY.c.at, _ENTRY.c.detail)
    for keys in _keys(case_ids):
        query = select(*columns).where(tuple_(_ENTRY.c.shard, _ENTRY.c.case_id).in_(keys), _ENTRY.c.kind.in_(kinds))
        for row in reading.connection.execute(query.order_by(_ENTRY.c.case_id, _ENTRY.c.revision)):
            found.setdefault(row.case_id, []).append(row)
    return found


def latest_routes(reading: Reading, before: datetime) -> list[CaseRow]:
    """The routes of the latest cases opened before an instant, newest first, each with the owner that it led to."""
    query = (
        select(_CASE.c.route, _ENTRY.c.detail)
        .join(_ENTRY, (_ENTRY.c.shard == _CASE.c.shard) & (_ENTRY.c.case_id == _CASE.c.id))
        .where(_CASE.c.opened_at < before, _ENTRY.c.kind == "opened")
    )
    rows = reading.connection.execute(
        query.order_by(_CASE.c.opened_at.desc(), _CASE.c.id.desc()).limit(_TURNS_LOOKED_AT)
    )
    return list(rows)


def first_answered_at(reading: Reading) -> datetime | None:
    """When the first answer came that raised an alert."""
    found: datetime | None = reading.connection.execute(select(func.min(_ALERT.c.answered_at))).scalar()
    return found


def _keys(row_ids: Collection[UUID]) -> Iterator[list[tuple[int, UUID]]]:
    """Ids with their shards, so many at once as a statement takes."""
    keys = [(ids.shard_of(row_id), row_id) for row_id in sorted(set(row_ids))]
    for start in range(0, len(keys), _AT_ONCE):
        yield keys[start : start + _AT_ONCE]
