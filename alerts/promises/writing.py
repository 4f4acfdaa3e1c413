"""What an action on a case does to promises: read and decided first, written with the case's entry, taken back with it.

Three actions touch them: one makes a promise, alone or with a contact; one ends it; and a case that is given away takes
along the open promises that its owner made in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from alerts import store, words
from alerts.casework.changes import terms_of
from alerts.casework.flow import FIELDS_IN_CONTACT, Action, Assign, LogContact
from alerts.casework.undoing import plain
from alerts.clocks.case_clock import next_instant
from alerts.promises import store as promise_store
from alerts.promises.flow import Fault as PromiseFault
from alerts.promises.flow import GivePromise, MakePromise, SettlePromise, target_of
from alerts.promises.store import PromiseRow
from alerts.store import CaseRow
from alerts.views import EntryView
from feedback_engine.directory import reading as directory
from feedback_engine.foundation import ids
from feedback_engine.foundation.errors import Conflict, Fault, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Actor, Reading, UnitOfWork


@dataclass(frozen=True, slots=True)
class Deed:
    """What is to be written: a new row, the end of a promise, or promises that go to somebody else.

    `told` goes into the entry of the action; `apart` says that a new promise gets an entry of its own after it.
    """

    made: Mapping[str, Any] | None = None
    due_on: date | None = None
    apart: bool = False
    ended: PromiseRow | None = None
    end: Mapping[str, Any] | None = None
    moved: tuple[PromiseRow, ...] = ()
    to_id: UUID | None = None

    @property
    def told(self) -> dict[str, Any]:
        """What the entry of the action keeps of it."""
        if self.made is not None and not self.apart:
            return self._promised(self.made)
        if self.ended is not None:
            return {"promise": str(self.ended.id)}
        return {"promises": [str(row.id) for row in self.moved]} if self.moved else {}

    @property
    def holder(self) -> dict[str, Any]:
        """Whose promise ended, as the news of it names them; empty for all else."""
        return {} if self.ended is None else {"owner_id": self.ended.owner_id}

    def entries(self, case_id: UUID, revision: int) -> list[dict[str, Any]]:
        """The entry of a promise that was made with a contact, to stand at `revision`."""
        if self.made is None or not self.apart:
            return []
        detail = {**self._promised(self.made), "before": {}}
        return [store.entry_row(case_id, revision, "promised", text=self.made["text"], detail=detail)]

    def _promised(self, made: Mapping[str, Any]) -> dict[str, Any]:
        return plain({"promise": made["id"], "owner_id": made["owner_id"], "due_on": self.due_on})


NOTHING = Deed()


def deed_of(view: Reading, row: CaseRow, action: Action, actor: Actor) -> Deed:
    """What `action` does to promises.

    Raises Invalid with a pointer for a due day that cannot be and for a promise of nobody, NotFound for a promise of
    another case, Conflict for one that has ended.
    """
    match action:
        case MakePromise():
            made = _new_row(view, row, action, actor, {"due_on": "due_on"})
            return Deed(made=made, due_on=action.due_on)
        case LogContact(promise=MakePromise() as promise):
            made = _new_row(view, row, promise, actor, FIELDS_IN_CONTACT)
            return Deed(made=made, due_on=promise.due_on, apart=True)
        case SettlePromise():
            return _ending(view, row, action)
        case GivePromise(promise_id, to_id):
            return _giving(view, row, promise_id, to_id)
        case Assign(owner_id) if row.owner_id is not None:
            of_case = promise_store.promises_of_case(view, row.id)
            moved = tuple(each for each in of_case if each.state == "open" and each.owner_id == row.owner_id)
            return Deed(moved=moved, to_id=owner_id)
        case _:
            return NOTHING


def write(uow: UnitOfWork, deed: Deed) -> None:
    """Write it, after the entry of the action. Raises Conflict when a promise moved on since it was read."""
    if deed.made is not None:
        promise_store.insert_promise(uow, {**deed.made, "promised_at": uow.now})
    if deed.ended is not None and deed.end is not None:
        values = {**deed.end, "settled_at": uow.now, "wakes_at": None}
        promise_store.change_promise(uow, deed.ended, values)
    if deed.to_id is not None:
        hand_on(uow, deed.moved, deed.to_id)


def hand_on(uow: UnitOfWork, rows: Iterable[PromiseRow], to_id: UUID, transfer_id: UUID | None = None) -> None:
    """Let somebody else keep these promises; no due time moves, and what was warned of stays so."""
    for row in rows:
        promise_store.change_promise(uow, row, {"owner_id": to_id, "transfer_id": transfer_id})


def take_back(uow: UnitOfWork, entry: EntryView) -> None:
    """Undo what the action of an entry did to promises. Raises Conflict when a promise moved on since."""
    if entry.kind == "promised":
        promise_store.delete_promise(uow, _row(uow, entry.detail["promise"]))
    elif "promise" in entry.detail:
        row = _row(uow, entry.detail["promise"])
        wakes_at = next_instant((row.warn_at, row.due_at), row.rung)
        open_again = {"state": "open", "settled_at": None, "reason": None, "wakes_at": wakes_at}
        promise_store.change_promise(uow, row, open_again)
    elif entry.detail.get("promises") and entry.detail["before"].get("owner_id"):
        rows = promise_store.promises_by_id(uow, map(UUID, entry.detail["promises"]))
        hand_on(uow, [row for row in rows if row.state == "open"], UUID(entry.detail["before"]["owner_id"]))


def _row(view: Reading, promise_id: str) -> PromiseRow:
    row = promise_store.promise_by_id(view, UUID(promise_id))
    if row is None:
        raise Conflict(words.refusal("not_undoable"))
    return row


def _new_row(
    view: Reading, row: CaseRow, promise: MakePromise, actor: Actor, fields: Mapping[str, str]
) -> dict[str, Any]:
    owner_id = _who(view, row, promise, actor)
    if promise.due_on is None:  # the flow has refused it before
        raise _invalid("due_missing", fields["due_on"])
    target = target_of(terms_of(view, row).calendar, promise.due_on, view.now)
    if isinstance(target, PromiseFault):
        raise _invalid(target.reason, fields[target.field])
    return {
        **ids.new_key(row.partner_id),
        "case_id": row.id,
        "partner_id": row.partner_id,
        "text": promise.text.strip(),
        "state": "open",
        "owner_id": owner_id,
        "promised_by_id": owner_id,
        "due_at": target.due_at,
        "warn_at": target.warn_at,
        "rung": 0,
        "wakes_at": target.warn_at,
        "revision": 1,
    }


def _who(view: Reading, row: CaseRow, promise: MakePromise, actor: Actor) -> UUID:
    """Who keeps it: whom the promise names, whoever says so, else the owner of the case. Raises Invalid at `/owner`."""
    by_staff = UUID(actor.id) if actor.kind == "staff" else None
    owner_id: UUID | None = promise.owner_id or by_staff or row.owner_id
    member = directory.staff_by_id(view, [owner_id]).get(owner_id) if owner_id else None
    if member is None or not member.active or member.role == "viewer":
        raise _invalid("owner_unknown", "owner")
    return member.id


def _open_promise(view: Reading, row: CaseRow, promise_id: UUID) -> PromiseRow:
    promise = promise_store.promise_by_id(view, promise_id)
    if promise is None or promise.case_id != row.id:
        raise NotFound(gettext("There is no such promise in this case."))
    if promise.state != "open":
        raise Conflict(words.refusal("promise_settled"))
    return promise


def _ending(view: Reading, row: CaseRow, action: SettlePromise) -> Deed:
    promise = _open_promise(view, row, action.promise_id)
    return Deed(ended=promise, end={"state": action.state, "reason": action.text.strip() or None})


def _giving(view: Reading, row: CaseRow, promise_id: UUID, to_id: UUID) -> Deed:
    """A promise goes to somebody else. Raises Invalid at `/owner` for who cannot keep it, or has it already."""
    promise = _open_promise(view, row, promise_id)
    member = directory.staff_by_id(view, [to_id]).get(to_id)
    if member is None or not member.active or member.role == "viewer":
        raise _invalid("owner_unknown", "owner")
    if promise.owner_id == to_id:
        raise _invalid("promise_theirs", "owner")
    return Deed(moved=(promise,), to_id=to_id)


def _invalid(reason: str, field: str) -> Invalid:
    message = words.refusal(reason)
    return Invalid(message, [Fault(f"/{field}", message)])
