"""What a piece of material does to the case it is taken for, besides its words and its tag"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("snippet") as batch:
        batch.add_column(sa.Column("severity", sa.String(), server_default="", nullable=False))
        batch.add_column(sa.Column("assign", sa.String(), server_default="", nullable=False))
        batch.add_column(sa.Column("snooze", sa.String(), server_default="", nullable=False))
