"""The journey tables: the event ledger, what is personal in it, and the intake that keeps events unique."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from feedback_engine.foundation.tables import (
    append_only,
    bytes_column,
    document_column,
    id_column,
    id_reference,
    instant_column,
    shard_column,
    shard_foreign_key,
)

NAME_LENGTH = 512
"""The most characters of an event's id, source, type and subject."""


class TouchpointEvent(SQLModel, table=True):
    """It happened, to this partner, at this instant. Appended only.

    `attributes` pins what was declared of event, partner and contact at intake:
    `{"event": {...}, "partner": {...}, "contact": {...}}`.
    """

    __tablename__ = "touchpoint_event"
    __table_args__ = (
        shard_foreign_key("partner_id", "partner", name="touchpoint_event_partner"),
        shard_foreign_key("contact_id", "contact", name="touchpoint_event_contact"),
        Index("ix_touchpoint_event_partner", "shard", "partner_id", "at"),
        Index("ix_touchpoint_event_type", "type", "at"),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    partner_id: UUID = id_reference()
    contact_id: UUID | None = id_reference(nullable=True)
    source: str = Field(max_length=NAME_LENGTH)
    external_id: str = Field(max_length=NAME_LENGTH)
    event_key: int = Field(sa_type=BigInteger)
    type: str = Field(max_length=NAME_LENGTH)
    at: datetime = instant_column()
    received_at: datetime = instant_column()
    attributes: dict[str, Any] = document_column()
    replayed: bool = Field(default=False)


class EventPersonal(SQLModel, table=True):
    """The attributes of one event that are declared personal; erasing the contact deletes the row."""

    __tablename__ = "event_personal"
    __table_args__ = (
        shard_foreign_key("id", "touchpoint_event", name="event_personal_event"),
        Index("ix_event_personal_contact", "shard", "contact_id"),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    contact_id: UUID | None = id_reference(nullable=True)
    attributes: dict[str, Any] = document_column()


class Intake(SQLModel, table=True):
    """The natural key of an event, taken once. `shard` comes of the event's key, not of its partner."""

    __tablename__ = "intake"

    shard: int = shard_column()
    source: str = Field(primary_key=True, max_length=NAME_LENGTH)
    external_id: str = Field(primary_key=True, max_length=NAME_LENGTH)
    body_hash: bytes = bytes_column(32)
    event_id: UUID = id_reference()


append_only(TouchpointEvent.__table__)  # type: ignore[attr-defined]
