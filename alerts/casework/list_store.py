"""The SQL of where a case stands in a list of open ones: in which part of it, and whether its time is close."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, and_, case, cast, func, literal, or_, select, tuple_

from alerts.models import CaseEntry, Casework
from alerts.terms import SEVERITIES
from feedback_engine.foundation import ids
from feedback_engine.foundation.tables import Instant
from feedback_engine.foundation.unit_of_work import Reading

_CASE = Casework.__table__  # type: ignore[attr-defined]
_ENTRY = CaseEntry.__table__  # type: ignore[attr-defined]

# A partner's word opens a case only if it was closed: such a line keeps when. One that was taken back left the case
# closed, so the latest line of an open case is the one that opened it.
_OPENED_AGAIN = and_(
    _ENTRY.c.kind.in_(("reopened", "partner_partly", "partner_disputed")),
    cast(_ENTRY.c.detail, Text).contains('"closed_at"'),
)


def rank(*, gravest_first: bool, table: Any = _CASE) -> Any:
    """The part of a list in which a case stands: whoever waits for a call comes before those whom we want to thank."""
    is_thanks = case((table.c.kind == "thanks", 1), else_=0)
    if not gravest_first:
        return is_thanks
    gravity = case({severity: number for number, severity in enumerate(SEVERITIES)}, value=table.c.severity)
    return is_thanks * len(SEVERITIES) + gravity


def follows(case_id: UUID, within: Any, *, gravest_first: bool) -> Any:
    """Rows behind a case in a list of several parts; `within`: behind it in its own."""
    last, here = _CASE.alias("last"), rank(gravest_first=gravest_first)
    of_last = select(rank(gravest_first=gravest_first, table=last))
    there = of_last.where(last.c.shard == ids.shard_of(case_id), last.c.id == case_id).scalar_subquery()
    return or_(there < here, and_(there == here, within))


def waiting_since() -> Any:
    """Since when an open case waits, as the column `waiting_since`: since it was last opened again, else its opening.

    Whoever was settled in between did not wait. Only cases that were opened again cost a look at their timeline.
    """
    latest = select(func.max(_ENTRY.c.at)).where(
        _ENTRY.c.shard == _CASE.c.shard, _ENTRY.c.case_id == _CASE.c.id, _OPENED_AGAIN
    )
    again = func.coalesce(latest.correlate(_CASE).scalar_subquery(), _CASE.c.opened_at, type_=Instant)
    return case((_CASE.c.reopened_count > 0, again), else_=_CASE.c.opened_at).label("waiting_since")


def opened_again(reading: Reading, case_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """When each of these cases was last opened again, of those that were."""
    keys = [(ids.shard_of(each), each) for each in case_ids]
    if not keys:
        return {}
    named = tuple_(_ENTRY.c.shard, _ENTRY.c.case_id).in_(keys)
    query = select(_ENTRY.c.case_id, func.max(_ENTRY.c.at)).where(named, _OPENED_AGAIN).group_by(_ENTRY.c.case_id)
    return {row[0]: row[1] for row in reading.connection.execute(query)}


def is_close(soon: Mapping[str | None, datetime]) -> Any:
    """Whether a case is past its time or close to it: due before the instant of `soon` for its calendar, else of None.

    A clock that stands still is neither, nor is that of whoever has said thank you.
    """
    named = {name: literal(at, Instant) for name, at in soon.items() if name is not None}
    other = literal(soon[None], Instant)
    before = case(named, value=_CASE.c.calendar, else_=other) if named else other
    owed = or_(_CASE.c.kind != "thanks", _CASE.c.contacted_at.is_(None))
    return and_(_CASE.c.due_at < before, _CASE.c.paused_at.is_(None), owed)
