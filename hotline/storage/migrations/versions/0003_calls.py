"""Calls, tickets with their history, the trail, and keys of the house's own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create their tables."""
    op.create_table(
        "hotline_key",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("secret", sa.LargeBinary(64), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_hotline_key"),
    )
    _create_calls()
    _create_tickets()
    op.create_table(
        "hotline_trail",
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("what", sa.String(64), nullable=False),
        sa.Column("about", sa.String(128), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_hotline_trail"),
    )
    for column in ("at", "about"):
        op.create_index(f"ix_hotline_trail_{column}", "hotline_trail", [column])


def _create_calls() -> None:
    op.create_table(
        "hotline_call",
        sa.Column("id", _ID, nullable=False, autoincrement=True),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("at_desk_of", sa.String(64), nullable=True),
        sa.Column("reference", sa.String(128), nullable=True),
        sa.Column("caller", sa.String(64), nullable=True),
        sa.Column("station", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hotline_call"),
        sa.UniqueConstraint("reference", name="uq_hotline_call_reference"),
    )
    for column in ("began_at", "at_desk_of", "caller", "station"):
        op.create_index(f"ix_hotline_call_{column}", "hotline_call", [column])


def _create_tickets() -> None:
    op.create_table(
        "hotline_ticket",
        sa.Column("id", _ID, nullable=False, autoincrement=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("station", sa.BigInteger(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hotline_ticket"),
    )
    for column in ("opened_at", "station", "open"):
        op.create_index(f"ix_hotline_ticket_{column}", "hotline_ticket", [column])
    op.create_table(
        "hotline_ticket_line",
        sa.Column("id", _ID, nullable=False, autoincrement=True),
        sa.Column("ticket", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hotline_ticket_line"),
    )
    op.create_index("ix_hotline_ticket_line_ticket", "hotline_ticket_line", ["ticket"])


def downgrade() -> None:
    """Drop them; what the desk wrote down is lost."""
    for table in ("hotline_trail", "hotline_ticket_line", "hotline_ticket", "hotline_call", "hotline_key"):
        op.drop_table(table)
