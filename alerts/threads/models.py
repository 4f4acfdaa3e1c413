"""The tables of a case's thread: mail both ways, talks in the calendar, files, and mail that could not be placed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from feedback_engine.foundation.tables import (
    REFERENCE,
    Id,
    bytes_column,
    id_column,
    id_reference,
    instant_column,
    one_of,
    partial_index,
    shard_column,
    shard_foreign_key,
)

DIRECTIONS = ("out", "in")
AUTOMATIC = ("", "auto_reply", "bounce")
MEETING_STATES = ("planned", "cancelled")
PLANNED = "state = 'planned'"
OUT = "direction = 'out'"
UNSETTLED = "settled_at is null"


class CaseMessage(SQLModel, table=True):
    """One mail between us and a partner about a case. `person` is who wrote it or whom it went to.

    `message_id` is the one it bore on the way, without brackets, `mail_id` the mail of the queue that carries it, and
    `meeting_id` the talk it invites to.
    """

    __tablename__ = "case_message"
    __table_args__ = (
        shard_foreign_key("case_id", "casework", name="case_message_case"),
        shard_foreign_key("contact_id", "contact", name="case_message_contact"),
        CheckConstraint(one_of("direction", DIRECTIONS), name="case_message_direction"),
        CheckConstraint(one_of("automatic", AUTOMATIC), name="case_message_automatic"),
        CheckConstraint("direction = 'in' or mail_id is not null", name="case_message_is_queued"),
        Index("ix_case_message_case", "shard", "case_id", "at"),
        Index("ix_case_message_person", "person"),
        partial_index("ux_case_message_sent", "shard", "message_id", where=OUT, unique=True),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    case_id: UUID = id_reference()
    contact_id: UUID | None = id_reference(nullable=True)
    direction: str = Field(max_length=5)
    automatic: str = Field(default="", max_length=20)
    message_id: str = Field(max_length=255)
    mail_id: UUID | None = id_reference(nullable=True)
    meeting_id: UUID | None = id_reference(nullable=True)
    person: bytes = bytes_column()
    staff_id: UUID | None = Field(default=None, sa_type=Id, foreign_key="staff.id", nullable=True)
    writer: str = Field(max_length=200)
    subject: str = Field(max_length=500)
    text: str = Field(max_length=100_000)
    left_out: int = 0
    at: datetime = instant_column()
    returned_at: datetime | None = instant_column(nullable=True)


class CaseMeeting(SQLModel, table=True):
    """A talk with a partner that stands in calendars. `sequence` rises with every change that is told.

    `closing`: it comes after the case, stays when that is closed, and is off when that is reopened.
    """

    __tablename__ = "case_meeting"
    __table_args__ = (
        UniqueConstraint("shard", "uid", name="case_meeting_uid"),
        shard_foreign_key("case_id", "casework", name="case_meeting_case"),
        shard_foreign_key("contact_id", "contact", name="case_meeting_contact"),
        CheckConstraint(one_of("state", MEETING_STATES), name="case_meeting_state"),
        CheckConstraint("minutes between 5 and 480", name="case_meeting_minutes"),
        CheckConstraint("sequence >= 0", name="case_meeting_sequence"),
        CheckConstraint("(state = 'cancelled') = (reason is not null)", name="case_meeting_reason"),
        Index("ix_case_meeting_case", "shard", "case_id", "starts_at"),
        partial_index("ix_case_meeting_planned", "starts_at", where=PLANNED),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    case_id: UUID = id_reference()
    contact_id: UUID = id_reference()
    uid: str = Field(max_length=320)
    sequence: int
    state: str = Field(max_length=20)
    closing: bool
    starts_at: datetime = instant_column()
    minutes: int
    zone: str = Field(max_length=64)
    subject: str = Field(max_length=200)
    place: str = Field(max_length=500)
    text: str = Field(max_length=2_000)
    organizer_id: UUID = Field(sa_type=Id, foreign_key="staff.id")
    reopened_count: int
    reason: str | None = Field(default=None, max_length=20)
    created_at: datetime = instant_column()
    changed_at: datetime = instant_column()


class CaseFile(SQLModel, table=True):
    """A file on a case: on a note of ours (`message_id` empty), or on a mail. Kept here, so that a backup holds it."""

    __tablename__ = "case_file"
    __table_args__ = (
        shard_foreign_key("case_id", "casework", name="case_file_case"),
        shard_foreign_key("message_id", "case_message", name="case_file_message"),
        CheckConstraint("size >= 0", name="case_file_size"),
        Index("ix_case_file_case", "shard", "case_id", "at"),
        Index("ix_case_file_at", "at", "id"),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    case_id: UUID = id_reference()
    message_id: UUID | None = id_reference(nullable=True)
    name: str = Field(max_length=150)
    media_type: str = Field(max_length=100)
    size: int = Field(sa_type=BigInteger)
    digest: bytes = bytes_column()
    content: bytes = Field(sa_type=LargeBinary)
    from_partner: bool
    by: str = Field(max_length=200)
    at: datetime = instant_column()


class MailIntake(SQLModel, table=True):
    """A mail that was taken in, by its digest: each is taken once, by whomever and however often it is read."""

    __tablename__ = "mail_intake"
    __table_args__ = (UniqueConstraint("digest", name="mail_intake_digest"), REFERENCE)

    id: UUID = id_column()
    digest: bytes = bytes_column()
    outcome: str = Field(max_length=20)
    taken_at: datetime = instant_column()


class UnmatchedMail(SQLModel, table=True):
    """A mail that belongs to no case as far as we can tell, and why; kept whole until somebody has looked at it.

    `suspected` is the reference of the case it pretends or seems to belong to. `person` is the keyed hash of its
    sender, so that whoever is erased is erased here too.
    """

    __tablename__ = "unmatched_mail"
    __table_args__ = (
        partial_index("ix_unmatched_mail_open", "received_at", where=UNSETTLED),
        Index("ix_unmatched_mail_received", "received_at", "id"),
        Index("ix_unmatched_mail_person", "person"),
        REFERENCE,
    )

    id: UUID = id_column()
    reason: str = Field(max_length=30)
    sender: str = Field(max_length=320)
    person: bytes = bytes_column()
    subject: str = Field(max_length=500)
    text: str = Field(max_length=100_000)
    raw: bytes = Field(sa_type=LargeBinary)
    size: int = Field(sa_type=BigInteger)
    suspected: str = Field(max_length=20)
    received_at: datetime = instant_column()
    settled_at: datetime | None = instant_column(nullable=True)
    settled_by: str | None = Field(default=None, max_length=200)


class MailboxPosition(SQLModel, table=True):
    """How far a mailbox was read, and what kept us out of it last; its numbers begin anew with another validity.

    `begun_uid` is the mail that was begun last, `begun_count` how often without an end, and `begun_at` since when
    somebody is at it; empty when nobody is.
    """

    __tablename__ = "mailbox_position"
    __table_args__ = (REFERENCE,)

    name: str = Field(primary_key=True, max_length=200)
    validity: int = Field(sa_type=BigInteger)
    uid: int = Field(sa_type=BigInteger)
    read_at: datetime = instant_column()
    problem: str | None = Field(default=None, max_length=500)
    begun_uid: int | None = Field(default=None, sa_type=BigInteger)
    begun_at: datetime | None = instant_column(nullable=True)
    begun_count: int | None = Field(default=None)
