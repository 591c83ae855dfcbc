"""Customers, views, shifts, sign-in elsewhere"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

WHEN = sqlmodel.sql.sqltypes.UTCDateTime
WORDS = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    _customers()
    _people()
    _machines()
    op.add_column('session', sa.Column('browser', WORDS(), nullable=False, server_default=''))
    op.add_column('tombstone', sa.Column('why', WORDS(), nullable=False, server_default=''))


def _customers() -> None:
    op.create_table('joined',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('handle_id', sa.Integer(), nullable=False),
    sa.Column('from_customer', sa.Integer(), nullable=False),
    sa.Column('to_customer', sa.Integer(), nullable=False),
    sa.Column('consent', sa.Boolean(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=False),
    sa.Column('at', WHEN(), nullable=False),
    sa.Column('undone_at', WHEN(), nullable=True),
    sa.ForeignKeyConstraint(['handle_id'], ['handle.id']),
    sa.ForeignKeyConstraint(['from_customer'], ['customer.id']),
    sa.ForeignKeyConstraint(['to_customer'], ['customer.id']),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_joined_handle_id'), 'joined', ['handle_id'])
    op.create_index(op.f('ix_joined_to_customer'), 'joined', ['to_customer'])
    op.create_table('merge',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('from_case', sa.Integer(), nullable=False),
    sa.Column('into_case', sa.Integer(), nullable=False),
    sa.Column('kind', WORDS(), nullable=False),
    sa.Column('moved', sa.JSON(), nullable=False),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=False),
    sa.Column('at', WHEN(), nullable=False),
    sa.Column('undone_at', WHEN(), nullable=True),
    sa.ForeignKeyConstraint(['from_case'], ['case.id']),
    sa.ForeignKeyConstraint(['into_case'], ['case.id']),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_merge_from_case'), 'merge', ['from_case'])
    op.create_index(op.f('ix_merge_into_case'), 'merge', ['into_case'])
    op.create_table('erased',
    sa.Column('hash', WORDS(), nullable=False),
    sa.Column('at', WHEN(), nullable=False),
    sa.Column('blocks', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('hash')
    )


def _people() -> None:
    op.create_table('worker',
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('away_since', WHEN(), nullable=True),
    sa.Column('capacity', sa.Integer(), nullable=False),
    sa.Column('skills', sa.JSON(), nullable=False),
    sa.Column('languages', sa.JSON(), nullable=False),
    sa.Column('keys', sa.JSON(), nullable=False),
    sa.Column('given_at', WHEN(), nullable=True),
    sa.Column('calls', sa.JSON(), nullable=False),
    sa.Column('goes_on', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id']),
    sa.PrimaryKeyConstraint('account_id')
    )
    op.create_table('saved_view',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('name', WORDS(), nullable=False),
    sa.Column('question', sa.Text(), nullable=False),
    sa.Column('sort', WORDS(), nullable=False),
    sa.Column('brands', sa.JSON(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=False),
    sa.Column('at', WHEN(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_saved_view_account_id'), 'saved_view', ['account_id'])
    op.create_table('ping',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('note_id', sa.Integer(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=False),
    sa.Column('at', WHEN(), nullable=False),
    sa.Column('seen_at', WHEN(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_ping_case_id'), 'ping', ['case_id'])
    op.create_index('ping_unseen', 'ping', ['account_id'],
                    sqlite_where=sa.text('seen_at IS NULL'), postgresql_where=sa.text('seen_at IS NULL'))
    op.create_table('identity',
    sa.Column('issuer', WORDS(), nullable=False),
    sa.Column('subject', WORDS(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('at', WHEN(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id']),
    sa.PrimaryKeyConstraint('issuer', 'subject')
    )
    op.create_index(op.f('ix_identity_account_id'), 'identity', ['account_id'])


def _machines() -> None:
    op.create_table('hook',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', WORDS(), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('whats', sa.JSON(), nullable=False),
    sa.Column('brands', sa.JSON(), nullable=False),
    sa.Column('secret', WORDS(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=False),
    sa.Column('at', WHEN(), nullable=False),
    sa.Column('ended_at', WHEN(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('once',
    sa.Column('key', WORDS(), nullable=False),
    sa.Column('asked', WORDS(), nullable=False),
    sa.Column('status', sa.Integer(), nullable=False),
    sa.Column('answer', sa.JSON(), nullable=False),
    sa.Column('at', WHEN(), nullable=False),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_index(op.f('ix_once_at'), 'once', ['at'])
