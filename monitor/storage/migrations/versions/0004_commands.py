"""Commands to stations, each with its life."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("command",
    sa.Column("id", sa.Text(), nullable=False),
    sa.Column("station_id", sa.BigInteger(), nullable=False),
    sa.Column("at", sa.BigInteger(), nullable=False),
    sa.Column("state", sa.Text(), nullable=False),
    sa.Column("over", sa.Boolean(), nullable=False),
    sa.Column("body", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_command"))
    )
    op.create_index("ix_command_station_id_at", "command", ["station_id", "at"])
    op.create_index("ix_command_over", "command", ["over"])


def downgrade() -> None:
    op.drop_table("command")
