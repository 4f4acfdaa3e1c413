"""The deciding lane: takes all sampling decisions, one worker at a time, in the order of their instants.

Every decision has an instant that the rules see: now for a live event, the event's own time for imported history, the
instant it fell due for a deferred one. Deferred events that fall due before a new event are decided before it.

What the state of the program means here:

- `test` and `live` decide; whom a test may not mail is not asked, and counts for nothing.
- `paused` defers: the rule `hold` looks at the event again a day later, until the pause ends or the event is too old.
  An owner who pauses wants to go on later, and every event keeps its record.
- `draft` decides nothing about live events: the program has not begun, and nobody expects a late burst of mail about
  what happened before. The events stay in their ledger. History is decided in any state, because it mails nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from feedback_engine.foundation import program_state, versions
from feedback_engine.foundation.errors import Conflict, TransientError
from feedback_engine.foundation.outbox import Batch
from feedback_engine.foundation.unit_of_work import SYSTEM, Reading, UnitOfWork, Work
from journeys.events import TouchpointReached
from surveys import decision_store as store
from surveys.deciding_facts import OpenCases, Subject, World, read_world
from surveys.deciding_round import Round, Taken
from surveys.deciding_rows import decision_row, deferral_row, invitation_plan
from surveys.deciding_subjects import HeardRoles, subjects_of_deferrals, subjects_of_events
from surveys.invitations import plan_invitations
from surveys.sampling.decide import INVITE
from surveys.sampling.instants import to_datetime, to_micros
from surveys.sampling.plan import Plan

LANE = "deciding"
"""The lease that whoever decides must hold."""

HISTORY_PAUSE = timedelta(minutes=10)
"""Deferred history is left to the events that are still being imported, until none has come for this long."""

_DUE_AT_ONCE = 500
_PLANS = versions.Made(lambda found: Plan.from_body(found.body, found.version), kept=8)


def nobody_in_case(reading: Reading, persons: Collection[bytes]) -> Collection[bytes]:
    """For installations without cases."""
    return ()


@dataclass(slots=True)
class DecidingLane:
    """Decides about events. `open_cases` comes from the floor above, which knows who has an open case."""

    open_cases: OpenCases = nobody_in_case

    def decide(self, batch: Batch[TouchpointReached]) -> None:
        """Handler of `TouchpointReached`: decides about new events, and before each about deferred ones due by then.

        Raises TransientError while no sampling plan is in force.
        """
        with batch.work.read() as reading:
            taken = self._decide_events(reading, batch.events)
        with batch.commit() as uow:
            write(uow, taken)

    def has_due(self, reading: Reading) -> bool:
        """Whether a deferred event has fallen due; spares the lane's lease when there is none."""
        return store.has_due_deferral(reading)

    def decide_due(self, work: Work, fence: Callable[[UnitOfWork], None] | None = None) -> int:
        """Chore: decides about deferred events that have fallen due; returns how many decisions that took."""
        with work.read() as reading:
            taken = self._decide_deferred(reading)
        if taken:
            with work.begin(actor=SYSTEM) as uow:
                if fence is not None:
                    fence(uow)
                write(uow, taken)
        return len(taken)

    def _decide_events(self, reading: Reading, events: Sequence[TouchpointReached]) -> list[Taken]:
        decides_live = program_state.current(reading) != "draft"
        reached = [(event.event_id, event.touchpoints) for event in events if event.replayed or decides_live]
        if not reached:
            return []
        _, current = _plans_since(reading, to_micros(reading.now))[0]
        subjects = subjects_of_events(reading, reached, current.rules_of)
        past = max((subject.at for subject in subjects if subject.event.replayed), default=None)
        rows: list[Any] = []
        if past is not None:
            rows += store.due_deferrals(reading, to_datetime(past), replayed=True)
        if len(reached) > sum(event.replayed for event in events):
            rows += store.due_deferrals(reading, reading.now, replayed=False, limit=_DUE_AT_ONCE)
        return self._run(reading, [*subjects_of_deferrals(reading, rows), *subjects], past)

    def _decide_deferred(self, reading: Reading) -> list[Taken]:
        rows = store.due_deferrals(reading, reading.now, replayed=False, limit=_DUE_AT_ONCE)
        past = None
        if not rows and not store.history_arrived_since(
            reading, TouchpointReached.__name__, reading.now - HISTORY_PAUSE
        ):
            rows = store.due_deferrals(reading, reading.now, replayed=True, limit=_DUE_AT_ONCE)
            past = to_micros(rows[-1].due_at) if rows else None
        return self._run(reading, subjects_of_deferrals(reading, rows), past) if rows else []

    def _run(self, reading: Reading, subjects: Sequence[Subject], past: int | None) -> list[Taken]:
        """Decide about all subjects and what comes of them up to now, or up to `past` for history."""
        if not subjects:
            return []
        _, lane_round = _round(reading, subjects, self.open_cases, past)
        return lane_round.run(subjects)


def foresee(reading: Reading, subjects: Sequence[Subject], open_cases: OpenCases = nobody_in_case) -> list[Taken]:
    """What the lane would decide about these new events now, if the program were live; nothing is written.

    Raises TransientError while no sampling plan is in force.
    """
    if not subjects:
        return []
    world, lane_round = _round(reading, subjects, open_cases, None)
    # Before it is sent, a draft or a pause is no news: whoever looks wants to know what sending will do.
    world.paused = False
    return lane_round.run(subjects)


def _round(
    reading: Reading, subjects: Sequence[Subject], open_cases: OpenCases, past: int | None
) -> tuple[World, Round]:
    """How things stand for these subjects, and the round that decides about them."""
    live = [subject.at for subject in subjects if not subject.event.replayed]
    plans = _plans_since(reading, min(live, default=to_micros(reading.now)))
    touchpoints = sorted({subject.touchpoint for subject in subjects})
    rules = [plan.rules_of(touchpoint) for _, plan in plans for touchpoint in touchpoints]
    world = read_world(reading, subjects, rules, open_cases)
    heard = HeardRoles(reading)
    heard.load({subject.event.partner_id for subject in subjects if subject.attempt > 1})
    return world, Round(world, plans, heard.last, past)


def _plans_since(reading: Reading, first: int) -> list[tuple[int, Plan]]:
    """The plans in force from `first` until now with the instants they came into force, the latest first."""
    found = versions.in_force(reading, "plan", "plan")
    if found is None:
        raise TransientError("No sampling plan is in force yet. Apply a program folder.")
    plans = [(to_micros(found.from_at), _PLANS.of(found))]
    while plans[-1][0] > first:
        found = versions.in_force(reading, "plan", "plan", to_datetime(plans[-1][0] - 1))
        if found is None:
            break
        plans.append((to_micros(found.from_at), _PLANS.of(found)))
    return plans


def write(uow: UnitOfWork, taken: Sequence[Taken]) -> None:
    """Write decisions, what they ask, and what they put off; take off the queue what they settled.

    Raises Conflict when another worker has settled a deferred event meanwhile.
    """
    if not taken:
        return
    rows = [decision_row(each) for each in taken]
    store.append(uow, rows)
    settled = [each.subject.previous_id for each in taken if each.queued and each.subject.previous_id]
    if store.delete_deferrals(uow, settled) != len(settled):
        raise Conflict("A deferred event was decided by another worker meanwhile.")
    store.insert_deferrals(uow, [deferral_row(each) for each in taken if each.waits])
    asks = [invitation_plan(each) for each in taken if each.decision.outcome == INVITE]
    if asks:
        plan_invitations(uow, asks)
