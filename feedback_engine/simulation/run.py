"""Lives through a world: sends its events to the real services under a moved clock, reads the mail, answers, acts."""

from __future__ import annotations

import heapq
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Protocol
from uuid import UUID

from alerts import reading as alerts
from alerts import service as cases
from feedback_engine.directory.reading import StaffView
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
from feedback_engine.foundation.unit_of_work import SYSTEM, Actor
from feedback_engine.outer_loop import reading as outer_loop
from feedback_engine.outer_loop import service as initiatives
from feedback_engine.outer_loop.service import Proposal
from feedback_engine.simulation import behaviour
from feedback_engine.simulation.behaviour import Reaction
from feedback_engine.simulation.world import Company, Happening, Person, World
from journeys.service import ContactDraft, EventDraft, record_events

STEP = timedelta(hours=6)
_SURVEY_LINK = re.compile(r"/s/([A-Za-z0-9_-]{48})")
_STOP_LINK = re.compile(r"/u/([A-Za-z0-9_-]{48})")
_CASE = re.compile(r"/cases/(C-\d+)")
_REFERENCE = re.compile(r"\b(?:ON|TR|DR|QBR|Q|D|T)-\d{4}\b")


class Doors(Protocol):
    """What a simulated partner may do: open pages and send forms, as a browser would."""

    def top_score(self, token: str) -> tuple[str, int]:
        """The field of the first question on the survey page, and its highest score."""

    def answer(self, token: str, form: dict[str, str]) -> bool:
        """Send the survey's form; whether it was taken."""

    def unsubscribe(self, token: str) -> None:
        """Press the button of the unsubscribe page."""


class Letterbox:
    """A transport that keeps mail for the simulated readers and passes it on to another transport."""

    def __init__(self, onward: Transport | None = None) -> None:
        self.onward = onward
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
    """What happened in the simulated months."""

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
    seed: int
    tally: Tally = field(default_factory=Tally)
    _agenda: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)
    _staff: dict[str, StaffView] = field(default_factory=dict)
    _people: dict[str, tuple[Company, Person]] = field(default_factory=dict)
    _last: dict[tuple[str, str], Happening] = field(default_factory=dict)
    _causes: dict[str, str] = field(default_factory=dict)
    _handled: set[str] = field(default_factory=set)
    _asked_for: dict[str, tuple[str, int]] = field(default_factory=dict)

    def run(self, end: datetime) -> Iterator[float]:
        """Live until `end`; yields how much of the time has passed, 0..1."""
        self._people = {
            person.email: (company, person) for company in self.world.companies for person in company.people
        }
        first = self.clock.now()
        upcoming = list(self.world.happenings)
        place = 0
        while self.clock.now() < end:
            now = min(self.clock.now() + STEP, end)
            self.clock.set(now)
            ripe = place
            while ripe < len(upcoming) and upcoming[ripe].at <= now:
                ripe += 1
            self._report(upcoming[place:ripe])
            acted = self._do_what_is_due(now)
            if ripe > place or acted or self._mail_is_due():
                self.settle()
                self._read_mail()
            place = ripe
            if now.weekday() == 0 and now.hour < STEP.total_seconds() / 3600:
                self._review_themes()
            yield (now - first) / (end - first)
        self.settle()

    def introduce(self) -> None:
        """Register our people, the partners and their people."""
        with self.engine.work.begin(actor=SYSTEM) as uow:
            for colleague in self.world.colleagues:
                team = ensure_team(uow, colleague.team) if colleague.team else None
                wanted = StaffInput(
                    email=colleague.email, name=colleague.name, role=colleague.role, team_id=team.id if team else None
                )
                self._staff[colleague.email] = add_staff(uow, wanted)
        with self.engine.work.begin(actor=SYSTEM) as uow:
            partners = upsert_partners(uow, [_partner(company) for company in self.world.companies])
            views = {upserted.view.key: upserted.view for upserted in partners}
            assign_owners(
                uow, [(views[company.key].id, self._staff[company.owner].id) for company in self.world.companies]
            )
            upsert_contacts(
                uow,
                self.engine.keys,
                [
                    (views[company.key].id, _contact(person))
                    for company in self.world.companies
                    for person in company.people
                ],
            )

    # ---- events

    def _report(self, happenings: Sequence[Happening]) -> None:
        if not happenings:
            return
        for happening in happenings:
            self._last[happening.person.email, str(happening.attributes["reference"])] = happening
        drafts = [_draft(index, happening) for index, happening in enumerate(happenings)]
        record_events(self.engine.work, SYSTEM, drafts, keys=self.engine.keys)
        self.tally.events += len(drafts)

    # ---- mail and what people do with it

    def _read_mail(self) -> None:
        for outgoing in self.letterbox.empty():
            text = outgoing.message.text
            if found := _CASE.search(text):
                self._take_on(found[1])
            elif found := _SURVEY_LINK.search(text):
                self.tally.asked += 1
                self._consider(outgoing, found[1])

    def _consider(self, outgoing: Outgoing, token: str) -> None:
        email = outgoing.message.recipient.email
        happening = self._happening(email, outgoing)
        if email not in self._people or happening is None:
            return
        chance = random.Random(f"{self.seed}/{happening.id}")
        # The first of each kind opens the page to see what is asked; the others know.
        if happening.type not in self._asked_for:
            self._asked_for[happening.type] = self.doors.top_score(token)
        field_name, top = self._asked_for[happening.type]
        reaction = behaviour.react(chance, happening, self._people[email][1], top)
        stop = _STOP_LINK.search(outgoing.message.text)
        if reaction.kind == "unsubscribe" and stop is not None:
            link = stop[1]
            self._later(reaction.after, lambda: self.doors.unsubscribe(link))
        elif reaction.kind == "answer":
            self._later(reaction.after, lambda: self._answer(token, email, field_name, reaction))

    def _happening(self, email: str, outgoing: Outgoing) -> Happening | None:
        reference = _REFERENCE.search(outgoing.message.subject) or _REFERENCE.search(outgoing.message.text)
        return self._last.get((email, reference[0])) if reference else None

    def _answer(self, token: str, email: str, field_name: str, reaction: Reaction) -> None:
        form = {field_name: str(reaction.score), "q-comment": reaction.comment}
        if reaction.call:
            form |= {"q-call": "yes", "q-call-phone": "+351 21 555 0142"}
        if self.doors.answer(token, form):
            self.tally.answered += 1
            self._causes[email] = reaction.cause or "not_informed"

    # ---- cases

    def _take_on(self, ref: str) -> None:
        if ref in self._handled:
            return
        self._handled.add(ref)
        handling = behaviour.handle(random.Random(f"{self.seed}/{ref}"))
        self._later(handling.acknowledge_after, lambda: self._work_on(ref, "acknowledge"))
        self._later(handling.contact_after, lambda: self._work_on(ref, "contact"))
        self._later(handling.close_after, lambda: self._work_on(ref, "close"))

    def _work_on(self, ref: str, action: str) -> None:
        with self.engine.work.read() as reading:
            case = alerts.case_by_ref(reading, ref)
        if case is None or not case.is_open or case.owner is None:
            return
        actor = Actor("staff", str(case.owner.id), case.owner.name)
        work = self.engine.work
        if action == "acknowledge":
            cases.acknowledge(work, actor, case.id)
        elif action == "contact":
            channel = "mail" if case.kind == "thanks" else "call"
            cases.log_contact(work, actor, case.id, channel=channel, outcome="talked", text="")
        else:
            cause = self._causes.get(case.contact.email if case.contact else "", "not_informed")
            outcome = "thanked" if case.kind == "thanks" else "settled"
            cases.close(
                work, actor, case.id, outcome=outcome, root_cause=cause if case.kind != "thanks" else None, text=""
            )
            self.tally.cases_closed += 1

    # ---- the outer loop

    def _review_themes(self) -> None:
        """Every Monday the program owner accepts the biggest theme, at most one a quarter."""
        with self.engine.work.read() as reading:
            themes = sorted(outer_loop.open_themes(reading), key=lambda theme: -theme.cases)
            standing = outer_loop.list_initiatives(reading)
            causes = alerts.root_causes(reading)
        recent = [one for one in standing if one.created_at > self.clock.now() - timedelta(days=120)]
        if not themes or recent or themes[0].cases < 5:
            self._move_initiatives()
            return
        owner = self._staff["henrik.solberg@northwind.example"]
        cause = causes[themes[0].root_cause]
        proposal = Proposal(
            title=_PLANS.get(themes[0].root_cause, f"Less of: {cause.name}"),
            problem=f"{themes[0].cases} cases of {themes[0].partners} partners share this cause.",
            department=cause.department or "Alliances",
            accountable_id=self._staff["priya.raman@northwind.example"].id,
        )
        with self.engine.work.begin(actor=Actor("staff", str(owner.id), owner.name)) as uow:
            initiatives.accept_theme(uow, themes[0].id, proposal)
        self.tally.initiatives += 1

    def _move_initiatives(self) -> None:
        owner = self._staff["priya.raman@northwind.example"]
        actor = Actor("staff", str(owner.id), owner.name)
        with self.engine.work.read() as reading:
            standing = outer_loop.list_initiatives(reading)
        for one in standing:
            age = self.clock.now() - one.created_at
            if one.state == "accepted" and age > timedelta(days=14):
                wanted = "started"
            elif one.state == "started" and age > timedelta(days=75):
                wanted = "delivered"
            else:
                continue
            with self.engine.work.begin(actor=actor) as uow:
                initiatives.move(uow, one.ref, one.revision, wanted)

    # ---- time

    def _later(self, after: timedelta, action: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (self.clock.now() + after, next(self._numbers), action))

    def _mail_is_due(self) -> bool:
        with self.engine.work.read() as reading:
            due_at = queue.next_due(reading)
        return due_at is not None and due_at <= self.clock.now()

    def _do_what_is_due(self, now: datetime) -> int:
        done = 0
        while self._agenda and self._agenda[0][0] <= now:
            action = heapq.heappop(self._agenda)[2]
            done += 1
            try:
                action()
            except FeedbackError:
                # What people try may meanwhile be impossible, such as answering after the link has run out.
                continue
        return done


_PLANS = {
    "slow_decision": "Deal desk decides in 3 days",
    "not_informed": "The portal shows where a request is",
    "slow_solution": "A second engineer after 24 hours",
    "channel_conflict": "Rules of engagement with direct sales",
    "unclear_terms": "One price list, dated",
    "product_fault": "Fix the licence server for good",
    "promise_broken": "Promises get an owner and a date",
    "training_gap": "Documents follow the release",
}


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


def _draft(index: int, happening: Happening) -> EventDraft:
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
