"""Leases: one holder at a time, with an epoch that rises at every change of hands and fences off late writers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, SQLModel

from feedback_engine.foundation.errors import Conflict
from feedback_engine.foundation.tables import REFERENCE, instant_column
from feedback_engine.foundation.unit_of_work import SYSTEM, UnitOfWork, Work

DURATION = timedelta(seconds=15)


class LeaseRow(SQLModel, table=True):
    """Who holds a lease, since which epoch and until when."""

    __tablename__ = "lease"
    __table_args__ = (REFERENCE,)

    name: str = Field(primary_key=True, max_length=80)
    holder: str = Field(max_length=80)
    epoch: int = Field(sa_type=BigInteger)
    expires_at: datetime = instant_column()


_TABLE = LeaseRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Lease:
    """A held lease: proof of being the one, as long as the epoch stands."""

    name: str
    holder: str
    epoch: int


def acquire(work: Work, name: str, holder: str, duration: timedelta = DURATION) -> Lease | None:
    """Take or renew the lease `name`; None when somebody else holds it and it has not run out.

    The epoch rises only when the lease changes hands, so a renewal keeps the holder's proof valid.
    """
    with work.read() as reading:
        row = reading.connection.execute(select(_TABLE).where(_TABLE.c.name == name)).first()
        now = reading.now
    if row is None:
        return _create(work, name, holder, duration)
    if row.holder != holder and row.expires_at > now:
        return None
    epoch = row.epoch if row.holder == holder else row.epoch + 1
    with work.begin(actor=SYSTEM) as uow:
        changed = uow.connection.execute(
            update(_TABLE)
            .where(_TABLE.c.name == name, _TABLE.c.epoch == row.epoch, _TABLE.c.holder == row.holder)
            .where(or_(_TABLE.c.holder == holder, _TABLE.c.expires_at <= uow.now))
            .values(holder=holder, epoch=epoch, expires_at=uow.now + duration)
        ).rowcount
    return Lease(name, holder, epoch) if changed else None


def hold(work: Work, name: str, holder: str, duration: timedelta = DURATION) -> Lease | None:
    """The lease `name` if it is or can be ours, writing only when less than half of it is left."""
    with work.read() as reading:
        row = reading.connection.execute(select(_TABLE).where(_TABLE.c.name == name)).first()
        fresh = row is not None and row.holder == holder and row.expires_at - reading.now > duration / 2
    if row is not None and fresh:
        return Lease(name, holder, row.epoch)
    return acquire(work, name, holder, duration)


def release(work: Work, lease: Lease) -> None:
    """Let go, so that the next holder need not wait; harmless when the lease was lost already."""
    with work.begin(actor=SYSTEM) as uow:
        uow.connection.execute(
            update(_TABLE)
            .where(_TABLE.c.name == lease.name, _TABLE.c.epoch == lease.epoch, _TABLE.c.holder == lease.holder)
            .values(expires_at=uow.now)
        )


def fence(uow: UnitOfWork, lease: Lease) -> None:
    """Make sure, inside a write, that the lease is still ours; the row stays locked until the commit.

    Raises Conflict when another holder has taken over: whatever a paused worker was about to write is stale.
    """
    changed = uow.connection.execute(
        update(_TABLE)
        .where(_TABLE.c.name == lease.name, _TABLE.c.epoch == lease.epoch, _TABLE.c.holder == lease.holder)
        .values(epoch=lease.epoch)
    ).rowcount
    if changed != 1:
        raise Conflict(f"The lease {lease.name} has passed to another worker.")


def _create(work: Work, name: str, holder: str, duration: timedelta) -> Lease | None:
    try:
        with work.begin(actor=SYSTEM) as uow:
            uow.connection.execute(
                insert(_TABLE).values(name=name, holder=holder, epoch=1, expires_at=uow.now + duration)
            )
    except IntegrityError:
        return None
    return Lease(name, holder, 1)
