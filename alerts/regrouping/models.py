"""The tables of what people regroup and keep quiet: where an alert belongs now, mentions, silences, silenced alerts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from alerts.terms import KINDS, SEVERITIES
from feedback_engine.foundation.tables import (
    Id,
    append_only,
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


class AlertHome(SQLModel, table=True):
    """To which case an alert belongs since it was merged or split; an alert without one belongs where it was raised.

    The case may be one of a partner that is the same company by another key, so it may stand in another shard.
    """

    __tablename__ = "alert_home"
    __table_args__ = (
        UniqueConstraint("shard", "alert_id", name="alert_home_once"),
        shard_foreign_key("alert_id", "alert", name="alert_home_alert"),
        Index("ix_alert_home_case", "case_id"),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    alert_id: UUID = id_reference()
    case_id: UUID = id_reference()


class Mention(SQLModel, table=True):
    """A note names one of our people, who has not opened the case since while `opened_at` is empty."""

    __tablename__ = "mention"
    __table_args__ = (
        UniqueConstraint("shard", "entry_id", "staff_id", name="mention_once"),
        shard_foreign_key("case_id", "casework", name="mention_case"),
        shard_foreign_key("entry_id", "case_entry", name="mention_entry"),
        partial_index("ix_mention_unopened", "staff_id", "case_id", where="opened_at is null"),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    case_id: UUID = id_reference()
    entry_id: UUID = id_reference()
    staff_id: UUID = Field(sa_type=Id, foreign_key="staff.id")
    at: datetime = instant_column()
    opened_at: datetime | None = instant_column(nullable=True)


class Silence(SQLModel, table=True):
    """No case is opened for a partner, a touchpoint or both (optionally: of one rule) until `until_at` or `ended_at`.

    One that names no partner stands in the shard of what belongs to none. `warn_at` is when its author is to be told
    that it lapses; empty when that was done, or when it is too short for it.
    """

    __tablename__ = "silence"
    __table_args__ = (
        CheckConstraint("partner_id is not null or touchpoint is not null", name="silence_of_something"),
        CheckConstraint("until_at > created_at", name="silence_period"),
        CheckConstraint("ended_at is null or ended_at >= created_at", name="silence_ended"),
        CheckConstraint("(ended_at is null) = (ended_by is null)", name="silence_ended_by"),
        CheckConstraint("reason <> ''", name="silence_reason"),
        shard_foreign_key("partner_id", "partner", name="silence_partner"),
        Index("ix_silence_until", "until_at"),
        Index("ix_silence_partner", "shard", "partner_id"),
        partial_index("ix_silence_warn", "warn_at", where="warn_at is not null"),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    partner_id: UUID | None = id_reference(nullable=True)
    touchpoint: str | None = Field(default=None, max_length=120)
    rule: str | None = Field(default=None, max_length=64)
    reason: str = Field(max_length=500)
    created_at: datetime = instant_column()
    until_at: datetime = instant_column()
    author_id: UUID | None = Field(default=None, sa_type=Id, foreign_key="staff.id", nullable=True)
    author_name: str = Field(max_length=200)
    ended_at: datetime | None = instant_column(nullable=True)
    ended_by: str | None = Field(default=None, max_length=200)
    warn_at: datetime | None = instant_column(nullable=True)
    warned_at: datetime | None = instant_column(nullable=True)


class SilencedAlert(SQLModel, table=True):
    """A fact: this rule fired on this response or occasion, and a silence kept it from opening a case. Never edited."""

    __tablename__ = "silenced_alert"
    __table_args__ = (
        UniqueConstraint("shard", "response_id", "rule", name="silenced_once"),
        shard_foreign_key("partner_id", "partner", name="silenced_partner"),
        CheckConstraint(one_of("kind", KINDS), name="silenced_alert_kind"),
        CheckConstraint(one_of("severity", SEVERITIES), name="silenced_alert_severity"),
        partial_index(
            "ux_silenced_occasion", "shard", "partner_id", "rule", "occasion", unique=True, where="occasion is not null"
        ),
        Index("ix_silenced_silence", "silence_id", "raised_at"),
        Index("ix_silenced_partner", "shard", "partner_id", "raised_at"),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    partner_id: UUID = id_reference()
    contact_id: UUID | None = id_reference(nullable=True)
    person: bytes | None = bytes_column(nullable=True)
    response_id: UUID | None = id_reference(nullable=True)
    silence_id: UUID = id_reference()
    touchpoint: str = Field(max_length=120)
    rule: str = Field(max_length=64)
    kind: str = Field(max_length=20)
    severity: str = Field(max_length=20)
    reason: str = Field(max_length=40)
    numbers: dict[str, Any] = document_column()
    question: str | None = Field(default=None, max_length=80)
    alerts_version: str = Field(max_length=80)
    occasion: str | None = Field(default=None, max_length=120)
    answered_at: datetime = instant_column()
    raised_at: datetime = instant_column()


append_only(SQLModel.metadata.tables["silenced_alert"])
