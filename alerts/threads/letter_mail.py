"""Renders letters about cases when they are claimed, and withdraws at that last moment those that must not go."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from alerts import store
from alerts.notices import mail_templates
from alerts.threads import store as thread_store
from alerts.threads.case_address import PURPOSE, CaseAddresses
from alerts.threads.letters import correspondent
from alerts.threads.meeting_calendar import calendar_of
from alerts.threads.meetings import inviter_of
from alerts.threads.partner_words import choose_language
from alerts.threads.store import ThreadRow
from alerts.threads.words import present_words
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import ContactView, StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import gettext, gettext_noop, text_direction, use_locale
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.mail.message import Address, Attachment, Calendar, Message, Withdrawn
from feedback_engine.foundation.mail.queue import QueuedMail
from feedback_engine.foundation.plain_text import greeted_name
from feedback_engine.foundation.unit_of_work import Reading
from surveys import reading as surveys

_MOST_REFERENCES = 8


def addresses_of(engine: Engine) -> CaseAddresses:
    """The addresses of cases of this installation."""
    settings = engine.settings
    return CaseAddresses(engine.keys.derive(PURPOSE), settings.case_mailbox, settings.case_mailbox_tags)


def render(engine: Engine, view: Reading, mails: Sequence[QueuedMail]) -> Mapping[UUID, Message | Withdrawn]:
    """The mails of the kind `case-letter`, each in the language of its reader."""
    rows = thread_store.messages_by_id(view, [mail.ref_id for mail in mails])
    batch = frozenset(mail.id for mail in mails)
    return {mail.id: _render(engine, view, mail, rows.get(mail.ref_id), batch) for mail in mails}


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A letter with all that its mail needs."""

    row: ThreadRow
    contact: ContactView
    sender: StaffView | None
    before: Sequence[ThreadRow]
    meeting: ThreadRow | None


def _render(
    engine: Engine, view: Reading, mail: QueuedMail, row: ThreadRow | None, batch: Collection[UUID]
) -> Message | Withdrawn:
    if row is None:
        return Withdrawn(gettext_noop("the letter is gone"))
    found = correspondent(view, row.contact_id)
    if found.contact is None or found.refusal is not None:
        return Withdrawn(f"nothing may be sent to the contact: {found.refusal}")
    thread = [each for each in thread_store.messages_of(view, row.case_id) if each.person == row.person]
    before = [each for each in thread if each.id < row.id and not each.automatic]
    meeting = thread_store.meetings_by_id(view, [row.meeting_id]).get(row.meeting_id) if row.meeting_id else None
    if meeting is not None:
        told = [each.mail_id for each in before if each.meeting_id == meeting.id and each.mail_id not in batch]
        needless = _needless(view, mail, meeting, told)
        if needless is not None:
            return needless
    sender = directory.staff_by_id(view, [row.staff_id]).get(row.staff_id) if row.staff_id else None
    return _message(engine, view, mail, _Sheet(row, found.contact, sender, before, meeting))


def _needless(view: Reading, mail: QueuedMail, meeting: ThreadRow, before: Sequence[UUID]) -> Withdrawn | None:
    """Why a word on a talk need not go: a newer one follows, or nobody heard of what is off now.

    `before` are the mails that went before; of those beside it in a batch, the newest alone leaves.
    """
    if int(mail.attributes["sequence"]) < meeting.sequence:
        return Withdrawn(gettext_noop("a newer word on this call follows"))
    is_off = mail.attributes["method"] == "CANCEL"
    if is_off and not any(found.has_left for found in queue.views_of(view, before).values()):
        return Withdrawn(gettext_noop("nobody was invited yet"))
    return None


def _message(engine: Engine, view: Reading, mail: QueuedMail, sheet: _Sheet) -> Message:
    row, contact, settings = sheet.row, sheet.contact, engine.settings
    name = sheet.sender.name if sheet.sender else row.writer
    # What a colleague wrote is in its reader's language; what we say of a call, in one that we speak.
    with use_locale(contact.language if sheet.meeting is None else choose_language((contact.language,))) as locale:
        words = row.text if sheet.meeting is None else _framed(view, contact, row.text, name)
        shown = {"text": words, "subject": row.subject, "locale": locale, "direction": text_direction()}
        text, html = mail_templates.write("letter", shown)
    files = thread_store.files_of_message(view, row.id, row.case_id)
    return Message(
        sender=Address(settings.mail_from, name),
        recipient=Address(contact.email, contact.name),
        subject=row.subject,
        text=text,
        html=html,
        reply_to=_reply_to(engine, view, row, name, sheet.sender),
        headers=_thread_headers(sheet.before),
        calendar=_calendar(engine, view, mail, sheet),
        attachments=tuple(Attachment(each.name, each.media_type, bytes(each.content)) for each in files),
    )


def _framed(view: Reading, contact: ContactView, words: str, name: str) -> str:
    """What we say of a call, between greeting and signature: nobody wrote them, as they do in a letter of their own."""
    program = surveys.program_in_force(view)
    with use_locale(choose_language((contact.language,))):
        called = greeted_name(contact.name)
        greeting = gettext("Hello {name},", name=called) if called else ""
    named = program.postal_address.startswith(program.name)
    signature = "\n".join(filter(None, (name, "" if named else program.name, program.postal_address)))
    return "\n\n".join(filter(None, (greeting, words, signature)))


def _reply_to(engine: Engine, view: Reading, row: ThreadRow, name: str, sender: StaffView | None) -> Address | None:
    """Where a reply goes: to the address of the case, or to the owner where the installation reads no mailbox."""
    case = store.case_by_id(view, row.case_id)
    address = addresses_of(engine).address_of(case.number) if case else None
    address = address or (sender.email if sender else None)
    return Address(address, name) if address else None


def _thread_headers(before: Sequence[ThreadRow]) -> dict[str, str]:
    """The mails before this one, by which every mail program sorts it into its thread (RFC 5322, 3.6.4)."""
    known = [f"<{each.message_id}>" for each in before if each.message_id.isascii() and each.message_id]
    if not known:
        return {}
    chosen = known if len(known) <= _MOST_REFERENCES else [known[0], *known[1 - _MOST_REFERENCES :]]
    return {"In-Reply-To": known[-1], "References": " ".join(chosen)}


def _calendar(engine: Engine, view: Reading, mail: QueuedMail, sheet: _Sheet) -> Calendar | None:
    if sheet.meeting is None:
        return None
    organizer = directory.staff_by_id(view, [sheet.meeting.organizer_id])[sheet.meeting.organizer_id]
    method: Any = mail.attributes["method"]
    with use_locale(sheet.contact.language):
        present = present_words(inviter_of(view, sheet.meeting), organizer.name)
    content = calendar_of(
        sheet.meeting,
        method,
        view.now,
        organizer=organizer,
        attendee=sheet.contact,
        sent_by=engine.settings.mail_from,
        present=present,
    )
    return Calendar(method, content)
