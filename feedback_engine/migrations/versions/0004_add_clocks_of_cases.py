"""Adds what the clocks of cases need, and lets timelines and notifications tell of more.

Constraints only come to allow more; the previous release runs on with the kinds it knows.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feedback_engine.foundation import tables
from feedback_engine.migrations.altering import widen_check

revision = "0004_add_clocks_of_cases"
down_revision = "0003_add_first_failure_of_mail"
branch_labels = None
depends_on = None

INSTANTS = ("warn_at", "resolve_warn_at", "wakes_at", "paused_at", "paused_until", "snoozed_until")
ENTRY_KINDS = (
    "opened",
    "joined",
    "score_changed",
    "acknowledged",
    "noted",
    "contact_logged",
    "assigned",
    "closed",
    "reopened",
    "warned",
    "escalated",
    "paused",
    "resumed",
    "snoozed",
    "woke",
    "dismissed",
    "undone",
    "merged",
    "split",
    "transferred",
    "promised",
    "promise_kept",
    "promise_broken",
    "attached",
    "replied",
    "partner_replied",
    "invited",
    "invitation_changed",
    "asked_if_settled",
    "partner_confirmed",
    "partner_partly",
    "partner_disputed",
    "mediation_began",
    "statement_given",
    "mediation_ended",
)
NEWS_KINDS = (
    "opened",
    "joined",
    "assigned",
    "closed",
    "reopened",
    "warned",
    "escalated",
    "woke",
    "mentioned",
    "merged",
    "split",
    "transferred",
    "promise_due",
    "promise_broken",
    "partner_replied",
    "partner_confirmed",
    "partner_partly",
    "partner_disputed",
    "mediation_began",
    "statement_given",
    "mediation_ended",
)
ENDED_WITH_CAUSE = (
    "state <> 'closed' or kind <> 'recovery' or root_cause is not null or outcome in ('dismissed', 'merged')"
)


def upgrade() -> None:
    """Add columns that may be empty, an index on one of them, and widen three constraints."""
    op.add_column("casework", sa.Column("calendar", sa.String(length=64), nullable=True))
    op.add_column("casework", sa.Column("pause_reason", sa.String(length=20), nullable=True))
    op.add_column("casework", sa.Column("rung", sa.Integer(), nullable=False, server_default="0"))
    for name in INSTANTS:
        op.add_column("casework", sa.Column(name, tables.Instant(), nullable=True))
    where = sa.text("wakes_at is not null")
    op.create_index("ix_casework_wakes", "casework", ["wakes_at"], sqlite_where=where, postgresql_where=where)
    widen_check("casework", "casework_recovery_has_cause", ENDED_WITH_CAUSE)
    widen_check("case_entry", "case_entry_kind", tables.one_of("kind", ENTRY_KINDS))
    widen_check("notification", "notification_news", tables.one_of("news", NEWS_KINDS))


def downgrade() -> None:
    raise NotImplementedError("Go back by restoring the backup taken before the upgrade.")
