"""What the fault tests may ask for: installations of real processes on either database."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from tests.conftest import administer, database_address
from tests.faults.installed import Installed, installed
from tests.faults.mail import CountingMailServer
from tests.faults.processes import Nursery, nursery

_numbers = iter(range(1, 1_000_000))


@pytest.fixture(scope="session")
def _nursery() -> Iterator[Nursery]:
    with nursery() as started:
        yield started


@pytest.fixture
def children(_nursery: Nursery) -> Iterator[Nursery]:
    """Starts commands; what still runs after the test is ended."""
    yield _nursery
    _nursery.bury_all()


@pytest.fixture
def mails() -> Iterator[CountingMailServer]:
    with CountingMailServer() as server:
        yield server


@pytest.fixture
def fresh_postgresql_url(migrated_postgresql: URL) -> Iterator[str]:
    """A PostgreSQL database as the migrations leave it, without content."""
    name = f"faults_{os.getpid()}_{next(_numbers)}"
    administer(migrated_postgresql, f"CREATE DATABASE {name} TEMPLATE migrated STRATEGY FILE_COPY")
    yield database_address(migrated_postgresql, name)
    administer(migrated_postgresql, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def fresh_sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """The same on SQLite."""
    shutil.copyfile(migrated_sqlite, tmp_path / "engine.db")
    return f"sqlite:///{tmp_path}/engine.db"


@pytest.fixture
def on_sqlite(
    fresh_sqlite_url: str, children: Nursery, mails: CountingMailServer, tmp_path: Path
) -> Iterator[Installed]:
    """An installation on SQLite: the starter program, live, without hold and send window."""
    with installed(fresh_sqlite_url, tmp_path, children, mails) as made:
        yield made


@pytest.fixture
def on_postgresql(
    fresh_postgresql_url: str, children: Nursery, mails: CountingMailServer, tmp_path: Path
) -> Iterator[Installed]:
    """The same on PostgreSQL."""
    with installed(fresh_postgresql_url, tmp_path, children, mails) as made:
        yield made


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def on_both(
    request: pytest.FixtureRequest, children: Nursery, mails: CountingMailServer, tmp_path: Path
) -> Iterator[Installed]:
    """The same on each database."""
    url: str = request.getfixturevalue(f"fresh_{request.param}_url")
    with installed(url, tmp_path, children, mails) as made:
        yield made
