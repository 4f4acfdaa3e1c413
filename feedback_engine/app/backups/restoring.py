"""Restores a backup into an empty database: whole or not at all, at the newest schema, and mailing nobody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, inspect

from feedback_engine.app import migrating
from feedback_engine.app.backups import archive, postgresql_copy, sqlite_copy
from feedback_engine.app.backups.archive import Backup, Manifest
from feedback_engine.app.backups.files import put_in_place, working_folder
from feedback_engine.app.backups.taking import SQLITE_MEMBER, links_check, member_of
from feedback_engine.foundation import release_gate
from feedback_engine.foundation.clock import Clock
from feedback_engine.foundation.db import Database
from feedback_engine.foundation.errors import Conflict, Invalid, Unavailable
from feedback_engine.foundation.settings import Settings
from feedback_engine.foundation.unit_of_work import Actor, UnitOfWork

RESTORE = Actor("system", "restore", "restore")
_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
Finish = Callable[[Connection], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup that was restored, and the changes of the schema it had not seen."""

    manifest: Manifest
    applied: tuple[str, ...]


def restore(settings: Settings, clock: Clock, file: Path, *, other_keys: bool = False) -> Restored:
    """Fill the empty database of `settings` from a backup, and hold everything back until `mail release`.

    Raises Invalid when the file is no sound backup or of the other kind of database, Conflict when the database is
    not empty, or when links were signed by other keys and `other_keys` does not allow for it, Unavailable when the
    backup is of a newer release.
    """
    with archive.reading(file) as backup:
        database = Database(settings.database_url)
        try:
            _check_kind(backup.manifest, database)
            applied = _changes_since(backup.manifest)

            def finish(connection: Connection) -> None:
                migrating.upgrade_within(connection)
                uow = UnitOfWork(connection, clock.now(), RESTORE, {})
                if not other_keys:
                    _check_links(uow, backup.manifest, settings)
                release_gate.hold(uow, backup.manifest.taken_at)

            into = _into_sqlite if database.is_sqlite else _into_postgresql
            into(backup, database, finish)
        finally:
            database.dispose()
    return Restored(backup.manifest, tuple(applied))


def _into_sqlite(backup: Backup, database: Database, finish: Finish) -> None:
    target = Path(str(database.url.database)).absolute()
    # A WAL left behind by another database would be played into the restored one.
    remains = [
        path for path in (target, *(Path(f"{target}-{end}") for end in ("wal", "shm", "journal"))) if path.exists()
    ]
    if remains:
        raise Conflict(
            f"{remains[0]} is there already. Stop the engine and move {target.name}, {target.name}-wal and "
            f"{target.name}-shm away, or name another file in FEEDBACK_ENGINE_DATABASE_URL."
        )
    with working_folder(target) as folder:
        made = folder / SQLITE_MEMBER
        with made.open("wb") as stream:
            for chunk in backup.read(SQLITE_MEMBER):
                stream.write(chunk)
        _check_file(made, backup.manifest)
        prepared = Database(f"sqlite:///{made}")
        try:
            with prepared.write() as connection:
                finish(connection)
        finally:
            prepared.dispose()
        sqlite_copy.fold_wal(made)
        put_in_place(made, target)


def _check_file(path: Path, manifest: Manifest) -> None:
    faults = sqlite_copy.faults_in_file(path)
    if faults:
        raise Invalid(f"The backup is damaged: {'; '.join(faults[:5])}.")
    if sqlite_copy.contents(path) != manifest.tables:
        raise Invalid("The backup is damaged: its tables are not those it says it holds.")


def _into_postgresql(backup: Backup, database: Database, finish: Finish) -> None:
    with database.write() as connection:
        tables = inspect(connection).get_table_names()
        if tables:
            raise Conflict(
                f"The database holds {len(tables)} tables already. Make an empty one (createdb NAME) and name it in "
                "FEEDBACK_ENGINE_DATABASE_URL."
            )
        # One transaction from the first table to the gate: it ends whole, or leaves the database empty.
        manifest = backup.manifest
        migrating.upgrade_within(connection, manifest.revision)
        order = postgresql_copy.parents_first(connection)
        if set(order) != manifest.tables.keys():
            raise Invalid(f"The tables of {manifest.revision} are not those of the backup.")
        postgresql_copy.same_text(connection)
        for name in order:
            postgresql_copy.load(connection, name, manifest.tables[name], backup.read(member_of(name)))
        finish(connection)


def _check_kind(manifest: Manifest, database: Database) -> None:
    kind = "sqlite" if database.is_sqlite else "postgresql"
    if manifest.kind != kind:
        raise Invalid(
            f"This is a backup of {_NAMES[manifest.kind]}, and FEEDBACK_ENGINE_DATABASE_URL names {_NAMES[kind]}; "
            f"name an empty database of {_NAMES[manifest.kind]}."
        )


def _changes_since(manifest: Manifest) -> list[str]:
    known = migrating.revisions()
    if manifest.revision not in known:
        raise Unavailable(
            f"The backup is at {manifest.revision}, which this release does not know; install release "
            f"{manifest.engine_version} or newer."
        )
    return known[known.index(manifest.revision) + 1 :]


def _check_links(uow: UnitOfWork, manifest: Manifest, settings: Settings) -> None:
    if manifest.links_check and links_check(uow, settings) != manifest.links_check:
        raise Conflict(
            "FEEDBACK_ENGINE_SECRET_KEY is not the one of the installation this backup comes from, so links in mails "
            "that were sent would not open. Set the old one; if it is lost, say --other-secret-key."
        )
