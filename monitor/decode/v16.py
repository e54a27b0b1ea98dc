"""OCPP-J 1.6 with its security extension: which action means what, and how faults are spelt (OCPP-J 1.6 §4.2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from monitor.decode import v1x
from monitor.decode.dialect import Dialect, Fault

if TYPE_CHECKING:
    from monitor.decode.dialect import Context, Decoded

LOOSE: Final = frozenset(
    {
        *("chargePointVendor", "chargePointModel", "chargePointSerialNumber", "chargeBoxSerialNumber", "firmwareVersion"),
        *("info", "vendorErrorCode", "vendorId", "meterType", "meterSerialNumber", "techInfo", "type", "iccid", "imsi"),
    }
)
"""Texts for people; stations in the field exceed their lengths."""
ERROR_CODES: Final = {
    Fault.UNREADABLE: "FormationViolation",
    Fault.MESSAGE_TYPE: "FormationViolation",
    Fault.UNKNOWN_ACTION: "NotImplemented",
    Fault.UNSUPPORTED_ACTION: "NotSupported",
    Fault.FORMATION: "FormationViolation",
    Fault.PROPERTY: "PropertyConstraintViolation",
    Fault.OCCURRENCE: "OccurenceConstraintViolation",
    Fault.TYPE: "TypeConstraintViolation",
    Fault.INTERNAL: "InternalError",
}
"""OCPP-J 1.6 table 7. `OccurenceConstraintViolation` is the specification's own spelling."""


def _boot(payload: dict[str, Any], context: Context) -> Decoded:
    return v1x.boot(payload, context, "interval")


def _meter(payload: dict[str, Any], context: Context) -> Decoded:
    return v1x.meter(payload, context, "meterValue", "sampledValue")


V16: Final = Dialect(
    subprotocol="ocpp1.6",
    protocol="1.6",
    actions={
        "Authorize": v1x.authorize,
        "BootNotification": _boot,
        "DataTransfer": v1x.data_transfer,
        "DiagnosticsStatusNotification": v1x.uploading,
        "FirmwareStatusNotification": v1x.installing,
        "Heartbeat": v1x.heartbeat,
        "LogStatusNotification": v1x.uploading,
        "MeterValues": _meter,
        "SecurityEventNotification": v1x.security_event,
        "SignCertificate": v1x.sign_certificate,
        "SignedFirmwareStatusNotification": v1x.installing,
        "StartTransaction": v1x.start,
        "StatusNotification": v1x.status,
        "StopTransaction": v1x.stop,
    },
    recognised=frozenset(
        {
            *("CancelReservation", "ChangeAvailability", "ChangeConfiguration", "ClearCache", "ClearChargingProfile"),
            *("GetCompositeSchedule", "GetConfiguration", "GetDiagnostics", "GetLocalListVersion", "RemoteStartTransaction"),
            *("RemoteStopTransaction", "ReserveNow", "Reset", "SendLocalList", "SetChargingProfile", "TriggerMessage"),
            *("UnlockConnector", "UpdateFirmware", "CertificateSigned", "DeleteCertificate", "ExtendedTriggerMessage"),
            *("GetInstalledCertificateIds", "GetLog", "InstallCertificate", "SignedUpdateFirmware"),
        }
    ),
    codes=ERROR_CODES,
    ignores_foreign=True,
    probe=("TriggerMessage", {"requestedMessage": "Heartbeat"}),
    loose=LOOSE,
)
"""OCPP-J 1.6."""
