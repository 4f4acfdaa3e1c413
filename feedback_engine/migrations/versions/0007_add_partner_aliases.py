"""Adds the table of merged partners: which partner is the same company as which, from when, and when that was undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feedback_engine.foundation import tables

revision = "0007_add_partner_aliases"
down_revision = "0006_add_absences"
branch_labels = None
depends_on = None

IN_FORCE = "undone_at IS NULL"


def upgrade() -> None:
    """Make one table; the previous release does not look at it."""
    op.create_table(
        "partner_alias",
        sa.Column("shard", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("partner_id", tables.Id(), nullable=False),
        sa.Column("into_id", tables.Id(), nullable=False),
        sa.Column("ownership_id", tables.Id(), nullable=True),
        sa.Column("merged_at", tables.Instant(), nullable=False),
        sa.Column("merged_by", sa.String(length=200), nullable=False),
        sa.Column("undone_at", tables.Instant(), nullable=True),
        sa.CheckConstraint("into_id <> partner_id", name="partner_alias_other"),
        sa.CheckConstraint("undone_at IS NULL OR undone_at >= merged_at", name="partner_alias_period"),
        sa.ForeignKeyConstraint(["shard", "partner_id"], ["partner.shard", "partner.id"], name="partner_alias_partner"),
        sa.PrimaryKeyConstraint("shard", "id"),
    )
    where = sa.text(IN_FORCE)
    op.create_index(
        "ux_partner_alias_in_force",
        "partner_alias",
        ["shard", "partner_id"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )
    op.create_index("ix_partner_alias_into", "partner_alias", ["into_id"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    raise NotImplementedError("Go back by restoring the backup taken before the upgrade.")
