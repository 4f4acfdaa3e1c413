"""A world in which letters may go, and the mail of a partner as it would come in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

from alerts.threads import letter_mail, letters, mail_intake
from alerts.threads import reading as thread
from alerts.threads.letters import Letter
from alerts.threads.mail_intake import Outcome
from alerts.threads.views import ThreadView
from alerts.views import CaseView
from feedback_engine.foundation import program_state
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.mail import sending
from feedback_engine.foundation.mail.mailboxes import RawMail
from feedback_engine.foundation.mail.transports.smtp import SmtpServer, SmtpTransport
from feedback_engine.foundation.settings import Settings
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts.builders import World, case, open_case, staff_actor, world
from tests.servers import MailServer, Taken

MAILBOX = "cases@ours.example"
DOMAIN = "ours.example"


def live_world(engine: Engine, **settings: Any) -> World:
    """The world with a mailbox for replies, in a program that is live."""
    given = {"case_mailbox": MAILBOX, "mail_from": f"partners@{DOMAIN}", **settings}
    chosen = Settings(**{**engine.settings.model_dump(), **given})
    of = world(replace(engine, settings=chosen))
    with of.engine.work.begin(actor=SYSTEM) as uow:
        program_state.change(uow, "live")
    return of


def danas_case(engine: Engine, **settings: Any) -> tuple[World, CaseView]:
    """A live world, and the case that Ana's 3 opened for Dana."""
    of = live_world(engine, **settings)
    return of, open_case(of, 3)


def write(of: World, opened: CaseView, text: str = "What went wrong, Ana?", **fields: Any) -> None:
    """Dana writes to the contact of a case."""
    letter = Letter(fields.pop("subject", "Your answer"), text, **fields)
    letters.write(of.engine, staff_actor(of.dana), opened.id, letter)


def send_all(of: World, mails: MailServer) -> list[Taken]:
    """Let the queue send what is due to partners over real SMTP; what has arrived there at all."""
    host, port = mails.url.removeprefix("smtp://").split(":")
    transport = SmtpTransport(SmtpServer(host, int(port), False, None, None))
    renderers = {"case-letter": lambda view, found: letter_mail.render(of.engine, view, found)}
    renderers |= {"case-notification": _withdraw, "case-talk": _withdraw}
    while sending.send_due(of.engine.work, transport, renderers, holder="test", domain=DOMAIN):
        pass
    return [taken for taken in mails.taken if not taken.recipient.endswith(DOMAIN)]


def _withdraw(_: Any, found: Sequence[Any]) -> Mapping[Any, Any]:
    from feedback_engine.foundation.mail.message import Withdrawn

    return {mail.id: Withdrawn("not what this test is about") for mail in found}


def thread_of(of: World, opened: CaseView) -> ThreadView:
    """The thread of a case as it stands now."""
    with of.engine.work.read() as view:
        return thread.thread_of(view, case(of, opened.id), "Europe/Rome")


def sent_id(of: World, opened: CaseView) -> str:
    """The Message-ID of our last letter in a case."""
    with of.engine.work.read() as view:
        from alerts.threads import store as thread_store

        rows = [row for row in thread_store.messages_of(view, opened.id) if row.direction == "out"]
    return str(rows[-1].message_id)


def address_of(of: World, opened: CaseView) -> str:
    """The address of a case."""
    found = letter_mail.addresses_of(of.engine).address_of(int(opened.ref.removeprefix("C-")))
    assert found is not None
    return found


def reply(
    text: str = "Nine days for a yes.",
    *,
    sender: str = "Ana Silva <ana@acme.example>",
    to: str = MAILBOX,
    answers: str | None = None,
    headers: Mapping[str, str] | None = None,
    number: int = 1,
) -> bytes:
    """A mail of a partner. `answers` is the Message-ID that it says it answers."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = "Re: Your answer"
    mail["Message-ID"] = f"<reply-{number}@acme.example>"
    mail["Date"] = "Mon, 09 Mar 2026 10:00:00 +0000"
    if answers is not None:
        mail["In-Reply-To"] = f"<{answers}>"
        mail["References"] = f"<{answers}>"
    for name, value in (headers or {}).items():
        mail[name] = value
    mail.set_content(text)
    return mail.as_bytes()


def take(of: World, mail: bytes) -> Outcome:
    """Take a mail in, as the mailbox would bring it."""
    return mail_intake.take(of.engine, RawMail(mail, len(mail)))


def unmatched(of: World) -> list[Any]:
    """What matched nothing, newest first."""
    with of.engine.work.read() as view:
        return list(thread.list_unmatched(view, settled=False, before=None).rows)
