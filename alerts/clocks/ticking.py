"""What becomes of cases by the passing of time: warnings, escalations, the ends of pauses and snoozes.

What is due is read from rows; each effect is written with the revision of its case, so that of several workers, or
after a crash, exactly one writes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from alerts import store
from alerts.casework.changes import Changes, resumed, target_of, terms_of, with_waking
from alerts.clocks import case_clock as clocks
from alerts.clocks.case_clock import WARNING
from alerts.notices import notifications
from alerts.notices.news import News
from alerts.routing.addressees import people_meant
from alerts.settling import ladder
from alerts.store import CaseRow
from feedback_engine.foundation.errors import Conflict
from feedback_engine.foundation.unit_of_work import SYSTEM, Reading, Work

BATCH_SIZE = 50


@dataclass(frozen=True, slots=True)
class Tick:
    """One thing that time does to a case: the entry, the columns it sets, and whom it tells besides the owner."""

    entry: str | None
    changes: Changes
    detail: dict[str, Any] = field(default_factory=dict)
    also: frozenset[UUID] = frozenset()


def tick(work: Work, limit: int = BATCH_SIZE, *, shards: Sequence[int] | None = None) -> int:
    """Do what is due on the next cases; returns how many were looked at, 0 when nothing is due."""
    with work.read() as view:
        due = store.cases_to_wake(view, limit, shards)
    for row in due:
        _tick(work, row)
    return len(due)


def is_due(view: Reading) -> bool:
    """Whether anything is due on any case."""
    return bool(store.cases_to_wake(view, 1))


def next_due(view: Reading) -> datetime | None:
    """When something is due next on any case."""
    return store.next_waking(view)


def _tick(work: Work, row: CaseRow) -> None:
    with work.read() as view:
        tick = decide_tick(view, row)
        tellings = notifications.choose_tellings(view, _news(row, tick))
    revision = row.revision + (tick.entry is not None)
    try:
        with work.begin(actor=SYSTEM) as uow:
            store.change_case(uow, row.id, row.revision, {**tick.changes, "revision": revision})
            if tick.entry is not None:
                entry = store.entry_row(row.id, revision, tick.entry, detail=tick.detail)
                store.insert_entries(uow, [{**entry, **store.by(uow)}])
            notifications.begin_tellings(uow, tellings)
    except Conflict:
        return  # Somebody, a person or another worker, was faster; what is due still, is due at the next look.


def _news(row: CaseRow, tick: Tick) -> list[News]:
    if tick.entry is None or tick.entry == "resumed":
        return []
    return [News(row.id, row.revision + 1, tick.entry, row.owner_id, row.team_id, also=tick.also)]


def decide_tick(view: Reading, row: CaseRow) -> Tick:
    """What is due on a case at `view.now`; of several things the first, the others follow at the next look."""
    if row.snoozed_until is not None and row.snoozed_until <= view.now:
        return Tick("woke", with_waking(view, row, {"snoozed_until": None}))
    if row.paused_at is not None and row.paused_until is not None and row.paused_until <= view.now:
        return Tick("resumed", with_waking(view, row, resumed(view, row)))
    return _rung(view, row)


def _rung(view: Reading, row: CaseRow) -> Tick:
    terms = terms_of(view, row)
    target = target_of(row)
    rung = None if row.paused_at else clocks.due_rung(terms.rungs(target), row.rung, view.now)
    if rung is None:
        return Tick(None, with_waking(view, row, {}))
    changes = with_waking(view, row, {"rung": rung})
    of = "contact" if clocks.awaits_contact(row) else "settlement"
    if rung == WARNING:
        # A warning that nobody could act upon any more is none; the next word is that of the escalation.
        too_late = view.now >= target.due_at
        if too_late:
            return Tick(None, changes)
        return Tick("warned", changes, {"of": of}, _who_calls(view, row) if of == "contact" else frozenset())
    level = rung - WARNING
    to = terms.escalation[level - 1].to
    skipped = list(range(max(row.rung, WARNING) - WARNING + 1, level))
    detail = {"of": of, "level": level, "to": to, "skipped": skipped}
    return Tick("escalated", changes, detail, people_meant(view, to, row.partner_id, row.touchpoint))


def _who_calls(view: Reading, row: CaseRow) -> frozenset[UUID]:
    """Whoever has a conflict in hand: the owner leaves the call to them."""
    caller_id = ladder.caller_of(view, row)
    return frozenset() if caller_id is None else frozenset({caller_id})
