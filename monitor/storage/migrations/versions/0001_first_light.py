"""First light: registry, health states, the event log and the service's own marks."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("card",
    sa.Column("id_tag", sa.Text(), nullable=False),
    sa.Column("status", sa.Text(), nullable=False),
    sa.Column("expires_at", sa.BigInteger(), nullable=True),
    sa.Column("holder", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("id_tag", name=op.f("pk_card"))
    )
    op.create_table("event",
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
    sa.Column("previous", sa.BigInteger(), nullable=False),
    sa.Column("station_id", sa.BigInteger(), nullable=False),
    sa.Column("at", sa.BigInteger(), nullable=False),
    sa.Column("kind", sa.Text(), nullable=False),
    sa.Column("body", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("seq", name=op.f("pk_event"))
    )

    op.create_table("maintenance",
    sa.Column("station_id", sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column("until", sa.BigInteger(), nullable=True),
    sa.Column("announced_at", sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint("station_id", name=op.f("pk_maintenance"))
    )
    op.create_table("mark",
    sa.Column("name", sa.Text(), nullable=False),
    sa.Column("value", sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint("name", name=op.f("pk_mark"))
    )
    op.create_table("registry_change",
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
    sa.Column("kind", sa.Text(), nullable=False),
    sa.Column("station_id", sa.BigInteger(), nullable=True),
    sa.Column("at", sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint("seq", name=op.f("pk_registry_change"))
    )
    op.create_table("secret",
    sa.Column("name", sa.Text(), nullable=False),
    sa.Column("value", sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint("name", name=op.f("pk_secret"))
    )
    op.create_table("station",
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
    sa.Column("sticker", sa.Text(), nullable=False),
    sa.Column("identity", sa.Text(), nullable=False),
    sa.Column("state", sa.Text(), nullable=False),
    sa.Column("bearer", sa.Text(), nullable=False),
    sa.Column("protocol", sa.Text(), nullable=False),
    sa.Column("site", sa.Text(), nullable=False),
    sa.Column("region", sa.Text(), nullable=False),
    sa.Column("address", sa.Text(), nullable=False),
    sa.Column("lat", sa.Float(), nullable=True),
    sa.Column("lon", sa.Float(), nullable=True),
    sa.Column("owner", sa.Text(), nullable=False),
    sa.Column("owner_phone", sa.Text(), nullable=False),
    sa.Column("owner_email", sa.Text(), nullable=False),
    sa.Column("owner_language", sa.Text(), nullable=False),
    sa.Column("maintainer", sa.Text(), nullable=False),
    sa.Column("maintainer_phone", sa.Text(), nullable=False),
    sa.Column("maintainer_email", sa.Text(), nullable=False),
    sa.Column("grid_operator", sa.Text(), nullable=False),
    sa.Column("apn", sa.Text(), nullable=False),
    sa.Column("sim_iccid", sa.Text(), nullable=False),
    sa.Column("sim_imsi", sa.Text(), nullable=False),
    sa.Column("sim_msisdn", sa.Text(), nullable=False),
    sa.Column("sim_operator", sa.Text(), nullable=False),
    sa.Column("cell", sa.Text(), nullable=False),
    sa.Column("feeder", sa.Text(), nullable=False),
    sa.Column("probe_host", sa.Text(), nullable=False),
    sa.Column("allowed_networks", sa.Text(), nullable=False),
    sa.Column("vendor", sa.Text(), nullable=False),
    sa.Column("model", sa.Text(), nullable=False),
    sa.Column("serial", sa.Text(), nullable=False),
    sa.Column("connectors", sa.Integer(), nullable=True),
    sa.Column("security_profile", sa.Integer(), nullable=False),
    sa.Column("key_hash", sa.LargeBinary(), nullable=True),
    sa.Column("heartbeat_s", sa.Integer(), nullable=True),
    sa.Column("tap", sa.Boolean(), nullable=False),
    sa.Column("updated_at", sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_station")),
    sa.UniqueConstraint("identity", name=op.f("uq_station_identity")),
    sa.UniqueConstraint("sticker", name=op.f("uq_station_sticker"))
    )
    op.create_table("station_state",
    sa.Column("station_id", sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column("state", sa.Text(), nullable=False),
    sa.Column("last_event", sa.BigInteger(), nullable=False),
    sa.Column("body", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("station_id", name=op.f("pk_station_state"))
    )


def downgrade() -> None:
    op.drop_table("station_state")
    op.drop_table("station")
    op.drop_table("secret")
    op.drop_table("registry_change")
    op.drop_table("mark")
    op.drop_table("maintenance")
    op.drop_table("event")
    op.drop_table("card")
