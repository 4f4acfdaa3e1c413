"""The lock of the one writer: nobody is let in beside another, and nobody waits for ever."""

from __future__ import annotations

import fcntl
import time
from pathlib import Path
from threading import Thread

import pytest

from feedback_engine.foundation.db import Database
from feedback_engine.foundation.errors import Unavailable
from feedback_engine.foundation.file_lock import FileLock

TURNS = 50


def test_threads_and_processes_take_turns(tmp_path: Path) -> None:
    # Two locks on one file stand for two processes: the kernel knows them by their descriptors.
    locks = [FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")]
    count = 0

    def add(lock: FileLock) -> None:
        nonlocal count
        for _ in range(TURNS):
            with lock.held():
                seen = count
                time.sleep(0)  # lets another thread in, if anything does
                count = seen + 1

    threads = [Thread(target=add, args=(lock,)) for lock in locks for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert count == 2 * 4 * TURNS


def test_whoever_waits_for_a_process_that_stands_still_is_told_to_try_again(tmp_path: Path) -> None:
    waiting = FileLock(tmp_path / "lock", longest_wait_seconds=0.05)
    with (tmp_path / "lock").open("wb") as stopped:
        fcntl.flock(stopped, fcntl.LOCK_EX)
        with pytest.raises(Unavailable, match="try again"), waiting.held():
            pytest.fail("let in beside another")
    # Once the other has gone, its turn comes.
    with waiting.held(), (tmp_path / "lock").open("wb") as another, pytest.raises(BlockingIOError):
        fcntl.flock(another, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_threads_that_wait_for_their_own_process_are_told_the_same(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock", longest_wait_seconds=0.05)
    told: list[Exception] = []

    def wait() -> None:
        try:
            with lock.held():
                pass
        except Unavailable as error:
            told.append(error)

    with lock.held():
        other = Thread(target=wait)
        other.start()
        other.join(timeout=30)
    assert len(told) == 1


def test_a_lock_given_up_in_an_error_is_free(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/engine.db")
    with pytest.raises(ZeroDivisionError), database.write():
        _ = 1 / 0
    with database.write() as connection:
        assert connection.in_transaction()
    database.dispose()
