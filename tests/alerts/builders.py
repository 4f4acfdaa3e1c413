"""A program with alerts, two partners with their owners, and answers as the surveys announce them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import SQLModel

from alerts import handlers, reading, service
from alerts.clocks import ticking
from alerts.definitions import AlertFile, AlertProgram
from alerts.events import CaseClosed, CaseOpened
from alerts.views import CaseView
from feedback_engine.directory.views import ContactView, PartnerView, StaffView
from feedback_engine.foundation import ids, outbox, versions
from feedback_engine.foundation.definitions import load, parse
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.events import Event
from feedback_engine.foundation.unit_of_work import SYSTEM, Actor
from surveys.events import ResponseChanged, ResponseSubmitted, ScoredAnswer
from tests.directory import builders as directory

ALERTS = """
rules:
  - key: low
    name: {en: Low score, it: Punteggio basso}
    when: {condition: score_below, question: recommend, below: 7}
    severity: high
  - key: praise
    name: {en: Praise, it: Elogio}
    when: {condition: score_high, question: recommend, at_least: 9}
    kind: thanks
    severity: low
  - key: call
    name: {en: Wants a call, it: Desidera una chiamata}
    when: {condition: asks_for_contact}
    kind: callback
routes:
  to: partner_owner
  otherwise: team:Alliances
groups: {deals: [deal.approved, deal.closed]}
service_levels: {recovery: {first_contact_hours: 8, resolve_hours: 40}}
root_causes:
  - {key: late, name: {en: Decision late, it: Decisione tardiva}, department: Deal desk}
  - {key: silent, name: {en: No status, it: Nessuno stato}}
"""

OFFICE = {
    "time_zone": "Europe/Rome",
    "hours": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-17:00"),
    "holidays": [],
}


@dataclass(slots=True)
class World:
    """Acme is Dana's, Brisk is Luis's; both owners work from Rome."""

    engine: Engine
    acme: PartnerView
    brisk: PartnerView
    ana: ContactView
    bo: ContactView
    dana: StaffView
    luis: StaffView
    team: UUID
    answers: dict[UUID, ResponseSubmitted] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        return self.engine.clock.now()

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.engine.clock.advance(timedelta(**span))  # type: ignore[attr-defined]


def publish(engine: Engine, text: str = ALERTS) -> None:
    """Put alerts in force."""
    body = _program(text)
    with engine.work.begin(actor=SYSTEM) as uow:
        version = versions.publish(uow, "alerts", "alerts", body.model_dump(mode="json", exclude_none=True))
        versions.activate(uow, "alerts", "alerts", version)


@cache
def _program(text: str) -> AlertProgram:
    """The alerts of a YAML text, read once: most tests have the same."""
    written = parse(AlertFile, load(text, name="alerts/all.yaml")).model_dump(mode="json", exclude_none=True)
    calendars = {"office": OFFICE, "tokyo": {**OFFICE, "time_zone": "Asia/Tokyo"}}
    return AlertProgram.model_validate({**written, "calendars": calendars, "calendar": "office"})


def world(engine: Engine, text: str | None = ALERTS) -> World:
    """The world, with alerts in force unless `text` is None."""
    engine.work.subscribers |= {ResponseSubmitted: ("alerts",), ResponseChanged: ("alerts",)}
    engine.work.subscribers |= {CaseOpened: ("test",), CaseClosed: ("test",)}
    team = directory.team(engine, "Alliances")
    if text is not None:
        publish(engine, text)
    acme = directory.partner(engine, "acme", name="Acme", tier="Gold", region="EMEA", time_zone="Europe/Lisbon")
    brisk = directory.partner(engine, "brisk", name="Brisk", tier="Silver", region="APAC")
    dana = directory.staff(engine, "dana@ours.example", name="Dana Keller", team=team, time_zone="Europe/Rome")
    luis = directory.staff(engine, "luis@ours.example", name="Luis Ferro", time_zone="Europe/Rome")
    directory.owned(engine, dana, acme)
    directory.owned(engine, luis, brisk)
    return World(
        engine=engine,
        acme=acme,
        brisk=brisk,
        ana=directory.contact(engine, acme, "ana@acme.example", name="Ana Silva", phone="+351 21 555 0142"),
        bo=directory.contact(engine, brisk, "bo@brisk.example", name="Bo Lind"),
        dana=dana,
        luis=luis,
        team=team,
    )


def staff_actor(member: StaffView) -> Actor:
    """Somebody on staff who acts."""
    return Actor("staff", str(member.id), member.name)


# ---- answers


def answer(
    of: World,
    score: int | None = 3,
    *,
    partner: PartnerView | None = None,
    touchpoint: str = "deal.approved",
    wants_contact: bool = False,
    at: datetime | None = None,
) -> ResponseSubmitted:
    """An answer as the surveys would announce it."""
    who = partner or of.acme
    shard = ids.shard_of(who.id)
    event = ResponseSubmitted(
        partner_id=who.id,
        response_id=ids.new_id(shard),
        invitation_id=ids.new_id(shard),
        contact_id=(of.ana if who.id == of.acme.id else of.bo).id,
        touchpoint=touchpoint,
        survey="deal",
        survey_version="sha256:survey",
        answers=_scores(score),
        wants_contact=wants_contact,
        has_comment=False,
        tier=who.tier,
        region=who.region,
        at=at or of.now,
    )
    of.answers[event.response_id] = event
    return event


def changed(of: World, event: ResponseSubmitted, score: int, *, wants_contact: bool = False) -> ResponseChanged:
    """The same answer, changed now."""
    before = of.answers[event.response_id]
    values = before.model_dump() | {"answers": _scores(score), "wants_contact": wants_contact}
    values |= {"before": before.answers, "revision": 2, "changed_at": of.now}
    after = ResponseChanged.model_validate({name: values[name] for name in ResponseChanged.model_fields})
    of.answers[event.response_id] = after
    return after


def _scores(score: int | None) -> tuple[ScoredAnswer, ...]:
    return () if score is None else (ScoredAnswer(question="recommend", kind="nps", score=score),)


def announce(of: World, *events: Event) -> None:
    """Put events into the outbox, in order."""
    with of.engine.work.begin(actor=SYSTEM) as uow:
        uow.emit_all(events)


def react(of: World, limit: int | None = None) -> None:
    """Let the alert handler take in what was announced, at most `limit` events at once."""
    wanted = outbox.Handler("alerts", handlers.raise_alerts, (ResponseSubmitted, ResponseChanged))
    while outbox.deliver(of.engine.work, wanted, limit=limit):
        pass


def take_in(of: World, *events: Event) -> None:
    """Announce and react."""
    announce(of, *events)
    react(of)


def open_case(of: World, score: int | None = 3, **how: Any) -> CaseView:
    """The case that an answer opens or joins."""
    event = answer(of, score, **how)
    take_in(of, event)
    with of.engine.work.read() as view:
        case_id = reading.responses_with_case(view, [event.response_id])[event.response_id]
        return reading.case_views(view, [case_id])[case_id]


def tick(of: World) -> None:
    """Let the clocks of cases do what fell due."""
    while ticking.tick(of.engine.work):
        pass


def case(of: World, case_id: UUID) -> CaseView:
    """The case as it stands now."""
    with of.engine.work.read() as view:
        return reading.case_views(view, [case_id])[case_id]


# ---- what Dana does with a case


def call(of: World, one: CaseView) -> None:
    """She calls the partner about a case."""
    service.log_contact(of.engine.work, staff_actor(of.dana), one.id)


def close(of: World, one: CaseView) -> None:
    """She closes a case as settled, and writes to nobody."""
    service.close(of.engine.work, staff_actor(of.dana), one.id, outcome="settled", root_cause="late")


def reopen(of: World, one: CaseView, why: str = "It is back.") -> CaseView:
    """She opens a case again; the case as it stands then."""
    service.reopen(of.engine.work, staff_actor(of.dana), one.id, why)
    return case(of, one.id)


def pause(of: World, one: CaseView, why: str = "They look for it.") -> None:
    """She stops the clock of a case, which waits for the partner."""
    service.pause(of.engine.work, staff_actor(of.dana), one.id, reason="awaiting_partner", text=why)


def resume(of: World, one: CaseView) -> CaseView:
    """She lets its clock run on; the case as it stands then."""
    service.resume(of.engine.work, staff_actor(of.dana), one.id)
    return case(of, one.id)


def merge(of: World, goes: CaseView, stays: CaseView) -> CaseView:
    """She merges a case into another; that one as it stands then."""
    service.merge(of.engine.work, staff_actor(of.dana), goes.id, stays.id)
    return case(of, stays.id)


def joined(of: World, score: int = 3, **how: Any) -> set[UUID]:
    """The alert of another answer, which joins an open case."""
    open_case(of, score, **how)
    return {rows(of, "alert")[-1].id}


def split(of: World, whole: CaseView, alerts: set[UUID]) -> CaseView:
    """She splits alerts off a case; the part of them."""
    return case(of, service.split(of.engine.work, staff_actor(of.dana), whole.id, alerts))


def undo(of: World, one: CaseView) -> CaseView:
    """She takes back what she did last to a case; the case as it stands then."""
    service.undo(of.engine.work, staff_actor(of.dana), one.id)
    return case(of, one.id)


# ---- what the world says of it


def announced(of: World, event_type: type[Event]) -> list[Any]:
    """What the alerts announced of one type since the last call."""
    found: list[Any] = []

    def keep(batch: outbox.Batch[Any]) -> None:
        with batch.commit():
            found.extend(event for event in batch.events if isinstance(event, event_type))

    wanted = outbox.Handler("test", keep, (CaseOpened, CaseClosed))
    while outbox.deliver(of.engine.work, wanted):
        pass
    return found


def rows(of: World, table: str) -> Sequence[Any]:
    """Every row of a table, oldest first."""
    found = SQLModel.metadata.tables[table]
    with of.engine.work.read() as view:
        return list(view.connection.execute(select(found).order_by(found.c.id)))
