"""Hands what a commit has made straight to the thread of the same process that sends it.

It spares a look into the database and a claim with its commit. Nothing is kept here that does not stand in a row too:
what a process that dies had in hand is found there by another one, when the time runs out that the row gives it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any


class Direct:
    """What waits for one thread, in the order in which it was handed over; `wake` tells the thread."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._waiting: deque[Any] = deque()

    def put(self, items: Iterable[Any]) -> None:
        """Hand these over."""
        self._waiting.extend(items)
        self._wake()

    def take(self, most: int) -> list[Any]:
        """The next ones, at most so many; nothing when nothing waits. For the one thread that they are for."""
        return [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
