"""What the page of outgoing mail says of an invitation: to whom it goes, what it waits for, where that is explained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlencode
from uuid import UUID

from feedback_engine.directory import reading as directory
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.mail.queue import MailView
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.outbox import MailNote
from feedback_engine.foundation.web.outbox_letters import mailbox_words
from feedback_engine.foundation.web.reader import reader_zone
from surveys import mail_waits, program, store, wave_store
from surveys.deciding_rows import WAVE
from surveys.invitations import MAIL_KIND
from surveys.mail_waits import Wait
from surveys.wave_store import WaveRow
from surveys.waves import TEST_KIND
from surveys.web.waves import refusal_words


def note_mails(reading: Reading, mails: Sequence[MailView]) -> Mapping[UUID, MailNote]:
    """A note on each mail that is the surveys', by the id of the mail."""
    invitations = store.invitations_by_id(reading, {mail.ref_id for mail in mails if mail.kind == MAIL_KIND})
    contacts = directory.contacts_by_id(reading, {row.contact_id for row in invitations.values()})
    waits = mail_waits.waits_of(reading, list(invitations.values()))
    notes = {mail.id: MailNote(gettext("Test of a wave")) for mail in mails if mail.kind == TEST_KIND}
    waves = _waves(reading, {row.batch for row in invitations.values() if row.batch})
    reasons, hold = refusal_words(), program.current(reading).hold
    for mail in mails:
        row = invitations.get(mail.ref_id) if mail.kind == MAIL_KIND else None
        contact = contacts.get(row.contact_id) if row is not None else None
        if row is None or contact is None or contact.state == "erased":
            continue
        # A mail that was tried in vain says itself why it is tried again.
        wait = waits.get(row.id) if mail.state == "queued" and not mail.attempts else None
        changed = row.hold_until is not None and row.hold_until - row.created_at != hold
        notes[mail.id] = MailNote(
            gettext("Invitation"),
            recipient=mailbox_words(contact.name, contact.email),
            reason=reasons.get(mail.reason or "", ""),
            waits=_waits(wait, changed=changed) if wait else "",
            matter=gettext("Wave {name}", name=waves[row.batch].name) if row.batch in waves else "",
            matter_path=f"/waves/{waves[row.batch].key}" if row.batch in waves else "",
            hold_path="/program" if wait is not None and wait.cause == "hold" and not changed else "",
            recipient_path=f"/contacts/{contact.id}",
            reason_path="/sampling/explain?" + urlencode({"email": contact.email, "touchpoint": row.touchpoint}),
        )
    return notes


def _waits(wait: Wait, *, changed: bool) -> str:
    """What an invitation waits for; `changed` when another hold was set than that of the program now."""
    words = mail_waits.words_of(wait, reader_zone())
    # Whoever shortens the hold looks here for what it holds no more, and would take this for a fault.
    if wait.cause == "hold" and changed:
        return gettext("{waits}; the hold was another when it was ordered", waits=words)
    return words


def _waves(reading: Reading, batches: Iterable[str]) -> dict[str, WaveRow]:
    """The wave of each batch that is one."""
    found = {batch: wave_store.find_wave(reading, batch.removeprefix(WAVE)) for batch in batches}
    return {batch: wave for batch, wave in found.items() if wave is not None}
