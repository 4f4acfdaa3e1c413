"""Reads, for many events at once, everything the sampling rules need, and makes the facts of each decision of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import ContactView, SuppressionView
from feedback_engine.foundation import program_state
from feedback_engine.foundation.unit_of_work import Reading
from journeys.events import RECOVERY_SOURCE
from journeys.reading import EventView
from surveys import decision_store as store
from surveys import program
from surveys.sampling.conditions import stratum_of
from surveys.sampling.exempt import RECOVERY
from surveys.sampling.facts import Facts
from surveys.sampling.hashing import person_key
from surveys.sampling.history import Ask, AskHistory, Party
from surveys.sampling.instants import to_datetime, to_micros
from surveys.sampling.plan import MILLI, TouchpointRules
from surveys.sampling.suppressed import LEFT

NOBODY = b""
ERASED = "erased"

OpenCases = Callable[[Reading, Collection[bytes]], Collection[bytes]]
"""Those of some persons who have an open case; the floor above hands it in."""


@dataclass(slots=True)
class Subject:
    """One event at one touchpoint for one contact, or for nobody where the event reached nobody."""

    event: EventView
    touchpoint: str
    contact: ContactView | None
    at: int
    attempt: int = 1
    previous_id: UUID | None = None
    arrived_at: int = 0
    place: tuple[int, int] = (0, 0)  # of the touchpoint in the event, and of the contact at the partner


@dataclass(slots=True)
class World:
    """How things stand for all subjects of one round. Only `history` moves while they are decided, ask by ask."""

    now: int
    paused: bool
    zones: Mapping[UUID, str]  # of partners
    families: Mapping[UUID, UUID]
    companies: Mapping[UUID, UUID]  # of merged partners: the one that stands for the company
    suppressions: Mapping[bytes, Sequence[SuppressionView]]
    in_case: Collection[bytes]
    admitted: frozenset[str] | None
    history: AskHistory = field(default_factory=AskHistory)

    def facts(self, subject: Subject, rules: TouchpointRules) -> Facts:
        """What the rules may know about a subject at its instant."""
        event, contact = subject.event, subject.contact
        facts = Facts(
            touchpoint=subject.touchpoint,
            event_key=event.event_key,
            event_at=to_micros(event.at),
            event_type=event.type,
            attributes=event.attributes,
            replayed=event.replayed,
            ready_at=0 if event.replayed or self.now <= subject.at else self.now,
            has_contact=contact is not None,
            paused=self.paused and not event.replayed,
            exempt=RECOVERY if event.source == RECOVERY_SOURCE else "",
        )
        if contact is not None:
            self._describe(facts, contact, rules)
            facts.suppressions = self._suppressions(contact, facts, subject.at)
            facts.open_case = rules.hold and not event.replayed and contact.person in self.in_case
            self.history.complete(facts, rules, self.party(subject), subject.at)
        if rules.random_share is not None and rules.random_share.by is not None:
            facts.stratum = stratum_of(rules.random_share.by, facts)
        return facts

    def party(self, subject: Subject) -> Party:
        """Whom a subject would ask."""
        partner_id = subject.event.partner_id
        person = subject.contact.person if subject.contact else NOBODY
        return Party(person, self.company(partner_id), self.families.get(partner_id, partner_id))

    def company(self, partner_id: UUID) -> UUID:
        """The partner that stands for the company: itself, or what it was merged into."""
        return self.companies.get(partner_id, partner_id)

    def counts(self, subject: Subject) -> bool:
        """Whether an invitation would count as an ask: in a test, it is cancelled at once for whoever is not listed."""
        if subject.event.replayed or self.admitted is None:
            return True
        return subject.contact is not None and subject.contact.email.strip().lower() in self.admitted

    def _describe(self, facts: Facts, contact: ContactView, rules: TouchpointRules) -> None:
        if rules.needs_role:
            facts.role = contact.role
        if rules.needs_language:
            facts.language = contact.language
        if rules.needs_zone:
            calendar = rules.send_window.zone if rules.send_window else "UTC"
            facts.zone = contact.time_zone or self.zones.get(contact.partner_id) or calendar
        if rules.random_share is not None and rules.random_share.panel:
            facts.person_key = person_key(contact.person)

    def _suppressions(self, contact: ContactView, facts: Facts, at: int) -> tuple[tuple[str, str], ...]:
        """Cause and scope of what stands against asking; in history, of what stood then. Erasure has no before."""
        found = [
            (each.cause, each.scope)
            for each in self.suppressions.get(contact.person, ())
            if not facts.replayed or each.cause == ERASED or to_micros(each.since_at) <= at
        ]
        if contact.state == ERASED:
            found.append((ERASED, "all"))
        elif contact.state == LEFT and not facts.replayed:
            found.append((LEFT, "all"))
        return tuple(sorted(set(found)))


def read_world(
    reading: Reading,
    subjects: Sequence[Subject],
    rules: Sequence[TouchpointRules],
    open_cases: OpenCases,
    known_by: datetime | None = None,
) -> World:
    """Everything the rules need about these subjects, with a fixed number of statements.

    `known_by` leaves out asks that were decided later, for looking back at how things stood.
    """
    partner_ids = {subject.event.partner_id for subject in subjects}
    persons = {subject.contact.person for subject in subjects if subject.contact}
    live = {subject.contact.person for subject in subjects if subject.contact and not subject.event.replayed}
    state = program_state.current(reading)
    by_company = any(each.account_cap is not None for each in rules)
    by_family = any(each.account_cap is not None and each.account_cap.family for each in rules)
    world = World(
        now=to_micros(reading.now),
        paused=state in ("paused", "draft"),
        zones=directory.partner_zones(reading, partner_ids) if any(each.needs_zone for each in rules) else {},
        families=directory.families(reading, partner_ids) if by_family else {},
        companies=directory.mains_of(reading, partner_ids) if by_company else {},
        suppressions=directory.suppressed(reading, persons),
        in_case=open_cases(reading, live) if live and any(each.hold for each in rules) else (),
        admitted=program.current(reading).test_addresses if state == "test" else None,
    )
    asks = _read_asks(reading, world, subjects, rules, known_by)
    _fill_history(reading, world, asks, rules)
    return world


def _read_asks(
    reading: Reading,
    world: World,
    subjects: Sequence[Subject],
    rules: Sequence[TouchpointRules],
    known_by: datetime | None,
) -> list[store.AskRow]:
    """Every ask that any rule could still look at, at the instant of any subject, once."""
    first = min((subject.at for subject in subjects), default=0)
    persons = {subject.contact.person for subject in subjects if subject.contact}
    asks: list[store.AskRow] = []
    companies: Collection[UUID] = ()
    account_since = _before(first, max((each.account_span for each in rules), default=0))
    if any(each.account_cap is not None for each in rules):
        companies = _relatives(reading, world, {subject.event.partner_id for subject in subjects})
        asks += store.asks_of_partners(reading, companies, account_since, known_by)
    if person_span := max((each.person_span for each in rules), default=0):
        of_persons = store.asks_of_persons(reading, persons, _before(first, person_span), known_by)
        # What was read with the companies is not read twice.
        asks += [ask for ask in of_persons if ask.partner_id not in companies or ask.send_at <= account_since]
    return asks


def _fill_history(
    reading: Reading, world: World, asks: Sequence[store.AskRow], rules: Sequence[TouchpointRules]
) -> None:
    per_role = any(each.account_cap is not None and each.account_cap.per_role for each in rules)
    roles = roles_of(reading, {ask.contact_id for ask in asks}) if per_role else {}
    families = world.families
    for partner_id, contact_id, person, survey, family, weight, send_at, answered_at, declined_at in asks:
        world.history.add(
            Ask(
                at=to_micros(send_at),
                weight=round(weight * MILLI),
                person=person,
                partner_id=world.company(partner_id),
                family_id=families.get(partner_id, partner_id),
                survey=survey,
                survey_family=family,
                role=roles.get(contact_id, ""),
                answered_at=to_micros(answered_at) if answered_at else 0,
                declined_at=to_micros(declined_at) if declined_at else 0,
            )
        )


def _relatives(reading: Reading, world: World, partner_ids: Collection[UUID]) -> Collection[UUID]:
    """The partners, who was merged with them and, where companies are capped by family, everybody of their families."""
    together = {each for company in directory.companies_of(reading, partner_ids).values() for each in company}
    if world.families:
        members = directory.family_members(reading, set(world.families.values()))
        world.families = {member: root for root, family in members.items() for member in family}
        together |= world.families.keys()
    world.companies = directory.mains_of(reading, together)
    return together


def roles_of(reading: Reading, contact_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The role of each contact today."""
    return {key: contact.role for key, contact in directory.contacts_by_id(reading, contact_ids).items()}


def _before(instant: int, span: int) -> datetime:
    return to_datetime(instant) - timedelta(microseconds=span)
