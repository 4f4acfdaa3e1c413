"""Writes what is said in a mediation: our statement beside the partner's words, and the mediator's finding."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal
from uuid import UUID

from alerts import store, words
from alerts.casework.changes import Changes
from alerts.casework.flow import MAX_TEXT, WAITING_STATES
from alerts.notices import notifications
from alerts.notices.news import News
from alerts.settling import ladder
from alerts.settling import store as settling_store
from alerts.settling import words as settling_words
from alerts.settling.flow import MEDIATION
from alerts.settling.store import StepRow
from alerts.store import CaseRow
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.errors import Conflict, Fault, Invalid, NotAllowed, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Actor, Reading, Work

Tie = Literal["owner_mediates", "team_mediates"]
"""The keys of sentences, as `words.refusal` says them."""


def give_statement(work: Work, actor: Actor, case_id: UUID, text: str) -> None:
    """Say how it was from our side. A statement stays as it was given; whoever has more to say gives another.

    Raises NotFound; Conflict when no mediation is going on; NotAllowed for the mediator; Invalid without words.
    """
    with work.read() as view:
        row, step = _open(view, case_id)
    if _is_mediator(step, actor):
        raise NotAllowed(gettext("You are the mediator; the statement is given by whoever worked on the case."))
    # Whoever says how it was has seen the case.
    state = "acknowledged" if row.state in WAITING_STATES else row.state
    _say(work, actor, row, step, "statement_given", text, {"state": state}, ends=False)


def end(work: Work, actor: Actor, case_id: UUID, finding: str) -> None:
    """End the mediation with what the mediator finds; the owner goes on from there. Raises as `give_statement` does.

    Where nobody neutral was found, or the mediator can no longer mediate, one of `ladder.finders_of` ends it; where
    there are none, whoever works on cases.
    """
    with work.read() as view:
        row, step = _open(view, case_id)
        mediator_id = ladder.mediator_of(view, step)
        finders = ladder.finders_of(view, row) if mediator_id is None else frozenset()
    if mediator_id is not None and not _is_mediator(step, actor):
        raise NotAllowed(gettext("Only the mediator says what they find."))
    if finders and actor.kind == "staff" and UUID(actor.id) not in finders:
        raise NotAllowed(gettext("You have this case or had it; somebody who never did says what they find."))
    _say(work, actor, row, step, "mediation_ended", finding, {}, ends=True)


def check_closable(reading: Reading, row: CaseRow) -> None:
    """Refuse to close a case over the head of its mediator. Raises Conflict while a mediation is going on."""
    if row.ladder_rung < MEDIATION:
        return
    step = ladder.open_mediation(reading, row.id)
    if step is not None:
        has_mediator = ladder.mediator_of(reading, step) is not None
        raise Conflict(settling_words.mediation_goes_on(has_mediator=has_mediator))


def check_owner(reading: Reading, row: CaseRow, owner_id: UUID) -> None:
    """Refuse to give a case to whoever mediates in it, or to somebody of their team: they would be both sides. Raises
    Invalid."""
    tie = tie_to(reading, row, owner_id)
    if tie is not None:
        message = words.refusal(tie)
        raise Invalid(message, [Fault("/owner", message)])


def check_receiver(reading: Reading, rows: Sequence[CaseRow], staff_id: UUID, pointer: str) -> None:
    """The same for several cases that are given at once. Raises Invalid at `pointer`, with those it cannot be given."""
    ties = {f"C-{row.number}": tie_to(reading, row, staff_id) for row in rows}
    mediated = ", ".join(ref for ref, tie in ties.items() if tie == "owner_mediates")
    of_team = ", ".join(ref for ref, tie in ties.items() if tie == "team_mediates")
    if mediated:
        message = gettext("They mediate in {case}; choose somebody else.", case=mediated)
    elif of_team:
        message = gettext("Somebody of their team mediates in {case}; choose somebody else.", case=of_team)
    else:
        return
    raise Invalid(message, [Fault(pointer, message)])


def check_merge(reading: Reading, row: CaseRow, into: CaseRow) -> None:
    """Refuse to merge a case in which somebody has a part into one in which they mediate. Raises Conflict."""
    mediator_id = given_to(reading, into)
    if mediator_id is None or mediator_id not in ladder.parts_in(reading, row).everybody | {row.owner_id}:
        return
    mediator = directory.staff_by_id(reading, [mediator_id])[mediator_id]
    named = {"name": mediator.name, "into": f"C-{into.number}", "ref": f"C-{row.number}"}
    raise Conflict(
        gettext(
            "{name} mediates in {into} and has a part in {ref}. Merge them once the mediation has ended.",
            **named,
        )
    )


def tie_to(reading: Reading, row: CaseRow, staff_id: UUID) -> Tie | None:
    """What keeps somebody from having a case: a mediation of it that goes on is theirs, or of somebody of their team;
    None where nothing does."""
    mediator_id = given_to(reading, row)
    if mediator_id is None:
        return None
    if mediator_id == staff_id:
        return "owner_mediates"
    staff = directory.staff_by_id(reading, [mediator_id, staff_id])
    teams = [staff[each].team_id if each in staff else None for each in (mediator_id, staff_id)]
    return "team_mediates" if teams[0] is not None and teams[0] == teams[1] else None


def barred(reading: Reading, case_id: UUID, staff: Collection[StaffView]) -> set[UUID]:
    """Those of these people who cannot have a case: whoever mediates in it, and their team."""
    step = ladder.open_mediation(reading, case_id)
    if step is None or step.staff_id is None:
        return set()
    mediator = directory.staff_by_id(reading, [step.staff_id])[step.staff_id]
    team = mediator.team_id
    return {each.id for each in staff if each.id == mediator.id or (team is not None and each.team_id == team)}


def given_to(reading: Reading, row: CaseRow) -> UUID | None:
    """To whom a mediation of this case that goes on was given; None while there is none, or nobody was found."""
    step = ladder.open_mediation(reading, row.id) if row.ladder_rung >= MEDIATION else None
    return step.staff_id if step is not None else None


def _open(view: Reading, case_id: UUID) -> tuple[CaseRow, StepRow]:
    row = store.case_by_id(view, case_id)
    if row is None:
        raise NotFound(gettext("There is no such case."))
    step = ladder.open_mediation(view, case_id)
    if step is None or row.state == "closed":
        raise Conflict(gettext("No mediation is going on in this case any more."))
    return row, step


def _is_mediator(step: StepRow, actor: Actor) -> bool:
    return actor.kind == "staff" and step.staff_id is not None and str(step.staff_id) == actor.id


def _say(
    work: Work, actor: Actor, row: CaseRow, step: StepRow, entry: str, text: str, changes: Changes, *, ends: bool
) -> None:
    _check_text(text, entry)
    revision = row.revision + 1
    by_staff_id = UUID(actor.id) if actor.kind == "staff" else None
    # A statement is for the mediator, a finding for whose case it is.
    owner_id = row.owner_id if ends else step.staff_id
    news = News(row.id, revision, entry, owner_id, row.team_id if ends else None, by_staff_id)
    with work.read() as view:
        tellings = notifications.choose_tellings(view, [news])
    with work.begin(actor=actor) as uow:
        store.change_case(uow, row.id, row.revision, {**changes, "revision": revision})
        line = store.entry_row(row.id, revision, entry, text=text.strip())
        store.insert_entries(uow, [{**line, **store.by(uow)}])
        if ends:
            settling_store.change_step(uow, step, {"ended_at": uow.now})
        notifications.begin_tellings(uow, tellings)
        uow.audit(f"case.{entry}", "case", f"C-{row.number}")


def _check_text(text: str, entry: str) -> None:
    reason = None if text.strip() else "text_missing"
    reason = "text_too_long" if len(text) > MAX_TEXT else reason
    reason = "text_unreadable" if "\x00" in text else reason
    if reason is not None:
        message = words.refusal(reason, entry)
        raise Invalid(message, [Fault("/text", message)])
