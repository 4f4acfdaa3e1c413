"""Hands what a commit has made straight to the thread of the same process that sends it.

It spares a look into the database and a claim with its commit. Nothing is kept here that does not stand in a row too:
what a process that dies had in hand is found there by another one, when the time runs out that the row gives it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

TURN = timedelta(seconds=1)
"""How long what is handed over may go before everything else, while more of it comes in without end."""


class Direct:
    """What waits for one thread, in the order in which it was handed over; `wake` tells the thread."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._waiting: deque[Any] = deque()
        self._looked_at: datetime | None = None

    def put(self, items: Iterable[Any]) -> None:
        """Hand these over."""
        self._waiting.extend(items)
        self._wake()

    def take(self, most: int) -> list[Any]:
        """The next ones, at most so many; nothing when nothing waits. For the one thread that they are for."""
        return [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]

    def take_all(self) -> list[Any]:
        """All that waits, for whoever clears up when that thread has ended."""
        return self.take(len(self._waiting))

    def looks_elsewhere(self, now: datetime, *, idle: bool) -> bool:
        """Whether its thread looks now for what nobody hands over: whenever it is `idle`, and once in every TURN.

        A retry is found, never handed over; it must not wait for as long as there is something new.
        """
        looks = idle or self._looked_at is None or not self._looked_at <= now < self._looked_at + TURN
        self._looked_at = now if looks else self._looked_at
        return looks
