"""Pure. What the alert slice tells others: frozen values of cases, timelines and alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from alerts import words
from alerts.casework.flow import WAITING_STATES
from alerts.clocks import case_clock as clocks
from alerts.settling.flow import DIRECT_TALK, MEDIATION, UNSETTLED
from feedback_engine.directory.reading import ContactView, PartnerView, StaffView
from journeys.reading import EventView
from surveys.reading import ResponseView, ScoreView


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as a list shows it.

    `left` is the working time until `due_at` by the calendar of the case, in `hours_zone`, negative once it is past;
    `past_due` the time on the wall since then, zero before. `comment` is what the partner wrote in the case's latest
    answer, that of `answered_at`, `phone` the number given there, else the contact's known one. `noticed` says why a
    case without an answer was opened. `reply` is what the partner wrote when they said that it is not settled, while
    that is the newest we have of them; `asks_later`: the mail that asks whether it is settled has not left.
    `ladder_rung` is that of the conflict that goes on, 1 again once the case is opened anew after its partner called it
    settled; `is_mediated`: it stands on the rung of mediation, and the mediator has said what they find; `is_brought`:
    somebody has it in hand to whom it was brought on that rung, and who works on cases; `awaits_statement`: a mediator
    has, and nobody has said yet how it was from our side. `contacted_at` is the first contact, `talked_at` the latest
    talk, of cases that want a call, and `call_at` when the next call of an open case begins that was arranged.
    `open_since` is when it was opened, or last opened again otherwise than by its partner's word that it is not
    settled; `waits_since` since when its partner has waited for a word from us, None if they were reached since, at
    `reached_at`. `fallen` are the score for which an open thank-you is due and the lower one to which the answer was
    changed since, None for all others.
    """

    id: UUID
    ref: str
    revision: int
    kind: str
    severity: str
    state: str
    partner: PartnerView
    contact: ContactView | None
    touchpoint: str
    touchpoint_name: str
    owner: StaffView | None
    team_id: UUID | None
    team_name: str
    score: int | None
    score_kind: str | None
    wants_contact: bool
    comment: str
    phone: str
    response_id: UUID | None
    opened_at: datetime
    open_since: datetime
    waits_since: datetime | None
    reached_at: datetime | None
    contact_due_at: datetime
    resolve_due_at: datetime
    due_at: datetime
    left: timedelta
    past_due: timedelta
    acknowledged_at: datetime | None
    contacted_at: datetime | None
    closed_at: datetime | None
    root_cause: str | None
    outcome: str | None
    reopened_count: int
    warn_at: datetime | None
    paused_at: datetime | None
    paused_until: datetime | None
    pause_reason: str | None
    snoozed_until: datetime | None
    noticed: str = ""
    ladder_rung: int = 1
    settlement: str | None = None
    settlement_id: UUID | None = None
    reply: str = ""
    asks_later: bool = False
    hours_zone: str = ""
    answered_at: datetime | None = None
    talked_at: datetime | None = None
    call_at: datetime | None = None
    is_mediated: bool = False
    is_brought: bool = False
    awaits_statement: bool = False
    fallen: tuple[int, int] | None = None

    @property
    def in_mediation(self) -> bool:
        """Whether a mediator, or whoever stands in for one, is to say what they find."""
        return self.ladder_rung == MEDIATION and not self.is_mediated

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to act."""
        return self.state != "closed"

    @property
    def needs_review(self) -> bool:
        """Whether nobody has said yet that they have seen it, or that it was opened again."""
        return self.state in WAITING_STATES

    @property
    def is_disputed(self) -> bool:
        """Whether it is open because the partner says that it is not settled, or only partly."""
        return self.is_open and self.settlement in UNSETTLED

    @property
    def is_denied(self) -> bool:
        """Whether its partner waits for an answer to a no or partly, on whatever rung."""
        return self.is_open and (self.is_disputed or self.ladder_rung > DIRECT_TALK)

    @property
    def asks_for_call(self) -> bool:
        """Whether its latest answer asks for a call that nobody made since; a letter or an invitation is none. A call
        back says so by its kind, and while somebody mediates the calls are theirs."""
        return self.kind != "callback" and self.owes_call

    @property
    def owes_call(self) -> bool:
        """The same of a call back too, which asks for nothing else."""
        if not self.is_open or not self.wants_contact or self.in_mediation:
            return False
        return self.talked_at is None or (self.answered_at is not None and self.talked_at < self.answered_at)

    @property
    def is_called_off(self) -> bool:
        """Whether all that its partner had of us is an invitation to a call that was called off."""
        return self.is_open and self.contacted_at is not None and self.reached_at is None and not self.awaits_contact

    @property
    def partner_zone(self) -> str:
        """The zone in which the contact reads the clock; empty when nobody knows."""
        return (self.contact.time_zone if self.contact else "") or self.partner.time_zone

    @property
    def awaits_contact(self) -> bool:
        """Whether the clock runs until somebody talks with the partner; else it runs until the case is settled."""
        return clocks.awaits_contact(self)

    @property
    def out_of(self) -> int:
        """The top of the scale that the score stands on."""
        return words.out_of(self.score_kind)

    @property
    def holder(self) -> str:
        """Whose case it is: a person, else a team; empty while it is nobody's."""
        return self.owner.name if self.owner else self.team_name


@dataclass(frozen=True, slots=True)
class EntryView:
    """One line of a timeline; `detail` holds codes, keys and numbers, `case_ref` whose line it is, if another's."""

    revision: int
    kind: str
    at: datetime
    actor_kind: str
    actor_id: str
    actor_name: str
    text: str
    detail: Mapping[str, Any]
    case_ref: str = ""

    def is_by(self, staff_id: str) -> bool:
        """Whether it is the doing of this member of staff; two may have the same name."""
        return self.actor_kind == "staff" and self.actor_id == staff_id


@dataclass(frozen=True, slots=True)
class AlertView:
    """A fact: this rule fired on this response, or on an occasion, for this reason.

    `why` says it in the reader's language, made of `rule_name` and `because`.
    """

    id: UUID
    case_id: UUID
    partner_id: UUID
    contact_id: UUID | None
    response_id: UUID | None
    touchpoint: str
    rule: str
    kind: str
    severity: str
    reason: str
    numbers: Mapping[str, float]
    answered_at: datetime
    raised_at: datetime
    why: str
    rule_name: str
    because: str


@dataclass(frozen=True, slots=True)
class CaseAnswer:
    """An answer that came to a case, first sent at `at`.

    `contact` is None once they were forgotten, `response` where the surveys keep the answer no more; `noted_score` is
    what its alert was raised on, `facts` what its event said, by what pages call it.
    """

    response_id: UUID
    at: datetime
    contact: ContactView | None
    touchpoint_name: str
    response: ResponseView | None
    event: EventView | None
    noted_score: int | None
    facts: Sequence[tuple[str, Any]] = ()

    @property
    def score(self) -> int | None:
        """The score as the answer stands now."""
        scored = self.response.score if self.response is not None else None
        return scored.score if scored is not None else self.noted_score

    @property
    def score_kind(self) -> str | None:
        """The kind of question that the score answers; None when nobody knows."""
        scored = self.response.score if self.response is not None else None
        return scored.kind if scored is not None else None

    @property
    def comment(self) -> str:
        """What they wrote; empty where they wrote nothing."""
        return self.response.comment if self.response is not None else ""


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """From when until when a calendar is at work on most days, by the clock of its zone."""

    from_time: str
    until_time: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """A case with all that its page shows. `names` gives the words for ids and keys in timeline and route.

    `answers` are those that came to it, newest first. `together` is the timeline with the lines of the cases that were
    merged into it, or that it was split off from; `taken_in` are the references of those that were merged into it.
    """

    case: CaseView
    answers: tuple[CaseAnswer, ...]
    alerts: tuple[AlertView, ...]
    timeline: tuple[EntryView, ...]
    last_scores: tuple[ScoreView, ...]
    route: Mapping[str, Any]
    names: Mapping[str, str]
    working_hours: WorkingHours | None
    together: tuple[EntryView, ...] = ()
    taken_in: tuple[str, ...] = ()

    @property
    def last_cause(self) -> str | None:
        """The root cause at the last closing of a case that is open again; None where none was chosen."""
        before = (entry.detail.get("before") or {} for entry in reversed(self.timeline) if entry.kind != "undone")
        return next((each.get("root_cause") for each in before if each.get("closed_at")), None)

    @property
    def closing_taken_back(self) -> EntryView | None:
        """The last closing, where it was taken back at once: whoever closes the case anew need not write it again."""
        closings = [(line, then) for line, then in pairwise(self.timeline) if line.kind == "closed"]
        return next((line for line, then in closings[-1:] if then.kind == "undone"), None)


@dataclass(frozen=True, slots=True)
class RootCauseView:
    """A root cause of the program's tree, in the reader's language; `parent_key` is the cause it tells more closely."""

    key: str
    name: str
    department: str | None
    parent_key: str | None = None


@dataclass(frozen=True, slots=True)
class ProgressView:
    """What came of an answer so far, as its receipt tells the partner; `calls`: somebody means to be in touch.

    `owner` has the case now, `reader` is the name of whoever looked at it first.
    """

    calls: bool
    read_at: datetime | None
    contacted_at: datetime | None
    closed_at: datetime | None
    contact_due_at: datetime
    owner: StaffView | None
    reader: str = ""


@dataclass(frozen=True, slots=True)
class SavedViewView:
    """An address of the inbox that somebody keeps under a name; `address` is its query."""

    id: UUID
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class EndpointView:
    """An address that hears of cases, without its secret."""

    id: UUID
    name: str
    url: str
    created_at: datetime
    created_by: str
    disabled_at: datetime | None
    disabled_reason: str | None
    failing_since: datetime | None
    old_secret_until: datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One notification and what became of it."""

    id: UUID
    case_id: UUID
    news: str
    channel: str
    recipient_id: UUID
    state: str
    attempts: int
    status_code: int | None
    error: str | None
    created_at: datetime
    settled_at: datetime | None
