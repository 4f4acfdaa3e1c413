"""`db check` sees rows that break a rule of the schema, however they came there."""

from __future__ import annotations

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
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in damage[kind_of(empty_url)]:
            connection.exec_driver_sql(statement.replace("%", "%%"))
    with pytest.raises(Unavailable, match=words):
        soundness.check(database)
    database.dispose()


def test_a_schema_that_lacks_changes_is_not_sound(empty_url: str) -> None:
    fill(empty_url, REVISIONS[0])
    database = Database(empty_url)
    with pytest.raises(Unavailable, match="db upgrade"):
        soundness.check(database)
    database.dispose()
    assert migrating.upgrade(empty_url) == REVISIONS[1:]
