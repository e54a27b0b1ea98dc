"""Matters, alerts, silences, decisions and deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "alerts_alert",
        sa.Column("id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("alive", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alerts_alert"),
    )
    op.create_index("ix_alerts_alert_alive_opened_at", "alerts_alert", ["alive", "opened_at"])
    op.create_table(
        "alerts_attempt",
        sa.Column("id", _ID, nullable=False, autoincrement=True),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("stand", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alerts_attempt"),
    )
    op.create_index("ix_alerts_attempt_delivery_id", "alerts_attempt", ["delivery_id"])
    op.create_table(
        "alerts_delivery",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alerts_delivery"),
    )
    op.create_index("ix_alerts_delivery_alert_id", "alerts_delivery", ["alert_id"])
    op.create_index("ix_alerts_delivery_created_at", "alerts_delivery", ["created_at"])
    op.create_index("ix_alerts_delivery_waiting_next_at", "alerts_delivery", ["waiting", "next_at"])
    op.create_table(
        "alerts_entry",
        sa.Column("id", _ID, nullable=False, autoincrement=True),
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alerts_entry"),
    )
    op.create_index("ix_alerts_entry_alert_id", "alerts_entry", ["alert_id"])
    op.create_index("ix_alerts_entry_at", "alerts_entry", ["at"])
    op.create_table(
        "alerts_mark",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_alerts_mark"),
    )
    op.create_table(
        "alerts_matter",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_alerts_matter"),
    )
    op.create_index("ix_alerts_matter_open", "alerts_matter", ["open"])
    op.create_table(
        "alerts_placement",
        sa.Column("alert_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "matter", name="pk_alerts_placement"),
    )
    op.create_table(
        "alerts_silence",
        sa.Column("id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alerts_silence"),
    )
    op.create_index("ix_alerts_silence_until", "alerts_silence", ["until"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("alerts_alert")
    op.drop_table("alerts_attempt")
    op.drop_table("alerts_delivery")
    op.drop_table("alerts_entry")
    op.drop_table("alerts_mark")
    op.drop_table("alerts_matter")
    op.drop_table("alerts_placement")
    op.drop_table("alerts_silence")
