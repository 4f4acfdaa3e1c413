"""Writes invitations: planned in bulk with their mail, taken back, and moved on when their time runs out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from feedback_engine.directory import reading as directory
from feedback_engine.foundation import ids, program_state
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.unit_of_work import SYSTEM, Reading, UnitOfWork, Work
from surveys import mail_waits, program, store
from surveys.dispositions import NO_ANSWER, NOT_SENT, UNKNOWN

MAIL_KIND = "invitation"

_FORBIDDEN = {"draft": "program_draft", "paused": "program_paused"}
_NOT_LISTED = "program_test"
TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationPlan(store.AskFields):
    """An ask that sampling decided on; everything `plan_invitations` needs to write and mail it.

    `send_within` and `answer_within` are the survey's own limits, counted from when the mail falls due. `language` is
    the contact's own, or empty. `batch` groups invitations that can be watched and taken back together.
    """

    person: bytes
    family: str
    plan_version: str
    send_within: timedelta
    answer_within: timedelta
    language: str
    kind: str = "invitation"
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class _Limits:
    """What stands in the way of live mail now: the hold of a batch, and whom the state of the program keeps out."""

    hold: timedelta = timedelta()
    forbidden: str | None = None
    admitted: frozenset[UUID] | None = None

    def refusal(self, contact_id: UUID) -> str | None:
        """Why this contact may not be mailed."""
        if self.forbidden is not None:
            return self.forbidden
        return None if self.admitted is None or contact_id in self.admitted else _NOT_LISTED


def plan_invitations(uow: UnitOfWork, plans: Sequence[InvitationPlan]) -> list[UUID]:
    """Write one invitation a plan and queue its mail; the ids come in the order of the plans.

    Plans decided over history become `recorded` asks and are never mailed. What the state of the program forbids
    (draft and paused: everybody; test: all but the listed test addresses) is written as cancelled, with the reason.
    """
    live = [plan for plan in plans if not plan.replayed]
    limits = _limits(uow, live) if live else _Limits()
    rows = [_row(plan, limits, uow.now) for plan in plans]
    store.insert_invitations(uow, rows)
    queue.enqueue_all(uow, [_order(row) for row in rows if row["state"] in store.UNSENT_STATES])
    return [row["id"] for row in rows]


def take_back(uow: UnitOfWork, batch: str) -> int:
    """Cancel what has not left of a batch; returns how many contacts will not be asked after all."""
    unsent = store.unsent_of_batch(uow, batch)
    count = cancel_unsent(uow, unsent, TAKEN_BACK)
    uow.audit("invitations.taken_back", "batch", batch, {"count": count})
    return count


def send_now(uow: UnitOfWork, batch: str) -> int:
    """End the hold of a batch for whom the send window is open; returns how many mails leave now.

    They cannot be taken back from here on. Whom the window keeps waits on, and can still be taken back.
    """
    ready = mail_waits.ready_to_leave(uow, batch)
    count = store.move_invitations(uow, [row.id for row in ready], ("held",), {"state": "queued"})
    for shard, ids_there in store.by_shard(row.id for row in ready).items():
        queue.hasten(uow, shard, ids_there)
    uow.audit("invitations.sent_now", "batch", batch, {"count": count})
    return count


def cancel_unsent(uow: UnitOfWork, invitations: Sequence[store.InvitationRow], reason: str) -> int:
    """Cancel invitations with their mail, as far as they have not left; returns how many were."""
    values = {"state": "cancelled", "reason": reason, "disposition": NOT_SENT.code}
    changed = store.move_invitations(uow, [row.id for row in invitations], store.UNSENT_STATES, values)
    for shard in sorted({row.shard for row in invitations}):
        queue.cancel(uow, shard, [row.id for row in invitations if row.shard == shard], reason)
    return changed


def has_overdue(reading: Reading) -> bool:
    """Whether the time to answer of some mailed invitation has run out."""
    return bool(store.overdue(reading, 1))


def expire_due(work: Work, limit: int = 500) -> int:
    """Close mailed invitations whose time to answer has run out; returns how many."""
    with work.read() as reading:
        overdue = store.overdue(reading, limit)
    if not overdue:
        return 0
    with work.begin(actor=SYSTEM) as uow:
        changed = 0
        for state, disposition in (("sent", NO_ANSWER), ("unknown", UNKNOWN)):
            of_state = [row.id for row in overdue if row.state == state]
            values = {"state": "expired", "disposition": disposition.code}
            changed += store.move_invitations(uow, of_state, (state,), values)
    return changed


def _limits(uow: UnitOfWork, plans: Sequence[InvitationPlan]) -> _Limits:
    rules = program.current(uow)
    state = program_state.current(uow)
    if state != "test":
        return _Limits(rules.hold, _FORBIDDEN.get(state))
    contacts = directory.contacts_by_id(uow, {plan.contact_id for plan in plans})
    listed = (key for key, contact in contacts.items() if contact.email.strip().lower() in rules.test_addresses)
    return _Limits(rules.hold, None, frozenset(listed))


def _row(plan: InvitationPlan, limits: _Limits, now: datetime) -> dict[str, Any]:
    held = limits.hold > timedelta() and not plan.replayed
    hold_until = now + limits.hold if held else None
    due_at = max(plan.send_at, hold_until or plan.send_at)
    reason = None if plan.replayed else limits.refusal(plan.contact_id)
    if plan.replayed:
        state = "recorded"
    elif reason is not None:
        state = "cancelled"
    else:
        state = "held" if held else "queued"
    return {
        **ids.new_key(plan.partner_id),
        "decision_id": plan.decision_id,
        "event_id": plan.event_id,
        "partner_id": plan.partner_id,
        "contact_id": plan.contact_id,
        "person": plan.person,
        "touchpoint": plan.touchpoint,
        "survey": plan.survey,
        "family": plan.family,
        "survey_version": plan.survey_version,
        "plan_version": plan.plan_version,
        "kind": plan.kind,
        "weight": plan.weight,
        "batch": plan.batch,
        "send_at": plan.send_at,
        "send_before": due_at + plan.send_within,
        "answer_before": due_at + plan.answer_within,
        "hold_until": hold_until,
        "state": state,
        "reason": reason,
        "generation": 0,
        "language": plan.language,
        "disposition": NOT_SENT.code if state == "cancelled" else None,
        "replayed": plan.replayed,
        "created_at": now,
    }


def _order(row: Mapping[str, Any]) -> queue.MailOrder:
    return queue.MailOrder(
        kind=MAIL_KIND,
        shard=row["shard"],
        ref_id=row["id"],
        due_at=max(row["send_at"], row["hold_until"] or row["send_at"]),
        audience="partner",
        partner_id=row["partner_id"],
        recipient_id=row["contact_id"],
        send_before=row["send_before"],
    )
