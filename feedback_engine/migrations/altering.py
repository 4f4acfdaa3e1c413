"""Changes of constraints that leave every row as it is, on SQLite and on PostgreSQL.

SQLite cannot alter a constraint. Where the rows stay as they are, its manual lets the text of the table be edited
(lang_altertable, section 7), which needs no copy of the table and stays inside the transaction.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from alembic import op
from sqlalchemy import text

from feedback_engine.foundation.tables import one_of


def widen_check(table: str, name: str, condition: str) -> None:
    """Let the constraint `name` allow more than it did; rows that were allowed must stay so."""
    if _is_sqlite():
        _edit(table, lambda sql: _with_check(sql, name, condition))
        return
    op.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
    op.execute(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" CHECK ({condition})')


def allow_values(table: str, name: str, column: str, values: tuple[str, ...]) -> None:
    """Let the constraint `name`, which lists the texts that a column may hold, allow these as well.

    What it allows already is read from the database, so that changes which each add a few may follow in any order.
    """
    known = re.findall(r"'([a-z_]+)'", _condition_of(table, name))
    if not known:
        raise ValueError(f"The constraint {name} lists no texts.")
    widen_check(table, name, one_of(column, tuple(dict.fromkeys((*known, *values)))))


def allow_null(table: str, column: str) -> None:
    """Let a column stay empty."""
    if _is_sqlite():
        _edit(table, lambda sql: _without_not_null(sql, column))
        return
    op.execute(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" DROP NOT NULL')


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _condition_of(table: str, name: str) -> str:
    """The condition of a constraint, as this database writes it."""
    connection = op.get_bind()
    if _is_sqlite():
        found = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :name"
        sql = str(connection.execute(text(found), {"name": table}).scalar_one())
        start, end = _span_of_check(sql, name)
        return sql[start:end]
    found = (
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conname = :name AND conrelid = CAST(:table AS regclass)"
    )
    return str(connection.execute(text(found), {"name": name, "table": table}).scalar_one())


def _edit(table: str, edit: Callable[[str], str]) -> None:
    connection = op.get_bind()
    found = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :name"
    before = str(connection.execute(text(found), {"name": table}).scalar_one())
    version = int(connection.execute(text("PRAGMA schema_version")).scalar_one())
    connection.execute(text("PRAGMA writable_schema = ON"))
    changed = "UPDATE sqlite_schema SET sql = :sql WHERE type = 'table' AND name = :name"
    connection.execute(text(changed), {"sql": edit(before), "name": table})
    connection.execute(text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(text("PRAGMA writable_schema = OFF"))


def _with_check(sql: str, name: str, condition: str) -> str:
    """The text of a table with another condition in the constraint `name`. Raises ValueError when it has none."""
    start, end = _span_of_check(sql, name)
    return f"{sql[:start]}{condition}{sql[end:]}"


def _span_of_check(sql: str, name: str) -> tuple[int, int]:
    """Where the condition of the constraint `name` begins and ends. Raises ValueError when there is none."""
    begins = re.search(rf'CONSTRAINT "?{re.escape(name)}"? CHECK \(', sql)
    if begins is None:
        raise ValueError(f"There is no constraint {name}.")
    depth, at = 1, begins.end()
    while depth:
        depth += {"(": 1, ")": -1}.get(sql[at], 0)
        at += 1
    return begins.end(), at - 1


def _without_not_null(sql: str, column: str) -> str:
    """The text of a table whose column may be empty. Raises ValueError when it may be already."""
    changed, count = re.subn(rf'^(\s*"?{re.escape(column)}"? [^,\n]*?) NOT NULL', r"\1", sql, count=1, flags=re.M)
    if not count:
        raise ValueError(f"The column {column} may be empty already.")
    return changed
