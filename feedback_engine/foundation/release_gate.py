"""The gate of a restored database: nothing leaves it, to partners, staff or programs, until somebody releases it.

A backup does not know what was sent after it was taken. Who restores it must look first, so that nobody gets a second
copy and a drill mails nobody at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, insert, select
from sqlmodel import Field, SQLModel

from feedback_engine.foundation import ids
from feedback_engine.foundation.prepared import Prepared
from feedback_engine.foundation.tables import REFERENCE, append_only, id_column, instant_column
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork


class ReleaseGate(SQLModel, table=True):
    """Each restore and each release; the newest row counts."""

    __tablename__ = "release_gate"
    __table_args__ = (
        CheckConstraint("NOT held OR backup_at IS NOT NULL", name="release_gate_backup"),
        REFERENCE,
    )

    id: UUID = id_column()
    held: bool
    at: datetime = instant_column()
    by: str = Field(max_length=200)
    backup_at: datetime | None = instant_column(nullable=True)


append_only(SQLModel.metadata.tables["release_gate"])
_GATE = ReleaseGate.__table__  # type: ignore[attr-defined]
_NEWEST = Prepared(select(_GATE.c.held, _GATE.c.at, _GATE.c.backup_at).order_by(_GATE.c.id.desc()).limit(1))


@dataclass(frozen=True, slots=True)
class Held:
    """Since when nothing leaves, and the instant of the backup that was restored."""

    since: datetime
    backup_at: datetime


def hold(uow: UnitOfWork, backup_at: datetime) -> None:
    """Let nothing leave until `release`; part of restoring a backup of that instant."""
    _write(uow, held=True, backup_at=backup_at)
    uow.audit("database.restored", "database", backup_at.isoformat())


def release(uow: UnitOfWork) -> None:
    """Let mail and webhooks go again."""
    _write(uow, held=False, backup_at=None)
    uow.wake("mail")


def find_held(reading: Reading) -> Held | None:
    """What holds everything back; None in a database that was never restored, or has been released."""
    row = _NEWEST.first(reading.connection)
    if row is None:
        return None
    held, since, backup_at = row
    return Held(since, backup_at) if held else None


def is_held(reading: Reading) -> bool:
    """Whether nothing may leave."""
    return find_held(reading) is not None


def _write(uow: UnitOfWork, *, held: bool, backup_at: datetime | None) -> None:
    uow.connection.execute(
        insert(_GATE).values(id=ids.new_reference_id(), held=held, at=uow.now, by=uow.actor.name, backup_at=backup_at)
    )
