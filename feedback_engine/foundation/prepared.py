"""SELECTs compiled once for each kind of database and run on the driver's own cursor.

For the few reads that every visit of a partner page pays for: there SQLAlchemy's way to a row costs six times what
the database needs to find it. Types mean the same here as everywhere, because the columns' own converters are used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect, Select

Converter = Callable[[Any], Any]


def fetch_all(connection: Connection, statement: str, values: Any) -> list[tuple[Any, ...]]:
    """All rows of a statement of the driver's own, as the driver brings them."""
    if not connection.in_transaction():
        connection.begin()
    cursor = connection.connection.cursor()
    try:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
    finally:
        cursor.close()


class Prepared:
    """One SELECT with named parameters; lists of parameters (`IN`) are not for this."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def first(self, connection: Connection, **values: Any) -> tuple[Any, ...] | None:
        """The first row, or None."""
        return next(iter(self.all(connection, **values)), None)

    def all(self, connection: Connection, **values: Any) -> list[tuple[Any, ...]]:
        """Every row, in the statement's order."""
        compiled = self._for(connection.dialect)
        return [compiled.read(row) for row in fetch_all(connection, compiled.sql, compiled.bound(values))]

    def _for(self, dialect: Dialect) -> _Compiled:
        # Two threads may both compile it at first; the results are the same.
        if dialect.name not in self._compiled:
            self._compiled[dialect.name] = _Compiled(self._statement, dialect)
        return self._compiled[dialect.name]


class _Compiled:
    def __init__(self, statement: Select[*tuple[Any, ...]], dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        self._names: Sequence[str] | None = getattr(compiled, "positiontup", None)
        self._binds = {name: _bind_converter(bind.type, dialect) for name, bind in compiled.binds.items()}
        self._constants = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        converters = [_result_converter(column.type, dialect) for column in statement.selected_columns]
        self._results = [(place, convert) for place, convert in enumerate(converters) if convert is not None]

    def bound(self, values: dict[str, Any]) -> Any:
        given = {**self._constants, **values}
        bound = {
            name: given[name] if convert is None else convert(given[name]) for name, convert in self._binds.items()
        }
        return bound if self._names is None else [bound[name] for name in self._names]

    def read(self, row: Sequence[Any]) -> tuple[Any, ...]:
        values = list(row)
        for place, convert in self._results:
            if values[place] is not None:  # NULL is None in every type of ours
                values[place] = convert(values[place])
        return tuple(values)


def _bind_converter(of_type: Any, dialect: Dialect) -> Converter | None:
    convert: Converter | None = of_type.dialect_impl(dialect).bind_processor(dialect)
    return convert


def _result_converter(of_type: Any, dialect: Dialect) -> Converter | None:
    convert: Converter | None = of_type.dialect_impl(dialect).result_processor(dialect, None)
    return convert
