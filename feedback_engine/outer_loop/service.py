"""The only writer of themes and initiatives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from feedback_engine.directory import reading as directory
from feedback_engine.foundation import ids
from feedback_engine.foundation.errors import Conflict, Fault, Invalid
from feedback_engine.foundation.unit_of_work import UnitOfWork
from feedback_engine.outer_loop import reading as outer_loop
from feedback_engine.outer_loop import store
from feedback_engine.outer_loop.lifecycle import THEME_CASES, THEME_WINDOW, check_step
from feedback_engine.outer_loop.reading import InitiativeView


@dataclass(frozen=True, slots=True)
class ClosedCase:
    """A closed case as evidence."""

    partner_id: UUID
    case_id: UUID
    root_cause: str
    touchpoint: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a program owner says when a theme becomes an initiative."""

    title: str
    problem: str
    department: str
    accountable_id: UUID | None


def record_closed_cases(uow: UnitOfWork, cases: Sequence[ClosedCase]) -> list[UUID]:
    """Keep closed cases as evidence and open a theme for each root cause that has enough; returns the new themes.

    A case counts once, however often it is closed.
    """
    known = store.known_cases(uow, [case.case_id for case in cases]) if cases else set()
    fresh = {case.case_id: case for case in cases if case.case_id not in known}
    store.insert_evidence(
        uow,
        [
            {
                **ids.new_key(case.partner_id),
                "partner_id": case.partner_id,
                "case_id": case.case_id,
                "root_cause": case.root_cause,
                "touchpoint": case.touchpoint,
                "closed_at": case.at,
                "theme_id": None,
            }
            for case in fresh.values()
        ],
    )
    opened = (_gather(uow, root_cause) for root_cause in sorted({case.root_cause for case in fresh.values()}))
    return [theme_id for theme_id in opened if theme_id is not None]


def retract_cases(uow: UnitOfWork, closings: Sequence[tuple[UUID, datetime]]) -> None:
    """Take back the evidence of closings (case, instant) that were undone.

    An open theme that has too little left goes with it; what somebody accepted or dismissed stays as it was decided.
    """
    for case_id, closed_at in closings:
        theme_id = store.delete_evidence(uow, case_id, closed_at)
        if theme_id is None:
            continue
        left = store.evidence_of(uow, theme_id)
        if len(left) < THEME_CASES and store.delete_open_theme(uow, theme_id):
            store.free(uow, left)
            uow.audit("theme.retracted", "theme", str(theme_id))


def _gather(uow: UnitOfWork, root_cause: str) -> UUID | None:
    """Give free evidence to its theme; the new theme if one had to be opened."""
    free = store.free_evidence(uow, root_cause, uow.now - THEME_WINDOW)
    theme_id = store.current_theme(uow, root_cause)
    if theme_id is None and len(free) >= THEME_CASES:
        theme_id = store.insert_theme(uow, root_cause)
        store.attach(uow, free, theme_id)
        return theme_id
    if theme_id is not None:
        store.attach(uow, free, theme_id)
    return None


def accept_theme(uow: UnitOfWork, theme_id: UUID, proposal: Proposal) -> InitiativeView:
    """Make an accepted initiative of a theme, with its evidence.

    Raises Invalid when title, department or accountable person is missing, Conflict when the theme was settled.
    """
    _check(uow, proposal)
    if not store.settle_theme(uow, theme_id, "accepted", ""):
        raise Conflict("Somebody has settled this theme meanwhile; look at the initiatives.")
    initiative_id = store.insert_initiative(
        uow,
        {
            "theme_id": theme_id,
            "title": proposal.title.strip(),
            "problem": proposal.problem.strip(),
            "department": proposal.department.strip(),
            "accountable_id": proposal.accountable_id,
            "state": "accepted",
        },
    )
    store.insert_step(uow, initiative_id, "proposed", "")
    store.insert_step(uow, initiative_id, "accepted", "")
    uow.audit("initiative.accepted", "initiative", str(initiative_id), {"theme": str(theme_id)})
    return next(view for view in outer_loop.list_initiatives(uow) if view.id == initiative_id)


def dismiss_theme(uow: UnitOfWork, theme_id: UUID, reason: str) -> None:
    """Say no to a theme, with a reason. Raises Invalid without one, Conflict when it was settled meanwhile."""
    if not reason.strip():
        raise Invalid("Say why nothing shall change.", [Fault("/reason", "A reason is needed.")])
    if not store.settle_theme(uow, theme_id, "dismissed", reason.strip()[:2000]):
        raise Conflict("Somebody has settled this theme meanwhile; look at the initiatives.")
    uow.audit("theme.dismissed", "theme", str(theme_id))


def move(
    uow: UnitOfWork, ref: str, revision: int, state: str, comment: str = "", effect: str | None = None
) -> InitiativeView:
    """Take an initiative one step on. Raises Conflict when it changed since `revision` or the step is not open."""
    view = outer_loop.get_initiative(uow, ref)
    if view.revision != revision:
        raise Conflict(f"{view.ref} was changed meanwhile and is {view.state} now; look again before you go on.")
    check_step(view.state, state, comment, effect)
    values = {"state": state, "effect": effect if state == "verified" else None}
    if not store.move_initiative(uow, view.id, revision, values):
        raise Conflict(f"{view.ref} was changed meanwhile; look again before you go on.")
    store.insert_step(uow, view.id, state, comment.strip()[:5000])
    uow.audit(f"initiative.{state}", "initiative", str(view.id))
    return outer_loop.get_initiative(uow, ref)


def _check(uow: UnitOfWork, proposal: Proposal) -> None:
    faults = []
    if not proposal.title.strip() or len(proposal.title) > 200:
        faults.append(Fault("/title", "Give it a title of at most 200 characters."))
    if not proposal.department.strip() or len(proposal.department) > 200:
        faults.append(Fault("/department", "Name the department where the change happens."))
    if len(proposal.problem) > 5000:
        faults.append(Fault("/problem", "Keep the problem under 5,000 characters."))
    accountable = proposal.accountable_id
    if accountable is None or accountable not in directory.staff_by_id(uow, [accountable]):
        faults.append(Fault("/accountable", "Choose the person who is accountable."))
    if faults:
        raise Invalid("The initiative cannot be accepted like this.", faults)
