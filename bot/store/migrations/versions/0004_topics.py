"""Topics, examples, near-duplicates"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

WHEN = sqlmodel.sql.sqltypes.UTCDateTime
WORDS = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.create_table('topic',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('brand', WORDS(), nullable=False),
    sa.Column('name', WORDS(), nullable=False),
    sa.Column('named_by', WORDS(), nullable=False),
    sa.Column('words', sa.JSON(), nullable=False),
    sa.Column('posts', sa.Integer(), nullable=False),
    sa.Column('hidden', sa.Boolean(), nullable=False),
    sa.Column('merged_into', sa.Integer(), nullable=True),
    sa.Column('made_at', WHEN(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('topic_of', 'topic', ['brand', 'hidden'])
    op.create_table('topic_run',
    sa.Column('brand', WORDS(), nullable=False),
    sa.Column('at', WHEN(), nullable=False),
    sa.Column('left_over', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('brand')
    )
    op.add_column('mention', sa.Column('topic_id', sa.Integer(), nullable=True))
    op.add_column('mention', sa.Column('spam', sa.Float(), nullable=True))
    op.add_column('mention', sa.Column('spam_why', WORDS(), nullable=True))
    op.create_index('mention_topic', 'mention', ['topic_id', 'created_at'])
