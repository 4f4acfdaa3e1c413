"""Wakes the worker when a commit has made work for it: a datagram on SQLite, NOTIFY on PostgreSQL.

A lost wake-up loses nothing: the worker also looks by itself every few seconds.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Set
from pathlib import Path

from feedback_engine.foundation.db import Database

CHANNEL = "feedback_engine"
_SOCKET = "worker.socket"
_LONGEST_PATH = 100


def sender_for(database: Database, var_dir: Path) -> Callable[[frozenset[str]], None] | None:
    """What `Work` calls after a commit; None on PostgreSQL, where the transaction itself notifies."""
    if not database.is_sqlite:
        return None
    path = _socket_path(var_dir)

    def send(topics: frozenset[str]) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.setblocking(False)
            try:
                out.sendto(",".join(sorted(topics)).encode(), path)
            except OSError:
                return  # No worker listens now, or it has plenty to read: its own rounds will find the work.

    return send


class Listener:
    """Waits for wake-ups in a thread of its own and calls `heard` with the topics of each."""

    def __init__(self, database: Database, var_dir: Path, heard: Callable[[Set[str]], None]) -> None:
        self._database = database
        self._path = _socket_path(var_dir)
        self._heard = heard
        self._stopped = threading.Event()
        self._bound: tuple[int, int] | None = None
        target = self._listen_locally if database.is_sqlite else self._listen_to_postgresql
        self._thread = threading.Thread(target=target, name="wakeups", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def hears_all(self) -> bool:
        """Whether a wake-up on this machine would reach nobody but us; of several workers the last one hears them."""
        return self._bound is not None and _identity(self._path) == self._bound

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=5)

    def _listen_locally(self) -> None:
        path = Path(self._path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
            listening.bind(self._path)
            self._bound = _identity(self._path)
            listening.settimeout(0.5)
            while not self._stopped.is_set():
                try:
                    topics = listening.recv(4096).decode()
                except TimeoutError:
                    continue
                self._heard(_read(topics))
        if self.hears_all():  # else it is that of a worker that came after us
            path.unlink(missing_ok=True)

    def _listen_to_postgresql(self) -> None:
        import psycopg  # here, because an installation on SQLite need not hold it in memory

        address = self._database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        while not self._stopped.is_set():
            try:
                with psycopg.connect(address, autocommit=True) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    while not self._stopped.is_set():
                        for notice in connection.notifies(timeout=0.5, stop_after=1):
                            self._heard(_read(notice.payload))
            except psycopg.Error:
                # The database is away; the worker's own rounds go on, and listening resumes when it is back.
                self._stopped.wait(2)


def _identity(path: str) -> tuple[int, int] | None:
    """What tells the socket at this path from any other that stood there; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_ctime_ns


def _read(topics: str) -> Set[str]:
    return frozenset(topics.split(","))


def _socket_path(var_dir: Path) -> str:
    path = str((var_dir / _SOCKET).absolute())
    # The kernel takes at most 107 bytes; a relative path from the working folder is often shorter.
    return path if len(path) <= _LONGEST_PATH else str(var_dir / _SOCKET)
