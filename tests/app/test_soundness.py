"""`db check` sees rows that break a rule of the schema, however they came there."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import psycopg
import pytest

from feedback_engine.app import migrating, soundness
from feedback_engine.foundation.db import Database
from feedback_engine.foundation.errors import Unavailable
from tests.upgrades.seeded import REVISIONS, fill, kind_of

ORPHAN = {
    "sqlite": ("PRAGMA foreign_keys=OFF", "UPDATE contact SET partner_id = zeroblob(16)"),
    "postgresql": (
        "SET session_replication_role = replica",
        "UPDATE contact SET partner_id = '00000000-0000-0000-0000-000000000000'",
    ),
}
BROKEN = {
    "sqlite": ("PRAGMA ignore_check_constraints=ON", "UPDATE wave SET state = 'nonsense'"),
    "postgresql": ("ALTER TABLE wave ADD CONSTRAINT never_true CHECK (name LIKE '%nonsense') NOT VALID",),
}


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (ORPHAN, "contact.*partner.*gone"),
        (BROKEN, "CHECK constraint failed in wave|never checked.*break the rule never_true"),
    ],
)
def test_a_row_that_breaks_a_rule_is_found(empty_url: str, damage: dict[str, tuple[str, ...]], words: str) -> None:
    fill(empty_url, REVISIONS[-1])
    database = Database(empty_url)
    soundness.check(database)
    _run(empty_url, damage[kind_of(empty_url)])
    with pytest.raises(Unavailable, match=words):
        soundness.check(database)
    database.dispose()


def _run(url: str, statements: Sequence[str]) -> None:
    """Past the engine: it would not let us."""
    with closing(_connect(url)) as connection:
        for statement in statements:
            connection.execute(statement)


def _connect(url: str) -> Any:
    if kind_of(url) == "sqlite":
        return sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    return psycopg.connect(url.replace("postgresql+psycopg:", "postgresql:"), autocommit=True)


def test_a_schema_that_lacks_changes_is_not_sound(empty_url: str) -> None:
    fill(empty_url, REVISIONS[0])
    database = Database(empty_url)
    with pytest.raises(Unavailable, match="db upgrade"):
        soundness.check(database)
    database.dispose()
    assert migrating.upgrade(empty_url) == REVISIONS[1:]
