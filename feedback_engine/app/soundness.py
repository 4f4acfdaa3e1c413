"""Checks a database: that its schema is up to date, and that every rule of the schema holds for every row."""

from __future__ import annotations

import sqlite3

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine.interfaces import ReflectedForeignKeyConstraint

from feedback_engine.app import migrating
from feedback_engine.app.backups import sqlite_copy
from feedback_engine.foundation.db import Database
from feedback_engine.foundation.errors import Unavailable

_UNCHECKED = """
SELECT 'the rule ' || conname || ' of ' || conrelid::regclass || ' was never checked against its rows'
FROM pg_constraint WHERE NOT convalidated AND connamespace = current_schema()::regnamespace
UNION ALL
SELECT 'the index ' || indexrelid::regclass || ' was never finished'
FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace
"""
_CHECKS = """
SELECT conrelid::regclass::text AS relation, conname, pg_get_expr(conbin, conrelid) AS rule
FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0 AND connamespace = current_schema()::regnamespace
"""


def check(database: Database) -> None:
    """Make sure that schema and rows are sound. Raises Unavailable with what is wrong and what to do."""
    pending = migrating.pending_changes(database)
    if pending:
        raise Unavailable(f"The schema lacks {', '.join(pending)}; run feedback-engine db upgrade.")
    with database.read() as connection:
        faults = _sqlite_faults(connection) if database.is_sqlite else _postgresql_faults(connection)
    if faults:
        raise Unavailable(f"The database is damaged: {'; '.join(faults)}. Restore the last good backup.")


def _sqlite_faults(connection: Connection) -> list[str]:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return sqlite_copy.faults_of(driver)


def _postgresql_faults(connection: Connection) -> list[str]:
    """The server refuses what breaks a rule, but rules can be switched off, and disks can fail: look at every row."""
    unchecked = [str(row[0]) for row in connection.execute(text(_UNCHECKED))]
    return [*unchecked, *_broken_checks(connection), *_orphans(connection)]


def _broken_checks(connection: Connection) -> list[str]:
    faults = []
    for relation, name, rule in connection.execute(text(_CHECKS)).all():
        # Both names come from the catalogue, quoted by the server.
        count = connection.exec_driver_sql(f"SELECT count(*) FROM {relation} WHERE NOT ({rule})".replace("%", "%%"))
        if found := count.scalar_one():
            faults.append(f"{found} rows of {relation} break the rule {name}")
    return faults


def _orphans(connection: Connection) -> list[str]:
    # Keys only: to learn of all else that the tables have takes longer than to look at the rows.
    return [
        f"{found} rows of {table} point to rows of {key['referred_table']} that are gone"
        for (_, table), keys in sorted(inspect(connection).get_multi_foreign_keys().items())
        for key in keys
        if (found := _count_orphans(connection, table, key))
    ]


def _count_orphans(connection: Connection, table: str, key: ReflectedForeignKeyConstraint) -> int:
    quote = connection.dialect.identifier_preparer.quote_identifier
    pairs = [
        (f"child.{quote(own)}", f"parent.{quote(above)}")
        for own, above in zip(key["constrained_columns"], key["referred_columns"], strict=True)
    ]
    given = " AND ".join(f"{own} IS NOT NULL" for own, _ in pairs)
    there = " AND ".join(f"{own} = {above}" for own, above in pairs)
    parent = f"SELECT FROM {quote(key['referred_table'])} AS parent WHERE {there}"
    statement = f"SELECT count(*) FROM {quote(table)} AS child WHERE {given} AND NOT EXISTS ({parent})"
    return int(connection.exec_driver_sql(statement).scalar_one())
