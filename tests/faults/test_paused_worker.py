"""Promise 5: a worker that stands still for twice its lease is replaced, and writes nothing stale when it goes on."""

from __future__ import annotations

import fcntl
from collections import Counter
from random import Random

from feedback_engine.foundation.leases import DURATION
from tests.faults.installed import Installed
from tests.faults.processes import Process
from tests.faults.scale import figure
from tests.faults.waiting import elapsed, until
from tests.promises import Tell

PAUSES = figure(1, 10)
EVENTS = 3_000
PAUSED_SECONDS = 2 * DURATION.total_seconds()
"""Twice the lease; inside `make test` a third longer than it: either way the lease has run out well before the end."""
TAKEOVER_SECONDS = 30


def test_a_worker_paused_for_twice_its_lease_is_replaced_and_writes_nothing_stale(
    on_sqlite: Installed, tell: Tell
) -> None:
    takeovers: list[float] = []
    given_up = rounds = 0
    chance = Random(5)
    while len(takeovers) < PAUSES:
        rounds += 1
        assert rounds <= 3 * PAUSES, "the worker is always done before it can be paused"
        takeover, gave_up = _round(on_sqlite, rounds, chance)
        takeovers += takeover
        given_up += gave_up
    decisions = on_sqlite.rows("decision", "event_id", "seq", "outcome")
    decided = Counter(row.event_id for row in decisions)
    stale = sum(count - 1 for count in decided.values())
    tell(
        5,
        f"{PAUSES} pauses of {PAUSED_SECONDS:.0f} s: {stale} stale writes,"
        f" {given_up} batches given up, takeover within {max(takeovers):.0f} s",
    )
    assert len(decided) == rounds * EVENTS
    assert stale == 0
    invited = Counter(row.event_id for row in on_sqlite.rows("invitation", "event_id"))
    assert set(invited.values()) == {1}
    assert [mail for mail, count in on_sqlite.mails.copies().items() if count > 1] == []
    assert max(takeovers) <= TAKEOVER_SECONDS


def _round(installed: Installed, number: int, chance: Random) -> tuple[list[float], bool]:
    """Pause a worker that decides; returns how long the takeover took, if it came in time, and whether it gave up."""
    prefix = f"r{number}-"
    installed.partners(EVENTS, prefix)
    paused = installed.start_worker()
    installed.report(EVENTS, prefix)
    begun = (number - 1) * EVENTS
    until(lambda: _decided(installed) > begun, "deciding begins")
    _pause_in_the_middle(installed, paused, chance)
    in_time = _decided(installed) < number * EVENTS
    takeovers = [_another_finishes(installed, number * EVENTS)] if in_time else []
    paused.go_on()
    # Asked to end, it finishes what it has in hand: whatever it was about to write, it tries to write now.
    paused.stop()
    installed.let_leases_run_out()
    return takeovers, "outbox.batch_given_up" in paused.written()


def _pause_in_the_middle(installed: Installed, worker: Process, chance: Random) -> None:
    """Stop it between its reading and its writing: while it holds the lane, and not the lock of the file.

    A machine that stops inside a write transaction keeps the file to itself on any system; that is not this promise.
    """
    until(elapsed(chance.random() * 0.1), "a moment of chance")
    while True:
        worker.pause()
        if _lock_is_free(installed):
            return
        worker.go_on()
        until(elapsed(chance.random() * 0.02), "another moment")


def _another_finishes(installed: Installed, wanted: int) -> float:
    """A second worker takes over; returns after how many seconds it decided for the first time."""
    stood = _decided(installed)
    pause_is_over = elapsed(PAUSED_SECONDS)
    other = installed.start_worker()
    takeover = until(lambda: _decided(installed) > stood, "another worker takes over")
    until(lambda: _decided(installed) >= wanted, "the other worker decides the rest")
    until(pause_is_over, "the pause is over")
    other.stop()
    return takeover


def _decided(installed: Installed) -> int:
    return installed.count("decision")


def _lock_is_free(installed: Installed) -> bool:
    path = str(installed.engine.database.url.database) + ".write-lock"
    with open(path, "rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
