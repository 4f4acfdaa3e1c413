"""All SQL about mentions: who was named in a note, and has not opened the case since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, select, tuple_, update

from alerts.models import CaseEntry, Casework
from alerts.regrouping.models import Mention
from feedback_engine.foundation import bulk, ids
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

_MENTION = Mention.__table__  # type: ignore[attr-defined]
_CASE = Casework.__table__  # type: ignore[attr-defined]
_ENTRY = CaseEntry.__table__  # type: ignore[attr-defined]


def insert_mentions(uow: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write whom a note names."""
    bulk.insert_rows(uow.connection, _MENTION, rows)


def has_unopened(reading: Reading, staff_id: UUID, case_ids: Iterable[UUID]) -> bool:
    """Whether somebody is named on these cases and has not opened them since."""
    query = select(_MENTION.c.id).where(*_unopened(staff_id, case_ids)).limit(1)
    return reading.connection.execute(query).first() is not None


def latest_unopened(reading: Reading, staff_id: UUID, case_ids: Iterable[UUID]) -> dict[UUID, Row[Any]]:
    """The last note on each of these cases that names somebody who has not opened it since, by case."""
    of_note = and_(
        _ENTRY.c.shard == _MENTION.c.shard, _ENTRY.c.case_id == _MENTION.c.case_id, _ENTRY.c.id == _MENTION.c.entry_id
    )
    query = (
        select(_MENTION.c.case_id, _ENTRY.c.actor_kind, _ENTRY.c.actor_name, _ENTRY.c.text)
        .join(_ENTRY, of_note)
        .where(*_unopened(staff_id, case_ids))
    )
    return {row.case_id: row for row in reading.connection.execute(query.order_by(_ENTRY.c.revision))}


def mark_opened(uow: UnitOfWork, staff_id: UUID, case_ids: Iterable[UUID]) -> None:
    """Keep that somebody opened these cases."""
    uow.connection.execute(update(_MENTION).where(*_unopened(staff_id, case_ids)).values(opened_at=uow.now))


def names_unopened(staff_id: UUID) -> Any:
    """The condition that the case of a query names somebody who has not opened it since."""
    unopened = select(_MENTION.c.shard, _MENTION.c.case_id)
    unopened = unopened.where(_MENTION.c.staff_id == staff_id, _MENTION.c.opened_at.is_(None))
    return tuple_(_CASE.c.shard, _CASE.c.id).in_(unopened)


def _unopened(staff_id: UUID, case_ids: Iterable[UUID]) -> tuple[Any, ...]:
    keys = [(ids.shard_of(each), each) for each in set(case_ids)]
    of_cases = tuple_(_MENTION.c.shard, _MENTION.c.case_id).in_(keys)
    return of_cases, _MENTION.c.staff_id == staff_id, _MENTION.c.opened_at.is_(None)
