"""Changes of constraints that leave every row as it is, on SQLite and on PostgreSQL.

SQLite cannot alter a constraint. Where the rows stay as they are, its manual lets the text of the table be edited
(lang_altertable, section 7), which needs no copy of the table and stays inside the transaction.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from alembic import op
from sqlalchemy import text


def widen_check(table: str, name: str, condition: str) -> None:
    """Let the constraint `name` allow more than it did; rows that were allowed must stay so."""
    if _is_sqlite():
        _edit(table, lambda sql: _with_check(sql, name, condition))
        return
    op.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
    op.execute(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" CHECK ({condition})')


def allow_null(table: str, column: str) -> None:
    """Let a column stay empty."""
    if _is_sqlite():
        _edit(table, lambda sql: _without_not_null(sql, column))
        return
    op.execute(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" DROP NOT NULL')


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


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
    begins = re.search(rf'CONSTRAINT "?{re.escape(name)}"? CHECK \(', sql)
    if begins is None:
        raise ValueError(f"There is no constraint {name}.")
    depth, at = 1, begins.end()
    while depth:
        depth += {"(": 1, ")": -1}.get(sql[at], 0)
        at += 1
    return f"{sql[: begins.end()]}{condition}{sql[at - 1 :]}"


def _without_not_null(sql: str, column: str) -> str:
    """The text of a table whose column may be empty. Raises ValueError when it may be already."""
    changed, count = re.subn(rf'^(\s*"?{re.escape(column)}"? [^,\n]*?) NOT NULL', r"\1", sql, count=1, flags=re.M)
    if not count:
        raise ValueError(f"The column {column} may be empty already.")
    return changed
