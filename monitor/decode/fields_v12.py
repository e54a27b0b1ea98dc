"""The messages of OCPP 1.2, both ways (OCPP 1.2 §4, §5; order and types as in its XML schemas, target `2010/08`).

What 1.5 has under the same name with the same fields is taken from there; texts have no length in 1.2.
"""

from __future__ import annotations

from typing import Final

from monitor.decode.fields import Field, Version, many, maybe, one
from monitor.decode.fields_v15 import FIELDS_15

_SAME: Final = (
    *("Authorize", "DiagnosticsStatusNotification", "FirmwareStatusNotification", "Heartbeat", "ChangeAvailability"),
    *("ChangeConfiguration", "ClearCache", "GetDiagnostics", "RemoteStartTransaction", "RemoteStopTransaction", "Reset"),
    *("UnlockConnector", "UpdateFirmware"),
)
_CHANGED: Final[dict[str, tuple[Field, ...]]] = {
    "BootNotificationResponse": (
        one("status", "RegistrationStatus"),
        maybe("currentTime", "dateTime"),
        maybe("heartbeatInterval", "int"),
    ),
    "MeterValue": (one("timestamp", "dateTime"), one("value", "int")),
    "MeterValuesRequest": (one("connectorId", "int"), many("values", "MeterValue")),
    "StartTransactionRequest": (
        one("connectorId", "int"),
        one("idTag", "IdToken"),
        one("timestamp", "dateTime"),
        one("meterStart", "int"),
    ),
    "StatusNotificationRequest": (
        one("connectorId", "int"),
        one("status", "ChargePointStatus"),
        one("errorCode", "ChargePointErrorCode"),
    ),
    "StopTransactionRequest": (
        one("transactionId", "int"),
        maybe("idTag", "IdToken"),
        one("timestamp", "dateTime"),
        one("meterStop", "int"),
    ),
}
_KEPT: Final = (
    *("BootNotificationRequest", "IdTagInfo", "MeterValuesResponse", "StartTransactionResponse"),
    *("StatusNotificationResponse", "StopTransactionResponse"),
    *(f"{name}{kind}" for name in _SAME for kind in ("Request", "Response")),
)
_ENUMS: Final = (
    *("AuthorizationStatus", "AvailabilityStatus", "AvailabilityType", "ClearCacheStatus", "ConfigurationStatus"),
    *("DiagnosticsStatus", "FirmwareStatus", "RegistrationStatus", "RemoteStartStopStatus", "ResetStatus", "ResetType"),
    "UnlockStatus",
)

FIELDS_12: Final = Version(
    messages={**{name: FIELDS_15.messages[name] for name in _KEPT}, **_CHANGED},
    texts=dict.fromkeys(FIELDS_15.texts),
    enums={
        **{name: FIELDS_15.enums[name] for name in _ENUMS},
        "ChargePointErrorCode": (
            *("ConnectorLockFailure", "HighTemperature", "Mode3Error", "NoError", "PowerMeterFailure"),
            *("PowerSwitchFailure", "ReaderFailure", "ResetFailure"),
        ),
        "ChargePointStatus": ("Available", "Occupied", "Faulted", "Unavailable"),
    },
)
"""OCPP 1.2."""
