"""A commit wakes the worker on both databases, and nobody misses a worker that is not there."""

from __future__ import annotations

from collections.abc import Set
from queue import Empty, SimpleQueue

from feedback_engine.foundation import ids, wakeups
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
