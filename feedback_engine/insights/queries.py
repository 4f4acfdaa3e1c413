"""Reads the roll-ups: sums over a period, by touchpoint or by block of days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select

from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.insights.models import Rollup
from feedback_engine.insights.tally import Sums

_TABLE = Rollup.__table__  # type: ignore[attr-defined]
_SUMS = tuple(
    func.coalesce(func.sum(_TABLE.c[name]), 0).label(name)
    for name in ("n", "promoters", "passives", "detractors", "total", "total_of_squares")
)


def by_touchpoint(reading: Reading, first: date, last: date) -> dict[tuple[str, str], Sums]:
    """Sums by (metric, touchpoint) over the days from `first` to `last`, both included."""
    rows = reading.connection.execute(
        select(_TABLE.c.metric, _TABLE.c.touchpoint, *_SUMS)
        .where(_TABLE.c.day >= first, _TABLE.c.day <= last)
        .group_by(_TABLE.c.metric, _TABLE.c.touchpoint)
    )
    return {(row[0], row[1]): Sums(*(int(value) for value in row[2:])) for row in rows}


def by_day(
    reading: Reading, metric: str, first: date, last: date, touchpoints: Sequence[str] | None = None
) -> dict[date, Sums]:
    """Sums of one metric for each day that has answers."""
    query = select(_TABLE.c.day, *_SUMS).where(_TABLE.c.metric == metric, _TABLE.c.day >= first, _TABLE.c.day <= last)
    if touchpoints is not None:
        query = query.where(_TABLE.c.touchpoint.in_(list(touchpoints)))
    rows = reading.connection.execute(query.group_by(_TABLE.c.day))
    return {row[0]: Sums(*(int(value) for value in row[1:])) for row in rows}


def first_day(reading: Reading) -> date | None:
    """The day of the earliest answer."""
    found: date | None = reading.connection.execute(select(func.min(_TABLE.c.day))).scalar()
    return found
