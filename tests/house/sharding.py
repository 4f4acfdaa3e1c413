"""Watches every statement that the tests run: whoever changes rows of partners must say in which shard.

Prepared statements pass by here; they are checked where they are made.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Delete, Update, event
from sqlalchemy.engine import Engine

from feedback_engine.foundation.prepared import names_its_shard


def watch() -> None:
    """Fail whatever changes a sharded table without naming the shard, in every engine of this process."""

    @event.listens_for(Engine, "before_execute")
    def _check(_connection: Any, statement: Any, *_: Any) -> None:
        if isinstance(statement, Update | Delete):
            assert names_its_shard(statement), f"This statement names no shard: {statement}"
