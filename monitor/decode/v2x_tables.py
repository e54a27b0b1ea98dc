"""The tables of OCPP 2.0.1 and 2.1: which actions a station initiates, and how faults are spelt (part 4 of each, §4.3)."""

from __future__ import annotations

from typing import Final

from monitor.decode import v2x
from monitor.decode.dialect import Dialect, Fault

_ACKNOWLEDGED: Final = (
    *("ClearedChargingLimit", "NotifyChargingLimit"),
    *("NotifyCustomerInformation", "NotifyDisplayMessages", "NotifyMonitoringReport", "NotifyReport"),
    *("PublishFirmwareStatusNotification", "ReportChargingProfiles", "ReservationStatusUpdate"),
)
_ACTIONS: Final = {
    **v2x.all_saying({}, _ACKNOWLEDGED),
    "Authorize": v2x.authorize,
    "BootNotification": v2x.boot,
    "DataTransfer": v2x.saying({"status": "UnknownVendorId"}),
    "FirmwareStatusNotification": v2x.installing,
    "Get15118EVCertificate": v2x.saying({"status": "Failed", "exiResponse": ""}),
    "GetCertificateStatus": v2x.saying({"status": "Failed"}),
    "Heartbeat": v2x.heartbeat,
    "LogStatusNotification": v2x.uploading,
    "MeterValues": v2x.meter,
    "NotifyEVChargingNeeds": v2x.saying({"status": "Rejected"}),
    "NotifyEVChargingSchedule": v2x.saying({"status": "Accepted"}),
    "NotifyEvent": v2x.notify_event,
    "SecurityEventNotification": v2x.security_event,
    "SignCertificate": v2x.saying({"status": "Rejected"}),
    "StatusNotification": v2x.status,
    "TransactionEvent": v2x.transaction_event,
}
_RECOGNISED: Final = (
    *("CancelReservation", "CertificateSigned", "ChangeAvailability", "ClearCache", "ClearChargingProfile"),
    *("ClearDisplayMessage", "ClearVariableMonitoring", "CostUpdated", "CustomerInformation", "DeleteCertificate"),
    *("GetBaseReport", "GetChargingProfiles", "GetCompositeSchedule", "GetDisplayMessages", "GetInstalledCertificateIds"),
    *("GetLocalListVersion", "GetLog", "GetMonitoringReport", "GetReport", "GetTransactionStatus", "GetVariables"),
    *("InstallCertificate", "PublishFirmware", "RequestStartTransaction", "RequestStopTransaction", "ReserveNow", "Reset"),
    *("SendLocalList", "SetChargingProfile", "SetDisplayMessage", "SetMonitoringBase", "SetMonitoringLevel"),
    *("SetNetworkProfile", "SetVariableMonitoring", "SetVariables", "TriggerMessage", "UnlockConnector"),
    *("UnpublishFirmware", "UpdateFirmware"),
)
_CODES: Final = {
    Fault.UNREADABLE: "RpcFrameworkError",
    Fault.MESSAGE_TYPE: "MessageTypeNotSupported",
    Fault.UNKNOWN_ACTION: "NotImplemented",
    Fault.UNSUPPORTED_ACTION: "NotSupported",
    Fault.FORMATION: "FormatViolation",
    Fault.PROPERTY: "PropertyConstraintViolation",
    Fault.OCCURRENCE: "OccurrenceConstraintViolation",
    Fault.TYPE: "TypeConstraintViolation",
    Fault.INTERNAL: "InternalError",
}
_LOOSE: Final = frozenset(
    {
        "vendorName",
        "model",
        "serialNumber",
        "firmwareVersion",
        "techInfo",
        "techCode",
        "actualValue",
        "additionalInfo",
        "type",
        "iccid",
        "imsi",
    }
)
_PROBE: Final = ("TriggerMessage", {"requestedMessage": "Heartbeat"})

V201: Final = Dialect(
    subprotocol="ocpp2.0.1",
    protocol="2.0.1",
    actions=_ACTIONS,
    recognised=frozenset(_RECOGNISED),
    codes=_CODES,
    ignores_foreign=False,
    probe=_PROBE,
    loose=_LOOSE,
)
"""OCPP 2.0.1 edition 2 and 3."""

V21: Final = Dialect(
    subprotocol="ocpp2.1",
    protocol="2.1",
    actions={
        **_ACTIONS,
        **v2x.all_saying(
            {},
            (
                *("BatterySwap", "ClosePeriodicEventStream", "NotifyDERAlarm", "NotifyDERStartStop", "NotifyPriorityCharging"),
                *("NotifySettlement", "ReportDERControl"),
            ),
        ),
        "GetCertificateChainStatus": v2x.chain_status,
        "NotifyEVChargingNeeds": v2x.saying({"status": "NoChargingProfile"}),
        "OpenPeriodicEventStream": v2x.saying({"status": "Rejected"}),
        "PullDynamicScheduleUpdate": v2x.saying({"status": "Rejected"}),
        "VatNumberValidation": v2x.vat_number,
    },
    recognised=frozenset(
        {
            *_RECOGNISED,
            *("AFRRSignal", "AdjustPeriodicEventStream", "ChangeTransactionTariff", "ClearDERControl", "ClearTariffs"),
            *("GetDERControl", "GetPeriodicEventStream", "GetTariffs", "NotifyAllowedEnergyTransfer"),
            *("NotifyPeriodicEventStream", "NotifyWebPaymentStarted", "RequestBatterySwap", "SetDERControl"),
            *("SetDefaultTariff", "UpdateDynamicSchedule", "UsePriorityCharging"),
        }
    ),
    codes=_CODES,
    ignores_foreign=False,
    probe=_PROBE,
    loose=_LOOSE,
    unanswered=frozenset({5, 6}),
)
"""OCPP 2.1; CALLRESULTERROR and SEND are not answered (part 4 §4.2.5, §4.2.6)."""
