"""Adds the gate of a restored database: each restore and each release, never rewritten."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feedback_engine.foundation import tables

revision = "0002_add_release_gate"
down_revision = "0001_first_schema"
branch_labels = None
depends_on = None

LEDGERS = ("release_gate",)


def upgrade() -> None:
    """Make one table; the previous release does not look at it."""
    op.create_table(
        "release_gate",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("at", tables.Instant(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("backup_at", tables.Instant(), nullable=True),
        sa.CheckConstraint("NOT held OR backup_at IS NOT NULL", name="release_gate_backup"),
        sa.PrimaryKeyConstraint("id"),
        info={"reference": True, "append_only": True},
    )
    for statement in tables.append_only_statements("release_gate")[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("Go back by restoring the backup taken before the upgrade.")
