"""What becomes of settlements with time: no reply, a mediator who is late, whoever a conflict was brought to and who is
gone, the question how it is now.

Each effect is written with what its row was read as, so that of several workers, or after a crash, exactly one writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from uuid import UUID

from alerts import store, store_past
from alerts.notices import notifications
from alerts.notices.certainty import certain_at
from alerts.notices.news import News
from alerts.notices.notifications import Telling
from alerts.settling import ladder, recovery
from alerts.settling import store as settling_store
from alerts.settling.flow import MEDIATION, may_take_up
from alerts.settling.ladder import Climb
from alerts.settling.store import SettlementRow, StepRow
from alerts.store import CaseRow
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
    for step, _ in turned:
        _tell_turn(work, step)
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
    staff_ids = [member.id for member in directory.list_staff(view)]
    return _untold(view, settling_store.brought_steps(view, staff_ids, shards))


def _untold(view: Reading, steps: Sequence[StepRow]) -> list[tuple[StepRow, bool]]:
    """Those of these rungs, each in somebody's hand, of which is still to be told that they can go on no more, or can
    again (True)."""
    works = {member.id: may_take_up(member) for member in directory.list_staff(view)}
    lines = store_past.entries_of_cases(view, {step.case_id for step in steps}, ("warned", *ladder.ENTRIES.values()))
    found = [(step, works[step.staff_id], ladder.is_told_gone(step, lines.get(step.case_id, ()))) for step in steps]
    return [(step, can) for step, can, is_told_gone in found if can == is_told_gone]


def _give_up(work: Work, settlement: SettlementRow) -> None:
    """Nobody replied in time: the case stays closed, and is counted as unconfirmed."""
    with work.read() as view:
        row = store.case_by_id(view, settlement.case_id)
        # Opened again by mistake, it is closed as it was once that is taken back.
        until = certain_at(view, [settlement.case_id])
    try:
        with work.begin(actor=SYSTEM) as uow:
            if until is not None:
                settling_store.change_settlement(uow, settlement, {"reply_by": until})
                return
            if row is not None and row.settlement_id == settlement.id and row.settlement == "asked":
                store.change_case(uow, row.id, row.revision, {"settlement": "unconfirmed"})
            settling_store.change_settlement(uow, settlement, {"state": "unconfirmed"})
    except Conflict:
        return  # The partner, or somebody on staff, was faster.


def _tell_late(work: Work, step: StepRow) -> None:
    """The mediator hears once that the time has run out; where nobody mediates, whoever has the case."""
    with work.read() as view:
        row = store.case_by_id(view, step.case_id)
        if row is None:
            return
        told = [_Line("warned", {"of": ladder.OF[MEDIATION]}, _news(view, row, step, "mediation_late"))]
        tellings = notifications.choose_tellings(view, [line.news for line in told])
    _write(work, row, step, told, tellings, late=True)


def _tell_turn(work: Work, seen: StepRow) -> None:
    """Somebody else takes up the conflict of whoever can no longer, or whoever has the case hears that nobody does;
    who can again hears that it is theirs. Looks again first: the case may have gone on since it was `seen`."""
    climb = None
    with work.read() as view:
        row, step = store.case_by_id(view, seen.case_id), settling_store.step_by_id(view, seen.id)
        if row is None or step is None or not ladder.is_in_hand(row, step):
            return
        untold = _untold(view, [step])
        if not untold:
            return
        of_them = {"of": ladder.OF[step.rung], "owner_id": str(step.staff_id)}
        if untold[0][1]:
            kind = ladder.ENTRIES[step.rung]
            told = [_Line(kind, {**of_them, "again": True}, _news(view, row, step, kind))]
        else:
            told = [_Line("warned", of_them, _news(view, row, step, "holder_gone"))]
            climb = ladder.choose_follower(view, row, step)
        if climb is not None:
            [news] = ladder.news_of(row, climb, row.revision + 2)
            told.append(_Line(climb.entry, {**ladder.detail_of(climb), "follows": True}, news))
            told[0] = told[0].but(climb.staff_id)
        tellings = notifications.choose_tellings(view, [line.news for line in told])
    _write(work, row, step, told, tellings, follower=climb)


class _Line(NamedTuple):
    """A line of the timeline, and who is told of it."""

    kind: str
    detail: Mapping[str, Any]
    news: News

    def but(self, staff_id: UUID | None) -> _Line:
        """The same line, not told to somebody among those who steer: another line tells them."""
        return self._replace(news=replace(self.news, also=self.news.also - {staff_id}))


def _news(view: Reading, row: CaseRow, step: StepRow, news: str) -> News:
    """To whoever a conflict was brought to; where they work on cases no more, to whose case it is. Of what stands still
    those who steer the program hear too."""
    brought_to = ladder.mediator_of(view, step)
    owner_id, team_id = (brought_to, None) if brought_to is not None else (row.owner_id, row.team_id)
    also = recovery.steering(view) if news in ("mediation_late", "holder_gone") else frozenset()
    return News(row.id, row.revision + 1, news, owner_id, team_id, also=also)


def _write(
    work: Work,
    row: CaseRow,
    step: StepRow,
    told: Sequence[_Line],
    tellings: Sequence[Telling],
    *,
    follower: Climb | None = None,
    late: bool = False,
) -> None:
    """Write lines about a conflict that was brought to somebody, and to whom it goes from them."""
    try:
        with work.begin(actor=SYSTEM) as uow:
            store.change_case(uow, row.id, row.revision, {"revision": row.revision + len(told)})
            if late:
                settling_store.change_step(uow, step, {"late_at": uow.now})
            if follower is not None:
                ladder.follow(uow, step, follower)
            entries = [store.entry_row(row.id, line.news.revision, line.kind, detail=line.detail) for line in told]
            store.insert_entries(uow, [{**entry, **store.by(uow)} for entry in entries])
            notifications.begin_tellings(uow, tellings)
    except Conflict:
        return  # Whoever was faster, the next look finds how it stands then.
