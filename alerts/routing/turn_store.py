"""All SQL about turns: who of a rota had the last case, won by guarded writes so that no turn is taken twice."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from alerts.models import RotaTurn
from feedback_engine.foundation import ids
from feedback_engine.foundation.errors import Conflict
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

_TURN = RotaTurn.__table__  # type: ignore[attr-defined]
_INSERT: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class TurnTaken(Conflict):
    """Another worker gave out a turn meanwhile; whoever decided on it has to decide again."""


@dataclass(frozen=True, slots=True)
class LastTurn:
    """How many turns were taken, and by whom the last one."""

    taken: int
    last_id: UUID


def last_turns(reading: Reading, recipients: Collection[str]) -> dict[str, LastTurn]:
    """Where each of these recipients stands; those who never had a turn are left out."""
    if not recipients:
        return {}
    query = select(_TURN.c.recipient, _TURN.c.taken, _TURN.c.last_id)
    rows = reading.connection.execute(query.where(_TURN.c.recipient.in_(sorted(recipients))))
    return {row.recipient: LastTurn(row.taken, row.last_id) for row in rows}


def take_turns(uow: UnitOfWork, recipient: str, expected: int, count: int, last_id: UUID) -> None:
    """Take `count` turns, the last of them by `last_id`. Raises TurnTaken when `expected` turns are no longer all.

    The row stays locked until the transaction ends, so that others wait and then decide anew.
    """
    if expected:
        statement = (
            update(_TURN)
            .where(_TURN.c.recipient == recipient, _TURN.c.taken == expected)
            .values(taken=expected + count, last_id=last_id)
        )
    else:
        row = {"id": ids.new_reference_id(), "recipient": recipient, "taken": count, "last_id": last_id}
        statement = _INSERT[uow.connection.dialect.name](_TURN).values(row).on_conflict_do_nothing()
    # Asked for by RETURNING: the drivers do not agree on how many rows such an INSERT has changed.
    if uow.connection.execute(statement.returning(_TURN.c.id)).first() is None:
        raise TurnTaken("Another worker gave out a turn meanwhile.")
