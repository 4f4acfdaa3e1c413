"""The state of the program: draft, test, live or paused; every change is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, cast, get_args
from uuid import UUID

from sqlalchemy import CheckConstraint, insert, select
from sqlmodel import Field, SQLModel

from feedback_engine.foundation import ids
from feedback_engine.foundation.actors import kept_name
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.prepared import Prepared
from feedback_engine.foundation.tables import REFERENCE, append_only, id_column, instant_column
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

State = Literal["draft", "test", "live", "paused"]
STATES: tuple[State, ...] = get_args(State)


class ProgramStateRow(SQLModel, table=True):
    """From `at` on the program was in `state`."""

    __tablename__ = "program_state"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'test', 'live', 'paused')", name="program_state_state"),
        REFERENCE,
    )

    id: UUID = id_column()
    state: str = Field(max_length=10)
    at: datetime = instant_column()
    by: str = Field(max_length=200)
    comment: str = Field(max_length=2000)


append_only(SQLModel.metadata.tables["program_state"])
_TABLE = ProgramStateRow.__table__  # type: ignore[attr-defined]
_LATEST = Prepared(select(_TABLE.c.state).order_by(_TABLE.c.id.desc()).limit(1))


def current(reading: Reading) -> State:
    """The state now; a new installation is a draft."""
    row = _LATEST.first(reading.connection)
    return "draft" if row is None else cast(State, row[0])


def change(uow: UnitOfWork, state: str, comment: str = "") -> None:
    """Put the program into another state. Raises Invalid for a word that is none of the four."""
    if state not in STATES:
        raise Invalid(f"A program is {', '.join(STATES[:-1])} or {STATES[-1]}, not {state}.")
    uow.connection.execute(
        insert(_TABLE).values(
            id=ids.new_reference_id(), state=state, at=uow.now, by=kept_name(uow.actor), comment=comment[:2000]
        )
    )
    uow.audit("program.state", "program", state, {"comment": comment[:2000]})
    uow.wake("mail")


def history(reading: Reading) -> list[tuple[State, datetime, str, str]]:
    """Every state the program was in, newest first: state, since when, by whom (empty: the engine itself), why."""
    rows = reading.connection.execute(select(_TABLE).order_by(_TABLE.c.id.desc()))
    return [(cast(State, row.state), row.at, row.by, row.comment) for row in rows]
