"""The raw limits: what SQLite and PostgreSQL do with rows alone, as durable as the engine's, in one process."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.kit import Run, percentile

_TABLE = "CREATE TABLE IF NOT EXISTS event (id BLOB PRIMARY KEY, type TEXT, subject TEXT, at INTEGER, body TEXT)"
_INSERT = "INSERT INTO event VALUES (?, ?, ?, ?, ?)"
Row = tuple[Any, ...]


def rows(count: int) -> list[Row]:
    """Rows like an event: a rising 16-byte id, a type, a subject, an instant, a small document."""
    began = time.time_ns()
    body = '{"event":{"reference":"DR-00000","decision":"approved","hours_to_decide":12.5},"contact":{"role":"sales"}}'
    return [
        ((began + number).to_bytes(8, "big") + os.urandom(8), "deal.registration_decided", "partner-1000", began, body)
        for number in range(count)
    ]


def connect(path: Path) -> sqlite3.Connection:
    """SQLite as the engine runs it: WAL, and every commit waits for the disk."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "journal_size_limit=67108864"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(_TABLE)
    return connection


def single_commits(connection: sqlite3.Connection, seconds: float) -> Run:
    """One row a commit, one writer, until the time is up."""
    made, spans = rows(20_000), []
    cpu, began = time.process_time(), time.perf_counter()
    end, last = began + seconds, began
    for row in made:
        connection.execute(_INSERT, row)
        now = time.perf_counter()
        spans.append(now - last)
        last = now
        if now >= end:
            break
    cpu = time.process_time() - cpu
    return Run(len(spans), last - began, cpu, 1000 * percentile(spans, 0.5), 1000 * percentile(spans, 0.99))


def rested_commits(connection: sqlite3.Connection, count: int, rest: float, seconds: float) -> Run:
    """`count` rows, a commit each, after a rest; that is one operation. A disk that rested answers more slowly."""
    made, spans = iter(rows(20_000)), []
    cpu, began = time.process_time(), time.perf_counter()
    while time.perf_counter() < began + seconds:
        time.sleep(rest)
        last = time.perf_counter()
        for row in islice(made, count):
            connection.execute(_INSERT, row)
        spans.append(time.perf_counter() - last)
    cpu = time.process_time() - cpu
    return Run(len(spans), sum(spans), cpu, 1000 * percentile(spans, 0.5), 1000 * percentile(spans, 0.99))


def batch_rows(connection: sqlite3.Connection, size: int, count: int) -> Run:
    """So many rows, `size` in a transaction; an operation is a row."""
    made = rows(count)
    cpu, began = time.process_time(), time.perf_counter()
    for start in range(0, count, size):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(_INSERT, made[start : start + size])
        connection.execute("COMMIT")
    return Run(count, time.perf_counter() - began, time.process_time() - cpu)


def copy_rows(url: str, size: int, count: int) -> Run:
    """PostgreSQL's COPY, `size` rows in a transaction; an operation is a row. The CPU is that of this side alone."""
    import psycopg

    made: Sequence[Row] = rows(count)
    with psycopg.connect(url) as connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS raw_event (id bytea PRIMARY KEY, type text, subject text, at bigint, body text)"
        )
        connection.commit()
        cpu, began = time.process_time(), time.perf_counter()
        for start in range(0, count, size):
            with connection.cursor().copy("COPY raw_event FROM STDIN") as copy:
                for row in made[start : start + size]:
                    copy.write_row(row)
            connection.commit()
        return Run(count, time.perf_counter() - began, time.process_time() - cpu)
