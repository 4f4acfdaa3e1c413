"""Adds the thread of a case: mail both ways, talks in calendars, files; and mail that could not be placed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from feedback_engine.foundation import tables

revision = "0010_add_threads_of_cases"
down_revision = "0009_add_settlements"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make six tables; the previous release looks at none of them."""
    _messages()
    _meetings()
    _files()
    _incoming()


def _key() -> list[sa.Column[Any]]:
    return [
        sa.Column("shard", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id", tables.Id(), nullable=False),
    ]


def _messages() -> None:
    op.create_table(
        "case_message",
        *_key(),
        sa.Column("case_id", tables.Id(), nullable=False),
        sa.Column("contact_id", tables.Id(), nullable=True),
        sa.Column("direction", sa.String(length=5), nullable=False),
        sa.Column("automatic", sa.String(length=20), nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("mail_id", tables.Id(), nullable=True),
        sa.Column("meeting_id", tables.Id(), nullable=True),
        sa.Column("person", sa.LargeBinary(length=32), nullable=False),
        sa.Column("staff_id", tables.Id(), nullable=True),
        sa.Column("writer", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=500), nullable=False),
        sa.Column("text", sa.String(length=100000), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("at", tables.Instant(), nullable=False),
        sa.Column("returned_at", tables.Instant(), nullable=True),
        sa.CheckConstraint("direction in ('out', 'in')", name="case_message_direction"),
        sa.CheckConstraint("automatic in ('', 'auto_reply', 'bounce')", name="case_message_automatic"),
        sa.CheckConstraint("direction = 'in' or mail_id is not null", name="case_message_is_queued"),
        sa.ForeignKeyConstraint(["shard", "case_id"], ["casework.shard", "casework.id"], name="case_message_case"),
        sa.ForeignKeyConstraint(["shard", "contact_id"], ["contact.shard", "contact.id"], name="case_message_contact"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("shard", "id"),
    )
    op.create_index("ix_case_message_case", "case_message", ["shard", "case_id", "at"])
    op.create_index("ix_case_message_person", "case_message", ["person"])
    where = sa.text("direction = 'out'")
    op.create_index(
        "ux_case_message_sent",
        "case_message",
        ["shard", "message_id"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )


def _meetings() -> None:
    op.create_table(
        "case_meeting",
        *_key(),
        sa.Column("case_id", tables.Id(), nullable=False),
        sa.Column("contact_id", tables.Id(), nullable=False),
        sa.Column("uid", sa.String(length=320), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("closing", sa.Boolean(), nullable=False),
        sa.Column("starts_at", tables.Instant(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=500), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("organizer_id", tables.Id(), nullable=False),
        sa.Column("reopened_count", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=True),
        sa.Column("created_at", tables.Instant(), nullable=False),
        sa.Column("changed_at", tables.Instant(), nullable=False),
        sa.CheckConstraint("state in ('planned', 'cancelled')", name="case_meeting_state"),
        sa.CheckConstraint("minutes between 5 and 480", name="case_meeting_minutes"),
        sa.CheckConstraint("sequence >= 0", name="case_meeting_sequence"),
        sa.CheckConstraint("(state = 'cancelled') = (reason is not null)", name="case_meeting_reason"),
        sa.ForeignKeyConstraint(["shard", "case_id"], ["casework.shard", "casework.id"], name="case_meeting_case"),
        sa.ForeignKeyConstraint(["shard", "contact_id"], ["contact.shard", "contact.id"], name="case_meeting_contact"),
        sa.ForeignKeyConstraint(["organizer_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("shard", "id"),
        sa.UniqueConstraint("shard", "uid", name="case_meeting_uid"),
    )
    op.create_index("ix_case_meeting_case", "case_meeting", ["shard", "case_id", "starts_at"])
    where = sa.text("state = 'planned'")
    op.create_index(
        "ix_case_meeting_planned", "case_meeting", ["starts_at"], sqlite_where=where, postgresql_where=where
    )


def _files() -> None:
    op.create_table(
        "case_file",
        *_key(),
        sa.Column("case_id", tables.Id(), nullable=False),
        sa.Column("message_id", tables.Id(), nullable=True),
        sa.Column("name", sa.String(length=150), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("from_partner", sa.Boolean(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("at", tables.Instant(), nullable=False),
        sa.CheckConstraint("size >= 0", name="case_file_size"),
        sa.ForeignKeyConstraint(["shard", "case_id"], ["casework.shard", "casework.id"], name="case_file_case"),
        sa.ForeignKeyConstraint(
            ["shard", "message_id"], ["case_message.shard", "case_message.id"], name="case_file_message"
        ),
        sa.PrimaryKeyConstraint("shard", "id"),
    )
    op.create_index("ix_case_file_case", "case_file", ["shard", "case_id", "at"])
    op.create_index("ix_case_file_at", "case_file", ["at", "id"])


def _incoming() -> None:
    op.create_table(
        "mail_intake",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("taken_at", tables.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest", name="mail_intake_digest"),
    )
    op.create_table(
        "unmatched_mail",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("reason", sa.String(length=30), nullable=False),
        sa.Column("sender", sa.String(length=320), nullable=False),
        sa.Column("person", sa.LargeBinary(length=32), nullable=False),
        sa.Column("subject", sa.String(length=500), nullable=False),
        sa.Column("text", sa.String(length=100000), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("suspected", sa.String(length=20), nullable=False),
        sa.Column("received_at", tables.Instant(), nullable=False),
        sa.Column("settled_at", tables.Instant(), nullable=True),
        sa.Column("settled_by", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    where = sa.text("settled_at is null")
    op.create_index(
        "ix_unmatched_mail_open", "unmatched_mail", ["received_at"], sqlite_where=where, postgresql_where=where
    )
    op.create_index("ix_unmatched_mail_received", "unmatched_mail", ["received_at", "id"])
    op.create_index("ix_unmatched_mail_person", "unmatched_mail", ["person"])
    op.create_table(
        "mailbox_position",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("validity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("read_at", tables.Instant(), nullable=False),
        sa.Column("problem", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    raise NotImplementedError("Go back by restoring the backup taken before the upgrade.")
