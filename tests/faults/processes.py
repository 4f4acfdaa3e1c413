"""The engine's commands as processes of their own, that can be killed, paused, starved and awaited."""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from tests.faults.waiting import DEADLINE_SECONDS, holds_within, until

ROOT = Path(__file__).parents[2]


class Process:
    """A running command with all that it started; `kill` is a power cut, `pause` a machine that stops."""

    def __init__(self, pid: int, log: Path) -> None:
        self.pid = pid
        self.log = log
        self._handle = os.pidfd_open(pid)

    @property
    def alive(self) -> bool:
        """Whether the command itself still runs."""
        ended, _, _ = select.select([self._handle], [], [], 0)
        return not ended

    def kill(self) -> None:
        """SIGKILL to the command and to all that it started; returns when it is dead."""
        self._signal(signal.SIGKILL)
        self._await_end()

    def pause(self) -> None:
        """SIGSTOP; returns when each of its threads stands still: until then one of them may still take a lock."""
        self._signal(signal.SIGSTOP)
        until(lambda: self._thread_states() <= {"T"}, f"process {self.pid} stands still")

    def go_on(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """SIGTERM, as an operator ends it; returns when it has ended, or fails with where its threads stand."""
        self._signal(signal.SIGTERM)
        if not holds_within(lambda: not self.alive, DEADLINE_SECONDS):
            self._signal(signal.SIGUSR1)
            holds_within(lambda: "most recent call first" in self.written(), 5)
            raise AssertionError(f"process {self.pid} does not end: {self.written()}")
        self._await_end()

    def limit_files(self, size: int | None) -> None:
        """Let no process of it write a file beyond `size` bytes: a disk that is full. None lifts the limit."""
        limit = resource.RLIM_INFINITY if size is None else size
        for pid in self.members():
            hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit, hard))

    def members(self) -> list[int]:
        """The processes of the command: itself and what it started."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                session = stat.read_text().rpartition(")")[2].split()[3]
            except OSError:
                continue  # It has ended meanwhile.
            if int(session) == self.pid:
                found.append(int(stat.parent.name))
        return found

    def _thread_states(self) -> set[str]:
        """The states of all its threads, as the kernel names them; T is stopped."""
        states = set()
        for pid in self.members():
            for stat in Path(f"/proc/{pid}/task").glob("*/stat"):
                try:
                    states.add(stat.read_text().rpartition(")")[2].split()[0])
                except OSError:
                    continue  # It has ended meanwhile.
        return states

    def resident_bytes(self) -> int:
        """The memory that its processes hold."""
        pages = 0
        for pid in self.members():
            try:
                pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            except OSError:
                continue
        return pages * os.sysconf("SC_PAGE_SIZE")

    def written(self) -> str:
        """All that it has said."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return  # It has ended by itself.

    def _await_end(self) -> None:
        until(lambda: not self.alive, f"process {self.pid} ends")
        # Children of a killed command are buried by init; until then their sockets stay open.
        until(lambda: not self.members(), f"what process {self.pid} started ends")
        os.close(self._handle)
        self._handle = -1

    def bury(self) -> None:
        """Make sure that nothing of it is left."""
        if self._handle >= 0:
            self._signal(signal.SIGKILL)
            self._await_end()


class Nursery:
    """The way to `nursery.py`: starts commands without importing the engine anew for each."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lock = Lock()
        self._started: list[Process] = []

    def start(self, *arguments: str, environment: Mapping[str, str], folder: Path, log: Path) -> Process:
        """Start `feedback-engine` with these arguments."""
        order = {
            "arguments": arguments,
            "environment": dict(environment),
            "folder": str(folder),
            "log": str(log),
        }
        with self._lock:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            started = Process(int(self._process.stdout.readline()), log)
        self._started.append(started)
        return started

    def bury_all(self) -> None:
        """End all that was started here and still runs."""
        for process in self._started:
            process.bury()
        self._started.clear()


@contextmanager
def nursery() -> Iterator[Nursery]:
    """A nursery that has imported everything."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.nursery"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n", "the nursery did not come up"
        yield Nursery(process)
    finally:
        process.kill()
        process.wait()
