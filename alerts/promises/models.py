"""The table of promises: what somebody of ours told a partner they would do, and by when."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from alerts.promises.flow import MAX_PROMISE, PROMISE_STATES
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

_OPEN = "state = 'open'"
_WAKES = "wakes_at is not null"


class Promise(SQLModel, table=True):
    """A promise made in a case, with a clock of its own; it outlives the case.

    `owner_id` is who has to keep it, at first whoever made it. `rung` says how far its clock got: 1 warned, 2 overdue.
    `transfer_id` is the transfer by which it came to its owner, when it did.
    """

    __tablename__ = "promise"
    __table_args__ = (
        shard_foreign_key("case_id", "casework", name="promise_case"),
        shard_foreign_key("partner_id", "partner", name="promise_partner"),
        CheckConstraint(one_of("state", PROMISE_STATES), name="promise_state"),
        CheckConstraint("(state = 'open') = (settled_at is null)", name="promise_settled"),
        CheckConstraint("state <> 'withdrawn' or reason is not null", name="promise_withdrawn_says_why"),
        CheckConstraint("wakes_at is null or state = 'open'", name="promise_wakes"),
        CheckConstraint("rung between 0 and 2", name="promise_rung"),
        partial_index("ix_promise_owner_open", "owner_id", "due_at", where=_OPEN),
        partial_index("ix_promise_wakes", "wakes_at", where=_WAKES),
        Index("ix_promise_case", "shard", "case_id"),
        Index("ix_promise_partner", "shard", "partner_id", "due_at"),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    case_id: UUID = id_reference()
    partner_id: UUID = id_reference()
    text: str = Field(max_length=MAX_PROMISE)
    state: str = Field(max_length=20)
    owner_id: UUID = Field(sa_type=Id, foreign_key="staff.id")
    promised_by_id: UUID = Field(sa_type=Id, foreign_key="staff.id")
    promised_at: datetime = instant_column()
    due_at: datetime = instant_column()
    warn_at: datetime = instant_column()
    rung: int = 0
    wakes_at: datetime | None = instant_column(nullable=True)
    settled_at: datetime | None = instant_column(nullable=True)
    reason: str | None = Field(default=None, max_length=MAX_PROMISE)
    revision: int = 1
    transfer_id: UUID | None = id_reference(nullable=True)
