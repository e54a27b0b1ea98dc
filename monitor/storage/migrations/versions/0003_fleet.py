"""What is remembered of the fleet as a whole: open incidents, measured chances."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("fleet",
    sa.Column("name", sa.Text(), nullable=False),
    sa.Column("last_event", sa.BigInteger(), nullable=False),
    sa.Column("body", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("name", name=op.f("pk_fleet"))
    )


def downgrade() -> None:
    op.drop_table("fleet")
