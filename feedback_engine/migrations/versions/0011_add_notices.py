"""Adds how staff want to be told, their digests, the log of every attempt, and what webhooks need to be safe.

The previous release neither reads nor fills any of it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feedback_engine.foundation import tables
from feedback_engine.migrations.altering import widen_check

revision = "0011_add_notices"
down_revision = "0010_add_threads_of_cases"
branch_labels = None
depends_on = None

STATES = ("handed", "digest", "pending", "claimed", "sent", "dead")
OUTCOMES = ("sent", "again", "given_up", "withdrawn", "unclear")


def upgrade() -> None:
    """Four tables, and columns that may be empty."""
    _add_attempts()
    _add_choices()
    op.add_column("notification", sa.Column("digest_id", tables.Id(), nullable=True))
    op.add_column("notification", sa.Column("begun_at", tables.Instant(), nullable=True))
    widen_check("notification", "notification_state", tables.one_of("state", STATES))
    op.add_column("webhook_endpoint", sa.Column("staff_id", tables.Id(), nullable=True))
    op.add_column("webhook_endpoint", sa.Column("old_secret", sa.LargeBinary(), nullable=True))
    op.add_column("webhook_endpoint", sa.Column("old_secret_until", tables.Instant(), nullable=True))
    op.add_column("webhook_endpoint", sa.Column("failing_since", tables.Instant(), nullable=True))
    op.add_column("webhook_endpoint", sa.Column("disabled_reason", sa.String(length=20), nullable=True))


def _add_attempts() -> None:
    op.create_table(
        "delivery_attempt",
        sa.Column("shard", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("ref_id", tables.Id(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("recipient_id", tables.Id(), nullable=True),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("at", tables.Instant(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.Column("reply", sa.String(length=1024), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("next_at", tables.Instant(), nullable=True),
        sa.CheckConstraint(tables.one_of("outcome", OUTCOMES), name="delivery_attempt_outcome"),
        sa.PrimaryKeyConstraint("shard", "id"),
    )
    op.create_index("ix_delivery_attempt_ref", "delivery_attempt", ["shard", "ref_id"])
    op.create_index("ix_delivery_attempt_recipient", "delivery_attempt", ["recipient_id", "at"])
    op.create_index("ix_delivery_attempt_at", "delivery_attempt", ["at"])


def _add_choices() -> None:
    op.create_table(
        "notice_choice",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("staff_id", tables.Id(), nullable=False),
        sa.Column("topics", tables.Document(), nullable=False),
        sa.Column("rhythm", sa.String(length=10), nullable=False),
        sa.Column("digest_minute", sa.Integer(), nullable=False),
        sa.Column("digest_weekday", sa.Integer(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_until", sa.Integer(), nullable=True),
        sa.Column("grave_wakes", sa.Boolean(), nullable=False),
        sa.Column("next_digest_at", tables.Instant(), nullable=True),
        sa.Column("changed_at", tables.Instant(), nullable=False),
        sa.CheckConstraint("rhythm in ('never', 'daily', 'weekly')", name="notice_choice_rhythm"),
        sa.CheckConstraint("(quiet_from is null) = (quiet_until is null)", name="notice_choice_quiet"),
        sa.CheckConstraint("(rhythm = 'never') = (next_digest_at is null)", name="notice_choice_next"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("staff_id"),
    )
    op.create_index("ix_notice_choice_next", "notice_choice", ["next_digest_at"])
    op.create_table(
        "chat_address",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("staff_id", tables.Id(), nullable=False),
        sa.Column("service", sa.String(length=20), nullable=False),
        sa.Column("url", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", tables.Instant(), nullable=False),
        sa.Column("failing_since", tables.Instant(), nullable=True),
        sa.Column("disabled_at", tables.Instant(), nullable=True),
        sa.Column("disabled_reason", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_chat_address_staff", "chat_address", ["staff_id"])
    op.create_table(
        "digest",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("staff_id", tables.Id(), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("rhythm", sa.String(length=10), nullable=False),
        sa.Column("from_at", tables.Instant(), nullable=False),
        sa.Column("until_at", tables.Instant(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.CheckConstraint("state in ('sent', 'paused', 'silent')", name="digest_state"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("staff_id", "period"),
    )


def downgrade() -> None:
    raise NotImplementedError("Go back by restoring the backup taken before the upgrade.")
