"""OCPP 1.6 as a simulated station speaks it over JSON: message makers (§4), answers to the central system (§5), configuration (§9).

The security extension of 1.6 is answered too: what a small station cannot do is refused with a valid status.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from monitor.core.observations import Status
from monitor.simulator.dialect import (
    Answer,
    BootReply,
    Call,
    Condition,
    Dialect,
    Kind,
    Nameplate,
    Reboot,
    Say,
    SetHeartbeat,
    SetOperative,
    Start,
    Stop,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

_READ_ONLY: Final = frozenset({"NumberOfConnectors", "SupportedFeatureProfiles", "GetConfigurationMaxKeys", "MeterSerialNumber"})
_TRIGGERS: Final = {
    "BootNotification": Kind.BOOT,
    "Heartbeat": Kind.HEARTBEAT,
    "MeterValues": Kind.METER,
    "StatusNotification": Kind.STATUS,
}


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _boot(plate: Nameplate) -> Call:
    payload = {
        "chargePointVendor": plate.vendor[:20],
        "chargePointModel": plate.model[:20],
        "chargePointSerialNumber": plate.serial[:25],
        "firmwareVersion": plate.firmware[:50],
        "iccid": plate.iccid[:20],
        "imsi": plate.imsi[:20],
    }
    return Call(action="BootNotification", payload={key: value for key, value in payload.items() if value})


def _heartbeat() -> Call:
    return Call(action="Heartbeat", payload={})


def _status(connector: int, status: Status, at: datetime) -> Call:
    error = "OtherError" if status is Status.FAULTED else "NoError"
    payload = {"connectorId": connector, "status": status.value, "errorCode": error, "timestamp": _stamp(at)}
    return Call(action="StatusNotification", payload=payload)


def _authorize(tag: str) -> Call:
    return Call(action="Authorize", payload={"idTag": tag})


def _start(connector: int, tag: str, meter_wh: int, at: datetime, _session: int) -> Call:
    payload = {"connectorId": connector, "idTag": tag, "meterStart": meter_wh, "timestamp": _stamp(at)}
    return Call(action="StartTransaction", payload=payload)


def _meter(connector: int, transaction: str, meter_wh: int, at: datetime) -> Call:
    sample = {"value": str(meter_wh), "measurand": "Energy.Active.Import.Register", "unit": "Wh", "context": "Sample.Periodic"}
    payload: dict[str, Any] = {"connectorId": connector, "meterValue": [{"timestamp": _stamp(at), "sampledValue": [sample]}]}
    if transaction:
        payload["transactionId"] = int(transaction)
    return Call(action="MeterValues", payload=payload)


def _stop(transaction: str, tag: str, meter_wh: int, at: datetime, reason: str) -> Call:
    payload = {"transactionId": int(transaction), "idTag": tag, "meterStop": meter_wh, "timestamp": _stamp(at), "reason": reason}
    return Call(action="StopTransaction", payload=payload)


def _broken(at: datetime) -> tuple[Call, ...]:
    valid = _status(1, Status.AVAILABLE, at).payload
    return (
        Call(action="StatusNotification", payload=valid | {"status": "Sleeping"}),
        Call(action="StatusNotification", payload=valid | {"mood": "good"}),
        Call(action="Heartbeat", payload={"uptime": 17}),
    )


def _booted(reply: Mapping[str, Any]) -> BootReply:
    return BootReply(accepted=reply.get("status") == "Accepted", interval_s=float(reply.get("interval", 0)))


def _started(reply: Mapping[str, Any], _session: int) -> str:
    return str(reply["transactionId"])


def _settings(plate: Nameplate, heartbeat_s: float) -> dict[str, str]:
    return {
        "AuthorizeRemoteTxRequests": "false",
        "ConnectionTimeOut": "60",
        "GetConfigurationMaxKeys": "20",
        "HeartbeatInterval": str(round(heartbeat_s)),
        "LocalAuthorizeOffline": "true",
        "MeterValueSampleInterval": "60",
        "NumberOfConnectors": str(plate.connectors),
        "ResetRetries": "1",
        "StopTransactionOnEVSideDisconnect": "true",
        "SupportedFeatureProfiles": "Core,RemoteTrigger",
        "TransactionMessageAttempts": "3",
        "TransactionMessageRetryInterval": "20",
        "UnlockConnectorOnEVSideDisconnect": "true",
        "WebSocketPingInterval": "0",
    }


def _get_configuration(asked: Mapping[str, Any], station: Condition) -> Answer:
    keys = asked.get("key") or list(station.settings)
    known = [{"key": key, "readonly": key in _READ_ONLY, "value": station.settings[key]} for key in keys if key in station.settings]
    return Answer(payload={"configurationKey": known, "unknownKey": [key for key in keys if key not in station.settings]})


def _change_configuration(asked: Mapping[str, Any], station: Condition) -> Answer:
    key, value = asked["key"], asked["value"]
    if key not in station.settings:
        return Answer(payload={"status": "NotSupported"})
    if key in _READ_ONLY:
        return Answer(payload={"status": "Rejected"})
    if key == "HeartbeatInterval":
        if not value.isdecimal() or int(value) == 0:
            return Answer(payload={"status": "Rejected"})
        station.settings[key] = value
        return Answer(payload={"status": "Accepted"}, effect=SetHeartbeat(seconds=float(value)))
    station.settings[key] = value
    return Answer(payload={"status": "Accepted"})


def _change_availability(asked: Mapping[str, Any], station: Condition) -> Answer:
    connector = asked["connectorId"]
    if connector > station.connectors:
        return Answer(payload={"status": "Rejected"})
    effect = SetOperative(connector=connector, operative=asked["type"] == "Operative")
    return Answer(payload={"status": "Accepted"}, effect=effect)


def _trigger(asked: Mapping[str, Any], station: Condition) -> Answer:
    kind, connector = _TRIGGERS.get(asked["requestedMessage"]), asked.get("connectorId")
    if kind is None:
        return Answer(payload={"status": "NotImplemented"})
    if connector is not None and connector > station.connectors:
        return Answer(payload={"status": "Rejected"})
    return Answer(payload={"status": "Accepted"}, effect=Say(kind=kind, connector=connector))


def _reset(asked: Mapping[str, Any], _station: Condition) -> Answer:
    return Answer(payload={"status": "Accepted"}, effect=Reboot(hard=asked["type"] == "Hard"))


def _remote_start(asked: Mapping[str, Any], station: Condition) -> Answer:
    connector = asked.get("connectorId")
    if len(station.transactions) >= station.connectors or (connector or 0) > station.connectors:
        return Answer(payload={"status": "Rejected"})
    return Answer(payload={"status": "Accepted"}, effect=Start(tag=asked["idTag"], connector=connector))


def _remote_stop(asked: Mapping[str, Any], station: Condition) -> Answer:
    transaction = str(asked["transactionId"])
    if transaction not in station.transactions:
        return Answer(payload={"status": "Rejected"})
    return Answer(payload={"status": "Accepted"}, effect=Stop(transaction=transaction))


_DECIDED: Final[dict[str, Callable[[Mapping[str, Any], Condition], Answer]]] = {
    "ChangeAvailability": _change_availability,
    "ChangeConfiguration": _change_configuration,
    "GetConfiguration": _get_configuration,
    "RemoteStartTransaction": _remote_start,
    "RemoteStopTransaction": _remote_stop,
    "Reset": _reset,
    "TriggerMessage": _trigger,
}
_CONSTANT: Final[dict[str, dict[str, Any]]] = {
    "CancelReservation": {"status": "Rejected"},
    "CertificateSigned": {"status": "Rejected"},
    "ClearCache": {"status": "Accepted"},
    "ClearChargingProfile": {"status": "Unknown"},
    "DataTransfer": {"status": "UnknownVendorId"},
    "DeleteCertificate": {"status": "NotFound"},
    "ExtendedTriggerMessage": {"status": "NotImplemented"},
    "GetCompositeSchedule": {"status": "Rejected"},
    "GetDiagnostics": {},
    "GetInstalledCertificateIds": {"status": "NotFound"},
    "GetLocalListVersion": {"listVersion": -1},
    "GetLog": {"status": "Rejected"},
    "InstallCertificate": {"status": "Rejected"},
    "ReserveNow": {"status": "Rejected"},
    "SendLocalList": {"status": "NotSupported"},
    "SetChargingProfile": {"status": "NotSupported"},
    "SignedUpdateFirmware": {"status": "Rejected"},
    "UnlockConnector": {"status": "Unlocked"},
    "UpdateFirmware": {},
}
"""Answers that depend on nothing; an empty GetDiagnostics answer says that there is no file (§6.24)."""


def _answer(action: str, asked: Mapping[str, Any], station: Condition) -> Answer:
    decide = _DECIDED.get(action)
    if decide is not None:
        return decide(asked, station)
    return Answer(payload=_CONSTANT.get(action))


V16: Final = Dialect(
    subprotocol="ocpp1.6",
    boot=_boot,
    heartbeat=_heartbeat,
    status=_status,
    authorize=_authorize,
    start=_start,
    meter=_meter,
    stop=_stop,
    broken=_broken,
    booted=_booted,
    started=_started,
    answer=_answer,
    settings=_settings,
)
