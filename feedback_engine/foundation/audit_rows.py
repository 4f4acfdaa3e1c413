"""The audit table: who changed what and when; append-only."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select
from sqlmodel import Field, SQLModel

from feedback_engine.foundation.tables import REFERENCE, append_only, document_column, id_column, instant_column


class AuditEntry(SQLModel, table=True):
    """One change, as the log keeps it for ever."""

    __tablename__ = "audit"
    __table_args__ = (REFERENCE,)

    id: UUID = id_column()
    at: datetime = instant_column(index=True)
    actor_kind: str = Field(max_length=10)
    actor_id: str = Field(max_length=64)
    actor_name: str = Field(max_length=200)
    action: str = Field(max_length=80)
    object_type: str = Field(max_length=40)
    object_ref: str = Field(max_length=600, index=True)
    detail: dict[str, Any] = document_column()


append_only(SQLModel.metadata.tables["audit"])


def instants_of(connection: Connection, object_type: str, object_ref: str) -> list[datetime]:
    """When something was done to an object, oldest first: at that instant all was written that was written with it."""
    audit = SQLModel.metadata.tables["audit"]
    query = select(audit.c.at).where(audit.c.object_ref == object_ref, audit.c.object_type == object_type)
    return list(connection.execute(query.order_by(audit.c.at, audit.c.id)).scalars())
