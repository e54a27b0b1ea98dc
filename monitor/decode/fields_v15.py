"""The messages of OCPP 1.5, both ways (OCPP 1.5 §4 to §6; order and types as in its XML schemas, target `2012/06`)."""

from __future__ import annotations

from typing import Final

from monitor.decode.fields import Field, Version, many, maybe, one

_VALUE: Final = (
    Field(name="value", type="string", text=True),
    *(
        Field(name=name, type=type_, required=False, attribute=True)
        for name, type_ in (
            ("context", "ReadingContext"),
            ("format", "ValueFormat"),
            ("measurand", "Measurand"),
            ("location", "Location"),
            ("unit", "UnitOfMeasure"),
        )
    ),
)

_BY_STATION: Final[dict[str, tuple[Field, ...]]] = {
    "AuthorizeRequest": (one("idTag", "IdToken"),),
    "AuthorizeResponse": (one("idTagInfo", "IdTagInfo"),),
    "BootNotificationRequest": (
        one("chargePointVendor", "ChargePointVendor"),
        one("chargePointModel", "ChargePointModel"),
        maybe("chargePointSerialNumber", "ChargePointSerialNumber"),
        maybe("chargeBoxSerialNumber", "ChargeBoxSerialNumber"),
        maybe("firmwareVersion", "FirmwareVersion"),
        maybe("iccid", "IccidString"),
        maybe("imsi", "ImsiString"),
        maybe("meterType", "MeterType"),
        maybe("meterSerialNumber", "MeterSerialNumber"),
    ),
    "BootNotificationResponse": (
        one("status", "RegistrationStatus"),
        one("currentTime", "dateTime"),
        one("heartbeatInterval", "int"),
    ),
    "DataTransferRequest": (one("vendorId", "string"), maybe("messageId", "string"), maybe("data", "string")),
    "DataTransferResponse": (one("status", "DataTransferStatus"), maybe("data", "string")),
    "DiagnosticsStatusNotificationRequest": (one("status", "DiagnosticsStatus"),),
    "DiagnosticsStatusNotificationResponse": (),
    "FirmwareStatusNotificationRequest": (one("status", "FirmwareStatus"),),
    "FirmwareStatusNotificationResponse": (),
    "HeartbeatRequest": (),
    "HeartbeatResponse": (one("currentTime", "dateTime"),),
    "MeterValuesRequest": (one("connectorId", "int"), maybe("transactionId", "int"), many("values", "MeterValue")),
    "MeterValuesResponse": (),
    "StartTransactionRequest": (
        one("connectorId", "int"),
        one("idTag", "IdToken"),
        one("timestamp", "dateTime"),
        one("meterStart", "int"),
        maybe("reservationId", "int"),
    ),
    "StartTransactionResponse": (one("transactionId", "int"), one("idTagInfo", "IdTagInfo")),
    "StatusNotificationRequest": (
        one("connectorId", "int"),
        one("status", "ChargePointStatus"),
        one("errorCode", "ChargePointErrorCode"),
        maybe("info", "string"),
        maybe("timestamp", "dateTime"),
        maybe("vendorId", "string"),
        maybe("vendorErrorCode", "string"),
    ),
    "StatusNotificationResponse": (),
    "StopTransactionRequest": (
        one("transactionId", "int"),
        maybe("idTag", "IdToken"),
        one("timestamp", "dateTime"),
        one("meterStop", "int"),
        many("transactionData", "TransactionData"),
    ),
    "StopTransactionResponse": (maybe("idTagInfo", "IdTagInfo"),),
}
_BY_US: Final[dict[str, tuple[Field, ...]]] = {
    "CancelReservationRequest": (one("reservationId", "int"),),
    "CancelReservationResponse": (one("status", "CancelReservationStatus"),),
    "ChangeAvailabilityRequest": (one("connectorId", "int"), one("type", "AvailabilityType")),
    "ChangeAvailabilityResponse": (one("status", "AvailabilityStatus"),),
    "ChangeConfigurationRequest": (one("key", "string"), one("value", "string")),
    "ChangeConfigurationResponse": (one("status", "ConfigurationStatus"),),
    "ClearCacheRequest": (),
    "ClearCacheResponse": (one("status", "ClearCacheStatus"),),
    "GetConfigurationRequest": (many("key", "string"),),
    "GetConfigurationResponse": (many("configurationKey", "KeyValue"), many("unknownKey", "string")),
    "GetDiagnosticsRequest": (
        one("location", "anyURI"),
        maybe("startTime", "dateTime"),
        maybe("stopTime", "dateTime"),
        maybe("retries", "int"),
        maybe("retryInterval", "int"),
    ),
    "GetDiagnosticsResponse": (maybe("fileName", "string"),),
    "GetLocalListVersionRequest": (),
    "GetLocalListVersionResponse": (one("listVersion", "int"),),
    "RemoteStartTransactionRequest": (one("idTag", "IdToken"), maybe("connectorId", "int")),
    "RemoteStartTransactionResponse": (one("status", "RemoteStartStopStatus"),),
    "RemoteStopTransactionRequest": (one("transactionId", "int"),),
    "RemoteStopTransactionResponse": (one("status", "RemoteStartStopStatus"),),
    "ReserveNowRequest": (
        one("connectorId", "int"),
        one("expiryDate", "dateTime"),
        one("idTag", "IdToken"),
        maybe("parentIdTag", "IdToken"),
        one("reservationId", "int"),
    ),
    "ReserveNowResponse": (one("status", "ReservationStatus"),),
    "ResetRequest": (one("type", "ResetType"),),
    "ResetResponse": (one("status", "ResetStatus"),),
    "SendLocalListRequest": (
        one("updateType", "UpdateType"),
        one("listVersion", "int"),
        many("localAuthorisationList", "AuthorisationData"),
        maybe("hash", "string"),
    ),
    "SendLocalListResponse": (one("status", "UpdateStatus"), maybe("hash", "string")),
    "UnlockConnectorRequest": (one("connectorId", "int"),),
    "UnlockConnectorResponse": (one("status", "UnlockStatus"),),
    "UpdateFirmwareRequest": (
        one("retrieveDate", "dateTime"),
        one("location", "anyURI"),
        maybe("retries", "int"),
        maybe("retryInterval", "int"),
    ),
    "UpdateFirmwareResponse": (),
}
_NESTED: Final[dict[str, tuple[Field, ...]]] = {
    "AuthorisationData": (one("idTag", "IdToken"), maybe("idTagInfo", "IdTagInfo")),
    "IdTagInfo": (one("status", "AuthorizationStatus"), maybe("expiryDate", "dateTime"), maybe("parentIdTag", "IdToken")),
    "KeyValue": (one("key", "string"), one("readonly", "boolean"), maybe("value", "string")),
    "MeterValue": (
        one("timestamp", "dateTime"),
        Field(name="value", type="SampledValue", required=False, many=True, alias="values"),
    ),
    "SampledValue": _VALUE,
    "TransactionData": (many("values", "MeterValue"),),
}
_YES_NO: Final = ("Accepted", "Rejected")

FIELDS_15: Final = Version(
    messages={**_BY_STATION, **_BY_US, **_NESTED},
    texts={
        "ChargeBoxSerialNumber": 25,
        "ChargePointModel": 20,
        "ChargePointSerialNumber": 25,
        "ChargePointVendor": 20,
        "FirmwareVersion": 50,
        "IccidString": 20,
        "IdToken": 20,
        "ImsiString": 20,
        "MeterSerialNumber": 25,
        "MeterType": 25,
    },
    enums={
        "AuthorizationStatus": ("Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"),
        "AvailabilityStatus": (*_YES_NO, "Scheduled"),
        "AvailabilityType": ("Inoperative", "Operative"),
        "CancelReservationStatus": _YES_NO,
        "ChargePointErrorCode": (
            *("ConnectorLockFailure", "HighTemperature", "Mode3Error", "NoError", "PowerMeterFailure"),
            *("PowerSwitchFailure", "ReaderFailure", "ResetFailure", "GroundFailure", "OverCurrentFailure"),
            *("UnderVoltage", "WeakSignal", "OtherError"),
        ),
        "ChargePointStatus": ("Available", "Occupied", "Faulted", "Unavailable", "Reserved"),
        "ClearCacheStatus": _YES_NO,
        "ConfigurationStatus": (*_YES_NO, "NotSupported"),
        "DataTransferStatus": (*_YES_NO, "UnknownMessageId", "UnknownVendorId"),
        "DiagnosticsStatus": ("Uploaded", "UploadFailed"),
        "FirmwareStatus": ("Downloaded", "DownloadFailed", "InstallationFailed", "Installed"),
        "Location": ("Inlet", "Outlet", "Body"),
        "Measurand": (
            *(f"Energy.{kind}.{way}.{form}" for form in ("Register", "Interval") for kind in ("Active", "Reactive")
              for way in ("Export", "Import")),
            *(f"Power.{kind}.{way}" for kind in ("Active", "Reactive") for way in ("Export", "Import")),
            *("Current.Export", "Current.Import", "Voltage", "Temperature"),
        ),
        "ReadingContext": (
            *("Interruption.Begin", "Interruption.End", "Sample.Clock", "Sample.Periodic"),
            *("Transaction.Begin", "Transaction.End"),
        ),
        "RegistrationStatus": _YES_NO,
        "RemoteStartStopStatus": _YES_NO,
        "ReservationStatus": ("Accepted", "Faulted", "Occupied", "Rejected", "Unavailable"),
        "ResetStatus": _YES_NO,
        "ResetType": ("Hard", "Soft"),
        "UnitOfMeasure": ("Wh", "kWh", "varh", "kvarh", "W", "kW", "var", "kvar", "Amp", "Volt", "Celsius"),
        "UnlockStatus": _YES_NO,
        "UpdateStatus": ("Accepted", "Failed", "HashError", "NotSupported", "VersionMismatch"),
        "UpdateType": ("Differential", "Full"),
        "ValueFormat": ("Raw", "SignedData"),
    },
)  # fmt: skip
"""OCPP 1.5. In JSON, drafts write a meter value's samples as `value` or as `values`; both are taken."""
