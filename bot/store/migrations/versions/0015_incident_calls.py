"""Who leads an incident, and how far the calls for it went"""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('incident') as batch:
        batch.add_column(sa.Column('led_by', sa.Integer(), nullable=True))
        batch.add_column(sa.Column('called', sa.Integer(), nullable=False, server_default='0'))
