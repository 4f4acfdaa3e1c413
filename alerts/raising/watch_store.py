"""All SQL about the daily look at partners: how far it got, and which occasions have raised an alert before."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from alerts.models import Alert
from alerts.raising.watch_models import WatchRound
from alerts.regrouping.models import SilencedAlert
from feedback_engine.foundation import ids
from feedback_engine.foundation.errors import Conflict
from feedback_engine.foundation.prepared import Prepared
from feedback_engine.foundation.records import record_of
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

_ALERT = Alert.__table__  # type: ignore[attr-defined]
_SILENCED = SilencedAlert.__table__  # type: ignore[attr-defined]
_ROUND = WatchRound.__table__  # type: ignore[attr-defined]
_INSERT: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_THE_ROUND = UUID(int=1)
_ROUND_RECORD = record_of(_ROUND.c)
_LAST_ROUND = Prepared(select(_ROUND).where(_ROUND.c.id == _THE_ROUND))


class NoticedTwice(Conflict):
    """Another worker raised an alert on the same occasion, or opened the same case, meanwhile."""


def known_occasions(reading: Reading, partner_ids: Collection[UUID]) -> set[tuple[UUID, str, str]]:
    """Partner, rule and occasion of every alert that these partners had without an answer, the silenced ones too."""
    if not partner_ids:
        return set()
    keys = [(ids.shard_of(each), each) for each in set(partner_ids)]
    return {
        (row.partner_id, row.rule, row.occasion)
        for table in (_ALERT, _SILENCED)
        for row in reading.connection.execute(
            select(table.c.partner_id, table.c.rule, table.c.occasion).where(
                table.c.occasion.is_not(None), tuple_(table.c.shard, table.c.partner_id).in_(keys)
            )
        )
    }


@contextmanager
def once() -> Iterator[None]:
    """Around writing what was noticed: raises NoticedTwice when the database holds one of it already."""
    try:
        yield
    except IntegrityError as error:
        raise NoticedTwice("Another worker noticed the same thing meanwhile.") from error


def last_round(reading: Reading) -> Row[Any] | None:
    """How far the last look at all partners got; None before the first one."""
    row = _LAST_ROUND.first(reading.connection)
    return None if row is None else _ROUND_RECORD._make(row)


def advance(uow: UnitOfWork, before: Row[Any] | None, values: Mapping[str, Any]) -> None:
    """Write how far the look got. Raises Conflict when another worker has gone on since `before` was read."""
    if before is None:
        row = {"id": _THE_ROUND, "step": 1, **values}
        statement = _INSERT[uow.connection.dialect.name](_ROUND).values(row).on_conflict_do_nothing()
    else:
        statement = (
            update(_ROUND)
            .where(_ROUND.c.id == _THE_ROUND, _ROUND.c.step == before.step)
            .values(step=before.step + 1, **values)
        )
    # Asked for by RETURNING: the drivers do not agree on how many rows such an INSERT has changed.
    if uow.connection.execute(statement.returning(_ROUND.c.id)).first() is None:
        raise Conflict("Another worker looks at the partners.")
