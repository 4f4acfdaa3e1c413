"""Cuts off what takes too long: one thread for all calls of a process, which sleeps until the first deadline.

A thread for each call would cost more than the call.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(eq=False, slots=True)
class _Running:
    ends_at: float
    cut_off: Callable[[], None]
    expired: threading.Event = field(default_factory=threading.Event)


class Deadlines:
    """Calls that must end in time. The thread begins with the first of them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running: set[_Running] = set()
        self._thread: threading.Thread | None = None
        self._looks_at = float("inf")

    @contextmanager
    def within(self, seconds: float, cut_off: Callable[[], None]) -> Iterator[Callable[[], bool]]:
        """Call `cut_off` from another thread once the block has taken so long; gives what says whether it has."""
        running = _Running(time.monotonic() + seconds, cut_off)
        self._begin(running)
        try:
            yield running.expired.is_set
        finally:
            with self._changed:
                self._running.discard(running)

    def _begin(self, running: _Running) -> None:
        with self._changed:
            self._running.add(running)
            if self._thread is None or not self._thread.is_alive():
                # Not alive: this process is a copy of one in which it ran.
                self._thread = threading.Thread(target=self._watch, name="deadlines", daemon=True)
                self._thread.start()
            elif running.ends_at < self._looks_at:
                self._changed.notify()

    def _watch(self) -> None:
        while True:
            for late in self._next_late():
                late.expired.set()
                late.cut_off()

    def _next_late(self) -> list[_Running]:
        """Those that are over, once there are any. It sleeps on when the one it sleeps for has ended in time."""
        with self._changed:
            now = time.monotonic()
            late = [each for each in self._running if each.ends_at <= now]
            self._running.difference_update(late)
            if not late:
                self._looks_at = min((each.ends_at for each in self._running), default=float("inf"))
                self._changed.wait(None if self._looks_at == float("inf") else self._looks_at - now)
                self._looks_at = 0.0
            return late


ALL = Deadlines()
"""Those of this process."""
