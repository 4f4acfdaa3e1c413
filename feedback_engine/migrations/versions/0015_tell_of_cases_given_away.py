"""Lets somebody be told that a case of theirs was given to somebody else.

The constraint only comes to allow more; the previous release runs on with the kinds it knows.
"""

from __future__ import annotations

from feedback_engine.migrations.altering import allow_values

revision = "0015_tell_of_cases_given_away"
down_revision = "0014_add_beginnings_of_mail"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen one constraint."""
    allow_values("notification", "notification_news", "news", ("given_away",))


def downgrade() -> None:
    raise NotImplementedError("Go back by restoring the backup taken before the upgrade.")
