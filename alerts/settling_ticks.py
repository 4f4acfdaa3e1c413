"""What becomes of settlements by the passing of time: no reply, a mediator who is late, the question how it is now.

Each effect is written with what its row was read as, so that of several workers, or after a crash, exactly one writes.
"""

from __future__ import annotations

from collections.abc import Sequence

from alerts import notifications, recovery, settling_store, store
from alerts.news import News
from alerts.settling_store import SettlementRow, StepRow
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict
from feedback_engine.foundation.unit_of_work import SYSTEM, Reading, Work

BATCH_SIZE = 50


def tick(engine: Engine, limit: int = BATCH_SIZE, *, shards: Sequence[int] | None = None) -> int:
    """Do what is due next; returns how many rows were looked at, 0 when nothing is due."""
    work = engine.work
    with work.read() as view:
        silent = settling_store.without_reply(view, limit, shards)
        late = settling_store.late_steps(view, limit, shards)
        recovering = settling_store.due_recoveries(view, limit, shards)
    for settlement in silent:
        _give_up(work, settlement)
    for step in late:
        _tell_late(work, step)
    for settlement in recovering:
        recovery.ask(engine, settlement)
    return len(silent) + len(late) + len(recovering)


def is_due(view: Reading) -> bool:
    """Whether anything is due on any settlement."""
    due = (settling_store.without_reply, settling_store.late_steps, settling_store.due_recoveries)
    return any(read(view, 1, None) for read in due)


def _give_up(work: Work, settlement: SettlementRow) -> None:
    """Nobody replied in time: the case stays closed, and is counted as unconfirmed."""
    with work.read() as view:
        row = store.case_by_id(view, settlement.case_id)
    try:
        with work.begin(actor=SYSTEM) as uow:
            if row is not None and row.settlement_id == settlement.id and row.settlement == "asked":
                store.change_case(uow, row.id, row.revision, {"settlement": "unconfirmed"})
            settling_store.change_settlement(uow, settlement, {"state": "unconfirmed"})
    except Conflict:
        return  # The partner, or somebody on staff, was faster.


def _tell_late(work: Work, step: StepRow) -> None:
    """The mediator hears once that the time has run out, and so do those who steer the program."""
    with work.read() as view:
        row = store.case_by_id(view, step.case_id)
        if row is None:
            return
        revision = row.revision + 1
        news = [News(row.id, revision, "warned", step.staff_id, None, also=recovery.steering(view))]
        tellings = notifications.choose_tellings(view, news)
    try:
        with work.begin(actor=SYSTEM) as uow:
            store.change_case(uow, row.id, row.revision, {"revision": revision})
            settling_store.change_step(uow, step, {"late_at": uow.now})
            entry = store.entry_row(row.id, revision, "warned", detail={"of": "mediation"})
            store.insert_entries(uow, [{**entry, **store.by(uow)}])
            notifications.begin_tellings(uow, tellings)
    except Conflict:
        return  # Whoever was faster, the next look finds how it stands then.
