"""Splits the shards among the workers that live: each holds an even share of sixteen slots, by leases.

A share only spreads the work. That an effect happens once is the work of guarded writes (an outbox row is deleted by
whoever handles it, a mail is claimed by one), so two workers that overlap for a moment do no harm. What must never run
twice at a time has a lane of its own (`Handler.lane`) and is fenced.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from feedback_engine.foundation import leases
from feedback_engine.foundation.ids import SHARD_COUNT
from feedback_engine.foundation.leases import Held, is_live
from feedback_engine.foundation.unit_of_work import Work

SLOTS = 16
"""Enough that four workers share evenly, few enough that all leases are renewed with one small write."""

_MOURNING = timedelta(minutes=10)
_SLOT = "shards:"
_WORKER = "worker:"
SLOT_NAMES = tuple(f"{_SLOT}{number:02}" for number in range(SLOTS))
ALL_SHARDS = tuple(range(SHARD_COUNT))


@dataclass(frozen=True, slots=True)
class Moves:
    """Which leases a worker will `keep` for another while, `take`, `release` to the others; which dead to `forget`."""

    keep: tuple[str, ...]
    take: tuple[str, ...]
    release: tuple[str, ...]
    forget: tuple[str, ...] = ()


def decide_moves(held: Iterable[Held], me: str, now: datetime) -> Moves:
    """Pure. How `me` gets to its fair share: ceil(slots / living workers), `me` counted.

    Takes only what is free, and releases only what is beyond the share, so that a share moves once and not to and fro.
    """
    held = list(held)
    live = {each.name: each for each in held if is_live(each.expires_at, now)}
    workers = {each.holder for each in live.values()} | {me}
    fair = -(-SLOTS // len(workers))
    mine = [name for name in SLOT_NAMES if name in live and live[name].holder == me]
    free = [name for name in SLOT_NAMES if name not in live]
    dead = [each.name for each in held if each.name.startswith(_WORKER) and each.expires_at < now - _MOURNING]
    return Moves(tuple(mine[:fair]), tuple(free[: max(fair - len(mine), 0)]), tuple(mine[fair:]), tuple(dead))


def shards_of(slots: Iterable[str]) -> tuple[int, ...]:
    """Pure. The shards of these slots, in order: slot k holds the shards k, k + 16, k + 32 ..."""
    numbers = {int(name.removeprefix(_SLOT)) for name in slots}
    return tuple(shard for shard in ALL_SHARDS if shard % SLOTS in numbers)


class Shares:
    """One worker's share of the shards, kept up to date by `refresh`."""

    def __init__(self, work: Work, me: str) -> None:
        self._work = work
        self._me = me
        self._shards: tuple[int, ...] = ()
        self._looked_at: datetime | None = None
        self._left = False
        self._lock = threading.Lock()

    def refresh(self) -> Sequence[int]:
        """The shards that are ours now. Looks at the leases, and writes, only three times in the life of a lease."""
        with self._lock:
            return self._looked(leases.DURATION / 3)

    def current(self) -> Sequence[int]:
        """The shards that were ours at the last look; looks only where nobody has for two thirds of a lease.

        For those who have something to do for somebody who waits: a look costs as much as a small piece of work.
        """
        if self._is_younger(leases.DURATION * 2 / 3):
            return self._shards
        with self._lock:
            return self._looked(leases.DURATION * 2 / 3)

    def leave(self) -> None:
        """Let go of everything, for good, so that the others need not wait until the leases run out."""
        # After a look that is under way, which would take it all back.
        with self._lock:
            self._left, self._shards, self._looked_at = True, (), None
            leases.release_all(self._work, self._me)

    def _looked(self, longest: timedelta) -> Sequence[int]:
        if not self._left and not self._is_younger(longest):
            now = self._work.clock.now()
            self._shards = shards_of(self._negotiate())
            self._looked_at = now
        return self._shards

    def _is_younger(self, longest: timedelta) -> bool:
        """Whether the last look is less than `longest` ago; one in the future was before the clock was set back."""
        looked_at = self._looked_at
        return looked_at is not None and looked_at <= self._work.clock.now() < looked_at + longest

    def _negotiate(self) -> Sequence[str]:
        with self._work.read() as reading:
            held = leases.held(reading, (_SLOT, _WORKER))
        moves = decide_moves(held, self._me, self._work.clock.now())
        wanted = (f"{_WORKER}{self._me}", *moves.keep, *moves.take)
        won = leases.take_all(self._work, held, wanted, self._me, release=moves.release, forget=moves.forget)
        return [name for name in won if name.startswith(_SLOT)]
