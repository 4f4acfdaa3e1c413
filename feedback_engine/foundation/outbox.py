"""Delivers outbox rows to handlers in batches: at least once, with an effect that happens once.

A handler's own transaction deletes the rows it has handled, so a crash before the commit repeats the work and a crash
after it does not. A batch that fails is tried again one event at a time, so that one poison event stops nothing but
later events of its own partner for that handler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import String, bindparam, exists, func, or_, select, update

from feedback_engine.foundation import bulk, ids, logs, retry
from feedback_engine.foundation.errors import Conflict, PermanentError, Unavailable
from feedback_engine.foundation.events import Event
from feedback_engine.foundation.outbox_rows import Outbox
from feedback_engine.foundation.prepared import Prepared
from feedback_engine.foundation.tables import Instant
from feedback_engine.foundation.unit_of_work import SYSTEM, Reading, UnitOfWork, Work

E = TypeVar("E", bound=Event)
BATCH_SIZE = 500
_TABLE = Outbox.__table__  # type: ignore[attr-defined]
_log = logs.logger(__name__)


class _Waiting(NamedTuple):
    """A row as it stands in the table, before anybody tried to read its event."""

    shard: int
    id: UUID
    attempts: int
    event_type: str
    partner_id: UUID
    payload: Mapping[str, Any]


class _Row(NamedTuple):
    waiting: _Waiting
    event: Event


_HANDLER = bindparam("handler", type_=String)
_NOW = bindparam("now", type_=Instant)
_BLOCKED = Prepared(
    select(_TABLE.c.partner_id)
    .where(_TABLE.c.handler == _HANDLER, _TABLE.c.attempts > 0)
    .where(or_(_TABLE.c.next_try_at.is_(None), _TABLE.c.next_try_at > _NOW))
    .distinct()
)
_DUE_ROWS = (
    select(*(_TABLE.c[column] for column in _Waiting._fields))
    .where(_TABLE.c.handler == _HANDLER, _TABLE.c.parked_at.is_(None))
    .where(or_(_TABLE.c.next_try_at.is_(None), _TABLE.c.next_try_at <= _NOW))
    .order_by(_TABLE.c.id)
    .limit(bindparam("most"))
)
_DUE = Prepared(_DUE_ROWS)


class Batch(Generic[E]):
    """Events for one handler, and the transaction that settles them.

    A handler reads and decides first and then enters `commit()` exactly once.
    """

    def __init__(self, work: Work, rows: Sequence[_Row], fence: Callable[[UnitOfWork], None] | None) -> None:
        self.work = work
        self.events: Sequence[E] = [row.event for row in rows]  # type: ignore[misc]
        self.committed = False
        self._rows = rows
        self._fence = fence

    @contextmanager
    def commit(self) -> Iterator[UnitOfWork]:
        """The handler's write transaction; it also deletes the outbox rows of this batch.

        Raises Conflict when another worker has handled one of them, or when the lane's lease was lost: then nothing
        is written.
        """
        with self.work.begin(actor=SYSTEM) as uow:
            if self._fence is not None:
                self._fence(uow)
            _delete(uow, self._rows)
            yield uow
        self.committed = True


@dataclass(frozen=True, slots=True)
class Handler:
    """A named reaction to one or more event types. `lane` names the lease it needs when only one may run."""

    name: str
    react: Callable[[Batch[Any]], None]
    event_types: tuple[type[Event], ...]
    lane: str | None = None
    batch_size: int = BATCH_SIZE


def deliver(
    work: Work,
    handler: Handler,
    *,
    fence: Callable[[UnitOfWork], None] | None = None,
    limit: int | None = None,
    shards: Sequence[int] | None = None,
) -> int:
    """Give `handler` the next batch of its due events, oldest first; returns how many rows were settled.

    0 means that nothing is due. An event that fails waits by the retry rules and is parked at their end.
    """
    with work.read() as reading:
        due = _due(reading, handler, limit or handler.batch_size, shards)
    rows, unreadable = _read(work, handler, due)
    if not rows:
        return unreadable
    try:
        _react(work, handler, rows, fence)
    except (Conflict, Unavailable):
        # Another worker was faster, or the database is away: nothing was written, the rows are still there.
        _log.info("outbox.batch_given_up", handler=handler.name, events=len(rows))
        return 0
    except Exception as error:  # noqa: BLE001 - whatever a handler raises must not stop the others
        if len(rows) == 1:
            _postpone(work, rows[0].waiting, error, handler)
            return unreadable + 1
        # Nothing is lost by it, and nobody would ever see that each batch is done twice.
        _log.warning("outbox.batch_failed", handler=handler.name, events=len(rows), exc_info=error)
        return unreadable + _one_by_one(work, handler, rows, fence)
    return unreadable + len(rows)


def _react(work: Work, handler: Handler, rows: Sequence[_Row], fence: Callable[[UnitOfWork], None] | None) -> None:
    batch: Batch[Any] = Batch(work, rows, fence)
    handler.react(batch)
    if not batch.committed:
        raise RuntimeError(f"The handler {handler.name} returned without entering commit().")


def _one_by_one(work: Work, handler: Handler, rows: Sequence[_Row], fence: Callable[[UnitOfWork], None] | None) -> int:
    failed: set[UUID] = set()
    settled = 0
    for row in rows:
        if row.event.partner_id in failed:
            continue
        try:
            _react(work, handler, [row], fence)
        except (Conflict, Unavailable):
            return settled
        except Exception as error:  # noqa: BLE001 - as above
            failed.add(row.event.partner_id)
            _postpone(work, row.waiting, error, handler)
        settled += 1
    return settled


def _due(reading: Reading, handler: Handler, limit: int, shards: Sequence[int] | None) -> list[_Waiting]:
    """Due rows, oldest first, leaving out partners with an earlier event that waits or is parked."""
    asked = {"handler": handler.name, "now": reading.now}
    blocked = sorted(partner_id for (partner_id,) in _BLOCKED.all(reading.connection, **asked))
    if not blocked and shards is None:
        return list(map(_Waiting._make, _DUE.all(reading.connection, **asked, most=limit)))
    chosen = _DUE_ROWS.where(_TABLE.c.partner_id.not_in(blocked))
    if shards is not None:
        chosen = chosen.where(_TABLE.c.shard.in_(list(shards)))
    return [_Waiting._make(row) for row in reading.connection.execute(chosen, {**asked, "most": limit})]


def _read(work: Work, handler: Handler, due: Sequence[_Waiting]) -> tuple[list[_Row], int]:
    """The events of these rows, and how many could not be read: those wait like others that fail.

    One row of a release that knows other events, or that was mended by hand, must not stop the handler for everybody.
    """
    types = {event_type.__name__: event_type for event_type in handler.event_types}
    rows: list[_Row] = []
    failed: set[UUID] = set()
    unreadable = 0
    for waiting in due:
        if waiting.partner_id in failed:
            continue
        try:
            event = types[waiting.event_type](partner_id=waiting.partner_id, **waiting.payload)
        except (KeyError, TypeError, ValueError) as error:
            failed.add(waiting.partner_id)
            _postpone(work, waiting, error, handler)
            unreadable += 1
        else:
            rows.append(_Row(waiting, event))
    return rows, unreadable


def _delete(uow: UnitOfWork, rows: Sequence[_Row]) -> None:
    if bulk.delete_rows(uow.connection, _TABLE, [row.waiting[:2] for row in rows]) != len(rows):
        raise Conflict("Another worker has handled a part of this batch.")


def _postpone(work: Work, row: _Waiting, error: Exception, handler: Handler) -> None:
    attempts = row.attempts + 1
    with work.begin(actor=SYSTEM) as uow:
        wait = None if isinstance(error, PermanentError) else retry.next_wait(attempts, jitter=ids.jitter())
        uow.connection.execute(
            update(_TABLE)
            .where(_TABLE.c.shard == row.shard, _TABLE.c.id == row.id)
            .values(
                attempts=attempts,
                next_try_at=None if wait is None else uow.now + wait,
                parked_at=uow.now if wait is None else None,
                error=f"{type(error).__name__}: {error}"[:2000],
            )
        )
    _log.warning(
        "outbox.parked" if wait is None else "outbox.postponed",
        handler=handler.name,
        event_type=row.event_type,
        row_id=str(row.id),
        attempts=attempts,
        error=f"{type(error).__name__}: {error}",
        exc_info=error,
    )


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """An event that a handler could not digest, as shown to an administrator."""

    shard: int
    id: UUID
    handler: str
    event_type: str
    partner_id: UUID
    attempts: int
    parked_at: datetime
    error: str


def parked(reading: Reading, limit: int = 100) -> list[ParkedEvent]:
    """The parked events, newest first."""
    query = select(_TABLE).where(_TABLE.c.parked_at.is_not(None)).order_by(_TABLE.c.parked_at.desc()).limit(limit)
    return [
        ParkedEvent(
            row.shard, row.id, row.handler, row.event_type, row.partner_id, row.attempts, row.parked_at, row.error
        )
        for row in reading.connection.execute(query)
    ]


def retry_parked(uow: UnitOfWork, shard: int, row_id: UUID) -> bool:
    """Give a parked event another round of tries; False when it is no longer parked."""
    changed = uow.connection.execute(
        update(_TABLE)
        .where(_TABLE.c.shard == shard, _TABLE.c.id == row_id, _TABLE.c.parked_at.is_not(None))
        .values(attempts=0, next_try_at=None, parked_at=None)
    ).rowcount
    return changed == 1


class Watch:
    """Asks with one statement which of some handlers have due events, so that an idle round costs one read."""

    def __init__(self, handlers: Sequence[Handler]) -> None:
        self._statement = Prepared(
            select(
                *(
                    exists()
                    .where(_TABLE.c.handler == handler.name, _TABLE.c.parked_at.is_(None))
                    .where(or_(_TABLE.c.next_try_at.is_(None), _TABLE.c.next_try_at <= _NOW))
                    .label(f"h{number}")
                    for number, handler in enumerate(handlers)
                )
            )
        )
        self._handlers = tuple(handlers)

    def due(self, reading: Reading) -> list[Handler]:
        """The handlers worth a call, in their order."""
        (flags,) = self._statement.all(reading.connection, now=reading.now)
        return [handler for handler, flag in zip(self._handlers, flags, strict=True) if flag]


def backlog(reading: Reading) -> dict[str, int]:
    """How many events wait for each handler."""
    rows = reading.connection.execute(select(_TABLE.c.handler, func.count()).group_by(_TABLE.c.handler))
    return {row.handler: int(row[1]) for row in rows}
