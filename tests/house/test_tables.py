"""Every row about a partner carries its shard, every ledger refuses to be rewritten, every state is checked."""

from __future__ import annotations

import pytest
from sqlalchemy import UniqueConstraint
from sqlmodel import SQLModel

from feedback_engine.app import schema

schema.load()
TABLES = list(SQLModel.metadata.sorted_tables)
SHARDED = [table for table in TABLES if not table.info.get("reference")]
LEDGERS = ("touchpoint_event", "decision", "audit", "version", "activation", "program_state")


def test_the_primary_key_of_a_sharded_table_begins_with_the_shard() -> None:
    assert len(SHARDED) > 10
    assert [table.name for table in SHARDED if next(iter(table.primary_key.columns)).name != "shard"] == []


def test_unique_constraints_contain_the_shard() -> None:
    unique = [
        (table.name, {column.name for column in constraint.columns})
        for table in SHARDED
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    ]
    unique += [
        (table.name, {column.name for column in index.columns})
        for table in SHARDED
        for index in table.indexes
        if index.unique
    ]
    assert [(table, columns) for table, columns in unique if "shard" not in columns] == []


def test_foreign_keys_between_sharded_rows_carry_both_shards_and_never_null_them() -> None:
    keys = [(table.name, key) for table in TABLES for key in table.foreign_key_constraints]
    assert [name for name, key in keys if key.ondelete == "SET NULL"] == []
    across = [
        name for name, key in keys if not key.referred_table.info.get("reference") and "shard" not in key.column_keys
    ]
    assert across == []


def test_a_table_without_shard_holds_no_partner() -> None:
    holding = [
        table.name
        for table in TABLES
        if table.info.get("reference") and {"partner_id", "contact_id"} & set(table.columns.keys())
    ]
    assert holding == []


@pytest.mark.parametrize("name", LEDGERS)
def test_a_ledger_is_append_only(name: str) -> None:
    assert SQLModel.metadata.tables[name].info.get("append_only")
