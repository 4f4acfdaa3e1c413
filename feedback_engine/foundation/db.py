"""The database: SQLite or PostgreSQL behind one engine, with one writer at a time on SQLite.

SQLite runs with WAL and `synchronous=FULL`; a write takes BEGIN IMMEDIATE under a lock of its own, because SQLite's
waiting is unfair under several writers: a deferred BEGIN that upgrades to a write fails at once with "database is
locked", and the busy handler sleeps in growing steps while others pass by.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

from feedback_engine.foundation.errors import Invalid, Unavailable
from feedback_engine.foundation.file_lock import FileLock
from feedback_engine.foundation.tables import json_text

BUSY_TIMEOUT_MS = 10_000
_WRITE = "feedback_engine_write"
_SURROUNDINGS = ("locked", "busy", "disk", "full", "readonly", "unable to open")


class Database:
    """One database and the two ways into it: `read` and `write`.

    Raises Invalid when the address is neither SQLite nor PostgreSQL. `durable=False` does not wait for the disk: only
    for content that can be made again, such as a simulated world.
    """

    def __init__(self, url: str, *, durable: bool = True) -> None:
        self.url = _normalise(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(self.url, durable) if self.is_sqlite else _postgresql_engine(self.url)
        self._lock = FileLock(self._lock_path()) if self.is_sqlite else None
        self._readers = _Connections(self.engine, {} if self.is_sqlite else {"postgresql_readonly": True})
        self._writers = _Connections(self.engine, {_WRITE: True})

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading: one consistent snapshot on SQLite, never the write lock."""
        with _as_unavailable(), self._readers.use() as connection:
            yield connection
            connection.rollback()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection inside one write transaction; commits on exit, rolls back on any exception."""
        with _as_unavailable(), self._write_lock(), self._writers.use() as connection, connection.begin():
            yield connection

    def create_all(self) -> None:
        """Make every table of the loaded models at once; for tests of single slices (installations migrate)."""
        with self._write_lock():
            SQLModel.metadata.create_all(self.engine)

    def dispose(self) -> None:
        """Close every connection that is not in use."""
        self._readers.close()
        self._writers.close()
        self.engine.dispose()
        if self._lock is not None:
            self._lock.close()

    def _lock_path(self) -> Path:
        if self.url.database in (None, "", ":memory:"):
            raise Invalid("SQLite in memory cannot be shared between processes; give DATABASE_URL a file.")
        path = Path(str(self.url.database)).absolute()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            words = f"{path.parent} cannot be the folder of the database: {error.strerror}."
            raise Unavailable(f"{words} Check FEEDBACK_ENGINE_DATABASE_URL.") from error
        return path.with_name(path.name + ".write-lock")

    def _write_lock(self) -> AbstractContextManager[None]:
        return nullcontext() if self._lock is None else self._lock.held()


class _Connections:
    """Connections with the same options. On SQLite they are kept open here between two uses.

    There nothing can happen to one meanwhile, and taking it from SQLAlchemy's pool costs as much as a statement.
    """

    def __init__(self, engine: Engine, options: dict[str, Any]) -> None:
        self._engine = engine
        self._options = options
        self._keeps = engine.dialect.name == "sqlite"
        self._idle: list[Connection] = []

    @contextmanager
    def use(self) -> Iterator[Connection]:
        """A connection of one's own; after an error it is closed, whatever state it is in."""
        connection = self._take()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        if self._keeps:
            self._idle.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        """Close those that nobody uses."""
        while self._idle:
            self._idle.pop().close()

    def _take(self) -> Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._engine.connect().execution_options(**self._options)


def _normalise(text: str) -> URL:
    url = make_url(text)
    backend = url.get_backend_name()
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if backend == "sqlite":
        return url.set(drivername="sqlite+pysqlite")
    raise Invalid(f"DATABASE_URL names {backend}; use sqlite:///file.db or postgresql://user@host/name.")


def _sqlite_engine(url: URL, durable: bool) -> Engine:
    connect_args = {"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000}
    # No pool of SQLAlchemy's: what is used again and again is kept by `_Connections`.
    engine = create_engine(url, connect_args=connect_args, poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        # The driver must not open transactions on its own: BEGIN is ours, below.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={'FULL' if durable else 'OFF'}",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_size_limit=67108864",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITE, False)
        # On the driver's connection: every reading begins here, and a result object would cost more than the BEGIN.
        connection.connection.cursor().execute("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql_engine(url: URL) -> Engine:
    return create_engine(
        url,
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=8,
        pool_timeout=10,
        json_serializer=json_text,
        json_deserializer=orjson.loads,
        connect_args={"options": "-c timezone=UTC -c lock_timeout=10000", "connect_timeout": 5},
    )


@contextmanager
def _as_unavailable() -> Iterator[None]:
    """Say "try again later" when the database is gone, full or unwritable; any other database error is a bug."""
    try:
        yield
    except OperationalError as error:
        if not _passes(error.orig):
            raise
        raise Unavailable("The database cannot be used right now; nothing was stored. Please try again.") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Unavailable("The database connection was lost; nothing was stored. Please try again.") from error
        raise
    except _driver_errors() as error:
        # From the driver's own cursor (foundation/prepared.py).
        if not _passes(error):
            raise
        raise Unavailable("The database cannot be used right now; nothing was stored. Please try again.") from error


def _driver_errors() -> tuple[type[Exception], ...]:
    """What drivers raise themselves. That of PostgreSQL is in memory only where it is in use."""
    psycopg = sys.modules.get("psycopg")
    return (sqlite3.OperationalError,) if psycopg is None else (sqlite3.OperationalError, psycopg.OperationalError)


def _passes(error: BaseException | None) -> bool:
    """Whether the fault lies in the surroundings. SQLite calls a missing table operational too: that is a bug."""
    if not isinstance(error, sqlite3.Error):
        return True
    return any(word in str(error) for word in _SURROUNDINGS)
