"""What settling does when its mail left or did not, and when somebody asks to be forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from alerts import store
from alerts.settling import asking as settling
from alerts.settling import ladder
from alerts.settling import store as settling_store
from feedback_engine.directory import reading as directory
from feedback_engine.directory.events import ContactErased
from feedback_engine.directory.service import ALL, Stop, suppress_all
from feedback_engine.foundation.mail.events import MailBounced, MailSettled
from feedback_engine.foundation.outbox import Batch
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

_MAY_HAVE_ARRIVED = ("sent", "unknown")


def note_closing_mail(batch: Batch[MailSettled]) -> None:
    """The time to reply begins when the mail has left; where it never will, nobody waits for a reply."""
    ours = [event for event in batch.events if event.kind == settling.MAIL_KIND]
    with batch.commit() as uow:
        for event in ours:
            if event.fate in _MAY_HAVE_ARRIVED:
                _note_sent(uow, event.ref_id)
            else:
                _note_unreached(uow, event.ref_id)


def note_bounce(batch: Batch[MailBounced]) -> None:
    """Whom a closing mail or an appeal did not reach is not written to again until somebody mends the address."""
    ours = [event for event in batch.events if event.kind in (settling.MAIL_KIND, ladder.APPEAL_KIND)]
    with batch.work.read() as view:
        persons = _persons(view, [event.ref_id for event in ours])
    with batch.commit() as uow:
        suppress_all(uow, [Stop(person, ALL, "undeliverable") for person in sorted(persons)])
        for event in ours:
            if event.kind == settling.MAIL_KIND:
                _note_unreached(uow, event.ref_id)


def forget(batch: Batch[ContactErased]) -> None:
    """Forget what was written to erased contacts about their cases, and what they said of it."""
    with batch.commit() as uow:
        settling_store.forget(uow, sorted({event.contact_id for event in batch.events}))


def _note_sent(uow: UnitOfWork, settlement_id: UUID) -> None:
    found = settling_store.hold_both(uow, settlement_id)
    if found is None:
        return
    settlement, row = found
    if settlement.sent_at is not None:
        return  # A mail of unknown fate turned out to have left.
    values = {"sent_at": uow.now}
    if settlement.state == "asked":
        values["reply_by"] = settling.time_to_reply(uow, row, uow.now)
    if settlement.state == "asked" and settling.is_in_force(row, settlement):
        revision = row.revision + 1
        store.change_case(uow, row.id, row.revision, {"revision": revision})
        entry = store.entry_row(row.id, revision, "asked_if_settled")
        store.insert_entries(uow, [{**entry, **store.by(uow)}])
        settling_store.change_settlement(uow, settlement, {**values, "last_revision": revision})
    else:
        settling_store.change_settlement(uow, settlement, values)


def _note_unreached(uow: UnitOfWork, settlement_id: UUID) -> None:
    found = settling_store.hold_both(uow, settlement_id)
    if found is None or found[0].state != "asked":
        return
    settlement, row = found
    if settling.is_in_force(row, settlement):
        store.change_case(uow, row.id, row.revision, {"settlement": "unreached"})
    settling_store.change_settlement(uow, settlement, {"state": "unreached"})


def _persons(view: Reading, ref_ids: Sequence[UUID]) -> set[bytes]:
    """The persons behind settlements and steps of these ids."""
    contact_ids = {row.contact_id for row in settling_store.settlements_by_id(view, ref_ids).values()}
    steps = [settling_store.step_by_id(view, ref_id) for ref_id in ref_ids]
    contact_ids |= {step.contact_id for step in steps if step is not None and step.contact_id is not None}
    return {contact.person for contact in directory.contacts_by_id(view, contact_ids).values()}
