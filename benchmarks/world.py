"""An installation worth measuring: the starter program live, thousands of partners and contacts, half of them asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select

from feedback_engine.app import migrating, program, wiring
from feedback_engine.app.wiring import App
from feedback_engine.directory import service as directory
from feedback_engine.foundation import program_state, settings
from feedback_engine.foundation.db import Database
from feedback_engine.foundation.unit_of_work import Actor
from journeys import service as journeys
from surveys.models import Invitation
from surveys.tokens import Links

PARTNERS = 4_000
CONTACTS_EACH = 4  # below the starter's cap of 5 asks a company and month
EVENT_TYPE = "deal.registration_decided"
_ACTOR = Actor("system", "benchmark", "benchmark")
_PLACES = (
    ("IT", "Europe/Rome", "it", "EMEA"),
    ("DE", "Europe/Berlin", "en", "EMEA"),
    ("US", "America/Chicago", "en", "Americas"),
    ("JP", "Asia/Tokyo", "en", "APAC"),
)
_TIERS = ("Platinum", "Gold", "Silver")
_AT_ONCE = 500
_STRIDE = 7919  # a prime, so that it visits everybody before anybody twice


@dataclass(frozen=True)
class World:
    """`people` are pairs of partner key and address, those not asked yet first; `survey_paths` lead to open surveys."""

    database: Path
    api_key: str
    people: tuple[tuple[str, str], ...]
    survey_paths: tuple[str, ...]

    @property
    def fresh(self) -> tuple[tuple[str, str], ...]:
        """Those who were not asked yet."""
        return self.people[: len(self.people) - len(self.survey_paths)]


def build(folder: Path, url: str = "", *, partners: int = PARTNERS, ask: bool = True) -> World:
    """Build it through the engine's own doors, in `folder` on SQLite or in the database behind `url`."""
    path = folder / "engine.db"
    address = url or f"sqlite:///{path}"
    migrating.upgrade(address)
    # Nothing needs to survive a power cut while it is built; what is measured waits for the disk.
    app = wiring.build(
        settings.load(database_url=address, var_dir=folder), database=Database(address, durable=bool(url))
    )
    try:
        key, owner = _set_up(app)
        people = _people(app, partners, owner)
        asked = people[len(people) // 2 :] if ask else []
        _ask(app, asked)
        paths = _survey_paths(app)
    finally:
        app.engine.database.dispose()
    return World(path, key, tuple(people), tuple(paths))


def _set_up(app: App) -> tuple[str, UUID]:
    """Put the starter in force and live; a key for programs, and somebody who can own partners."""
    work = app.engine.work
    program.publish(work, _ACTOR, program.load_starter(), "for the benchmark")
    with work.begin(actor=_ACTOR) as uow:
        program_state.change(uow, "live")
        owner = {"email": "dana@northwind.example", "role": "alliance_manager", "name": "Dana Keller"}
        owner_id = directory.add_staff(uow, directory.read_staff(owner)).id
        return directory.add_api_key(uow, "CRM", ["events:write"]).key, owner_id


def _people(app: App, partners: int, owner: UUID) -> list[tuple[str, str]]:
    people: list[tuple[str, str]] = []
    for start in range(0, partners, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, partners))
        with app.engine.work.begin(actor=_ACTOR) as uow:
            made = directory.upsert_partners(uow, [_partner(number) for number in numbers])
            contacts = [
                (result.view.id, _contact(number, each))
                for number, result in zip(numbers, made, strict=True)
                for each in range(CONTACTS_EACH)
            ]
            directory.upsert_contacts(uow, app.engine.keys, contacts)
            directory.assign_owners(uow, [(result.view.id, owner) for result in made])
        people += [(f"partner-{number}", _email(number, each)) for number in numbers for each in range(CONTACTS_EACH)]
    return people


def _partner(number: int) -> directory.PartnerInput:
    country, zone, _, region = _PLACES[number % len(_PLACES)]
    return directory.PartnerInput(
        key=f"partner-{number}",
        name=f"Partner {number}",
        kind="channel",
        tier=_TIERS[number % len(_TIERS)],
        region=region,
        country=country,
        time_zone=zone,
    )


def _contact(partner: int, number: int) -> directory.ContactInput:
    _, zone, language, _ = _PLACES[partner % len(_PLACES)]
    return directory.ContactInput(
        email=_email(partner, number),
        name=f"Person {number} of {partner}",
        role="sales manager",
        language=language,
        time_zone=zone,
    )


def _email(partner: int, number: int) -> str:
    return f"person-{number}@partner-{partner}.example"


def _ask(app: App, people: list[tuple[str, str]]) -> None:
    """Record an event for each and let the deciding lane do the rest."""
    drafts = [
        journeys.EventDraft(
            index=number,
            source="crm",
            id=f"first-{number}",
            type=EVENT_TYPE,
            subject=partner,
            at=None,
            contact=journeys.ContactDraft(email),
            attributes={"reference": f"DR-{number}", "decision": "approved", "hours_to_decide": 12.5},
        )
        for number, (partner, email) in enumerate(people)
    ]
    journeys.record_events(app.engine.work, _ACTOR, drafts, keys=app.engine.keys)
    app.worker.react_until_idle()


def _survey_paths(app: App) -> list[str]:
    table = Invitation.__table__  # type: ignore[attr-defined]
    links = Links(app.engine.keys)
    with app.engine.work.read() as reading:
        rows = reading.connection.execute(select(table.c.id, table.c.generation).where(table.c.state == "held"))
        return [links.path("survey", row.id, row.generation) for row in rows]


def cloud_event(number: str, partner: str, email: str, at: datetime) -> dict[str, Any]:
    """A decided deal registration, as a CRM tells it."""
    return {
        "specversion": "1.0",
        "source": "crm",
        "id": number,
        "type": EVENT_TYPE,
        "subject": partner,
        "time": at.isoformat(),
        "data": {
            "contact": {"email": email, "role": "sales manager"},
            "reference": f"DR-{number}",
            "decision": "approved",
            "hours_to_decide": 12.5,
        },
    }


def batch(name: str, size: int, people: tuple[tuple[str, str], ...], first: int, at: datetime) -> str:
    """A batch of events as the body of a request, about people from all over the list, each as often as the others."""
    chosen = (people[(first + number) * _STRIDE % len(people)] for number in range(size))
    events = [cloud_event(f"{name}-{number}", *person, at) for number, person in enumerate(chosen)]
    return orjson.dumps(events).decode()
