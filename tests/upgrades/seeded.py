"""Databases that hold what an installation held at some revision, from the stored seeds."""

from __future__ import annotations

from pathlib import Path

from feedback_engine.app import migrating
from feedback_engine.app.backups import archive, postgresql_copy
from feedback_engine.app.backups.archive import Backup
from feedback_engine.app.backups.taking import SQLITE_MEMBER, member_of
from feedback_engine.foundation.db import Database

SEEDS = Path(__file__).parent / "seeds"
REVISIONS = migrating.revisions()


def seed_of(revision: str, kind: str) -> Path:
    """Where the seed of a revision lies."""
    return SEEDS / f"{revision}.{kind}.backup"


def kind_of(url: str) -> str:
    """Which kind of database an address names."""
    return "sqlite" if url.startswith("sqlite") else "postgresql"


def _seed_for(revision: str, kind: str) -> Path:
    """The newest seed that is not newer than the revision; its data come there as an installation's would."""
    before = REVISIONS[: REVISIONS.index(revision) + 1]
    return next(seed for each in reversed(before) if (seed := seed_of(each, kind)).exists())


def fill(url: str, revision: str) -> Backup:
    """Let an empty database become an installation at this revision; returns the seed it came from."""
    kind = kind_of(url)
    with archive.reading(_seed_for(revision, kind)) as seed:
        if kind == "sqlite":
            Path(url.removeprefix("sqlite:///")).write_bytes(b"".join(seed.read(SQLITE_MEMBER)))
        else:
            _load(url, seed)
    migrating.upgrade(url, to=revision)
    return seed


def _load(url: str, seed: Backup) -> None:
    database = Database(url)
    with database.write() as connection:
        migrating.upgrade_within(connection, seed.manifest.revision)
        postgresql_copy.same_text(connection)
        for name in postgresql_copy.parents_first(connection):
            postgresql_copy.load(connection, name, seed.manifest.tables[name], seed.read(member_of(name)))
    database.dispose()
