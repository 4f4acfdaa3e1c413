"""Reactions to what happens below that concern threads: letters that came back, and contacts who are forgotten."""

from __future__ import annotations

from alerts.threads import intake_store
from alerts.threads import store as thread_store
from alerts.threads.letters import MAIL_KIND
from feedback_engine.directory import reading as directory
from feedback_engine.directory.events import ContactErased
from feedback_engine.directory.service import ALL, Stop, suppress_all
from feedback_engine.foundation.mail.events import MailBounced
from feedback_engine.foundation.outbox import Batch


def note_returned(batch: Batch[MailBounced]) -> None:
    """A letter was refused for good by its reader's side: it is marked, and nobody writes there until it is mended."""
    ours = [event.ref_id for event in batch.events if event.kind == MAIL_KIND]
    with batch.work.read() as view:
        persons = {bytes(row.person) for row in thread_store.messages_by_id(view, ours).values()}
    with batch.commit() as uow:
        thread_store.mark_returned(uow, ours)
        suppress_all(uow, [Stop(person, ALL, "undeliverable") for person in sorted(persons) if person])


def forget_threads(batch: Batch[ContactErased]) -> None:
    """Forget what erased contacts wrote or were written, with all files; mail that matched nothing is deleted."""
    contact_ids = sorted({event.contact_id for event in batch.events})
    with batch.work.read() as view:
        persons = {contact.person for contact in directory.contacts_by_id(view, contact_ids).values()}
        mails = thread_store.messages_of_persons(view, persons)
    with batch.commit() as uow:
        thread_store.forget_messages(uow, mails)
        thread_store.forget_meetings(uow, contact_ids)
        intake_store.forget_persons(uow, persons)
