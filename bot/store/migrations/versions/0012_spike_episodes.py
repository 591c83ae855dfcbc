"""A series of counts remembers its episodes of four weeks instead of one record"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

WHEN = sqlmodel.sql.sqltypes.UTCDateTime


def upgrade() -> None:
    with op.batch_alter_table('spike_memory') as batch:
        batch.add_column(sa.Column('episodes', sa.JSON(), nullable=False, server_default='[]'))
    _records()
    with op.batch_alter_table('spike_memory') as batch:
        batch.drop_column('record')
        batch.drop_column('record_at')
        batch.drop_column('rang_at')


def _records() -> None:
    """The record that stood becomes the first episode, and counts as having rung."""
    memory = sa.table(
        'spike_memory', sa.column('brand'), sa.column('series'), sa.column('record'), sa.column('record_at', WHEN()),
        sa.column('episodes', sa.JSON()),
    )
    rows = op.get_bind().execute(sa.select(memory).where(memory.c.record_at.is_not(None))).all()
    for row in rows:
        mine = sa.update(memory).where(memory.c.brand == row.brand, memory.c.series == row.series)
        op.execute(mine.values(episodes=[[row.record_at.isoformat(), row.record, row.record]]))
