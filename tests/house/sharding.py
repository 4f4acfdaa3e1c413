"""Watches every statement that the tests run: whoever changes rows of partners must say in which shard."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Delete, Table, Update, event
from sqlalchemy.engine import Engine
from sqlalchemy.sql import visitors


def names_its_shard(statement: Update | Delete) -> bool:
    """Whether the condition of an UPDATE or DELETE holds the shard of its own table; true for unsharded tables."""
    table = statement.table
    if not isinstance(table, Table) or table.info.get("reference") or "shard" not in table.columns:
        return True
    if statement.whereclause is None:
        return False
    return any(
        isinstance(element, Column) and element.name == "shard" and element.table is table
        for element in visitors.iterate(statement.whereclause)
    )


def watch() -> None:
    """Fail whatever changes a sharded table without naming the shard, in every engine of this process."""

    @event.listens_for(Engine, "before_execute")
    def _check(_connection: Any, statement: Any, *_: Any) -> None:
        if isinstance(statement, Update | Delete):
            assert names_its_shard(statement), f"This statement names no shard: {statement}"
