"""Reactions to what happens below: mail that left or did not; people who opted out, left, or were erased."""

from __future__ import annotations

from collections.abc import Iterable

from feedback_engine.directory import reading as directory
from feedback_engine.directory.events import ContactErased, ContactLeft, ContactUnsubscribed
from feedback_engine.directory.service import ALL, Stop, suppress_all
from feedback_engine.foundation.mail.events import MailBounced, MailSettled
from feedback_engine.foundation.outbox import Batch
from feedback_engine.foundation.unit_of_work import Reading
from surveys import invitations, response_store, store
from surveys.dispositions import NOT_SENT
from surveys.invitations import MAIL_KIND
from surveys.store import UNSENT_STATES, InvitationRow

MAIL_FAILED = "mail_failed"
WITHDRAWN = "withdrawn"
LEFT = "left"


def note_mail(batch: Batch[MailSettled]) -> None:
    """Move invitations on with their mail: sent, unknown, too late, or never sent."""
    ours = [event for event in batch.events if event.kind == MAIL_KIND]
    with batch.commit() as uow:
        for fate, from_states in (("sent", (*UNSENT_STATES, "unknown")), ("unknown", UNSENT_STATES)):
            settled = [event.ref_id for event in ours if event.fate == fate]
            values = {"state": fate, "sent_at": uow.now} if fate == "sent" else {"state": fate}
            store.move_invitations(uow, settled, from_states, values)
        failed = [event.ref_id for event in ours if event.fate == "failed"]
        store.move_invitations(uow, failed, (*UNSENT_STATES, "unknown"), _never_sent(MAIL_FAILED))
        cancelled = [event.ref_id for event in ours if event.fate == "cancelled"]
        late = {row.id for row in store.invitations_by_id(uow, cancelled).values() if row.send_before <= uow.now}
        too_late = {"state": "late", "disposition": NOT_SENT.code}
        store.move_invitations(uow, late, UNSENT_STATES, too_late)
        store.move_invitations(uow, set(cancelled) - late, UNSENT_STATES, _never_sent(WITHDRAWN))


def mark_undeliverable(batch: Batch[MailBounced]) -> None:
    """The recipient's side refused the mail for good, so the person is not written to again until somebody mends it.

    Comes before or after `note_mail`: both orders end the same.
    """
    bounced = [event.ref_id for event in batch.events if event.kind == MAIL_KIND]
    with batch.work.read() as reading:
        persons = {row.person for row in store.invitations_by_id(reading, bounced).values()}
    with batch.commit() as uow:
        store.mark_unreachable(uow, bounced, MAIL_FAILED)
        suppress_all(uow, [Stop(person, ALL, "undeliverable") for person in sorted(persons)])


def cancel_open_invitations(batch: Batch[ContactUnsubscribed]) -> None:
    """Whoever opted out gets no mail that still waits, at any partner. Mail that has left stays an ask."""
    with batch.work.read() as reading:
        doomed = _unsent(reading, batch.events)
    with batch.commit() as uow:
        invitations.cancel_unsent(uow, doomed, "unsubscribed")


def cancel_for_who_left(batch: Batch[ContactLeft]) -> None:
    """What waits for somebody at the partner they left is not sent; mail that has left stays an ask of the person."""
    contact_ids = sorted({event.contact_id for event in batch.events})
    with batch.work.read() as reading:
        theirs = store.of_contacts(reading, contact_ids)
    with batch.commit() as uow:
        invitations.cancel_unsent(uow, [row for row in theirs if row.state in UNSENT_STATES], LEFT)


def forget(batch: Batch[ContactErased]) -> None:
    """Forget what erased contacts wrote; their links open nothing any more, and no mail goes."""
    contact_ids = sorted({event.contact_id for event in batch.events})
    with batch.work.read() as reading:
        theirs = store.of_contacts(reading, contact_ids)
    with batch.commit() as uow:
        response_store.blank_texts(uow, contact_ids)
        store.revoke_links(uow, [row.id for row in theirs])
        invitations.cancel_unsent(uow, [row for row in theirs if row.state in UNSENT_STATES], "erased")


def _unsent(reading: Reading, events: Iterable[ContactUnsubscribed]) -> list[InvitationRow]:
    """What waits for the persons behind these contacts; a family's opt-out leaves other families alone."""
    wanted: dict[str | None, set[bytes]] = {}
    listed = list(events)
    contacts = directory.contacts_by_id(reading, {event.contact_id for event in listed})
    for event in listed:
        contact = contacts.get(event.contact_id)
        if contact is not None:
            wanted.setdefault(_family(event.scope), set()).add(contact.person)
    found: dict[object, InvitationRow] = {}
    for family, persons in wanted.items():
        found.update({row.id: row for row in store.unsent_of_persons(reading, persons, family)})
    return list(found.values())


def _family(scope: str) -> str | None:
    """The survey family of the scope `family:<key>`; None for the scope `all`."""
    return scope.partition(":")[2] or None


def _never_sent(reason: str) -> dict[str, str]:
    return {"state": "cancelled", "reason": reason, "disposition": NOT_SENT.code}
