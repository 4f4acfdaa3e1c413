"""Pure. The life of a promise: open > kept, broken or withdrawn; what has to be said of it, and when it is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from alerts.clocks.business_time import Calendar, add_time, end_of_work, working_time
from alerts.clocks.case_clock import WARN_SHARE, Target

PromiseState = Literal["open", "kept", "broken", "withdrawn"]
PROMISE_STATES: tuple[PromiseState, ...] = ("open", "kept", "broken", "withdrawn")
SETTLED_STATES: tuple[PromiseState, ...] = ("kept", "broken", "withdrawn")

Sentiment = Literal["relieved", "neutral", "upset"]
SENTIMENTS: tuple[Sentiment, ...] = ("relieved", "neutral", "upset")
"""How the partner sounded at the end of a contact."""

MAX_PROMISE = 2000
FURTHEST = timedelta(days=366)
"""A promise that is due later is a plan."""

ENTRIES: Mapping[str, str] = {
    "kept": "promise_kept",
    "broken": "promise_broken",
    "withdrawn": "promise_withdrawn",
}
"""The entry of the timeline by which a promise ends."""


@dataclass(frozen=True, slots=True)
class MakePromise:
    """We told the partner that we would do this, by the end of this day. `owner_id`: who, None: whoever says so."""

    text: str
    due_on: date | None = None
    owner_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class SettlePromise:
    """A promise was kept, was broken, or does not hold any more; `text` is the reason."""

    promise_id: UUID
    state: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class GivePromise:
    """Somebody else keeps a promise from now on; `text` is the note that tells them, with their @."""

    promise_id: UUID
    owner_id: UUID
    text: str


class Fault(NamedTuple):
    """What is wrong with a promise, as a reason, and the field that would have to change."""

    reason: str
    field: str


def fault_of_promise(promise: MakePromise) -> Fault | None:
    """What is missing in a promise as it was typed."""
    if not promise.text.strip():
        return Fault("promise_missing", "text")
    return _text_fault(promise.text, "text") or (Fault("due_missing", "due_on") if promise.due_on is None else None)


def fault_of_settling(action: SettlePromise) -> Fault | None:
    """What is missing to end a promise."""
    if action.state not in SETTLED_STATES:
        return Fault("promise_state_unknown", "state")
    if action.state == "withdrawn" and not action.text.strip():
        return Fault("withdrawn_why", "reason")
    return _text_fault(action.text, "reason")


def target_of(calendar: Calendar, due_on: date, now: datetime) -> Target | Fault:
    """When a promise of now is due and when its owner is warned: at three quarters of its working time.

    It is due when work ends on that day; on a day without work, when it ends on the next one that has some.
    """
    if due_on > (now + FURTHEST).date():
        return Fault("promise_far", "due_on")
    due_at = end_of_work(calendar, due_on)
    if due_at <= now or due_on < now.astimezone(ZoneInfo(calendar.time_zone)).date():
        return Fault("until_past", "due_on")
    whole = working_time(calendar, now, due_at)
    return Target(add_time(calendar, now, whole * WARN_SHARE), due_at)


def _text_fault(text: str, field: str) -> Fault | None:
    if len(text) > MAX_PROMISE:
        return Fault("promise_long", field)
    return Fault("text_unreadable", field) if "\x00" in text else None
