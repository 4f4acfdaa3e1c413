"""The tables of sampling: the decision ledger, and the working queue of deferred events."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, SmallInteger
from sqlmodel import Field, SQLModel

from feedback_engine.foundation.tables import (
    append_only,
    bytes_column,
    document_column,
    id_column,
    id_reference,
    instant_column,
    partial_index,
    shard_column,
    shard_foreign_key,
)

_NOBODY = "contact_id IS NULL"


class Decision(SQLModel, table=True):
    """What was decided about one event, one touchpoint and one contact, and why. Appended only.

    `facts` and `verdicts` are compact (see `sampling.facts` and `sampling.verdict`); `plan_version` is the bare hash.
    `at` is the instant the rules saw; `seq` counts the decisions in the order in which they were taken.
    """

    __tablename__ = "decision"
    __table_args__ = (
        shard_foreign_key("partner_id", "partner", name="decision_partner"),
        shard_foreign_key("contact_id", "contact", name="decision_contact"),
        shard_foreign_key("event_id", "touchpoint_event", name="decision_event"),
        CheckConstraint("outcome IN ('invite', 'defer', 'drop')", name="decision_outcome"),
        CheckConstraint("(outcome = 'invite') = (send_at IS NOT NULL)", name="decision_send_at"),
        CheckConstraint("(outcome = 'defer') = (until IS NOT NULL)", name="decision_until"),
        CheckConstraint("(outcome = 'invite') = (rule IS NULL)", name="decision_rule"),
        CheckConstraint("contact_id IS NOT NULL OR outcome = 'drop'", name="decision_nobody"),
        CheckConstraint("(attempt > 1) = (previous_id IS NOT NULL)", name="decision_previous"),
        CheckConstraint("attempt >= 1", name="decision_attempt"),
        CheckConstraint("random_rate BETWEEN 0 AND 1", name="decision_rate"),
        CheckConstraint("inclusion_probability BETWEEN 0 AND 1", name="decision_probability"),
        Index("decision_once", "shard", "event_id", "touchpoint", "contact_id", "attempt", unique=True),
        # NULLs are never equal, so the decision about nobody needs an index of its own to be unique.
        partial_index("decision_nobody_once", "shard", "event_id", "touchpoint", unique=True, where=_NOBODY),
        Index("decision_contact", "shard", "contact_id"),
        Index("decision_seq", "seq"),
        Index("decision_at", "at"),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    seq: int = Field(sa_type=BigInteger)
    event_id: UUID = id_reference()
    partner_id: UUID = id_reference()
    contact_id: UUID | None = id_reference(nullable=True)
    touchpoint: str = Field(max_length=120)
    attempt: int = Field(sa_type=SmallInteger)
    previous_id: UUID | None = id_reference(nullable=True)
    at: datetime = instant_column()
    outcome: str = Field(max_length=6)
    rule: str | None = Field(default=None, max_length=20)
    until: datetime | None = instant_column(nullable=True)
    send_at: datetime | None = instant_column(nullable=True)
    replayed: bool = False
    plan_version: bytes = bytes_column(32)
    random_rate: float
    inclusion_probability: float
    facts: dict[str, Any] = document_column()
    verdicts: dict[str, Any] = document_column()


class Deferral(SQLModel, table=True):
    """An event that waits to be decided again. Its id is that of the decision that deferred it; deciding deletes it."""

    __tablename__ = "deferral"
    __table_args__ = (
        shard_foreign_key("id", "decision", name="deferral_decision"),
        CheckConstraint("attempt >= 2", name="deferral_attempt"),
        Index("deferral_due", "replayed", "due_at"),
        Index("deferral_arrival", "replayed", "arrived_at"),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    event_id: UUID = id_reference()
    contact_id: UUID = id_reference()
    touchpoint: str = Field(max_length=120)
    attempt: int = Field(sa_type=SmallInteger)
    due_at: datetime = instant_column()
    arrived_at: datetime = instant_column()  # when it was first decided, by the clock on the wall
    replayed: bool = False


append_only(Decision.__table__)  # type: ignore[attr-defined]
