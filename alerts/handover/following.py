"""Hands a case over that was opened for a partner's old owner at the very moment when the partner changed hands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from alerts import store
from alerts.casework.changes import given_to
from alerts.casework.undoing import plain
from alerts.notices import notifications
from alerts.notices.news import News
from alerts.settling import mediation
from alerts.store import CaseRow
from alerts.terms import PARTNER_OWNER
from feedback_engine.directory import reading as directory
from feedback_engine.directory.events import OwnerChanged
from feedback_engine.directory.reading import OwnershipView
from feedback_engine.foundation.outbox import Batch
from feedback_engine.foundation.unit_of_work import UnitOfWork

MOMENT = timedelta(seconds=10)
"""How long before a change of owner a case may have been opened that the change did not see: a transaction's time."""

_GIVEN = frozenset({"assigned", "transferred"})


def follow_owner(batch: Batch[OwnerChanged]) -> None:
    """Give cases of these partners that the old owner got at that moment to the new one, each once.

    A case from before stays with whoever has it: what becomes of those was decided with the change. One that is opened
    after it reads the new owner, as `cases.save` makes sure.
    """
    with batch.commit() as uow:
        partner_ids = {event.partner_id for event in batch.events}
        rows = store.hold_open_cases(uow, partner_ids=partner_ids)
        late = [(row, now) for row in rows if (now := _owner_to_be(uow, row)) is not None]
        _hand_over(uow, late)


def _owner_to_be(uow: UnitOfWork, row: CaseRow) -> OwnershipView | None:
    """The period of who has to have a case instead of the partner's owner before; None when it is right as it is."""
    if row.owner_id is None or row.route.get("to") != PARTNER_OWNER:
        return None
    history = directory.ownership_history(uow, row.partner_id)
    if len(history) < 2 or history[0].to_at is not None or not history[0].staff.active:
        return None
    now, before = history[0], history[1]
    if row.owner_id != before.staff.id or row.owner_id == now.staff.id or row.opened_at < now.from_at - MOMENT:
        return None
    if mediation.tie_to(uow, row, now.staff.id) is not None:
        return None  # Nobody is both sides of one case: it stays with whoever has it.
    was_given = any(entry.kind in _GIVEN for entry in store.entries_of(uow, row.id))
    return None if was_given else now


def _hand_over(uow: UnitOfWork, late: Sequence[tuple[CaseRow, OwnershipView]]) -> None:
    entries, news = [], []
    for row, now in late:
        revision, owner_id = row.revision + 1, now.staff.id
        changes = given_to(uow, row, owner_id)
        store.change_case(uow, row.id, row.revision, {**changes, "revision": revision})
        detail = plain({"owner_id": owner_id}) | {"before": plain({name: getattr(row, name) for name in changes})}
        entries.append({**store.entry_row(row.id, revision, "transferred", detail=detail), **store.by(uow)})
        # No mail of a transfer tells of it, so it is told like a case that was given to them.
        news.append(News(row.id, revision, "assigned", owner_id, row.team_id))
    store.insert_entries(uow, entries)
    notifications.begin_tellings(uow, notifications.choose_tellings(uow, news))
