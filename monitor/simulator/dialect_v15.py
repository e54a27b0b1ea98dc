"""OCPP 1.5 in the frames of OCPP-J, as a simulated station speaks it: what 1.6 says, where 1.5 has words for it (1.5 §4, §5).

It has five statuses, no reason for the end of a session, no TriggerMessage and its own form of meter values.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from monitor.core.observations import Status
from monitor.simulator.dialect import Answer, BootReply, Call, Condition, Moment, Nameplate, StopReason, Version
from monitor.simulator.dialect_v16 import V16, stamp
from monitor.simulator.mishaps import Mishap

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

PLUGGED: Final[dict[Status, Status]] = dict.fromkeys(
    (Status.PREPARING, Status.CHARGING, Status.SUSPENDED_EV, Status.SUSPENDED_EVSE, Status.FINISHING), Status.OCCUPIED
)
"""What 1.6 tells apart and other versions call Occupied."""
_ACTIONS: Final = frozenset(
    {
        *("CancelReservation", "ChangeAvailability", "ChangeConfiguration", "ClearCache", "DataTransfer", "GetConfiguration"),
        *("GetDiagnostics", "GetLocalListVersion", "RemoteStartTransaction", "RemoteStopTransaction", "ReserveNow", "Reset"),
        *("SendLocalList", "UnlockConnector", "UpdateFirmware"),
    }
)
_NEWER: Final = frozenset({"InternalError"})
"""Error codes that 1.5 does not have."""


def _status(connector: int, status: Status, error: str, at: datetime) -> tuple[Call, ...]:
    return V16.status(connector, status, "OtherError" if error in _NEWER else error, at)


def _booted(reply: Mapping[str, Any]) -> BootReply:
    return BootReply(accepted=reply.get("status") == "Accepted", interval_s=float(reply.get("heartbeatInterval", 0)))


def _reading(connector: int, meter_wh: int, at: datetime) -> Call:
    sample = {"value": str(meter_wh), "measurand": "Energy.Active.Import.Register", "unit": "Wh", "context": "Sample.Periodic"}
    return Call(action="MeterValues", payload={"connectorId": connector, "values": [{"timestamp": stamp(at), "value": [sample]}]})


def _meter(moment: Moment) -> Call:
    plain = _reading(moment.connector, moment.meter_wh, moment.at)
    return Call(action=plain.action, payload=plain.payload | {"transactionId": int(moment.transaction)})


def _stop(moment: Moment, reason: StopReason) -> Call:
    newer = V16.stop(moment, reason)
    return Call(action=newer.action, payload={name: value for name, value in newer.payload.items() if name != "reason"})


def _settings(_plate: Nameplate, heartbeat_s: float) -> dict[str, str]:
    return {
        "ConnectionTimeOut": "60",
        "HeartBeatInterval": str(round(heartbeat_s)),
        "MeterValueSampleInterval": "60",
        "ResetRetries": "1",
    }


def _answer(action: str, asked: Mapping[str, Any], station: Condition) -> Answer:
    if action == "UnlockConnector":
        opens = asked["connectorId"] <= station.connectors and station.mishaps.get(asked["connectorId"]) is not Mishap.JAM
        return Answer(payload={"status": "Accepted" if opens else "Rejected"})
    return V16.answer(action, asked, station) if action in _ACTIONS else Answer(payload=None)


V15: Final = replace(
    V16,
    version=Version.V15,
    subprotocol="ocpp1.5",
    heartbeat_key="HeartBeatInterval",
    settings=_settings,
    words=PLUGGED,
    status=_status,
    meter=_meter,
    stop=_stop,
    reading=_reading,
    booted=_booted,
    answer=_answer,
)
