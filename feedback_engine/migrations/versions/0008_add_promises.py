"""Adds promises, and alerts that no answer caused: one that names an occasion instead of a response and a contact.

Constraints only come to allow more. The previous release does not look at the new tables; it cannot show a case that
no answer opened, and none is opened before the new release publishes a rule for it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feedback_engine.foundation import tables
from feedback_engine.migrations.altering import allow_null, allow_values

revision = "0008_add_promises"
down_revision = "0007_add_partner_aliases"
branch_labels = None
depends_on = None

STATES = ("open", "kept", "broken", "withdrawn")
MAY_BE_EMPTY = (
    ("casework", "response_id"),
    ("casework", "contact_id"),
    ("alert", "response_id"),
    ("alert", "contact_id"),
    ("alert", "person"),
)


def upgrade() -> None:
    """Make two tables, add a column, and let what only answers have stay empty."""
    _add_promises()
    op.create_table(
        "watch_round",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("alerts_version", sa.String(length=80), nullable=False),
        sa.Column("last_id", tables.Id(), nullable=True),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("ended_at", tables.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    for table, column in MAY_BE_EMPTY:
        allow_null(table, column)
    op.add_column("alert", sa.Column("occasion", sa.String(length=120), nullable=True))
    named = sa.text("occasion is not null")
    op.create_index(
        "ux_alert_occasion",
        "alert",
        ["shard", "partner_id", "rule", "occasion"],
        unique=True,
        sqlite_where=named,
        postgresql_where=named,
    )
    allow_values("case_entry", "case_entry_kind", "kind", ("promise_warned", "promise_overdue", "promise_withdrawn"))
    allow_values("notification", "notification_news", "news", ("promise_overdue",))


def _add_promises() -> None:
    op.create_table(
        "promise",
        sa.Column("shard", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("case_id", tables.Id(), nullable=False),
        sa.Column("partner_id", tables.Id(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("owner_id", tables.Id(), nullable=False),
        sa.Column("promised_by_id", tables.Id(), nullable=False),
        sa.Column("promised_at", tables.Instant(), nullable=False),
        sa.Column("due_at", tables.Instant(), nullable=False),
        sa.Column("warn_at", tables.Instant(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("wakes_at", tables.Instant(), nullable=True),
        sa.Column("settled_at", tables.Instant(), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("transfer_id", tables.Id(), nullable=True),
        sa.CheckConstraint(tables.one_of("state", STATES), name="promise_state"),
        sa.CheckConstraint("(state = 'open') = (settled_at is null)", name="promise_settled"),
        sa.CheckConstraint("state <> 'withdrawn' or reason is not null", name="promise_withdrawn_says_why"),
        sa.CheckConstraint("wakes_at is null or state = 'open'", name="promise_wakes"),
        sa.CheckConstraint("rung between 0 and 2", name="promise_rung"),
        sa.ForeignKeyConstraint(["shard", "case_id"], ["casework.shard", "casework.id"], name="promise_case"),
        sa.ForeignKeyConstraint(["shard", "partner_id"], ["partner.shard", "partner.id"], name="promise_partner"),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"]),
        sa.ForeignKeyConstraint(["promised_by_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("shard", "id"),
    )
    still_open, wakes = sa.text("state = 'open'"), sa.text("wakes_at is not null")
    op.create_index(
        "ix_promise_owner_open", "promise", ["owner_id", "due_at"], sqlite_where=still_open, postgresql_where=still_open
    )
    op.create_index("ix_promise_wakes", "promise", ["wakes_at"], sqlite_where=wakes, postgresql_where=wakes)
    op.create_index("ix_promise_case", "promise", ["shard", "case_id"])
    op.create_index("ix_promise_partner", "promise", ["shard", "partner_id", "due_at"])


def downgrade() -> None:
    raise NotImplementedError("Go back by restoring the backup taken before the upgrade.")
