"""Takes a backup: the whole database as of one instant, checked, in one file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TypeAlias

from sqlalchemy.exc import DatabaseError
from sqlmodel import SQLModel

from feedback_engine.app import migrating, schema
from feedback_engine.app.backups import archive, postgresql_copy, sqlite_copy
from feedback_engine.app.backups.archive import CHUNK, Kind, Manifest, TableContent, Writer
from feedback_engine.app.backups.files import put_in_place, working_folder
from feedback_engine.foundation import keys
from feedback_engine.foundation.clock import Clock
from feedback_engine.foundation.db import Database
from feedback_engine.foundation.errors import Conflict, Unavailable
from feedback_engine.foundation.settings import Settings
from feedback_engine.foundation.unit_of_work import Reading, Work

SQLITE_MEMBER = "database.sqlite3"
Content: TypeAlias = tuple[str, datetime, dict[str, TableContent]]
"""Revision, instant and tables of what was copied."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A backup that was taken. `left_out` are tables that are not the engine's."""

    manifest: Manifest
    size: int
    left_out: tuple[str, ...]


def take(settings: Settings, clock: Clock, target: Path, *, force: bool = False) -> Taken:
    """Write a backup of the database to `target`; writers go on meanwhile.

    Raises Conflict when the file is there and `force` is not given, Unavailable when there is nothing to back up or
    the copy is not sound.
    """
    if target.exists() and not force:
        raise Conflict(f"{target} is there already; choose another name, or say --force to write over it.")
    database = Database(settings.database_url)
    try:
        check = _look_at(database, settings, clock)
        with working_folder(target) as folder:
            made = folder / "backup"
            with archive.writing(made) as writer:
                left_out: tuple[str, ...] = ()
                if database.is_sqlite:
                    content = _from_sqlite(database, folder, clock, writer)
                else:
                    content, left_out = _from_postgresql(database, clock, writer)
                kind: Kind = "sqlite" if database.is_sqlite else "postgresql"
                manifest = Manifest(kind, *content, version("feedback-engine"), check)
                writer.finish(manifest)
            size = made.stat().st_size
            put_in_place(made, target, force=force)
        return Taken(manifest, size, left_out)
    finally:
        database.dispose()


def links_check(reading: Reading, settings: Settings) -> str:
    """A sign by which to know the link keys again; nothing can be signed with it. "" when there are no keys yet."""
    secret = settings.secret_key.get_secret_value() if settings.secret_key else None
    found = keys.find(reading, secret)
    return found.derive("backup").hex()[:16] if found is not None else ""


def _look_at(database: Database, settings: Settings, clock: Clock) -> str:
    """Make sure that there is something to back up; returns the sign of its link keys."""
    if database.is_sqlite and not Path(str(database.url.database)).exists():
        raise Unavailable(f"There is no database at {database.url.database}; check FEEDBACK_ENGINE_DATABASE_URL.")
    try:
        with Work(database, clock).read() as reading:
            if migrating.revision_of(reading.connection) is None:
                raise Unavailable("The database is empty; there is nothing to back up.")
            return links_check(reading, settings)
    except DatabaseError as error:
        raise Unavailable(f"The database is damaged, so no backup was written: {error.orig}.") from error


def _from_sqlite(database: Database, folder: Path, clock: Clock, writer: Writer) -> Content:
    copied = folder / SQLITE_MEMBER
    taken_at: list[datetime] = []
    sqlite_copy.copy(Path(str(database.url.database)), copied, lambda: taken_at.append(clock.now()))
    faults = sqlite_copy.faults_in_file(copied)
    if faults:
        raise Unavailable(f"The database is damaged, so no backup was written: {'; '.join(faults[:5])}.")
    writer.add(SQLITE_MEMBER, _chunks(copied))
    return sqlite_copy.revision_of(copied), taken_at[0], sqlite_copy.contents(copied)


def _from_postgresql(database: Database, clock: Clock, writer: Writer) -> tuple[Content, tuple[str, ...]]:
    tables: dict[str, TableContent] = {}
    with postgresql_copy.snapshot(database) as connection:
        columns = postgresql_copy.columns_by_table(connection)
        taken_at = clock.now()
        revision = str(migrating.revision_of(connection))
        left_out = _not_ours(columns, revision)
        for name in sorted(columns.keys() - set(left_out)):
            rows = postgresql_copy.Rows(connection, name, columns[name])
            writer.add(member_of(name), iter(rows))
            tables[name] = TableContent(rows.count, columns[name])
    return (revision, taken_at, tables), left_out


def member_of(table: str) -> str:
    """The name of a table's member."""
    return f"tables/{table}.copy"


def _not_ours(tables: dict[str, tuple[str, ...]], revision: str) -> tuple[str, ...]:
    """Tables of others in the same schema. At an older revision all are taken: some may be ours and gone since."""
    if revision != migrating.revisions()[-1]:
        return ()
    schema.load()
    return tuple(sorted(tables.keys() - SQLModel.metadata.tables.keys()))


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk
