"""One thread cuts off whatever takes too long, in the order of the deadlines and not of the calls."""

from __future__ import annotations

import threading
from queue import SimpleQueue

from feedback_engine.foundation.deadlines import Deadlines

LONG = 60.0


def test_what_takes_too_long_is_cut_off_and_told_so() -> None:
    cut = threading.Event()
    with Deadlines().within(0.05, cut.set) as expired:
        assert cut.wait(timeout=10)
        assert expired()


def test_what_ends_in_time_is_left_alone() -> None:
    deadlines, cut = Deadlines(), SimpleQueue[str]()
    with deadlines.within(1, lambda: cut.put("first")) as expired:  # a busy machine may stand still for a moment
        assert not expired()
    with deadlines.within(1.1, lambda: cut.put("second")):
        assert cut.get(timeout=10) == "second"
    assert cut.empty()


def test_a_shorter_deadline_that_comes_later_is_kept() -> None:
    deadlines, cut = Deadlines(), threading.Event()
    with deadlines.within(LONG, lambda: None), deadlines.within(0.05, cut.set):
        assert cut.wait(timeout=10)


def test_after_a_rest_deadlines_are_kept_again() -> None:
    deadlines = Deadlines()
    for _ in range(3):
        cut = threading.Event()
        with deadlines.within(0.02, cut.set):
            assert cut.wait(timeout=10)


def test_all_calls_share_one_thread() -> None:
    deadlines, before = Deadlines(), set(threading.enumerate())  # of which any may end meanwhile
    for _ in range(5):
        with deadlines.within(LONG, lambda: None), deadlines.within(LONG, lambda: None):
            assert [thread.name for thread in set(threading.enumerate()) - before] == ["deadlines"]
