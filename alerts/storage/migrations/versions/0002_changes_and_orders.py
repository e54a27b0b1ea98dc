"""Changes of schedules, and orders from other processes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "alerts_change",
        sa.Column("id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alerts_change"),
    )
    op.create_index("ix_alerts_change_until", "alerts_change", ["until"])
    op.create_table(
        "alerts_order",
        sa.Column("id", _ID, nullable=False, autoincrement=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alerts_order"),
    )
    op.create_index("ix_alerts_order_answer", "alerts_order", ["answer"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("alerts_change")
    op.drop_table("alerts_order")
