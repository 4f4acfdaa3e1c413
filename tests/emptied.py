"""A PostgreSQL database that each test finds as if it had just been made, and that is not made anew for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier, Literal

MOST_USES = 50
"""After so many tests it is made anew: what they deleted still takes room."""

_LAYOUT = """SELECT (SELECT (count(*), max(oid::bigint)) FROM pg_class)::text
    || (SELECT (count(*), max(xmin::text::bigint)) FROM pg_attribute)::text
    || (SELECT (count(*), max(xmin::text::bigint)) FROM pg_constraint)::text
    || (SELECT (count(*), max(xmin::text::bigint)) FROM pg_trigger)::text
    || (SELECT (count(*), max(xmin::text::bigint)) FROM pg_proc)::text"""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
_SEQUENCES = "SELECT sequencename::text, start_value, last_value FROM pg_sequences WHERE schemaname = 'public'"
_OTHERS = """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND pid <> ALL(%s)"""


class Emptied:
    """Rows go, the few that a blank database has come back, and nobody stays connected but who is at rest.

    A test that changed the layout, or that holds on to what is to go, costs a new database.
    """

    def __init__(self, make: Callable[[], str], at_rest: Callable[[], list[int]]) -> None:
        """`make` makes it anew and tells its address; `at_rest` tells which sessions may stay."""
        self._make = make
        self._at_rest = at_rest
        self._begin()

    def _begin(self) -> None:
        self.address, self._uses = self._make(), 0
        self._connection = psycopg.connect(self.address, autocommit=True)
        # Neither foreign keys nor ledgers, which refuse to be rewritten, are asked.
        self._connection.execute("SET session_replication_role = replica")
        self._connection.execute("SET lock_timeout = '2s'")
        self._layout = self._one(_LAYOUT)
        tables = [str(name) for (name,) in self._connection.execute(_TABLES)]
        filled = SQL(", ").join(
            SQL("CASE WHEN EXISTS (SELECT FROM {}) THEN {} END").format(Identifier(name), Literal(name))
            for name in tables
        )
        self._filled = SQL("SELECT array_remove(ARRAY[{}], NULL)").format(filled).as_string(self._connection)
        self._rows = {name: self._rows_of(name) for name in self._one(self._filled)}
        self._sequences = self._connection.execute(_SEQUENCES).fetchall()

    def empty(self) -> None:
        """Take out what a test has left."""
        self._uses += 1
        try:
            self._connection.execute(_OTHERS, (self._at_rest(),))
            if self._uses < MOST_USES and self._one(_LAYOUT) == self._layout:
                self._take_out()
                return
        except psycopg.Error:
            pass  # a new one it is
        self.close()
        self._begin()

    def close(self) -> None:
        self._connection.close()

    def _take_out(self) -> None:
        filled: list[str] = self._one(self._filled)
        with self._connection.transaction(), self._connection.cursor() as cursor:
            for name in dict.fromkeys([*filled, *self._rows]):
                kept = self._rows.get(name)
                if kept is not None and name in filled and self._rows_of(name) == kept:
                    continue
                cursor.execute(SQL("DELETE FROM {}").format(Identifier(name)))
                if kept is not None:
                    with cursor.copy(SQL("COPY {} FROM STDIN").format(Identifier(name))) as copy:
                        copy.write(kept)
            if self._connection.execute(_SEQUENCES).fetchall() != self._sequences:
                for name, start, last in self._sequences:
                    cursor.execute("SELECT setval(quote_ident(%s), %s, %s)", (name, last or start, last is not None))

    def _rows_of(self, table: str) -> bytes:
        with self._connection.cursor().copy(SQL("COPY {} TO STDOUT").format(Identifier(table))) as copy:
            return b"".join(bytes(part) for part in copy)

    def _one(self, statement: str) -> Any:
        row = self._connection.execute(statement.encode(), prepare=True).fetchone()
        assert row is not None
        return row[0]
