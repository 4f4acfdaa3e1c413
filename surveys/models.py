"""The survey tables: invitations, responses, answers, waves. The states that cannot be are refused by CHECKs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, SmallInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from feedback_engine.foundation.tables import (
    REFERENCE,
    bytes_column,
    document_column,
    id_column,
    id_reference,
    instant_column,
    one_of,
    partial_index,
    shard_column,
    shard_foreign_key,
)

INVITATION_STATES = (
    "recorded",  # decided over history: counts as an ask, is never mailed
    "held",  # in the hold of its batch: can be taken back
    "queued",  # waits for its mail
    "sent",
    "unknown",  # the sender stopped between handing over and marking
    "undeliverable",
    "cancelled",  # taken back, or never to be mailed; the reason says why
    "expired",  # the time to answer ran out
    "late",  # its mail passed `send_before`
)

ASKED_STATES = ("recorded", "held", "queued", "sent", "unknown", "undeliverable", "expired")
"""An ask counts from its decision until it is cancelled; a mail that came too late asked nobody."""

OPEN_STATES = ("held", "queued", "sent", "unknown")


_MAILED = "state in ('sent', 'unknown')"


class Invitation(SQLModel, table=True):
    """One ask of one contact. AAPOR calls this the case."""

    __tablename__ = "invitation"
    __table_args__ = (
        UniqueConstraint("shard", "decision_id", name="invitation_decision"),
        shard_foreign_key("partner_id", "partner", name="invitation_partner"),
        shard_foreign_key("contact_id", "contact", name="invitation_contact"),
        CheckConstraint(one_of("state", INVITATION_STATES), name="invitation_state"),
        CheckConstraint("weight >= 0", name="invitation_weight"),
        CheckConstraint("send_before > send_at", name="invitation_send_before"),
        CheckConstraint("generation >= 0", name="invitation_generation"),
        # History is told apart from asks that could still reach somebody.
        CheckConstraint("(state = 'recorded') = replayed", name="invitation_replayed"),
        CheckConstraint("state <> 'recorded' or sent_at is null", name="invitation_recorded"),
        CheckConstraint("state <> 'sent' or sent_at is not null", name="invitation_sent"),
        CheckConstraint("state <> 'held' or hold_until is not null", name="invitation_held"),
        CheckConstraint("state <> 'cancelled' or reason is not null", name="invitation_cancelled"),
        # The ask history of a person crosses partners, and so crosses shards.
        Index("invitation_person", "person", "send_at"),
        Index("invitation_partner_asks", "shard", "partner_id", "send_at"),
        Index("invitation_contact_asks", "shard", "contact_id"),
        Index("invitation_batch", "batch"),
        partial_index("invitation_answer_before", "answer_before", where=_MAILED),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    decision_id: UUID = id_reference()
    event_id: UUID = id_reference()
    partner_id: UUID = id_reference()
    contact_id: UUID = id_reference()
    person: bytes = bytes_column()
    touchpoint: str = Field(max_length=120)
    survey: str = Field(max_length=120)
    family: str = Field(max_length=120)
    survey_version: str = Field(max_length=80)
    plan_version: str = Field(max_length=80)
    kind: str = Field(default="invitation", max_length=20)
    weight: float = 1.0
    batch: str | None = Field(default=None, max_length=200)
    send_at: datetime = instant_column()
    send_before: datetime = instant_column()
    answer_before: datetime = instant_column()
    hold_until: datetime | None = instant_column(nullable=True)
    state: str = Field(max_length=20)
    reason: str | None = Field(default=None, max_length=80)
    generation: int = Field(default=0, sa_type=SmallInteger)
    language: str = Field(max_length=20)
    sent_at: datetime | None = instant_column(nullable=True)
    answered_at: datetime | None = instant_column(nullable=True)
    declined_at: datetime | None = instant_column(nullable=True)
    disposition: str | None = Field(default=None, max_length=20)
    replayed: bool = False
    created_at: datetime = instant_column()


class Response(SQLModel, table=True):
    """What came back on one invitation. Its answers stand beside it, one row a question and revision."""

    __tablename__ = "response"
    __table_args__ = (
        UniqueConstraint("shard", "invitation_id", name="response_invitation"),
        shard_foreign_key("invitation_id", "invitation", name="response_to_invitation"),
        shard_foreign_key("partner_id", "partner", name="response_partner"),
        shard_foreign_key("contact_id", "contact", name="response_contact"),
        CheckConstraint(one_of("state", ("partial", "provisional", "confirmed")), name="response_state"),
        CheckConstraint("(state = 'confirmed') = (confirmed_at is not null)", name="response_confirmed"),
        CheckConstraint("revision >= 1", name="response_revision"),
        CheckConstraint("confirmed_at is null or changed_at >= confirmed_at", name="response_changed"),
        Index("response_partner_latest", "shard", "partner_id", "confirmed_at"),
        Index("response_touchpoint", "touchpoint", "confirmed_at"),
        Index("response_latest", "confirmed_at"),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    invitation_id: UUID = id_reference()
    partner_id: UUID = id_reference()
    contact_id: UUID = id_reference()
    touchpoint: str = Field(max_length=120)
    survey: str = Field(max_length=120)
    survey_version: str = Field(max_length=80)
    tier: str = Field(default="", max_length=80)  # as it was when confirmed: a changed answer leaves the same cell
    region: str = Field(default="", max_length=80)
    state: str = Field(max_length=20)
    revision: int = Field(default=1, sa_type=SmallInteger)
    language: str = Field(max_length=20)
    wants_contact: bool = False
    has_comment: bool = False
    started_at: datetime = instant_column()
    confirmed_at: datetime | None = instant_column(nullable=True)
    changed_at: datetime = instant_column()


_SCORE = """score is null
 or (kind = 'nps' and score between 0 and 10)
 or (kind = 'csat' and score between 1 and 5)
 or (kind = 'ces' and score between 1 and 7)
 or kind not in ('nps', 'csat', 'ces')"""


class Answer(SQLModel, table=True):
    """The answer to one question in one revision. Earlier revisions stay.

    `at` is when the revision was sent; answers from before revision 0006 have none (`store_past` knows better).
    """

    __tablename__ = "answer"
    __table_args__ = (
        UniqueConstraint("shard", "response_id", "revision", "question", name="answer_once"),
        shard_foreign_key("response_id", "response", name="answer_to_response"),
        CheckConstraint("revision >= 1", name="answer_revision"),
        CheckConstraint(_SCORE, name="answer_score"),
        CheckConstraint("score is not null or choice is not null or text is not null", name="answer_not_empty"),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    response_id: UUID = id_reference()
    revision: int = Field(sa_type=SmallInteger)
    question: str = Field(max_length=80)
    kind: str = Field(max_length=30)
    score: int | None = Field(default=None, sa_type=SmallInteger)
    choice: str | None = Field(default=None, max_length=80)
    text: str | None = Field(default=None, max_length=5000)
    at: datetime | None = instant_column(nullable=True)


WAVE_STATES = ("draft", "confirming", "sent", "cancelled")


class Wave(SQLModel, table=True):
    """One occasion on which many contacts are asked at once."""

    __tablename__ = "wave"
    __table_args__ = (
        UniqueConstraint("key", name="wave_key"),
        CheckConstraint(one_of("state", WAVE_STATES), name="wave_state"),
        CheckConstraint("(state = 'sent') = (sent_at is not null)", name="wave_sent"),
        REFERENCE,
    )

    id: UUID = id_column()
    key: str = Field(max_length=80)
    name: str = Field(max_length=200)
    touchpoint: str = Field(max_length=120)
    audience: dict[str, Any] = document_column()
    state: str = Field(max_length=20)
    tested_at: datetime | None = instant_column(nullable=True)
    created_by: str = Field(max_length=200)
    created_at: datetime = instant_column()
    sent_at: datetime | None = instant_column(nullable=True)


class WaveMember(SQLModel, table=True):
    """A contact chosen for a wave, and whether the owner agreed."""

    __tablename__ = "wave_member"
    __table_args__ = (
        UniqueConstraint("shard", "wave_id", "contact_id", name="wave_member_once"),
        ForeignKeyConstraint(["wave_id"], ["wave.id"], name="wave_member_of"),
        shard_foreign_key("partner_id", "partner", name="wave_member_partner"),
        shard_foreign_key("contact_id", "contact", name="wave_member_contact"),
        CheckConstraint(one_of("state", ("chosen", "confirmed", "struck")), name="wave_member_state"),
        CheckConstraint("state <> 'struck' or reason is not null", name="wave_member_struck"),
        CheckConstraint("event_id is null or state <> 'struck'", name="wave_member_asked"),
        Index("wave_member_wave", "wave_id"),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    wave_id: UUID = id_reference()
    partner_id: UUID = id_reference()
    contact_id: UUID = id_reference()
    state: str = Field(default="chosen", max_length=20)
    reason: str | None = Field(default=None, max_length=500)
    decided_by: str | None = Field(default=None, max_length=200)
    decided_at: datetime | None = instant_column(nullable=True)
    event_id: UUID | None = id_reference(nullable=True)
