"""Pure. A seeded world: partners, their people, our people, and what happens between them over eighteen months.

The same seed and the same last day make the same world, at whatever hour; a smaller world is a part of the larger one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from feedback_engine.simulation import names, planted
from feedback_engine.simulation.names import Colleague
from feedback_engine.simulation.planted import Circumstance, Truth, Value, Voice
from feedback_engine.simulation.planted_world import DEAL_REGISTRATION, INCIDENT_TOUCHPOINT, make_truth

DAYS = 548
PARTNER_COUNT = len(names.PARTNERS)
ADMIN = names.PRIYA


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a partner. `candour` is how much they write, 0..1."""

    name: str
    email: str
    role: str
    language: str
    time_zone: str
    phone: str | None
    candour: float


@dataclass(frozen=True, slots=True)
class Company:
    """A partner; `joined_at` is when its onboarding ends, before the world begins for old partners."""

    key: str
    name: str
    kind: str
    tier: str
    region: str
    country: str
    time_zone: str
    owner: str
    joined_at: datetime
    people: tuple[Person, ...]
    side: str = "theirs"

    def voice(self, person: Person) -> Voice:
        """How the truth knows this person."""
        return Voice(self.key, self.region, person.email, self.tier)


@dataclass(frozen=True, slots=True)
class Happening:
    """A touchpoint event as a CRM would send it; `matters` is what was the matter with it."""

    at: datetime
    id: str
    type: str
    company: Company
    person: Person
    attributes: dict[str, Value]
    matters: frozenset[str]

    @property
    def reference(self) -> str:
        return str(self.attributes["reference"])


@dataclass(frozen=True, slots=True)
class Handover:
    """A partner that goes from its owner to another member of staff."""

    at: datetime
    partner: str
    to: str


@dataclass(frozen=True, slots=True)
class World:
    """Everything that is given; what people answer is decided as they are asked."""

    truth: Truth
    colleagues: tuple[Colleague, ...]
    companies: tuple[Company, ...]
    happenings: tuple[Happening, ...]
    handovers: tuple[Handover, ...]


_RHYTHM = {"Platinum": 1.6, "Gold": 1.0, "Silver": 0.6}
"""How busy a partner of each tier is with us."""

_EVERY_DAYS = (
    # event type, days between two at a Gold partner, roles of those it concerns in turn
    ("portal.opened", 300, (2, 1)),
    ("first_training.completed", 320, (1,)),
    ("certification.passed", 320, (1,)),
    ("lead.shared", 160, (0, 3)),
    (DEAL_REGISTRATION, 44, (0, 3, 0)),
    ("quote.delivered", 90, (3, 0)),
    ("deal.closed", 125, (0, 3)),
    ("campaign.completed", 280, (0,)),
    ("ticket.closed", 80, (1, 1, 2)),
    ("escalation.closed", 500, (2, 1)),
    ("release.installed", 300, (1,)),
)
_REVIEW_DAYS = 91
_REGISTERS_MORE = 1.35
"""How much oftener partners in APAC register deals: enough answers there to see what is the matter."""

_OLD_SHARE = 0.6
"""The share of partners that worked with us before the world begins."""

_PREFIX = {
    "agreement.signed": "AG", "portal.opened": "PO", "onboarding.completed": "ON", "first_training.completed": "TR",
    "certification.passed": "CE", "lead.shared": "LD", DEAL_REGISTRATION: "DR", "quote.delivered": "Q",
    "deal.closed": "D", "campaign.completed": "CA", "qbr.held": "QBR", "ticket.closed": "T",
    "escalation.closed": "ES", "release.installed": "RE",
}  # fmt: skip
_ROLES = {
    4: ("Sales manager", "Engineer", "Partner manager", "Account manager"),
    3: ("Sales manager", "Engineer", "Partner manager"),
    2: ("Owner", "Engineer"),
}
_PEOPLE = {"Platinum": 4, "Gold": 3, "Silver": 2}
_SHARE_WITH_PHONE = 0.7
_HANDED_OVER = (
    # partner, to whom, share of the time passed
    ("tagus-freight-systems", names.CHIARA, 0.45),
    ("harbour-and-finch", names.DANA, 0.45),
    ("nilgiri-softworks", names.MEI, 0.72),
    ("quillon-security", names.PRIYA, 0.985),
)
_TROUBLED = 2
"""How many partners of the administrator live through an outage in the last days."""


def make_world(seed: int, last_day: date, *, partners: int = PARTNER_COUNT, days: int = DAYS) -> World:
    """The world of the `days` days up to and with `last_day`."""
    begin = datetime.combine(last_day - timedelta(days=days), time(), UTC)
    end = datetime.combine(last_day + timedelta(days=1), time(), UTC)
    listed = names.PARTNERS[:partners]
    troubled = [names.plain(row[0]) for row in listed if row[4] == ADMIN][:_TROUBLED]
    truth = make_truth(seed, begin, end, troubled)
    companies = tuple(_company(truth, *row) for row in listed)
    ours = _our_side(truth)
    happenings = [
        *(happening for company in companies for happening in _life(truth, company)),
        *_our_reviews(truth, ours, companies),
        *(happening for company in companies if company.key in troubled for happening in _outage(truth, company)),
    ]
    keys = {company.key for company in companies}
    handovers = (Handover(begin + (end - begin) * share, key, to) for key, to, share in _HANDED_OVER if key in keys)
    return World(
        truth,
        names.COLLEAGUES,
        (*companies, ours),
        tuple(sorted(happenings, key=lambda happening: (happening.at, happening.id))),
        tuple(sorted(handovers, key=lambda handover: handover.at)),
    )


# ---- who


def _company(truth: Truth, name: str, country: str, tier: str, kind: str, owner: str) -> Company:
    key, place = names.plain(name), names.PLACES[country]
    span = (truth.ends_at - truth.begins_at) / timedelta(days=1)
    old = planted.unit(truth, "old", key) < _OLD_SHARE
    joined = -200.0 if old else span * (0.04 + 0.78 * planted.unit(truth, "joined", key))
    given, family = (words.split() for words in names.PEOPLE[country])
    # One start and one step for each company, so that no name comes twice in it.
    start = int(planted.unit(truth, "names", key) * 64)
    people = tuple(
        _person(truth, key, f"{given[(start + 3 * n) % 8]} {family[(start // 8 + 5 * n) % 8]}", role, country)
        for n, role in enumerate(_ROLES[_PEOPLE[tier]])
    )
    joined_at = truth.begins_at + timedelta(days=joined)
    return Company(key, name, kind, tier, place.region, country, place.time_zone, owner, joined_at, people)


def _person(truth: Truth, key: str, name: str, role: str, country: str) -> Person:
    place = names.PLACES[country]
    email = f"{names.plain(name).replace('-', '.')}@{key}.example"
    number = 1000 + int(9000 * planted.unit(truth, "phone", email))
    has_phone = planted.unit(truth, "has phone", email) < _SHARE_WITH_PHONE
    return Person(
        name=name,
        email=email,
        role=role,
        language=place.language,
        time_zone=place.time_zone,
        phone=f"{place.dialling} {number}" if has_phone else None,
        candour=0.25 + 0.7 * planted.unit(truth, "candour", email),
    )


def _our_side(truth: Truth) -> Company:
    key, name, country = names.OURS
    place = names.PLACES[country]
    people = tuple(
        replace(_person(truth, key, full, role, country), email=f"{local}@{names.DOMAIN}", phone=None)
        for full, local, role in names.OUR_PEOPLE
    )
    joined_at = truth.begins_at - timedelta(days=200)
    return Company(
        key, name, "servicing", "", place.region, country, place.time_zone, names.HENRIK, joined_at, people, side="ours"
    )


# ---- what happens


def _life(truth: Truth, company: Company) -> Iterator[Happening]:
    if company.joined_at > truth.begins_at:
        yield from _beginning(truth, company)
    start = max(truth.begins_at, company.joined_at + timedelta(days=20))
    for event_type, days_between, roles in _EVERY_DAYS:
        busy = _RHYTHM[company.tier]
        if event_type == DEAL_REGISTRATION and company.region == "APAC":
            busy *= _REGISTERS_MORE
        mean = days_between / busy
        at, number = start, 0
        while (at := at + timedelta(days=_wait(truth, company, event_type, number, mean))) < truth.ends_at:
            yield from _happening(truth, company, at, event_type, roles[number % len(roles)])
            number += 1
    if company.tier != "Silver":
        at = start + timedelta(days=20 + 70 * planted.unit(truth, "review", company.key))
        while at < truth.ends_at:
            yield from _happening(truth, company, at, "qbr.held", 2)
            at += timedelta(days=_REVIEW_DAYS)


def _wait(truth: Truth, company: Company, event_type: str, number: int, mean: float) -> float:
    """Days until the next event of a type."""
    # The first comes any time in its rhythm, as if this had gone on for long.
    u = planted.unit(truth, "next", company.key, event_type, number)
    return planted.waiting_hours(mean, u) if number else mean * u


def _beginning(truth: Truth, company: Company) -> Iterator[Happening]:
    """The onboarding of a new partner, step by step up to and after its `joined_at`."""
    for event_type, days, role in (
        ("agreement.signed", -40, 2),
        ("portal.opened", -24, 1),
        ("onboarding.completed", 0, 2),
        ("first_training.completed", 12, 1),
        ("certification.passed", 45, 1),
    ):
        at = company.joined_at + timedelta(days=days + 6 * planted.unit(truth, "step", company.key, event_type))
        if truth.begins_at < at < truth.ends_at:
            yield from _happening(truth, company, at, event_type, role)


def _our_reviews(truth: Truth, ours: Company, companies: tuple[Company, ...]) -> Iterator[Happening]:
    """Every third week one of our own people is asked about a review too."""
    hosts = [company for company in companies if company.tier != "Silver"]
    for number in range(int((truth.ends_at - truth.begins_at) / timedelta(days=21))):
        host = hosts[number % len(hosts)]
        at = truth.begins_at + timedelta(days=21 * number + 11)
        for one in _happening(truth, ours, at, "qbr.held", number):
            yield replace(one, attributes={**one.attributes, "with_partner": host.name})


def _outage(truth: Truth, company: Company) -> Iterator[Happening]:
    """The last working days of a troubled partner: escalations of three of its people."""
    days = _working_days_before(truth.ends_at)
    for role, _ in zip((2, 1, 0), company.people, strict=False):
        yield from _happening(truth, company, next(days), INCIDENT_TOUCHPOINT, role)


def _working_days_before(end: datetime) -> Iterator[datetime]:
    day = end - timedelta(days=2)
    while True:
        day -= timedelta(days=1)
        if day.weekday() < 5:
            yield day


def _happening(truth: Truth, company: Company, about: datetime, event_type: str, role: int) -> Iterator[Happening]:
    """One event near an instant, in the partner's office hours; none when that lies outside the world."""
    what = (company.key, event_type, f"{about:%Y%m%d%H%M}")
    at = _in_office_hours(about, company.time_zone, planted.unit(truth, "hour", *what))
    if not truth.begins_at <= at < truth.ends_at:
        return
    prefix = _PREFIX[event_type]
    number = 1000 + int(9000 * planted.unit(truth, "number", *what))
    event_id = f"{prefix}-{number}-{at:%Y%m%d%H%M}-{company.key}"
    matters = planted.circumstances_of(truth, event_type, company.region, at, event_id)
    attributes: dict[str, Value] = {"reference": f"{prefix}-{number}"}
    for each in truth.touchpoints[event_type].circumstances:
        attributes[each.attribute] = _value(truth, each, each.key in matters, event_id)
    attributes |= _extras(truth, event_type, event_id)
    yield Happening(at, event_id, event_type, company, company.people[role % len(company.people)], attributes, matters)


def _in_office_hours(about: datetime, zone: str, u: float) -> datetime:
    local = about.astimezone(ZoneInfo(zone))
    local += timedelta(days=max(0, 7 - local.weekday()) if local.weekday() > 4 else 0)
    minutes = int(u * 8 * 60)
    return local.replace(hour=9 + minutes // 60, minute=minutes % 60, second=0, microsecond=0).astimezone(UTC)


def _value(truth: Truth, circumstance: Circumstance, holds: bool, event_id: str) -> Value:
    span = circumstance.bad if holds else circumstance.good
    if not isinstance(span, tuple):
        return span
    low, high = span
    u = planted.unit(truth, "value", event_id, circumstance.attribute)
    if isinstance(low, int) and isinstance(high, int):
        return low + int(u * (high - low + 1))
    return round(low + u * (high - low), 1)


def _extras(truth: Truth, event_type: str, event_id: str) -> dict[str, Value]:
    """What the CRM tells besides, without any bearing on what people say."""
    u = planted.unit(truth, "extra", event_id)
    if event_type in ("quote.delivered", "deal.closed"):
        amount: dict[str, Value] = {"amount": float(4000 + 500 * int(u * 470))}
        renewal = planted.unit(truth, "renewal", event_id) < 0.25
        return amount | ({"renewal": renewal} if event_type == "quote.delivered" else {})
    if event_type == "ticket.closed":
        return {"priority": "high" if u < 0.3 else "normal"}
    return {}
