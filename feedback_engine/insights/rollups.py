"""Keeps the roll-ups: adds what is answered, and subtracts and adds what is changed. One lane writes them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from feedback_engine.foundation.outbox import Batch
from feedback_engine.foundation.unit_of_work import UnitOfWork
from feedback_engine.insights.models import Rollup
from feedback_engine.insights.tally import Cell, Sums, changes
from surveys.events import ResponseSubmitted

_TABLE = Rollup.__table__  # type: ignore[attr-defined]
_SUMS = ("n", "promoters", "passives", "detractors", "total", "total_of_squares")


def _adding(dialect: Any) -> Any:
    """The statement that makes a cell or adds to it."""
    statement = dialect.insert(_TABLE)
    return statement.on_conflict_do_update(
        index_elements=list(_TABLE.primary_key.columns),
        set_={name: _TABLE.c[name] + statement.excluded[name] for name in _SUMS},
    )


_ADD = {"sqlite": _adding(sqlite), "postgresql": _adding(postgresql)}


def keep(batch: Batch[ResponseSubmitted]) -> None:
    """Bring submitted and changed responses into the roll-ups."""
    found = changes(batch.events)
    with batch.commit() as uow:
        add(uow, found)


def add(uow: UnitOfWork, found: dict[Cell, Sums]) -> None:
    """Add sums to their cells with one statement."""
    if not found:
        return
    # Sorted, so that two writers that should never meet would at least not deadlock.
    rows: list[dict[str, Any]] = [
        cell._asdict() | asdict(sums) for cell, sums in sorted(found.items(), key=lambda item: item[0])
    ]
    uow.connection.execute(_ADD[uow.connection.dialect.name], rows)
