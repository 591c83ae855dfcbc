"""Incidents that are the same, and in whose thread one is told"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

WHEN = sqlmodel.sql.sqltypes.UTCDateTime


def upgrade() -> None:
    op.create_table('incident_join',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('from_incident', sa.Integer(), nullable=False),
    sa.Column('into_incident', sa.Integer(), nullable=False),
    sa.Column('moved', sa.JSON(), nullable=False),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=False),
    sa.Column('at', WHEN(), nullable=False),
    sa.Column('undone_at', WHEN(), nullable=True),
    sa.ForeignKeyConstraint(['from_incident'], ['incident.id'], ),
    sa.ForeignKeyConstraint(['into_incident'], ['incident.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_incident_join_from_incident'), 'incident_join', ['from_incident'])
    op.create_index(op.f('ix_incident_join_into_incident'), 'incident_join', ['into_incident'])
    with op.batch_alter_table('incident') as batch:
        batch.add_column(sa.Column('told_in', sa.Integer(), nullable=True))
