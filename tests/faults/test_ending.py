"""A worker that is asked to end ends, whatever stands between the asking and it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.faults.installed import Installed
from tests.faults.waiting import until

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


def _threads(pid: int) -> list[int]:
    """Its threads, the first one first."""
    return sorted(int(task.name) for task in Path(f"/proc/{pid}/task").iterdir())
