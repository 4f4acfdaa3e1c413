"""One writer at a time: a kernel lock on a file, which a dead process gives back and nobody waits for without end.

SQLite's own waiting is unfair under several writers, so a write takes its turn here first. Threads of one process queue
at a lock in memory, and the one whose turn it is asks the kernel: it alone looks again and again while another process
writes, because the kernel's own waiting has no deadline, and a process that stands still would hold up all others.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from feedback_engine.foundation.errors import Unavailable

LONGEST_WAIT_SECONDS = 10.0
_LOOK_AGAIN_SECONDS = 0.001


class FileLock:
    """A lock for all threads of all processes that name the same file; made for one process, not to be inherited."""

    def __init__(self, path: Path, longest_wait_seconds: float = LONGEST_WAIT_SECONDS) -> None:
        self._path = path
        self._longest_wait = longest_wait_seconds
        self._turn = Lock()
        self._descriptor: int | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Inside, nobody else holds it. Raises Unavailable when its turn has not come within the longest wait."""
        deadline = time.monotonic() + self._longest_wait
        if not self._turn.acquire(timeout=self._longest_wait):
            raise self._too_long()
        try:
            descriptor = self._take(deadline)
            try:
                yield
            finally:
                fcntl.flock(descriptor, fcntl.LOCK_UN)
        finally:
            self._turn.release()

    def _take(self, deadline: float) -> int:
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise self._too_long() from None
                time.sleep(_LOOK_AGAIN_SECONDS)
            else:
                return self._descriptor

    def close(self) -> None:
        """Give the file back; the next `held` opens it anew."""
        with self._turn:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None

    def _too_long(self) -> Unavailable:
        return Unavailable(
            f"The database has been kept busy for {self._longest_wait:g} s; nothing was stored. Please try again."
        )
