"""Many rows at once, past the statement machinery: one INSERT or one look-up, written once, run by the driver.

SQLAlchemy prepares each row and each listed key of a statement on its own, which costs more than the database takes
for them. Here a statement's text is made once for each database, a whole column of values is converted at a time, by
the same column types as everywhere, and the driver gets the rest. Types, constraints and the transaction are the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import Column, ColumnElement, Connection, Float, LargeBinary, Table, true
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from feedback_engine.foundation.prepared import change_all, fetch_all, with_constants
from feedback_engine.foundation.tables import Processor, checked_instant

MOST_KEYS = 500
"""Keys in one look-up: SQLite takes 32,766 values at most, and longer lists gain nothing."""

Row = Mapping[str, Any]


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row], *, skip_known: bool = False) -> int:
    """Insert rows that all have the same columns, two or more, in their order; returns how many were inserted.

    Columns they do not name stay empty. With `skip_known`, a row whose unique key is taken is left out.
    """
    if not rows:
        return 0
    statement = _insert(connection.dialect, table, tuple(rows[0]), skip_known)
    return change_all(connection, statement.text, statement.values(rows))


def delete_rows(connection: Connection, table: Table, keys: Sequence[tuple[Any, ...]]) -> int:
    """Delete the rows with these whole primary keys; returns how many there were.

    One by one, as the driver repeats it: for a list of pairs SQLite would look through the whole table.
    """
    if not keys:
        return 0
    statement = _delete(connection.dialect, table)
    return change_all(connection, statement.text, statement.values(keys))


class Lookup:
    """The rows of one table whose columns `by` are one of some keys, in no order.

    `where` is a condition of its own; its bind parameters have a value, which each look-up may replace.
    """

    def __init__(
        self, columns: Sequence[Column[Any]], by: Sequence[Column[Any]], where: ColumnElement[bool] | None = None
    ) -> None:
        self._columns = tuple(columns)
        self._by = tuple(by)
        self._where = true() if where is None else where
        self._prepared: dict[str, _Prepared] = {}

    def rows(self, connection: Connection, keys: Iterable[Any], **values: Any) -> Iterator[tuple[Any, ...]]:
        """The rows of these keys - single values, or tuples where there are several columns - each key once."""
        dialect = connection.dialect
        prepared = self._prepared.get(dialect.name)
        if prepared is None:
            prepared = self._prepared[dialect.name] = _Prepared(dialect, self._columns, self._by, self._where)
        distinct = iter(dict.fromkeys(keys))
        while some := list(islice(distinct, MOST_KEYS)):
            yield from prepared.run(connection, some, values)


class _Insert:
    """An INSERT for one database: SQLite takes it row by row, PostgreSQL as one JSON document."""

    def __init__(self, dialect: Dialect, table: Table, names: tuple[str, ...], skip_known: bool) -> None:
        columns = [table.c[name] for name in names]
        self._pick = itemgetter(*names)
        self._binds = [_bind_processor(column.type, dialect) for column in columns]
        self._as_json = dialect.name == "postgresql"
        quoted = ", ".join(dialect.identifier_preparer.quote(name) for name in names)
        source = f"VALUES ({_marks(len(names))})"
        if self._as_json:
            source = f"SELECT {quoted} FROM {_recordset('%s', zip(names, columns, strict=True), dialect)} "
        into = dialect.identifier_preparer.format_table(table)
        self.text = f"INSERT INTO {into} ({quoted}) {source}{' ON CONFLICT DO NOTHING' if skip_known else ''}"

    def values(self, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
        """What the driver is to run the statement with, one after the other."""
        if self._as_json:
            return [(_json(rows),)]
        return list(zip(*_converted(self._binds, zip(*map(self._pick, rows), strict=True)), strict=True))


@lru_cache(maxsize=256)
def _insert(dialect: Dialect, table: Table, names: tuple[str, ...], skip_known: bool) -> _Insert:
    return _Insert(dialect, table, names, skip_known)


class _Delete:
    """A DELETE of one row by its primary key, which holds the shard wherever rows have one."""

    def __init__(self, dialect: Dialect, table: Table) -> None:
        columns = list(table.primary_key)
        names = dialect.identifier_preparer
        mark = "?" if dialect.paramstyle == "qmark" else "%s"
        matched = " AND ".join(f"{names.format_column(column)} = {mark}" for column in columns)
        self._binds = [_bind_processor(column.type, dialect) for column in columns]
        self.text = f"DELETE FROM {names.format_table(table)} WHERE {matched}"

    def values(self, keys: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """The keys as the driver takes them."""
        return list(zip(*_converted(self._binds, zip(*keys, strict=True)), strict=True))


@lru_cache(maxsize=64)
def _delete(dialect: Dialect, table: Table) -> _Delete:
    return _Delete(dialect, table)


class _Prepared:
    """A look-up for one database: SQLite takes a list of keys, PostgreSQL one JSON document.

    The keys are joined to the table and not asked for with IN: SQLite looks through the whole table for that, when a
    key has several columns. CROSS JOIN is its word for "in this order".
    """

    def __init__(
        self, dialect: Dialect, columns: Sequence[Column[Any]], by: Sequence[Column[Any]], where: ColumnElement[bool]
    ) -> None:
        fixed = with_constants(where, dialect)
        condition: Any = fixed.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        self._binds = {name: _bind_processor(bind.type, dialect) for name, bind in condition.binds.items()}
        self._values = condition.params
        self._order = condition.positiontup or ()
        self._keys = [_bind_processor(column.type, dialect) for column in by]
        self._results = [_result_processor(column.type, dialect) for column in columns]
        self._names = [f"key_{number}" for number in range(len(by))]
        self._as_json = dialect.name == "postgresql"
        names = dialect.identifier_preparer
        picked = ", ".join(names.format_column(column, use_table=True) for column in columns)
        matched = " AND ".join(
            f"{names.format_column(column, use_table=True)} = wanted.{name}"
            for column, name in zip(by, self._names, strict=True)
        )
        self._select = f"SELECT {picked} FROM"
        self._joined = f"CROSS JOIN {names.format_table(by[0].table)} WHERE {matched} AND {condition}"
        self._recordset = _recordset("%(wanted)s", zip(self._names, by, strict=True), dialect)
        self._one_key = f"({_marks(len(by))})"

    def run(self, connection: Connection, keys: Sequence[Any], values: Mapping[str, Any]) -> Iterable[tuple[Any, ...]]:
        own = {**self._values, **values}
        own = {name: _through(self._binds.get(name), value) for name, value in own.items()}
        rows = keys if len(self._keys) > 1 else zip(keys)
        if self._as_json:
            statement = f"{self._select} {self._recordset} {self._joined}"
            own["wanted"] = _json([dict(zip(self._names, row, strict=True)) for row in rows])
            found = fetch_all(connection, statement, own)
        else:
            listed = ", ".join([self._one_key] * len(keys))
            wanted = f"WITH wanted ({', '.join(self._names)}) AS (VALUES {listed})"
            columns = _converted(self._keys, zip(*rows, strict=True))
            bound = [value for key in zip(*columns, strict=True) for value in key]
            statement = f"{wanted} {self._select} wanted {self._joined}"
            found = fetch_all(connection, statement, (*bound, *(own[name] for name in self._order)))
        return zip(*_converted(self._results, zip(*found, strict=True)), strict=True)


def _converted(processors: Sequence[Processor | None], columns: Iterable[Collection[Any]]) -> list[Iterable[Any]]:
    return [
        column if processor is None else map(processor, column)
        for processor, column in zip(processors, columns, strict=False)
    ]


def _through(processor: Processor | None, value: Any) -> Any:
    return value if processor is None else processor(value)


def _bind_processor(kind: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    # Both drivers take and bring bytes as they are; SQLAlchemy would wrap each value for drivers that do not.
    return None if isinstance(kind, LargeBinary) else kind.dialect_impl(dialect).bind_processor(dialect)


def _result_processor(kind: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    # The same of floats; SQLAlchemy would ask which of the server's numbers they were.
    return None if isinstance(kind, Float | LargeBinary) else kind.dialect_impl(dialect).result_processor(dialect, None)


def _recordset(mark: str, columns: Iterable[tuple[str, Column[Any]]], dialect: Dialect) -> str:
    """The rows of a JSON document as PostgreSQL reads them: one value to send, whatever the number of rows."""
    quote = dialect.identifier_preparer.quote
    told = ", ".join(f"{quote(name)} {_plain_type(column, dialect)}" for name, column in columns)
    return f"json_to_recordset({mark}) AS wanted({told})"


def _plain_type(column: Column[Any], dialect: Dialect) -> str:
    kind = column.type.compile(dialect)
    # A text that is too long is refused by its column, as everywhere.
    return "text" if kind.startswith("VARCHAR") else kind


def _json(rows: Sequence[Any]) -> str:
    """Rows as one JSON document."""
    try:
        return orjson.dumps(rows, default=_in_json, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()
    except orjson.JSONEncodeError as error:
        raise error.__cause__ or error from None


def _in_json(value: Any) -> str:
    """How PostgreSQL reads what JSON has no form for."""
    if isinstance(value, datetime):
        return checked_instant(value).isoformat()
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    raise TypeError(f"A {type(value).__name__} has no form in JSON.")


def _marks(count: int) -> str:
    return ", ".join("?" * count)
