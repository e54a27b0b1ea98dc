"""OCPP 2.0.1 and 2.1 as a simulated station speaks them over JSON (part 2 of each: use cases B01, C01, E01 to E13, G01, J01, N07).

An EVSE has one connector here, so that EVSE and connector of a station are the same number. The station itself has no status: what
holds for all of it is told of each connector. Answers are in `monitor.simulator.answers_v2x`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from monitor.core.observations import Status
from monitor.simulator.answers_v2x import ANSWER_21, ANSWER_201, HEARTBEAT_KEY, variables
from monitor.simulator.dialect import (
    BootReason,
    BootReply,
    Call,
    Dialect,
    Moment,
    Nameplate,
    Order,
    StartReply,
    StopReason,
    Version,
)
from monitor.simulator.dialect_v15 import PLUGGED
from monitor.simulator.dialect_v16 import stamp

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from random import Random

_STOPPED: Final[dict[StopReason, tuple[str, str]]] = {
    StopReason.DEAUTHORIZED: ("DeAuthorized", "Deauthorized"),
    StopReason.HARD_RESET: ("ImmediateReset", "ResetCommand"),
    StopReason.LOCAL: ("Local", "StopAuthorized"),
    StopReason.OTHER: ("Other", "AbnormalCondition"),
    StopReason.POWER_LOSS: ("PowerLoss", "AbnormalCondition"),
    StopReason.REMOTE: ("Remote", "RemoteStop"),
    StopReason.SOFT_RESET: ("Reboot", "ResetCommand"),
}
"""Why a session ended: as ReasonEnumType and as TriggerReasonEnumType."""
_PARTS: Final[dict[str, tuple[str, str]]] = {
    "ConnectorLockFailure": ("ConnectorPlugRetentionLock", "CX001"),
    "GroundFailure": ("Connector", "CX002"),
    "InternalError": ("Controller", "InternalError"),
    "PowerSwitchFailure": ("PowerContactor", "CX017"),
}
"""By the error code of 1.6: the component that has the problem, and ChargeX's code for it where there is one."""
_OWN_CARD: Final = "ISO14443"
_MOST_EVENTS: Final = 2**31
_ID_BITS: Final = 80


def _boot(plate: Nameplate, reason: BootReason) -> Call:
    modem = {"iccid": plate.iccid[:20], "imsi": plate.imsi[:20]}
    station = {
        "vendorName": plate.vendor[:50],
        "model": plate.model[:20],
        "serialNumber": plate.serial[:25],
        "firmwareVersion": plate.firmware[:50],
        "modem": {name: value for name, value in modem.items() if value},
    }
    payload = {"reason": reason.value, "chargingStation": {name: value for name, value in station.items() if value}}
    return Call(action="BootNotification", payload=payload)


def _awake(reason: BootReason, at: datetime) -> tuple[Call, ...]:
    event = "StartupOfTheDevice" if reason is BootReason.POWER_UP else "ResetOrReboot"
    return (Call(action="SecurityEventNotification", payload={"type": event, "timestamp": stamp(at)}),)


def _heartbeat() -> Call:
    return Call(action="Heartbeat", payload={})


def _status(connector: int, status: Status, error: str, at: datetime) -> tuple[Call, ...]:
    if connector == 0:
        return ()
    payload = {"timestamp": stamp(at), "connectorStatus": status.value, "evseId": connector, "connectorId": 1}
    said = Call(action="StatusNotification", payload=payload)
    return (said, _event_of(connector, error, at)) if error or status is Status.FAULTED else (said,)


def _relief(connector: int, error: str, at: datetime) -> tuple[Call, ...]:
    return (_event_of(connector, error, at, over=True),)


def _event_of(connector: int, error: str, at: datetime, *, over: bool = False) -> Call:
    """Return why a connector is faulted, or was (`over`), which a status cannot say any more (G05)."""
    component, code = _PARTS.get(error, ("Connector", "OtherError"))
    event = {
        "eventId": int(at.timestamp()) % _MOST_EVENTS,
        "timestamp": stamp(at),
        "trigger": "Delta",
        "actualValue": "false" if over else "true",
        "techCode": code,
        "eventNotificationType": "HardWiredNotification",
        "component": {"name": component, "evse": {"id": connector, "connectorId": 1}},
        "variable": {"name": "Problem"},
    } | ({"cleared": True} if over else {})
    return Call(action="NotifyEvent", payload={"generatedAt": stamp(at), "seqNo": 0, "eventData": [event]})


def _token(tag: str, order: Order | None) -> dict[str, str]:
    return {"idToken": tag, "type": order.card if order else _OWN_CARD}


def _authorize(tag: str, order: Order | None) -> Call:
    return Call(action="Authorize", payload={"idToken": _token(tag, order)})


def _name(rng: Random, at: datetime) -> str:
    # Of the time too: the next run of the same plan draws the same numbers.
    return str(UUID(int=int(at.timestamp() * 1000) << _ID_BITS | rng.getrandbits(_ID_BITS), version=4))


def _value(meter_wh: int, at: datetime, context: str) -> dict[str, Any]:
    sample = {
        "value": meter_wh,
        "measurand": "Energy.Active.Import.Register",
        "context": context,
        "unitOfMeasure": {"unit": "Wh"},
    }
    return {"timestamp": stamp(at), "sampledValue": [sample]}


def _event(kind: str, moment: Moment, trigger: str, context: str, info: Mapping[str, Any]) -> Call:
    payload = {
        "eventType": kind,
        "timestamp": stamp(moment.at),
        "triggerReason": trigger,
        "seqNo": moment.sequence,
        "transactionInfo": {"transactionId": moment.transaction, **info},
        "meterValue": [_value(moment.meter_wh, moment.at, context)],
    }
    return Call(action="TransactionEvent", payload=payload | ({"offline": True} if moment.offline else {}))


def _state(moment: Moment) -> str:
    return "SuspendedEV" if moment.paused else "Charging"


def _start(moment: Moment) -> Call:
    asked = {"remoteStartId": moment.order.number} if moment.order else {}
    trigger = "RemoteStart" if moment.order else "Authorized"
    plain = _event("Started", moment, trigger, "Transaction.Begin", {"chargingState": _state(moment), **asked})
    place = {"evse": {"id": moment.connector, "connectorId": 1}, "idToken": _token(moment.tag, moment.order)}
    return replace(plain, payload=plain.payload | place)


def _meter(moment: Moment) -> Call:
    trigger, context = ("Trigger", "Trigger") if moment.asked else ("MeterValuePeriodic", "Sample.Periodic")
    return _event("Updated", moment, trigger, context, {"chargingState": _state(moment)})


def _stop(moment: Moment, reason: StopReason) -> Call:
    word, trigger = _STOPPED[reason]
    info = {"chargingState": "EVConnected", "stoppedReason": word}
    plain = _event("Ended", moment, trigger, "Transaction.End", info)
    card = {"idToken": _token(moment.tag, moment.order)} if reason is StopReason.LOCAL else {}
    return replace(plain, payload=plain.payload | card)


def _reading(connector: int, meter_wh: int, at: datetime) -> Call:
    return Call(action="MeterValues", payload={"evseId": connector, "meterValue": [_value(meter_wh, at, "Trigger")]})


def _broken(at: datetime) -> tuple[Call, ...]:
    valid = _status(1, Status.AVAILABLE, "", at)[0].payload
    return (
        Call(action="StatusNotification", payload=valid | {"connectorStatus": "Sleeping"}),
        Call(action="StatusNotification", payload=valid | {"mood": "good"}),
        Call(action="Heartbeat", payload={"uptime": 17}),
    )


def _booted(reply: Mapping[str, Any]) -> BootReply:
    return BootReply(accepted=reply.get("status") == "Accepted", interval_s=float(reply.get("interval", 0)))


def _started(reply: Mapping[str, Any]) -> StartReply:
    return StartReply(accepted=reply.get("idTokenInfo", {}).get("status", "Accepted") == "Accepted")


V201: Final = Dialect(
    version=Version.V201,
    subprotocol="ocpp2.0.1",
    heartbeat_key=HEARTBEAT_KEY,
    settings=variables,
    boot=_boot,
    awake=_awake,
    heartbeat=_heartbeat,
    words=PLUGGED,
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
    answer=ANSWER_201,
)
V21: Final = replace(V201, version=Version.V21, subprotocol="ocpp2.1", answer=ANSWER_21)
