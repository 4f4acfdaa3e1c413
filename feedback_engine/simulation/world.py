"""A seeded world: partners, their people, our people, and what happens between them over eighteen months.

The same seed makes the same world. Names are invented; any likeness to real companies is chance.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

MONTHS = 18
PARTNER_COUNT = 48


@dataclass(frozen=True, slots=True)
class Colleague:
    """One of our people."""

    name: str
    email: str
    role: Literal["admin", "program_owner", "alliance_manager", "viewer"]
    team: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a partner. `candour` is how much they say, 0..1; `warmth` moves their scores."""

    name: str
    email: str
    role: str
    language: str
    time_zone: str
    phone: str | None
    answers: float
    candour: float
    warmth: float


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
    warmth: float


@dataclass(frozen=True, slots=True)
class Happening:
    """A touchpoint event as a CRM would send it."""

    at: datetime
    id: str
    type: str
    company: Company
    person: Person
    attributes: dict[str, object]


@dataclass(frozen=True, slots=True)
class World:
    """Everything that is given; what people answer is decided as they are asked."""

    colleagues: tuple[Colleague, ...]
    companies: tuple[Company, ...]
    happenings: tuple[Happening, ...]


COLLEAGUES = (
    Colleague("Priya Raman", "priya.raman@northwind.example", "admin"),
    Colleague("Dana Keller", "dana.keller@northwind.example", "alliance_manager", "Alliances"),
    Colleague("Luis Ferro", "luis.ferro@northwind.example", "alliance_manager", "Alliances"),
    Colleague("Mei Tanaka", "mei.tanaka@northwind.example", "alliance_manager", "Alliances Asia"),
    Colleague("Henrik Solberg", "henrik.solberg@northwind.example", "program_owner"),
    Colleague("Aoife Byrne", "aoife.byrne@northwind.example", "viewer"),
)

_PLACES = {
    "EMEA": (
        ("PT", "Europe/Lisbon", "en"),
        ("DE", "Europe/Berlin", "en"),
        ("IT", "Europe/Rome", "it"),
        ("NL", "Europe/Amsterdam", "en"),
        ("SE", "Europe/Stockholm", "en"),
        ("IT", "Europe/Rome", "it"),
    ),
    "Americas": (("US", "America/Chicago", "en"), ("BR", "America/Sao_Paulo", "en"), ("CA", "America/Toronto", "en")),
    "APAC": (("JP", "Asia/Tokyo", "en"), ("SG", "Asia/Singapore", "en"), ("AU", "Australia/Sydney", "en")),
}
_FIRST = (
    "Kestrel", "Baltic", "Tagus", "Lumen", "Corvid", "Harbour", "Alder", "Meridian", "Quill", "Saffron", "Granite",
    "Juniper", "Falcon", "Marlow", "Osprey", "Pinnacle", "Rowan", "Solstice", "Tern", "Vela", "Willow", "Zephyr",
    "Amber", "Birch",
)  # fmt: skip
_SECOND = ("Networks", "Edge", "Freight Systems", "Integrators", "Cloudworks", "Logistics", "Partners", "Software")
_GIVEN = (
    "Inês", "Jonas", "Giulia", "Sanne", "Elin", "Marco", "Grace", "Rafael", "Noor", "Kenji", "Wei", "Olivia",
    "Tomás", "Lena", "Pietro", "Daan", "Astrid", "Chiara", "Ethan", "Beatriz", "Liam", "Yuki", "Arjun", "Ruby",
)  # fmt: skip
_FAMILY = (
    "Carvalho", "Brandt", "Ricci", "de Vries", "Lindqvist", "Conti", "Miller", "Souza", "Tremblay", "Sato", "Tan",
    "Walker", "Pereira", "Vogel", "Moretti", "Bakker", "Nilsson", "Ferrari", "Johnson", "Lima", "Roy", "Mori",
)  # fmt: skip
_ROLES = ("Sales manager", "Engineer", "Operations", "Account manager", "Consultant", "Owner")
_TIERS = ("Platinum", "Gold", "Gold", "Silver", "Silver", "Silver")
_KINDS = ("channel", "channel", "channel", "technology", "servicing")
_OWNERS = {"EMEA": ("dana.keller", "luis.ferro"), "Americas": ("luis.ferro",), "APAC": ("mei.tanaka",)}
_RHYTHM = {"Platinum": 1.4, "Gold": 1.0, "Silver": 0.55}
"""How busy a partner of each tier is with us."""


def make_world(seed: int, end: datetime) -> World:
    """The world of the `MONTHS` months before `end`."""
    chance = random.Random(seed)
    begin = end - timedelta(days=round(MONTHS * 30.44))
    companies = tuple(_company(chance, number, begin) for number in range(PARTNER_COUNT))
    happenings = sorted(
        (happening for company in companies for happening in _life(chance, company, begin, end)),
        key=lambda happening: (happening.at, happening.id),
    )
    return World(COLLEAGUES, companies, tuple(happenings))


def _company(chance: random.Random, number: int, begin: datetime) -> Company:
    region = ("EMEA", "EMEA", "Americas", "APAC")[number % 4]
    country, zone, language = chance.choice(_PLACES[region])
    name = f"{_FIRST[number % len(_FIRST)]} {_SECOND[(number * 5 + number // len(_FIRST)) % len(_SECOND)]}"
    key = name.lower().replace(" ", "-")
    old = chance.random() < 0.6
    joined_at = begin - timedelta(days=200) if old else begin + timedelta(days=chance.uniform(10, 480))
    people = tuple(_person(chance, key, index, language, zone) for index in range(chance.choice((2, 2, 3, 3, 3, 4))))
    return Company(
        key=key,
        name=name,
        kind=chance.choice(_KINDS),
        tier=chance.choice(_TIERS),
        region=region,
        country=country,
        time_zone=zone,
        owner=f"{chance.choice(_OWNERS[region])}@northwind.example",
        joined_at=joined_at,
        people=people,
        warmth=chance.gauss(0, 0.8),
    )


def _person(chance: random.Random, key: str, index: int, language: str, zone: str) -> Person:
    given, family = chance.choice(_GIVEN), chance.choice(_FAMILY)
    return Person(
        name=f"{given} {family}",
        email=f"{_ascii(given)}.{_ascii(family)}.{index}@{key}.example",
        role=_ROLES[index % 3] if index < 3 else chance.choice(_ROLES),
        language=language,
        time_zone=zone,
        phone=f"+351 21 555 {chance.randrange(1000, 9999)}" if chance.random() < 0.7 else None,
        answers=chance.betavariate(2, 3),
        candour=chance.betavariate(3, 2),
        warmth=chance.gauss(0, 1.0),
    )


def _life(chance: random.Random, company: Company, begin: datetime, end: datetime) -> Iterator[Happening]:
    if company.joined_at > begin:
        yield _happening(chance, company, company.joined_at, "onboarding.completed", 0)
        trained_at = company.joined_at + timedelta(days=chance.uniform(5, 30))
        if trained_at < end:
            yield _happening(chance, company, trained_at, "first_training.completed", 1)
    busy = _RHYTHM[company.tier]
    start = max(begin, company.joined_at + timedelta(days=20))
    for event_type, days_between, role in (
        ("deal.registration_decided", 33, 0),
        ("quote.delivered", 45, 0),
        ("deal.closed", 70, 0),
        ("ticket.closed", 28, 1),
    ):
        at = start
        while (at := at + timedelta(days=chance.expovariate(busy / days_between))) < end:
            yield _happening(chance, company, at, event_type, role)
    if company.tier != "Silver":
        at = start + timedelta(days=chance.uniform(20, 90))
        while at < end:
            yield _happening(chance, company, at, "qbr.held", 2)
            at += timedelta(days=91)


def _happening(chance: random.Random, company: Company, at: datetime, event_type: str, role: int) -> Happening:
    # Things are decided and closed in office hours.
    at = at.replace(hour=8 + chance.randrange(9), minute=chance.randrange(60), second=0, microsecond=0)
    number = chance.randrange(1000, 9999)
    prefix, attributes = _DETAILS[event_type]
    return Happening(
        at=at,
        id=f"{prefix}-{number}-{at:%Y%m%d%H%M}-{company.key}",
        type=event_type,
        company=company,
        person=company.people[role % len(company.people)],
        attributes={"reference": f"{prefix}-{number}", **attributes(chance)},
    )


_Details = Callable[[random.Random], dict[str, object]]
_DETAILS: dict[str, tuple[str, _Details]] = {
    "onboarding.completed": ("ON", lambda chance: {"days_to_complete": round(chance.uniform(8, 60), 1)}),
    "first_training.completed": ("TR", lambda chance: {}),
    "deal.registration_decided": (
        "DR",
        lambda chance: {
            "decision": chance.choice(("approved", "approved", "approved", "declined")),
            "hours_to_decide": round(chance.lognormvariate(3.6, 0.8), 1),
        },
    ),
    "quote.delivered": (
        "Q",
        lambda chance: {"renewal": chance.random() < 0.25, "amount": float(chance.randrange(4_000, 240_000, 500))},
    ),
    "deal.closed": (
        "D",
        lambda chance: {
            "outcome": chance.choice(("won", "won", "lost")),
            "amount": float(chance.randrange(4_000, 240_000, 500)),
        },
    ),
    "ticket.closed": (
        "T",
        lambda chance: {
            "priority": chance.choice(("normal", "normal", "high")),
            "hours_to_close": round(chance.lognormvariate(3.2, 1.0), 1),
        },
    ),
    "qbr.held": ("QBR", lambda chance: {}),
}


def _ascii(name: str) -> str:
    plain = name.lower().replace(" ", "").translate(str.maketrans("êéáàãçõóíúñ", "eeaaacooiun"))
    return "".join(sign for sign in plain if sign.isascii() and sign.isalnum())
