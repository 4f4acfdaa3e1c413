"""The tables of how staff want to be told: their choices, their chats, and the digests they were sent."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, false
from sqlmodel import Field, SQLModel

from alerts.notices.rules import RHYTHMS
from feedback_engine.foundation.tables import REFERENCE, Id, document_column, id_column, instant_column, one_of

DIGEST_STATES = (
    "sent",  # handed to the mail queue, which has its own record of what became of it
    "paused",  # there was nothing, and the mail says that the digest pauses
    "silent",  # it pauses
)


class NoticeChoice(SQLModel, table=True):
    """What one of our people wants to hear of, when, and how soon; who has no row hears of everything at once.

    `topics` holds what differs from that. Hours are minutes of their own day. `next_digest_at` is when to look next.
    `grave_at_once`: of cases of high severity nothing waits for the digest.
    """

    __tablename__ = "notice_choice"
    __table_args__ = (
        UniqueConstraint("staff_id"),
        CheckConstraint(one_of("rhythm", RHYTHMS), name="notice_choice_rhythm"),
        CheckConstraint("(quiet_from is null) = (quiet_until is null)", name="notice_choice_quiet"),
        CheckConstraint("(rhythm = 'never') = (next_digest_at is null)", name="notice_choice_next"),
        Index("ix_notice_choice_next", "next_digest_at"),
        REFERENCE,
    )

    id: UUID = id_column()
    staff_id: UUID = Field(sa_type=Id, foreign_key="staff.id")
    topics: dict[str, Any] = document_column()
    rhythm: str = Field(max_length=10)
    digest_minute: int
    digest_weekday: int
    quiet_from: int | None = None
    quiet_until: int | None = None
    grave_wakes: bool
    grave_at_once: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    next_digest_at: datetime | None = instant_column(nullable=True)
    changed_at: datetime = instant_column()


class ChatAddress(SQLModel, table=True):
    """The address of a chat by which one of our people wants to be told; it holds a secret and is shown masked."""

    __tablename__ = "chat_address"
    __table_args__ = (Index("ix_chat_address_staff", "staff_id"), REFERENCE)

    id: UUID = id_column()
    staff_id: UUID = Field(sa_type=Id, foreign_key="staff.id")
    service: str = Field(max_length=20)
    url: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = instant_column()
    failing_since: datetime | None = instant_column(nullable=True)
    disabled_at: datetime | None = instant_column(nullable=True)
    disabled_reason: str | None = Field(default=None, max_length=20)


class Digest(SQLModel, table=True):
    """One mail about many things, or its absence: at most one for each person and day of theirs (`period`)."""

    __tablename__ = "digest"
    __table_args__ = (
        UniqueConstraint("staff_id", "period"),
        CheckConstraint(one_of("state", DIGEST_STATES), name="digest_state"),
        REFERENCE,
    )

    id: UUID = id_column()
    staff_id: UUID = Field(sa_type=Id, foreign_key="staff.id")
    period: str = Field(max_length=10)
    rhythm: str = Field(max_length=10)
    from_at: datetime = instant_column()
    until_at: datetime = instant_column()
    state: str = Field(max_length=10)
