"""The messages of OCPP 1.6 as SOAP has them, both ways (OCPP 1.6 §6, §7; order and types as in its XML schemas, target `2015/10`).

What 1.5 has under the same name with the same fields is taken from there, with the lengths of 1.6. For JSON the schemas that come
with the `ocpp` package are used instead.
"""

from __future__ import annotations

from typing import Final

from monitor.decode.fields import Field, Version, many, maybe, one, some
from monitor.decode.fields_v15 import FIELDS_15

_BY_STATION: Final[dict[str, tuple[Field, ...]]] = {
    "BootNotificationResponse": (one("status", "RegistrationStatus"), one("currentTime", "dateTime"), one("interval", "int")),
    "DataTransferRequest": (one("vendorId", "CiString255"), maybe("messageId", "CiString50"), maybe("data", "string")),
    "MeterValuesRequest": (one("connectorId", "int"), maybe("transactionId", "int"), many("meterValue", "MeterValue")),
    "StatusNotificationRequest": (
        one("connectorId", "int"),
        one("status", "ChargePointStatus"),
        one("errorCode", "ChargePointErrorCode"),
        maybe("info", "CiString50"),
        maybe("timestamp", "dateTime"),
        maybe("vendorId", "CiString255"),
        maybe("vendorErrorCode", "CiString50"),
    ),
    "StopTransactionRequest": (
        one("transactionId", "int"),
        maybe("idTag", "IdToken"),
        one("timestamp", "dateTime"),
        one("meterStop", "int"),
        maybe("reason", "Reason"),
        many("transactionData", "MeterValue"),
    ),
}
_BY_US: Final[dict[str, tuple[Field, ...]]] = {
    "ChangeConfigurationRequest": (one("key", "CiString50"), one("value", "CiString500")),
    "ClearChargingProfileRequest": (
        maybe("id", "int"),
        maybe("connectorId", "int"),
        maybe("chargingProfilePurpose", "ChargingProfilePurposeType"),
        maybe("stackLevel", "int"),
    ),
    "ClearChargingProfileResponse": (one("status", "ClearChargingProfileStatus"),),
    "GetCompositeScheduleRequest": (
        one("connectorId", "int"),
        one("duration", "int"),
        maybe("chargingRateUnit", "ChargingRateUnitType"),
    ),
    "GetCompositeScheduleResponse": (
        one("status", "GetCompositeScheduleStatus"),
        maybe("connectorId", "int"),
        maybe("scheduleStart", "dateTime"),
        maybe("chargingSchedule", "ChargingSchedule"),
    ),
    "GetConfigurationRequest": (many("key", "CiString50"),),
    "GetConfigurationResponse": (many("configurationKey", "KeyValue"), many("unknownKey", "CiString50")),
    "GetDiagnosticsResponse": (maybe("fileName", "CiString255"),),
    "RemoteStartTransactionRequest": (
        maybe("connectorId", "int"),
        one("idTag", "IdToken"),
        maybe("chargingProfile", "ChargingProfile"),
    ),
    "SendLocalListRequest": (
        one("listVersion", "int"),
        many("localAuthorizationList", "AuthorizationData"),
        one("updateType", "UpdateType"),
    ),
    "SendLocalListResponse": (one("status", "UpdateStatus"),),
    "SetChargingProfileRequest": (one("connectorId", "int"), one("csChargingProfiles", "ChargingProfile")),
    "SetChargingProfileResponse": (one("status", "ChargingProfileStatus"),),
    "TriggerMessageRequest": (one("requestedMessage", "MessageTrigger"), maybe("connectorId", "int")),
    "TriggerMessageResponse": (one("status", "TriggerMessageStatus"),),
}
_NESTED: Final[dict[str, tuple[Field, ...]]] = {
    "AuthorizationData": FIELDS_15.messages["AuthorisationData"],
    "ChargingProfile": (
        one("chargingProfileId", "int"),
        maybe("transactionId", "int"),
        one("stackLevel", "int"),
        one("chargingProfilePurpose", "ChargingProfilePurposeType"),
        one("chargingProfileKind", "ChargingProfileKindType"),
        maybe("recurrencyKind", "RecurrencyKindType"),
        maybe("validFrom", "dateTime"),
        maybe("validTo", "dateTime"),
        one("chargingSchedule", "ChargingSchedule"),
    ),
    "ChargingSchedule": (
        maybe("duration", "int"),
        maybe("startSchedule", "dateTime"),
        one("chargingRateUnit", "ChargingRateUnitType"),
        some("chargingSchedulePeriod", "ChargingSchedulePeriod"),
        maybe("minChargingRate", "decimal"),
    ),
    "ChargingSchedulePeriod": (one("startPeriod", "int"), one("limit", "decimal"), maybe("numberPhases", "int")),
    "KeyValue": (one("key", "CiString50"), one("readonly", "boolean"), maybe("value", "CiString500")),
    "MeterValue": (one("timestamp", "dateTime"), some("sampledValue", "SampledValue")),
    "SampledValue": (
        one("value", "string"),
        maybe("context", "ReadingContext"),
        maybe("format", "ValueFormat"),
        maybe("measurand", "Measurand"),
        maybe("phase", "Phase"),
        maybe("location", "Location"),
        maybe("unit", "UnitOfMeasure"),
    ),
}
_GONE: Final = ("AuthorisationData", "TransactionData")
_YES_NO: Final = ("Accepted", "Rejected")

FIELDS_16: Final = Version(
    messages={
        **{name: fields for name, fields in FIELDS_15.messages.items() if name not in _GONE},
        **_BY_STATION,
        **_BY_US,
        **_NESTED,
    },
    texts={**FIELDS_15.texts, "CiString50": 50, "CiString255": 255, "CiString500": 500},
    enums={
        **FIELDS_15.enums,
        "ChargePointErrorCode": (
            *("ConnectorLockFailure", "EVCommunicationError", "GroundFailure", "HighTemperature", "InternalError"),
            *("LocalListConflict", "NoError", "OtherError", "OverCurrentFailure", "OverVoltage", "PowerMeterFailure"),
            *("PowerSwitchFailure", "ReaderFailure", "ResetFailure", "UnderVoltage", "WeakSignal"),
        ),
        "ChargePointStatus": (
            *("Available", "Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing", "Reserved", "Faulted"),
            "Unavailable",
        ),
        "ChargingProfileKindType": ("Absolute", "Recurring", "Relative"),
        "ChargingProfilePurposeType": ("ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"),
        "ChargingProfileStatus": (*_YES_NO, "NotSupported"),
        "ChargingRateUnitType": ("W", "A"),
        "ClearChargingProfileStatus": ("Accepted", "Unknown"),
        "ConfigurationStatus": (*_YES_NO, "RebootRequired", "NotSupported"),
        "DiagnosticsStatus": ("Idle", "Uploaded", "UploadFailed", "Uploading"),
        "FirmwareStatus": (
            *("Downloaded", "DownloadFailed", "Downloading", "Idle", "InstallationFailed", "Installed", "Installing"),
        ),
        "GetCompositeScheduleStatus": _YES_NO,
        "Location": ("Body", "Cable", "EV", "Inlet", "Outlet"),
        "Measurand": (
            *(measurand for measurand in FIELDS_15.enums["Measurand"]),
            *("Current.Offered", "Frequency", "Power.Factor", "Power.Offered", "RPM", "SoC"),
        ),
        "MessageTrigger": (
            *("BootNotification", "DiagnosticsStatusNotification", "FirmwareStatusNotification", "Heartbeat", "MeterValues"),
            "StatusNotification",
        ),
        "Phase": ("L1", "L2", "L3", "N", "L1-N", "L2-N", "L3-N", "L1-L2", "L2-L3", "L3-L1"),
        "ReadingContext": (*FIELDS_15.enums["ReadingContext"], "Other", "Trigger"),
        "Reason": (
            *("EmergencyStop", "EVDisconnected", "HardReset", "Local", "Other", "PowerLoss", "Reboot", "Remote", "SoftReset"),
            *("UnlockCommand", "DeAuthorized"),
        ),
        "RecurrencyKindType": ("Daily", "Weekly"),
        "RegistrationStatus": (*_YES_NO, "Pending"),
        "TriggerMessageStatus": (*_YES_NO, "NotImplemented"),
        "UnitOfMeasure": (
            *("Celsius", "Fahrenheit", "Wh", "kWh", "varh", "kvarh", "W", "kW", "VA", "kVA", "var", "kvar", "A", "V", "K"),
            "Percent",
        ),
        "UnlockStatus": ("Unlocked", "UnlockFailed", "NotSupported"),
        "UpdateStatus": ("Accepted", "Failed", "NotSupported", "VersionMismatch"),
    },
)
"""OCPP 1.6."""
