"""OCPP 1.6 as a simulated station speaks it over JSON: message makers (§4), answers to the central system (§5), configuration (§9).

The security extension of 1.6 is answered too: what a small station cannot do is refused with a valid status.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from monitor.core.observations import Status
from monitor.simulator.dialect import (
    Answer,
    BootReason,
    BootReply,
    Call,
    Condition,
    Dialect,
    Kind,
    Moment,
    Nameplate,
    Order,
    Reboot,
    Say,
    SetHeartbeat,
    SetOperative,
    Start,
    StartReply,
    Stop,
    StopReason,
    Version,
)
from monitor.simulator.mishaps import TRAITS, Mishap

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from random import Random

_READ_ONLY: Final = frozenset({"NumberOfConnectors", "SupportedFeatureProfiles", "GetConfigurationMaxKeys", "MeterSerialNumber"})
_HEARTBEAT_KEYS: Final = frozenset({"HeartbeatInterval", "HeartBeatInterval"})
"""Of 1.6, and of 1.5 (`monitor.simulator.dialect_v15`)."""
_TRIGGERS: Final = {
    "BootNotification": Kind.BOOT,
    "Heartbeat": Kind.HEARTBEAT,
    "MeterValues": Kind.METER,
    "StatusNotification": Kind.STATUS,
}


def stamp(at: datetime) -> str:
    """Return an instant as every version writes it: RFC 3339 with milliseconds, UTC as Z."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _boot(plate: Nameplate, _reason: BootReason) -> Call:
    payload = {
        "chargePointVendor": plate.vendor[:20],
        "chargePointModel": plate.model[:20],
        "chargePointSerialNumber": plate.serial[:25],
        "firmwareVersion": plate.firmware[:50],
        "iccid": plate.iccid[:20],
        "imsi": plate.imsi[:20],
    }
    return Call(action="BootNotification", payload={key: value for key, value in payload.items() if value})


def _awake(_reason: BootReason, _at: datetime) -> tuple[Call, ...]:
    return ()


def _heartbeat() -> Call:
    return Call(action="Heartbeat", payload={})


def _status(connector: int, status: Status, error: str, at: datetime) -> tuple[Call, ...]:
    code = error or ("OtherError" if status is Status.FAULTED else "NoError")
    payload = {"connectorId": connector, "status": status.value, "errorCode": code, "timestamp": stamp(at)}
    return (Call(action="StatusNotification", payload=payload),)


def _relief(_connector: int, _error: str, _at: datetime) -> tuple[Call, ...]:
    return ()


def _authorize(tag: str, _order: Order | None) -> Call:
    return Call(action="Authorize", payload={"idTag": tag})


def _name(_rng: Random, _at: datetime) -> str:
    return ""


def _start(moment: Moment) -> Call:
    payload = {
        "connectorId": moment.connector,
        "idTag": moment.tag,
        "meterStart": moment.meter_wh,
        "timestamp": stamp(moment.at),
    }
    return Call(action="StartTransaction", payload=payload)


def _meter(moment: Moment) -> Call:
    plain = _reading(moment.connector, moment.meter_wh, moment.at)
    return Call(action=plain.action, payload=plain.payload | {"transactionId": int(moment.transaction)})


def _reading(connector: int, meter_wh: int, at: datetime) -> Call:
    sample = {"value": str(meter_wh), "measurand": "Energy.Active.Import.Register", "unit": "Wh", "context": "Sample.Periodic"}
    value = {"timestamp": stamp(at), "sampledValue": [sample]}
    return Call(action="MeterValues", payload={"connectorId": connector, "meterValue": [value]})


def _stop(moment: Moment, reason: StopReason) -> Call:
    payload = {
        "transactionId": int(moment.transaction),
        "idTag": moment.tag,
        "meterStop": moment.meter_wh,
        "timestamp": stamp(moment.at),
        "reason": reason.value,
    }
    return Call(action="StopTransaction", payload=payload)


def _broken(at: datetime) -> tuple[Call, ...]:
    valid = _status(1, Status.AVAILABLE, "", at)[0].payload
    return (
        Call(action="StatusNotification", payload=valid | {"status": "Sleeping"}),
        Call(action="StatusNotification", payload=valid | {"mood": "good"}),
        Call(action="Heartbeat", payload={"uptime": 17}),
    )


def _booted(reply: Mapping[str, Any]) -> BootReply:
    return BootReply(accepted=reply.get("status") == "Accepted", interval_s=float(reply.get("interval", 0)))


def _started(reply: Mapping[str, Any]) -> StartReply:
    accepted = reply.get("idTagInfo", {}).get("status") == "Accepted"
    return StartReply(accepted=accepted, transaction=str(reply.get("transactionId", "")))


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
    if key in _HEARTBEAT_KEYS:
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
    operative = asked["type"] == "Operative"
    charging = connector in station.sessions or (connector == 0 and bool(station.sessions))
    return Answer(
        payload={"status": "Scheduled" if charging and not operative else "Accepted"},
        effect=SetOperative(connector=connector, operative=operative),
    )


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
    taken = station.sessions.keys() | {number for number, mishap in station.mishaps.items() if TRAITS[mishap].error}
    if len(taken) >= station.connectors or (connector or 0) > station.connectors or connector in taken:
        return Answer(payload={"status": "Rejected"})
    return Answer(payload={"status": "Accepted"}, effect=Start(tag=asked["idTag"], connector=connector))


def _remote_stop(asked: Mapping[str, Any], station: Condition) -> Answer:
    transaction = str(asked["transactionId"])
    if transaction not in station.sessions.values():
        return Answer(payload={"status": "Rejected"})
    return Answer(payload={"status": "Accepted"}, effect=Stop(transaction=transaction))


def _unlock(asked: Mapping[str, Any], station: Condition) -> Answer:
    jammed = station.mishaps.get(asked["connectorId"]) is Mishap.JAM
    return Answer(payload={"status": "UnlockFailed" if jammed else "Unlocked"})


_DECIDED: Final[dict[str, Callable[[Mapping[str, Any], Condition], Answer]]] = {
    "ChangeAvailability": _change_availability,
    "ChangeConfiguration": _change_configuration,
    "GetConfiguration": _get_configuration,
    "RemoteStartTransaction": _remote_start,
    "RemoteStopTransaction": _remote_stop,
    "Reset": _reset,
    "TriggerMessage": _trigger,
    "UnlockConnector": _unlock,
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
    "UpdateFirmware": {},
}
"""Answers that depend on nothing; an empty GetDiagnostics answer says that there is no file (§6.24)."""


def _answer(action: str, asked: Mapping[str, Any], station: Condition) -> Answer:
    decide = _DECIDED.get(action)
    if decide is not None:
        return decide(asked, station)
    return Answer(payload=_CONSTANT.get(action))


V16: Final = Dialect(
    version=Version.V16,
    subprotocol="ocpp1.6",
    heartbeat_key="HeartbeatInterval",
    settings=_settings,
    boot=_boot,
    awake=_awake,
    heartbeat=_heartbeat,
    words={},
    status=_status,
    relief=_relief,
    authorize=_authorize,
    name=_name,
    start=_start,
    meter=_meter,
    stop=_stop,
    reading=_reading,
    broken=_broken,
    booted=_booted,
    started=_started,
    answer=_answer,
)
