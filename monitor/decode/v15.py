"""OCPP-J 1.5: the actions of OCPP 1.5 in the frames of OCPP-J, errors as OCPP-J 1.6 spells them (its draft has the same table)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from monitor.decode import v1x
from monitor.decode.dialect import Dialect
from monitor.decode.fields_v15 import FIELDS_15
from monitor.decode.v16 import ERROR_CODES, LOOSE

if TYPE_CHECKING:
    from monitor.decode.dialect import Context, Decoded


def _boot(payload: dict[str, Any], context: Context) -> Decoded:
    return v1x.boot(payload, context, "heartbeatInterval")


def _meter(payload: dict[str, Any], context: Context) -> Decoded:
    return v1x.meter(payload, context, "values", "value", "values")


V15: Final = Dialect(
    subprotocol="ocpp1.5",
    protocol="1.5",
    actions={
        "Authorize": v1x.authorize,
        "BootNotification": _boot,
        "DataTransfer": v1x.data_transfer,
        "DiagnosticsStatusNotification": v1x.uploading,
        "FirmwareStatusNotification": v1x.installing,
        "Heartbeat": v1x.heartbeat,
        "MeterValues": _meter,
        "StartTransaction": v1x.start,
        "StatusNotification": v1x.status,
        "StopTransaction": v1x.stop,
    },
    recognised=frozenset(
        {
            *("CancelReservation", "ChangeAvailability", "ChangeConfiguration", "ClearCache", "GetConfiguration"),
            *("GetDiagnostics", "GetLocalListVersion", "RemoteStartTransaction", "RemoteStopTransaction", "ReserveNow"),
            *("Reset", "SendLocalList", "UnlockConnector", "UpdateFirmware"),
        }
    ),
    codes=ERROR_CODES,
    ignores_foreign=True,
    probe=("GetLocalListVersion", {}),
    loose=LOOSE,
    fields=FIELDS_15,
)
"""OCPP-J 1.5."""
