"""The directory's tables: partners, aliases, contacts, ownership, suppression, staff, absences, teams, keys, mappings.

Sharded tables also have plain indexes without the shard, so that a batch of ids or keys from many shards is one read
of the index; unique constraints and writes always name the shard.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from feedback_engine.foundation.tables import (
    REFERENCE,
    Id,
    bytes_column,
    document_column,
    id_column,
    id_reference,
    instant_column,
    partial_index,
    shard_column,
    shard_foreign_key,
)

_OPEN = "to_at IS NULL"
_IN_FORCE = "lifted_at IS NULL"
_HAS_PARENT = "parent_key <> ''"
_NOT_UNDONE = "undone_at IS NULL"


class Team(SQLModel, table=True):
    """A group of staff who see each other's partners."""

    __tablename__ = "team"
    __table_args__ = (UniqueConstraint("name"), REFERENCE)

    id: UUID = id_column()
    name: str = Field(max_length=100)
    created_at: datetime = instant_column()


class Staff(SQLModel, table=True):
    """One of our people. Raising `credential_version` ends their sessions, raising `link_generation` their links."""

    __tablename__ = "staff"
    __table_args__ = (
        UniqueConstraint("email"),
        CheckConstraint("role IN ('admin', 'program_owner', 'alliance_manager', 'viewer')", name="staff_role"),
        REFERENCE,
    )

    id: UUID = id_column()
    email: str = Field(max_length=254)
    name: str = Field(max_length=200)
    role: str = Field(max_length=20)
    team_id: UUID | None = Field(default=None, sa_type=Id, foreign_key="team.id", nullable=True)
    locale: str = Field(max_length=35)
    time_zone: str = Field(max_length=64)
    password_hash: str | None = Field(default=None, max_length=200)
    credential_version: int
    link_generation: int
    link_until: datetime | None = instant_column(nullable=True)
    created_at: datetime = instant_column()
    disabled_at: datetime | None = instant_column(nullable=True)
    # Whether single keys act on pages; None: nobody chose yet, and they do.
    single_keys: bool | None = Field(default=None, nullable=True)


class Absence(SQLModel, table=True):
    """When one of our people is away next, or now, and who takes their cases meanwhile; at most one for each."""

    __tablename__ = "absence"
    __table_args__ = (
        UniqueConstraint("staff_id"),
        CheckConstraint("until_at > from_at", name="absence_period"),
        CheckConstraint("deputy_id <> staff_id", name="absence_deputy"),
        REFERENCE,
    )

    id: UUID = id_column()
    staff_id: UUID = Field(sa_type=Id, foreign_key="staff.id")
    from_at: datetime = instant_column()
    until_at: datetime = instant_column()
    deputy_id: UUID = Field(sa_type=Id, foreign_key="staff.id")
    created_at: datetime = instant_column()


class ApiKey(SQLModel, table=True):
    """A program's way in; the key itself is shown once and kept only as a hash."""

    __tablename__ = "api_key"
    __table_args__ = (REFERENCE,)

    id: UUID = id_column()
    name: str = Field(max_length=100)
    secret_hash: bytes = bytes_column()
    scopes: list[str] = document_column()
    created_at: datetime = instant_column()
    created_by: str = Field(max_length=200)
    revoked_at: datetime | None = instant_column(nullable=True)


class Suppression(SQLModel, table=True):
    """A person who is not to be asked, of everything or of one survey family, and why; lifted, never deleted."""

    __tablename__ = "suppression"
    __table_args__ = (
        CheckConstraint("scope = 'all' OR scope LIKE 'family:_%'", name="suppression_scope"),
        CheckConstraint(
            "cause IN ('complaint', 'opted_out', 'undeliverable', 'objected', 'erased')", name="suppression_cause"
        ),
        CheckConstraint("lifted_at IS NULL OR cause <> 'erased'", name="suppression_erased_stays"),
        partial_index("ux_suppression_in_force", "person", "scope", "cause", unique=True, where=_IN_FORCE),
        REFERENCE,
    )

    id: UUID = id_column()
    person: bytes = bytes_column()
    scope: str = Field(max_length=107)
    cause: str = Field(max_length=20)
    since_at: datetime = instant_column()
    lifted_at: datetime | None = instant_column(nullable=True)


class ImportMapping(SQLModel, table=True):
    """How the columns of a kind of spreadsheet were understood last time, remembered by its header row."""

    __tablename__ = "import_mapping"
    __table_args__ = (
        UniqueConstraint("kind", "header_hash"),
        CheckConstraint("kind IN ('partners', 'contacts')", name="import_mapping_kind"),
        REFERENCE,
    )

    id: UUID = id_column()
    kind: str = Field(max_length=20)
    header_hash: bytes = bytes_column()
    headers: list[str] = document_column()
    mapping: dict[str, Any] = document_column()
    used_at: datetime = instant_column()


class Partner(SQLModel, table=True):
    """A company we work with, or ours (`side`). Its parent is named by key: it may live in another shard."""

    __tablename__ = "partner"
    __table_args__ = (
        UniqueConstraint("shard", "key"),
        CheckConstraint("kind IN ('channel', 'technology', 'servicing', 'unknown')", name="partner_kind"),
        CheckConstraint("side IN ('ours', 'theirs')", name="partner_side"),
        CheckConstraint("state IN ('confirmed', 'unconfirmed')", name="partner_state"),
        CheckConstraint("shard BETWEEN 0 AND 255", name="partner_shard"),
        CheckConstraint("key <> ''", name="partner_key"),
        CheckConstraint("parent_key <> key", name="partner_parent"),
        Index("ix_partner_id", "id"),
        Index("ix_partner_key", "key"),
        Index("ix_partner_list", "search_text", "id"),
        partial_index("ix_partner_parent", "parent_key", where=_HAS_PARENT),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    key: str = Field(max_length=512)
    name: str = Field(max_length=200)
    kind: str = Field(max_length=20)
    tier: str = Field(max_length=64)
    region: str = Field(max_length=64)
    country: str = Field(max_length=64)
    time_zone: str = Field(max_length=64)
    parent_key: str = Field(max_length=512)
    side: str = Field(max_length=10)
    state: str = Field(max_length=20)
    attributes: dict[str, Any] = document_column()
    search_text: str = Field(max_length=1500)
    created_at: datetime = instant_column()
    changed_at: datetime = instant_column()


class Contact(SQLModel, table=True):
    """Somebody at a partner. One person may be a contact of several partners: `person` is the same in each."""

    __tablename__ = "contact"
    __table_args__ = (
        shard_foreign_key("partner_id", "partner"),
        UniqueConstraint("shard", "partner_id", "person"),
        CheckConstraint("state IN ('active', 'left', 'erased')", name="contact_state"),
        CheckConstraint(
            "(state = 'erased') = (email = '') AND (state <> 'erased' OR name || phone || search_text = '')",
            name="contact_erased",
        ),
        Index("ix_contact_id", "id"),
        Index("ix_contact_partner", "partner_id"),
        Index("ix_contact_person", "person"),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    partner_id: UUID = id_reference()
    person: bytes = bytes_column()
    email: str = Field(max_length=254)
    name: str = Field(max_length=200)
    role: str = Field(max_length=100)
    language: str = Field(max_length=35)
    time_zone: str = Field(max_length=64)
    phone: str = Field(max_length=40)
    state: str = Field(max_length=20)
    search_text: str = Field(max_length=1000)
    created_at: datetime = instant_column()
    changed_at: datetime = instant_column()


class Ownership(SQLModel, table=True):
    """Who answered for a partner from when to when; the open one has no end, and there is at most one."""

    __tablename__ = "ownership"
    __table_args__ = (
        shard_foreign_key("partner_id", "partner"),
        CheckConstraint("to_at IS NULL OR to_at >= from_at", name="ownership_period"),
        partial_index("ux_ownership_open", "shard", "partner_id", unique=True, where=_OPEN),
        Index("ix_ownership_history", "partner_id", "from_at"),
        partial_index("ix_ownership_staff", "staff_id", where=_OPEN),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    partner_id: UUID = id_reference()
    staff_id: UUID = Field(sa_type=Id, foreign_key="staff.id")
    from_at: datetime = instant_column()
    to_at: datetime | None = instant_column(nullable=True)


class PartnerAlias(SQLModel, table=True):
    """A partner that is the same company as another, from when until it was undone; no row of either changes by it.

    `into_id` may live in another shard. `ownership_id` is the period that the merge began, for a partner of nobody.
    """

    __tablename__ = "partner_alias"
    __table_args__ = (
        shard_foreign_key("partner_id", "partner", name="partner_alias_partner"),
        CheckConstraint("into_id <> partner_id", name="partner_alias_other"),
        CheckConstraint("undone_at IS NULL OR undone_at >= merged_at", name="partner_alias_period"),
        partial_index("ux_partner_alias_in_force", "shard", "partner_id", unique=True, where=_NOT_UNDONE),
        partial_index("ix_partner_alias_into", "into_id", where=_NOT_UNDONE),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    partner_id: UUID = id_reference()
    into_id: UUID = id_reference()
    ownership_id: UUID | None = id_reference(nullable=True)
    merged_at: datetime = instant_column()
    merged_by: str = Field(max_length=200)
    undone_at: datetime | None = instant_column(nullable=True)
