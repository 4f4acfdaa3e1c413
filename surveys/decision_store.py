"""All SQL of sampling: the decision ledger, the queue of deferred events, and the asks that the rules look at."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, bindparam, case, exists, func, literal, or_, select

from feedback_engine.foundation import bulk
from feedback_engine.foundation.ids import shard_of
from feedback_engine.foundation.outbox_rows import Outbox
from feedback_engine.foundation.prepared import Prepared
from feedback_engine.foundation.tables import Instant
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork
from surveys.decision_models import Decision, Deferral
from surveys.models import ASKED_STATES, Invitation
from surveys.sampling.exempt import RECOVERY

DECISION = Decision.__table__  # type: ignore[attr-defined]
_DEFERRAL = Deferral.__table__  # type: ignore[attr-defined]
_DUE = [
    exists().where(_DEFERRAL.c.replayed.is_(replayed), _DEFERRAL.c.due_at <= bindparam("now", type_=Instant))
    for replayed in (False, True)
]
_DUE_DEFERRAL = Prepared(select(literal(1)).where(or_(*_DUE)))
_INVITATION = Invitation.__table__  # type: ignore[attr-defined]
_OUTBOX = Outbox.__table__  # type: ignore[attr-defined]


class AskRow(NamedTuple):
    """An ask as it stands in the database."""

    partner_id: UUID
    contact_id: UUID
    person: bytes
    survey: str
    family: str
    weight: float
    send_at: datetime
    answered_at: datetime | None
    declined_at: datetime | None


_EVER = datetime(9999, 1, 1, tzinfo=UTC)
_SINCE = bindparam("since", None, type_=Instant)
# History was decided at its own time, whenever it was imported.
_DECIDED_AT = case((_INVITATION.c.replayed.is_(True), _INVITATION.c.send_at), else_=_INVITATION.c.created_at)
_ASKED = and_(_INVITATION.c.state.in_(ASKED_STATES), bindparam("known_by", _EVER, type_=Instant) >= _DECIDED_AT)
_ASK_COLUMNS = tuple(_INVITATION.c[name] for name in AskRow._fields)
_ASKS_OF_PERSONS = bulk.Lookup(
    _ASK_COLUMNS,
    by=(_INVITATION.c.person,),
    where=and_(
        _ASKED,
        or_(_INVITATION.c.send_at > _SINCE, _INVITATION.c.answered_at > _SINCE, _INVITATION.c.declined_at > _SINCE),
    ),
)
_ASKS_OF_PARTNERS = bulk.Lookup(
    _ASK_COLUMNS,
    by=(_INVITATION.c.shard, _INVITATION.c.partner_id),
    where=and_(_ASKED, _INVITATION.c.send_at > _SINCE),
)
_DECIDED = bulk.Lookup((DECISION.c.event_id, DECISION.c.touchpoint), by=(DECISION.c.shard, DECISION.c.event_id))
_DECIDED_LATER = bulk.Lookup(
    (DECISION.c.partner_id,),
    by=(DECISION.c.shard, DECISION.c.partner_id),
    where=DECISION.c.at > bindparam("after", None, type_=Instant),
)
_ANSWERED = bulk.Lookup(
    (_INVITATION.c.partner_id, _INVITATION.c.contact_id, _INVITATION.c.answered_at),
    by=(_INVITATION.c.shard, _INVITATION.c.partner_id),
    where=_INVITATION.c.answered_at.is_not(None),
)


@dataclass(frozen=True, slots=True)
class DecisionFilter:
    """Which decisions of the ledger are wanted; None means all. `contact_ids` empty means none."""

    event_id: UUID | None = None
    contact_ids: tuple[UUID, ...] | None = None
    partner_id: UUID | None = None
    touchpoint: str | None = None
    outcome: str | None = None
    until_at: datetime | None = None


# ---- the ledger


def append(uow: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Append decisions in their order; each gets the next `seq`.

    Only the one lane writes here, so that the highest number so far is a safe start.
    """
    for number, row in enumerate(rows, start=last_seq(uow) + 1):
        row["seq"] = number
    bulk.insert_rows(uow.connection, DECISION, rows)


def decided_already(reading: Reading, event_ids: Collection[UUID]) -> set[tuple[UUID, str]]:
    """The pairs of event and touchpoint, among these events, about which something was decided before."""
    return set(_DECIDED.rows(reading.connection, [(shard_of(each), each) for each in event_ids]))


def list_decisions(
    reading: Reading, wanted: DecisionFilter, *, before: int | None = None, limit: int = 50
) -> list[Row[Any]]:
    """Decisions, the latest first; `before` is the `seq` below which to go on."""
    query = select(DECISION).order_by(DECISION.c.seq.desc()).limit(limit)
    for condition in _conditions(wanted):
        query = query.where(condition)
    if before is not None:
        query = query.where(DECISION.c.seq < before)
    return list(reading.connection.execute(query))


def last_seq(reading: Reading) -> int:
    """The number of the latest decision, 0 before the first."""
    return int(reading.connection.execute(select(func.max(DECISION.c.seq))).scalar() or 0)


def history_after(reading: Reading, seq: int) -> tuple[int, int]:
    """How many events of history were decided after the decision `seq`, and how many of them would have been asked."""
    asked = case((DECISION.c.outcome == "invite", DECISION.c.event_id))
    query = select(func.count(DECISION.c.event_id.distinct()), func.count(asked.distinct()))
    row = reading.connection.execute(query.where(DECISION.c.seq > seq, DECISION.c.replayed.is_(True))).one()
    return int(row[0]), int(row[1])


def decisions_after(reading: Reading, seq: int, limit: int) -> list[Row[Any]]:
    """The next decisions of the ledger in the order in which they were taken."""
    query = select(DECISION).where(DECISION.c.seq > seq).order_by(DECISION.c.seq).limit(limit)
    return list(reading.connection.execute(query))


def later_decisions(reading: Reading, partner_ids: Collection[UUID], after: datetime) -> set[UUID]:
    """Those of these partners about whom something was decided at an instant after `after`."""
    keys = [(shard_of(each), each) for each in partner_ids]
    return {partner_id for (partner_id,) in _DECIDED_LATER.rows(reading.connection, keys, after=after)}


def counts_since(reading: Reading, since: datetime) -> list[tuple[str, str | None, int]]:
    """How many decisions about live events were taken at an instant from `since` on, by outcome and rule."""
    query = (
        select(DECISION.c.outcome, DECISION.c.rule, func.count())
        .where(DECISION.c.at >= since, DECISION.c.replayed.is_(False))
        .group_by(DECISION.c.outcome, DECISION.c.rule)
    )
    return [(row[0], row[1], int(row[2])) for row in reading.connection.execute(query)]


def count_exempt(reading: Reading, since: datetime) -> int:
    """How many asks decided from `since` on were exempt from the caps: those of another kind than usual."""
    query = select(func.count()).select_from(_INVITATION)
    query = query.where(_INVITATION.c.created_at >= since, _INVITATION.c.kind == RECOVERY)
    return int(reading.connection.execute(query).scalar() or 0)


def _conditions(wanted: DecisionFilter) -> Iterator[ColumnElement[bool]]:
    for column, value in (("event_id", wanted.event_id), ("partner_id", wanted.partner_id)):
        if value is not None:
            yield and_(DECISION.c.shard == shard_of(value), DECISION.c[column] == value)
    if wanted.contact_ids is not None:
        shards = sorted({shard_of(contact_id) for contact_id in wanted.contact_ids})
        yield and_(DECISION.c.shard.in_(shards), DECISION.c.contact_id.in_(wanted.contact_ids))
    if wanted.touchpoint is not None:
        yield DECISION.c.touchpoint == wanted.touchpoint
    if wanted.outcome is not None:
        yield DECISION.c.outcome == wanted.outcome
    if wanted.until_at is not None:
        yield DECISION.c.at <= wanted.until_at


# ---- deferred events


def due_deferrals(reading: Reading, due_by: datetime, *, replayed: bool, limit: int | None = None) -> list[Row[Any]]:
    """Deferred events that fall due by `due_by`, in that order."""
    query = (
        select(_DEFERRAL)
        .where(_DEFERRAL.c.replayed.is_(replayed), _DEFERRAL.c.due_at <= due_by)
        .order_by(_DEFERRAL.c.due_at, _DEFERRAL.c.id)
        .limit(limit)
    )
    return list(reading.connection.execute(query))


def has_due_deferral(reading: Reading) -> bool:
    """Whether a deferred event, live or of imported history, has fallen due."""
    return _DUE_DEFERRAL.first(reading.connection, now=reading.now) is not None


def insert_deferrals(uow: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> None:
    """Remember events that must be decided again."""
    bulk.insert_rows(uow.connection, _DEFERRAL, rows)


def delete_deferrals(uow: UnitOfWork, ids: Collection[UUID]) -> int:
    """Take deferred events off the queue; returns how many of them still stood on it."""
    return bulk.delete_rows(uow.connection, _DEFERRAL, [(shard_of(each), each) for each in ids])


def count_waiting(reading: Reading) -> int:
    """How many live events are put off now."""
    query = select(func.count()).select_from(_DEFERRAL).where(_DEFERRAL.c.replayed.is_(False))
    return int(reading.connection.execute(query).scalar() or 0)


def history_arrived_since(reading: Reading, event_type: str, since: datetime) -> bool:
    """Whether imported history is still coming in: events wait to be decided, or were first deferred after `since`."""
    waiting = select(_OUTBOX.c.id).where(_OUTBOX.c.event_type == event_type, _OUTBOX.c.parked_at.is_(None)).limit(1)
    latest = select(func.max(_DEFERRAL.c.arrived_at)).where(_DEFERRAL.c.replayed.is_(True))
    if reading.connection.execute(waiting).first() is not None:
        return True
    arrived = reading.connection.execute(latest).scalar()
    return arrived is not None and arrived > since


# ---- asks


def asks_of_persons(
    reading: Reading, persons: Collection[bytes], since: datetime, known_by: datetime | None = None
) -> Iterable[AskRow]:
    """Asks of these persons, at any partner, that were sent, answered or declined after `since`.

    `known_by` leaves out what was decided after it.
    """
    return map(
        AskRow._make, _ASKS_OF_PERSONS.rows(reading.connection, persons, since=since, known_by=known_by or _EVER)
    )


def asks_of_partners(
    reading: Reading, partner_ids: Collection[UUID], since: datetime, known_by: datetime | None = None
) -> Iterable[AskRow]:
    """Asks of anybody at these partners that were sent after `since`; `known_by` as above."""
    keys = [(shard_of(each), each) for each in partner_ids]
    return map(AskRow._make, _ASKS_OF_PARTNERS.rows(reading.connection, keys, since=since, known_by=known_by or _EVER))


def last_answers(reading: Reading, partner_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], datetime]:
    """When each contact of these partners last answered, by partner and contact."""
    latest: dict[tuple[UUID, UUID], datetime] = {}
    for partner_id, contact_id, at in _ANSWERED.rows(
        reading.connection, [(shard_of(each), each) for each in partner_ids]
    ):
        latest[partner_id, contact_id] = max(at, latest.get((partner_id, contact_id), at))
    return latest
