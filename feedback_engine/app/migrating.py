"""Brings the schema of a database up to date, one numbered change after the other."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from feedback_engine.foundation.db import Database
from feedback_engine.foundation.errors import Unavailable

_SCRIPTS = Path(__file__).parent.parent / "migrations"
_NUMBERED = "versions/[0-9][0-9][0-9][0-9]_*.py"


def upgrade(database_url: str, to: str = "head") -> list[str]:
    """Apply every change this database has not seen, up to `to`; returns their names, oldest first.

    Raises Unavailable when the database cannot be reached.
    """
    database = Database(database_url)
    try:
        pending = pending_changes(database)
        wanted = pending if to == "head" else pending[: pending.index(to) + 1] if to in pending else []
        if wanted:
            with database.write() as connection:
                upgrade_within(connection, to)
        return wanted
    finally:
        database.dispose()


def upgrade_within(connection: Connection, to: str = "head") -> None:
    """Apply every change up to `to` inside a transaction of the caller's."""
    # Read only when there is a change to apply: a process that merely starts need not hold it in memory.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def revisions() -> list[str]:
    """Every change this release knows, oldest first."""
    return sorted(path.stem for path in _SCRIPTS.glob(_NUMBERED))


def revision_of(connection: Connection) -> str | None:
    """The last change this database has seen; None when it has seen none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def pending_changes(database: Database) -> list[str]:
    """The changes this database has not seen. Raises Unavailable for a schema newer than this release."""
    known = revisions()
    with database.read() as connection:
        current = revision_of(connection)
    if current is None:
        return known
    if current not in known:
        raise Unavailable(f"The database is at {current}, which this release does not know; install the newer release.")
    return known[known.index(current) + 1 :]
