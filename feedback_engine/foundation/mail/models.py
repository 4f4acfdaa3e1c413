"""The mail queue and the gate that stops it. Rendered bodies are never kept: mail is rendered when it is claimed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from feedback_engine.foundation.tables import (
    REFERENCE,
    append_only,
    document_column,
    id_column,
    id_reference,
    instant_column,
    shard_column,
)


class Mail(SQLModel, table=True):
    """One mail to one person, from the moment it is wanted until its fate is known."""

    __tablename__ = "mail"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'claimed', 'sent', 'unknown', 'failed', 'cancelled')", name="mail_state"),
        CheckConstraint("audience IN ('partner', 'staff')", name="mail_audience"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="mail_sent_has_instant"),
        Index(
            "ix_mail_due",
            "due_at",
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
        Index(
            "ix_mail_open",
            "state",
            "claimed_at",
            sqlite_where=text("state IN ('claimed', 'unknown', 'failed')"),
            postgresql_where=text("state IN ('claimed', 'unknown', 'failed')"),
        ),
        Index("ix_mail_ref", "shard", "ref_id"),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    kind: str = Field(max_length=40)
    audience: str = Field(max_length=10)
    repeatable: bool
    ref_id: UUID = id_reference()
    partner_id: UUID | None = id_reference(nullable=True)
    recipient_id: UUID | None = id_reference(nullable=True)
    attributes: dict[str, Any] = document_column()
    state: str = Field(default="queued", max_length=10)
    due_at: datetime = instant_column()
    send_before: datetime | None = instant_column(nullable=True)
    created_at: datetime = instant_column()
    claimed_at: datetime | None = instant_column(nullable=True)
    claimed_by: str | None = Field(default=None, max_length=80)
    attempts: int = 0
    first_failed_at: datetime | None = instant_column(nullable=True)
    sent_at: datetime | None = instant_column(nullable=True)
    reason: str | None = Field(default=None, max_length=500)


class MailGate(SQLModel, table=True):
    """Each stop and each resume of mail to partners; the newest row counts."""

    __tablename__ = "mail_gate"
    __table_args__ = (REFERENCE,)

    id: UUID = id_column()
    stopped: bool
    at: datetime = instant_column()
    by: str = Field(max_length=200)
    reason: str = Field(max_length=500)


append_only(SQLModel.metadata.tables["mail_gate"])
