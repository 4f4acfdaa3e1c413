"""All SQL about settlements and the rungs of conflicts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, insert, select, text, tuple_, update

from alerts.models import CaseEntry, Casework
from alerts.settling.flow import ENTRIES, UNSETTLED
from alerts.settling.models import RUNS, WAITS_FOR_RECOVERY, WAITS_FOR_REPLY, LadderStep, Settlement
from alerts.store import CONTACT_KINDS, visible
from feedback_engine.directory.reading import Viewer
from feedback_engine.foundation import bulk, ids
from feedback_engine.foundation.errors import Conflict
from feedback_engine.foundation.records import record_of
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

_SETTLEMENT = Settlement.__table__  # type: ignore[attr-defined]
_STEP = LadderStep.__table__  # type: ignore[attr-defined]
_CASE = Casework.__table__  # type: ignore[attr-defined]
_ENTRY = CaseEntry.__table__  # type: ignore[attr-defined]
_OF_ITS_CASE = and_(_CASE.c.shard == _SETTLEMENT.c.shard, _CASE.c.id == _SETTLEMENT.c.case_id)

_ENTRY_RECORD = record_of(_ENTRY.c)
_CASE_RECORD, _SETTLEMENT_RECORD = record_of(_CASE.c), record_of(_SETTLEMENT.c)
_ENTRIES_AT = bulk.Lookup(list(_ENTRY.c), by=[_ENTRY.c.shard, _ENTRY.c.case_id, _ENTRY.c.revision])

SettlementRow = Row[Any]
StepRow = Row[Any]


# ---- settlements


def insert_settlement(uow: UnitOfWork, row: Mapping[str, Any]) -> None:
    """Write what a partner is asked about a closing."""
    uow.connection.execute(insert(_SETTLEMENT).values(**row))


def settlement_by_id(reading: Reading, settlement_id: UUID) -> SettlementRow | None:
    """One settlement."""
    query = select(_SETTLEMENT).where(_SETTLEMENT.c.shard == ids.shard_of(settlement_id))
    return reading.connection.execute(query.where(_SETTLEMENT.c.id == settlement_id)).first()


def find_both(reading: Reading, settlement_id: UUID) -> tuple[Any, SettlementRow] | None:
    """A case and its settlement of one moment: read apart, a reply could come in between. None when there is none."""
    query = (
        select(*_CASE.c, *_SETTLEMENT.c)
        .select_from(_SETTLEMENT)
        .join(_CASE, _OF_ITS_CASE)
        .where(_SETTLEMENT.c.shard == ids.shard_of(settlement_id), _SETTLEMENT.c.id == settlement_id)
    )
    row = reading.connection.execute(query).first()
    if row is None:
        return None
    apart = len(_CASE.c)
    return _CASE_RECORD._make(row[:apart]), _SETTLEMENT_RECORD._make(row[apart:])


def settlements_by_id(reading: Reading, settlement_ids: Iterable[UUID]) -> dict[UUID, SettlementRow]:
    """The settlements of these ids that exist."""
    query = select(_SETTLEMENT).where(_keys(_SETTLEMENT, "id", settlement_ids))
    return {row.id: row for row in reading.connection.execute(query)}


def hold_both(uow: UnitOfWork, settlement_id: UUID) -> tuple[SettlementRow, Row[Any]] | None:
    """A settlement and its case; nobody else changes them until the transaction ends. None when there is none."""
    found = settlement_by_id(uow, settlement_id)
    if found is None:
        return None
    # Cases are held before their settlements: whoever takes a reply writes in this order too.
    of_case = select(_CASE).where(_CASE.c.shard == found.shard, _CASE.c.id == found.case_id).with_for_update()
    row = uow.connection.execute(of_case).one()
    held = select(_SETTLEMENT).where(_SETTLEMENT.c.shard == found.shard, _SETTLEMENT.c.id == found.id)
    return uow.connection.execute(held.with_for_update()).one(), row


def settlements_of(reading: Reading, case_id: UUID) -> list[SettlementRow]:
    """Every closing of a case about which the partner was asked, oldest first."""
    query = select(_SETTLEMENT).where(_SETTLEMENT.c.shard == ids.shard_of(case_id), _SETTLEMENT.c.case_id == case_id)
    return list(reading.connection.execute(query.order_by(_SETTLEMENT.c.asked_at, _SETTLEMENT.c.id)))


def change_settlement(uow: UnitOfWork, row: SettlementRow, values: Mapping[str, Any]) -> None:
    """Change a settlement that stands as `row` was read. Raises Conflict when somebody was faster."""
    changed = uow.connection.execute(
        update(_SETTLEMENT)
        .where(_SETTLEMENT.c.shard == row.shard, _SETTLEMENT.c.id == row.id)
        .where(_SETTLEMENT.c.state == row.state, _SETTLEMENT.c.last_revision == row.last_revision)
        .values(**values)
    ).rowcount
    if changed != 1:
        raise Conflict("The settlement changed meanwhile.")


def without_reply(reading: Reading, limit: int, shards: Sequence[int] | None) -> list[SettlementRow]:
    """Settlements whose time to reply has run out, longest first. Looks in `shards`, None for all."""
    query = select(_SETTLEMENT).where(text(WAITS_FOR_REPLY), _SETTLEMENT.c.reply_by <= reading.now)
    return _first(reading, query, _SETTLEMENT, _SETTLEMENT.c.reply_by, limit, shards)


def due_recoveries(reading: Reading, limit: int, shards: Sequence[int] | None) -> list[SettlementRow]:
    """Settlements after which it is time to ask how it is now, longest first. Looks in `shards`, None for all."""
    query = select(_SETTLEMENT).where(text(WAITS_FOR_RECOVERY), _SETTLEMENT.c.recovery_due_at <= reading.now)
    return _first(reading, query, _SETTLEMENT, _SETTLEMENT.c.recovery_due_at, limit, shards)


def forget(uow: UnitOfWork, contact_ids: Collection[UUID]) -> None:
    """Forget what was written to these contacts, and what they said of it."""
    keys = [(ids.shard_of(each), each) for each in contact_ids]
    shards = sorted({shard for shard, _ in keys})
    # By who said it: words about one case may stand in the timeline of another that took it up.
    uow.connection.execute(
        update(_ENTRY)
        .where(_ENTRY.c.shard.in_(shards), _ENTRY.c.actor_kind == "partner")
        .where(_ENTRY.c.actor_id.in_([str(each) for each in contact_ids]))
        .values(text=None)
    )
    uow.connection.execute(
        update(_SETTLEMENT)
        .where(_SETTLEMENT.c.shard.in_(shards), tuple_(_SETTLEMENT.c.shard, _SETTLEMENT.c.contact_id).in_(keys))
        .values(found=None, did=None, recovery_due_at=None)
    )


def closed_by_settlement(reading: Reading, viewer: Viewer, from_at: datetime, to_at: datetime) -> dict[str | None, int]:
    """How many cases that owed somebody an answer were closed in a period, by what their partner said of it; of those
    that the viewer may see."""
    query = (
        select(_CASE.c.settlement, func.count())
        .where(_CASE.c.closed_at >= from_at, _CASE.c.closed_at < to_at, _CASE.c.kind.in_(CONTACT_KINDS))
        .where(_CASE.c.outcome.not_in(("dismissed", "merged")), visible(viewer))
        .group_by(_CASE.c.settlement)
    )
    return {row[0]: int(row[1]) for row in reading.connection.execute(query)}


def replies_by_state(reading: Reading, viewer: Viewer, from_at: datetime, to_at: datetime) -> dict[str, int]:
    """What became of the closings about which partners were asked in a period, those that were reopened too; of the
    cases that the viewer may see."""
    query = select(_SETTLEMENT.c.state, func.count()).join(_CASE, _OF_ITS_CASE).where(visible(viewer))
    query = query.where(_SETTLEMENT.c.asked_at >= from_at, _SETTLEMENT.c.asked_at < to_at)
    return {row[0]: int(row[1]) for row in reading.connection.execute(query.group_by(_SETTLEMENT.c.state))}


def denied_between(reading: Reading, viewer: Viewer, from_at: datetime, to_at: datetime) -> list[Row[Any]]:
    """The cases that the viewer may see, closed and asked about in a period, whose partner said partly or no; oldest
    first."""
    denied = (
        select(_SETTLEMENT.c.shard, _SETTLEMENT.c.case_id)
        .where(_SETTLEMENT.c.asked_at >= from_at, _SETTLEMENT.c.asked_at < to_at)
        .where(_SETTLEMENT.c.state.in_(UNSETTLED))
    )
    query = select(_CASE).where(tuple_(_CASE.c.shard, _CASE.c.id).in_(denied), visible(viewer))
    return list(reading.connection.execute(query.order_by(_CASE.c.opened_at, _CASE.c.id)))


# ---- the ladder


def insert_step(uow: UnitOfWork, row: Mapping[str, Any]) -> None:
    """Write that a case reached a rung for the first time."""
    uow.connection.execute(insert(_STEP).values(**row))


def steps_of(reading: Reading, case_id: UUID) -> list[StepRow]:
    """The rungs above direct talk that a case reached, in their order."""
    query = select(_STEP).where(_STEP.c.shard == ids.shard_of(case_id), _STEP.c.case_id == case_id)
    return list(reading.connection.execute(query.order_by(_STEP.c.rung)))


def step_by_id(reading: Reading, step_id: UUID) -> StepRow | None:
    """One of them."""
    query = select(_STEP).where(_STEP.c.shard == ids.shard_of(step_id), _STEP.c.id == step_id)
    return reading.connection.execute(query).first()


def change_step(uow: UnitOfWork, row: StepRow, values: Mapping[str, Any]) -> None:
    """Change a rung that stands as `row` was read. Raises Conflict when somebody was faster."""
    changed = uow.connection.execute(
        update(_STEP)
        .where(_STEP.c.shard == row.shard, _STEP.c.id == row.id)
        .where(_same(_STEP.c.ended_at, row.ended_at), _same(_STEP.c.late_at, row.late_at))
        .values(**values)
    ).rowcount
    if changed != 1:
        raise Conflict("The mediation changed meanwhile.")


def waiting_steps(reading: Reading, staff_id: UUID, case_ids: Collection[UUID]) -> list[StepRow]:
    """The rungs of these cases that wait for somebody, the earlier rung of a case last."""
    waiting = (_STEP.c.staff_id == staff_id, _STEP.c.ended_at.is_(None), _keys(_STEP, "case_id", case_ids))
    return list(reading.connection.execute(select(_STEP).where(*waiting).order_by(_STEP.c.rung.desc())))


def late_steps(reading: Reading, limit: int, shards: Sequence[int] | None) -> list[StepRow]:
    """Mediations whose time has run out and of which nobody was told yet. Looks in `shards`, None for all."""
    query = select(_STEP).where(text(RUNS), _STEP.c.due_at <= reading.now)
    return _first(reading, query, _STEP, _STEP.c.due_at, limit, shards)


def brought_steps(reading: Reading, staff_ids: Collection[UUID], shards: Sequence[int] | None) -> list[StepRow]:
    """The rungs on which open cases stand and that were brought to these people. Looks in `shards`, None for all."""
    query = (
        select(_STEP)
        .join(_CASE, (_CASE.c.shard == _STEP.c.shard) & (_CASE.c.id == _STEP.c.case_id))
        .where(_STEP.c.staff_id.in_(list(staff_ids)), _STEP.c.rung == _CASE.c.ladder_rung, _STEP.c.ended_at.is_(None))
        .where(_CASE.c.state != "closed")
    )
    if shards is not None:
        query = query.where(_STEP.c.shard.in_(shards))
    return list(reading.connection.execute(query.order_by(_STEP.c.began_at, _STEP.c.id)))


def steps_of_cases(reading: Reading, case_ids: Collection[UUID]) -> list[StepRow]:
    """The rungs above direct talk that these cases reached."""
    return list(reading.connection.execute(select(_STEP).where(_keys(_STEP, "case_id", case_ids))))


def steps_in_hand(reading: Reading) -> dict[UUID, int]:
    """How many rungs that have not ended each of our people was brought into."""
    query = select(_STEP.c.staff_id, func.count()).where(_STEP.c.ended_at.is_(None), _STEP.c.staff_id.is_not(None))
    return {row[0]: int(row[1]) for row in reading.connection.execute(query.group_by(_STEP.c.staff_id))}


def brought_to(reading: Reading, staff_id: UUID, rung: int) -> list[int]:
    """The numbers of the open cases that stand on a rung that was brought to somebody."""
    query = (
        select(_CASE.c.number)
        .join(_STEP, (_STEP.c.shard == _CASE.c.shard) & (_STEP.c.case_id == _CASE.c.id))
        .where(_STEP.c.staff_id == staff_id, _STEP.c.rung == rung, _STEP.c.ended_at.is_(None))
        .where(_CASE.c.ladder_rung == rung, _CASE.c.state != "closed")
    )
    return list(reading.connection.execute(query.order_by(_CASE.c.number)).scalars())


# ---- who had a case, and what was said


def lines_until(reading: Reading, until: Mapping[UUID, datetime]) -> list[Row[Any]]:
    """The lines of the timelines of these cases, each until its instant: case by case, oldest first."""
    query = select(_ENTRY).where(_keys(_ENTRY, "case_id", until)).order_by(_ENTRY.c.case_id, _ENTRY.c.revision)
    return [line for line in reading.connection.execute(query) if line.at <= until[line.case_id]]


def told_brought(reading: Reading, case_id: UUID, kind: str) -> Row[Any] | None:
    """The line of a kind that says last who was brought into this case; None while nobody was."""
    query = select(_ENTRY).where(_keys(_ENTRY, "case_id", [case_id]), _ENTRY.c.kind == kind)
    lines = reading.connection.execute(query.order_by(_ENTRY.c.revision.desc()))
    return next((line for line in lines if not line.detail.get("again")), None)


def entries_at(reading: Reading, places: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int], Row[Any]]:
    """The lines of timelines at these cases and revisions."""
    wanted = [(ids.shard_of(case_id), case_id, revision) for case_id, revision in places]
    found = map(_ENTRY_RECORD._make, _ENTRIES_AT.rows(reading.connection, wanted))
    return {(row.case_id, row.revision): row for row in found}


def newest_verdicts(reading: Reading, case_ids: Collection[UUID]) -> dict[UUID, Row[Any]]:
    """The line of each of these cases with what its partner said last about how it was closed."""
    said = (_keys(_ENTRY, "case_id", case_ids), _ENTRY.c.kind.in_(sorted(ENTRIES.values())))
    query = select(_ENTRY).where(*said).order_by(_ENTRY.c.revision)
    return {row.case_id: row for row in reading.connection.execute(query)}


# ---- pieces


def _first(
    reading: Reading, query: Any, table: Any, due: Any, limit: int, shards: Sequence[int] | None
) -> list[Row[Any]]:
    if shards is not None:
        query = query.where(table.c.shard.in_(shards))
    return list(reading.connection.execute(query.order_by(due, table.c.id).limit(limit)))


def _same(column: Any, value: Any) -> Any:
    return column.is_(None) if value is None else column == value


def _keys(table: Any, column: str, row_ids: Iterable[UUID]) -> Any:
    return tuple_(table.c.shard, table.c[column]).in_([(ids.shard_of(row_id), row_id) for row_id in set(row_ids)])
