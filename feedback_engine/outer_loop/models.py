"""The tables of the outer loop: themes, their evidence, initiatives and every step of each."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from feedback_engine.foundation.tables import (
    REFERENCE,
    append_only,
    id_column,
    id_reference,
    instant_column,
    partial_index,
    shard_column,
)


class Theme(SQLModel, table=True):
    """Cases that share a root cause; at most one theme a root cause is open."""

    __tablename__ = "theme"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'accepted', 'dismissed')", name="theme_state"),
        partial_index("ux_theme_open", "root_cause", unique=True, where="state = 'open'"),
        REFERENCE,
    )

    id: UUID = id_column()
    root_cause: str = Field(max_length=200)
    state: str = Field(default="open", max_length=10)
    opened_at: datetime = instant_column()
    settled_at: datetime | None = instant_column(nullable=True)
    reason: str = Field(default="", max_length=2000)


class ThemeEvidence(SQLModel, table=True):
    """One closed case and its root cause; it belongs to a theme as soon as there is one."""

    __tablename__ = "theme_evidence"
    __table_args__ = (
        UniqueConstraint("shard", "case_id", name="uq_theme_evidence_case"),
        Index("ix_theme_evidence_root_cause", "root_cause", "closed_at"),
        Index("ix_theme_evidence_theme", "theme_id"),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    partner_id: UUID = id_reference()
    case_id: UUID = id_reference()
    root_cause: str = Field(max_length=200)
    touchpoint: str = Field(max_length=200)
    closed_at: datetime = instant_column()
    theme_id: UUID | None = id_reference(nullable=True)


class Initiative(SQLModel, table=True):
    """A change for everyone: the problem, the department it happens in, the person accountable for it."""

    __tablename__ = "initiative"
    __table_args__ = (
        CheckConstraint(
            "state IN ('proposed', 'accepted', 'started', 'delivered', 'verified', 'declined')",
            name="initiative_state",
        ),
        CheckConstraint("effect IS NULL OR state = 'verified'", name="initiative_effect_when_verified"),
        CheckConstraint(
            "state IN ('proposed', 'declined') OR (department <> '' AND accountable_id IS NOT NULL)",
            name="initiative_accountable",
        ),
        UniqueConstraint("number", name="uq_initiative_number"),
        REFERENCE,
    )

    id: UUID = id_column()
    number: int
    theme_id: UUID | None = id_reference(nullable=True)
    title: str = Field(max_length=200)
    problem: str = Field(default="", max_length=5000)
    department: str = Field(default="", max_length=200)
    accountable_id: UUID | None = id_reference(nullable=True)
    state: str = Field(max_length=10)
    effect: str | None = Field(default=None, max_length=20)
    revision: int = 1
    created_at: datetime = instant_column()


class InitiativeStep(SQLModel, table=True):
    """One step of an initiative, as it is kept for ever."""

    __tablename__ = "initiative_step"
    __table_args__ = (Index("ix_initiative_step_initiative", "initiative_id"), REFERENCE)

    id: UUID = id_column()
    initiative_id: UUID = id_reference()
    at: datetime = instant_column()
    actor_name: str = Field(max_length=200)
    state: str = Field(max_length=10)
    comment: str = Field(default="", max_length=5000)


append_only(SQLModel.metadata.tables["initiative_step"])
