"""Adds indexes by which outgoing mail is listed, newest first, and found by its recipient."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016_add_order_of_mail"
down_revision = "0015_tell_of_cases_given_away"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Indexes only: no row changes, and the previous release runs on."""
    op.create_index("ix_mail_moved", "mail", [sa.text("coalesce(sent_at, created_at)"), "id", "state"])
    op.create_index("ix_mail_recipient", "mail", ["recipient_id"])


def downgrade() -> None:
    raise NotImplementedError("Go back by restoring the backup taken before the upgrade.")
