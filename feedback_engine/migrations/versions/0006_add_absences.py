"""Adds who on staff is away and who stands in for them, whose turn it is, and when a revision of an answer was sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feedback_engine.foundation import tables

revision = "0006_add_absences"
down_revision = "0005_add_staff_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables, and a column that may be empty."""
    op.create_table(
        "absence",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("staff_id", tables.Id(), nullable=False),
        sa.Column("from_at", tables.Instant(), nullable=False),
        sa.Column("until_at", tables.Instant(), nullable=False),
        sa.Column("deputy_id", tables.Id(), nullable=False),
        sa.Column("created_at", tables.Instant(), nullable=False),
        sa.CheckConstraint("until_at > from_at", name="absence_period"),
        sa.CheckConstraint("deputy_id <> staff_id", name="absence_deputy"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.ForeignKeyConstraint(["deputy_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("staff_id"),
    )
    op.create_table(
        "rota_turn",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("recipient", sa.String(length=120), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("last_id", tables.Id(), nullable=False),
        sa.CheckConstraint("taken >= 1", name="rota_turn_taken"),
        sa.ForeignKeyConstraint(["last_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("recipient"),
    )
    op.add_column("answer", sa.Column("at", tables.Instant(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("Go back by restoring the backup taken before the upgrade.")
