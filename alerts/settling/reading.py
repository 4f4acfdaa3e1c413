"""What staff pages show of settling: the partner's word, what we wrote, the rungs of the conflict, both statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from alerts import store
from alerts.casework.changes import terms_of
from alerts.clocks.business_time import Calendar, working_time
from alerts.settling import asking as settling
from alerts.settling import ladder, recovery
from alerts.settling import store as settling_store
from alerts.settling import words as settling_words
from alerts.settling.flow import ENTRIES, ESCALATION, MEDIATION, may_take_up
from alerts.settling.parts import Part
from alerts.settling.recovery import Recovered
from alerts.settling.store import SettlementRow, StepRow
from alerts.threads.partner_words import letter_language
from alerts.views import CaseDetail, CaseView, EntryView
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import ContactView, StaffView
from feedback_engine.foundation.unit_of_work import Reading


@dataclass(frozen=True, slots=True)
class Asked:
    """One closing about which the partner was asked, of another case where that is named by `case_ref`; texts are empty
    once the contact was erased."""

    id: UUID
    state: str
    found: str
    did: str
    asked_at: datetime
    sent_at: datetime | None
    reply_by: datetime
    case_ref: str = ""


@dataclass(frozen=True, slots=True)
class StepView:
    """A rung above direct talk: who of us (None: nobody free), whom of the partner we wrote to (None: nobody).

    `part` is what whoever was brought in has of the case; None where that is nothing. `finders` are those who
    may say what they find where nobody mediates; where there are none, whoever works on cases may. `is_followed`:
    `staff` works on cases no more, and the worker is about to choose somebody else.
    """

    rung: int
    staff: StaffView | None
    contact: ContactView | None
    began_at: datetime
    due_at: datetime | None
    late_at: datetime | None
    ended_at: datetime | None
    part: Part | None = None
    finders: frozenset[UUID] = frozenset()
    is_followed: bool = False

    @property
    def mediator(self) -> StaffView | None:
        """Whoever mediates, or takes up an escalation; None where nobody neutral was found, and where `staff` works on
        cases no more."""
        return self.staff if may_take_up(self.staff) else None


@dataclass(frozen=True, slots=True)
class SettlingView:
    """All that a case's page shows of settling.

    `unmailable` says why the contact cannot be asked, empty when they can; `reads` is the language that they read, as
    far as we know, and `letter_language` that of the words around ours.
    `asked` is the latest closing with a letter, `written` the latest whose letter left, or is to. `said` is the line of
    the timeline with the partner's last word and `said_by` whose it is, who need not be the contact of the case; None
    once nobody knows. `their_roles` are the roles and personas of the contacts to whom a conflict comes at the partner;
    none where the alert file names none.
    """

    unmailable: str
    reads: str
    letter_language: str
    asked: Asked | None
    written: Asked | None
    said: EntryView | None
    said_by: ContactView | None
    steps: Sequence[StepView]
    recovered: Recovered | None
    their_roles: Sequence[str]

    @property
    def mediation(self) -> StepView | None:
        """The mediation of the case, going on or ended."""
        return next((step for step in self.steps if step.rung == MEDIATION), None)

    @property
    def escalation(self) -> StepView | None:
        """The last rung, where it was reached."""
        return next((step for step in self.steps if step.rung == ESCALATION), None)

    @property
    def mediates(self) -> bool:
        """Whether a mediation is going on."""
        return self.mediation is not None and self.mediation.ended_at is None

    @property
    def mediator(self) -> StaffView | None:
        """Whoever mediates now."""
        return self.mediation.mediator if self.mediation is not None and self.mediates else None

    @property
    def caller(self) -> StaffView | None:
        """To whom of us a conflict was brought that goes on, and who talks with the partner: the mediator, and at last
        the escalation contact."""
        return self.escalation.mediator if self.escalation is not None else self.mediator


@dataclass(frozen=True, slots=True)
class MediationView:
    """Both sides beside each other, oldest words first, and what the mediator found.

    `speakers` are the contacts who said what is in `theirs`, by the id of its actor; `closings` are the letters that
    they speak of, those of a case whose words were taken up too.
    """

    step: StepView
    theirs: Sequence[EntryView]
    ours: Sequence[EntryView]
    closings: Sequence[Asked]
    findings: Sequence[EntryView]
    speakers: Mapping[str, ContactView]


@dataclass(frozen=True, slots=True)
class Brought:
    """A conflict that was brought to somebody: `left` is their working time, `past_due` time on the wall since then.

    `due_at` is that of their call with the partner while that is owed (`calls`), then that of their finding, or on the
    last rung of settling the case; None there while its clock stands still.
    """

    case: CaseView
    step: StepView
    calls: bool
    due_at: datetime | None
    left: timedelta
    past_due: timedelta


def brought_to(reading: Reading, staff_id: UUID, cases: Sequence[CaseView]) -> list[Brought]:
    """Which of these cases wait for somebody as mediator or escalation contact, the mediations first, by time."""
    rows = settling_store.waiting_steps(reading, staff_id, [case.id for case in cases])
    contacts = directory.contacts_by_id(reading, {row.contact_id for row in rows if row.contact_id})
    views = {step.case_id: _step(step, None, contacts.get(step.contact_id)) for step in rows}
    calendars = {row.id: terms_of(reading, row).calendar for row in store.cases_by_id(reading, list(views))}
    found = [_brought(case, views[case.id], calendars[case.id], reading.now) for case in cases if case.id in views]
    return sorted(found, key=lambda each: (each.step.rung, each.due_at or each.step.began_at))


def _brought(case: CaseView, step: StepView, calendar: Calendar, now: datetime) -> Brought:
    # The clock of the case is that of their call, and says so on its page, until they have talked.
    calls = case.paused_at is None and case.awaits_contact
    runs = calls or (step.rung == ESCALATION and case.paused_at is None)
    due_at = case.due_at if runs else step.due_at
    left = working_time(calendar, now, due_at or now)
    return Brought(case, step, calls, due_at, left, max(timedelta(), now - (due_at or now)))


def read_settling(reading: Reading, detail: CaseDetail) -> SettlingView:
    """What the page of a case shows of settling."""
    case = detail.case
    row = store.case_by_id(reading, case.id)
    refusal = settling.refusal_of(reading, case.contact.id) if case.contact else "left"
    closings = settling_store.settlements_of(reading, case.id)
    written = [each for each in closings if each.sent_at is not None or (row and each.id == row.settlement_id)]
    said = next((entry for entry in reversed(detail.timeline) if entry.kind in ENTRIES.values()), None)
    return SettlingView(
        unmailable=settling_words.unmailable(refusal) if refusal else "",
        reads=case.contact.language if case.contact else "",
        letter_language=letter_language(reading, case.contact),
        asked=_asked(closings[-1]) if closings else None,
        written=_asked(written[-1]) if written else None,
        said=said,
        said_by=_speakers(reading, [said]).get(said.actor_id) if said is not None else None,
        steps=_steps(reading, detail),
        recovered=recovery.recovered(reading, row) if row is not None else None,
        their_roles=(settling.terms_of(reading, row).partner_escalation or ()) if row is not None else (),
    )


def read_mediation(reading: Reading, detail: CaseDetail) -> MediationView | None:
    """What the page of a mediation shows; None while the case has had none."""
    step = next((each for each in _steps(reading, detail) if each.rung == MEDIATION), None)
    if step is None:
        return None
    closings = settling_store.settlements_of(reading, detail.case.id)
    since = _conflict_since(closings, step)
    said = [entry for entry in detail.timeline if since is None or entry.at > since]
    theirs = [entry for entry in said if entry.kind in ENTRIES.values()]
    return MediationView(
        step=step,
        theirs=theirs,
        ours=[entry for entry in said if entry.kind == "statement_given"],
        closings=_letters(reading, [row for row in closings if since is None or row.asked_at > since], theirs),
        findings=[entry for entry in said if entry.kind == "mediation_ended"],
        speakers=_speakers(reading, theirs),
    )


def _speakers(reading: Reading, said: Sequence[EntryView]) -> dict[str, ContactView]:
    """Who of the partner spoke in these lines, by the id of their actor."""
    found = directory.contacts_by_id(reading, {UUID(entry.actor_id) for entry in said})
    return {str(each.id): each for each in found.values()}


def _letters(reading: Reading, own: Sequence[SettlementRow], theirs: Sequence[EntryView]) -> list[Asked]:
    """The closings of a conflict that were sent, and those of other cases whose words it took up; oldest first."""
    # What was taken back before it left was never said.
    found = [_asked(row) for row in own if row.sent_at is not None or row.replied_at is not None]
    taken_up = {(str(entry.detail["of"]), entry.actor_id) for entry in theirs if "of" in entry.detail}
    for ref, contact_id in sorted(taken_up):
        other = store.case_by_number(reading, int(ref.removeprefix("C-")))
        rows = settling_store.settlements_of(reading, other.id) if other is not None else []
        denied = [row for row in rows if row.replied_at is not None and str(row.contact_id) == contact_id]
        found += [replace(_asked(row), case_ref=ref) for row in denied[-1:]]
    return sorted(found, key=lambda each: each.asked_at)


def _conflict_since(closings: Sequence[SettlementRow], step: StepView) -> datetime | None:
    """When the conflict before that of this mediation ended with the partner's yes; None where there was none."""
    ended = [row.replied_at for row in closings if row.state == "confirmed" and row.replied_at is not None]
    return max((at for at in ended if at < step.began_at), default=None)


def _asked(row: SettlementRow) -> Asked:
    return Asked(row.id, row.state, row.found or "", row.did or "", row.asked_at, row.sent_at, row.reply_by)


def _steps(reading: Reading, detail: CaseDetail) -> list[StepView]:
    steps = settling_store.steps_of(reading, detail.case.id)
    # What was escalated before the mediation began belongs to a conflict that is over.
    rows = [step for step in steps if step.began_at >= steps[0].began_at]
    staff = directory.staff_by_id(reading, {row.staff_id for row in rows if row.staff_id})
    contacts = directory.contacts_by_id(reading, {row.contact_id for row in rows if row.contact_id})
    views = [_step(row, staff.get(row.staff_id), contacts.get(row.contact_id)) for row in rows]
    return [_with_parts(reading, view, row, detail) for view, row in zip(views, rows, strict=True)]


def _step(row: StepRow, staff: StaffView | None, contact: ContactView | None) -> StepView:
    return StepView(row.rung, staff, contact, row.began_at, row.due_at, row.late_at, row.ended_at)


def _with_parts(reading: Reading, step: StepView, of: StepRow, detail: CaseDetail) -> StepView:
    """A rung with what whoever was brought in has of the case, with who says what they find in a mediation where nobody
    mediates, and whether somebody else is about to be chosen."""
    row = store.case_by_id(reading, detail.case.id)
    part = ladder.part_told(reading, detail.case.id, step.rung)
    if row is None or step.ended_at is not None or step.mediator is not None:
        return replace(step, part=part)
    finders = ladder.finders_of(reading, row) if step.rung == MEDIATION else frozenset()
    # Where the worker found nobody, the timeline says so, and it does not look again.
    waits = ladder.is_in_hand(row, of) and not ladder.is_told_gone(of, detail.timeline)
    is_followed = waits and ladder.choose_follower(reading, row, of) is not None
    return replace(step, part=part, finders=finders, is_followed=is_followed)
