"""From every earlier revision to the newest: what an installation held before, it holds after, to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from alerts.notices.models import NoticeChoice
from feedback_engine.app import migrating, soundness
from feedback_engine.app.backups import archive
from feedback_engine.foundation.db import Database
from tests.contents import columns_and_contents_of, contents_of
from tests.promises import Tell
from tests.upgrades.seeded import fill, seed_of

REVISIONS = migrating.revisions()
NEVER_SEEDED = {"event_personal"}
"""Tables that the starter program leaves empty: it declares no personal attribute."""
LATER = {"case_file", "case_meeting", "case_message", "chat_address", "mail_intake", "promise", "settlement", "silence"}
"""Of the tables that came after the first schema, those with words and work of people that a seed holds."""


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_an_upgrade_keeps_every_row_of_every_table(empty_url: str, revision: str, tell: Tell) -> None:
    seed = fill(empty_url, revision)
    columns, before = columns_and_contents_of(empty_url)
    assert {name: count for name, (count, _) in before.items() if name in seed.manifest.tables} == {
        name: table.rows for name, table in seed.manifest.tables.items() if name != "alembic_version"
    }
    assert migrating.upgrade(empty_url) == REVISIONS[REVISIONS.index(revision) + 1 :]
    kept, after = columns_and_contents_of(empty_url, columns)
    assert {
        name: names - kept.get(name, set()) for name, names in columns.items() if names - kept.get(name, set())
    } == {}
    assert after == before
    rows, kind = sum(count for count, _ in before.values()), empty_url.partition(":")[0].partition("+")[0]
    tell(18, f"from {revision} on {kind}: {rows:,} rows of {len(before)} tables, counts and checksums equal")
    database = Database(empty_url)
    soundness.check(database)
    database.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_first_seed_holds_rows_of_every_table(kind: str) -> None:
    with archive.reading(seed_of(REVISIONS[0], kind)) as seed:
        empty = {name for name, table in seed.manifest.tables.items() if table.rows == 0}
    assert empty == NEVER_SEEDED


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_later_seed_holds_rows_of_later_tables(kind: str) -> None:
    with archive.reading(seed_of("0013_add_regrouping", kind)) as seed:
        assert {name for name in LATER if not seed.manifest.tables[name].rows} == set()


def test_who_chose_how_to_be_told_before_is_told_as_before(empty_url: str) -> None:
    fill(empty_url, "0017_tell_who_holds_conflicts")
    migrating.upgrade(empty_url)
    database = Database(empty_url)
    with database.read() as connection:
        said = connection.execute(select(NoticeChoice.__table__)).all()  # type: ignore[attr-defined]
    database.dispose()
    assert [(row.rhythm, row.topics, row.grave_at_once) for row in said] == [
        ("weekly", {"moved": "off", "new_case": "digest"}, False)
    ]


def test_a_difference_of_one_value_is_seen(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/seeded.db"
    fill(url, REVISIONS[0])
    before = contents_of(url)
    database = Database(url)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE partner SET name = name || '!' WHERE key = 'tagus'")
    database.dispose()
    after = contents_of(url)
    assert [name for name in before if before[name] != after[name]] == ["partner"]
