"""Lives through a world: sends its events to the real services under a moved clock, reads the mail, answers, acts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Protocol
from uuid import UUID

from alerts.clocks import ticking
from feedback_engine.directory.service import (
    ContactInput,
    PartnerInput,
    StaffInput,
    add_staff,
    assign_owners,
    ensure_team,
    upsert_contacts,
    upsert_partners,
)
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import FeedbackError
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.mail.transports.base import Outcome, Outgoing, Sent, Transport
from feedback_engine.foundation.unit_of_work import SYSTEM
from feedback_engine.simulation import behaviour
from feedback_engine.simulation.agenda import Agenda
from feedback_engine.simulation.behaviour import Reaction
from feedback_engine.simulation.office import Office
from feedback_engine.simulation.world import Company, Happening, Person, World
from journeys.service import ContactDraft, EventDraft, record_events

EXPORTS_AT = time(8, 30)
"""When the CRM sends the events of the day before, in UTC."""

LOOKS_AT = (time(1, 0), EXPORTS_AT, time(10, 0), time(15, 0))
"""When the engine is looked after on a working day: after the offices of Asia, Europe and America have opened.

Between these instants people read, answer and work at their own times, and what an answer or time brings about happens
at once, as with a worker that never rests.
"""

_SURVEY_LINK = re.compile(r"/s/([A-Za-z0-9_-]{48})")
_STOP_LINK = re.compile(r"/u/([A-Za-z0-9_-]{48})")
_CLOSING_LINK = re.compile(r"/c/([A-Za-z0-9_-]{48})")
_CASE = re.compile(r"/cases/(C-\d+)")
_REFERENCE = re.compile(r"\b[A-Z]{1,3}-\d{4}\b")


class Doors(Protocol):
    """What a simulated partner may do: open pages and send forms, as a browser would."""

    def first_field(self, token: str) -> str:
        """The field of the first question on the survey page."""

    def answer(self, token: str, form: dict[str, str]) -> bool:
        """Send the survey's form; whether it was taken."""

    def decline(self, token: str) -> None:
        """Press "not now" on the survey page."""

    def unsubscribe(self, token: str) -> None:
        """Press the button of the unsubscribe page."""

    def settle(self, token: str, verdict: str) -> bool:
        """Say on the page of a closed case whether it is settled; whether the word was taken."""


class Letterbox:
    """A transport that keeps mail for the simulated readers and passes it on to another transport."""

    def __init__(self, onward: Transport | None = None) -> None:
        self.onward = onward
        self.replaces = onward is None or onward.replaces
        self.waiting: list[Outgoing] = []

    def send(self, messages: Sequence[Outgoing]) -> Iterator[tuple[UUID, Outcome]]:
        self.waiting.extend(messages)
        if self.onward is not None:
            yield from self.onward.send(messages)
            return
        for outgoing in messages:
            yield outgoing.mail_id, Sent()

    def empty(self) -> list[Outgoing]:
        """Take out what has come."""
        taken, self.waiting = self.waiting, []
        return taken


@dataclass(slots=True)
class Tally:
    """What happened in the simulated months; `cases_closed` are those that nothing has opened again."""

    events: int = 0
    asked: int = 0
    answered: int = 0
    cases_closed: int = 0
    initiatives: int = 0


@dataclass(slots=True)
class Life:
    """One run through a world. `settle` makes the engine do everything that is due."""

    engine: Engine
    clock: MovedClock
    world: World
    letterbox: Letterbox
    doors: Doors
    settle: Callable[[], int]
    tally: Tally = field(default_factory=Tally)
    agenda: Agenda = field(default_factory=Agenda)
    _office: Office = field(init=False)
    _reported: int = 0
    _news: bool = False
    _last: dict[tuple[str, str], Happening] = field(default_factory=dict)
    _fields: dict[str, str] = field(default_factory=dict)
    _in_part: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._office = Office(self.engine, self.world, self.agenda)

    def run(self, end: datetime) -> Iterator[float]:
        """Live until `end`; yields how much of the time has passed, 0..1."""
        first = self.clock.now()
        for handover in self.world.handovers:
            self.agenda.add(handover.at, lambda handover=handover: self._office.hand_over_partner(handover))  # type: ignore[misc]
        for now in looks(first, end):
            self._act(now)
            if now.time() == EXPORTS_AT or now == end:
                self._report(now)
            if self._news or self._mail_is_due():
                self._catch_up()
            if now.weekday() == 0 and now.time() == EXPORTS_AT:
                self._office.review()
                self.tally.initiatives = len(self._office.accepted)
            yield (now - first) / (end - first)
        self.settle()

    def introduce(self) -> None:
        """Register our people, the partners and their people."""
        staff = self._office.staff
        with self.engine.work.begin(actor=SYSTEM) as uow:
            for colleague in self.world.colleagues:
                team = ensure_team(uow, colleague.team) if colleague.team else None
                wanted = StaffInput(
                    email=colleague.email,
                    name=colleague.name,
                    role=colleague.role,
                    team_id=team.id if team else None,
                    time_zone=colleague.time_zone or "UTC",
                )
                staff[colleague.email] = add_staff(uow, wanted)
        companies = self.world.companies
        with self.engine.work.begin(actor=SYSTEM) as uow:
            partners = upsert_partners(uow, [_partner(company) for company in companies])
            ids = {upserted.view.key: upserted.view.id for upserted in partners}
            assign_owners(uow, [(ids[company.key], staff[company.owner].id) for company in companies])
            people = [(ids[company.key], _contact(person)) for company in companies for person in company.people]
            upsert_contacts(uow, self.engine.keys, people)

    # ---- events

    def _report(self, now: datetime) -> None:
        """Send what happened since the last export, as a nightly job would."""
        fresh = []
        while self._reported < len(self.world.happenings) and self.world.happenings[self._reported].at <= now:
            fresh.append(self.world.happenings[self._reported])
            self._reported += 1
        if not fresh:
            return
        for happening in fresh:
            self._last[happening.person.email, happening.reference] = happening
        record_events(
            self.engine.work, SYSTEM, [draft_of(n, each) for n, each in enumerate(fresh)], keys=self.engine.keys
        )
        self.tally.events += len(fresh)
        self._news = True

    # ---- mail and what people do with it

    def _read_mail(self) -> None:
        for outgoing in self.letterbox.empty():
            text = outgoing.message.text
            if found := _CLOSING_LINK.search(text):
                self._hear_of_closing(outgoing.message.recipient.email, found[1])
            elif found := _CASE.search(text):
                self._office.take_on(found[1])
            elif found := _SURVEY_LINK.search(text):
                self.tally.asked += 1
                self._consider(outgoing, found[1])

    def _consider(self, outgoing: Outgoing, token: str) -> None:
        happening = self._happening(outgoing)
        if happening is None:
            return
        # The first of each kind opens the page to see what is asked; the others know.
        if happening.type not in self._fields:
            self._fields[happening.type] = self.doors.first_field(token)
        reaction = behaviour.react(self.world.truth, happening)
        stop = _STOP_LINK.search(outgoing.message.text)
        at = self.clock.now() + reaction.after
        if reaction.kind == "answer":
            self.agenda.add(at, lambda: self._answer(token, happening, reaction))
        elif reaction.kind == "decline":
            self.agenda.add(at, lambda: self.doors.decline(token))
        elif reaction.kind == "unsubscribe" and stop is not None:
            link = stop[1]
            self.agenda.add(at, lambda: self.doors.unsubscribe(link))

    def _hear_of_closing(self, person: str, token: str) -> None:
        """Somebody reads that their case was closed, and may say whether it is settled."""
        ref = self._office.asked.get(person)
        if ref is None:
            return
        now = self.clock.now()
        verdict, after = behaviour.hear_of_closing(self.world.truth, ref, now, again=ref in self._in_part)
        if verdict:
            self.agenda.add(now + after, lambda: self._settle(token, ref, verdict))

    def _settle(self, token: str, ref: str, verdict: str) -> None:
        if self.doors.settle(token, verdict):
            self._news = True
            if verdict != "yes":
                self._office.closed.discard(ref)
            if verdict == "partly":
                self._in_part.add(ref)
                self._office.go_on(ref)

    def _happening(self, outgoing: Outgoing) -> Happening | None:
        reference = _REFERENCE.search(outgoing.message.subject) or _REFERENCE.search(outgoing.message.text)
        return self._last.get((outgoing.message.recipient.email, reference[0])) if reference else None

    def _answer(self, token: str, happening: Happening, reaction: Reaction) -> None:
        form = {self._fields[happening.type]: str(reaction.score), "q-comment": reaction.comment}
        if reaction.call:
            form |= {"q-call": "yes", "q-call-phone": happening.person.phone or "+31 10 555 0142"}
        if self.doors.answer(token, form):
            self.tally.answered += 1
            self._news = True
            if reaction.cause:
                self._office.causes[happening.person.email] = reaction.cause

    # ---- time

    def _mail_is_due(self) -> bool:
        with self.engine.work.read() as reading:
            due_at = queue.next_due(reading)
        return due_at is not None and due_at <= self.clock.now()

    def _act(self, now: datetime) -> None:
        """Let everybody do what they had planned up to now, each at its own instant."""
        for at, action in self.agenda.due(now):
            self._let_time_pass(at)
            try:
                action()
            except FeedbackError:
                # What people try may meanwhile be impossible, such as answering after the link has run out.
                continue
            if self._news:
                self._catch_up()
        self._let_time_pass(now)
        self.tally.cases_closed = len(self._office.closed)

    def _let_time_pass(self, until: datetime) -> None:
        """Move the clock, and stop it at what falls due on cases and at mail before then."""
        due_at = self._next_due()
        while due_at is not None and due_at < until:
            self.clock.set(max(due_at, self.clock.now()))
            ticked = ticking.tick(self.engine.work)
            # What sends no mail needs nothing else of the engine.
            if self._mail_is_due():
                self._catch_up()
            done, due_at = due_at, self._next_due()
            if due_at == done and not ticked:
                # Mail that cannot leave now waits for the next look.
                break
        self.clock.set(max(until, self.clock.now()))

    def _next_due(self) -> datetime | None:
        with self.engine.work.read() as reading:
            return min(filter(None, (ticking.next_due(reading), queue.next_due(reading))), default=None)

    def _catch_up(self) -> None:
        """Let the engine do what is due, and people read the mail that left."""
        self.settle()
        self._read_mail()
        self._news = False


def looks(first: datetime, end: datetime) -> Iterator[datetime]:
    """Every instant after `first` at which the engine is looked after, and `end` as the last."""
    day = first.astimezone(UTC).date()
    while day <= end.astimezone(UTC).date():
        for at in LOOKS_AT if day.weekday() < 5 else ():
            instant = datetime.combine(day, at, UTC)
            if first < instant < end:
                yield instant
        day += timedelta(days=1)
    yield end


def _partner(company: Company) -> PartnerInput:
    return PartnerInput.model_validate(
        {
            "key": company.key,
            "name": company.name,
            "kind": company.kind,
            "tier": company.tier,
            "region": company.region,
            "country": company.country,
            "time_zone": company.time_zone,
            "side": company.side,
        }
    )


def _contact(person: Person) -> ContactInput:
    return ContactInput.model_validate(
        {
            "email": person.email,
            "name": person.name,
            "role": person.role,
            "language": person.language,
            "time_zone": person.time_zone,
            "phone": person.phone,
        }
    )


def draft_of(index: int, happening: Happening) -> EventDraft:
    """What the CRM tells of a happening."""
    return EventDraft(
        index=index,
        source="crm",
        id=happening.id,
        type=happening.type,
        subject=happening.company.key,
        at=happening.at,
        contact=ContactDraft(email=happening.person.email),
        attributes=dict(happening.attributes),
    )
