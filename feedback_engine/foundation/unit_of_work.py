"""One transaction, one instant, one actor: `work.begin(actor=...)` is the only way to change anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, text

from feedback_engine.foundation import bulk, ids, outbox_rows
from feedback_engine.foundation.actors import SYSTEM, Actor
from feedback_engine.foundation.audit_rows import AuditEntry
from feedback_engine.foundation.clock import Clock
from feedback_engine.foundation.db import Database
from feedback_engine.foundation.direct import Direct
from feedback_engine.foundation.events import Event
from feedback_engine.foundation.instants import NOW

__all__ = ["SYSTEM", "Actor", "Reading", "UnitOfWork", "Work"]

_NOTIFY = text("SELECT pg_notify('feedback_engine', :topics)")


@dataclass(slots=True)
class Reading:
    """An open connection with one instant."""

    connection: Connection
    now: datetime


@dataclass(slots=True)
class UnitOfWork(Reading):
    """A write transaction. It commits when its block ends and rolls back on any exception; nobody else commits."""

    actor: Actor
    _subscribers: Mapping[type[Event], Sequence[str]]
    _woken: set[str] = field(default_factory=set)
    _direct: Mapping[str, Direct] = field(default_factory=dict)
    _handed: list[tuple[Direct, Sequence[Any]]] = field(default_factory=list)

    def emit(self, event: Event) -> None:
        """Announce `event`: one outbox row for each subscriber, in this transaction."""
        self.emit_all((event,))

    def emit_all(self, events: Iterable[Event]) -> None:
        """Announce many events with one statement."""
        rows = [
            outbox_rows.row_for(event, handler, self.now)
            for event in events
            for handler in self._subscribers.get(type(event), ())
        ]
        if rows:
            bulk.insert_rows(self.connection, outbox_rows.TABLE, rows)
            self._woken.update(row["handler"] for row in rows)

    def stamped(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        """These columns with this transaction's instant for each `NOW`.

        Between reading and writing time passes. What is written together bears one instant, or a column would not tell
        of the line that was written with it.
        """
        return {name: self.now if value is NOW else value for name, value in columns.items()}

    def wake(self, topic: str) -> None:
        """Ask that the worker of `topic` looks for work as soon as this transaction has committed."""
        self._woken.add(topic)

    def can_hand(self, topic: str) -> bool:
        """Whether a thread of this process does the work of `topic`, and takes it by `hand`."""
        return topic in self._direct

    def hand(self, topic: str, items: Sequence[Any]) -> None:
        """Hand these to the thread of `topic` as soon as this transaction has committed; only where `can_hand`.

        The hand-over is in memory: what is handed must stand in a row as well, to be found when this process dies.
        """
        if items:
            self._handed.append((self._direct[topic], items))

    def audit(self, action: str, object_type: str, object_ref: str, detail: dict[str, Any] | None = None) -> None:
        """Write one line to the audit log: who did what to which object. `detail` holds no personal text."""
        self.connection.execute(
            insert(AuditEntry),
            [
                {
                    "id": ids.new_reference_id(),
                    "at": self.now,
                    "actor_kind": self.actor.kind,
                    "actor_id": self.actor.id,
                    "actor_name": self.actor.name,
                    "action": action,
                    "object_type": object_type,
                    "object_ref": object_ref,
                    "detail": detail or {},
                }
            ],
        )


class Work:
    """Opens readings and units of work on one database under one clock.

    `subscribers` maps each event type to the names of its handlers; `wake` is told, after a commit, which of them
    have work. `direct` are the topics that a thread of this process takes from hand to hand, while a worker runs in it.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        subscribers: Mapping[type[Event], Sequence[str]] | None = None,
        wake: Callable[[frozenset[str]], None] | None = None,
    ) -> None:
        self.database = database
        self.clock = clock
        self.subscribers: dict[type[Event], Sequence[str]] = dict(subscribers or {})
        self.wake = wake
        self.direct: Mapping[str, Direct] = {}

    @contextmanager
    def read(self) -> Iterator[Reading]:
        """Read without ever taking the write lock."""
        with self.database.read() as connection:
            yield Reading(connection, self.clock.now())

    @contextmanager
    def begin(self, *, actor: Actor) -> Iterator[UnitOfWork]:
        """Begin a write transaction. `now` is read once, after the lock is held, so that commits follow the clock."""
        with self.database.write() as connection:
            uow = UnitOfWork(connection, self.clock.now(), actor, self.subscribers, _direct=self.direct)
            yield uow
            if uow._woken and not self.database.is_sqlite:
                connection.execute(_NOTIFY, {"topics": ",".join(sorted(uow._woken))})
        # First, for somebody waits for it; whoever is woken looks for more.
        for direct, items in uow._handed:
            direct.put(items)
        if uow._woken and self.wake is not None:
            self.wake(frozenset(uow._woken))
