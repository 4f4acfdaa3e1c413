"""Pure. When a case missed a target, read from its due times and from those that its timeline keeps.

Nobody has to be there when it happens: what is read later, after a downtime too, is the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from alerts.rests import KINDS as RESTING
from alerts.rests import rests_of
from alerts.trial.spans import TURNING, open_at, spans_of
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
    spans = spans_of(row.opened_at, row.state != "closed", turning)
    rests = rests_of([entry for entry in entries if entry.kind in RESTING], now)
    return sorted(
        miss
        for miss in {*_of_row(row), *_of_entries(entries)}
        if miss.at <= now and open_at(spans, miss.at) and not any(since < miss.at <= until for since, until in rests)
    )


def _of_row(row: Any) -> Iterator[Miss]:
    yield Miss(row.resolve_due_at, "settlement")
    if row.contacted_at is None or row.contacted_at > row.contact_due_at:
        yield Miss(row.contact_due_at, "contact")
    if row.due_at != row.resolve_due_at:
        yield Miss(row.due_at, "contact")


def _of_entries(entries: Sequence[Any]) -> Iterator[Miss]:
    """The targets that counted until an entry changed them, where they were over by then."""
    for entry in entries:
        before = entry.detail.get("before") or {}
        columns = before.get("columns", before)
        settle, due = columns.get("resolve_due_at"), columns.get("due_at")
        if settle and parse_instant(settle) <= entry.at:
            yield Miss(parse_instant(settle), "settlement")
        if due and due != settle and parse_instant(due) <= entry.at:
            yield Miss(parse_instant(due), "contact")
