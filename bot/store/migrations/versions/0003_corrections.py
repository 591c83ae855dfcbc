"""Corrections, audits of what was discarded"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

WHEN = sqlmodel.sql.sqltypes.UTCDateTime
WORDS = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    _corrections()
    _audits()


def _corrections() -> None:
    op.create_table('correction',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('brand', WORDS(), nullable=False),
    sa.Column('kind', WORDS(), nullable=False),
    sa.Column('tone', WORDS(), nullable=False),
    sa.Column('post_id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=True),
    sa.Column('tagged', sa.Boolean(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=False),
    sa.Column('at', WHEN(), nullable=False),
    sa.Column('revoked_at', WHEN(), nullable=True),
    sa.Column('revoked_by', sa.Integer(), nullable=True),
    sa.Column('gone_at', WHEN(), nullable=True),
    sa.Column('left', sa.Integer(), nullable=False),
    sa.Column('left_by', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['post_id'], ['post.id']),
    sa.ForeignKeyConstraint(['case_id'], ['case.id']),
    sa.PrimaryKeyConstraint('id')
    )
    for column in ('brand', 'post_id', 'case_id', 'left'):
        op.create_index(op.f(f'ix_correction_{column}'), 'correction', [column])
    op.create_table('aside',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('correction_id', sa.Integer(), nullable=False),
    sa.Column('mention_id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=True),
    sa.Column('state', WORDS(), nullable=False),
    sa.Column('why', WORDS(), nullable=False),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('direct', sa.Boolean(), nullable=False),
    sa.Column('at', WHEN(), nullable=False),
    sa.ForeignKeyConstraint(['correction_id'], ['correction.id']),
    sa.ForeignKeyConstraint(['mention_id'], ['mention.id']),
    sa.ForeignKeyConstraint(['case_id'], ['case.id']),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('aside_once', 'aside', ['correction_id', 'mention_id'], unique=True)
    op.create_index(op.f('ix_aside_mention_id'), 'aside', ['mention_id'])
    op.create_index(op.f('ix_aside_case_id'), 'aside', ['case_id'])


def _audits() -> None:
    op.create_table('draw',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('brand', WORDS(), nullable=False),
    sa.Column('after_id', sa.Integer(), nullable=False),
    sa.Column('upto_id', sa.Integer(), nullable=False),
    sa.Column('from_at', WHEN(), nullable=False),
    sa.Column('to_at', WHEN(), nullable=False),
    sa.Column('sizes', sa.JSON(), nullable=False),
    sa.Column('queued', sa.Integer(), nullable=False),
    sa.Column('seed', WORDS(), nullable=False),
    sa.Column('drawn_at', WHEN(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('draw_of', 'draw', ['brand', 'upto_id'], unique=True)
    op.create_index(op.f('ix_draw_drawn_at'), 'draw', ['drawn_at'])
    op.create_table('drawn',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('draw_id', sa.Integer(), nullable=False),
    sa.Column('post_id', sa.Integer(), nullable=False),
    sa.Column('mention_id', sa.Integer(), nullable=True),
    sa.Column('stratum', WORDS(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('label', WORDS(), nullable=False),
    sa.Column('labelled_by', sa.Integer(), nullable=True),
    sa.Column('labelled_at', WHEN(), nullable=True),
    sa.Column('offer', WORDS(), nullable=False),
    sa.Column('offer_by', sa.Integer(), nullable=True),
    sa.Column('offer_at', WHEN(), nullable=True),
    sa.ForeignKeyConstraint(['draw_id'], ['draw.id']),
    sa.ForeignKeyConstraint(['mention_id'], ['mention.id']),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('drawn_open', 'drawn', ['draw_id', 'label', 'place'])
    op.create_index(op.f('ix_drawn_post_id'), 'drawn', ['post_id'])
    op.create_table('refused',
    sa.Column('brand', WORDS(), nullable=False),
    sa.Column('form', WORDS(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=False),
    sa.Column('at', WHEN(), nullable=False),
    sa.PrimaryKeyConstraint('brand', 'form')
    )
