"""Incidents, drills, briefs"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

WHEN = sqlmodel.sql.sqltypes.UTCDateTime
WORDS = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    _spikes()
    _incidents()
    _digest()


def _spikes() -> None:
    op.create_table('spike_memory',
    sa.Column('brand', WORDS(), nullable=False),
    sa.Column('series', WORDS(), nullable=False),
    sa.Column('record', sa.Float(), nullable=False),
    sa.Column('record_at', WHEN(), nullable=True),
    sa.Column('rang_at', WHEN(), nullable=True),
    sa.Column('looked_at', WHEN(), nullable=False),
    sa.PrimaryKeyConstraint('brand', 'series')
    )
    op.create_table('spike',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('brand', WORDS(), nullable=False),
    sa.Column('series', WORDS(), nullable=False),
    sa.Column('at', WHEN(), nullable=False),
    sa.Column('severity', WORDS(), nullable=False),
    sa.Column('size', sa.Float(), nullable=False),
    sa.Column('seen', sa.Float(), nullable=False),
    sa.Column('expected', sa.Float(), nullable=False),
    sa.Column('over_s', sa.Integer(), nullable=False),
    sa.Column('posts', sa.JSON(), nullable=False),
    sa.Column('places', sa.JSON(), nullable=False),
    sa.Column('words', sa.JSON(), nullable=False),
    sa.Column('incident_id', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('spike_brand_at', 'spike', ['brand', 'at'])
    op.create_index(op.f('ix_spike_incident_id'), 'spike', ['incident_id'])


def _incidents() -> None:
    op.create_table('incident',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('brand', WORDS(), nullable=False),
    sa.Column('title', WORDS(), nullable=False),
    sa.Column('state', WORDS(), nullable=False),
    sa.Column('origin', WORDS(), nullable=False),
    sa.Column('severity', WORDS(), nullable=False),
    sa.Column('runs', sa.JSON(), nullable=False),
    sa.Column('why', WORDS(), nullable=False),
    sa.Column('statement', sa.Text(), nullable=False),
    sa.Column('started_at', WHEN(), nullable=False),
    sa.Column('proposed_at', WHEN(), nullable=False),
    sa.Column('opened_at', WHEN(), nullable=True),
    sa.Column('fixed_at', WHEN(), nullable=True),
    sa.Column('ended_at', WHEN(), nullable=True),
    sa.Column('declared_by', sa.Integer(), nullable=True),
    sa.Column('told_at', WHEN(), nullable=True),
    sa.Column('told_members', sa.Integer(), nullable=False),
    sa.Column('told_late', sa.Integer(), nullable=False),
    sa.Column('updates', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('incident_brand_state', 'incident', ['brand', 'state'])
    op.create_table('incident_case',
    sa.Column('incident_id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('joined_at', WHEN(), nullable=False),
    sa.Column('joined_by', sa.Integer(), nullable=True),
    sa.Column('why', WORDS(), nullable=False),
    sa.Column('left_at', WHEN(), nullable=True),
    sa.Column('settled_at', WHEN(), nullable=True),
    sa.Column('settled_by', sa.Integer(), nullable=True),
    sa.Column('settled_why', WORDS(), nullable=False),
    sa.ForeignKeyConstraint(['incident_id'], ['incident.id']),
    sa.ForeignKeyConstraint(['case_id'], ['case.id']),
    sa.PrimaryKeyConstraint('incident_id', 'case_id')
    )
    op.create_index('incident_case_case', 'incident_case', ['case_id'])
    op.create_table('incident_note',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('incident_id', sa.Integer(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('at', WHEN(), nullable=False),
    sa.ForeignKeyConstraint(['incident_id'], ['incident.id']),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_incident_note_incident_id'), 'incident_note', ['incident_id'])


def _digest() -> None:
    op.create_table('drill',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', WORDS(), nullable=False),
    sa.Column('started_at', WHEN(), nullable=False),
    sa.Column('ended_at', WHEN(), nullable=True),
    sa.Column('debrief', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('story',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('brand', WORDS(), nullable=False),
    sa.Column('week', WORDS(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('agent', sa.Integer(), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('named', sa.Boolean(), nullable=False),
    sa.Column('chosen_by', sa.Integer(), nullable=False),
    sa.Column('chosen_at', WHEN(), nullable=False),
    sa.Column('consented_at', WHEN(), nullable=True),
    sa.Column('declined_at', WHEN(), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['case.id']),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('story_week', 'story', ['brand', 'week'])
    op.create_table('schedule',
    sa.Column('brand', WORDS(), nullable=False),
    sa.Column('kind', WORDS(), nullable=False),
    sa.Column('zone', WORDS(), nullable=False),
    sa.Column('weekday', sa.Integer(), nullable=False),
    sa.Column('minute', sa.Integer(), nullable=False),
    sa.Column('is_on', sa.Boolean(), nullable=False),
    sa.Column('locale', WORDS(), nullable=False, server_default='en'),
    sa.Column('last', WORDS(), nullable=False),
    sa.Column('changed_at', WHEN(), nullable=False),
    sa.PrimaryKeyConstraint('brand', 'kind')
    )
    op.create_table('theme_name',
    sa.Column('brand', WORDS(), nullable=False),
    sa.Column('week', WORDS(), nullable=False),
    sa.Column('mark', WORDS(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('at', WHEN(), nullable=False),
    sa.PrimaryKeyConstraint('brand', 'week', 'mark')
    )
