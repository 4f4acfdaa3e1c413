"""Says when one message tells of all that somebody loses, or is given: a fact of the notice, not of its minute.

The previous release neither reads nor fills the column; what it writes is told alone.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feedback_engine.foundation import tables

revision = "0016_tell_together"
down_revision = "0015_tell_of_cases_given_away"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column that may be empty, and its index."""
    op.add_column("notification", sa.Column("together_at", tables.Instant(), nullable=True))
    rows = sa.text("together_at is not null")
    op.create_index(
        "ix_notification_together",
        "notification",
        ["recipient_id", "together_at"],
        sqlite_where=rows,
        postgresql_where=rows,
    )


def downgrade() -> None:
    raise NotImplementedError("Go back by restoring the backup taken before the upgrade.")
