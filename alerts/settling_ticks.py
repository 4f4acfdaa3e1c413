"""What becomes of settlements with time: no reply, a mediator who is late or gone, the question how it is now.

Each effect is written with what its row was read as, so that of several workers, or after a crash, exactly one writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alerts import ladder, notifications, recovery, settling_store, store
from alerts.news import News
from alerts.settling_store import SettlementRow, StepRow
from feedback_engine.directory import reading as directory
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
        gone = _without_mediator(view, shards)[:limit]
        recovering = settling_store.due_recoveries(view, limit, shards)
    for settlement in silent:
        _give_up(work, settlement)
    for step in late:
        _tell_late(work, step)
    for step in gone:
        _tell_gone(work, step)
    for settlement in recovering:
        recovery.ask(engine, settlement)
    return len(silent) + len(late) + len(gone) + len(recovering)


def is_due(view: Reading) -> bool:
    """Whether anything is due on any settlement."""
    due = (settling_store.without_reply, settling_store.late_steps, settling_store.due_recoveries)
    return any(read(view, 1, None) for read in due) or bool(_without_mediator(view, None))


def _without_mediator(view: Reading, shards: Sequence[int] | None) -> list[StepRow]:
    """Mediations whose mediator can no longer mediate, and of which nobody was told yet."""
    gone = [member.id for member in directory.list_staff(view) if not ladder.may_mediate(member)]
    steps = settling_store.mediations_of(view, gone, shards) if gone else []
    return [step for step in steps if not _is_told_gone(view, step)]


def _is_told_gone(view: Reading, step: StepRow) -> bool:
    told = _gone_detail(step)
    lines = store.entries_of(view, step.case_id)
    return any(line.kind == "warned" and line.detail == told and line.at >= step.began_at for line in lines)


def _gone_detail(step: StepRow) -> dict[str, str]:
    """What the timeline keeps of a mediator who can no longer mediate: `settling_words` tells it from a late one."""
    return {"of": "mediation", "owner_id": str(step.staff_id)}


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
    """The mediator hears once that the time has run out; where nobody mediates, whoever has the case."""
    _warn(work, step, {"of": "mediation"}, is_late=True)


def _tell_gone(work: Work, step: StepRow) -> None:
    """Whoever has the case hears once that nobody mediates any more."""
    _warn(work, step, _gone_detail(step), is_late=False)


def _warn(work: Work, step: StepRow, detail: Mapping[str, str], *, is_late: bool) -> None:
    """Write a line about a mediation, of which those who steer the program hear too."""
    with work.read() as view:
        row = store.case_by_id(view, step.case_id)
        if row is None:
            return
        revision = row.revision + 1
        mediator_id = ladder.mediator_of(view, step)
        owner_id, team_id = (mediator_id, None) if mediator_id is not None else (row.owner_id, row.team_id)
        news = [News(row.id, revision, "warned", owner_id, team_id, also=recovery.steering(view))]
        tellings = notifications.choose_tellings(view, news)
    try:
        with work.begin(actor=SYSTEM) as uow:
            store.change_case(uow, row.id, row.revision, {"revision": revision})
            if is_late:
                settling_store.change_step(uow, step, {"late_at": uow.now})
            entry = store.entry_row(row.id, revision, "warned", detail=detail)
            store.insert_entries(uow, [{**entry, **store.by(uow)}])
            notifications.begin_tellings(uow, tellings)
    except Conflict:
        return  # Whoever was faster, the next look finds how it stands then.
