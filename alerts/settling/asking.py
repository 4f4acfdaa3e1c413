"""Writes the question whether a closed case is settled: it is asked with the closing, and taken back with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from alerts import published
from alerts.casework.flow import Action, Close, Dismiss, Letter, Reopen
from alerts.casework.undoing import UNDO_WITHIN
from alerts.clocks.business_time import ALWAYS
from alerts.settling import store as settling_store
from alerts.settling import words as settling_words
from alerts.settling.flow import DIRECT_TALK, reply_by
from alerts.settling.store import SettlementRow
from alerts.settling.terms import Settling
from alerts.store import CaseRow
from feedback_engine.directory import reading as directory
from feedback_engine.foundation import ids
from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import gettext_noop
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.mail.queue import MailOrder
from feedback_engine.foundation.plain_text import without_turning
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork
from surveys import reading as surveys

MAIL_KIND = "case-closing"
SEND_WITHIN = timedelta(days=7)
"""What was found and done is no news any more after that."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A closing about which the partner is asked: when the mail leaves, and until when they may take to reply."""

    id: UUID
    letter: Letter
    due_at: datetime
    reply_by: datetime


def terms_of(reading: Reading, row: CaseRow) -> Settling:
    """How the case is settled by its partner, as agreed when it was opened."""
    return published.of_version(reading, row.alerts_version).settling_terms


def choose_asking(reading: Reading, row: CaseRow, action: Action) -> Asking | None:
    """What the partner is to be asked with this step; None for a closing without a letter and for any other step.

    Raises Invalid at `/found` when they may not be written to.
    """
    if not isinstance(action, Close) or action.letter is None:
        return None
    refusal = refusal_of(reading, row.contact_id)
    if refusal is not None:
        message = settling_words.unmailable(refusal)
        raise Invalid(message, [Fault("/found", message)])
    # Not before the last moment at which the closing can be taken back.
    due_at = reading.now + max(surveys.program_in_force(reading).hold, UNDO_WITHIN)
    return Asking(ids.new_id(row.shard), action.letter, due_at, time_to_reply(reading, row, due_at))


def refusal_of(reading: Reading, contact_id: UUID) -> str | None:
    """Why somebody may not be written to; None when they may."""
    contact = directory.find_contact(reading, contact_id)
    return "left" if contact is None else surveys.mail_refusals(reading, [contact]).get(contact_id)


def time_to_reply(reading: Reading, row: CaseRow, from_at: datetime) -> datetime:
    """Until when a partner who hears of a closing at `from_at` may take to reply."""
    program = published.of_version(reading, row.alerts_version)
    calendar = program.calendar_named(row.calendar) if row.calendar else ALWAYS
    return reply_by(calendar, from_at, program.settling_terms.reply_days)


def columns_of(row: CaseRow, action: Action, asking: Asking | None) -> dict[str, Any]:
    """What a step of ours sets on the case: whoever closes it anew, or opens it again, asks a question of their own.

    Where the partner had called it settled it is opened again for another matter, which climbs from direct talk on.
    """
    if not isinstance(action, Close | Dismiss | Reopen):
        return {}
    asked = {"settlement_id": asking.id if asking else None, "settlement": "asked" if asking else None}
    anew = isinstance(action, Reopen) and row.settlement == "confirmed"
    return {**asked, "ladder_rung": DIRECT_TALK} if anew else asked


def after_step(uow: UnitOfWork, row: CaseRow, changes: Mapping[str, Any], asking: Asking | None) -> None:
    """Ask, or take back what was asked before; to be called after the case was changed."""
    if asking is not None:
        _ask(uow, row, asking)
    if row.settlement_id is not None and "settlement_id" in changes and changes["settlement_id"] != row.settlement_id:
        queue.cancel(uow, row.shard, [row.settlement_id], gettext_noop("the case was opened again"))


def after_undo(uow: UnitOfWork, row: CaseRow, restored: Mapping[str, Any]) -> None:
    """Take back what was asked by the step that is undone; where that step took something back, it is asked again."""
    after_step(uow, row, restored, None)
    again = restored.get("settlement_id")
    if again is None or again == row.settlement_id:
        return
    found = settling_store.settlement_by_id(uow, again)
    if found is not None and found.state == "asked" and found.sent_at is None:
        held_until = found.asked_at + surveys.program_in_force(uow).hold
        _send(uow, found.id, found.partner_id, found.contact_id, max(held_until, uow.now + UNDO_WITHIN))


def _ask(uow: UnitOfWork, row: CaseRow, asking: Asking) -> None:
    settling_store.insert_settlement(
        uow,
        {
            "shard": row.shard,
            "id": asking.id,
            "case_id": row.id,
            "partner_id": row.partner_id,
            "contact_id": row.contact_id,
            "rung": row.ladder_rung,
            "state": "asked",
            "found": without_turning(asking.letter.found).strip(),
            "did": without_turning(asking.letter.did).strip(),
            "asked_at": uow.now,
            "reply_by": asking.reply_by,
            "last_revision": row.revision + 1,
        },
    )
    _send(uow, asking.id, row.partner_id, row.contact_id, asking.due_at)


def _send(uow: UnitOfWork, settlement_id: UUID, partner_id: UUID, contact_id: UUID, due_at: datetime) -> None:
    queue.enqueue(
        uow,
        MailOrder(
            kind=MAIL_KIND,
            shard=ids.shard_of(settlement_id),
            ref_id=settlement_id,
            due_at=due_at,
            audience="partner",
            partner_id=partner_id,
            recipient_id=contact_id,
            send_before=due_at + SEND_WITHIN,
        ),
    )


def is_in_force(row: CaseRow, settlement: SettlementRow) -> bool:
    """Whether the case is closed, and this is the closing by which it is."""
    return row.state == "closed" and row.settlement_id == settlement.id and row.outcome not in ("merged", "dismissed")
