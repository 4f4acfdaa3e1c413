"""A small program with one survey, one partner, one contact and one owner; and whatever a test asks on top."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache, partial
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient

from feedback_engine.app.factory import create_app
from feedback_engine.directory.views import ContactView, PartnerView, StaffView
from feedback_engine.foundation import ids, outbox, program_state, versions
from feedback_engine.foundation.definitions import load, parse
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.events import Event
from feedback_engine.foundation.mail import sending
from feedback_engine.foundation.mail.events import MailSettled
from feedback_engine.foundation.mail.transports.base import Transport
from feedback_engine.foundation.mail.transports.folder import FolderTransport, folder_of
from feedback_engine.foundation.unit_of_work import SYSTEM
from feedback_engine.foundation.web.access import StaffPrincipal
from journeys import service as journeys
from surveys import handlers, published, rendering, wave_mail
from surveys.definitions import SurveyDefinition
from surveys.invitations import InvitationPlan, plan_invitations
from surveys.tokens import InvitationLinks, Links
from surveys.web import blueprint
from tests.directory import builders as directory
from tests.journeys import builders as journey_builders

PROGRAM: dict[str, Any] = {
    "name": "Northwind",
    "languages": ["en", "it"],
    "sender": {"name": "Northwind Alliances", "email": "partners@northwind.example"},
    "postal_address": "Northwind Alliances, Kade 12, 3011 Rotterdam",
    "five_ws": {"who": "Partners", "what": "Deals", "when": "After approval", "where": "Sales", "why": "To mend it"},
    "hold_minutes": 0,
    "test_addresses": ["tester@northwind.example"],
}

MAP = """
journey: partner
name: {en: Partner journey, it: Percorso del partner}
stages:
  - key: sales
    name: {en: Sales cycle, it: Ciclo di vendita}
    touchpoints:
      - key: deal.approved
        name: {en: Deal registration approved, it: Registrazione approvata}
        event: deal.approved
        survey: deal-registration
        attributes: {deal: string, amount: double, rush: bool}
      - key: relationship
        name: {en: Yearly relationship, it: Relazione annuale}
        event: relationship.asked
        survey: deal-registration
"""

SURVEY = """
survey: deal-registration
title: {en: "Your deal registration {event.deal}", it: "La registrazione {event.deal}"}
subject: {en: "{event.deal|Your deal} approved: how did we do?", it: "{event.deal} approvata: come è andata?"}
introduction: {en: "It was decided on {event.date}.", it: "È stata decisa il {event.date}."}
questions:
  - key: recommend
    type: nps
    text:
      en: How likely are you to recommend registering deals with Northwind to a colleague?
      it: Con quale probabilità consiglierebbe a un collega di registrare affari con Northwind?
  - {key: better, type: open_text, text: {en: What should we do differently?, it: Che cosa dovremmo fare diversamente?}}
  - {key: call, type: call_me, text: {en: Shall we call you?, it: Desidera una chiamata?}}
thanks: {en: Your answer has reached us., it: La risposta è arrivata.}
"""

EVERY_TYPE = """
survey: everything
title: Everything
subject: Everything
introduction: One question of each type.
questions:
  - {key: ease, type: ces, text: Northwind made it easy for me to solve my problem.}
  - {key: satisfied, type: csat, text: How satisfied are you?}
  - key: channel
    type: single_choice
    text: Where did it get stuck?
    choices: [{key: portal, text: The portal}, {key: people, text: The people}]
  - {key: words, type: open_text, text: Tell us more}
  - {key: call, type: call_me, text: Shall we call?}
thanks: Thank you.
"""


@dataclass(frozen=True, slots=True)
class World:
    """One contact who may be asked, and everybody around."""

    engine: Engine
    partner: PartnerView
    contact: ContactView
    owner: StaffView
    version: str

    @property
    def links(self) -> Links:
        return Links(self.engine.keys, self.engine.settings.base_url)

    def paths(self, invitation_id: UUID, generation: int = 0) -> InvitationLinks:
        """The links of an invitation as paths."""
        return InvitationLinks(Links(self.engine.keys), invitation_id, generation)


@cache
def survey(text: str = SURVEY) -> SurveyDefinition:
    """The survey of a YAML text."""
    return parse(SurveyDefinition, load(text, name="surveys/survey.yaml"))


def program(engine: Engine, **changes: Any) -> None:
    """Put a program in force."""
    with engine.work.begin(actor=SYSTEM) as uow:
        version = versions.publish(uow, "program", "program", {**PROGRAM, **changes})
        versions.activate(uow, "program", "program", version)


def state(engine: Engine, wanted: str) -> None:
    """Put the program into a state."""
    with engine.work.begin(actor=SYSTEM) as uow:
        program_state.change(uow, wanted)


def world(engine: Engine, text: str = SURVEY, *, mode: str = "live", **contact: Any) -> World:
    """The program in force, live, with Inês of Acme as the contact and Dana as the owner."""
    program(engine)
    state(engine, mode)
    journey_builders.publish(engine, MAP)
    with engine.work.begin(actor=SYSTEM) as uow:
        version = published.publish(uow, survey(text))
    acme = directory.partner(
        engine, "acme", name="Acme", kind="channel", tier="gold", region="EMEA", time_zone="Europe/Lisbon"
    )
    details = {"name": "Inês Duarte", "role": "sales", "language": "en", "phone": "+351 91 000 0142", **contact}
    ines = directory.contact(engine, acme, details.pop("email", "ines@acme.example"), **details)
    dana = directory.staff(engine, "dana@northwind.example", name="Dana Keller")
    directory.owned(engine, dana, acme)
    return World(engine, acme, ines, dana, version)


def event(of: World, number: int = 1, *, contact: ContactView | None = None, **attributes: Any) -> UUID:
    """A deal of Acme that was approved."""
    who = contact or of.contact
    draft = journeys.EventDraft(
        index=0,
        source="crm",
        id=f"DR-{number}",
        type="deal.approved",
        subject=of.partner.key,
        at=None,
        contact=journeys.ContactDraft(who.email),
        attributes={"deal": f"DR-229{number}"} | attributes,
    )
    result = journeys.record_events(of.engine.work, SYSTEM, [draft], keys=of.engine.keys)[0]
    assert result.event_id is not None, result
    return result.event_id


def plan(of: World, event_id: UUID, *, contact: ContactView | None = None, **changes: Any) -> InvitationPlan:
    """What sampling would hand over after it decided to ask."""
    who, asked = contact or of.contact, survey()
    values = InvitationPlan(
        decision_id=ids.new_id(ids.shard_of(of.partner.id)),
        event_id=event_id,
        partner_id=of.partner.id,
        contact_id=who.id,
        person=who.person,
        touchpoint="deal.approved",
        survey=asked.survey,
        family=asked.family_key,
        survey_version=of.version,
        plan_version="sha256:plan",
        send_at=of.engine.clock.now(),
        send_within=asked.send_within,
        answer_within=asked.answer_within,
        language=who.language,
    )
    return replace(values, **changes)


def invite(of: World, number: int = 1, *, contact: ContactView | None = None, **changes: Any) -> UUID:
    """An invitation that waits for its mail."""
    event_id = event(of, number, contact=contact)
    with of.engine.work.begin(actor=SYSTEM) as uow:
        return plan_invitations(uow, [plan(of, event_id, contact=contact, **changes)])[0]


def subscribe(engine: Engine, *event_types: type[Event]) -> None:
    """Let events be kept for `react` or `announced`."""
    for event_type in event_types:
        engine.work.subscribers.setdefault(event_type, (f"test.{event_type.__name__}",))


def react(engine: Engine, handler: Any, event_type: type[Event]) -> None:
    """Give what was announced of one type to a handler; `subscribe` must have been called before."""
    wanted = outbox.Handler(f"test.{event_type.__name__}", handler, (event_type,))
    while outbox.deliver(engine.work, wanted):
        pass


def announced(engine: Engine, event_type: type[Event]) -> list[Any]:
    """What was announced of one type since the last call; `subscribe` must have been called before."""
    found: list[Any] = []

    def keep(batch: outbox.Batch[Any]) -> None:
        with batch.commit():
            found.extend(batch.events)

    react(engine, keep, event_type)
    return found


def send_mail(of: World, transport: Transport | None = None) -> list[EmailMessage]:
    """Send what is due, note it on the invitations, and return what the folder holds, oldest first."""
    engine = of.engine
    subscribe(engine, MailSettled)
    folder = folder_of(engine.settings)
    renderers = {"invitation": partial(rendering.render, engine), "wave_test": partial(wave_mail.render, engine)}
    wanted = transport or FolderTransport(folder)
    while sending.send_due(engine.work, wanted, renderers, holder="test", domain="northwind.example"):
        pass
    react(engine, handlers.note_mail, MailSettled)
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in sorted(folder.glob("*.eml"))]


def parts(mail: EmailMessage) -> tuple[str, str]:
    """The plain text and the HTML of a mail."""
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    return str(text.get_content()), str(html.get_content())


def app(engine: Engine, principal: StaffPrincipal | None = None) -> Flask:
    """The site with the pages of the surveys; staff pages are read as `principal`."""
    return create_app(engine, blueprints=[blueprint(engine)], load_principal=lambda request: principal)


def browser(engine: Engine, principal: StaffPrincipal | None = None) -> FlaskClient:
    """Somebody who opens pages."""
    return app(engine, principal).test_client()


def words(page: str) -> str:
    """The text of a page without its tags and style."""
    without = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", without).split())


def answer(of: World, client: FlaskClient, invitation_id: UUID, **form: str) -> Any:
    """Send a form on an invitation; keys are those of the questions."""
    fields = {f"q-{key.replace('__', '-')}": value for key, value in form.items()}
    return client.post(of.paths(invitation_id).survey(), data=fields)


def later(engine: Engine, **span: float) -> None:
    """Let time pass."""
    engine.clock.advance(timedelta(**span))  # type: ignore[attr-defined]


def rows(engine: Engine, table: str) -> Sequence[Any]:
    """Every row of a table."""
    from sqlalchemy import select
    from sqlmodel import SQLModel

    with engine.work.read() as reading:
        found = SQLModel.metadata.tables[table]
        return list(reading.connection.execute(select(found).order_by(found.c.id)))
