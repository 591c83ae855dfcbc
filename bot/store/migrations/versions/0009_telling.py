"""Routes, rotas, quiet hours, links"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

WORDS = sqlmodel.sql.sqltypes.AutoString
TIME = sqlmodel.sql.sqltypes.UTCDateTime()


def upgrade() -> None:
    op.create_table(
        "route",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", WORDS(), nullable=False),
        sa.Column("brand", WORDS(), nullable=False),
        sa.Column("severities", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("platforms", sa.JSON(), nullable=False),
        sa.Column("hours", sa.JSON(), nullable=False),
        sa.Column("zone", WORDS(), nullable=False),
        sa.Column("responder", WORDS(), nullable=False),
        sa.Column("address", WORDS(), nullable=False),
        sa.Column("goes_on", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "room",
        sa.Column("responder", WORDS(), nullable=False),
        sa.Column("address", WORDS(), nullable=False),
        sa.Column("bundle_s", sa.Integer(), nullable=False),
        sa.Column("cap_hour", sa.Integer(), nullable=False),
        sa.Column("fallback_responder", WORDS(), nullable=False),
        sa.Column("fallback_address", WORDS(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("responder", "address"),
    )
    op.create_table(
        "quiet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("responder", WORDS(), nullable=False),
        sa.Column("address", WORDS(), nullable=False),
        sa.Column("brand", WORDS(), nullable=False),
        sa.Column("lets_through", sa.JSON(), nullable=False),
        sa.Column("hours", sa.JSON(), nullable=False),
        sa.Column("zone", WORDS(), nullable=False),
        sa.Column("from_at", TIME, nullable=True),
        sa.Column("until_at", TIME, nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "chain",
        sa.Column("brand", WORDS(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("brand"),
    )
    op.create_table(
        "rota",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", WORDS(), nullable=False),
        sa.Column("brand", WORDS(), nullable=False),
        sa.Column("zone", WORDS(), nullable=False),
        sa.Column("starts_on", WORDS(), nullable=False),
        sa.Column("handover", WORDS(), nullable=False),
        sa.Column("turn_days", sa.Integer(), nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "rota_override",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rota_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("from_at", TIME, nullable=False),
        sa.Column("until_at", TIME, nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["rota_id"], ["rota.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_rota_override_rota_id"), "rota_override", ["rota_id"], unique=False)
    op.create_table(
        "unsubscribed",
        sa.Column("address", WORDS(), nullable=False),
        sa.Column("brand", WORDS(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("address", "brand"),
    )
    # A case may stand in several rooms of one responder: the room belongs to the key.
    op.create_table(
        "notice_by_room",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("responder", WORDS(), nullable=False),
        sa.Column("address", WORDS(), nullable=False),
        sa.Column("receipt_id", WORDS(), nullable=False),
        sa.Column("shown", WORDS(), nullable=False),
        sa.Column("posted_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "responder", "address"),
    )
    kept = "case_id, responder, address, receipt_id, shown, posted_at"
    op.execute(f"INSERT INTO notice_by_room ({kept}) SELECT {kept} FROM notice")
    op.drop_table("notice")
    op.rename_table("notice_by_room", "notice")
