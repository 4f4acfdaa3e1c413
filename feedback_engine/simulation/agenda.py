"""What the people of the simulated world mean to do, in the order of time."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

Action = Callable[[], None]


@dataclass(slots=True)
class Agenda:
    """Actions by their instants; two at the same instant in the order in which they were planned."""

    _planned: list[tuple[datetime, int, Action]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def add(self, at: datetime, action: Action) -> None:
        """Plan an action."""
        heapq.heappush(self._planned, (at, next(self._numbers), action))

    def due(self, now: datetime) -> Iterator[tuple[datetime, Action]]:
        """Take out what is due, earliest first; what the actions plan for before `now` comes too."""
        while self._planned and self._planned[0][0] <= now:
            at, _, action = heapq.heappop(self._planned)
            yield at, action
