"""The outbox pages: what was sent, what waits, what nobody knows; and the handle that stops all mail to partners."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from feedback_engine.foundation import release_gate
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.mail.message import Address
from feedback_engine.foundation.mail.queue import MailView
from feedback_engine.foundation.mail.sending import Renderer, drawn
from feedback_engine.foundation.mail.transports.folder import folder_of
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import actor, allow, roles
from feedback_engine.foundation.web.paging import CursorPart, cursor_of, page_of, unknown_cursor

SHOWN = 25
"""Mails on a page."""
STATES = ("queued", "claimed", "sent", "unknown", "failed", "cancelled")
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups"
"""A mail is shown as it was written, but it may run nothing and fetch nothing."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as its recipient sees it; one that `waits` as it would be written now, without its links."""

    sender: str
    recipient: str
    reply_to: str
    subject: str
    text: str
    html: str
    waits: bool = False


@dataclass(frozen=True, slots=True)
class MailNote:
    """What whoever ordered a mail says of it: what it is, to whom, what it waits for, the words of its reason, and the
    pages about its recipient.

    `matter` is what it is about, and `matter_path` its page where the reader may see it; `hold_path` is where the hold
    is set, for a mail that waits for nothing else.
    """

    title: str
    waits: str = ""
    reason: str = ""
    recipient_path: str = ""
    reason_path: str = ""
    recipient: str = ""
    matter: str = ""
    matter_path: str = ""
    hold_path: str = ""


NoteMails = Callable[[Reading, Sequence[MailView]], Mapping[UUID, MailNote]]
"""Says something of mails, by their ids; handed in from above, where it is known what they are about."""


def blueprint(
    engine: Engine,
    note_mails: NoteMails = lambda reading, mails: {},
    renderers: Mapping[str, Renderer] | None = None,
) -> Blueprint:
    """`/outbox` and the pages of single mails; `renderers` show those that wait."""
    pages = Blueprint("outbox", __name__)
    work = engine.work
    folder = folder_of(engine.settings) if engine.settings.mail_transport == "folder" else None

    def get_letter(mail_id: UUID) -> Letter:
        found = _letter(folder, mail_id)
        if found is None:
            with work.read() as reading:
                found = _draft(reading, renderers or {}, mail_id, engine.settings.base_url)
        if found is None:
            raise NotFound(gettext("This mail cannot be shown: it was sent by a mail server, or it will not be sent."))
        return found

    @pages.get("/outbox")
    @allow(roles("program_owner"))
    def outbox() -> str:
        state = request.args.get("state") if request.args.get("state") in STATES else None
        before = _cursor(cursor_of(request.args, 2))
        with work.read() as reading:
            found = queue.recent(reading, state, SHOWN + 1, before)
            page = page_of(found, SHOWN, lambda mail: (mail.moved_at.isoformat(), str(mail.id)))
            mails = page.rows
            notes = note_mails(reading, mails)
            counts = queue.counts(reading)
            stopped = queue.is_stopped(reading)
            held = release_gate.find_held(reading)
        return render_template(
            "outbox/list.html",
            rows=[(mail, _letter(folder, mail.id), notes.get(mail.id)) for mail in mails],
            counts=counts,
            states=STATES,
            state=state or "",
            next_path=url_for("outbox.outbox", state=state, cursor=page.next_cursor) if page.next_cursor else "",
            first_path=url_for("outbox.outbox", state=state) if before else "",
            stopped=stopped,
            held=held,
            in_folder=folder is not None,
            words=state_words(),
            reason_words=reason_words,
        )

    @pages.get("/outbox/<uuid:mail_id>")
    @allow(roles("program_owner"))
    def letter(mail_id: UUID) -> str:
        return render_template("outbox/letter.html", letter=get_letter(mail_id), mail_id=mail_id)

    @pages.get("/outbox/<uuid:mail_id>/html")
    @allow(roles("program_owner"))
    def as_seen(mail_id: UUID) -> Response:
        found = get_letter(mail_id)
        response = Response(found.html or found.text, mimetype="text/html" if found.html else "text/plain")
        response.headers["Content-Security-Policy"] = MAIL_POLICY
        return response

    @pages.post("/outbox/<uuid:mail_id>/settle")
    @allow(roles("program_owner"))
    def settle(mail_id: UUID) -> AnyResponse:
        with work.begin(actor=actor()) as uow:
            queue.settle_unknown(uow, mail_id, arrived=request.form.get("arrived") == "yes")
        flash(gettext("Noted."))
        return redirect(url_for("outbox.outbox", state="unknown"), 303)

    @pages.post("/outbox/stop")
    @allow(roles("program_owner"))
    def stop() -> AnyResponse:
        with work.begin(actor=actor()) as uow:
            queue.stop(uow, request.form.get("reason", "")[:500])
        # The page itself says that mail is stopped, for as long as it is.
        return redirect(url_for("outbox.outbox"), 303)

    @pages.post("/outbox/resume")
    @allow(roles("program_owner"))
    def resume() -> AnyResponse:
        with work.begin(actor=actor()) as uow:
            queue.resume(uow)
        flash(gettext("Mail to partners goes again."))
        return redirect(url_for("outbox.outbox"), 303)

    return pages


def state_words() -> dict[str, str]:
    """What a mail is in each state, in the reader's language."""
    return {
        "queued": gettext("waiting"),
        "claimed": gettext("being sent"),
        "sent": gettext("has left"),
        "unknown": gettext("fate unknown"),
        "failed": gettext("failed"),
        "cancelled": gettext("cancelled"),
    }


def reason_words(mail: MailView, note: MailNote | None) -> str:
    """Why a mail is in its state: as whoever ordered it says, in our words for our codes, else as the server said."""
    if note is not None and note.reason:
        return note.reason
    return gettext("too late: it could not leave in time") if mail.reason == "late" else mail.reason or ""


def _cursor(parts: tuple[CursorPart, ...] | None) -> tuple[datetime, UUID] | None:
    """Where the page before ended: the instant it showed last, and the mail. Raises Invalid for any other cursor."""
    if parts is None:
        return None
    try:
        at, mail_id = datetime.fromisoformat(str(parts[0])), UUID(str(parts[1]))
    except ValueError:
        raise unknown_cursor() from None
    if at.tzinfo is None:
        raise unknown_cursor()
    return at, mail_id


def _draft(reading: Reading, renderers: Mapping[str, Renderer], mail_id: UUID, base_url: str) -> Letter | None:
    """A mail that waits. Its links are keys of its recipient, who has not got them yet: nobody else shall have them."""
    mail = queue.waiting(reading, mail_id)
    message = drawn(reading, renderers, mail) if mail is not None else None
    if message is None:
        return None
    ours = re.compile(re.escape(base_url.rstrip("/")) + r"/[^\s\"'<>]*")
    cut = f"{base_url.rstrip('/')}/…"
    return Letter(
        sender=_of(message.sender),
        recipient=_of(message.recipient),
        reply_to=_of(message.reply_to) if message.reply_to else "",
        subject=message.subject,
        text=ours.sub(cut, message.text),
        html=ours.sub(cut, message.html or ""),
        waits=True,
    )


def _of(address: Address) -> str:
    return _shown(address.name, address.email)


def _shown(name: str, email: str) -> str:
    """A mailbox for people to read, without the quotes that a header needs."""
    return f"{name} <{email}>" if name else email


def _mailboxes(message: EmailMessage, header: str) -> str:
    try:
        named = message[header]
        shown = ", ".join(_shown(each.display_name, each.addr_spec) for each in named.addresses) if named else ""
    except (ValueError, LookupError, AttributeError, TypeError):  # what Python's parser raises on odd mailboxes
        shown = next((str(value) for name, value in message.raw_items() if name.lower() == header.lower()), "")
    # An address beyond ASCII stands there as UTF-8 (RFC 6532), which the parser keeps as bytes of an unknown charset.
    return shown.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _letter(folder: Path | None, mail_id: UUID) -> Letter | None:
    path = folder / f"{mail_id.hex}.eml" if folder is not None else None
    if path is None or not path.exists():
        return None
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    return Letter(
        sender=_mailboxes(message, "From"),
        recipient=_mailboxes(message, "To"),
        reply_to=_mailboxes(message, "Reply-To"),
        subject=str(message["Subject"]),
        text=_body(message, "plain"),
        html=_body(message, "html"),
    )


def _body(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    return str(part.get_content()) if part is not None else ""
