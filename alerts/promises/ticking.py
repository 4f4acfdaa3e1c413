"""What becomes of promises by the passing of time: a warning at three quarters, and once that they are overdue.

As with the clocks of cases, what is due is read from rows, and each effect is written with the revision of its case, so
that of several workers, or after a crash, exactly one writes it. After a downtime both stand in the timeline; of a
warning that comes when the due time has passed nobody is told any more.
"""

from __future__ import annotations

from collections.abc import Sequence

from alerts import store
from alerts.clocks.case_clock import WARNING, next_instant
from alerts.events import PromiseOverdue
from alerts.notices import notifications
from alerts.notices.news import News
from alerts.promises import store as promise_store
from alerts.promises.store import PromiseRow
from alerts.store import CaseRow
from feedback_engine.foundation.errors import Conflict
from feedback_engine.foundation.unit_of_work import SYSTEM, Reading, UnitOfWork, Work

BATCH_SIZE = 50
OVERDUE = WARNING + 1


def tick(work: Work, limit: int = BATCH_SIZE, *, shards: Sequence[int] | None = None) -> int:
    """Do what is due on the next promises; returns how many were looked at, 0 when nothing is due."""
    with work.read() as view:
        due = promise_store.due(view, limit, shards)
    for promise in due:
        _tick(work, promise)
    return len(due)


def is_due(view: Reading) -> bool:
    """Whether anything is due on any promise."""
    return bool(promise_store.due(view, 1))


def _tick(work: Work, promise: PromiseRow) -> None:
    with work.read() as view:
        [row] = store.cases_by_id(view, [promise.case_id])
        # A warning that nobody could act upon any more is none.
        rung = OVERDUE if promise.due_at <= view.now else promise.rung + 1
        tellings = notifications.choose_tellings(view, [_news(promise, row, rung)])
    try:
        with work.begin(actor=SYSTEM) as uow:
            _write(uow, promise, row, rung)
            notifications.begin_tellings(uow, tellings)
    except Conflict:
        return  # Somebody, a person or another worker, was faster; what is due still, is due at the next look.


def _news(promise: PromiseRow, row: CaseRow, rung: int) -> News:
    kind = "promise_due" if rung == WARNING else "promise_overdue"
    return News(row.id, row.revision + 1, kind, promise.owner_id, None)


def _write(uow: UnitOfWork, promise: PromiseRow, row: CaseRow, rung: int) -> None:
    revision = row.revision + 1
    store.change_case(uow, row.id, row.revision, {"revision": revision})
    wakes_at = next_instant((promise.warn_at, promise.due_at), rung)
    promise_store.change_promise(uow, promise, {"rung": rung, "wakes_at": wakes_at})
    kind = "promise_warned" if rung == WARNING else "promise_overdue"
    entry = store.entry_row(row.id, revision, kind, detail={"promise": str(promise.id)})
    store.insert_entries(uow, [{**entry, **store.by(uow)}])
    if wakes_at is None:
        overdue = PromiseOverdue(partner_id=row.partner_id, case_id=row.id, promise_id=promise.id, at=promise.due_at)
        uow.emit(overdue)
