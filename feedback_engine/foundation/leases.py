"""Leases: one holder at a time, with an epoch that rises at every change of hands and fences off late writers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, bindparam, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, SQLModel

from feedback_engine.foundation.errors import Conflict
from feedback_engine.foundation.prepared import Prepared
from feedback_engine.foundation.tables import REFERENCE, instant_column
from feedback_engine.foundation.unit_of_work import SYSTEM, Reading, UnitOfWork, Work

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


def is_live(expires_at: datetime, now: datetime, duration: timedelta = DURATION) -> bool:
    """Pure. Whether a lease that says it runs until `expires_at` still binds anybody at `now`.

    One that reaches further than a lease can was taken before the clock was set back; it binds nobody, or everything
    would stand still for as long as the clock went back.
    """
    return now < expires_at <= now + duration


@dataclass(frozen=True, slots=True)
class Lease:
    """A held lease: proof of being the one, as long as the epoch stands."""

    name: str
    holder: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Held:
    """A lease as its row says; whether it still binds is `is_live`."""

    name: str
    holder: str
    epoch: int
    expires_at: datetime


_ONE = Prepared(select(*(_TABLE.c[field.name] for field in fields(Held))).where(_TABLE.c.name == bindparam("name")))
_KEEP = Prepared(
    update(_TABLE)
    .where(_TABLE.c.name == bindparam("of_name"), _TABLE.c.epoch == bindparam("of_epoch"))
    .where(_TABLE.c.holder == bindparam("of_holder"))
    .values(epoch=_TABLE.c.epoch)
)


def acquire(work: Work, name: str, holder: str, duration: timedelta = DURATION) -> Lease | None:
    """Take or renew the lease `name`; None when somebody else holds it and it has not run out.

    The epoch rises only when the lease changes hands, so a renewal keeps the holder's proof valid.
    """
    with work.read() as reading:
        row = reading.connection.execute(select(_TABLE).where(_TABLE.c.name == name)).first()
        now = reading.now
    if row is None:
        return _create(work, name, holder, duration)
    if row.holder != holder and is_live(row.expires_at, now, duration):
        return None
    with work.begin(actor=SYSTEM) as uow:
        if not _set(uow, Held(row.name, row.holder, row.epoch, row.expires_at), holder, uow.now + duration):
            return None
    return Lease(name, holder, row.epoch if row.holder == holder else row.epoch + 1)


def hold(work: Work, name: str, holder: str, duration: timedelta = DURATION) -> Lease | None:
    """The lease `name` if it is or can be ours, writing only when less than half of it is left."""
    with work.read() as reading:
        row = _ONE.first(reading.connection, name=name)
        found = None if row is None else Held(*row)
        if found is not None and found.holder == holder and _is_fresh(found.expires_at, reading.now, duration):
            return Lease(name, holder, found.epoch)
    return acquire(work, name, holder, duration)


def release(work: Work, lease: Lease) -> None:
    """Let go, so that the next holder need not wait; harmless when the lease was lost already."""
    with work.begin(actor=SYSTEM) as uow:
        uow.connection.execute(
            update(_TABLE)
            .where(_TABLE.c.name == lease.name, _TABLE.c.epoch == lease.epoch, _TABLE.c.holder == lease.holder)
            .values(expires_at=uow.now)
        )


def held(reading: Reading, prefixes: Sequence[str]) -> list[Held]:
    """Every lease whose name begins with one of these, those that ran out included."""
    query = select(_TABLE).where(or_(*(_TABLE.c.name.startswith(prefix, autoescape=True) for prefix in prefixes)))
    return [Held(row.name, row.holder, row.epoch, row.expires_at) for row in reading.connection.execute(query)]


def take_all(
    work: Work,
    known: Collection[Held],
    names: Sequence[str],
    holder: str,
    *,
    release: Collection[str] = (),
    forget: Collection[str] = (),
) -> list[str]:
    """Take or renew these leases in one write, as far as nobody changed them since they were `known`.

    Returns the names that are ours now. In the same write `release` are given up, and the rows of `forget` are
    deleted: only leases that fence nothing, for with its row a lease loses its epoch.
    """
    rows = {each.name: each for each in known}
    with work.begin(actor=SYSTEM) as uow:
        if forget:
            uow.connection.execute(delete(_TABLE).where(_TABLE.c.name.in_(sorted(forget))))
        for name in sorted(release):
            _set(uow, rows[name], holder, uow.now)
        return [name for name in sorted(names) if _take(uow, rows.get(name), name, holder)]


def release_all(work: Work, holder: str) -> None:
    """Let go of every lease of `holder`."""
    with work.begin(actor=SYSTEM) as uow:
        uow.connection.execute(update(_TABLE).where(_TABLE.c.holder == holder).values(expires_at=uow.now))


def fence(uow: UnitOfWork, lease: Lease) -> None:
    """Make sure, inside a write, that the lease is still ours; the row stays locked until the commit.

    Raises Conflict when another holder has taken over: whatever a paused worker was about to write is stale.
    """
    changed = _KEEP.change(uow.connection, of_name=lease.name, of_epoch=lease.epoch, of_holder=lease.holder)
    if changed != 1:
        raise Conflict(f"The lease {lease.name} has passed to another worker.")


def _is_fresh(expires_at: datetime, now: datetime, duration: timedelta) -> bool:
    return is_live(expires_at, now, duration) and expires_at - now > duration / 2


def _take(uow: UnitOfWork, known: Held | None, name: str, holder: str) -> bool:
    if known is not None:
        return _set(uow, known, holder, uow.now + DURATION)
    # Somebody else may make the row at the same moment; then it is theirs, and we look again in a while.
    make: Any = sqlite.insert if uow.connection.dialect.name == "sqlite" else postgresql.insert
    values = {"name": name, "holder": holder, "epoch": 1, "expires_at": uow.now + DURATION}
    return bool(uow.connection.execute(make(_TABLE).on_conflict_do_nothing(), values).rowcount)


def _set(uow: UnitOfWork, known: Held, holder: str, expires_at: datetime) -> bool:
    """Write a lease that nobody has changed since it was read; its own holder may have renewed it."""
    unchanged = or_(_TABLE.c.holder == holder, _TABLE.c.expires_at == known.expires_at)
    epoch = known.epoch if known.holder == holder else known.epoch + 1
    changed = uow.connection.execute(
        update(_TABLE)
        .where(_TABLE.c.name == known.name, _TABLE.c.epoch == known.epoch, unchanged)
        .values(holder=holder, epoch=epoch, expires_at=expires_at)
    ).rowcount
    return changed == 1


def _create(work: Work, name: str, holder: str, duration: timedelta) -> Lease | None:
    try:
        with work.begin(actor=SYSTEM) as uow:
            uow.connection.execute(
                insert(_TABLE).values(name=name, holder=holder, epoch=1, expires_at=uow.now + duration)
            )
    except IntegrityError:
        return None
    return Lease(name, holder, 1)
