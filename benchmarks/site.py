"""The engine as an operator runs it, on a copy of the world: its processes, what they used, what the database holds."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import processes
from benchmarks.kit import Run, percentile
from benchmarks.processes import Failed, Process
from benchmarks.world import World

_HERE = Path(__file__).resolve().parent
_GRACE_SECONDS = 60.0
IDLE_SECONDS = 120.0

Count = Callable[[str], int]


@dataclass(frozen=True)
class Site:
    """A running server. `count` answers a `SELECT count(*)`-like statement from the database behind it."""

    port: int
    process: Process
    count: Count

    def waiting(self) -> int:
        """How many reactions wait for the worker."""
        return self.count("SELECT count(*) FROM outbox WHERE parked_at IS NULL")

    def settle(self) -> None:
        """Wait until the worker has nothing left to react to. Raises Failed when something was parked."""
        processes.until(lambda: self.waiting() == 0, "The worker's work", IDLE_SECONDS)
        if parked := self.count("SELECT count(*) FROM outbox"):
            raise Failed(f"{parked} events were parked: a handler could not digest them.")


@contextmanager
def engine(
    command: str, world: World, folder: Path, *, url: str = "", extra: Mapping[str, str] | None = None
) -> Iterator[Site]:
    """`feedback-engine <command>` on a copy of the world's database, or on the database behind `url`.

    `extra` are further variables of its environment.
    """
    path = folder / "engine.db"
    if not url:
        copy(world.database, path)
    port = processes.free_port()
    environment = {
        "PYTHONPATH": str(_HERE.parent),
        "FEEDBACK_ENGINE_DATABASE_URL": url or f"sqlite:///{path}",
        "FEEDBACK_ENGINE_VAR_DIR": str(folder),
        "FEEDBACK_ENGINE_BASE_URL": f"http://127.0.0.1:{port}",
        **(extra or {}),
    }
    arguments = [sys.executable, "-m", "feedback_engine.app.cli", command, "--port", str(port)]
    count = _postgresql_count(url) if url else sqlite_count(path)
    with processes.running(arguments, folder, environment) as process:
        processes.until(lambda: processes.answers(port), f"The start of `{command}`")
        if command == "serve":
            processes.until((folder / "worker.socket").exists, "The start of the worker")
        yield Site(port, process, count)


@contextmanager
def hello(folder: Path) -> Iterator[Site]:
    """Flask saying hello on the engine's own server, with the same threads."""
    port = processes.free_port()
    arguments = [sys.executable, "-m", "benchmarks.hello", str(port)]
    with processes.running(arguments, folder, {"PYTHONPATH": str(_HERE.parent)}, log="hello") as process:
        processes.until(lambda: processes.answers(port, "/"), "The start of the hello server")
        yield Site(port, process, lambda _: 0)


def copy(source: Path, target: Path) -> None:
    """Copy an SQLite database that nobody writes."""
    with sqlite3.connect(source) as old, sqlite3.connect(target) as new:
        old.backup(new)
    old.close()
    new.close()


def sqlite_count(path: Path) -> Count:
    """Counts in an SQLite file that others write."""

    def count(statement: str) -> int:
        connection = sqlite3.connect(path, timeout=10)
        try:
            return int(connection.execute(statement).fetchone()[0])
        finally:
            connection.close()

    return count


def _postgresql_count(url: str) -> Count:
    import psycopg

    def count(statement: str) -> int:
        with psycopg.connect(url) as connection:
            row = connection.execute(statement.encode()).fetchone()
            return int(row[0]) if row else 0

    return count


# ---- load


@dataclass
class Load:
    """What clients do to a server: steps, and operations that fill them in. Each run goes on where the last ended."""

    steps: Sequence[Mapping[str, Any]]
    operations: Sequence[Mapping[str, str]]
    folder: Path
    clients: int = 1
    seconds: float = 1.2
    again: bool = False
    done: int = 0
    began: float = 0.0
    """When the last run began, by the monotonic clock."""
    script: str = "load.py"
    """The load generator, beside this file."""

    def run(self, site: Site, *, settle: bool = False, most: int | None = None) -> tuple[Run, dict[str, Any]]:
        """Drive the server from a process of its own; the run, and what the load generator says of it.

        `settle` counts the CPU of the reactions too; the time is that of the clients. Raises Failed for any answer
        that is not as the steps say.
        """
        rest = self.operations if self.again else self.operations[self.done :]
        if not rest:
            raise Failed("There are no operations left to do; the world is too small for this machine.")
        before, worker_before = site.process.cpu_seconds(), site.process.cpu_seconds("worker")
        told = self._drive(site.port, rest[:most])
        if settle:
            site.settle()
        self.done += told["taken"]
        self.began = told["began"]
        spans = told["spans"]
        told["worker_cpu_seconds"] = site.process.cpu_seconds("worker") - worker_before
        run = Run(
            operations=told["operations"],
            seconds=told["seconds"],
            cpu_seconds=site.process.cpu_seconds() - before,
            p50_ms=1000 * percentile(spans, 0.5),
            p99_ms=1000 * percentile(spans, 0.99),
            p95_ms=1000 * percentile(spans, 0.95),
        )
        return run, told

    def plan(self, port: int, operations: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        """What the load generator is told."""
        return {
            "port": port,
            "clients": self.clients,
            "seconds": self.seconds,
            "again": self.again,
            "steps": self.steps,
            "operations": operations,
        }

    def _drive(self, port: int, operations: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        plan = self.plan(port, operations)
        path = self.folder / "plan.json"
        path.write_text(json.dumps(plan), encoding="utf-8")
        driven = subprocess.run(
            [sys.executable, "-I", str(_HERE / self.script), str(path)],
            capture_output=True,
            timeout=self.seconds + _GRACE_SECONDS,
            check=False,
            env=dict(os.environ),
        )
        if driven.returncode:
            raise Failed(f"The load ended early: {driven.stderr.decode().strip()[-600:]}")
        told: dict[str, Any] = json.loads(driven.stdout)
        return told
