"""Adds whether single keys act for one of our people, and the views of the inbox that they keep under a name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feedback_engine.foundation import tables

revision = "0005_add_staff_keys"
down_revision = "0004_add_clocks_of_cases"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column that may be empty and a table; the previous release looks at neither."""
    op.add_column("staff", sa.Column("single_keys", sa.Boolean(), nullable=True))
    op.create_table(
        "saved_view",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("staff_id", tables.Id(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("address", sa.String(length=1000), nullable=False),
        sa.Column("created_at", tables.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("staff_id", "name"),
    )


def downgrade() -> None:
    raise NotImplementedError("Go back by restoring the backup taken before the upgrade.")
