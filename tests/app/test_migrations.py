"""The numbered changes make exactly the schema that the models describe, on both databases."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from feedback_engine.app import migrating, schema
from feedback_engine.foundation import ids
from feedback_engine.foundation.clock import SystemClock
from feedback_engine.foundation.db import Database
from feedback_engine.foundation.unit_of_work import SYSTEM, Work
from tests.conftest import administer, database_address


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    server: URL = request.getfixturevalue("postgresql_server")
    administer(server, "CREATE DATABASE empty")
    yield database_address(server, "empty")
    administer(server, "DROP DATABASE empty WITH (FORCE)")


def test_upgrading_an_empty_database_makes_the_schema_of_the_models(empty_url: str) -> None:
    schema.load()
    assert migrating.upgrade(empty_url) == ["0001_first_schema"]
    database = Database(empty_url)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, SQLModel.metadata) == []
    database.dispose()


def test_upgrading_twice_changes_nothing(empty_url: str) -> None:
    migrating.upgrade(empty_url)
    assert migrating.upgrade(empty_url) == []


def test_an_upgraded_database_refuses_to_rewrite_its_ledgers(empty_url: str) -> None:
    migrating.upgrade(empty_url)
    database = Database(empty_url)
    work = Work(database, SystemClock())
    with work.begin(actor=SYSTEM) as uow:
        uow.audit("test", "thing", str(ids.new_id(1)))

    def rewrite() -> None:
        with work.begin(actor=SYSTEM) as uow:
            uow.connection.execute(text("DELETE FROM audit"))

    with pytest.raises(DBAPIError, match="append-only"):
        rewrite()
    database.dispose()


def test_the_first_change_names_every_ledger_of_the_models() -> None:
    schema.load()
    first = importlib.import_module("feedback_engine.migrations.versions.0001_first_schema")
    ledgers = {table.name for table in SQLModel.metadata.sorted_tables if table.info.get("append_only")}
    assert set(first.LEDGERS) == ledgers
