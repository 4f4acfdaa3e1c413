"""The first schema: every table of the engine, its indexes, its checks, and ledgers that cannot be rewritten.

It is long because it is a record: one change that makes everything, never edited after its release.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feedback_engine.foundation import tables

revision = "0001_first_schema"
down_revision = None
branch_labels = None
depends_on = None

LEDGERS = ('activation', 'audit', 'initiative_step', 'mail_gate', 'program_state', 'version', 'touchpoint_event', 'alert', 'decision')


def upgrade() -> None:
    """Make everything."""
    op.create_table('activation',
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('version', sa.String(length=71), nullable=False),
    sa.Column('from_at', tables.Instant(), nullable=False),
    sa.Column('at', tables.Instant(), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('comment', sa.String(length=2000), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    info={'reference': True, 'append_only': True}
    )
    op.create_index('ix_activation_kind_key', 'activation', ['kind', 'key', 'from_at'], unique=False)
    op.create_table('api_key',
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('secret_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('scopes', tables.Document(), nullable=False),
    sa.Column('created_at', tables.Instant(), nullable=False),
    sa.Column('created_by', sa.String(length=200), nullable=False),
    sa.Column('revoked_at', tables.Instant(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    info={'reference': True}
    )
    op.create_table('audit',
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('at', tables.Instant(), nullable=False),
    sa.Column('actor_kind', sa.String(length=10), nullable=False),
    sa.Column('actor_id', sa.String(length=64), nullable=False),
    sa.Column('actor_name', sa.String(length=200), nullable=False),
    sa.Column('action', sa.String(length=80), nullable=False),
    sa.Column('object_type', sa.String(length=40), nullable=False),
    sa.Column('object_ref', sa.String(length=600), nullable=False),
    sa.Column('detail', tables.Document(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    info={'reference': True, 'append_only': True}
    )
    op.create_index(op.f('ix_audit_at'), 'audit', ['at'], unique=False)
    op.create_index(op.f('ix_audit_object_ref'), 'audit', ['object_ref'], unique=False)
    op.create_table('case_counter',
    sa.Column('shard', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('last', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('last >= 1', name='case_counter_last'),
    sa.PrimaryKeyConstraint('shard', 'id')
    )
    op.create_table('import_mapping',
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('header_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('headers', tables.Document(), nullable=False),
    sa.Column('mapping', tables.Document(), nullable=False),
    sa.Column('used_at', tables.Instant(), nullable=False),
    sa.CheckConstraint("kind IN ('partners', 'contacts')", name='import_mapping_kind'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('kind', 'header_hash'),
    info={'reference': True}
    )
    op.create_table('initiative',
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('theme_id', tables.Id(), nullable=True),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('problem', sa.String(length=5000), nullable=False),
    sa.Column('department', sa.String(length=200), nullable=False),
    sa.Column('accountable_id', tables.Id(), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('effect', sa.String(length=20), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('created_at', tables.Instant(), nullable=False),
    sa.CheckConstraint("effect IS NULL OR state = 'verified'", name='initiative_effect_when_verified'),
    sa.CheckConstraint("state IN ('proposed', 'accepted', 'started', 'delivered', 'verified', 'declined')", name='initiative_state'),
    sa.CheckConstraint("state IN ('proposed', 'declined') OR (department <> '' AND accountable_id IS NOT NULL)", name='initiative_accountable'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('number', name='uq_initiative_number'),
    info={'reference': True}
    )
    op.create_table('initiative_step',
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('initiative_id', tables.Id(), nullable=False),
    sa.Column('at', tables.Instant(), nullable=False),
    sa.Column('actor_name', sa.String(length=200), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('comment', sa.String(length=5000), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    info={'reference': True, 'append_only': True}
    )
    op.create_index('ix_initiative_step_initiative', 'initiative_step', ['initiative_id'], unique=False)
    op.create_table('installation_key',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('secret', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('name', 'number'),
    info={'reference': True}
    )
    op.create_table('intake',
    sa.Column('shard', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('source', sa.String(length=512), nullable=False),
    sa.Column('external_id', sa.String(length=512), nullable=False),
    sa.Column('body_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('event_id', tables.Id(), nullable=False),
    sa.PrimaryKeyConstraint('shard', 'source', 'external_id')
    )
    op.create_table('lease',
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('holder', sa.String(length=80), nullable=False),
    sa.Column('epoch', sa.BigInteger(), nullable=False),
    sa.Column('expires_at', tables.Instant(), nullable=False),
    sa.PrimaryKeyConstraint('name'),
    info={'reference': True}
    )
    op.create_table('mail',
    sa.Column('shard', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('audience', sa.String(length=10), nullable=False),
    sa.Column('repeatable', sa.Boolean(), nullable=False),
    sa.Column('ref_id', tables.Id(), nullable=False),
    sa.Column('partner_id', tables.Id(), nullable=True),
    sa.Column('recipient_id', tables.Id(), nullable=True),
    sa.Column('attributes', tables.Document(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('due_at', tables.Instant(), nullable=False),
    sa.Column('send_before', tables.Instant(), nullable=True),
    sa.Column('created_at', tables.Instant(), nullable=False),
    sa.Column('claimed_at', tables.Instant(), nullable=True),
    sa.Column('claimed_by', sa.String(length=80), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('sent_at', tables.Instant(), nullable=True),
    sa.Column('reason', sa.String(length=500), nullable=True),
    sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name='mail_sent_has_instant'),
    sa.CheckConstraint("audience IN ('partner', 'staff')", name='mail_audience'),
    sa.CheckConstraint("state IN ('queued', 'claimed', 'sent', 'unknown', 'failed', 'cancelled')", name='mail_state'),
    sa.PrimaryKeyConstraint('shard', 'id')
    )
    op.create_index('ix_mail_due', 'mail', ['due_at'], unique=False, sqlite_where=sa.text("state = 'queued'"), postgresql_where=sa.text("state = 'queued'"))
    op.create_index('ix_mail_open', 'mail', ['state', 'claimed_at'], unique=False, sqlite_where=sa.text("state IN ('claimed', 'unknown', 'failed')"), postgresql_where=sa.text("state IN ('claimed', 'unknown', 'failed')"))
    op.create_index('ix_mail_ref', 'mail', ['shard', 'ref_id'], unique=False)
    op.create_table('mail_gate',
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('stopped', sa.Boolean(), nullable=False),
    sa.Column('at', tables.Instant(), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    info={'reference': True, 'append_only': True}
    )
    op.create_table('outbox',
    sa.Column('shard', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('handler', sa.String(length=80), nullable=False),
    sa.Column('event_type', sa.String(length=80), nullable=False),
    sa.Column('partner_id', tables.Id(), nullable=False),
    sa.Column('payload', tables.Document(), nullable=False),
    sa.Column('created_at', tables.Instant(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_try_at', tables.Instant(), nullable=True),
    sa.Column('parked_at', tables.Instant(), nullable=True),
    sa.Column('error', sa.String(length=2000), nullable=True),
    sa.PrimaryKeyConstraint('shard', 'id')
    )
    op.create_index('ix_outbox_handler_id', 'outbox', ['handler', 'id'], unique=False)
    op.create_index('ix_outbox_waiting', 'outbox', ['handler', 'partner_id'], unique=False, sqlite_where=sa.text('attempts > 0'), postgresql_where=sa.text('attempts > 0'))
    op.create_table('partner',
    sa.Column('shard', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('key', sa.String(length=512), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('tier', sa.String(length=64), nullable=False),
    sa.Column('region', sa.String(length=64), nullable=False),
    sa.Column('country', sa.String(length=64), nullable=False),
    sa.Column('time_zone', sa.String(length=64), nullable=False),
    sa.Column('parent_key', sa.String(length=512), nullable=False),
    sa.Column('side', sa.String(length=10), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('attributes', tables.Document(), nullable=False),
    sa.Column('search_text', sa.String(length=1500), nullable=False),
    sa.Column('created_at', tables.Instant(), nullable=False),
    sa.Column('changed_at', tables.Instant(), nullable=False),
    sa.CheckConstraint("key <> ''", name='partner_key'),
    sa.CheckConstraint("kind IN ('channel', 'technology', 'servicing', 'unknown')", name='partner_kind'),
    sa.CheckConstraint("side IN ('ours', 'theirs')", name='partner_side'),
    sa.CheckConstraint("state IN ('confirmed', 'unconfirmed')", name='partner_state'),
    sa.CheckConstraint('parent_key <> key', name='partner_parent'),
    sa.CheckConstraint('shard BETWEEN 0 AND 255', name='partner_shard'),
    sa.PrimaryKeyConstraint('shard', 'id'),
    sa.UniqueConstraint('shard', 'key')
    )
    op.create_index('ix_partner_id', 'partner', ['id'], unique=False)
    op.create_index('ix_partner_key', 'partner', ['key'], unique=False)
    op.create_index('ix_partner_list', 'partner', ['search_text', 'id'], unique=False)
    op.create_index('ix_partner_parent', 'partner', ['parent_key'], unique=False, sqlite_where=sa.text("parent_key <> ''"), postgresql_where=sa.text("parent_key <> ''"))
    op.create_table('program_state',
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('at', tables.Instant(), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('comment', sa.String(length=2000), nullable=False),
    sa.CheckConstraint("state IN ('draft', 'test', 'live', 'paused')", name='program_state_state'),
    sa.PrimaryKeyConstraint('id'),
    info={'reference': True, 'append_only': True}
    )
    op.create_table('rollup',
    sa.Column('metric', sa.String(length=10), nullable=False),
    sa.Column('touchpoint', sa.String(length=200), nullable=False),
    sa.Column('tier', sa.String(length=100), nullable=False),
    sa.Column('region', sa.String(length=100), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('n', sa.BigInteger(), nullable=False),
    sa.Column('promoters', sa.BigInteger(), nullable=False),
    sa.Column('passives', sa.BigInteger(), nullable=False),
    sa.Column('detractors', sa.BigInteger(), nullable=False),
    sa.Column('total', sa.BigInteger(), nullable=False),
    sa.Column('total_of_squares', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('metric', 'touchpoint', 'tier', 'region', 'day'),
    info={'reference': True}
    )
    op.create_table('suppression',
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('person', sa.LargeBinary(length=32), nullable=False),
    sa.Column('scope', sa.String(length=107), nullable=False),
    sa.Column('cause', sa.String(length=20), nullable=False),
    sa.Column('since_at', tables.Instant(), nullable=False),
    sa.Column('lifted_at', tables.Instant(), nullable=True),
    sa.CheckConstraint("cause IN ('complaint', 'opted_out', 'undeliverable', 'objected', 'erased')", name='suppression_cause'),
    sa.CheckConstraint("lifted_at IS NULL OR cause <> 'erased'", name='suppression_erased_stays'),
    sa.CheckConstraint("scope = 'all' OR scope LIKE 'family:_%'", name='suppression_scope'),
    sa.PrimaryKeyConstraint('id'),
    info={'reference': True}
    )
    op.create_index('ux_suppression_in_force', 'suppression', ['person', 'scope', 'cause'], unique=True, sqlite_where=sa.text('lifted_at IS NULL'), postgresql_where=sa.text('lifted_at IS NULL'))
    op.create_table('team',
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('created_at', tables.Instant(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('name'),
    info={'reference': True}
    )
    op.create_table('theme',
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('root_cause', sa.String(length=200), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('opened_at', tables.Instant(), nullable=False),
    sa.Column('settled_at', tables.Instant(), nullable=True),
    sa.Column('reason', sa.String(length=2000), nullable=False),
    sa.CheckConstraint("state IN ('open', 'accepted', 'dismissed')", name='theme_state'),
    sa.PrimaryKeyConstraint('id'),
    info={'reference': True}
    )
    op.create_index('ux_theme_open', 'theme', ['root_cause'], unique=True, sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))
    op.create_table('theme_evidence',
    sa.Column('shard', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('partner_id', tables.Id(), nullable=False),
    sa.Column('case_id', tables.Id(), nullable=False),
    sa.Column('root_cause', sa.String(length=200), nullable=False),
    sa.Column('touchpoint', sa.String(length=200), nullable=False),
    sa.Column('closed_at', tables.Instant(), nullable=False),
    sa.Column('theme_id', tables.Id(), nullable=True),
    sa.PrimaryKeyConstraint('shard', 'id'),
    sa.UniqueConstraint('shard', 'case_id', name='uq_theme_evidence_case')
    )
    op.create_index('ix_theme_evidence_root_cause', 'theme_evidence', ['root_cause', 'closed_at'], unique=False)
    op.create_index('ix_theme_evidence_theme', 'theme_evidence', ['theme_id'], unique=False)
    op.create_table('version',
    sa.Column('version', sa.String(length=71), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('body', tables.Document(), nullable=False),
    sa.Column('created_at', tables.Instant(), nullable=False),
    sa.PrimaryKeyConstraint('version'),
    info={'reference': True, 'append_only': True}
    )
    op.create_table('wave',
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('touchpoint', sa.String(length=120), nullable=False),
    sa.Column('audience', tables.Document(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('tested_at', tables.Instant(), nullable=True),
    sa.Column('created_by', sa.String(length=200), nullable=False),
    sa.Column('created_at', tables.Instant(), nullable=False),
    sa.Column('sent_at', tables.Instant(), nullable=True),
    sa.CheckConstraint("(state = 'sent') = (sent_at is not null)", name='wave_sent'),
    sa.CheckConstraint("state in ('draft', 'confirming', 'sent', 'cancelled')", name='wave_state'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key', name='wave_key'),
    info={'reference': True}
    )
    op.create_table('webhook_endpoint',
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('url', sa.String(length=2000), nullable=False),
    sa.Column('secret', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', tables.Instant(), nullable=False),
    sa.Column('created_by', sa.String(length=200), nullable=False),
    sa.Column('disabled_at', tables.Instant(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('name', name='webhook_endpoint_name'),
    info={'reference': True}
    )
    op.create_table('contact',
    sa.Column('shard', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('partner_id', tables.Id(), nullable=False),
    sa.Column('person', sa.LargeBinary(length=32), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('role', sa.String(length=100), nullable=False),
    sa.Column('language', sa.String(length=35), nullable=False),
    sa.Column('time_zone', sa.String(length=64), nullable=False),
    sa.Column('phone', sa.String(length=40), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('search_text', sa.String(length=1000), nullable=False),
    sa.Column('created_at', tables.Instant(), nullable=False),
    sa.Column('changed_at', tables.Instant(), nullable=False),
    sa.CheckConstraint("(state = 'erased') = (email = '') AND (state <> 'erased' OR name || phone || search_text = '')", name='contact_erased'),
    sa.CheckConstraint("state IN ('active', 'left', 'erased')", name='contact_state'),
    sa.ForeignKeyConstraint(['shard', 'partner_id'], ['partner.shard', 'partner.id'], ),
    sa.PrimaryKeyConstraint('shard', 'id'),
    sa.UniqueConstraint('shard', 'partner_id', 'person')
    )
    op.create_index('ix_contact_id', 'contact', ['id'], unique=False)
    op.create_index('ix_contact_partner', 'contact', ['partner_id'], unique=False)
    op.create_index('ix_contact_person', 'contact', ['person'], unique=False)
    op.create_table('staff',
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('team_id', tables.Id(), nullable=True),
    sa.Column('locale', sa.String(length=35), nullable=False),
    sa.Column('time_zone', sa.String(length=64), nullable=False),
    sa.Column('password_hash', sa.String(length=200), nullable=True),
    sa.Column('credential_version', sa.Integer(), nullable=False),
    sa.Column('link_generation', sa.Integer(), nullable=False),
    sa.Column('link_until', tables.Instant(), nullable=True),
    sa.Column('created_at', tables.Instant(), nullable=False),
    sa.Column('disabled_at', tables.Instant(), nullable=True),
    sa.CheckConstraint("role IN ('admin', 'program_owner', 'alliance_manager', 'viewer')", name='staff_role'),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('email'),
    info={'reference': True}
    )
    op.create_table('casework',
    sa.Column('shard', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('partner_id', tables.Id(), nullable=False),
    sa.Column('contact_id', tables.Id(), nullable=False),
    sa.Column('response_id', tables.Id(), nullable=False),
    sa.Column('touchpoint', sa.String(length=120), nullable=False),
    sa.Column('touchpoint_group', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('severity', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('owner_id', tables.Id(), nullable=True),
    sa.Column('team_id', tables.Id(), nullable=True),
    sa.Column('score', sa.Integer(), nullable=True),
    sa.Column('score_kind', sa.String(length=20), nullable=True),
    sa.Column('wants_contact', sa.Boolean(), nullable=False),
    sa.Column('route', tables.Document(), nullable=False),
    sa.Column('alerts_version', sa.String(length=80), nullable=False),
    sa.Column('opened_at', tables.Instant(), nullable=False),
    sa.Column('contact_due_at', tables.Instant(), nullable=False),
    sa.Column('resolve_due_at', tables.Instant(), nullable=False),
    sa.Column('due_at', tables.Instant(), nullable=False),
    sa.Column('acknowledged_at', tables.Instant(), nullable=True),
    sa.Column('contacted_at', tables.Instant(), nullable=True),
    sa.Column('closed_at', tables.Instant(), nullable=True),
    sa.Column('root_cause', sa.String(length=64), nullable=True),
    sa.Column('outcome', sa.String(length=20), nullable=True),
    sa.Column('reopened_count', sa.Integer(), nullable=False),
    sa.CheckConstraint("(state = 'closed') = (closed_at is not null)", name='casework_closed'),
    sa.CheckConstraint("(state = 'closed') = (outcome is not null)", name='casework_outcome'),
    sa.CheckConstraint("kind in ('recovery', 'callback', 'thanks')", name='casework_kind'),
    sa.CheckConstraint("severity in ('high', 'normal', 'low')", name='casework_severity'),
    sa.CheckConstraint("state <> 'closed' or kind <> 'recovery' or root_cause is not null", name='casework_recovery_has_cause'),
    sa.CheckConstraint("state in ('new', 'acknowledged', 'in_progress', 'reopened', 'closed')", name='casework_state'),
    sa.CheckConstraint('revision >= 1', name='casework_revision'),
    sa.ForeignKeyConstraint(['owner_id'], ['staff.id'], ),
    sa.ForeignKeyConstraint(['shard', 'contact_id'], ['contact.shard', 'contact.id'], name='casework_contact'),
    sa.ForeignKeyConstraint(['shard', 'partner_id'], ['partner.shard', 'partner.id'], name='casework_partner'),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], ),
    sa.PrimaryKeyConstraint('shard', 'id'),
    sa.UniqueConstraint('shard', 'number', name='casework_number')
    )
    op.create_index('ix_casework_cause', 'casework', ['root_cause', 'closed_at'], unique=False, sqlite_where=sa.text("state = 'closed'"), postgresql_where=sa.text("state = 'closed'"))
    op.create_index('ix_casework_closed', 'casework', ['closed_at'], unique=False, sqlite_where=sa.text("state = 'closed'"), postgresql_where=sa.text("state = 'closed'"))
    op.create_index('ix_casework_opened', 'casework', ['opened_at'], unique=False)
    op.create_index('ix_casework_owner_open', 'casework', ['owner_id', 'due_at'], unique=False, sqlite_where=sa.text("state <> 'closed'"), postgresql_where=sa.text("state <> 'closed'"))
    op.create_index('ix_casework_partner', 'casework', ['shard', 'partner_id', 'opened_at'], unique=False)
    op.create_index('ix_casework_team_open', 'casework', ['team_id', 'due_at'], unique=False, sqlite_where=sa.text("state <> 'closed'"), postgresql_where=sa.text("state <> 'closed'"))
    op.create_index('ux_casework_open_group', 'casework', ['shard', 'partner_id', 'touchpoint_group', 'kind'], unique=True, sqlite_where=sa.text("state <> 'closed'"), postgresql_where=sa.text("state <> 'closed'"))
    op.create_table('import_upload',
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('staff_id', tables.Id(), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('packed_table', sa.LargeBinary(), nullable=False),
    sa.Column('mapping', tables.Document(), nullable=True),
    sa.Column('result', tables.Document(), nullable=True),
    sa.Column('created_at', tables.Instant(), nullable=False),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], ),
    sa.PrimaryKeyConstraint('id'),
    info={'reference': True}
    )
    op.create_index('ix_import_upload_age', 'import_upload', ['created_at'], unique=False)
    op.create_table('invitation',
    sa.Column('shard', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('decision_id', tables.Id(), nullable=False),
    sa.Column('event_id', tables.Id(), nullable=False),
    sa.Column('partner_id', tables.Id(), nullable=False),
    sa.Column('contact_id', tables.Id(), nullable=False),
    sa.Column('person', sa.LargeBinary(length=32), nullable=False),
    sa.Column('touchpoint', sa.String(length=120), nullable=False),
    sa.Column('survey', sa.String(length=120), nullable=False),
    sa.Column('family', sa.String(length=120), nullable=False),
    sa.Column('survey_version', sa.String(length=80), nullable=False),
    sa.Column('plan_version', sa.String(length=80), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('weight', sa.Float(), nullable=False),
    sa.Column('batch', sa.String(length=200), nullable=True),
    sa.Column('send_at', tables.Instant(), nullable=False),
    sa.Column('send_before', tables.Instant(), nullable=False),
    sa.Column('answer_before', tables.Instant(), nullable=False),
    sa.Column('hold_until', tables.Instant(), nullable=True),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.String(length=80), nullable=True),
    sa.Column('generation', sa.SmallInteger(), nullable=False),
    sa.Column('language', sa.String(length=20), nullable=False),
    sa.Column('sent_at', tables.Instant(), nullable=True),
    sa.Column('answered_at', tables.Instant(), nullable=True),
    sa.Column('declined_at', tables.Instant(), nullable=True),
    sa.Column('disposition', sa.String(length=20), nullable=True),
    sa.Column('replayed', sa.Boolean(), nullable=False),
    sa.Column('created_at', tables.Instant(), nullable=False),
    sa.CheckConstraint("(state = 'recorded') = replayed", name='invitation_replayed'),
    sa.CheckConstraint("state <> 'cancelled' or reason is not null", name='invitation_cancelled'),
    sa.CheckConstraint("state <> 'held' or hold_until is not null", name='invitation_held'),
    sa.CheckConstraint("state <> 'recorded' or sent_at is null", name='invitation_recorded'),
    sa.CheckConstraint("state <> 'sent' or sent_at is not null", name='invitation_sent'),
    sa.CheckConstraint("state in ('recorded', 'held', 'queued', 'sent', 'unknown', 'undeliverable', 'cancelled', 'expired', 'late')", name='invitation_state'),
    sa.CheckConstraint('generation >= 0', name='invitation_generation'),
    sa.CheckConstraint('send_before > send_at', name='invitation_send_before'),
    sa.CheckConstraint('weight >= 0', name='invitation_weight'),
    sa.ForeignKeyConstraint(['shard', 'contact_id'], ['contact.shard', 'contact.id'], name='invitation_contact'),
    sa.ForeignKeyConstraint(['shard', 'partner_id'], ['partner.shard', 'partner.id'], name='invitation_partner'),
    sa.PrimaryKeyConstraint('shard', 'id'),
    sa.UniqueConstraint('shard', 'decision_id', name='invitation_decision')
    )
    op.create_index('invitation_answer_before', 'invitation', ['answer_before'], unique=False, sqlite_where=sa.text("state in ('sent', 'unknown')"), postgresql_where=sa.text("state in ('sent', 'unknown')"))
    op.create_index('invitation_batch', 'invitation', ['batch'], unique=False)
    op.create_index('invitation_contact_asks', 'invitation', ['shard', 'contact_id'], unique=False)
    op.create_index('invitation_partner_asks', 'invitation', ['shard', 'partner_id', 'send_at'], unique=False)
    op.create_index('invitation_person', 'invitation', ['person', 'send_at'], unique=False)
    op.create_table('ownership',
    sa.Column('shard', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('partner_id', tables.Id(), nullable=False),
    sa.Column('staff_id', tables.Id(), nullable=False),
    sa.Column('from_at', tables.Instant(), nullable=False),
    sa.Column('to_at', tables.Instant(), nullable=True),
    sa.CheckConstraint('to_at IS NULL OR to_at >= from_at', name='ownership_period'),
    sa.ForeignKeyConstraint(['shard', 'partner_id'], ['partner.shard', 'partner.id'], ),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], ),
    sa.PrimaryKeyConstraint('shard', 'id')
    )
    op.create_index('ix_ownership_history', 'ownership', ['partner_id', 'from_at'], unique=False)
    op.create_index('ix_ownership_staff', 'ownership', ['staff_id'], unique=False, sqlite_where=sa.text('to_at IS NULL'), postgresql_where=sa.text('to_at IS NULL'))
    op.create_index('ux_ownership_open', 'ownership', ['shard', 'partner_id'], unique=True, sqlite_where=sa.text('to_at IS NULL'), postgresql_where=sa.text('to_at IS NULL'))
    op.create_table('touchpoint_event',
    sa.Column('shard', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('partner_id', tables.Id(), nullable=False),
    sa.Column('contact_id', tables.Id(), nullable=True),
    sa.Column('source', sa.String(length=512), nullable=False),
    sa.Column('external_id', sa.String(length=512), nullable=False),
    sa.Column('event_key', sa.BigInteger(), nullable=False),
    sa.Column('type', sa.String(length=512), nullable=False),
    sa.Column('at', tables.Instant(), nullable=False),
    sa.Column('received_at', tables.Instant(), nullable=False),
    sa.Column('attributes', tables.Document(), nullable=False),
    sa.Column('replayed', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['shard', 'contact_id'], ['contact.shard', 'contact.id'], name='touchpoint_event_contact'),
    sa.ForeignKeyConstraint(['shard', 'partner_id'], ['partner.shard', 'partner.id'], name='touchpoint_event_partner'),
    sa.PrimaryKeyConstraint('shard', 'id'),
    info={'append_only': True}
    )
    op.create_index('ix_touchpoint_event_partner', 'touchpoint_event', ['shard', 'partner_id', 'at'], unique=False)
    op.create_index('ix_touchpoint_event_type', 'touchpoint_event', ['type', 'at'], unique=False)
    op.create_table('wave_member',
    sa.Column('shard', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('wave_id', tables.Id(), nullable=False),
    sa.Column('partner_id', tables.Id(), nullable=False),
    sa.Column('contact_id', tables.Id(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=True),
    sa.Column('decided_by', sa.String(length=200), nullable=True),
    sa.Column('decided_at', tables.Instant(), nullable=True),
    sa.Column('event_id', tables.Id(), nullable=True),
    sa.CheckConstraint("event_id is null or state <> 'struck'", name='wave_member_asked'),
    sa.CheckConstraint("state <> 'struck' or reason is not null", name='wave_member_struck'),
    sa.CheckConstraint("state in ('chosen', 'confirmed', 'struck')", name='wave_member_state'),
    sa.ForeignKeyConstraint(['shard', 'contact_id'], ['contact.shard', 'contact.id'], name='wave_member_contact'),
    sa.ForeignKeyConstraint(['shard', 'partner_id'], ['partner.shard', 'partner.id'], name='wave_member_partner'),
    sa.ForeignKeyConstraint(['wave_id'], ['wave.id'], name='wave_member_of'),
    sa.PrimaryKeyConstraint('shard', 'id'),
    sa.UniqueConstraint('shard', 'wave_id', 'contact_id', name='wave_member_once')
    )
    op.create_index('wave_member_wave', 'wave_member', ['wave_id'], unique=False)
    op.create_table('alert',
    sa.Column('shard', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('partner_id', tables.Id(), nullable=False),
    sa.Column('contact_id', tables.Id(), nullable=False),
    sa.Column('person', sa.LargeBinary(length=32), nullable=False),
    sa.Column('response_id', tables.Id(), nullable=False),
    sa.Column('case_id', tables.Id(), nullable=False),
    sa.Column('touchpoint', sa.String(length=120), nullable=False),
    sa.Column('rule', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('severity', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=False),
    sa.Column('numbers', tables.Document(), nullable=False),
    sa.Column('question', sa.String(length=80), nullable=True),
    sa.Column('alerts_version', sa.String(length=80), nullable=False),
    sa.Column('answered_at', tables.Instant(), nullable=False),
    sa.Column('raised_at', tables.Instant(), nullable=False),
    sa.CheckConstraint("kind in ('recovery', 'callback', 'thanks')", name='alert_kind'),
    sa.CheckConstraint("severity in ('high', 'normal', 'low')", name='alert_severity'),
    sa.ForeignKeyConstraint(['shard', 'case_id'], ['casework.shard', 'casework.id'], name='alert_case'),
    sa.ForeignKeyConstraint(['shard', 'partner_id'], ['partner.shard', 'partner.id'], name='alert_partner'),
    sa.PrimaryKeyConstraint('shard', 'id'),
    sa.UniqueConstraint('shard', 'response_id', 'rule', name='alert_once'),
    info={'append_only': True}
    )
    op.create_index('ix_alert_case', 'alert', ['shard', 'case_id'], unique=False)
    op.create_index('ix_alert_person', 'alert', ['person'], unique=False)
    op.create_index('ix_alert_raised', 'alert', ['raised_at'], unique=False)
    op.create_table('case_entry',
    sa.Column('shard', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('case_id', tables.Id(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('at', tables.Instant(), nullable=False),
    sa.Column('actor_kind', sa.String(length=20), nullable=False),
    sa.Column('actor_id', sa.String(length=64), nullable=False),
    sa.Column('actor_name', sa.String(length=200), nullable=False),
    sa.Column('text', sa.String(length=10000), nullable=True),
    sa.Column('detail', tables.Document(), nullable=False),
    sa.CheckConstraint("kind in ('opened', 'joined', 'score_changed', 'acknowledged', 'noted', 'contact_logged', 'assigned', 'closed', 'reopened')", name='case_entry_kind'),
    sa.ForeignKeyConstraint(['shard', 'case_id'], ['casework.shard', 'casework.id'], name='case_entry_case'),
    sa.PrimaryKeyConstraint('shard', 'id'),
    sa.UniqueConstraint('shard', 'case_id', 'revision', name='case_entry_revision')
    )
    op.create_table('decision',
    sa.Column('shard', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('event_id', tables.Id(), nullable=False),
    sa.Column('partner_id', tables.Id(), nullable=False),
    sa.Column('contact_id', tables.Id(), nullable=True),
    sa.Column('touchpoint', sa.String(length=120), nullable=False),
    sa.Column('attempt', sa.SmallInteger(), nullable=False),
    sa.Column('previous_id', tables.Id(), nullable=True),
    sa.Column('at', tables.Instant(), nullable=False),
    sa.Column('outcome', sa.String(length=6), nullable=False),
    sa.Column('rule', sa.String(length=20), nullable=True),
    sa.Column('until', tables.Instant(), nullable=True),
    sa.Column('send_at', tables.Instant(), nullable=True),
    sa.Column('replayed', sa.Boolean(), nullable=False),
    sa.Column('plan_version', sa.LargeBinary(length=32), nullable=False),
    sa.Column('random_rate', sa.Float(), nullable=False),
    sa.Column('inclusion_probability', sa.Float(), nullable=False),
    sa.Column('facts', tables.Document(), nullable=False),
    sa.Column('verdicts', tables.Document(), nullable=False),
    sa.CheckConstraint("(outcome = 'defer') = (until IS NOT NULL)", name='decision_until'),
    sa.CheckConstraint("(outcome = 'invite') = (rule IS NULL)", name='decision_rule'),
    sa.CheckConstraint("(outcome = 'invite') = (send_at IS NOT NULL)", name='decision_send_at'),
    sa.CheckConstraint("contact_id IS NOT NULL OR outcome = 'drop'", name='decision_nobody'),
    sa.CheckConstraint("outcome IN ('invite', 'defer', 'drop')", name='decision_outcome'),
    sa.CheckConstraint('(attempt > 1) = (previous_id IS NOT NULL)', name='decision_previous'),
    sa.CheckConstraint('attempt >= 1', name='decision_attempt'),
    sa.CheckConstraint('inclusion_probability BETWEEN 0 AND 1', name='decision_probability'),
    sa.CheckConstraint('random_rate BETWEEN 0 AND 1', name='decision_rate'),
    sa.ForeignKeyConstraint(['shard', 'contact_id'], ['contact.shard', 'contact.id'], name='decision_contact'),
    sa.ForeignKeyConstraint(['shard', 'event_id'], ['touchpoint_event.shard', 'touchpoint_event.id'], name='decision_event'),
    sa.ForeignKeyConstraint(['shard', 'partner_id'], ['partner.shard', 'partner.id'], name='decision_partner'),
    sa.PrimaryKeyConstraint('shard', 'id'),
    info={'append_only': True}
    )
    op.create_index('decision_at', 'decision', ['at'], unique=False)
    op.create_index('decision_contact', 'decision', ['shard', 'contact_id'], unique=False)
    op.create_index('decision_nobody_once', 'decision', ['shard', 'event_id', 'touchpoint'], unique=True, sqlite_where=sa.text('contact_id IS NULL'), postgresql_where=sa.text('contact_id IS NULL'))
    op.create_index('decision_once', 'decision', ['shard', 'event_id', 'touchpoint', 'contact_id', 'attempt'], unique=True)
    op.create_index('decision_seq', 'decision', ['seq'], unique=False)
    op.create_table('event_personal',
    sa.Column('shard', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('contact_id', tables.Id(), nullable=True),
    sa.Column('attributes', tables.Document(), nullable=False),
    sa.ForeignKeyConstraint(['shard', 'id'], ['touchpoint_event.shard', 'touchpoint_event.id'], name='event_personal_event'),
    sa.PrimaryKeyConstraint('shard', 'id')
    )
    op.create_index('ix_event_personal_contact', 'event_personal', ['shard', 'contact_id'], unique=False)
    op.create_table('notification',
    sa.Column('shard', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('case_id', tables.Id(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('news', sa.String(length=20), nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('recipient_id', tables.Id(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('due_at', tables.Instant(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('claimed_at', tables.Instant(), nullable=True),
    sa.Column('settled_at', tables.Instant(), nullable=True),
    sa.Column('status_code', sa.Integer(), nullable=True),
    sa.Column('error', sa.String(length=500), nullable=True),
    sa.Column('created_at', tables.Instant(), nullable=False),
    sa.CheckConstraint("(state = 'claimed') = (claimed_at is not null)", name='notification_claimed'),
    sa.CheckConstraint("news in ('opened', 'joined', 'assigned', 'closed', 'reopened')", name='notification_news'),
    sa.CheckConstraint("state <> 'dead' or error is not null", name='notification_dead'),
    sa.CheckConstraint("state in ('handed', 'pending', 'claimed', 'sent', 'dead')", name='notification_state'),
    sa.ForeignKeyConstraint(['shard', 'case_id'], ['casework.shard', 'casework.id'], name='notification_case'),
    sa.PrimaryKeyConstraint('shard', 'id'),
    sa.UniqueConstraint('shard', 'case_id', 'revision', 'channel', 'recipient_id', name='notification_once')
    )
    op.create_index('ix_notification_due', 'notification', ['channel', 'due_at'], unique=False, sqlite_where=sa.text("state in ('pending', 'claimed')"), postgresql_where=sa.text("state in ('pending', 'claimed')"))
    op.create_index('ix_notification_recipient', 'notification', ['recipient_id', 'created_at'], unique=False)
    op.create_table('response',
    sa.Column('shard', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('invitation_id', tables.Id(), nullable=False),
    sa.Column('partner_id', tables.Id(), nullable=False),
    sa.Column('contact_id', tables.Id(), nullable=False),
    sa.Column('touchpoint', sa.String(length=120), nullable=False),
    sa.Column('survey', sa.String(length=120), nullable=False),
    sa.Column('survey_version', sa.String(length=80), nullable=False),
    sa.Column('tier', sa.String(length=80), nullable=False),
    sa.Column('region', sa.String(length=80), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('revision', sa.SmallInteger(), nullable=False),
    sa.Column('language', sa.String(length=20), nullable=False),
    sa.Column('wants_contact', sa.Boolean(), nullable=False),
    sa.Column('has_comment', sa.Boolean(), nullable=False),
    sa.Column('started_at', tables.Instant(), nullable=False),
    sa.Column('confirmed_at', tables.Instant(), nullable=True),
    sa.Column('changed_at', tables.Instant(), nullable=False),
    sa.CheckConstraint("(state = 'confirmed') = (confirmed_at is not null)", name='response_confirmed'),
    sa.CheckConstraint("state in ('partial', 'provisional', 'confirmed')", name='response_state'),
    sa.CheckConstraint('confirmed_at is null or changed_at >= confirmed_at', name='response_changed'),
    sa.CheckConstraint('revision >= 1', name='response_revision'),
    sa.ForeignKeyConstraint(['shard', 'contact_id'], ['contact.shard', 'contact.id'], name='response_contact'),
    sa.ForeignKeyConstraint(['shard', 'invitation_id'], ['invitation.shard', 'invitation.id'], name='response_to_invitation'),
    sa.ForeignKeyConstraint(['shard', 'partner_id'], ['partner.shard', 'partner.id'], name='response_partner'),
    sa.PrimaryKeyConstraint('shard', 'id'),
    sa.UniqueConstraint('shard', 'invitation_id', name='response_invitation')
    )
    op.create_index('response_latest', 'response', ['confirmed_at'], unique=False)
    op.create_index('response_partner_latest', 'response', ['shard', 'partner_id', 'confirmed_at'], unique=False)
    op.create_index('response_touchpoint', 'response', ['touchpoint', 'confirmed_at'], unique=False)
    op.create_table('answer',
    sa.Column('shard', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('response_id', tables.Id(), nullable=False),
    sa.Column('revision', sa.SmallInteger(), nullable=False),
    sa.Column('question', sa.String(length=80), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('score', sa.SmallInteger(), nullable=True),
    sa.Column('choice', sa.String(length=80), nullable=True),
    sa.Column('text', sa.String(length=5000), nullable=True),
    sa.CheckConstraint("score is null\n or (kind = 'nps' and score between 0 and 10)\n or (kind = 'csat' and score between 1 and 5)\n or (kind = 'ces' and score between 1 and 7)\n or kind not in ('nps', 'csat', 'ces')", name='answer_score'),
    sa.CheckConstraint('revision >= 1', name='answer_revision'),
    sa.CheckConstraint('score is not null or choice is not null or text is not null', name='answer_not_empty'),
    sa.ForeignKeyConstraint(['shard', 'response_id'], ['response.shard', 'response.id'], name='answer_to_response'),
    sa.PrimaryKeyConstraint('shard', 'id'),
    sa.UniqueConstraint('shard', 'response_id', 'revision', 'question', name='answer_once')
    )
    op.create_table('deferral',
    sa.Column('shard', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('id', tables.Id(), nullable=False),
    sa.Column('event_id', tables.Id(), nullable=False),
    sa.Column('contact_id', tables.Id(), nullable=False),
    sa.Column('touchpoint', sa.String(length=120), nullable=False),
    sa.Column('attempt', sa.SmallInteger(), nullable=False),
    sa.Column('due_at', tables.Instant(), nullable=False),
    sa.Column('arrived_at', tables.Instant(), nullable=False),
    sa.Column('replayed', sa.Boolean(), nullable=False),
    sa.CheckConstraint('attempt >= 2', name='deferral_attempt'),
    sa.ForeignKeyConstraint(['shard', 'id'], ['decision.shard', 'decision.id'], name='deferral_decision'),
    sa.PrimaryKeyConstraint('shard', 'id')
    )
    op.create_index('deferral_arrival', 'deferral', ['replayed', 'arrived_at'], unique=False)
    op.create_index('deferral_due', 'deferral', ['replayed', 'due_at'], unique=False)
    _refuse_rewriting()


def downgrade() -> None:
    raise NotImplementedError("Go back by restoring the backup taken before the upgrade.")


def _refuse_rewriting() -> None:
    dialect = op.get_bind().dialect.name
    for ledger in LEDGERS:
        for statement in tables.append_only_statements(ledger)[dialect]:
            op.execute(statement)
