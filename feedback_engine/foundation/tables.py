"""Column types and table helpers shared by all models: ids, instants, documents, append-only ledgers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    DDL,
    BigInteger,
    DateTime,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    event,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Field

from feedback_engine.foundation import ids

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Processor = Callable[[Any], Any]
"""Turns a value of ours into one of the driver's, or back."""

REFERENCE = {"info": {"reference": True}}
"""Table argument of tables that belong to no partner and therefore carry no shard."""


class Id(TypeDecorator[UUID]):
    """A UUID: 16 bytes on SQLite, `uuid` on PostgreSQL."""

    impl = LargeBinary(16)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.UUID(as_uuid=True))
        return dialect.type_descriptor(LargeBinary(16))

    def bind_processor(self, dialect: Dialect) -> Processor | None:
        return super().bind_processor(dialect) if dialect.name == "postgresql" else _id_to_bytes

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor | None:
        return super().result_processor(dialect, coltype) if dialect.name == "postgresql" else _id_from_bytes


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant: whole microseconds since 1970 on SQLite, `timestamptz` on PostgreSQL.

    Raises ValueError for a datetime without a zone: a naive time is a bug, not a value.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def bind_processor(self, dialect: Dialect) -> Processor | None:
        return _instant_or_none if dialect.name == "postgresql" else _instant_to_micros

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor | None:
        return _instant_in_utc if dialect.name == "postgresql" else _instant_from_micros


class Document(TypeDecorator[Any]):
    """A JSON value: text on SQLite, `jsonb` on PostgreSQL. Change it by writing a new value, never in place."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.JSONB(none_as_null=True))
        return dialect.type_descriptor(Text())

    def bind_processor(self, dialect: Dialect) -> Processor | None:
        return super().bind_processor(dialect) if dialect.name == "postgresql" else _document_to_text

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor | None:
        return super().result_processor(dialect, coltype) if dialect.name == "postgresql" else _document_from_text


# The processors themselves. A batch passes here with every value of every row, so they are plain functions: the hooks
# that a TypeDecorator offers for the same (`process_bind_param`) call two more for each value.


def _id_to_bytes(value: UUID | None) -> bytes | None:
    return None if value is None else value.int.to_bytes(16, "big")


def _id_from_bytes(value: bytes | None) -> UUID | None:
    return None if value is None else ids.from_bytes(value)


def _instant_or_none(value: datetime | None) -> datetime | None:
    return None if value is None else checked_instant(value)


def checked_instant(value: datetime) -> datetime:
    """The same instant. Raises ValueError when it has no zone."""
    if value.tzinfo is None:
        raise ValueError(f"The instant {value.isoformat()} has no time zone.")
    return value


def _instant_to_micros(value: datetime | None) -> int | None:
    return None if value is None else (checked_instant(value) - _EPOCH) // _MICROSECOND


def _instant_in_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


def _instant_from_micros(value: int | None) -> datetime | None:
    return None if value is None else _EPOCH + timedelta(microseconds=value)


def _document_to_text(value: Any) -> str | None:
    return None if value is None else json_text(value)


def json_text(value: Any) -> str:
    """A value as JSON, as both databases get it."""
    return orjson.dumps(value).decode()


def _document_from_text(value: str | None) -> Any:
    return None if value is None else orjson.loads(value)


def shard_column() -> Any:
    """The shard of the partner a row is about: first part of the primary key `(shard, id)`."""
    return Field(primary_key=True, sa_type=SmallInteger, sa_column_kwargs={"autoincrement": False})


def id_column() -> Any:
    """The row's own id, part of the primary key."""
    return Field(primary_key=True, sa_type=Id)


def id_reference(*, nullable: bool = False, index: bool = False) -> Any:
    """The id of another row."""
    if nullable:
        return Field(default=None, sa_type=Id, nullable=True, index=index)
    return Field(sa_type=Id, index=index)


def instant_column(*, nullable: bool = False, index: bool = False) -> Any:
    """An instant in UTC."""
    if nullable:
        return Field(default=None, sa_type=Instant, nullable=True, index=index)
    return Field(sa_type=Instant, index=index)


def document_column(*, nullable: bool = False) -> Any:
    """A JSON document."""
    if nullable:
        return Field(default=None, sa_type=Document, nullable=True)
    return Field(sa_type=Document)


def bytes_column(length: int = 32, *, nullable: bool = False, index: bool = False) -> Any:
    """Fixed bytes, such as a keyed hash."""
    if nullable:
        return Field(default=None, sa_type=LargeBinary(length), nullable=True, index=index)
    return Field(sa_type=LargeBinary(length), index=index)


def shard_foreign_key(column: str, table: str, *, name: str | None = None) -> ForeignKeyConstraint:
    """`column` names a row of a sharded `table`; both rows are about one partner, so they stand in one shard."""
    return ForeignKeyConstraint(["shard", column], [f"{table}.shard", f"{table}.id"], name=name)


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index of the rows for which `where` holds, on either database."""
    rows = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=rows, postgresql_where=rows)


def one_of(column: str, values: tuple[str, ...]) -> str:
    """The condition of a CHECK that a column holds one of these values."""
    return f"{column} in ({', '.join(repr(value) for value in values)})"


def append_only_statements(table: str) -> dict[str, list[str]]:
    """The statements, by dialect, that make the database refuse UPDATE and DELETE on a ledger."""
    message = f"{table} is an append-only ledger"
    sqlite = [
        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} BEGIN SELECT RAISE(ABORT, '{message}'); END"
        for verb in ("update", "delete")
    ]
    postgres = [
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{message}'; END $$",
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()",
    ]
    return {"sqlite": sqlite, "postgresql": postgres}


def append_only(table: Table) -> None:
    """Attach the append-only triggers to a table, so that they are made with it."""
    for dialect, statements in append_only_statements(table.name).items():
        for statement in statements:
            # A per cent sign would be read as a placeholder by DDL(); none of our statements has one.
            event.listen(table, "after_create", DDL(statement).execute_if(dialect=dialect))  # type: ignore[no-untyped-call]
    # A dictionary of its own: tables that belong to no partner share theirs.
    table.info = {**table.info, "append_only": True}
