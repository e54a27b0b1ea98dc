"""The tables of alerts: what is open, what was decided and why, what is on its way. Bodies are JSON of `alerts.core`'s records.

No foreign keys to other packages: stations are ids, and a matter's key is made of them.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, Text
from sqlmodel import Field, SQLModel

from monitor.storage.columns import UtcInstant

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
_Id = BigInteger().with_variant(Integer, "sqlite")


class AlertsTable(SQLModel):
    """Root of this package's tables, with a metadata of its own so that no other package's migration sees them."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING)


class AlertsMarkRow(AlertsTable, table=True):
    """A number of the desk's own: up to which event it has decided."""

    __tablename__ = "alerts_mark"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    value: int = Field(sa_column=Column(BigInteger, nullable=False))


class MatterRow(AlertsTable, table=True):
    """A matter: `body` is a `Matter`. One that is over is kept for the history of the alerts that it was in."""

    __tablename__ = "alerts_matter"

    key: str = Field(sa_column=Column(Text, primary_key=True))
    open: bool = Field(sa_column=Column(Boolean, nullable=False, index=True))
    body: str = Field(sa_column=Column(Text, nullable=False))


class AlertRow(AlertsTable, table=True):
    """An alert: `body` is an `Alert`."""

    __tablename__ = "alerts_alert"
    __table_args__ = (Index("ix_alerts_alert_alive_opened_at", "alive", "opened_at"),)

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    alive: bool = Field(sa_column=Column(Boolean, nullable=False))
    opened_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))
    body: str = Field(sa_column=Column(Text, nullable=False))


class PlacementRow(AlertsTable, table=True):
    """That a matter is, or was, in an alert, from `at` on."""

    __tablename__ = "alerts_placement"

    alert_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    matter: str = Field(sa_column=Column(Text, primary_key=True))
    at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))


class SilenceRow(AlertsTable, table=True):
    """A silence: `body` is a `Silence`."""

    __tablename__ = "alerts_silence"

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    until: datetime = Field(sa_column=Column(UtcInstant, nullable=False, index=True))
    body: str = Field(sa_column=Column(Text, nullable=False))


class ChangeRow(AlertsTable, table=True):
    """An override or a temporary shift of a schedule: `body` is a `Change`."""

    __tablename__ = "alerts_change"

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    until: datetime = Field(sa_column=Column(UtcInstant, nullable=False, index=True))
    body: str = Field(sa_column=Column(Text, nullable=False))


class OrderRow(AlertsTable, table=True):
    """An order from another process, such as the command line: `body` is an `Order`; `answer` is empty while nobody has obeyed."""

    __tablename__ = "alerts_order"

    id: int | None = Field(default=None, sa_column=Column(_Id, primary_key=True, autoincrement=True))
    at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))
    answer: str = Field(sa_column=Column(Text, nullable=False, index=True))
    body: str = Field(sa_column=Column(Text, nullable=False))


class EntryRow(AlertsTable, table=True):
    """A line of the decision log: `body` is an `Entry`; `alert_id` 0 where it is about a matter in none."""

    __tablename__ = "alerts_entry"

    id: int | None = Field(default=None, sa_column=Column(_Id, primary_key=True, autoincrement=True))
    alert_id: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    at: datetime = Field(sa_column=Column(UtcInstant, nullable=False, index=True))
    body: str = Field(sa_column=Column(Text, nullable=False))


class DeliveryRow(AlertsTable, table=True):
    """A delivery: `body` is a `Delivery`. `waiting` says that something is still to be done, at `next_at`."""

    __tablename__ = "alerts_delivery"
    __table_args__ = (
        Index("ix_alerts_delivery_waiting_next_at", "waiting", "next_at"),
        Index("ix_alerts_delivery_alert_id", "alert_id"),
        Index("ix_alerts_delivery_created_at", "created_at"),
    )

    id: str = Field(sa_column=Column(Text, primary_key=True))
    alert_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    waiting: bool = Field(sa_column=Column(Boolean, nullable=False))
    next_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))
    body: str = Field(sa_column=Column(Text, nullable=False))


class AttemptRow(AlertsTable, table=True):
    """A line of the delivery log: what was tried, asked or reported, and what came of it."""

    __tablename__ = "alerts_attempt"

    id: int | None = Field(default=None, sa_column=Column(_Id, primary_key=True, autoincrement=True))
    delivery_id: str = Field(sa_column=Column(Text, nullable=False, index=True))
    at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))
    what: str = Field(sa_column=Column(Text, nullable=False))
    stand: str = Field(sa_column=Column(Text, nullable=False))
    why: str = Field(sa_column=Column(Text, nullable=False))
