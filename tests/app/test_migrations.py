"""The numbered changes make exactly the schema that the models describe, on both databases."""

from __future__ import annotations

import importlib
import re

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from feedback_engine.app import migrating, schema
from feedback_engine.foundation import ids
from feedback_engine.foundation.clock import SystemClock
from feedback_engine.foundation.db import Database
from feedback_engine.foundation.unit_of_work import SYSTEM, Work


def test_upgrading_an_empty_database_makes_the_schema_of_the_models(empty_url: str) -> None:
    schema.load()
    assert migrating.upgrade(empty_url) == migrating.revisions()
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


def test_the_changes_name_every_ledger_of_the_models() -> None:
    schema.load()
    changes = [importlib.import_module(f"feedback_engine.migrations.versions.{name}") for name in migrating.revisions()]
    named = [ledger for change in changes for ledger in getattr(change, "LEDGERS", ())]
    ledgers = [table.name for table in SQLModel.metadata.sorted_tables if table.info.get("append_only")]
    assert sorted(named) == sorted(ledgers)


def test_checks_that_list_texts_allow_exactly_what_the_models_name(empty_url: str) -> None:
    schema.load()
    migrating.upgrade(empty_url)
    named = {
        (table.name, str(check.name)): set(_TEXT.findall(str(check.sqltext)))
        for table in SQLModel.metadata.sorted_tables
        for check in table.constraints
        if isinstance(check, CheckConstraint) and _LIST.fullmatch(str(check.sqltext))
    }
    assert len(named) > 10
    database = Database(empty_url)
    with database.engine.connect() as connection:
        assert {each: _texts_of(connection, *each) for each in named} == named
    database.dispose()


_LIST = re.compile(r"\w+ in \([^()]*\)", re.IGNORECASE)
_TEXT = re.compile(r"'([^']*)'")


def _texts_of(connection: Connection, table: str, name: str) -> set[str]:
    """The texts that a constraint lists, as the database holds it."""
    if connection.dialect.name == "postgresql":
        query = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"
        return set(_TEXT.findall(str(connection.execute(text(query), {"name": name}).scalar_one())))
    query = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :table"
    written = str(connection.execute(text(query), {"table": table}).scalar_one())
    _, _, rest = written.partition(f"CONSTRAINT {name} CHECK (")
    return set(_TEXT.findall(rest[: rest.index(")")]))
