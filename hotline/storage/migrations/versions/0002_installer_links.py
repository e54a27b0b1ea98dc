"""Links for installers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create their table."""
    op.create_table(
        "hotline_installer_link",
        sa.Column("ticket_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_hash", name="pk_hotline_installer_link"),
    )


def downgrade() -> None:
    """Drop it; every link is over."""
    op.drop_table("hotline_installer_link")
