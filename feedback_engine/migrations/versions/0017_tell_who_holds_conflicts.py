"""Lets somebody be told that a mediation is overdue, and that whoever a conflict was brought to works on cases no more.

Both were told as a warning that time is running out. The constraint only comes to allow more; the previous release
runs on with the kinds it knows.
"""

from __future__ import annotations

from feedback_engine.migrations.altering import allow_values

revision = "0017_tell_who_holds_conflicts"
down_revision = "0016_tell_together"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen one constraint."""
    allow_values("notification", "notification_news", "news", ("mediation_late", "holder_gone"))


def downgrade() -> None:
    raise NotImplementedError("Go back by restoring the backup taken before the upgrade.")
