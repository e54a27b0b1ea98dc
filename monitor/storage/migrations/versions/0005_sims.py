"""Accounts of SIMs, and their volumes by month."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("sim_account",
    sa.Column("station_id", sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column("body", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("station_id", name=op.f("pk_sim_account"))
    )
    op.create_table("sim_volume",
    sa.Column("station_id", sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column("month", sa.Text(), nullable=False),
    sa.Column("octets", sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint("station_id", "month", name=op.f("pk_sim_volume"))
    )


def downgrade() -> None:
    op.drop_table("sim_volume")
    op.drop_table("sim_account")
