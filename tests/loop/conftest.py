"""An installation for the tests of the whole loop: on both databases, or on SQLite where the database is no matter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installation import Installation, running


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    """The starter program, live, on SQLite and on PostgreSQL."""
    with running(database_url, tmp_path) as made:
        made.publish_starter()
        yield made


@pytest.fixture
def on_sqlite(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    """The starter program, live, on SQLite."""
    with running(sqlite_url, tmp_path) as made:
        made.publish_starter()
        yield made
