"""Inbound hooks, mail, what hearing costs"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        'inbox',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('source', text(), nullable=False),
        sa.Column('key', text(), nullable=False),
        sa.Column('body', sa.LargeBinary(), nullable=False),
        sa.Column('came_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column('read_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint('id'),
        sqlite_autoincrement=True,
    )
    op.create_index('inbox_once', 'inbox', ['source', 'key'], unique=True)
    op.create_index('ix_inbox_came_at', 'inbox', ['came_at'])
    op.create_table(
        'lease',
        sa.Column('name', text(), nullable=False),
        sa.Column('holder', text(), nullable=False),
        sa.Column('fence', sa.Integer(), nullable=False),
        sa.Column('until', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint('name'),
    )
    op.create_table(
        'cost',
        sa.Column('source', text(), nullable=False),
        sa.Column('query', text(), nullable=False),
        sa.Column('day', text(), nullable=False),
        sa.Column('dollars', sa.Float(), nullable=False),
        sa.Column('posts', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('source', 'query', 'day'),
    )
    op.add_column('post', sa.Column('query', text(), nullable=False, server_default=''))
    op.add_column('source', sa.Column('notice', text(), nullable=False, server_default=''))
    op.add_column('source', sa.Column('monthly_cap', sa.Float(), nullable=False, server_default='0'))
