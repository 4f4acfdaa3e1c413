"""Copies the tables of a PostgreSQL database out and in, by COPY; no program of PostgreSQL's is needed.

`pg_dump` would be an outside program that may be missing, or older than the server and then refuses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Connection, inspect, text

from feedback_engine.app.backups.archive import TableContent
from feedback_engine.foundation.db import Database
from feedback_engine.foundation.errors import Unavailable

_VERSION_TABLE = "alembic_version"
_SAME_TEXT = (
    "SET LOCAL client_encoding = 'UTF8'",
    "SET LOCAL datestyle = 'ISO, YMD'",
    "SET LOCAL bytea_output = 'hex'",
)
"""Settings a server may have otherwise, and that change how COPY writes values."""


@contextmanager
def snapshot(database: Database) -> Iterator[Connection]:
    """A connection that sees the database as of one instant, however long it reads; it holds up no writer."""
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with database.engine.connect().execution_options(**options) as connection:
        same_text(connection)
        yield connection
        connection.rollback()


def same_text(connection: Connection) -> None:
    """Let COPY of this transaction write and read values in the one way that backups use."""
    for statement in _SAME_TEXT:
        connection.execute(text(statement))


def columns_by_table(connection: Connection) -> dict[str, tuple[str, ...]]:
    """The columns of every table of the schema in use, that of the migrations apart."""
    catalogue = inspect(connection)
    return {
        name: tuple(column["name"] for column in catalogue.get_columns(name))
        for name in sorted(catalogue.get_table_names())
        if name != _VERSION_TABLE
    }


def parents_first(connection: Connection) -> list[str]:
    """The tables in an order in which no row comes before one it points to."""
    order = inspect(connection).get_sorted_table_and_fkc_names()
    return [name for name, _ in order if name is not None and name != _VERSION_TABLE]


class Rows:
    """The rows of a table in COPY's text format; `count` is right once they have been read."""

    def __init__(self, connection: Connection, table: str, columns: Iterable[str]) -> None:
        self.count = 0
        self._connection = connection
        self._statement = f"COPY {_target(connection, table, columns)} TO STDOUT"

    def __iter__(self) -> Iterator[bytes]:
        with _as_unavailable(), _driver(self._connection).cursor() as cursor, cursor.copy(self._statement) as copy:
            for chunk in copy:
                # A line feed inside a value is written as \n, so each one ends a row.
                self.count += bytes(chunk).count(b"\n")
                yield bytes(chunk)


def load(connection: Connection, table: str, content: TableContent, rows: Iterable[bytes]) -> None:
    """Write the rows of a table. Raises Unavailable when the database refuses them or counts others."""
    statement = f"COPY {_target(connection, table, content.columns)} FROM STDIN"
    with _as_unavailable(), _driver(connection).cursor() as cursor:
        with cursor.copy(statement) as copy:
            for chunk in rows:
                copy.write(chunk)
        if cursor.rowcount != content.rows:
            raise Unavailable(f"The backup holds {content.rows} rows of {table}; {cursor.rowcount} were loaded.")


def _target(connection: Connection, table: str, columns: Iterable[str]) -> str:
    quote = connection.dialect.identifier_preparer.quote_identifier
    return f"{quote(table)} ({', '.join(map(quote, columns))})"


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver


@contextmanager
def _as_unavailable() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise Unavailable(f"PostgreSQL refused: {error}.") from error
