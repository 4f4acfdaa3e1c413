"""Pure. How many items a write transaction takes: as many as keep the write lock some 8 ms, on this machine and now.

Others wait for the lock meanwhile, and each transaction also waits for the disk once: small batches are fair to
others, large ones spare the disk. What the disk takes does not count here, for no batch makes that shorter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

HELD = timedelta(milliseconds=8)


def next_size(size: int, items: int, took: timedelta, *, least: int, most: int) -> int:
    """The size for the next batch, after one of `items` took so long: half the size at least, twice at most."""
    fits = int(items * (HELD / took)) if took > timedelta(0) else most
    return max(least, min(most, max(size // 2, min(size * 2, fits))))


@dataclass(slots=True)
class Pace:
    """The size of the batches of one kind of work, which follows what the last one took."""

    size: int
    least: int
    most: int

    def learn(self, items: int, took: timedelta) -> None:
        """Take note of a batch; one smaller than the least says little, as most of its time is not for its items."""
        if items >= self.least:
            self.size = next_size(self.size, items, took, least=self.least, most=self.most)
