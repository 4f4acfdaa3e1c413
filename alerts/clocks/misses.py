"""Pure. When a case missed a target, read from its due times and from those that its timeline keeps.

Nobody has to be there when it happens: what is read later, after a downtime too, is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from alerts.clocks.rests import KINDS as RESTING
from alerts.clocks.rests import rests_of
from alerts.clocks.spans import TURNING, open_at, spans_of
from feedback_engine.foundation.instants import parse_instant

Target = Literal["contact", "settlement"]


@dataclass(frozen=True, slots=True, order=True)
class Miss:
    """The instant at which a target was missed."""

    at: datetime
    of: Target


def misses_of(row: Any, entries: Sequence[Any], now: datetime) -> list[Miss]:
    """When a case missed its first contact or was not settled in time, oldest first.

    `row` has the columns of the case, `entries` is its whole timeline, oldest first. A thank-you misses nothing; nor
    does a case that was closed then, or whose clock stood still.
    """
    if row.kind == "thanks":
        return []
    turning = [entry for entry in entries if entry.kind in TURNING]
    # One that was split off stands alone since then; what was missed before, the whole has missed.
    began = entries[0].at if row.split_from_id is not None and entries else row.opened_at
    spans = spans_of(began, row.state != "closed", turning)
    rests = rests_of([entry for entry in entries if entry.kind in RESTING], now)
    return sorted(
        miss
        for miss in _of_targets(row, entries)
        if miss.at <= now and open_at(spans, miss.at) and not any(since < miss.at <= until for since, until in rests)
    )


def _of_targets(row: Any, entries: Sequence[Any]) -> set[Miss]:
    """The targets that this case had when they ran out. Times that came from another case with a merge, and were over
    by then, are misses of that one."""
    found: set[Miss] = set()
    settles_since = calls_since = row.opened_at
    for entry in entries:
        before = entry.detail.get("before") or {}
        columns = before.get("columns", before)
        settle, due = (parse_instant(each) if each else None for each in map(columns.get, ("resolve_due_at", "due_at")))
        if settle is not None:
            found |= {Miss(settle, "settlement")} if settles_since < settle <= entry.at else set()
            settles_since = entry.at
        if due is not None:
            found |= {Miss(due, "contact")} if due != settle and calls_since < due <= entry.at else set()
            calls_since = entry.at
    if row.resolve_due_at > settles_since:
        found.add(Miss(row.resolve_due_at, "settlement"))
    owed = [row.contact_due_at] if row.contacted_at is None or row.contacted_at > row.contact_due_at else []
    owed += [row.due_at] if row.due_at != row.resolve_due_at else []
    return found | {Miss(due, "contact") for due in owed if due > calls_since}
