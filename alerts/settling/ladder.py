"""Chooses who is brought in when a conflict climbs a rung, and writes that they were."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from alerts import published, store
from alerts.casework.mentioning import who_may_see
from alerts.clocks.business_time import ALWAYS, add_hours
from alerts.notices.news import News
from alerts.regrouping import home_store
from alerts.routing.addressees import people_meant
from alerts.settling import line_words
from alerts.settling import store as settling_store
from alerts.settling.flow import (
    DIRECT_TALK,
    ESCALATION,
    MEDIATION,
    Concerned,
    Person,
    choose_contact,
    choose_person,
    may_take_up,
    next_rung,
)
from alerts.settling.parts import Apart, Part, Parts, parts_of
from alerts.settling.store import StepRow
from alerts.settling.terms import STEERING_FIRST, Settling
from alerts.store import CaseRow
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import ContactView, StaffView
from feedback_engine.foundation import ids
from feedback_engine.foundation.i18n import gettext_noop
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.mail.queue import MailOrder
from feedback_engine.foundation.unit_of_work import Actor, Reading, UnitOfWork
from surveys import reading as surveys

APPEAL_KIND = "case-appeal"
_SEND_WITHIN = timedelta(days=7)
ENTRIES = {MEDIATION: "mediation_began", ESCALATION: "escalated"}
"""The line of the timeline that says who was brought in, by rung."""
OF = {MEDIATION: "mediation", ESCALATION: "ladder"}
"""What the lines of a rung say that they are about."""


@dataclass(frozen=True, slots=True)
class Climb:
    """A case that climbs to `rung`: who of us is brought in (None: nobody who is not concerned), whom of the partner
    we write to, and until when a mediator has. `part` is what whoever is brought in has of the case; `known` is the
    step when this very closing brought that rung already, `past` the step of an earlier conflict, whose place the new
    one takes."""

    rung: int
    staff_id: UUID | None = None
    contact_id: UUID | None = None
    due_at: datetime | None = None
    mail_at: datetime | None = None
    part: Part | None = None
    known: StepRow | None = None
    past: StepRow | None = None

    @property
    def entry(self) -> str:
        """The line of the timeline that says so."""
        return ENTRIES[self.rung]


def choose_climb(reading: Reading, row: CaseRow, asked_at: datetime | None, settle_by: datetime) -> Climb | None:
    """Who is brought in when this case climbs, to be settled by `settle_by` then; None when it stands on the last rung.

    `asked_at` is when the partner was asked about the closing of this case that they deny; None where they deny that
    of another one.
    """
    rung = next_rung(row.ladder_rung)
    if rung == row.ladder_rung:
        return None
    steps = steps_by_rung(reading, row.id)
    step = steps.get(rung)
    known = step if step is not None and asked_at is not None and step.began_at >= asked_at else None
    terms = published.of_version(reading, row.alerts_version).settling_terms
    if rung == MEDIATION:
        due_at = _mediation_due(reading, row, terms)
        if known is not None:
            again = Climb(rung, known.staff_id, due_at=due_at, part=part_told(reading, row.id), known=known)
            return go_on(reading, row, again)
        mediator_id, part = _choose_mediator(reading, row, terms, due_at)
        return Climb(rung, mediator_id, due_at=due_at, part=part, past=step)
    mail_at = reading.now + surveys.program_in_force(reading).hold
    if known is not None:
        is_written = queue.is_under_way(reading, known.shard, known.id, known.began_at)
        again = Climb(rung, known.staff_id, known.contact_id, mail_at=None if is_written else mail_at, known=known)
        return go_on(reading, row, again)
    mediator = steps[MEDIATION].staff_id if MEDIATION in steps else None
    staff_id, part = _choose_escalation(reading, row, terms, mediator, settle_by)
    return Climb(rung, staff_id, _choose_contact(reading, row, terms), mail_at=mail_at, part=part, past=step)


def go_on(reading: Reading, row: CaseRow, climb: Climb) -> Climb:
    """The same climb to a rung that is known already: with somebody else, or nobody, where whoever it was brought to
    works on cases no more."""
    known = climb.known
    if known is None or known.staff_id is None or mediator_of(reading, known) is not None:
        return climb
    follower = choose_follower(reading, row, known)
    if follower is None:
        return replace(climb, staff_id=None, part=None)
    return replace(climb, staff_id=follower.staff_id, part=follower.part)


def choose_follower(reading: Reading, row: CaseRow, step: StepRow) -> Climb | None:
    """Who takes up the rung on which a case stands in place of whoever it was brought to and who works on cases no
    more; None where that is nobody. A mediator has their whole time; what was said so far stands."""
    terms = published.of_version(reading, row.alerts_version).settling_terms
    due_at = _mediation_due(reading, row, terms) if step.rung == MEDIATION else None
    if due_at is not None:
        staff_id, part = _choose_mediator(reading, row, terms, due_at)
    else:
        before = steps_by_rung(reading, row.id).get(MEDIATION)
        mediator_id = before.staff_id if before is not None else None
        staff_id, part = _choose_escalation(reading, row, terms, mediator_id, row.resolve_due_at)
    return Climb(step.rung, staff_id, step.contact_id, due_at, part=part, past=step) if staff_id is not None else None


def is_in_hand(row: CaseRow, step: StepRow) -> bool:
    """Whether an open case stands on a rung that was brought to somebody."""
    return (
        row.state != "closed" and step.ended_at is None and step.rung == row.ladder_rung and step.staff_id is not None
    )


def is_told_gone(step: StepRow, lines: Iterable[Any]) -> bool:
    """Whether the timeline says last of whoever a conflict was brought to that they can take it up no more."""
    of_it = [line for line in lines if line.at >= step.began_at and line.detail.get("of") == OF[step.rung]]
    of_them = [line for line in of_it if line.detail.get("owner_id") == str(step.staff_id)]
    return bool(of_them) and line_words.is_gone(of_them[-1].kind, of_them[-1].detail)


def follow(uow: UnitOfWork, step: StepRow, climb: Climb) -> None:
    """Write who takes up a rung from now on."""
    settling_store.change_step(uow, step, {"staff_id": climb.staff_id, "due_at": climb.due_at, "late_at": None})


def _mediation_due(reading: Reading, row: CaseRow, terms: Settling) -> datetime:
    program = published.of_version(reading, row.alerts_version)
    calendar = program.calendar_named(row.calendar) if row.calendar else ALWAYS
    return add_hours(calendar, reading.now, terms.mediation_hours)


def _choose_mediator(
    reading: Reading, row: CaseRow, terms: Settling, due_at: datetime
) -> tuple[UUID | None, Part | None]:
    """Whoever took no part; where nobody is left, somebody who did nothing in the case, and what they have of it.

    Else whoever has a case could be rid of every mediator by naming them all in a note.
    """
    staff = _active(reading)
    parts = parts_in(reading, row)
    owner = staff.get(row.owner_id) if row.owner_id else None
    owners = {row.owner_id} if row.owner_id else set()
    teams = {team for team in (owner.team_id if owner else None, row.team_id) if team is not None}
    groups = _groups(reading, row, terms.mediator, staff, due_at)
    chosen = choose_person(groups, [Concerned(people | owners, teams) for people in (parts.everybody, parts.did)])
    return chosen, parts.without_deed(chosen)


def parts_in(reading: Reading, row: CaseRow) -> Parts:
    """Who had what part in a case, whichever case it stood in then."""
    return parts_of(settling_store.lines_until(reading, home_store.history_of(reading, row)))


def part_told(reading: Reading, case_id: UUID, rung: int = MEDIATION) -> Part | None:
    """What whoever was brought into a case has of it, as it was told then."""
    line = settling_store.told_brought(reading, case_id, ENTRIES[rung])
    return line.detail.get("part") if line is not None else None


def _choose_escalation(
    reading: Reading, row: CaseRow, terms: Settling, mediator: UUID | None, due_at: datetime
) -> tuple[UUID | None, Part | None]:
    """Whoever is named, of any team: a known path upwards may well lead to the owner's own superior. Who had the case,
    or did something in it, only where nobody else is left."""
    never = {each for each in (row.owner_id, mediator) if each is not None}
    parts = parts_in(reading, row)
    ranks = [Concerned(never | people) for people in (parts.did | parts.had, parts.did, frozenset[UUID]())]
    chosen = choose_person(_groups(reading, row, terms.escalation, _active(reading), due_at), ranks)
    return chosen, parts.work_of(chosen)


def _active(reading: Reading) -> dict[UUID, StaffView]:
    return {member.id: member for member in directory.list_staff(reading) if member.active}


def _groups(
    reading: Reading, row: CaseRow, named: Sequence[str], staff: dict[UUID, StaffView], due_at: datetime
) -> list[Sequence[Person]]:
    """The people whom each recipient means, then those who are asked where none of them is free; what is asked of them
    is due at `due_at`."""
    busy = settling_store.steps_in_hand(reading)
    groups = [people_meant(reading, to, row.partner_id, row.touchpoint) for to in dict.fromkeys(named)]
    for role in STEERING_FIRST:
        groups.append(frozenset(key for key, member in staff.items() if f"role:{member.role}" == role))
    # What is overdue is due now: whoever is away now is no help.
    away = directory.away_between(reading, reading.now, max(reading.now, due_at))
    people = {
        key: Person(key, member.team_id, member.role != "viewer", busy.get(key, 0), key in away)
        for key, member in staff.items()
    }
    return [[people[each] for each in sorted(group) if each in people] for group in groups]


def _choose_contact(reading: Reading, row: CaseRow, terms: Settling) -> UUID | None:
    if not terms.partner_escalation:
        return None
    contacts = directory.contacts_of(reading, [row.partner_id]).get(row.partner_id, [])
    refused = surveys.mail_refusals(reading, contacts)
    program = published.of_version(reading, row.alerts_version)
    known = [_named(contact, program.personas_of(contact.role)) for contact in contacts if contact.id not in refused]
    return choose_contact(known, terms.partner_escalation, row.contact_id)


def _named(contact: ContactView, personas: tuple[str, ...]) -> tuple[UUID, str, tuple[str, ...]]:
    return contact.id, contact.role, personas


# ---- writing


def news_of(row: CaseRow, climb: Climb, revision: int) -> list[News]:
    """Who hears of a rung, each time it is reached: whoever is brought in; nobody free, those who steer."""
    return [News(row.id, revision, climb.entry, climb.staff_id, None)]


def detail_of(climb: Climb) -> dict[str, Any]:
    """What the timeline keeps of a rung."""
    part = {"part": climb.part} if climb.part is not None else {}
    return {
        **part,
        **({_taken_up(climb.known, climb.staff_id): True} if climb.known is not None else {}),
        "of": OF[climb.rung],
        "owner_id": str(climb.staff_id) if climb.staff_id else None,
        "contact": climb.contact_id is not None,
    }


def _taken_up(known: StepRow, staff_id: UUID | None) -> str:
    """How the timeline tells of a rung that is known: it goes on, or somebody else follows."""
    return "again" if staff_id == known.staff_id else "follows"


def write(uow: UnitOfWork, row: CaseRow, climb: Climb) -> None:
    """Write the rung; one that was given up when the partner thought again goes on, with its whole time.

    Of an earlier conflict only the timeline keeps who was brought in: a case has each rung once.
    """
    step_id = _write_step(uow, row, climb)
    if climb.rung == ESCALATION and climb.contact_id is not None and climb.mail_at is not None:
        _write_to_partner(uow, row, step_id, climb.contact_id, climb.mail_at)


def _write_step(uow: UnitOfWork, row: CaseRow, climb: Climb) -> UUID:
    if climb.known is not None:
        again = {"staff_id": climb.staff_id, "due_at": climb.due_at, "late_at": None, "ended_at": None}
        settling_store.change_step(uow, climb.known, again)
        return UUID(str(climb.known.id))
    values = {
        "staff_id": climb.staff_id,
        "contact_id": climb.contact_id,
        "began_at": uow.now,
        "due_at": climb.due_at,
    }
    if climb.past is not None:
        settling_store.change_step(uow, climb.past, {**values, "late_at": None, "ended_at": None})
        # The step keeps its id, so an appeal of the earlier conflict that still waits would go beside the new one.
        queue.cancel(uow, row.shard, [climb.past.id], gettext_noop("a new conflict took the place of this one"))
        return UUID(str(climb.past.id))
    step_id = ids.new_id(row.shard)
    key = {"shard": row.shard, "id": step_id, "case_id": row.id, "rung": climb.rung}
    settling_store.insert_step(uow, {**key, **values})
    return step_id


def _write_to_partner(uow: UnitOfWork, row: CaseRow, step_id: UUID, contact_id: UUID, due_at: datetime) -> None:
    queue.enqueue(
        uow,
        MailOrder(
            kind=APPEAL_KIND,
            shard=row.shard,
            ref_id=step_id,
            due_at=due_at,
            audience="partner",
            partner_id=row.partner_id,
            recipient_id=contact_id,
            send_before=due_at + _SEND_WITHIN,
        ),
    )


def open_mediation(reading: Reading, case_id: UUID) -> StepRow | None:
    """The mediation of a case that has not ended; None when there is none."""
    steps = settling_store.steps_of(reading, case_id)
    return next((step for step in steps if step.rung == MEDIATION and step.ended_at is None), None)


def step_in_hand(reading: Reading, row: CaseRow) -> StepRow | None:
    """The rung on which a case stands while somebody was brought in for it; None on direct talk, and once it ended."""
    step = steps_by_rung(reading, row.id).get(row.ladder_rung)
    return step if step is not None and step.ended_at is None else None


def caller_of(reading: Reading, row: CaseRow) -> UUID | None:
    """Who of us owes the partner the contact of the rung on which an open case stands: to whom it was brought; None
    where nobody has it in hand, and whoever is in touch with the partner makes it."""
    step = step_in_hand(reading, row) if row.ladder_rung > DIRECT_TALK and row.state != "closed" else None
    return mediator_of(reading, step) if step is not None else None


def is_beside(reading: Reading, row: CaseRow, actor: Actor) -> bool:
    """Whether a contact by somebody stands beside the one that the rung of a case owes, and is not that one."""
    caller_id = caller_of(reading, row)
    return caller_id is not None and (actor.kind, actor.id) != ("staff", str(caller_id))


def mediator_of(reading: Reading, step: StepRow) -> UUID | None:
    """To whom a conflict was brought on a rung; None where nobody neutral was found, and where they work on cases no
    more."""
    chosen = directory.staff_by_id(reading, [step.staff_id]) if step.staff_id else {}
    return step.staff_id if may_take_up(chosen.get(step.staff_id)) else None


def apart_of(reading: Reading, case_id: UUID) -> Apart:
    """How far whoever mediates in a case, or did last, stands from it."""
    step = steps_by_rung(reading, case_id).get(MEDIATION)
    if step is None or mediator_of(reading, step) is None:
        return "nobody"
    return "idle" if part_told(reading, case_id) else "outside"


def mediated_by(reading: Reading, case_id: UUID, from_at: datetime, until_at: datetime) -> StaffView | None:
    """Who said what they find in a mediation of a case that ended in a time; None where nobody did."""
    ends = [line for line in store.entries_of(reading, case_id) if line.kind == "mediation_ended"]
    found = [UUID(line.actor_id) for line in ends if line.actor_kind == "staff" and from_at <= line.at < until_at]
    return directory.staff_by_id(reading, found[-1:]).get(found[-1]) if found else None


def finders_of(reading: Reading, row: CaseRow) -> frozenset[UUID]:
    """Who may say what they find where nobody mediates: whoever works on cases, sees this one and never had it.

    Nobody where all of them had it: then whoever works on cases has to.
    """
    seeing = who_may_see(reading, row.partner_id, row.owner_id, row.team_id)
    return frozenset(each.id for each in seeing if may_take_up(each)) - parts_in(reading, row).had - {row.owner_id}


def mediates(reading: Reading, case_id: UUID, staff_id: UUID) -> bool:
    """Whether somebody mediates in this case now."""
    step = open_mediation(reading, case_id)
    return step is not None and mediator_of(reading, step) == staff_id


def end_open(uow: UnitOfWork, case_id: UUID) -> None:
    """End every rung of a case that is still in somebody's hand: the partner called it settled after all."""
    for step in settling_store.steps_of(uow, case_id):
        if step.ended_at is None:
            settling_store.change_step(uow, step, {"ended_at": uow.now})


def steps_by_rung(reading: Reading, case_id: UUID) -> dict[int, StepRow]:
    """The rungs above direct talk that a case reached."""
    return {step.rung: step for step in settling_store.steps_of(reading, case_id)}
