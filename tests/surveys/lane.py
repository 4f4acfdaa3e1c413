"""The deciding lane for tests: a program with the rules a test wants, events as they come, and what was decided."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, select, update

from feedback_engine.app import program
from feedback_engine.directory.reading import contacts_of
from feedback_engine.directory.views import ContactView, PartnerView
from feedback_engine.foundation import outbox, program_state
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.db import Database
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.keys import load as load_keys
from feedback_engine.foundation.settings import Settings
from feedback_engine.foundation.unit_of_work import SYSTEM, Reading, Work
from journeys import service as journeys
from journeys.events import TouchpointReached
from surveys import decision_store
from surveys.deciding import DecidingLane
from surveys.models import Invitation
from tests.directory import builders as directory

HANDLER = "surveys.deciding.decide"
_FIVE_WS = {name: name for name in ("who", "what", "when", "where", "why")}
_SURVEY = {
    "title": "How was it?",
    "subject": "How was it?",
    "introduction": "One question.",
    "questions": [{"key": "nps", "type": "nps", "text": "Would you recommend us?"}],
    "thanks": "Thank you.",
}


def texts(
    sampling: dict[str, Any], touchpoints: Sequence[dict[str, Any]], surveys: Iterable[dict[str, Any]], hold: float
) -> dict[str, str]:
    """A program folder in memory. JSON is YAML, so nothing needs to be written by hand."""
    head = {
        "name": "Northwind",
        "languages": ["en"],
        "sender": {"name": "Northwind", "email": "partners@northwind.example"},
        "postal_address": "Kade 12, Rotterdam",
        "five_ws": _FIVE_WS,
        "personas": {"buyer": {"name": "Buyer"}, "engineer": {"name": "Engineer"}},
        "calendars": {"rome": {"time_zone": "Europe/Rome", "hours": {"mon": "09:00-17:00"}}},
        "hold_minutes": hold,
        "test_addresses": ["tester@northwind.example"],
        "sampling": sampling,
    }
    stage = {"key": "all", "name": "All", "touchpoints": touchpoints}
    journey = {"journey": "journey", "name": "Journey", "stages": [stage]}
    files = {"program.yaml": head, "journeys/journey.yaml": journey}
    for survey in surveys:
        files[f"surveys/{survey['survey']}.yaml"] = {**_SURVEY, **survey}
    return {name: orjson.dumps(body).decode() for name, body in files.items()}


def touchpoint(key: str = "ticket.closed", **given: Any) -> dict[str, Any]:
    """A touchpoint as it stands in a journey file; its event type is its key."""
    return {"key": key, "name": key, "event": key, "survey": "support", **given}


@dataclass(slots=True)
class Lane:
    """One installation whose events are decided when the test says so."""

    engine: Engine
    lane: DecidingLane = field(default_factory=DecidingLane)
    in_case: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.engine.work.subscribers.setdefault(TouchpointReached, (HANDLER,))
        self.lane.open_cases = self._open_cases

    def _open_cases(self, reading: Reading, persons: Collection[bytes]) -> Collection[bytes]:
        return self.in_case & set(persons)

    def apply(
        self,
        sampling: dict[str, Any] | None = None,
        touchpoints: Sequence[dict[str, Any]] = (),
        surveys: Sequence[dict[str, Any]] = ({"survey": "support"},),
        *,
        hold_minutes: float = 0,
        state: str = "live",
    ) -> str:
        """Put a program in force; the version of its plan."""
        folder = program.load_texts(texts(sampling or {}, touchpoints or [touchpoint()], surveys, hold_minutes))
        version = program.publish(self.engine.work, SYSTEM, folder, "test").plan_version
        self.state(state)
        return version

    def state(self, wanted: str) -> None:
        """Put the program into a state."""
        with self.engine.work.begin(actor=SYSTEM) as uow:
            program_state.change(uow, wanted)

    def happen(self, *drafts: journeys.EventDraft, mode: journeys.Mode = "live") -> list[UUID]:
        """Record events."""
        results = journeys.record_events(self.engine.work, SYSTEM, drafts, mode, keys=self.engine.keys)
        assert all(result.event_id is not None for result in results), results
        return [result.event_id for result in results if result.event_id is not None]

    def decide(self, limit: int = 1000) -> None:
        """Decide about everything that was announced, so many events at a time."""
        handler = outbox.Handler(HANDLER, self.lane.decide, (TouchpointReached,), batch_size=limit)
        while outbox.deliver(self.engine.work, handler):
            pass

    def decide_due(self) -> int:
        """Decide about everything that has fallen due."""
        total = 0
        while done := self.lane.decide_due(self.engine.work):
            total += done
        return total

    def parked(self) -> list[outbox.ParkedEvent]:
        """Events that the lane could not digest."""
        with self.engine.work.read() as reading:
            return outbox.parked(reading)

    def decisions(self) -> list[Row[Any]]:
        """The ledger, in the order in which it was written."""
        with self.engine.work.read() as reading:
            return decision_store.decisions_after(reading, 0, 100_000)

    def outcomes(self) -> list[tuple[str, str | None]]:
        """Outcome and naming rule of each decision, in order."""
        return [(row.outcome, row.rule) for row in self.decisions()]

    def invitations(self) -> list[Row[Any]]:
        """Every ask, in the order of its decision."""
        table = Invitation.__table__  # type: ignore[attr-defined]
        with self.engine.work.read() as reading:
            return list(reading.connection.execute(select(table).order_by(table.c.send_at, table.c.id)))

    def mark(self, asks: Iterable[Row[Any]], **values: Any) -> None:
        """Let something have become of these asks."""
        table = Invitation.__table__  # type: ignore[attr-defined]
        with self.engine.work.begin(actor=SYSTEM) as uow:
            for ask in asks:
                mine = (table.c.shard == ask.shard, table.c.id == ask.id)
                uow.connection.execute(update(table).where(*mine).values(**values))

    def contacts(self, of: PartnerView) -> list[ContactView]:
        """The contacts of a partner."""
        with self.engine.work.read() as reading:
            return contacts_of(reading, [of.id])[of.id]

    def partner(self, key: str = "acme", **fields: object) -> PartnerView:
        """A partner."""
        return directory.partner(self.engine, key, **fields)

    def contact(self, of: PartnerView, email: str = "ana@acme.example", **fields: object) -> ContactView:
        """A contact of a partner."""
        return directory.contact(self.engine, of, email, **fields)


def event(
    number: int | str,
    at: datetime,
    *,
    subject: str = "acme",
    email: str | None = "ana@acme.example",
    kind: str = "ticket.closed",
    source: str = "crm",
    **attributes: Any,
) -> journeys.EventDraft:
    """An event as a source would give it."""
    return journeys.EventDraft(
        index=0,
        source=source,
        id=str(number),
        type=kind,
        subject=subject,
        at=at,
        contact=journeys.ContactDraft(email) if email else None,
        attributes=attributes,
    )


def day(number: float, hour: float = 9) -> datetime:
    """The hour of a day counted from the first of January 2026, which is day 1."""
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number - 1, hours=hour)


def open_lane(path: Path, now: datetime) -> Lane:
    """An installation on a database file that exists, under a clock of its own."""
    clock = MovedClock(now)
    database = Database(f"sqlite:///{path}")
    work = Work(database, clock)
    settings = Settings(database_url=f"sqlite:///{path}", var_dir=path.parent / "var")
    return Lane(Engine(settings, clock, database, work, load_keys(work, "test secret")))
