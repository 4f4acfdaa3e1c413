"""A worker that is asked to end ends, whatever stands between the asking and it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.faults import signalled
from tests.faults.installed import Installed
from tests.faults.processes import ROOT
from tests.faults.waiting import DEADLINE_SECONDS, until

ITS_THREADS = 5
"""The first one, the listener, the alarm clock, reactions and mail."""


def test_a_worker_ends_whichever_of_its_threads_the_kernel_tells(on_sqlite: Installed) -> None:
    """After SIGCONT the kernel often finds another thread awake before the first, and gives it the SIGTERM."""
    for wanted in range(1, ITS_THREADS):
        worker = on_sqlite.start_worker()
        until(lambda pid=worker.pid: len(_threads(pid)) >= ITS_THREADS, "all its threads run")  # type: ignore[misc]
        # The kernel prefers the thread that is named.
        os.kill(_threads(worker.pid)[wanted], signal.SIGTERM)
        until(lambda it=worker: not it.alive, f"the worker ends by its thread {wanted}", seconds=30)  # type: ignore[misc]


def test_a_worker_ends_that_is_asked_to_in_the_moment_in_which_it_starts(on_sqlite: Installed) -> None:
    for _ in range(10):
        on_sqlite.start_worker().stop()


def test_a_worker_ends_wherever_the_signal_finds_its_first_thread(tmp_path: Path) -> None:
    """What it holds at that moment, the handler of the signal cannot wait for: it runs in the same thread."""
    command = [sys.executable, "-m", "tests.faults.signalled", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            said, _ = process.communicate(timeout=DEADLINE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            said, _ = process.communicate()
    assert said.splitlines() == [f"ended at line {line}" for line in range(1, signalled.LINES + 1)]


def _threads(pid: int) -> list[int]:
    """Its threads, the first one first."""
    return sorted(int(task.name) for task in Path(f"/proc/{pid}/task").iterdir())
