"""Many rows at once, past the statement machinery: one INSERT or one look-up, written once, run by the driver.

SQLAlchemy prepares each row and each listed key of a statement on its own, which costs more than the database takes
for them. Here a statement's text is made once for each database, a whole column of values is converted at a time, by
the same column types as everywhere, and the driver gets the rest. Types, constraints and the transaction are the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Float, LargeBinary, Table, true
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from feedback_engine.foundation.tables import Processor

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
    return connection.exec_driver_sql(statement.text, statement.values(rows)).rowcount


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
    """An INSERT for one database: SQLite takes it row by row, PostgreSQL as one array for each column."""

    def __init__(self, dialect: Dialect, table: Table, names: tuple[str, ...], skip_known: bool) -> None:
        columns = [table.c[name] for name in names]
        self._pick = itemgetter(*names)
        self._binds = [_bind_processor(column.type, dialect) for column in columns]
        self._in_arrays = dialect.name == "postgresql"
        if self._in_arrays:
            source = f"SELECT * FROM unnest({', '.join(f'%s::{_array_type(column, dialect)}' for column in columns)})"
        else:
            source = f"VALUES ({_marks(len(names))})"
        into = dialect.identifier_preparer.format_table(table)
        quoted = ", ".join(dialect.identifier_preparer.quote(name) for name in names)
        self.text = f"INSERT INTO {into} ({quoted}) {source}{' ON CONFLICT DO NOTHING' if skip_known else ''}"

    def values(self, rows: Sequence[Row]) -> Any:
        """The rows as the driver takes them."""
        columns = _converted(self._binds, zip(*map(self._pick, rows), strict=True))
        return tuple(map(list, columns)) if self._in_arrays else list(zip(*columns, strict=True))


@lru_cache(maxsize=256)
def _insert(dialect: Dialect, table: Table, names: tuple[str, ...], skip_known: bool) -> _Insert:
    return _Insert(dialect, table, names, skip_known)


class _Prepared:
    """A look-up for one database: SQLite takes a list of keys, PostgreSQL one array for each column of the key.

    The keys are joined to the table and not asked for with IN: SQLite looks through the whole table for that, when a
    key has several columns. CROSS JOIN is its word for "in this order".
    """

    def __init__(
        self, dialect: Dialect, columns: Sequence[Column[Any]], by: Sequence[Column[Any]], where: ColumnElement[bool]
    ) -> None:
        condition: Any = where.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        self._binds = {name: _bind_processor(bind.type, dialect) for name, bind in condition.binds.items()}
        self._values = condition.params
        self._order = condition.positiontup or ()
        self._keys = [_bind_processor(column.type, dialect) for column in by]
        self._results = [_result_processor(column.type, dialect) for column in columns]
        self._in_arrays = dialect.name == "postgresql"
        names = dialect.identifier_preparer
        picked = ", ".join(names.format_column(column, use_table=True) for column in columns)
        matched = " AND ".join(
            f"{names.format_column(column, use_table=True)} = wanted.key_{number}" for number, column in enumerate(by)
        )
        self._wanted = f"wanted ({', '.join(f'key_{number}' for number in range(len(by)))})"
        self._select = f"SELECT {picked} FROM"
        self._joined = f"CROSS JOIN {names.format_table(by[0].table)} WHERE {matched} AND {condition}"
        arrays = (f"%(key_{number})s::{_array_type(column, dialect)}" for number, column in enumerate(by))
        self._arrays = f"unnest({', '.join(arrays)})"
        self._one_key = f"({_marks(len(by))})"

    def run(self, connection: Connection, keys: Sequence[Any], values: Mapping[str, Any]) -> Iterable[tuple[Any, ...]]:
        columns = list(_converted(self._keys, zip(*keys, strict=True) if len(self._keys) > 1 else [keys]))
        own = {**self._values, **values}
        own = {name: _through(self._binds.get(name), value) for name, value in own.items()}
        if self._in_arrays:
            statement = f"{self._select} {self._arrays} AS {self._wanted} {self._joined}"
            arrays = {f"key_{number}": list(column) for number, column in enumerate(columns)}
            found = connection.exec_driver_sql(statement, {**own, **arrays})
        else:
            listed = ", ".join([self._one_key] * len(keys))
            statement = f"WITH {self._wanted} AS (VALUES {listed}) {self._select} wanted {self._joined}"
            bound = [value for key in zip(*columns, strict=True) for value in key]
            found = connection.exec_driver_sql(statement, (*bound, *(own[name] for name in self._order)))
        return zip(*_converted(self._results, zip(*found.all(), strict=True)), strict=True)


def _converted(processors: Sequence[Processor | None], columns: Iterable[Collection[Any]]) -> Iterator[Iterable[Any]]:
    for processor, column in zip(processors, columns, strict=False):
        yield column if processor is None else map(processor, column)


def _through(processor: Processor | None, value: Any) -> Any:
    return value if processor is None else processor(value)


def _bind_processor(kind: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    # Both drivers take and bring bytes as they are; SQLAlchemy would wrap each value for drivers that do not.
    return None if isinstance(kind, LargeBinary) else kind.dialect_impl(dialect).bind_processor(dialect)


def _result_processor(kind: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    # The same of floats; SQLAlchemy would ask which of the server's numbers they were.
    return None if isinstance(kind, Float | LargeBinary) else kind.dialect_impl(dialect).result_processor(dialect, None)


def _array_type(column: Column[Any], dialect: Dialect) -> str:
    kind = column.type.compile(dialect)
    # A cast to varchar(n) would cut a text off in silence; as plain text, one too long is refused by its column.
    return "text[]" if kind.startswith("VARCHAR") else f"{kind}[]"


def _marks(count: int) -> str:
    return ", ".join("?" * count)
