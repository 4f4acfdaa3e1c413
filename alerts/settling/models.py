"""The tables of settling: each closing about which a partner was asked, and each rung that a conflict climbed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from alerts.settling.flow import SETTLEMENTS
from feedback_engine.foundation.tables import (
    Id,
    id_column,
    id_reference,
    instant_column,
    one_of,
    partial_index,
    shard_column,
    shard_foreign_key,
)

_REPLIED = "state in ('confirmed', 'partly', 'disputed')"
WAITS_FOR_REPLY = "state = 'asked' and sent_at is not null"
WAITS_FOR_RECOVERY = "recovery_due_at is not null and recovery_event_id is null"
RUNS = "ended_at is null and late_at is null"


class Settlement(SQLModel, table=True):
    """One closing, what we wrote to the partner about it, and what became of the question whether it is settled.

    `found` and `did` are what the partner reads; empty once the contact was erased. `last_revision` is the revision of
    the case after the closing or the last reply: while nobody has done anything since, the partner may think again.
    """

    __tablename__ = "settlement"
    __table_args__ = (
        shard_foreign_key("case_id", "casework", name="settlement_case"),
        shard_foreign_key("partner_id", "partner", name="settlement_partner"),
        shard_foreign_key("contact_id", "contact", name="settlement_contact"),
        CheckConstraint(one_of("state", SETTLEMENTS), name="settlement_state"),
        CheckConstraint(f"not ({_REPLIED}) or replied_at is not null", name="settlement_replied"),
        CheckConstraint("rung between 1 and 3", name="settlement_rung"),
        Index("ix_settlement_case", "shard", "case_id"),
        Index("ix_settlement_contact", "shard", "contact_id"),
        partial_index("ix_settlement_reply_by", "reply_by", where=WAITS_FOR_REPLY),
        partial_index("ix_settlement_recovery", "recovery_due_at", where=WAITS_FOR_RECOVERY),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    case_id: UUID = id_reference()
    partner_id: UUID = id_reference()
    contact_id: UUID = id_reference()
    rung: int = Field(sa_type=SmallInteger)
    state: str = Field(max_length=20)
    found: str | None = Field(default=None, max_length=10_000)
    did: str | None = Field(default=None, max_length=10_000)
    asked_at: datetime = instant_column()
    sent_at: datetime | None = instant_column(nullable=True)
    reply_by: datetime = instant_column()
    replied_at: datetime | None = instant_column(nullable=True)
    last_revision: int
    recovery_due_at: datetime | None = instant_column(nullable=True)
    recovery_event_id: UUID | None = id_reference(nullable=True)


class LadderStep(SQLModel, table=True):
    """A rung above direct talk that a case reached: who of us and of the partner was brought in, by when.

    A mediation ends with a finding; what was said stands in the timeline of the case. A conflict reaches each rung
    once; a later conflict of the same case takes the place of the one before, whose steps the timeline tells.
    """

    __tablename__ = "ladder_step"
    __table_args__ = (
        UniqueConstraint("shard", "case_id", "rung", name="ladder_step_once"),
        shard_foreign_key("case_id", "casework", name="ladder_step_case"),
        shard_foreign_key("contact_id", "contact", name="ladder_step_contact"),
        CheckConstraint("rung in (2, 3)", name="ladder_step_rung"),
        CheckConstraint("contact_id is null or rung = 3", name="ladder_step_of_partner"),
        CheckConstraint("(rung = 2) = (due_at is not null)", name="ladder_step_due"),
        Index("ix_ladder_step_staff", "staff_id"),
        partial_index("ix_ladder_step_due", "due_at", where=RUNS),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    case_id: UUID = id_reference()
    rung: int = Field(sa_type=SmallInteger)
    staff_id: UUID | None = Field(default=None, sa_type=Id, foreign_key="staff.id", nullable=True)
    contact_id: UUID | None = id_reference(nullable=True)
    began_at: datetime = instant_column()
    due_at: datetime | None = instant_column(nullable=True)
    late_at: datetime | None = instant_column(nullable=True)
    ended_at: datetime | None = instant_column(nullable=True)
