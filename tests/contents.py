"""What a database holds, table by table, so that two can be compared: before and after, here and there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, inspect

from feedback_engine.foundation.db import Database

Columns = Mapping[str, AbstractSet[str]]
Contents = dict[str, tuple[int, str]]
"""By table: how many rows, and a checksum of them all."""


def contents_of(url: str, columns: Columns | None = None) -> Contents:
    """Every row of every table; of the tables and columns in `columns` only, when given."""
    return columns_and_contents_of(url, columns)[1]


def columns_and_contents_of(url: str, columns: Columns | None = None) -> tuple[dict[str, set[str]], Contents]:
    """The columns of every table, and the rows as `contents_of`."""
    database = Database(url)
    there: dict[str, set[str]] = {}
    found: Contents = {}
    with database.read() as connection:
        for table in inspect(connection).get_table_names():
            if table == "alembic_version":
                continue
            names, rows = _rows_of(connection, table)
            there[table] = set(names)
            if columns is None or (table in columns and columns[table] <= there[table]):
                found[table] = _content(names, rows, there[table] if columns is None else columns[table])
    database.dispose()
    return there, found


def _rows_of(connection: Connection, table: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Values as the driver brings them: no type of ours stands between, and nobody asks what the table is like."""
    result = connection.exec_driver_sql(f'SELECT * FROM "{table}"')
    return list(result.keys()), [tuple(row) for row in result]


def _content(names: Sequence[str], rows: Sequence[tuple[Any, ...]], wanted: Collection[str]) -> tuple[int, str]:
    order = [names.index(name) for name in sorted(wanted)]
    # Sorted by what they hold: two databases need not keep them in the same order.
    lines = sorted(repr([row[place] for place in order]) for row in rows)
    return len(lines), sha256("\n".join([repr(sorted(wanted)), *lines]).encode()).hexdigest()
