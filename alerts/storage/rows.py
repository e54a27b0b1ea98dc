"""The tables as SQLAlchemy sees them, and the forms in which records stand in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
import structlog

from alerts.core.outbox import WAITING, Delivery
from alerts.storage.tables import AlertsTable

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select, Table

log = structlog.get_logger("alerts")

T = TypeVar("T")
_TABLES: Final = AlertsTable.metadata.tables
MARK: Final[Table] = _TABLES["alerts_mark"]
MATTER: Final[Table] = _TABLES["alerts_matter"]
ALERT: Final[Table] = _TABLES["alerts_alert"]
PLACEMENT: Final[Table] = _TABLES["alerts_placement"]
SILENCE: Final[Table] = _TABLES["alerts_silence"]
CHANGE: Final[Table] = _TABLES["alerts_change"]
ORDER: Final[Table] = _TABLES["alerts_order"]
ENTRY: Final[Table] = _TABLES["alerts_entry"]
DELIVERY: Final[Table] = _TABLES["alerts_delivery"]
ATTEMPT: Final[Table] = _TABLES["alerts_attempt"]
_encode = msgspec.json.Encoder().encode


def read_all(connection: Connection, statement: Select[Any], decoder: msgspec.json.Decoder[T]) -> list[T]:
    """Return the records in the bodies that `statement` selects; one that cannot be read is left out and said."""
    found = []
    for (body,) in connection.execute(statement):
        try:
            found.append(decoder.decode(body))
        except msgspec.MsgspecError as error:
            log.warning("a stored record cannot be read, it is left out", error=str(error))
    return found


def delivery_row(delivery: Delivery) -> dict[str, object]:
    """Return the row of `delivery`."""
    return {
        "id": delivery.id,
        "alert_id": delivery.alert,
        "waiting": delivery.stand in WAITING,
        "next_at": delivery.next_at,
        "created_at": delivery.created_at,
        "body": _encode(delivery).decode(),
    }
