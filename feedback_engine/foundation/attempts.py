"""The log of every attempt to tell somebody something: by which channel, when, how it ended, when the next one comes.

Mail to staff writes it where it is marked, webhooks and chats where they are sent. `ref_id` is the row that the message
is about, so that whoever ordered it finds its attempts again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, and_, or_, select, tuple_
from sqlmodel import Field, SQLModel

from feedback_engine.foundation import bulk, ids
from feedback_engine.foundation.tables import id_column, id_reference, instant_column, one_of, shard_column
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

OUTCOMES = (
    "sent",
    "again",  # it failed and is tried again at `next_at`
    "given_up",
    "withdrawn",  # there was no need any more, or no right
    "unclear",  # whoever sent it stopped in the middle
)
Outcome = Literal["sent", "again", "given_up", "withdrawn", "unclear"]
LONGEST_ERROR = 500
LONGEST_REPLY = 1024


class DeliveryAttempt(SQLModel, table=True):
    """One attempt. `reply` is the beginning of what the other side answered, where it is a program."""

    __tablename__ = "delivery_attempt"
    __table_args__ = (
        CheckConstraint(one_of("outcome", OUTCOMES), name="delivery_attempt_outcome"),
        Index("ix_delivery_attempt_ref", "shard", "ref_id"),
        Index("ix_delivery_attempt_recipient", "recipient_id", "at"),
        Index("ix_delivery_attempt_at", "at"),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    ref_id: UUID = id_reference()
    channel: str = Field(max_length=20)
    recipient_id: UUID | None = id_reference(nullable=True)
    about: str = Field(max_length=40)
    at: datetime = instant_column()
    outcome: str = Field(max_length=20)
    status_code: int | None = None
    error: str | None = Field(default=None, max_length=LONGEST_ERROR)
    reply: str | None = Field(default=None, max_length=LONGEST_REPLY)
    duration_ms: int | None = None
    next_at: datetime | None = instant_column(nullable=True)


_TABLE = DeliveryAttempt.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt as it is written and read; `id` is also what a receiver is told as the id of the request."""

    id: UUID
    ref_id: UUID
    channel: str
    recipient_id: UUID | None
    about: str
    at: datetime
    outcome: str
    status_code: int | None = None
    error: str | None = None
    reply: str | None = None
    duration_ms: int | None = None
    next_at: datetime | None = None


_FIELDS = tuple(Attempt.__dataclass_fields__)


def write(uow: UnitOfWork, attempts: Sequence[Attempt]) -> None:
    """Keep these attempts; each stands in the shard of what it is about."""
    rows: list[Mapping[str, Any]] = [
        {
            "shard": ids.shard_of(attempt.ref_id),
            **{name: getattr(attempt, name) for name in _FIELDS},
            "error": attempt.error[:LONGEST_ERROR] if attempt.error else None,
        }
        for attempt in attempts
    ]
    if rows:
        bulk.insert_rows(uow.connection, _TABLE, rows)


def text_of(reply: bytes) -> str | None:
    """The beginning of a reply as text that every database can keep; None when there was none."""
    text = reply[:LONGEST_REPLY].decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return text[:LONGEST_REPLY] or None


def of_refs(reading: Reading, ref_ids: Iterable[UUID]) -> list[Attempt]:
    """Every attempt about these rows, oldest first."""
    keys = [(ids.shard_of(each), each) for each in set(ref_ids)]
    if not keys:
        return []
    query = _select().where(tuple_(_TABLE.c.shard, _TABLE.c.ref_id).in_(keys)).order_by(_TABLE.c.at, _TABLE.c.id)
    return [Attempt(*row) for row in reading.connection.execute(query)]


def newest(
    reading: Reading,
    limit: int,
    before: tuple[datetime, UUID] | None = None,
    *,
    outcome: str | None = None,
    recipient_id: UUID | None = None,
) -> list[Attempt]:
    """The latest attempts, newest first; `before` is the instant and id of the last one seen."""
    query = _select().order_by(_TABLE.c.at.desc(), _TABLE.c.id.desc()).limit(limit)
    if outcome is not None:
        query = query.where(_TABLE.c.outcome == outcome)
    if recipient_id is not None:
        query = query.where(_TABLE.c.recipient_id == recipient_id)
    if before is not None:
        at, last_id = before
        query = query.where(or_(_TABLE.c.at < at, and_(_TABLE.c.at == at, _TABLE.c.id < last_id)))
    return [Attempt(*row) for row in reading.connection.execute(query)]


def _select() -> Any:
    return select(*(_TABLE.c[name] for name in _FIELDS))
