"""Keeps the answers to requests of programs under the keys they sent: what is sent again has no second effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, Row, UniqueConstraint, delete, select, update
from sqlmodel import Field, SQLModel

from feedback_engine.foundation import bulk, ids
from feedback_engine.foundation.tables import (
    REFERENCE,
    bytes_column,
    document_column,
    id_column,
    id_reference,
    instant_column,
)
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

KEPT = timedelta(hours=24)
LONGEST_KEY = 255


class RequestKey(SQLModel, table=True):
    """A key that a program sent with a request; `status` and `body` are empty while the request is carried out."""

    __tablename__ = "request_key"
    __table_args__ = (
        UniqueConstraint("principal_id", "key", name="request_key_once"),
        CheckConstraint("(status is null) = (body is null)", name="request_key_answer"),
        Index("ix_request_key_claimed", "claimed_at"),
        REFERENCE,
    )

    id: UUID = id_column()
    principal_id: UUID = id_reference()
    key: str = Field(max_length=LONGEST_KEY)
    request_hash: bytes = bytes_column()
    claimed_at: datetime = instant_column()
    status: int | None = None
    headers: dict[str, Any] | None = document_column(nullable=True)
    body: bytes | None = Field(default=None, sa_type=LargeBinary, nullable=True)


_KEY = RequestKey.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a key: the request it came with, and its answer (`status` None: not answered yet)."""

    request_hash: bytes
    claimed_at: datetime
    status: int | None
    headers: Mapping[str, str]
    body: bytes


def claim(uow: UnitOfWork, principal_id: UUID, key: str, request_hash: bytes) -> UUID | Known:
    """Take a key for a request: the id of the claim, or what is known of the key. What is older than KEPT is gone."""
    claimed = {
        "id": ids.new_reference_id(),
        "principal_id": principal_id,
        "key": key,
        "request_hash": request_hash,
        "claimed_at": uow.now,
    }
    old = _of_key(principal_id, key)
    uow.connection.execute(delete(_KEY).where(*old, _KEY.c.claimed_at <= uow.now - KEPT))
    if bulk.insert_rows(uow.connection, _KEY, [claimed], skip_known=True):
        return claimed["id"]  # type: ignore[return-value]
    row: Row[Any] = uow.connection.execute(select(_KEY).where(*old)).one()
    return Known(bytes(row.request_hash), row.claimed_at, row.status, row.headers or {}, bytes(row.body or b""))


def answer(uow: UnitOfWork, claim_id: UUID, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Keep the answer to the request of a claim."""
    values = {"status": status, "headers": dict(headers), "body": body}
    uow.connection.execute(update(_KEY).where(_KEY.c.id == claim_id).values(**values))


def release(uow: UnitOfWork, claim_id: UUID) -> None:
    """Forget a claim whose request had no effect, so that the same key may be tried again."""
    uow.connection.execute(delete(_KEY).where(_KEY.c.id == claim_id))


def forget_old(uow: UnitOfWork) -> int:
    """Forget the keys that are older than KEPT; returns how many there were."""
    return uow.connection.execute(delete(_KEY).where(_KEY.c.claimed_at <= uow.now - KEPT)).rowcount


def has_old(reading: Reading) -> bool:
    """Whether there are keys to forget."""
    query = select(_KEY.c.id).where(_KEY.c.claimed_at <= reading.now - KEPT).limit(1)
    return reading.connection.execute(query).first() is not None


def _of_key(principal_id: UUID, key: str) -> tuple[Any, Any]:
    return _KEY.c.principal_id == principal_id, _KEY.c.key == key
