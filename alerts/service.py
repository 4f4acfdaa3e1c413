"""The alert slice's write door: what people do with cases, and the addresses that hear of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from alerts import notifications, published, reading, store, words
from alerts.business_time import ALWAYS, add_hours
from alerts.case_flow import (
    Acknowledge,
    Action,
    Assign,
    CaseFacts,
    Close,
    LogContact,
    Note,
    Refused,
    Reopen,
    Step,
    decide,
)
from alerts.definitions import DEFAULT_LEVELS, OTHER_CAUSE
from alerts.endpoints import NewEndpoint, add_endpoint, disable_endpoint
from alerts.events import CaseClosed
from alerts.news import News
from alerts.store import CaseRow
from alerts.views import EntryView
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.errors import Conflict, Fault, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Actor, Reading, UnitOfWork, Work

__all__ = [
    "CaseMoved",
    "NewEndpoint",
    "acknowledge",
    "act",
    "add_endpoint",
    "assign",
    "close",
    "disable_endpoint",
    "log_contact",
    "note",
    "reopen",
]

_NEWS = ("assigned", "closed", "reopened")
_NOW = object()
"""Stands for the instant of the write, which is not known while the change is decided."""


class CaseMoved(Conflict):
    """The case is no longer as the reader saw it; `changes` is what happened since, `revision` where it stands now."""

    def __init__(self, message: str, changes: tuple[EntryView, ...], revision: int) -> None:
        super().__init__(message)
        self.changes = changes
        self.revision = revision


# ---- what people do. Each takes the revision the reader saw (None: whatever it is now) and returns the new one.


def acknowledge(work: Work, actor: Actor, case_id: UUID, *, expected: int | None = None) -> int:
    """Say that it was seen; a case of nobody becomes that of the staff member who does."""
    return act(work, actor, case_id, Acknowledge(), expected=expected)


def note(work: Work, actor: Actor, case_id: UUID, text: str, *, expected: int | None = None) -> int:
    """Leave a word for whoever works on the case."""
    return act(work, actor, case_id, Note(text), expected=expected)


def log_contact(
    work: Work,
    actor: Actor,
    case_id: UUID,
    *,
    channel: str = "call",
    outcome: str = "talked",
    text: str = "",
    expected: int | None = None,
) -> int:
    """Record that the partner was reached, or not; the first talk stops the clock of the first contact."""
    return act(work, actor, case_id, LogContact(channel, outcome, text), expected=expected)


def close(
    work: Work,
    actor: Actor,
    case_id: UUID,
    *,
    outcome: str,
    root_cause: str | None = None,
    text: str = "",
    expected: int | None = None,
) -> int:
    """End the case; a recovery needs a root cause of the program's list."""
    return act(work, actor, case_id, Close(outcome, root_cause or None, text), expected=expected)


def assign(work: Work, actor: Actor, case_id: UUID, owner_id: UUID, *, expected: int | None = None) -> int:
    """Give the case to somebody on staff, who is told; its clock goes on."""
    return act(work, actor, case_id, Assign(owner_id), expected=expected)


def reopen(work: Work, actor: Actor, case_id: UUID, text: str, *, expected: int | None = None) -> int:
    """Open a closed case again, with new due times; its history stays."""
    return act(work, actor, case_id, Reopen(text), expected=expected)


def act(work: Work, actor: Actor, case_id: UUID, action: Action, *, expected: int | None = None) -> int:
    """Carry out one action and return the case's new revision.

    Raises NotFound; CaseMoved when the case is no longer at `expected`; Conflict when its state forbids the action;
    Invalid with a pointer when an input is missing or wrong.
    """
    with work.read() as view:
        row = store.case_by_id(view, case_id)
        if row is None:
            raise NotFound(gettext("There is no such case."))
        if expected is not None and row.revision != expected:
            raise _moved(view, row, expected)
        step = _decide(view, row, action)
        changes = _changes(view, row, action, step, actor)
        news = _news(row, step, changes, actor)
        tellings = notifications.choose_tellings(view, news)
    try:
        with work.begin(actor=actor) as uow:
            _write(uow, row, action, step, changes)
            notifications.begin_tellings(uow, tellings)
    except store.TwinOpen:
        raise Conflict(gettext("Another case for the same matter was opened meanwhile; work on that one.")) from None
    except Conflict:
        with work.read() as view:
            raise _moved(view, row, row.revision) from None
    return int(row.revision) + 1


# ---- decide


def _decide(view: Reading, row: CaseRow, action: Action) -> Step:
    alerts = published.in_force(view)
    causes = alerts.program.cause_keys() if alerts else frozenset({OTHER_CAUSE})
    step = decide(CaseFacts(row.state, row.kind, row.owner_id), action, causes)
    if isinstance(step, Refused):
        raise _refusal(step)
    if isinstance(action, Assign):
        _check_owner(view, action.owner_id)
    if isinstance(action, Reopen):
        _check_no_twin(view, row)
    return step


def _refusal(refused: Refused) -> Conflict | Invalid:
    message = words.refusal(refused.reason)
    return Conflict(message) if refused.field is None else Invalid(message, [Fault(f"/{refused.field}", message)])


def _check_owner(view: Reading, owner_id: UUID) -> None:
    owner = directory.staff_by_id(view, [owner_id]).get(owner_id)
    if owner is None or not owner.active or owner.role == "viewer":
        raise _refusal(Refused("owner_unknown", "owner"))


def _check_no_twin(view: Reading, row: CaseRow) -> None:
    for other in store.open_cases_of(view, [row.partner_id]):
        if (other.touchpoint_group, other.kind) == (row.touchpoint_group, row.kind):
            twin = ref_of(other)
            raise Conflict(gettext("There is an open case for the same matter already, {ref}; work on it.", ref=twin))


def ref_of(row: CaseRow) -> str:
    """The reference of a case that people know it by."""
    return f"C-{row.number}"


def _moved(view: Reading, row: CaseRow, expected: int) -> CaseMoved:
    changes = reading.entries_after(view, row.id, expected)
    latest = changes[-1].revision if changes else int(row.revision)
    message = gettext("The case changed since you opened it. Look at what happened, then decide again.")
    return CaseMoved(message, changes, latest)


# ---- what changes


def _changes(view: Reading, row: CaseRow, action: Action, step: Step, actor: Actor) -> dict[str, Any]:
    """The columns an action sets."""
    changes: dict[str, Any] = {"state": step.state, "revision": row.revision + 1}
    if step.acknowledges and row.acknowledged_at is None:
        changes["acknowledged_at"] = _NOW
    if step.acknowledges and row.owner_id is None and actor.kind == "staff":
        changes["owner_id"] = UUID(actor.id)
    if step.contacts:
        changes |= {"contacted_at": row.contacted_at or _NOW, "due_at": row.resolve_due_at}
    match action:
        case Close(outcome, root_cause):
            changes |= {"closed_at": _NOW, "outcome": outcome, "root_cause": root_cause}
        case Assign(owner_id):
            changes["owner_id"] = owner_id
        case Reopen():
            changes |= _reopened(view, row)
        case _:
            pass
    return changes


def _reopened(view: Reading, row: CaseRow) -> dict[str, Any]:
    """A reopened case gets new due times; when it was first read and answered remains a fact."""
    alerts = published.in_force(view)
    owner = directory.staff_by_id(view, [row.owner_id]).get(row.owner_id) if row.owner_id else None
    calendar = alerts.program.calendar_for(owner.time_zone if owner else None) if alerts else ALWAYS
    level = alerts.program.level(row.kind) if alerts else DEFAULT_LEVELS[row.kind]
    return {
        "closed_at": None,
        "outcome": None,
        "root_cause": None,
        "reopened_count": row.reopened_count + 1,
        "due_at": add_hours(calendar, view.now, level.first_contact_hours),
        "resolve_due_at": add_hours(calendar, view.now, level.resolve_hours),
    }


def _news(row: CaseRow, step: Step, changes: Mapping[str, Any], actor: Actor) -> list[News]:
    if step.entry not in _NEWS:
        return []
    by_staff_id = UUID(actor.id) if actor.kind == "staff" else None
    owner_id = changes.get("owner_id", row.owner_id)
    return [News(row.id, row.revision + 1, step.entry, owner_id, row.team_id, by_staff_id)]


# ---- write


def _write(uow: UnitOfWork, row: CaseRow, action: Action, step: Step, changes: Mapping[str, Any]) -> None:
    values = {column: uow.now if value is _NOW else value for column, value in changes.items()}
    store.change_case(uow, row.id, row.revision, values)
    detail = {name: value for name, value in asdict(action).items() if name != "text" and value is not None}
    if "owner_id" in detail:
        detail["owner_id"] = str(detail["owner_id"])
    text = getattr(action, "text", "").strip() or None
    entry = store.entry_row(row.id, row.revision + 1, step.entry, text=text, detail=detail)
    store.insert_entries(uow, [{**entry, **store.by(uow)}])
    uow.audit(f"case.{step.entry}", "case", ref_of(row))
    if isinstance(action, Close):
        uow.emit(
            CaseClosed(
                partner_id=row.partner_id,
                case_id=row.id,
                kind=row.kind,
                touchpoint=row.touchpoint,
                root_cause=action.root_cause,
                outcome=action.outcome,
                at=uow.now,
            )
        )
