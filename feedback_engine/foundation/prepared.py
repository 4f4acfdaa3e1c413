"""Statements compiled once for each kind of database and run on the driver's own cursor.

For the few reads and changes that every visit of a partner page pays for: there SQLAlchemy's way to a row costs six
times what the database needs to find it. Types mean the same here as everywhere, because the columns' own converters
are used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    Connection,
    Delete,
    Dialect,
    Select,
    Table,
    Update,
    literal_column,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import visitors
from sqlalchemy.sql.dml import ReturningInsert

Converter = Callable[[Any], Any]
Statement = Select[*tuple[Any, ...]] | ReturningInsert[Any] | Update | Delete


def names_its_shard(statement: Update | Delete) -> bool:
    """Whether the condition of an UPDATE or DELETE holds the shard of its own table; true for unsharded tables."""
    table = statement.table
    if not isinstance(table, Table) or table.info.get("reference") or "shard" not in table.columns:
        return True
    if statement.whereclause is None:
        return False
    return any(
        isinstance(element, Column) and element.name == "shard" and element.table is table
        for element in visitors.iterate(statement.whereclause)
    )


def with_constants(statement: Any, dialect: Dialect) -> Any:
    """The same, with the texts and numbers that never change written into its SQL.

    SQLite looks at the values that are compared with the column of a partial index when it plans, and so prepares such
    a statement anew for each run: that costs ten times what the run does.
    """

    def written_out(element: Any, **_kw: Any) -> Any:
        if not (isinstance(element, BindParameter) and element.unique and isinstance(element.value, str | int)):
            return None
        write = element.type.dialect_impl(dialect).literal_processor(dialect)
        # A percent sign would be doubled twice for PostgreSQL's driver.
        if write is None or "%" in (text := write(element.value)):
            return None
        return literal_column(text, element.type)

    return visitors.replacement_traverse(statement, {}, written_out)


def driver_cursor(connection: Connection) -> Any:
    """A cursor of the driver inside the connection's transaction, which begins here where none has begun."""
    if not connection.in_transaction():
        connection.begin()
    return connection.connection.cursor()


def fetch_all(connection: Connection, statement: str, values: Any) -> list[tuple[Any, ...]]:
    """All rows of a statement of the driver's own, as the driver brings them."""
    cursor = driver_cursor(connection)
    try:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
    finally:
        cursor.close()


def change_all(connection: Connection, statement: str, values: Sequence[Any]) -> int:
    """Run a statement of the driver's own with each of these values; returns how many rows that changed.

    Raises SQLAlchemy's errors, as its own way does: those who expect one need not know how it was run.
    """
    fault: type[Exception] = connection.dialect.loaded_dbapi.Error
    cursor = driver_cursor(connection)
    try:
        if len(values) == 1:
            cursor.execute(statement, values[0])
        else:
            cursor.executemany(statement, values)
        return int(cursor.rowcount)
    except fault as error:
        raise DBAPIError.instance(statement, None, error, fault, dialect=connection.dialect) from error
    finally:
        cursor.close()


class Prepared:
    """One SELECT, UPDATE, DELETE or INSERT ... RETURNING with named parameters; lists of them (`IN`) are not for this.

    Raises ValueError for a change of partners' rows that does not say in which shard.
    """

    def __init__(self, statement: Statement) -> None:
        if isinstance(statement, Update | Delete) and not names_its_shard(statement):
            raise ValueError(f"This statement names no shard: {statement}")
        self.statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def first(self, connection: Connection, **values: Any) -> tuple[Any, ...] | None:
        """The first row, or None."""
        return next(iter(self.all(connection, **values)), None)

    def all(self, connection: Connection, **values: Any) -> list[tuple[Any, ...]]:
        """Every row, in the statement's order."""
        compiled = self._for(connection.dialect)
        return [compiled.read(row) for row in fetch_all(connection, compiled.sql, compiled.bound(values))]

    def change(self, connection: Connection, **values: Any) -> int:
        """Carry out the UPDATE or DELETE; returns how many rows it changed."""
        compiled = self._for(connection.dialect)
        return change_all(connection, compiled.sql, [compiled.bound(values)])

    def _for(self, dialect: Dialect) -> _Compiled:
        # Two threads may both compile it at first; the results are the same.
        if dialect.name not in self._compiled:
            self._compiled[dialect.name] = _Compiled(self.statement, dialect)
        return self._compiled[dialect.name]


class _Compiled:
    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        compiled = with_constants(statement, dialect).compile(dialect=dialect)
        self.sql = str(compiled)
        self._names: Sequence[str] | None = getattr(compiled, "positiontup", None)
        binds = {name: (bind, _bind_converter(bind.type, dialect)) for bind, name in compiled.bind_names.items()}
        self._wanted = [(name, convert) for name, (bind, convert) in binds.items() if bind.required]
        self._constants = {
            name: _through(convert, bind.value) for name, (bind, convert) in binds.items() if not bind.required
        }
        columns = () if isinstance(statement, Update | Delete) else statement.exported_columns
        found = [_result_converter(column.type, dialect) for column in columns]
        self._results = [(place, convert) for place, convert in enumerate(found) if convert is not None]

    def bound(self, values: dict[str, Any]) -> Any:
        """The values as the driver takes them."""
        bound = {**self._constants, **{name: _through(convert, values[name]) for name, convert in self._wanted}}
        return bound if self._names is None else [bound[name] for name in self._names]

    def read(self, row: Sequence[Any]) -> tuple[Any, ...]:
        values = list(row)
        for place, convert in self._results:
            if values[place] is not None:  # NULL is None in every type of ours
                values[place] = convert(values[place])
        return tuple(values)


def _through(convert: Converter | None, value: Any) -> Any:
    return value if convert is None else convert(value)


def _bind_converter(of_type: Any, dialect: Dialect) -> Converter | None:
    convert: Converter | None = of_type.dialect_impl(dialect).bind_processor(dialect)
    return convert


def _result_converter(of_type: Any, dialect: Dialect) -> Converter | None:
    convert: Converter | None = of_type.dialect_impl(dialect).result_processor(dialect, None)
    return convert
