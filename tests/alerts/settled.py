"""A case that is closed with a letter, the mails that leave, and what a partner sends back on the page of its link."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient

from alerts import service
from alerts.notices import rendering
from alerts.settling import asking as settling
from alerts.settling import handlers as settling_handlers
from alerts.settling import ladder, mediation
from alerts.settling import mail as settling_mail
from alerts.settling import ticks as settling_ticks
from alerts.settling.links import path_of
from alerts.views import CaseView
from feedback_engine.directory.events import ContactErased
from feedback_engine.directory.views import ContactView, StaffView
from feedback_engine.foundation import outbox, program_state
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.mail import sending
from feedback_engine.foundation.mail.events import MailBounced, MailSettled
from feedback_engine.foundation.mail.transports.base import Transport
from feedback_engine.foundation.mail.transports.folder import FolderTransport, folder_of
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts import builders
from tests.alerts.builders import ALERTS, World, case, open_case, rows, staff_actor
from tests.alerts.site import browser
from tests.directory import builders as directory
from tests.surveys import builders as surveys

FOUND = "Your request waited six days for one reviewer on leave."
DID = "Every registration has a second reviewer after two days."
LETTER = service.Letter(FOUND, DID)
SETTLING = """
settling:
  mediator: [role:program_owner]
  escalation: [role:admin]
  partner_escalation: [managing director]
"""
_REACTIONS = {
    MailSettled: settling_handlers.note_closing_mail,
    MailBounced: settling_handlers.note_bounce,
    ContactErased: settling_handlers.forget,
}


def world(engine: Engine, text: str = ALERTS + SETTLING, **program: Any) -> World:
    """Acme and Brisk with a program that is live, and reactions to what becomes of mail."""
    of = builders.world(engine, text)
    surveys.program(engine, **program)
    surveys.subscribe(engine, *_REACTIONS)
    with engine.work.begin(actor=SYSTEM) as uow:
        program_state.change(uow, "live")
    return of


def steering(of: World) -> tuple[StaffView, StaffView]:
    """Henrik owns the program, Priya is an admin; neither has had a case."""
    henrik = directory.staff(of.engine, "henrik@ours.example", "program_owner", name="Henrik Solberg")
    priya = directory.staff(of.engine, "priya@ours.example", "admin", name="Priya Raman")
    return henrik, priya


def director(of: World) -> ContactView:
    """Somebody at Acme whom a conflict comes to at last."""
    person = {"name": "Rui Costa", "role": "Managing Director", "language": "it"}
    return directory.contact(of.engine, of.acme, "rui@acme.example", **person)


def closed(of: World, opened: CaseView | None = None, *, letter: service.Letter | None = LETTER) -> CaseView:
    """A case that Dana closed with a letter; a new one unless `opened` is given."""
    opened = opened or open_case(of, 3)
    service.close(of.engine.work, staff_actor(of.dana), opened.id, outcome="settled", root_cause="late", letter=letter)
    return case(of, opened.id)


def close_again(of: World, closed_case: CaseView) -> CaseView:
    """The same case closed anew, an hour later, after its mediator said what they find."""
    of.later(hours=1)
    return closed(of, case(of, closed_case.id))


def settlement(of: World, of_case: CaseView) -> Any:
    """The latest question about a case."""
    return [row for row in rows(of, "settlement") if row.case_id == of_case.id][-1]


def react(of: World) -> None:
    """Let settling hear of what became of mail, and of who was forgotten."""
    for event_type, handler in _REACTIONS.items():
        wanted = outbox.Handler(f"test.{event_type.__name__}", handler, (event_type,))
        while outbox.deliver(of.engine.work, wanted):
            pass


def send(of: World, transport: Transport | None = None) -> list[EmailMessage]:
    """Send what is due now; every mail that has left so far, oldest first."""
    engine, folder = of.engine, folder_of(of.engine.settings)
    renderers = {
        "case-notification": partial(rendering.render, engine),
        settling.MAIL_KIND: partial(settling_mail.render_closing, engine),
        ladder.APPEAL_KIND: partial(settling_mail.render_appeal, engine),
    }
    wanted = transport or FolderTransport(folder)
    while sending.send_due(engine.work, wanted, renderers, holder="test", domain="ours.example"):
        pass
    react(of)
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in sorted(folder.glob("*.eml"))]


def letters(of: World, to: str) -> list[EmailMessage]:
    """What has left to an address once the hold is over."""
    of.later(minutes=61)
    return [mail for mail in send(of) if to in str(mail["To"])]


def link(of: World, of_case: CaseView, **query: str) -> str:
    """The link of the latest question about a case."""
    return path_of(of.engine.keys, settlement(of, of_case).id, **query)


def say(of: World, client: FlaskClient, of_case: CaseView, verdict: str, words: str = "", status: int = 303) -> str:
    """Send a verdict from the partner's page; the page that comes back."""
    answer = client.post(link(of, of_case), data={"verdict": verdict, "words": words})
    assert answer.status_code == status, answer.text
    return client.get(link(of, of_case)).text if status == 303 else answer.text


def denied(of: World, words: str = "") -> CaseView:
    """A case to whose closing the partner said no, so that somebody mediates."""
    shut = closed(of)
    say(of, browser(of.engine, None), shut, "no", words)
    return shut


def mediated(engine: Engine) -> tuple[World, StaffView, StaffView, CaseView]:
    """The world, Henrik who mediates, Priya, and the case to whose closing the partner said no."""
    of = world(engine)
    henrik, priya = steering(of)
    return of, henrik, priya, denied(of)


def find(of: World, mediator: StaffView, of_case: CaseView) -> None:
    """The mediator says what they find, and the mediation is over."""
    mediation.end(of.engine.work, staff_actor(mediator), of_case.id, "Meet in person.")


def tick(of: World) -> None:
    """Let pass what is due by time."""
    while settling_ticks.tick(of.engine):
        pass


def told(of: World, news: str) -> list[UUID]:
    """Who was told of something, each time it was told."""
    return [row.recipient_id for row in rows(of, "notification") if row.news == news]


def timeline(of: World, of_case: CaseView) -> list[tuple[str, str | None]]:
    """The kinds and words of a case's timeline."""
    return [(row.kind, row.text) for row in rows(of, "case_entry") if row.case_id == of_case.id]
