"""The alert slice's write door: what people do with cases, and the addresses that hear of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from alerts import published, reading, store, words
from alerts.casework import mentioning
from alerts.casework.changes import Changes, columns_after, find_twin
from alerts.casework.flow import (
    Acknowledge,
    Action,
    Assign,
    CaseFacts,
    Close,
    Dismiss,
    Letter,
    LogContact,
    Note,
    Pause,
    Refused,
    Reopen,
    Resume,
    Snooze,
    Step,
    decide,
)
from alerts.casework.mentions import Mention
from alerts.casework.undoing import UNDO_WITHIN, plain, restored
from alerts.definitions import OTHER_CAUSE
from alerts.events import CaseClosed, ClosingUndone
from alerts.handover.duties import Transfer
from alerts.handover.transfers import close_account, transfer
from alerts.notices import notifications
from alerts.notices.endpoints import NewEndpoint, add_endpoint, disable_endpoint
from alerts.notices.news import News
from alerts.notices.rules import GIVEN_AWAY
from alerts.promises import writing as promises
from alerts.promises.flow import GivePromise, MakePromise, SettlePromise
from alerts.promises.writing import Deed
from alerts.regrouping import merging, splitting
from alerts.regrouping import undoing as regroup_undoing
from alerts.settling import asking as settling
from alerts.settling import mediation
from alerts.store import CaseRow
from alerts.views import EntryView
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.errors import Conflict, Fault, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Actor, Reading, UnitOfWork, Work

__all__ = [
    "CaseMoved",
    "Letter",
    "NewEndpoint",
    "Transfer",
    "acknowledge",
    "act",
    "add_endpoint",
    "assign",
    "close",
    "close_account",
    "disable_endpoint",
    "dismiss",
    "log_contact",
    "merge",
    "note",
    "pause",
    "promise",
    "reopen",
    "resume",
    "settle_promise",
    "snooze",
    "split",
    "transfer",
    "undo",
]

_NEWS = {each: each for each in ("assigned", "closed", "reopened", "promise_broken")} | {"dismissed": "closed"}
"""Steps that are told, with the kind of news they are."""
_APART = ("text", "promise", "promise_id", "letter")
"""Fields of actions that an entry keeps elsewhere than among its details."""


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
    root_cause: str | None = None,
    sentiment: str | None = None,
    promised: MakePromise | None = None,
    contact_id: UUID | None = None,
    expected: int | None = None,
) -> int:
    """Record that the partner was reached, or not; the first talk stops the clock of the first contact."""
    action = LogContact(channel, outcome, text, root_cause or None, sentiment or None, promised, contact_id)
    return act(work, actor, case_id, action, expected=expected)


def promise(
    work: Work,
    actor: Actor,
    case_id: UUID,
    text: str,
    due_on: date,
    *,
    owner_id: UUID | None = None,
    expected: int | None = None,
) -> int:
    """Keep what the partner was told we would do, and by the end of which day; its own clock begins."""
    return act(work, actor, case_id, MakePromise(text, due_on, owner_id), expected=expected)


def settle_promise(
    work: Work,
    actor: Actor,
    case_id: UUID,
    promise_id: UUID,
    state: str,
    *,
    reason: str = "",
    expected: int | None = None,
) -> int:
    """Say that a promise was kept, was broken or does not hold any more; also after its case was closed."""
    return act(work, actor, case_id, SettlePromise(promise_id, state, reason), expected=expected)


def close(
    work: Work,
    actor: Actor,
    case_id: UUID,
    *,
    outcome: str,
    root_cause: str | None = None,
    text: str = "",
    letter: Letter | None = None,
    expected: int | None = None,
) -> int:
    """End the case; a recovery needs a root cause of the program's list. With a letter the partner is asked by mail
    whether it is settled, without one nobody is."""
    return act(work, actor, case_id, Close(outcome, root_cause or None, text, letter), expected=expected)


def assign(work: Work, actor: Actor, case_id: UUID, owner_id: UUID, *, expected: int | None = None) -> int:
    """Give the case to somebody on staff, who is told; its clock goes on."""
    return act(work, actor, case_id, Assign(owner_id), expected=expected)


def reopen(work: Work, actor: Actor, case_id: UUID, text: str, *, expected: int | None = None) -> int:
    """Open a closed case again, with new due times; its history stays."""
    return act(work, actor, case_id, Reopen(text), expected=expected)


def dismiss(
    work: Work, actor: Actor, case_id: UUID, *, reason: str, text: str = "", expected: int | None = None
) -> int:
    """Close a case that holds nothing to settle; no root cause, and the reason is counted."""
    return act(work, actor, case_id, Dismiss(reason, text), expected=expected)


def pause(
    work: Work,
    actor: Actor,
    case_id: UUID,
    *,
    reason: str,
    text: str,
    until: datetime | None = None,
    expected: int | None = None,
) -> int:
    """Let the clock stand still until `until`, or until `resume`; the working time that is left stays left."""
    return act(work, actor, case_id, Pause(reason, text, until), expected=expected)


def resume(work: Work, actor: Actor, case_id: UUID, *, expected: int | None = None) -> int:
    """Let the clock go on."""
    return act(work, actor, case_id, Resume(), expected=expected)


def snooze(work: Work, actor: Actor, case_id: UUID, until: datetime, *, expected: int | None = None) -> int:
    """Put the case out of sight until `until`, or until there is more bad news; its clock goes on."""
    return act(work, actor, case_id, Snooze(until), expected=expected)


def act(work: Work, actor: Actor, case_id: UUID, action: Action, *, expected: int | None = None) -> int:
    """Carry out one action and return the case's new revision.

    Raises NotFound; CaseMoved when the case is no longer at `expected`; Conflict when its state forbids the action;
    Invalid with a pointer when an input is missing or wrong.
    """
    with work.read() as view:
        row = _row(view, case_id, expected)
        if row.merged_into_id is not None:
            raise Conflict(gettext("This case was merged into another one; work on that one."))
        step = _decide(view, row, action)
        asking = settling.choose_asking(view, row, action)
        changes = columns_after(view, row, action, step, actor) | settling.columns_of(row, action, asking)
        deed = promises.deed_of(view, row, action, actor)
        mentioned = (
            mentioning.mentions_in(view, row, action.text.strip()) if isinstance(action, Note | GivePromise) else []
        )
        news = _news(row, step, {**changes, **deed.holder}, actor) + mentioning.news_of(row, mentioned, actor)
        tellings = notifications.choose_tellings(view, news)
    with _whoever_is_faster(work, row), work.begin(actor=actor) as uow:
        revision = _write(uow, row, action, step, changes, deed, mentioned)
        settling.after_step(uow, row, changes, asking)
        notifications.begin_tellings(uow, tellings)
    return revision


def merge(work: Work, actor: Actor, case_id: UUID, into_id: UUID, *, expected: int | None = None) -> int:
    """Let a case of the same company go into another, which stays; returns the new revision of the one that stays.

    Raises as `act` does, and as `merging.plan`.
    """
    with work.read() as view:
        row = _row(view, case_id, expected)
        plan = merging.plan(view, row, _row(view, into_id, None), actor)
    with _whoever_is_faster(work, row), work.begin(actor=actor) as uow:
        merging.write(uow, plan)
    return int(plan.into.revision) + 1


def split(work: Work, actor: Actor, case_id: UUID, alert_ids: Collection[UUID], *, expected: int | None = None) -> UUID:
    """Let alerts of a case become a case of their own; returns its id. Raises as `act` and `splitting.plan` do."""
    with work.read() as view:
        row = _row(view, case_id, expected)
        plan = splitting.plan(view, row, alert_ids, actor)
    with _whoever_is_faster(work, row), work.begin(actor=actor) as uow:
        return splitting.write(uow, plan)


def _check_in_time(at: Reading, last: EntryView) -> None:
    """Refuse to take back what may have been told by this instant. Raises Conflict."""
    if at.now - last.at >= UNDO_WITHIN:
        raise Conflict(words.refusal("undo_late"))


def undo(work: Work, actor: Actor, case_id: UUID, *, expected: int | None = None) -> int:
    """Take back the last step, if it was the actor's own and a moment ago; returns the case's new revision.

    Raises as `act` does; Conflict when the last step was somebody else's, too long ago, or cannot be taken back.
    """
    with work.read() as view:
        row = _row(view, case_id, expected)
        last = reading.step_to_undo(view, row, actor.id)
        if last is None:
            raise Conflict(words.refusal("not_undoable"))
        _check_in_time(view, last)
        regrouped = last.kind in regroup_undoing.REGROUPED
        undoing = regroup_undoing.plan(view, row, last, actor) if regrouped else None
        changes = {} if undoing else restored(last.detail["before"])
        tellings = notifications.choose_tellings(view, _news_of_undo(row, last, actor))
    if undoing is not None:
        with _whoever_is_faster(work, row), work.begin(actor=actor) as uow:
            _check_in_time(uow, last)
            regroup_undoing.write(uow, undoing)
        return int(row.revision) + 1
    with _whoever_is_faster(work, row), work.begin(actor=actor) as uow:
        _check_in_time(uow, last)
        revision = row.revision + 1
        store.change_case(uow, row.id, row.revision, {**changes, "revision": revision})
        promises.take_back(uow, last)
        entry = store.entry_row(row.id, revision, "undone", detail={"entry": last.kind})
        store.insert_entries(uow, [{**entry, **store.by(uow)}])
        settling.after_undo(uow, row, changes)
        notifications.begin_tellings(uow, tellings)
        uow.audit("case.undone", "case", ref_of(row))
        if row.state == "closed":
            uow.emit(ClosingUndone(partner_id=row.partner_id, case_id=row.id, closed_at=row.closed_at))
    return int(row.revision) + 1


def _row(view: Reading, case_id: UUID, expected: int | None) -> CaseRow:
    row = store.case_by_id(view, case_id)
    if row is None:
        raise NotFound(gettext("There is no such case."))
    if expected is not None and row.revision != expected:
        raise _moved(view, row, expected)
    return row


@contextmanager
def _whoever_is_faster(work: Work, row: CaseRow) -> Iterator[None]:
    """Tell the reader what happened when somebody else changed the case between reading and writing."""
    try:
        yield
    except store.TwinOpen:
        raise Conflict(gettext("Another case for the same matter was opened meanwhile; work on that one.")) from None
    except Conflict:
        with work.read() as view:
            raise _moved(view, row, row.revision) from None


# For the steps that have files of their own: letters, meetings, files.
case_row, whoever_is_faster = _row, _whoever_is_faster


# ---- decide


def _decide(view: Reading, row: CaseRow, action: Action) -> Step:
    alerts = published.in_force(view)
    causes = alerts.program.cause_keys() if alerts else frozenset({OTHER_CAUSE})
    facts = CaseFacts(row.state, row.kind, row.owner_id, row.paused_at is not None)
    step = decide(facts, action, causes, view.now)
    if isinstance(action, Close | Dismiss):
        mediation.check_closable(view, row)  # Before what is wrong with the inputs: no other input would help.
    if isinstance(step, Refused):
        raise _refusal(step, _text_of(action, step))
    if isinstance(action, Assign):
        _check_owner(view, action.owner_id)
        mediation.check_owner(view, row, action.owner_id)
    if isinstance(action, Reopen):
        _check_no_twin(view, row)
    if isinstance(action, LogContact) and action.contact_id is not None:
        _check_contact(view, row, action.contact_id)
    return step


def _text_of(action: Action, refused: Refused) -> str:
    """Whose text a refusal is about: the field's, where several are written, else the step's."""
    return refused.field or "" if isinstance(action, Close) else type(action).__name__.lower()


def _refusal(refused: Refused, text_of: str = "") -> Conflict | Invalid:
    message = words.refusal(refused.reason, text_of)
    return Conflict(message) if refused.field is None else Invalid(message, [Fault(f"/{refused.field}", message)])


def _check_owner(view: Reading, owner_id: UUID) -> None:
    owner = directory.staff_by_id(view, [owner_id]).get(owner_id)
    if owner is None or not owner.active or owner.role == "viewer":
        raise _refusal(Refused("owner_unknown", "owner"))


def _check_contact(view: Reading, row: CaseRow, contact_id: UUID) -> None:
    answered = {alert.contact_id for alert in store.alerts_of_cases(view, [row.id])}
    if contact_id not in answered | {row.contact_id}:
        raise _refusal(Refused("contact_unknown", "contact"))


def _check_no_twin(view: Reading, row: CaseRow) -> None:
    other = find_twin(view, row)
    if other is not None:
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


# ---- what is told


def _news(row: CaseRow, step: Step, changes: Mapping[str, Any], actor: Actor) -> list[News]:
    if step.entry not in _NEWS:
        return []
    by_staff_id = UUID(actor.id) if actor.kind == "staff" else None
    owner_id = changes.get("owner_id", row.owner_id)
    news = [News(row.id, row.revision + 1, _NEWS[step.entry], owner_id, row.team_id, by_staff_id)]
    if step.entry == "assigned" and row.owner_id is not None:
        news.append(News(row.id, row.revision + 1, GIVEN_AWAY, row.owner_id, None, by_staff_id))
    return news


def _news_of_undo(row: CaseRow, last: EntryView, actor: Actor) -> list[News]:
    """Programs heard at once of what is undone. Whoever on staff was to hear of it was not told yet; and nothing was
    withheld because of it (`certainty`)."""
    by_staff_id = UUID(actor.id) if actor.kind == "staff" else None
    before = restored(last.detail["before"])
    kinds = {"assigned": "assigned", "reopened": "closed"}
    kind = "reopened" if row.state == "closed" else kinds.get(last.kind)
    if kind is None:
        return []
    owner_id = before.get("owner_id", row.owner_id)
    return [News(row.id, row.revision + 1, kind, owner_id, row.team_id, by_staff_id, programs_only=True)]


# ---- write


def _write(
    uow: UnitOfWork,
    row: CaseRow,
    action: Action,
    step: Step,
    changes: Changes,
    deed: Deed,
    mentioned: Sequence[Mention],
) -> int:
    """Write the step with its entries; returns the new revision."""
    revision = int(row.revision) + 1
    more = deed.entries(row.id, revision + 1)
    store.change_case(uow, row.id, row.revision, {**changes, "revision": revision + len(more)})
    given = {name: value for name, value in asdict(action).items() if name not in _APART and value is not None}
    if step.entry == "closed":
        given["asked"] = changes["settlement_id"] is not None
    before = plain({name: getattr(row, name) for name in changes})
    detail = {**plain(given), **deed.told, **mentioning.detail_of(mentioned), "before": before}
    text = getattr(action, "text", "").strip() or None
    entry = store.entry_row(row.id, revision, step.entry, text=text, detail=detail)
    store.insert_entries(uow, [{**each, **store.by(uow)} for each in (entry, *more)])
    promises.write(uow, deed)
    mentioning.write(uow, row, entry["id"], mentioned)
    uow.audit(f"case.{step.entry}", "case", ref_of(row))
    if step.state == "closed" and row.state != "closed":
        uow.emit(
            CaseClosed(
                partner_id=row.partner_id,
                case_id=row.id,
                kind=row.kind,
                touchpoint=row.touchpoint,
                root_cause=changes.get("root_cause"),
                outcome=changes["outcome"],
                at=uow.now,
            )
        )
    return revision + len(more)
