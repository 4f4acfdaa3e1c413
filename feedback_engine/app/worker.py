"""The worker: runs handlers and chores until nothing is due, woken by commits, with an alarm clock as the backstop.

Reactions and each way out of the house, mail and webhooks, have a thread of their own: a slow mail server delays
neither an alert's case nor its webhook.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from queue import Empty, SimpleQueue

from feedback_engine.foundation import leases, logs, outbox
from feedback_engine.foundation.direct import Direct
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Unavailable
from feedback_engine.foundation.ids import SHARD_COUNT
from feedback_engine.foundation.leases import Lease
from feedback_engine.foundation.outbox import Handler
from feedback_engine.foundation.shares import Shares
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork
from feedback_engine.foundation.wakeups import Listener

ROUND_SECONDS = 3
LOOK_UP_SECONDS = 0.5
GATHER = 3
"""While more events come in than a round can take, they gather for as long as so many rounds take: a round costs the
same for one answer as for ten, and pages want the machine too. What comes after a quiet moment is taken at once, and
after a round from which something was handed over: then somebody waits for what comes next."""
LONGEST_GATHER_SECONDS = 0.25

_log = logs.logger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    """In whose name a worker acts, the fence of the lane it holds, and its share of the shards (None: all)."""

    holder: str
    fence: Callable[[UnitOfWork], None] | None = None
    shards: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class Chore:
    """Something that may be due: does one helping and says how much it did, 0 for nothing.

    A chore with a `lane` is done by one worker at a time, and fences its writes with its `Claim`; `is_due` spares the
    lease when there is nothing to do, and `every` is how long it may wait between two looks. `topic` is what commits
    call that make work for it. One with `direct` takes what they hand over, too, and whoever handed it over lets it go
    first for so long; `give_back` gets what of it is still in hand when the worker stops. `patience` is how long it
    lets others go first when it is woken.
    """

    name: str
    do: Callable[[Claim], int]
    lane: str | None = None
    is_due: Callable[[Reading], bool] | None = None
    every: timedelta = timedelta(0)
    topic: str = ""
    direct: timedelta | None = None
    give_back: Callable[[Direct], object] | None = None
    patience: timedelta = timedelta(0)


class Worker:
    """Does what is due. `run_until_idle` serves tests, imports and simulations; `run` serves an installation."""

    def __init__(
        self, engine: Engine, handlers: Sequence[Handler], chores: Sequence[Chore], mail: Sequence[Chore]
    ) -> None:
        self.engine = engine
        self.handlers = tuple(handlers)
        self.chores = tuple(chores)
        self.mail = tuple(mail)
        self.holder = f"{socket.gethostname()[:40]}:{os.getpid()}:{id(self):x}"
        self._watch = outbox.Watch(self.handlers)
        self._shares = Shares(engine.work, self.holder)
        self._looked_at: dict[str, datetime] = {}
        self._wake = {"reactions": threading.Event(), **{chore.name: threading.Event() for chore in mail}}
        self._thread_of = {chore.topic: chore.name for chore in mail}
        self._stopped = threading.Event()
        self._ending: SimpleQueue[None] = SimpleQueue()
        self._hurries = False
        self._way = {chore.name: chore.direct.total_seconds() for chore in mail if chore.direct is not None}
        self._handed = {name: threading.Event() for name in self._way}
        for none_waits in self._handed.values():
            none_waits.set()

    def run_until_idle(self) -> int:
        """Do everything that is due now, in every shard; returns how much that was."""
        total = 0
        while done := self._react_once(None) + self._send_once(None):
            total += done
        return total

    def react_until_idle(self) -> int:
        """Do everything that is due now, in every shard, except calling the world."""
        total = 0
        while done := self._react_once(None):
            total += done
        return total

    def run(self) -> None:
        """Work on our share of the shards until `stop` is called."""
        # Here, because pages and commands build a worker that they never run.
        from apscheduler.schedulers.background import BackgroundScheduler
        from apscheduler.triggers.interval import IntervalTrigger

        listener = Listener(self.engine.database, self.engine.settings.var_dir, self._wake_for)
        listener.start()
        self._stay_inside(listener)
        # A ring that is left out, while the one before it waits for the database, is worth no line.
        logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
        alarm = BackgroundScheduler(timezone="UTC")
        # What is due is read from rows, so a missed alarm costs seconds and no work.
        alarm.add_job(self._ring, IntervalTrigger(seconds=ROUND_SECONDS), misfire_grace_time=None, coalesce=True)
        alarm.start()
        threads = [
            threading.Thread(target=self._loop, args=("reactions", self._react_once, GATHER), name="reactions"),
            *(threading.Thread(target=self._loop, args=self._of(chore), name=chore.name) for chore in self.mail),
        ]
        for thread in threads:
            thread.start()
        self._await_end()
        self._stopped.set()
        self.wake()
        in_hand, self.engine.work.direct = self.engine.work.direct, {}
        alarm.shutdown(wait=False)
        listener.stop()
        for thread in threads:
            thread.join(timeout=30)
        self._give_back(in_hand, {thread.name for thread in threads if not thread.is_alive()})
        self._shares.leave()

    def _await_end(self) -> None:
        """Wait until somebody called `stop`."""
        # The kernel may give a signal to any thread, and only the first one runs its handler: when it looks up.
        while True:
            with suppress(Empty):
                return self._ending.get(timeout=LOOK_UP_SECONDS)

    def _give_back(self, in_hand: Mapping[str, Direct], ended: Set[str]) -> None:
        """Give back what was handed to threads that have ended; one that still runs may yet send what it has."""
        for chore in self.mail:
            if chore.give_back is not None and chore.topic in in_hand and chore.name in ended:
                chore.give_back(in_hand[chore.topic])

    def wake(self) -> None:
        """Look for work at once."""
        for event in self._wake.values():
            event.set()

    def _ring(self) -> None:
        """What the alarm clock does: keep our share, so that no round has to while somebody waits for it, and wake."""
        try:
            self._shares.refresh()
        except Unavailable as error:
            _log.info("worker.share_not_kept", reason=error.message)
        finally:
            self.wake()

    def _stay_inside(self, listener: Listener) -> None:
        """What our own commits make work for is handed and told to our threads without a way round the system."""
        work, outside = self.engine.work, self.engine.work.wake

        def wake(topics: frozenset[str]) -> None:
            self._wake_for(topics)
            if outside is not None and not listener.hears_all():
                outside(topics)

        work.wake = wake
        work.direct = {
            chore.topic: Direct(partial(self._hurry, chore.name)) for chore in self.mail if chore.name in self._way
        }

    def _hurry(self, name: str) -> None:
        """Something was handed to the thread of this name."""
        self._hurries = True
        self._handed[name].clear()
        self._wake[name].set()

    def _give_way(self) -> None:
        """Let a thread that was handed something go first: only one computes at a time, and somebody waits for that."""
        for name, seconds in self._way.items():
            self._handed[name].wait(seconds)
            self._handed[name].set()

    def _gathers(self, gather: int, seconds: float) -> float:
        """How long more may come in, after a round of so many seconds that left more to do."""
        hurries, self._hurries = self._hurries, False
        return 0.0 if hurries else min(gather * seconds, LONGEST_GATHER_SECONDS)

    def _wake_for(self, topics: Set[str]) -> None:
        """Wake the thread that a commit made work for."""
        for name in {self._thread_of.get(topic, "reactions") for topic in topics}:
            self._wake[name].set()

    def stop(self) -> None:
        """Finish what is in hand and return from `run`."""
        # Called by handlers of signals too, in the middle of whatever the first thread does: an event, or another lock
        # that this thread has just taken, would be waited for without end. This queue bears it.
        self._ending.put(None)

    def _loop(self, name: str, once: Callable[[Sequence[int] | None], int], gather: int, patience: float = 0.0) -> None:
        event = self._wake[name]
        while True:
            event.clear()
            if self._stopped.is_set():
                return
            began, done = time.monotonic(), 0
            try:
                done = once(self._share())
            except Exception:  # noqa: BLE001 - see below
                # Nothing that a single round meets may end the worker; the next alarm tries again.
                _log.exception("worker.round_failed", thread=name)
            # What was handed over while this round went on is for the next one.
            if name in self._handed and (self._stopped.is_set() or not event.is_set()):
                self._handed[name].set()
            if event.is_set():
                if gather:
                    self._stopped.wait(self._gathers(gather, time.monotonic() - began))
            # The alarm goes by the clock of the machine; should that be set back, this wait still ends.
            elif not done and event.wait(timeout=2 * ROUND_SECONDS):
                self._stopped.wait(patience)

    def _share(self) -> Sequence[int] | None:
        """The shards to look in; None where all are ours, so that no statement has to list them."""
        shards = self._shares.current()
        return None if len(shards) == SHARD_COUNT else shards

    def _react_once(self, shards: Sequence[int] | None) -> int:
        with self.engine.work.read() as reading:
            due = self._watch.due(reading)
        done = 0
        for handler in due:
            done += self._deliver(handler, shards)
            self._give_way()
        # Looked for afterwards: a chore may wait, while somebody waits for a case.
        with self.engine.work.read() as reading:
            chores = [chore for chore in self.chores if self._is_due(chore, reading)]
        return done + sum(self._do(chore, shards) for chore in chores)

    def _is_due(self, chore: Chore, reading: Reading) -> bool:
        looked_at = self._looked_at.get(chore.name)
        if looked_at is not None and looked_at <= reading.now < looked_at + chore.every:
            return False
        due = chore.is_due is None or chore.is_due(reading)
        if not due or chore.is_due is None:
            self._looked_at[chore.name] = reading.now
        return due

    def _of(self, chore: Chore) -> tuple[str, Callable[[Sequence[int] | None], int], int, float]:
        """What the loop of a chore with a thread of its own is given."""
        return chore.name, partial(self._do, chore), 0, chore.patience.total_seconds()

    def _send_once(self, shards: Sequence[int] | None) -> int:
        return sum(self._do(chore, shards) for chore in self.mail)

    def _deliver(self, handler: Handler, shards: Sequence[int] | None) -> int:
        if handler.lane is None:
            return outbox.deliver(self.engine.work, handler, shards=shards)
        lease = self._lease(handler.lane)
        if lease is None:
            return 0
        return outbox.deliver(self.engine.work, handler, fence=lambda uow: leases.fence(uow, lease))

    def _do(self, chore: Chore, shards: Sequence[int] | None) -> int:
        try:
            if chore.lane is None:
                return chore.do(Claim(self.holder, None, shards))
            lease = self._lease(chore.lane)
            return 0 if lease is None else chore.do(Claim(self.holder, lambda uow: leases.fence(uow, lease), shards))
        except (Conflict, Unavailable) as error:
            _log.info("worker.chore_given_up", chore=chore.name, reason=error.message)
            return 0

    def _lease(self, lane: str) -> Lease | None:
        return leases.hold(self.engine.work, lane, self.holder)
