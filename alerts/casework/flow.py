"""Pure. The life of a case: which action is allowed in which state, and what it makes of the case.

new > acknowledged > in_progress > closed > reopened > ...
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from alerts.promises.flow import (
    ENTRIES,
    SENTIMENTS,
    GivePromise,
    MakePromise,
    SettlePromise,
    fault_of_promise,
    fault_of_settling,
)
from alerts.terms import Kind

State = Literal["new", "acknowledged", "in_progress", "reopened", "closed"]
STATES: tuple[State, ...] = ("new", "acknowledged", "in_progress", "reopened", "closed")
OPEN_STATES: tuple[State, ...] = ("new", "acknowledged", "in_progress", "reopened")
WAITING_STATES: tuple[State, ...] = ("new", "reopened")
"""Nobody has said yet that they have seen it."""

ContactChannel = Literal["call", "meeting", "mail"]
CONTACT_CHANNELS: tuple[ContactChannel, ...] = ("call", "meeting", "mail")

ContactOutcome = Literal["talked", "left_message", "no_answer"]
CONTACT_OUTCOMES: tuple[ContactOutcome, ...] = ("talked", "left_message", "no_answer")

CLOSE_OUTCOMES: Mapping[Kind, tuple[str, ...]] = {
    "recovery": ("settled", "partly_settled", "not_settled", "no_action"),
    "callback": ("settled", "partly_settled", "not_settled", "no_action"),
    "thanks": ("thanked", "no_action"),
}

DismissReason = Literal["mistaken", "already_settled", "not_about_us", "test"]
DISMISS_REASONS: tuple[DismissReason, ...] = ("mistaken", "already_settled", "not_about_us", "test")

PauseReason = Literal["awaiting_partner", "awaiting_others", "agreed_date"]
PAUSE_REASONS: tuple[PauseReason, ...] = ("awaiting_partner", "awaiting_others", "agreed_date")

LONGEST_REST = timedelta(days=90)
"""How long a case may be put aside, by a pause with an end or a snooze."""

MAX_TEXT = 10_000

FIELDS_IN_CONTACT: Mapping[str, str] = {"text": "promise", "due_on": "promise_due_on"}
"""How the fields of a promise are called where it is made with a contact."""


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """I have seen it and it is mine."""


@dataclass(frozen=True, slots=True)
class Note:
    """A word to whoever works on the case."""

    text: str


@dataclass(frozen=True, slots=True)
class LogContact:
    """The partner was called, met or written to; what came to light, how they sounded, and what we promised.

    `contact_id` is with whom, of several who answered.
    """

    channel: str
    outcome: str
    text: str = ""
    root_cause: str | None = None
    sentiment: str | None = None
    promise: MakePromise | None = None
    contact_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """What the partner is told of a case that is closed, and then asked whether it is settled."""

    found: str
    did: str


@dataclass(frozen=True, slots=True)
class Close:
    """The case is over: why it came to be, and how it ended; without a letter, the partner hears nothing of it."""

    outcome: str
    root_cause: str | None = None
    text: str = ""
    letter: Letter | None = None


@dataclass(frozen=True, slots=True)
class Assign:
    """Somebody else answers for it from now on."""

    owner_id: UUID


@dataclass(frozen=True, slots=True)
class Reopen:
    """It was not over; the text says why."""

    text: str


@dataclass(frozen=True, slots=True)
class Dismiss:
    """There is nothing to settle, and the reason why."""

    reason: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stands still for a reason that is not ours, until `until` or until somebody goes on."""

    reason: str
    text: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Resume:
    """The clock goes on with the working time that was left."""


@dataclass(frozen=True, slots=True)
class Snooze:
    """Out of sight until `until` or until there is more bad news; the clock goes on."""

    until: datetime


CaseAction = Acknowledge | Note | LogContact | Close | Assign | Reopen | Dismiss | Pause | Resume | Snooze
Action = CaseAction | MakePromise | SettlePromise | GivePromise

ALLOWED: Mapping[type[Action], tuple[State, ...]] = {
    MakePromise: OPEN_STATES,
    SettlePromise: STATES,  # a promise outlives its case
    GivePromise: STATES,
    Acknowledge: WAITING_STATES,
    Note: STATES,
    LogContact: OPEN_STATES,
    Close: OPEN_STATES,
    Assign: OPEN_STATES,
    Reopen: ("closed",),
    Dismiss: OPEN_STATES,
    Pause: OPEN_STATES,
    Resume: OPEN_STATES,
    Snooze: OPEN_STATES,
}


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What the flow looks at."""

    state: State
    kind: Kind
    owner_id: UUID | None
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What an action does: the next state, the timeline entry it writes, and which marks it sets."""

    state: State
    entry: str
    acknowledges: bool = False
    contacts: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Why an action is not possible; `field` names the input that would have to change, None: the state forbids it."""

    reason: str
    field: str | None = None


def decide(case: CaseFacts, action: Action, root_causes: Collection[str], now: datetime) -> Step | Refused:
    """What `action` makes of the case at `now`, or the reason why it cannot be."""
    if case.state not in ALLOWED[type(action)]:
        return Refused("not_closed" if isinstance(action, Reopen) else _closed_or_seen(case))
    match action:
        case Acknowledge():
            return Step("acknowledged", "acknowledged", acknowledges=True)
        case Note(text) | GivePromise(text=text):
            return _text_fault(text, required=True) or Step(case.state, "noted")
        case LogContact():
            return _log_contact(action, root_causes)
        case Close():
            return _close(case, action, root_causes)
        case Assign(owner_id):
            return Refused("same_owner", "owner") if owner_id == case.owner_id else Step(case.state, "assigned")
        case Reopen(text):
            return _text_fault(text, required=True) or Step("reopened", "reopened")
        case Dismiss(reason, text):
            known = _known(reason, DISMISS_REASONS) or _text_fault(text, required=False)
            return known or Step("closed", "dismissed", acknowledges=True)
        case Pause(reason, text, until):
            if case.paused:
                return Refused("already_paused")
            known = _known(reason, PAUSE_REASONS) or _text_fault(text, required=True)
            return (
                known or (_until_fault(until, now) if until else None) or Step(_seen(case), "paused", acknowledges=True)
            )
        case Resume():
            return Step(case.state, "resumed") if case.paused else Refused("not_paused")
        case Snooze(until):
            return _until_fault(until, now) or Step(_seen(case), "snoozed", acknowledges=True)
        case MakePromise():
            missing = fault_of_promise(action)
            return Refused(*missing) if missing else Step(_seen(case), "promised", acknowledges=True)
        case SettlePromise(state=end):
            missing = fault_of_settling(action)
            return Refused(*missing) if missing else Step(case.state, ENTRIES[end])


def _closed_or_seen(case: CaseFacts) -> str:
    return "closed" if case.state == "closed" else "already_acknowledged"


def reaches(channel: str, outcome: str) -> bool:
    """Whether a contact reached somebody: only that stops the clock of the first one, a call into the void does not."""
    return outcome == "talked" or (channel == "mail" and outcome == "left_message")


def is_contact(kind: str, detail: Mapping[str, Any]) -> bool:
    """Whether a line of a timeline says that the partner was reached: by a call, a letter or an invitation."""
    return kind in ("replied", "invited") or (
        kind == "contact_logged" and reaches(detail["channel"], detail["outcome"])
    )


def contacted_whom(kind: str, detail: Mapping[str, Any], addressed: Mapping[UUID, UUID | None]) -> UUID | None:
    """The contact with whom a line of a timeline says that somebody was in touch; None where it does not say who of
    several, or they were erased. `addressed` is whom each letter and each invitation went to, by its id."""
    if kind == "contact_logged":
        whom = detail.get("contact_id")
        return UUID(whom) if whom else None
    return addressed.get(UUID(detail["message" if kind == "replied" else "meeting"]))


def _log_contact(action: LogContact, root_causes: Collection[str]) -> Step | Refused:
    if action.channel not in CONTACT_CHANNELS:
        return Refused("channel_unknown", "channel")
    if action.outcome not in CONTACT_OUTCOMES:
        return Refused("outcome_unknown", "outcome")
    reached = reaches(action.channel, action.outcome)
    step = Step("in_progress", "contact_logged", acknowledges=True, contacts=reached)
    return _text_fault(action.text, required=False) or _said_fault(action, root_causes) or step


def _said_fault(action: LogContact, root_causes: Collection[str]) -> Refused | None:
    """What is wrong with what came of a contact besides its outcome."""
    if action.root_cause and action.root_cause not in root_causes:
        return Refused("root_cause_unknown", "root_cause")
    if action.sentiment and action.sentiment not in SENTIMENTS:
        return Refused("sentiment_unknown", "sentiment")
    if action.outcome == "no_answer" and (action.sentiment or action.promise):
        return Refused("nobody_reached", "sentiment" if action.sentiment else "promise")
    fault = fault_of_promise(action.promise) if action.promise else None
    return Refused(fault.reason, FIELDS_IN_CONTACT[fault.field]) if fault else None


def _close(case: CaseFacts, action: Close, root_causes: Collection[str]) -> Step | Refused:
    if action.outcome not in CLOSE_OUTCOMES[case.kind]:
        known = any(action.outcome in outcomes for outcomes in CLOSE_OUTCOMES.values())
        return Refused("outcome_of_others" if known else "outcome_unknown", "outcome")
    if case.kind == "recovery" and not action.root_cause:
        return Refused("root_cause_missing", "root_cause")
    if case.kind == "thanks" and action.root_cause:
        return Refused("cause_of_thanks", "root_cause")
    if action.root_cause and action.root_cause not in root_causes:
        return Refused("root_cause_unknown", "root_cause")
    fault = _letter_fault(case, action.letter) if action.letter is not None else None
    return fault or _text_fault(action.text, required=False) or Step("closed", "closed", acknowledges=True)


def _letter_fault(case: CaseFacts, letter: Letter) -> Refused | None:
    if case.kind == "thanks":
        return Refused("letter_of_thanks", "found")
    for name, text in (("found", letter.found), ("did", letter.did)):
        fault = _text_fault(text, required=True)
        if fault is not None:
            return Refused(fault.reason, name)
    return None


def _seen(case: CaseFacts) -> State:
    """Who puts a case aside has seen it."""
    return "acknowledged" if case.state in WAITING_STATES else case.state


def _known(reason: str, reasons: Collection[str]) -> Refused | None:
    return None if reason in reasons else Refused("reason_unknown", "reason")


def _until_fault(until: datetime, now: datetime) -> Refused | None:
    if until <= now:
        return Refused("until_past", "until")
    return Refused("until_far", "until") if until > now + LONGEST_REST else None


def _text_fault(text: str, *, required: bool) -> Refused | None:
    if required and not text.strip():
        return Refused("text_missing", "text")
    if len(text) > MAX_TEXT:
        return Refused("text_too_long", "text")
    if "\x00" in text:
        return Refused("text_unreadable", "text")
    return None
