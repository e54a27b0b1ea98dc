"""Users, their sessions, and tokens of programs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "hotline_user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.String(255), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hotline_user"),
        sa.UniqueConstraint("name", name="uq_hotline_user_name"),
    )
    op.create_table(
        "hotline_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hotline_session"),
        sa.UniqueConstraint("token_hash", name="uq_hotline_session_token_hash"),
        sa.ForeignKeyConstraint(["user_id"], ["hotline_user.id"], name="fk_hotline_session_user_id", ondelete="CASCADE"),
    )
    op.create_index("ix_hotline_session_user_id", "hotline_session", ["user_id"])
    op.create_index("ix_hotline_session_opened_at", "hotline_session", ["opened_at"])
    op.create_table(
        "hotline_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hotline_token"),
        sa.UniqueConstraint("name", name="uq_hotline_token_name"),
        sa.UniqueConstraint("token_hash", name="uq_hotline_token_token_hash"),
    )


def downgrade() -> None:
    """Drop them; every session ends and every password is lost."""
    op.drop_table("hotline_token")
    op.drop_table("hotline_session")
    op.drop_table("hotline_user")
