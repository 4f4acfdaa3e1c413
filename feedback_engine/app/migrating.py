"""Brings the schema of a database up to date, one numbered change after the other."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from feedback_engine.foundation.db import Database
from feedback_engine.foundation.errors import Unavailable

_SCRIPTS = Path(__file__).parent.parent / "migrations"


def upgrade(database_url: str) -> list[str]:
    """Apply every change this database has not seen; returns their names, oldest first.

    Raises Unavailable when the database cannot be reached.
    """
    database = Database(database_url)
    try:
        pending = pending_changes(database)
        if pending:
            with database.write() as connection:
                config = _config()
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        return pending
    finally:
        database.dispose()


def pending_changes(database: Database) -> list[str]:
    """The changes this database has not seen. Raises Unavailable for a schema newer than this release."""
    scripts = ScriptDirectory.from_config(_config())
    with database.read() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in scripts.walk_revisions()}
    if current is not None and current not in known:
        raise Unavailable(f"The database is at {current}, which this release does not know; install the newer release.")
    pending = []
    for script in scripts.walk_revisions("base", "heads"):
        if script.revision == current:
            break
        pending.append(script.revision)
    return pending[::-1]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return config
