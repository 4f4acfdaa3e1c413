"""Adds indexes by which outgoing mail is listed, newest first, and found by its recipient."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015_add_order_of_mail"
down_revision = "0014_add_beginnings_of_mail"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Indexes only: no row changes, and the previous release runs on."""
    op.create_index("ix_mail_moved", "mail", [sa.text("coalesce(sent_at, created_at)"), "id", "state"])
    op.create_index("ix_mail_recipient", "mail", ["recipient_id"])


def downgrade() -> None:
    raise NotImplementedError("Go back by restoring the backup taken before the upgrade.")
