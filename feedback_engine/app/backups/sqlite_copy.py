"""Copies an SQLite database while others write to it, by SQLite's own backup, and checks what came out."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from feedback_engine.app.backups.archive import TableContent
from feedback_engine.foundation.db import BUSY_TIMEOUT_MS
from feedback_engine.foundation.errors import Unavailable

STEP_PAGES = 256
"""Pages for each step: 1 MiB, a few milliseconds."""


def copy(source: Path, target: Path, at_snapshot: Callable[[], None]) -> None:
    """Copy the database at `source` as of one instant into the new file `target`; `at_snapshot` is called then.

    Raises Unavailable when the copy cannot be made.
    """
    try:
        with closing(_open(source)) as from_there, closing(sqlite3.connect(target, isolation_level=None)) as to_here:
            # An open read pins the snapshot: without it every foreign commit would begin the copy again, for ever
            # under load. In WAL mode a reader holds up no writer.
            from_there.execute("BEGIN")
            from_there.execute("SELECT count(*) FROM sqlite_master").fetchone()
            at_snapshot()
            from_there.backup(to_here, pages=STEP_PAGES)
            from_there.execute("ROLLBACK")
            # The copy says of itself that it has a WAL beside it; one file alone is what we want.
            to_here.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.DatabaseError as error:
        raise Unavailable(f"The database could not be copied: {error}.") from error


def faults_of(connection: sqlite3.Connection) -> list[str]:
    """What is wrong with a database: its pages, indexes, NOT NULL, UNIQUE and CHECK rules, and its foreign keys."""
    try:
        found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return found + [f"a row of {row[0]} points to a row of {row[2]} that is gone" for row in orphans[:20]]


def faults_in_file(path: Path) -> list[str]:
    """What is wrong with the database in a file."""
    with closing(_open(path)) as connection:
        return faults_of(connection)


def revision_of(path: Path) -> str:
    """The last change of the schema that the database in a file has seen."""
    with closing(_open(path)) as connection:
        [revision] = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(revision)


def contents(path: Path) -> dict[str, TableContent]:
    """The rows and columns of every table."""
    with closing(_open(path)) as connection:
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        )
        return {name: _content(connection, name) for (name,) in names.fetchall()}


def fold_wal(path: Path) -> None:
    """Write what stands in the WAL beside a database into its file, which then stands alone."""
    with closing(_open(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def _content(connection: sqlite3.Connection, name: str) -> TableContent:
    quoted = '"' + name.replace('"', '""') + '"'
    [count] = connection.execute(f"SELECT count(*) FROM {quoted}").fetchone()
    return TableContent(count, tuple(row[1] for row in connection.execute(f"PRAGMA table_info({quoted})")))


def _open(path: Path) -> sqlite3.Connection:
    """An existing file; never makes one."""
    address = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(address, uri=True, isolation_level=None, timeout=BUSY_TIMEOUT_MS / 1000)
