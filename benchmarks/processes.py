"""Processes that are measured: started, watched in /proc with all their children, and ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 60.0


class Failed(Exception):
    """A benchmark could not be run to its end; the message says why."""


class Process:
    """A process with all its children. Times and sizes are those of the kernel."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def cpu_seconds(self, name: str = "") -> float:
        """User and system time of the whole tree so far, children that have ended included; with `name`, only that of
        processes which are called so."""
        return sum(_cpu_ticks(pid) for pid, called in self.names().items() if name in ("", called)) / _TICKS

    def pss_bytes(self) -> dict[int, int]:
        """The proportional set size of each process of the tree."""
        return {pid: _pss(pid) for pid in self.tree()}

    def names(self) -> dict[int, str]:
        """What each process of the tree is called: by itself, as the worker that `serve` copies, or else the last word
        of its command line that is no option or number."""
        return {pid: "worker" if _own_name(pid) == "worker" else _name(_command_line(pid)) for pid in self.tree()}

    def tree(self) -> list[int]:
        """The process and all its descendants that live."""
        children: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and (fields := _stat(int(entry.name))):
                children.setdefault(int(fields[1]), []).append(int(entry.name))
        found = [self.pid]
        for pid in found:
            found += children.get(pid, [])
        return found


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat after the name, which may hold spaces; nothing for a process that has gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _own_name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0")
    except OSError:
        return ""


def _name(command_line: str) -> str:
    words = [word for word in command_line.split("\0") if word[:1].isalpha()]
    return words[-1].partition("(")[0].strip()[:30] if words else "?"


def _cpu_ticks(pid: int) -> int:
    fields = _stat(pid)
    return sum(map(int, fields[11:15])) if fields else 0


def _pss(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


@contextmanager
def running(
    command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None, *, log: str = "server"
) -> Iterator[Process]:
    """A command with a log in `folder`; asked to end, and killed with its group when it does not."""
    with (folder / f"{log}.log").open("ab") as out:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        yield Process(process.pid)
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    """A TCP port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(holds: Callable[[], bool], what: str, seconds: float = START_SECONDS, pause: float = 0.02) -> None:
    """Look again and again until it holds. Raises Failed when it does not in time."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise Failed(f"{what} did not happen within {seconds:g} seconds.")
        time.sleep(pause)


def answers(port: int, path: str = "/healthz") -> bool:
    """Whether a server answers a GET with 200."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
            return connection.recv(64).split(b" ")[1:2] == [b"200"]
    except OSError:
        return False
