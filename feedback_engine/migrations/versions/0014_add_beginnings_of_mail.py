"""Adds which mail of a mailbox is being read, so that one which breaks its reader is not the first for ever."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feedback_engine.foundation import tables

revision = "0014_add_beginnings_of_mail"
down_revision = "0013_add_regrouping"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Columns that may be empty; the previous release neither reads nor fills them."""
    op.add_column("mailbox_position", sa.Column("begun_uid", sa.BigInteger(), nullable=True))
    op.add_column("mailbox_position", sa.Column("begun_at", tables.Instant(), nullable=True))
    op.add_column("mailbox_position", sa.Column("begun_count", sa.Integer(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("Go back by restoring the backup taken before the upgrade.")
