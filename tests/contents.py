"""What a database holds, table by table, so that two can be compared: before and after, here and there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from hashlib import sha256

from sqlalchemy import Connection, MetaData, Table, select

from feedback_engine.foundation.db import Database

Columns = Mapping[str, AbstractSet[str]]
Contents = dict[str, tuple[int, str]]
"""By table: how many rows, and a checksum of them all."""


def contents_of(url: str, columns: Columns | None = None) -> Contents:
    """Every row of every table; of the tables and columns in `columns` only, when given."""
    return columns_and_contents_of(url, columns)[1]


def columns_and_contents_of(url: str, columns: Columns | None = None) -> tuple[dict[str, set[str]], Contents]:
    """The columns of every table, and the rows as `contents_of`; looking at tables takes longer than reading them."""
    database = Database(url)
    with database.read() as connection:
        tables = _tables(connection)
        found = {
            table.name: _content(connection, table, None if columns is None else columns[table.name])
            for table in tables
            if columns is None or (table.name in columns and columns[table.name] <= set(table.columns.keys()))
        }
    database.dispose()
    return {table.name: set(table.columns.keys()) for table in tables}, found


def _tables(connection: Connection) -> list[Table]:
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != "alembic_version"]


def _content(connection: Connection, table: Table, wanted: Collection[str] | None) -> tuple[int, str]:
    names = sorted(table.columns.keys() if wanted is None else wanted)
    rows = connection.execute(select(*(table.c[name] for name in names)))
    # Sorted by what they hold: two databases need not keep them in the same order.
    lines = sorted(repr(tuple(row)) for row in rows)
    return len(lines), sha256("\n".join([repr(names), *lines]).encode()).hexdigest()
