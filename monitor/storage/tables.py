"""The tables of monitor. Ids only between packages, no foreign keys across them; times are `UtcInstant`.

SQLModel does not validate a table row when it is made; validation is done where data come in (`monitor.registry`).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, Text
from sqlmodel import Field, SQLModel

from monitor.storage.columns import UtcInstant

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "pk": "pk_%(table_name)s",
}

_Id = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only in an INTEGER key."""


class StationRow(SQLModel, table=True):
    """A station of the registry; the columns are those of the import, flat."""

    __tablename__ = "station"

    id: int | None = Field(default=None, sa_column=Column(_Id, primary_key=True, autoincrement=True))
    sticker: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    identity: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    state: str = Field(sa_column=Column(Text, nullable=False))
    bearer: str = Field(sa_column=Column(Text, nullable=False))
    protocol: str = ""
    site: str = ""
    region: str = ""
    address: str = ""
    lat: float | None = None
    lon: float | None = None
    owner: str = ""
    owner_phone: str = ""
    owner_email: str = ""
    owner_language: str = ""
    maintainer: str = ""
    maintainer_phone: str = ""
    maintainer_email: str = ""
    grid_operator: str = ""
    apn: str = ""
    sim_iccid: str = ""
    sim_imsi: str = ""
    sim_msisdn: str = ""
    sim_operator: str = ""
    cell: str = ""
    feeder: str = ""
    probe_host: str = ""
    allowed_networks: str = ""
    vendor: str = ""
    model: str = ""
    serial: str = ""
    connectors: int | None = None
    security_profile: int = 0
    key_hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    heartbeat_s: int | None = None
    tap: bool = False
    provisional: bool = False
    former_sticker: str = ""
    updated_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))


class KnockRow(SQLModel, table=True):
    """An identity that is not registered and asked to come in; `addresses` separated by spaces."""

    __tablename__ = "knock"

    identity: str = Field(sa_column=Column(Text, primary_key=True))
    first_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))
    last_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))
    count: int = Field(sa_column=Column(BigInteger, nullable=False))
    addresses: str = ""
    offered: str = ""
    reason: str = ""


class RegistryChangeRow(SQLModel, table=True):
    """A change of the registry that a running service has to follow; `kind` as in `monitor.registry.changes`."""

    __tablename__ = "registry_change"

    seq: int | None = Field(default=None, sa_column=Column(_Id, primary_key=True, autoincrement=True))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    station_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))


class MaintenanceRow(SQLModel, table=True):
    """Planned work on one station; the latest row of a station counts."""

    __tablename__ = "maintenance"

    station_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    until: datetime | None = Field(default=None, sa_column=Column(UtcInstant, nullable=True))
    announced_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))


class CardRow(SQLModel, table=True):
    """A card that may charge where `field.authorize` is `list`; the tag is folded to upper case."""

    __tablename__ = "card"

    id_tag: str = Field(sa_column=Column(Text, primary_key=True))
    status: str = Field(sa_column=Column(Text, nullable=False))
    expires_at: datetime | None = Field(default=None, sa_column=Column(UtcInstant, nullable=True))
    holder: str = ""


class StationStateRow(SQLModel, table=True):
    """What is remembered of a station's health: `body` is a `HealthState` as JSON, `last_event` the head of its history."""

    __tablename__ = "station_state"

    station_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    last_event: int = Field(sa_column=Column(BigInteger, nullable=False))
    body: str = Field(sa_column=Column(Text, nullable=False))


class FleetRow(SQLModel, table=True):
    """What is remembered of the fleet as a whole, by name: the open incidents with the head of their history, measured chances."""

    __tablename__ = "fleet"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    last_event: int = Field(sa_column=Column(BigInteger, nullable=False))
    body: str = Field(sa_column=Column(Text, nullable=False))


class EventRow(SQLModel, table=True):
    """The event log, which is the outbox as well: `body` is an `Event` as JSON.

    A station's events are a chain: each names the `previous` one of its station (0: none), the last stands in its state row.
    An index by station would make every insert dirty a page of its own; DECISIONS 7 has the figures.
    """

    __tablename__ = "event"

    seq: int = Field(sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False))
    previous: int = Field(sa_column=Column(BigInteger, nullable=False))
    station_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    body: str = Field(sa_column=Column(Text, nullable=False))


class CommandRow(SQLModel, table=True):
    """A command to a station: `body` is a `Command` as JSON, `over` that nothing more is waited for."""

    __tablename__ = "command"
    __table_args__ = (Index("ix_command_station_id_at", "station_id", "at"), Index("ix_command_over", "over"))

    id: str = Field(sa_column=Column(Text, primary_key=True))
    station_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    over: bool = Field(sa_column=Column(Boolean, nullable=False))
    body: str = Field(sa_column=Column(Text, nullable=False))


class SimAccountRow(SQLModel, table=True):
    """What is known of a station's SIM: `body` is an `Account` as JSON."""

    __tablename__ = "sim_account"

    station_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    body: str = Field(sa_column=Column(Text, nullable=False))


class SimVolumeRow(SQLModel, table=True):
    """Octets of a station's SIM in one month (as 2026-11, UTC), both ways."""

    __tablename__ = "sim_volume"

    station_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    month: str = Field(sa_column=Column(Text, primary_key=True))
    octets: int = Field(sa_column=Column(BigInteger, nullable=False))


class IngestedRow(SQLModel, table=True):
    """A line of somebody else's that has counted."""

    __tablename__ = "ingested"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))


class MarkRow(SQLModel, table=True):
    """A number of the service's own: the relay's cursor, the next transaction, the last instant at which we lived."""

    __tablename__ = "mark"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    value: int = Field(sa_column=Column(BigInteger, nullable=False))


class SecretRow(SQLModel, table=True):
    """A secret made at installation, such as the key with which station passwords are hashed."""

    __tablename__ = "secret"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    value: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
