"""Who gets a brand's digest and its daily brief: addresses and a room on the schedule"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('schedule') as batch:
        batch.add_column(sa.Column('mails', sa.JSON(none_as_null=True), nullable=True))
        batch.add_column(sa.Column('room', sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=''))
