"""Adds what partners say about closed cases, the rungs of conflicts, and where both stand on a case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feedback_engine.foundation import tables

revision = "0009_add_settlements"
down_revision = "0008_add_promises"
branch_labels = None
depends_on = None

SETTLEMENTS = ("asked", "confirmed", "partly", "disputed", "unconfirmed", "unreached")
WAITS_FOR_REPLY = "state = 'asked' and sent_at is not null"
WAITS_FOR_RECOVERY = "recovery_due_at is not null and recovery_event_id is null"
RUNS = "ended_at is null and late_at is null"


def upgrade() -> None:
    """Two tables, and three columns of cases that the previous release need not fill."""
    op.add_column("casework", sa.Column("ladder_rung", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("casework", sa.Column("settlement_id", tables.Id(), nullable=True))
    op.add_column("casework", sa.Column("settlement", sa.String(length=20), nullable=True))
    _make_settlements()
    _make_steps()


def _make_settlements() -> None:
    op.create_table(
        "settlement",
        sa.Column("shard", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("case_id", tables.Id(), nullable=False),
        sa.Column("partner_id", tables.Id(), nullable=False),
        sa.Column("contact_id", tables.Id(), nullable=False),
        sa.Column("rung", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("found", sa.String(length=10_000), nullable=True),
        sa.Column("did", sa.String(length=10_000), nullable=True),
        sa.Column("asked_at", tables.Instant(), nullable=False),
        sa.Column("sent_at", tables.Instant(), nullable=True),
        sa.Column("reply_by", tables.Instant(), nullable=False),
        sa.Column("replied_at", tables.Instant(), nullable=True),
        sa.Column("last_revision", sa.Integer(), nullable=False),
        sa.Column("recovery_due_at", tables.Instant(), nullable=True),
        sa.Column("recovery_event_id", tables.Id(), nullable=True),
        sa.CheckConstraint(tables.one_of("state", SETTLEMENTS), name="settlement_state"),
        sa.CheckConstraint(
            "not (state in ('confirmed', 'partly', 'disputed')) or replied_at is not null", name="settlement_replied"
        ),
        sa.CheckConstraint("rung between 1 and 3", name="settlement_rung"),
        sa.ForeignKeyConstraint(["shard", "case_id"], ["casework.shard", "casework.id"], name="settlement_case"),
        sa.ForeignKeyConstraint(["shard", "partner_id"], ["partner.shard", "partner.id"], name="settlement_partner"),
        sa.ForeignKeyConstraint(["shard", "contact_id"], ["contact.shard", "contact.id"], name="settlement_contact"),
        sa.PrimaryKeyConstraint("shard", "id"),
    )
    op.create_index("ix_settlement_case", "settlement", ["shard", "case_id"])
    op.create_index("ix_settlement_contact", "settlement", ["shard", "contact_id"])
    _partial_index("ix_settlement_reply_by", "settlement", "reply_by", WAITS_FOR_REPLY)
    _partial_index("ix_settlement_recovery", "settlement", "recovery_due_at", WAITS_FOR_RECOVERY)


def _make_steps() -> None:
    op.create_table(
        "ladder_step",
        sa.Column("shard", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("case_id", tables.Id(), nullable=False),
        sa.Column("rung", sa.SmallInteger(), nullable=False),
        sa.Column("staff_id", tables.Id(), nullable=True),
        sa.Column("contact_id", tables.Id(), nullable=True),
        sa.Column("began_at", tables.Instant(), nullable=False),
        sa.Column("due_at", tables.Instant(), nullable=True),
        sa.Column("late_at", tables.Instant(), nullable=True),
        sa.Column("ended_at", tables.Instant(), nullable=True),
        sa.CheckConstraint("rung in (2, 3)", name="ladder_step_rung"),
        sa.CheckConstraint("contact_id is null or rung = 3", name="ladder_step_of_partner"),
        sa.CheckConstraint("(rung = 2) = (due_at is not null)", name="ladder_step_due"),
        sa.ForeignKeyConstraint(["shard", "case_id"], ["casework.shard", "casework.id"], name="ladder_step_case"),
        sa.ForeignKeyConstraint(["shard", "contact_id"], ["contact.shard", "contact.id"], name="ladder_step_contact"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("shard", "id"),
        sa.UniqueConstraint("shard", "case_id", "rung", name="ladder_step_once"),
    )
    op.create_index("ix_ladder_step_staff", "ladder_step", ["staff_id"])
    _partial_index("ix_ladder_step_due", "ladder_step", "due_at", RUNS)


def _partial_index(name: str, table: str, column: str, where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, [column], sqlite_where=condition, postgresql_where=condition)


def downgrade() -> None:
    raise NotImplementedError("Go back by restoring the backup taken before the upgrade.")
