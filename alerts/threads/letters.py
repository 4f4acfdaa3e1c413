"""Writes to the contact of a case: who may be written to, in whose name, and the letter that joins the thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from alerts.casework.changes import Changes, columns_after
from alerts.casework.flow import LogContact, Step
from alerts.casework.stepping import take_step
from alerts.service import case_row, whoever_is_faster
from alerts.store import CaseRow
from alerts.threads import store as thread_store
from alerts.threads.file_names import Upload
from alerts.threads.files import check_uploads, save_files
from alerts.threads.words import refusal
from alerts.words import refusal as case_refusal
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import ContactView, StaffView
from feedback_engine.foundation import ids, program_state, versions
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Fault, Invalid
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.mail.queue import MailOrder
from feedback_engine.foundation.mail.sending import domain_of, message_id_of
from feedback_engine.foundation.plain_text import without_turning
from feedback_engine.foundation.unit_of_work import Actor, Reading, UnitOfWork

MAIL_KIND = "case-letter"
LONGEST_TEXT = 10_000
LONGEST_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class Letter:
    """What somebody writes to a contact."""

    subject: str
    text: str
    files: tuple[Upload, ...] = ()


@dataclass(frozen=True, slots=True)
class Correspondent:
    """The contact of a case, or the code of the reason why nothing may be sent there."""

    contact: ContactView | None
    refusal: str | None


def correspondent(view: Reading, contact_id: UUID | None) -> Correspondent:
    """Whether a contact may be written to, now: asked before a letter is taken, and again when it leaves."""
    contact = directory.find_contact(view, contact_id) if contact_id else None
    if contact is None:
        return Correspondent(None, "nobody")
    return Correspondent(contact, refusals_of(view, [contact])[contact.id])


def refusals_of(view: Reading, contacts: Sequence[ContactView]) -> dict[UUID, str | None]:
    """For each of these contacts the code of the reason why nothing may be sent there; None where it may."""
    suppressed = directory.suppressed(view, [each.person for each in contacts])
    by_program = _program_refusals(view, contacts)
    found: dict[UUID, str | None] = {}
    for each in contacts:
        refused = directory.decide_refusal(suppressed.get(each.person, ()), "")
        own = each.state if each.state != "active" else refused[1] if refused is not None else None
        found[each.id] = own or by_program.get(each.id)
    return found


def _program_refusals(view: Reading, contacts: Sequence[ContactView]) -> dict[UUID, str]:
    """Nothing reaches a partner before the program is live. A pause is one of asking: who was asked is answered."""
    state = program_state.current(view)
    if state == "test":
        program = versions.in_force(view, "program", "program")
        listed = (program.body.get("test_addresses") if program else None) or ()
        allowed = {str(each).strip().lower() for each in listed}
        return {each.id: "test" for each in contacts if each.email.strip().lower() not in allowed}
    return {each.id: "draft" for each in contacts} if state == "draft" else {}


def write(engine: Engine, actor: Actor, case_id: UUID, letter: Letter, *, expected: int | None = None) -> int:
    """Write to the contact of a case; returns the case's new revision.

    A letter counts as a first contact, as a mail that was logged does. Raises as `service.act` does; Conflict with the
    reason when the contact may not be written to, Invalid at `/subject`, `/text` and `/files`.
    """
    with engine.work.read() as view:
        row = case_row(view, case_id, expected)
        contact = get_correspondent(view, row.contact_id)
        _check(letter)
        check_uploads(engine.settings, view, case_id, letter.files)
        sender = sender_of(view, row, actor)
        changes = changes_by_writing(view, row, actor)
    with whoever_is_faster(engine.work, row), engine.work.begin(actor=actor) as uow:
        message_id = send(uow, engine, row, contact, sender, letter)
        take_step(uow, row, "replied", changes, {"message": message_id})
    return int(row.revision) + 1


def get_correspondent(view: Reading, contact_id: UUID | None) -> ContactView:
    """The contact, if they may be written to. Raises Conflict with the reason."""
    found = correspondent(view, contact_id)
    if found.contact is None or found.refusal is not None:
        raise Conflict(refusal(found.refusal or "nobody"))
    return found.contact


def sender_of(view: Reading, row: CaseRow, actor: Actor) -> StaffView | None:
    """In whose name a letter goes: the owner's, else that of whoever writes; None for a program in nobody's case."""
    staff_id = row.owner_id or (UUID(actor.id) if actor.kind == "staff" else None)
    return directory.staff_by_id(view, [staff_id]).get(staff_id) if staff_id else None


def changes_by_writing(view: Reading, row: CaseRow, actor: Actor) -> Changes:
    """What writing does to a case: it is in progress, and the partner has been reached; a closed one stays closed."""
    is_open = row.state != "closed"
    step = Step("in_progress" if is_open else row.state, "replied", acknowledges=is_open, contacts=is_open)
    return columns_after(view, row, LogContact("mail", "left_message"), step, actor)


def send(
    uow: UnitOfWork,
    engine: Engine,
    row: CaseRow,
    contact: ContactView,
    sender: StaffView | None,
    letter: Letter,
    *,
    meeting_id: UUID | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> UUID:
    """Queue a letter and write it into the thread; returns its id there."""
    key = ids.new_key(row.id)
    order = MailOrder(
        kind=MAIL_KIND,
        shard=key["shard"],
        ref_id=key["id"],
        due_at=uow.now,
        partner_id=row.partner_id,
        recipient_id=contact.id,
        attributes=attributes or {},
    )
    mail_id = queue.enqueue(uow, order)
    carried = {
        "mail_id": mail_id,
        "message_id": message_id_of(mail_id, domain_of(engine.settings)),
        "meeting_id": meeting_id,
    }
    thread_store.insert_message(uow, {**key, **carried, **_row(uow, row, contact, sender, letter)})
    save_files(uow, row.id, letter.files, message_id=key["id"])
    message_id: UUID = key["id"]
    return message_id


def _row(
    uow: UnitOfWork, row: CaseRow, contact: ContactView, sender: StaffView | None, letter: Letter
) -> dict[str, Any]:
    return {
        "case_id": row.id,
        "contact_id": contact.id,
        "direction": "out",
        "automatic": "",
        "person": contact.person,
        "staff_id": sender.id if sender else None,
        "writer": sender.name if sender else uow.actor.name,
        "subject": letter.subject.strip(),
        "text": without_turning(letter.text).strip(),
        "left_out": 0,
        "at": uow.now,
    }


def _check(letter: Letter) -> None:
    faults = [*_subject_faults(letter.subject), *_text_faults(letter.text)]
    if faults:
        raise Invalid(faults[0].detail, faults)


def _subject_faults(subject: str) -> Sequence[Fault]:
    line = subject.strip()
    is_line = 0 < len(line) <= LONGEST_SUBJECT and line.isprintable()
    return [] if is_line else [Fault("/subject", refusal("subject_missing"))]


def _text_faults(text: str) -> Sequence[Fault]:
    code = "text_missing" if not text.strip() else "text_too_long" if len(text) > LONGEST_TEXT else None
    code = code or ("text_unreadable" if "\x00" in text else None)
    return [Fault("/text", case_refusal(code, "letter"))] if code else []
