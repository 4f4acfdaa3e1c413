"""What every test may ask for: an engine on SQLite or PostgreSQL under a clock that the test moves."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import settings
from playwright.sync_api import Browser, Error, expect, sync_playwright
from sqlalchemy import make_url
from sqlalchemy.engine import URL

from feedback_engine.app import migrating, schema
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.db import Database
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.keys import load as load_keys
from feedback_engine.foundation.settings import Settings
from feedback_engine.foundation.unit_of_work import Work
from tests.browser.screen import LONGEST_WAIT_MS
from tests.emptied import Emptied
from tests.house import sharding
from tests.promises import PROPERTY, tell
from tests.resting import let_rest

__all__ = ["tell"]

sharding.watch()

# Speed is shown by benchmarks; by the clock an example fails on a busy machine that imports something at first.
settings.register_profile("default", settings.get_profile("default"), deadline=None)
if settings.get_current_profile_name() == "default":
    settings.load_profile("default")

# Tests make much and keep little; a quarter of their time went into looking for circles among what is never freed.
gc.collect()
gc.freeze()
gc.set_threshold(100_000, 50, 100)

START = datetime(2026, 3, 9, 9, 12, tzinfo=UTC)
"""A Monday morning; tests that care about the date say so themselves."""

QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
"""What keeps Chromium from looking for anything outside."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest file that stood last comes first: one of two processes would be left alone with it at the end."""
    items.sort(key=lambda item: not item.path.is_relative_to(_HERE / "upgrades"))


_HERE = Path(__file__).parent


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What each promise came to, in their order."""
    reports = [each for stat in ("passed", "failed") for each in terminalreporter.stats.get(stat, [])]
    lines = [value for each in reports for name, value in each.user_properties if name == PROPERTY]
    if lines:
        terminalreporter.section("promises")
        for line in sorted(lines, key=lambda line: int(line.split()[1].rstrip(":"))):
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, the one without windows first, else what the browser tool downloaded.

    Tests of pages are not run where there is none, unless in CI.
    """
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    of_the_system = next(filter(None, map(shutil.which, names)), None)
    expect.set_options(timeout=LONGEST_WAIT_MS)
    as_root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with sync_playwright() as tool:
        try:
            browser = tool.chromium.launch(executable_path=of_the_system, args=[*QUIET, *as_root])
        except Error as error:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(f"not run: no Chromium here ({error.message.splitlines()[0]})")
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[URL]:
    """A PostgreSQL server of this test process, with a database `blank` that holds every table."""
    from tests.servers import start_postgresql

    with start_postgresql() as address:
        server = make_url(address)
        # These databases end with their tests, and nothing waits for the disk.
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            administer(server, f"ALTER SYSTEM SET {setting} = off")
        administer(server, "SELECT pg_reload_conf()")
        administer(server, "CREATE DATABASE blank")
        _create_tables(database_address(server, "blank"))
        yield server


@pytest.fixture(scope="session")
def blank_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file that holds every table."""
    path = tmp_path_factory.mktemp("sqlite") / "blank.db"
    _create_tables(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_database(postgresql_server: URL) -> Iterator[Emptied]:
    """A PostgreSQL database with every table that can be emptied."""
    name = f"test_{os.getpid()}"
    address = database_address(postgresql_server, name)

    def make() -> str:
        database_at(address).dispose()
        administer(postgresql_server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        # Copied as files, which takes an eighth of the time that copying through the log takes.
        administer(postgresql_server, f"CREATE DATABASE {name} TEMPLATE blank STRATEGY FILE_COPY")
        return address

    database = Emptied(make, lambda: let_rest(database_at(address)))
    yield database
    database.close()
    database_at(address).dispose()


@pytest.fixture
def postgresql_url(postgresql_database: Emptied) -> Iterator[str]:
    """A PostgreSQL database with every table and no content."""
    yield postgresql_database.address
    postgresql_database.empty()


@pytest.fixture
def sqlite_url(blank_sqlite: Path) -> str:
    """An SQLite database with every table and no content, at the same place for every test."""
    return fresh_sqlite(blank_sqlite)


def fresh_sqlite(blank_sqlite: Path) -> str:
    """The address of that database, which has no content again."""
    path = blank_sqlite.with_name("test.db")
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    shutil.copyfile(blank_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind."""
    address: str = request.getfixturevalue(f"{request.param}_url")
    return address


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty_databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Makes databases without any table, all of one kind; gone at the end."""
    if request.param == "sqlite":
        yield lambda: f"sqlite:///{tmp_path}/empty-{next(_numbers)}.db"
        return
    server: URL = request.getfixturevalue("postgresql_server")
    made: list[str] = []

    def make() -> str:
        made.append(f"empty_{os.getpid()}_{next(_numbers)}")
        administer(server, f"CREATE DATABASE {made[-1]}")
        return database_address(server, made[-1])

    yield make
    for name in made:
        administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def empty_url(empty_databases: Callable[[], str]) -> str:
    """A database without any table, of each kind."""
    return empty_databases()


@pytest.fixture
def migrated_url(empty_url: str, request: pytest.FixtureRequest) -> str:
    """A database of each kind that migrations brought to the newest revision, without content."""
    if empty_url.startswith("sqlite"):
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), empty_url.removeprefix("sqlite:///"))
        return empty_url
    name = make_url(empty_url).database
    server: URL = request.getfixturevalue("migrated_postgresql")
    administer(server, f"DROP DATABASE {name}")
    administer(server, f"CREATE DATABASE {name} TEMPLATE migrated STRATEGY FILE_COPY")
    return empty_url


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file that migrations brought to the newest revision."""
    path = tmp_path_factory.mktemp("migrated") / "migrated.db"
    migrating.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_server: URL) -> URL:
    """The PostgreSQL server, with a database `migrated` that migrations brought to the newest revision."""
    administer(postgresql_server, "CREATE DATABASE migrated")
    migrating.upgrade(database_address(postgresql_server, "migrated"))
    return postgresql_server


@pytest.fixture
def clock(request: pytest.FixtureRequest) -> MovedClock:
    """The clock of an installation: it stands still until it is moved, unless a test asks for another kind."""
    kind: type[MovedClock] = getattr(request, "param", MovedClock)
    return kind(START)


@pytest.fixture
def engine(database_url: str, clock: MovedClock, tmp_path: Path) -> Iterator[Engine]:
    """An installation with every table and no content, on SQLite and on PostgreSQL."""
    yield from _engine(database_url, clock, tmp_path)


@pytest.fixture
def sqlite_engine(sqlite_url: str, tmp_path: Path, clock: MovedClock) -> Iterator[Engine]:
    """The same on SQLite only, for tests where the database makes no difference."""
    yield from _engine(sqlite_url, clock, tmp_path)


def _engine(url: str, clock: MovedClock, folder: Path) -> Iterator[Engine]:
    schema.load()
    settings = Settings(database_url=url, var_dir=folder / "var", webhook_allow_private=True)
    database = database_at(url)
    work = Work(database, clock)
    yield Engine(settings, clock, database, work, load_keys(work, "test secret"))
    leave(database)


def database_at(url: str) -> Database:
    """The way into the database at an address: its content is each test's own, but to every test of this process it
    lies at the same place, so that a statement is compiled once and not for each test anew."""
    if url not in _databases:
        # What a power cut leaves is tested with real processes, in tests/faults.
        _databases[url] = Database(url, durable=False)
    return _databases[url]


def leave(database: Database) -> None:
    """What a test does last with a database. Connections to PostgreSQL rest until the next test, see `let_rest`."""
    if database.is_sqlite:
        database.dispose()


_databases: dict[str, Database] = {}
_numbers = iter(range(1, 1_000_000))


def _create_tables(url: str) -> None:
    """Make every table, and the keys that an installation makes at its first start."""
    schema.load()
    database = Database(url)
    database.create_all()
    load_keys(Work(database, MovedClock(START)), None)
    database.dispose()


def database_address(server: URL, name: str) -> str:
    return server.set(database=name).render_as_string(hide_password=False)


def administer(server: URL, statement: str) -> None:
    with psycopg.connect(database_address(server, "postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())
