"""Lets somebody be told at once of cases of high severity, and of all others with their digest.

Who has chosen before is told as before; the previous release neither reads nor fills the column.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018_tell_grave_at_once"
down_revision = "0017_tell_who_holds_conflicts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column that says no where nothing was said."""
    op.add_column("notice_choice", sa.Column("grave_at_once", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    raise NotImplementedError("Go back by restoring the backup taken before the upgrade.")
