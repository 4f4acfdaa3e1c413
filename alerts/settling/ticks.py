"""What becomes of settlements with time: no reply, a mediator who is late, whoever a conflict was brought to and who is
gone, the question how it is now.

Each effect is written with what its row was read as, so that of several workers, or after a crash, exactly one writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from alerts import store, store_past
from alerts.notices import notifications
from alerts.notices.news import News
from alerts.settling import ladder, recovery
from alerts.settling import store as settling_store
from alerts.settling import words as settling_words
from alerts.settling.flow import may_take_up
from alerts.settling.store import SettlementRow, StepRow
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
        turned = _turned(view, shards)[:limit]
        recovering = settling_store.due_recoveries(view, limit, shards)
    for settlement in silent:
        _give_up(work, settlement)
    for step in late:
        _tell_late(work, step)
    for step, can in turned:
        _tell_turn(work, step, can=can)
    for settlement in recovering:
        recovery.ask(engine, settlement)
    return len(silent) + len(late) + len(turned) + len(recovering)


def is_due(view: Reading) -> bool:
    """Whether anything is due on any settlement."""
    due = (settling_store.without_reply, settling_store.late_steps, settling_store.due_recoveries)
    return any(read(view, 1, None) for read in due) or bool(_turned(view, None))


def _turned(view: Reading, shards: Sequence[int] | None) -> list[tuple[StepRow, bool]]:
    """Conflicts that were brought to somebody who works on cases no more, or does again (True), and of which nobody was
    told yet."""
    works = {member.id: may_take_up(member) for member in directory.list_staff(view)}
    steps = settling_store.brought_steps(view, works, shards)
    lines = store_past.entries_of_cases(view, {step.case_id for step in steps}, ("warned", *ladder.ENTRIES.values()))
    found = [(step, works[step.staff_id], _is_told_gone(step, lines.get(step.case_id, ()))) for step in steps]
    return [(step, can) for step, can, is_told_gone in found if can == is_told_gone]


def _is_told_gone(step: StepRow, lines: Iterable[Any]) -> bool:
    """Whether the timeline says last of whoever a conflict was brought to that they can take it up no more."""
    of_it = [line for line in lines if line.at >= step.began_at and line.detail.get("of") == ladder.OF[step.rung]]
    of_them = [line for line in of_it if line.detail.get("owner_id") == str(step.staff_id)]
    return bool(of_them) and settling_words.is_gone(of_them[-1].kind, of_them[-1].detail)


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
    _tell(work, step, "warned", {"of": "mediation"}, is_late=True)


def _tell_turn(work: Work, step: StepRow, *, can: bool) -> None:
    """Whoever has the case hears that nobody takes up its conflict any more; who can again, that it is theirs."""
    detail = {"of": ladder.OF[step.rung], "owner_id": str(step.staff_id)}
    if can:
        _tell(work, step, ladder.ENTRIES[step.rung], {**detail, "again": True})
    else:
        _tell(work, step, "warned", detail)


def _tell(work: Work, step: StepRow, kind: str, detail: Mapping[str, Any], *, is_late: bool = False) -> None:
    """Write a line about a conflict that was brought to somebody; of a warning those who steer the program hear too."""
    with work.read() as view:
        row = store.case_by_id(view, step.case_id)
        if row is None:
            return
        revision = row.revision + 1
        brought_to = ladder.mediator_of(view, step)
        owner_id, team_id = (brought_to, None) if brought_to is not None else (row.owner_id, row.team_id)
        also = recovery.steering(view) if kind == "warned" else frozenset()
        news = [News(row.id, revision, kind, owner_id, team_id, also=also)]
        tellings = notifications.choose_tellings(view, news)
    try:
        with work.begin(actor=SYSTEM) as uow:
            store.change_case(uow, row.id, row.revision, {"revision": revision})
            if is_late:
                settling_store.change_step(uow, step, {"late_at": uow.now})
            entry = store.entry_row(row.id, revision, kind, detail=detail)
            store.insert_entries(uow, [{**entry, **store.by(uow)}])
            notifications.begin_tellings(uow, tellings)
    except Conflict:
        return  # Whoever was faster, the next look finds how it stands then.
