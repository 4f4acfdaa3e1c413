"""Keeps talks in step with their cases: off when the case is over or begins anew, sent again when its owner changes.

Whatever moved the case - a person, a bulk, a transfer, a merge - the next look sees where both stand, once it cannot be
taken back any more: of what was, the partner hears nothing. Each effect is
written with the sequence of the meeting and the revision of the case, so that of several workers one writes it.
"""

from __future__ import annotations

from collections.abc import Sequence

from alerts import store
from alerts.casework.changes import with_waking
from alerts.casework.stepping import take_step
from alerts.casework.undoing import UNDO_WITHIN
from alerts.store import CaseRow
from alerts.threads import store as thread_store
from alerts.threads.meetings import (
    cancel,
    case_of,
    raise_sequence,
    tell,
    tell_new_organizer,
    tell_organizer_before,
    tell_organizer_void,
)
from alerts.threads.store import ThreadRow
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import ContactView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict
from feedback_engine.foundation.unit_of_work import SYSTEM, Reading

BATCH_SIZE = 50
_MOVES = {
    None: ("assigned", "transferred"),
    "case_closed": ("closed", "dismissed", "merged"),
    "case_reopened": ("reopened", "partner_partly", "partner_disputed"),
}
"""The lines of a timeline by which a talk is out of step; without a reason it has a new organizer."""


def follow(engine: Engine, limit: int = BATCH_SIZE, *, shards: Sequence[int] | None = None) -> int:
    """Bring meetings in step with their cases; returns how many were looked at, 0 when none is out of step."""
    with engine.work.read() as view:
        due = thread_store.meetings_out_of_step(view, UNDO_WITHIN, limit, shards)
    return sum(_follow(engine, meeting) for meeting in due)


def is_due(view: Reading) -> bool:
    """Whether a meeting is out of step with its case."""
    return bool(thread_store.meetings_out_of_step(view, UNDO_WITHIN, 1))


def _follow(engine: Engine, meeting: ThreadRow) -> int:
    with engine.work.read() as view:
        row = case_of(view, meeting)
        contact = directory.find_contact(view, meeting.contact_id)
        reason = _reason(row, meeting, contact)
        staff = directory.staff_by_id(view, {meeting.organizer_id, row.owner_id or meeting.organizer_id})
        changes = with_waking(view, row, {})
        knows = _moved_by(view, row, reason) == str(meeting.organizer_id)
    organizer = staff[meeting.organizer_id if reason else row.owner_id or meeting.organizer_id]
    detail = {"meeting": meeting.id, "change": "cancelled" if reason else "organizer", "reason": reason}
    try:
        with engine.work.begin(actor=SYSTEM) as uow:
            if reason is not None:
                cancel(uow, engine, row, meeting, contact, organizer, reason)
                if not knows:
                    tell_organizer_void(uow, meeting.id, organizer, reason)
            else:
                changed = raise_sequence(uow, meeting, {"organizer_id": organizer.id})
                before = staff[meeting.organizer_id]
                if contact is not None:  # Else the talk is off.
                    tell(uow, engine, row, contact, organizer, changed, "REQUEST")
                tell_new_organizer(uow, meeting.id, organizer, before)
                if not knows:
                    tell_organizer_before(uow, meeting.id, before)
            take_step(uow, row, "invitation_changed", changes, detail)
    except Conflict:
        return 0  # Somebody was faster; what is out of step still, is seen at the next look.
    return 1


def _moved_by(view: Reading, row: CaseRow, reason: str | None) -> str | None:
    """Who moved the case so that its talk is out of step; None where it was not the case."""
    kinds = _MOVES.get(reason, ())
    return next((each.actor_id for each in store.entries_of(view, row.id)[::-1] if each.kind in kinds), None)


def _reason(row: CaseRow, meeting: ThreadRow, contact: ContactView | None) -> str | None:
    """Why a meeting is off; None when only its organizer has changed."""
    if contact is None or contact.state != "active":
        return "gone"
    if row.reopened_count > meeting.reopened_count:
        return "case_reopened"
    return "case_closed" if row.state == "closed" and not meeting.closing else None
