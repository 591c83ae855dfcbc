"""Budgets, promises, approvals"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WHEN = sqlmodel.sql.sqltypes.UTCDateTime
WORDS = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.create_table(
        "calendar",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("brand", WORDS(), nullable=False),
        sa.Column("name", WORDS(), nullable=False),
        sa.Column("url", WORDS(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("read_at", WHEN(), nullable=True),
        sa.Column("next_read_at", WHEN(), nullable=True),
        sa.Column("error", WORDS(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_calendar_brand"), "calendar", ["brand"])
    op.create_index(op.f("ix_calendar_next_read_at"), "calendar", ["next_read_at"])
    op.create_table(
        "snippet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("brand", WORDS(), nullable=False),
        sa.Column("kind", WORDS(), nullable=False),
        sa.Column("name", WORDS(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("tag", WORDS(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("changed_at", WHEN(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("snippet_name", "snippet", ["brand", "kind", "name"], unique=True)
    op.create_table(
        "gesture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("brand", WORDS(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", WORDS(), nullable=False),
        sa.Column("kind", WORDS(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("state", WORDS(), nullable=False),
        sa.Column("month", WORDS(), nullable=False),
        sa.Column("token", WORDS(), nullable=False),
        sa.Column("made_at", WHEN(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", WHEN(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("given_by", sa.Integer(), nullable=True),
        sa.Column("given_at", WHEN(), nullable=True),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", WHEN(), nullable=True),
        sa.Column("reply_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"]),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token"),
    )
    op.create_index("gesture_purse", "gesture", ["brand", "month", "state"])
    op.create_index(op.f("ix_gesture_by"), "gesture", ["by"])
    op.create_index(op.f("ix_gesture_case_id"), "gesture", ["case_id"])
    op.create_index(op.f("ix_gesture_customer_id"), "gesture", ["customer_id"])
    op.create_table(
        "memory",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("brand", WORDS(), nullable=False),
        sa.Column("model", WORDS(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("at", WHEN(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"]),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_index("memory_brand", "memory", ["brand", "model"])
    op.create_table(
        "pause",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("from_at", WHEN(), nullable=False),
        sa.Column("to_at", WHEN(), nullable=True),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("reply_id", sa.Integer(), nullable=False),
        sa.Column("ended_by", WORDS(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_pause_case_id"), "pause", ["case_id"])
    op.create_table(
        "promise",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("brand", WORDS(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("reply_id", sa.Integer(), nullable=True),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("words", WORDS(), nullable=False),
        sa.Column("due_at", WHEN(), nullable=False),
        sa.Column("made_at", WHEN(), nullable=False),
        sa.Column("state", WORDS(), nullable=False),
        sa.Column("broken_at", WHEN(), nullable=True),
        sa.Column("settled_at", WHEN(), nullable=True),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_promise_case_id"), "promise", ["case_id"])
    op.create_index(
        "promise_due",
        "promise",
        ["due_at"],
        sqlite_where=sa.text("state IN ('proposed','open')"),
        postgresql_where=sa.text("state IN ('proposed','open')"),
    )
    op.create_table(
        "approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("mention_id", sa.Integer(), nullable=False),
        sa.Column("brand", WORDS(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", WHEN(), nullable=False),
        sa.Column("how", WORDS(), nullable=False),
        sa.Column("visibility", WORDS(), nullable=False),
        sa.Column("closing", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("words_at", WHEN(), nullable=False),
        sa.Column("state", WORDS(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", WHEN(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("chosen", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"]),
        sa.ForeignKeyConstraint(["mention_id"], ["mention.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "approval_open",
        "approval",
        ["brand"],
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(op.f("ix_approval_case_id"), "approval", ["case_id"])
    op.create_table(
        "variant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("digest", WORDS(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["approval_id"], ["approval.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_variant_approval_id"), "variant", ["approval_id"])
    op.add_column("case", sa.Column("promised_at", WHEN(), nullable=True))
    op.create_index(
        "case_promised",
        "case",
        ["promised_at"],
        sqlite_where=sa.text("promised_at IS NOT NULL"),
        postgresql_where=sa.text("promised_at IS NOT NULL"),
    )
    op.add_column("reply", sa.Column("written_by", sa.Integer(), nullable=True))
    op.add_column("reply", sa.Column("approval_id", sa.Integer(), nullable=True))
    op.add_column("reply", sa.Column("after_reply", sa.Integer(), nullable=True))
    op.add_column("reply", sa.Column("difference", sa.Text(), nullable=False, server_default=""))
