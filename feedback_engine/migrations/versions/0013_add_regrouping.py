"""Adds merged and split cases, silences with the alerts they kept quiet, mentions, and keys of repeated requests."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from feedback_engine.foundation import tables

revision = "0013_add_regrouping"
down_revision = "0011_add_notices"
branch_labels = None
depends_on = None

LEDGERS = ("silenced_alert",)
KINDS = "kind in ('recovery', 'callback', 'thanks')"
SEVERITIES = "severity in ('high', 'normal', 'low')"


def upgrade() -> None:
    """Columns that may be empty, and tables; the previous release looks at none of them."""
    for name in ("merged_into_id", "split_from_id"):
        op.add_column("casework", sa.Column(name, tables.Id(), nullable=True))
    _index("ix_casework_merged_into", "casework", ["merged_into_id"], "merged_into_id is not null")
    # A case that was split off stands beside the one it came from; of all others there is still one a group.
    op.drop_index("ux_casework_open_group", table_name="casework")
    _index(
        "ux_casework_open_group",
        "casework",
        ["shard", "partner_id", "touchpoint_group", "kind"],
        "state <> 'closed' and split_from_id is null",
        unique=True,
    )
    _homes()
    _mentions()
    _silences()
    _silenced()
    _request_keys()


def _index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    rows = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=rows, postgresql_where=rows)


def _key() -> list[sa.Column[Any]]:
    return [
        sa.Column("shard", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id", tables.Id(), nullable=False),
    ]


def _homes() -> None:
    op.create_table(
        "alert_home",
        *_key(),
        sa.Column("alert_id", tables.Id(), nullable=False),
        sa.Column("case_id", tables.Id(), nullable=False),
        sa.ForeignKeyConstraint(["shard", "alert_id"], ["alert.shard", "alert.id"], name="alert_home_alert"),
        sa.PrimaryKeyConstraint("shard", "id"),
        sa.UniqueConstraint("shard", "alert_id", name="alert_home_once"),
    )
    op.create_index("ix_alert_home_case", "alert_home", ["case_id"])


def _mentions() -> None:
    op.create_table(
        "mention",
        *_key(),
        sa.Column("case_id", tables.Id(), nullable=False),
        sa.Column("entry_id", tables.Id(), nullable=False),
        sa.Column("staff_id", tables.Id(), nullable=False),
        sa.Column("at", tables.Instant(), nullable=False),
        sa.Column("opened_at", tables.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["shard", "case_id"], ["casework.shard", "casework.id"], name="mention_case"),
        sa.ForeignKeyConstraint(["shard", "entry_id"], ["case_entry.shard", "case_entry.id"], name="mention_entry"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("shard", "id"),
        sa.UniqueConstraint("shard", "entry_id", "staff_id", name="mention_once"),
    )
    _index("ix_mention_unopened", "mention", ["staff_id", "case_id"], "opened_at is null")


def _silences() -> None:
    op.create_table(
        "silence",
        *_key(),
        sa.Column("partner_id", tables.Id(), nullable=True),
        sa.Column("touchpoint", sa.String(length=120), nullable=True),
        sa.Column("rule", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("created_at", tables.Instant(), nullable=False),
        sa.Column("until_at", tables.Instant(), nullable=False),
        sa.Column("author_id", tables.Id(), nullable=True),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("ended_at", tables.Instant(), nullable=True),
        sa.Column("ended_by", sa.String(length=200), nullable=True),
        sa.Column("warn_at", tables.Instant(), nullable=True),
        sa.Column("warned_at", tables.Instant(), nullable=True),
        sa.CheckConstraint("partner_id is not null or touchpoint is not null", name="silence_of_something"),
        sa.CheckConstraint("until_at > created_at", name="silence_period"),
        sa.CheckConstraint("ended_at is null or ended_at >= created_at", name="silence_ended"),
        sa.CheckConstraint("(ended_at is null) = (ended_by is null)", name="silence_ended_by"),
        sa.CheckConstraint("reason <> ''", name="silence_reason"),
        sa.ForeignKeyConstraint(["shard", "partner_id"], ["partner.shard", "partner.id"], name="silence_partner"),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("shard", "id"),
    )
    op.create_index("ix_silence_until", "silence", ["until_at"])
    op.create_index("ix_silence_partner", "silence", ["shard", "partner_id"])
    _index("ix_silence_warn", "silence", ["warn_at"], "warn_at is not null")


def _silenced() -> None:
    op.create_table(
        "silenced_alert",
        *_key(),
        sa.Column("partner_id", tables.Id(), nullable=False),
        sa.Column("contact_id", tables.Id(), nullable=True),
        sa.Column("person", sa.LargeBinary(length=32), nullable=True),
        sa.Column("response_id", tables.Id(), nullable=True),
        sa.Column("silence_id", tables.Id(), nullable=False),
        sa.Column("touchpoint", sa.String(length=120), nullable=False),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("severity", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("numbers", tables.Document(), nullable=False),
        sa.Column("question", sa.String(length=80), nullable=True),
        sa.Column("alerts_version", sa.String(length=80), nullable=False),
        sa.Column("occasion", sa.String(length=120), nullable=True),
        sa.Column("answered_at", tables.Instant(), nullable=False),
        sa.Column("raised_at", tables.Instant(), nullable=False),
        sa.CheckConstraint(KINDS, name="silenced_alert_kind"),
        sa.CheckConstraint(SEVERITIES, name="silenced_alert_severity"),
        sa.ForeignKeyConstraint(["shard", "partner_id"], ["partner.shard", "partner.id"], name="silenced_partner"),
        sa.PrimaryKeyConstraint("shard", "id"),
        sa.UniqueConstraint("shard", "response_id", "rule", name="silenced_once"),
    )
    occasion = ["shard", "partner_id", "rule", "occasion"]
    _index("ux_silenced_occasion", "silenced_alert", occasion, "occasion is not null", unique=True)
    op.create_index("ix_silenced_silence", "silenced_alert", ["silence_id", "raised_at"])
    op.create_index("ix_silenced_partner", "silenced_alert", ["shard", "partner_id", "raised_at"])
    for statement in tables.append_only_statements(LEDGERS[0])[op.get_context().dialect.name]:
        op.execute(statement)


def _request_keys() -> None:
    op.create_table(
        "request_key",
        sa.Column("id", tables.Id(), nullable=False),
        sa.Column("principal_id", tables.Id(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("claimed_at", tables.Instant(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", tables.Document(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("(status is null) = (body is null)", name="request_key_answer"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("principal_id", "key", name="request_key_once"),
    )
    op.create_index("ix_request_key_claimed", "request_key", ["claimed_at"])


def downgrade() -> None:
    raise NotImplementedError("Go back by restoring the backup taken before the upgrade.")
