"""Adds when a mail failed for the first time, from which its 24 hours of tries are counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feedback_engine.foundation import tables

revision = "0003_add_first_failure_of_mail"
down_revision = "0002_add_release_gate"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column that may be empty; the previous release does not look at it."""
    op.add_column("mail", sa.Column("first_failed_at", tables.Instant(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("Go back by restoring the backup taken before the upgrade.")
