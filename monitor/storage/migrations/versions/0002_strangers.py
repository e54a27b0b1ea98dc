"""Provisional and former stickers, and who knocked without being registered."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("station", sa.Column("provisional", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("station", sa.Column("former_sticker", sa.String(), nullable=False, server_default=""))
    op.create_table("knock",
    sa.Column("identity", sa.Text(), nullable=False),
    sa.Column("first_at", sa.BigInteger(), nullable=False),
    sa.Column("last_at", sa.BigInteger(), nullable=False),
    sa.Column("count", sa.BigInteger(), nullable=False),
    sa.Column("addresses", sa.String(), nullable=False),
    sa.Column("offered", sa.String(), nullable=False),
    sa.Column("reason", sa.String(), nullable=False),
    sa.PrimaryKeyConstraint("identity", name=op.f("pk_knock"))
    )
