"""The outbox pages: what was sent, what waits, what nobody knows; and the handle that stops all mail to partners."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from feedback_engine.foundation import release_gate
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import NotFound
from feedback_engine.foundation.i18n import gettext, sentence
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.mail.message import Later, Message, Withdrawn
from feedback_engine.foundation.mail.queue import MailView
from feedback_engine.foundation.mail.sending import Rendered, Renderer, drawn
from feedback_engine.foundation.mail.transports.base import Again
from feedback_engine.foundation.mail.transports.folder import folder_of
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import actor, allow, roles
from feedback_engine.foundation.web.key_cutting import FindKeys
from feedback_engine.foundation.web.outbox_letters import Letter, Ours, draft_of, draft_subject, opening_tabs, stored
from feedback_engine.foundation.web.paging import CursorPart, cursor_of, page_of, unknown_cursor
from feedback_engine.foundation.web.security import allow_frames
from feedback_engine.foundation.web.templating import show_datetime

SHOWN = 25
"""Mails on a page."""
MOST_RECIPIENTS = 200
"""People whose mail a search looks for; where more are called so, more of the name is asked for."""
STATES = ("queued", "claimed", "sent", "unknown", "failed", "cancelled")
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""A mail is shown as it was written, in a frame of its page, but it may run nothing and fetch nothing. Its links open
pages that are not held in its sandbox."""


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


@dataclass(frozen=True, slots=True)
class Opened:
    """A mail on its own page. `letter` is None when it waits and cannot be written now; `title` is its subject, else
    what it is; `stands` says how it stands while it has not left, and `why` the reason, where there is one. `mail` is
    its line of the list."""

    letter: Letter | None
    title: str
    mail: MailView | None = None
    note: MailNote | None = None
    stands: str = ""
    why: str = ""


NoteMails = Callable[[Reading, Sequence[MailView]], Mapping[UUID, MailNote]]
"""Says something of mails, by their ids; handed in from above, where it is known what they are about."""


FindPeople = Callable[[Reading, str, int], Sequence[UUID]]
"""Up to so many people in whose name or address these letters stand; handed in from above too."""


def blueprint(
    engine: Engine,
    find_keys: FindKeys,
    note_mails: NoteMails = lambda reading, mails: {},
    renderers: Mapping[str, Renderer] | None = None,
    find_people: FindPeople = lambda reading, sought, limit: (),
) -> Blueprint:
    """`/outbox` and the pages of single mails; `renderers` show those that wait, without what `find_keys` finds."""
    pages = Blueprint("outbox", __name__)
    work = engine.work
    folder = folder_of(engine.settings) if engine.settings.mail_transport == "folder" else None

    ours = Ours(engine.settings.base_url, find_keys)
    faults: set[UUID] = set()

    def get_mail(mail_id: UUID) -> Opened:
        letter = stored(folder, mail_id)
        with work.read() as reading:
            queued = queue.waiting(reading, [mail_id]).get(mail_id) if letter is None else None
            if letter is None and queued is None:
                raise NotFound(_not_shown())
            mail = queue.views_of(reading, [mail_id]).get(mail_id)
            if queued is None or mail is None:
                note = note_mails(reading, [mail]).get(mail_id) if mail else None
                return Opened(letter, letter.subject if letter else "", mail, note)
            content = drawn(reading, renderers or {}, [queued], faults)[mail_id]
            mail = replace(mail, reason=content.reason) if isinstance(content, Withdrawn) else mail
            note = with_waiting(reading, [mail], note_mails(reading, [mail])).get(mail_id)
            return _waiting(mail, note, content, ours, is_late=mail.is_late(reading.now))

    def subjects_of(reading: Reading, mails: Sequence[MailView]) -> dict[UUID, str]:
        waiting = [mail.id for mail in mails if mail.state == "queued" and not mail.is_late(reading.now)]
        queued = queue.waiting(reading, waiting) if waiting else {}
        return subjects_in(drawn(reading, renderers or {}, list(queued.values()), faults), ours)

    @pages.get("/outbox")
    @allow(roles("program_owner"))
    def outbox() -> str:
        state = request.args.get("state") if request.args.get("state") in STATES else None
        sought = request.args.get("q", "").strip()[:200]
        before = _cursor(cursor_of(request.args, 2))
        with work.read() as reading:
            people = find_people(reading, sought, MOST_RECIPIENTS + 1) if sought else None
            too_many = people is not None and len(people) > MOST_RECIPIENTS
            found = [] if too_many else queue.recent(reading, state, SHOWN + 1, before, people)
            page = page_of(found, SHOWN, lambda mail: (mail.moved_at.isoformat(), str(mail.id)))
            mails = page.rows
            notes = with_waiting(reading, mails, note_mails(reading, mails))
            subjects = subjects_of(reading, mails)
            counts = queue.counts(reading)
            stopped = queue.is_stopped(reading)
            held = release_gate.find_held(reading)
        return render_template(
            "outbox/list.html",
            rows=[
                (mail, stored(folder, mail.id), notes.get(mail.id), title_of(mail, notes.get(mail.id), subjects))
                for mail in mails
            ],
            counts=counts,
            states=STATES,
            state=state or "",
            sought=sought,
            most_people=MOST_RECIPIENTS if too_many else 0,
            next_path=url_for("outbox.outbox", state=state, q=sought or None, cursor=page.next_cursor)
            if page.next_cursor
            else "",
            first_path=url_for("outbox.outbox", state=state, q=sought or None) if before else "",
            stopped=stopped,
            held=held,
            in_folder=folder is not None,
            words=state_words(in_folder=folder is not None),
            reason_words=reason_words,
        )

    @pages.get("/outbox/<uuid:mail_id>")
    @allow(roles("program_owner"))
    def letter(mail_id: UUID) -> str:
        found = get_mail(mail_id)
        allow_frames()
        return render_template(
            "outbox/letter.html",
            letter=found.letter,
            found=found,
            mail_id=mail_id,
            words=state_words(in_folder=folder is not None),
        )

    @pages.get("/outbox/<uuid:mail_id>/html")
    @allow(roles("program_owner"))
    def as_seen(mail_id: UUID) -> Response:
        opened = get_mail(mail_id)
        found = opened.letter
        if found is None:
            raise NotFound(opened.stands)
        content = opening_tabs(found.html) if found.html else found.text
        response = Response(content, mimetype="text/html" if found.html else "text/plain")
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


def state_words(*, in_folder: bool = False) -> dict[str, str]:
    """What a mail is in each state, in the reader's language; `in_folder` where what is sent reaches nobody."""
    return {
        "queued": gettext("waiting"),
        "claimed": gettext("being sent"),
        "sent": gettext("written to the folder") if in_folder else gettext("has left"),
        "unknown": gettext("fate unknown"),
        "failed": gettext("failed"),
        "cancelled": gettext("cancelled"),
    }


def subjects_in(contents: Mapping[UUID, Rendered], ours: Ours) -> dict[UUID, str]:
    """The subjects of those mails that wait and can be written now, without the keys of their readers."""
    return {
        mail_id: draft_subject(content, ours) for mail_id, content in contents.items() if isinstance(content, Message)
    }


def title_of(mail: MailView, note: MailNote | None, known: Mapping[UUID, str]) -> str:
    """What a mail that has not left is called everywhere: its subject, where one is `known`, else what it is."""
    return known.get(mail.id) or (note.title if note else kind_words(mail))


def reason_words(mail: MailView, note: MailNote | None) -> str:
    """Why a mail is in its state: as whoever ordered it says, in our words for our codes, else as the server said."""
    if note is not None and note.reason:
        return note.reason
    if mail.reason == "late":
        return gettext("too late: it could not leave in time")
    return gettext(mail.reason) if mail.reason else ""


def with_waiting(reading: Reading, mails: Sequence[MailView], notes: Mapping[UUID, MailNote]) -> dict[UUID, MailNote]:
    """The notes, each with what keeps its mail whatever it is about: too late, a restore, mail stopped, tried in vain.

    What whoever ordered it says of its waiting stays where nothing of that is so.
    """
    held, stopped = release_gate.is_held(reading), queue.is_stopped(reading)
    told = dict(notes)
    for mail in mails:
        words = _kept_by(mail, reading.now, held=held, stopped=stopped and mail.audience == "partner")
        if words:
            told[mail.id] = replace(notes.get(mail.id) or MailNote(kind_words(mail)), waits=words, hold_path="")
    return told


def kind_words(mail: MailView) -> str:
    """What to call a mail of which nobody says what it is."""
    return mail.kind.replace("_", " ").replace("-", " ")


def _kept_by(mail: MailView, now: datetime, *, held: bool, stopped: bool) -> str:
    if mail.state != "queued":
        return ""
    if mail.send_before is not None and mail.is_late(now):
        return gettext("too late since {at}: it will not go any more", at=show_datetime(mail.send_before))
    if held:
        return gettext("waits until an operator lets mail go again after the restore")
    if stopped:
        return gettext("waits until mail to partners goes again")
    if mail.attempts and mail.due_at > now:
        return gettext("is tried again at {at}", at=show_datetime(mail.due_at))
    return ""


def _waiting(mail: MailView, note: MailNote | None, content: Rendered, ours: Ours, *, is_late: bool) -> Opened:
    """The page of a mail that waits: as it would be written now, or why it would not go."""
    title = title_of(mail, note, {} if is_late else subjects_in({mail.id: content}, ours))
    if is_late:
        return Opened(None, title, mail, note, sentence(note.waits) + "." if note else "")
    match content:
        case Withdrawn():
            return Opened(
                None, title, mail, note, gettext("As things stand it will not be sent."), reason_words(mail, note)
            )
        case Later():
            told = gettext("What it tells may still be taken back; until then it waits.")
            return Opened(None, title, mail, note, told)
        case Again(reason):
            told = gettext("It cannot be written, by a fault of ours: it is tried again.")
            return Opened(None, title, mail, note, told, reason)
    return Opened(draft_of(content, ours), title, mail, note, _stands(mail), reason_words(mail, note))


def _stands(mail: MailView) -> str:
    if mail.may_have_arrived:
        return gettext("It may have been handed over before, and have arrived; it goes again.")
    if mail.claimed_at is not None:
        return gettext("It was tried before, and is tried again.")
    return gettext("It has not been sent yet.")


def _not_shown() -> str:
    return gettext("Only mail that waits or went to the folder can be shown. The list says how it stands.")


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
