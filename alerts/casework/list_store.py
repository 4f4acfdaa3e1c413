"""The SQL of where a case stands in a list of open ones: in which part of it, and whether its time is close."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, literal, or_, select

from alerts.casework import waiting_store
from alerts.models import Casework
from alerts.terms import SEVERITIES
from feedback_engine.foundation import ids
from feedback_engine.foundation.tables import Instant

_CASE = Casework.__table__  # type: ignore[attr-defined]


def rank(*, gravest_first: bool, waiting_first: bool, table: Any = _CASE) -> Any:
    """The part of a list in which a case stands: whoever waits for a call comes before those whom we want to thank.

    `gravest_first`: one part for each severity. `waiting_first`: whoever was reached stands behind those who wait.
    """
    is_thanks = case((table.c.kind == "thanks", 1), else_=0)
    if waiting_first:
        return is_thanks * 2 + case((waiting_store.waits_since(table).is_(None), 1), else_=0)
    if not gravest_first:
        return is_thanks
    gravity = case({severity: number for number, severity in enumerate(SEVERITIES)}, value=table.c.severity)
    return is_thanks * len(SEVERITIES) + gravity


def follows(case_id: UUID, within: Any, *, gravest_first: bool, waiting_first: bool) -> Any:
    """Rows behind a case in a list of several parts; `within`: behind it in its own."""
    parts = {"gravest_first": gravest_first, "waiting_first": waiting_first}
    last, here = _CASE.alias("last"), rank(**parts)
    of_last = select(rank(**parts, table=last))
    there = of_last.where(last.c.shard == ids.shard_of(case_id), last.c.id == case_id).scalar_subquery()
    return or_(there < here, and_(there == here, within))


def is_close(soon: Mapping[str | None, datetime]) -> Any:
    """Whether a case is past its time or close to it: due before the instant of `soon` for its calendar, else of None.

    A clock that stands still is neither, nor is that of whoever has said thank you.
    """
    named = {name: literal(at, Instant) for name, at in soon.items() if name is not None}
    other = literal(soon[None], Instant)
    before = case(named, value=_CASE.c.calendar, else_=other) if named else other
    owed = or_(_CASE.c.kind != "thanks", _CASE.c.contacted_at.is_(None))
    return and_(_CASE.c.due_at < before, _CASE.c.paused_at.is_(None), owed)
