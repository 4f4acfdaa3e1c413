"""A commit wakes the worker on both databases, and nobody misses a worker that is not there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Set
from queue import Empty, SimpleQueue

from feedback_engine.foundation import ids, outbox, wakeups
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.events import Event
from feedback_engine.foundation.unit_of_work import SYSTEM


class Happened(Event):
    pass


def emit(engine: Engine) -> None:
    with engine.work.begin(actor=SYSTEM) as uow:
        uow.emit(Happened(partner_id=ids.new_id(1)))


def test_a_commit_with_events_wakes_the_worker_and_says_for_whom(engine: Engine) -> None:
    engine.work.subscribers[Happened] = ("somebody",)
    engine.work.wake = wakeups.sender_for(engine.database, engine.settings.var_dir)
    heard: SimpleQueue[Set[str]] = SimpleQueue()
    listener = wakeups.Listener(engine.database, engine.settings.var_dir, heard.put)
    listener.start()
    try:
        # The listener may need a moment to be there; every try is a commit of its own.
        assert next(topics for _ in range(20) if (topics := _emit_and_hear(engine, heard))) == {"somebody"}
    finally:
        listener.stop()


def _emit_and_hear(engine: Engine, heard: SimpleQueue[Set[str]]) -> Set[str]:
    emit(engine)
    try:
        return heard.get(timeout=0.5)
    except Empty:
        return frozenset()


def test_without_a_listener_a_commit_is_a_commit(engine: Engine) -> None:
    engine.work.subscribers[Happened] = ("somebody",)
    engine.work.wake = wakeups.sender_for(engine.database, engine.settings.var_dir)
    emit(engine)
    with engine.work.read() as view:
        assert outbox.Watch([outbox.Handler("somebody", lambda _: None, (Happened,))]).due(view)


def test_of_two_workers_on_one_machine_the_last_one_hears_all(sqlite_engine: Engine) -> None:
    heard: SimpleQueue[Set[str]] = SimpleQueue()
    sqlite_engine.work.subscribers[Happened] = ("somebody",)
    sqlite_engine.work.wake = wakeups.sender_for(sqlite_engine.database, sqlite_engine.settings.var_dir)
    first, second = (
        wakeups.Listener(sqlite_engine.database, sqlite_engine.settings.var_dir, each)
        for each in (lambda _: None, heard.put)
    )
    assert not first.hears_all()
    first.start()
    until(first.hears_all)
    second.start()
    try:
        until(second.hears_all)
        assert not first.hears_all()
        emit(sqlite_engine)
        assert heard.get(timeout=20) == {"somebody"}
    finally:
        second.stop()
        first.stop()
    assert not second.hears_all()


def until(holds: Callable[[], bool]) -> None:
    """Look again and again, for at most some seconds."""
    assert any(holds() or threading.Event().wait(0.01) for _ in range(1000))
