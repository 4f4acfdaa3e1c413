"""The outbox table: one row for each event and each handler that still has to see it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from orjson import Fragment
from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from feedback_engine.foundation import ids
from feedback_engine.foundation.events import Event
from feedback_engine.foundation.tables import (
    document_column,
    id_column,
    id_reference,
    instant_column,
    shard_column,
)


class Outbox(SQLModel, table=True):
    """An event on its way to one handler; deleted by that handler's own transaction."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_handler_id", "handler", "id"),
        Index(
            "ix_outbox_waiting",
            "handler",
            "partner_id",
            sqlite_where=text("attempts > 0"),
            postgresql_where=text("attempts > 0"),
        ),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    handler: str = Field(max_length=80)
    event_type: str = Field(max_length=80)
    partner_id: UUID = id_reference()
    payload: dict[str, Any] = document_column()
    created_at: datetime = instant_column()
    attempts: int = Field(default=0)
    next_try_at: datetime | None = instant_column(nullable=True)
    parked_at: datetime | None = instant_column(nullable=True)
    error: str | None = Field(default=None, max_length=2000)


_BESIDE = {"partner_id"}
"""Stands in a column of its own."""

TABLE = Outbox.__table__  # type: ignore[attr-defined]


def row_for(event: Event, handler: str, now: datetime) -> dict[str, Any]:
    """The outbox row that carries `event` to `handler`."""
    shard = ids.shard_of(event.partner_id)
    return {
        "shard": shard,
        "id": ids.new_id(shard),
        "handler": handler,
        "event_type": type(event).__name__,
        "partner_id": event.partner_id,
        # Written as JSON at once; a document of Python values would be made only to be written again.
        "payload": Fragment(event.model_dump_json(exclude=_BESIDE)),
        "created_at": now,
        "attempts": 0,
    }
