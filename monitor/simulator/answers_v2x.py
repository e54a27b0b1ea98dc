"""What a simulated station of OCPP 2.0.1 or 2.1 answers to its central system, and the variables that it has (part 2, chapter 1).

What a small station cannot do is refused with a valid status; actions that the version does not have are not answered here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from monitor.simulator.dialect import (
    Answer,
    Call,
    Condition,
    Kind,
    Nameplate,
    Order,
    Reboot,
    Say,
    SetHeartbeat,
    SetOperative,
    Start,
    Stop,
    Tell,
)
from monitor.simulator.dialect_v16 import stamp
from monitor.simulator.mishaps import TRAITS, Mishap

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HEARTBEAT_KEY: Final = "OCPPCommCtrlr.HeartbeatInterval"
_READ_ONLY: Final = frozenset(
    {"ChargingStation.Model", "ChargingStation.SerialNumber", "ChargingStation.VendorName", "OCPPCommCtrlr.OfflineThreshold"}
)
_TRIGGERS: Final = {
    "BootNotification": Kind.BOOT,
    "Heartbeat": Kind.HEARTBEAT,
    "MeterValues": Kind.METER,
    "StatusNotification": Kind.STATUS,
    "TransactionEvent": Kind.SESSION,
}
_YES: Final = {"status": "Accepted"}
_NO: Final = {"status": "Rejected"}


def variables(plate: Nameplate, heartbeat_s: float) -> dict[str, str]:
    """Return the variables of a station as ``Component.Variable``."""
    return {
        "AuthCtrlr.LocalAuthorizeOffline": "true",
        "ChargingStation.Model": plate.model[:20],
        "ChargingStation.SerialNumber": plate.serial[:25],
        "ChargingStation.VendorName": plate.vendor[:50],
        HEARTBEAT_KEY: str(round(heartbeat_s)),
        "OCPPCommCtrlr.MessageTimeout": "30",
        "OCPPCommCtrlr.OfflineThreshold": "600",
        "OCPPCommCtrlr.WebSocketPingInterval": "0",
        "SampledDataCtrlr.TxUpdatedInterval": "60",
        "TxCtrlr.StopTxOnInvalidId": "true",
    }


def _find(asked: Mapping[str, Any], station: Condition) -> tuple[str, str]:
    """Return the status of what is asked for, and its name where there is such a variable."""
    component, variable = asked["component"], asked["variable"]
    owner, name = component["name"], f"{component['name']}.{variable['name']}"
    if "evse" in component or "instance" in component or not any(key.startswith(f"{owner}.") for key in station.settings):
        return "UnknownComponent", ""
    if "instance" in variable or name not in station.settings:
        return "UnknownVariable", ""
    return ("Accepted", name) if asked.get("attributeType", "Actual") == "Actual" else ("NotSupportedAttributeType", "")


def _echo(asked: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: asked[name] for name in names if name in asked}


def _get_variables(asked: Mapping[str, Any], station: Condition) -> Answer:
    results = []
    for one in asked["getVariableData"]:
        status, name = _find(one, station)
        value = {"attributeValue": station.settings[name]} if name else {}
        results.append({"attributeStatus": status, **_echo(one, "attributeType", "component", "variable"), **value})
    return Answer(payload={"getVariableResult": results})


def _set_variables(asked: Mapping[str, Any], station: Condition) -> Answer:
    results, effect = [], None
    for one in asked["setVariableData"]:
        status, name = _find(one, station)
        value = one["attributeValue"]
        if name in _READ_ONLY or (name == HEARTBEAT_KEY and not (value.isdecimal() and int(value))):
            status = "Rejected"
        elif name:
            station.settings[name] = value
            effect = SetHeartbeat(seconds=float(value)) if name == HEARTBEAT_KEY else effect
        results.append({"attributeStatus": status, **_echo(one, "attributeType", "component", "variable")})
    return Answer(payload={"setVariableResult": results}, effect=effect)


def _get_base_report(asked: Mapping[str, Any], station: Condition) -> Answer:
    if asked["reportBase"] == "SummaryInventory":
        return Answer(payload={"status": "NotSupported"})
    data = []
    for name, value in station.settings.items():
        component, _, variable = name.partition(".")
        attribute = {"value": value, "mutability": "ReadOnly" if name in _READ_ONLY else "ReadWrite"}
        data.append({"component": {"name": component}, "variable": {"name": variable}, "variableAttribute": [attribute]})
    payload = {"requestId": asked["requestId"], "generatedAt": stamp(station.at), "seqNo": 0, "reportData": data}
    return Answer(payload=_YES, effect=Tell(calls=(Call(action="NotifyReport", payload=payload),)))


def _change_availability(asked: Mapping[str, Any], station: Condition) -> Answer:
    evse = asked.get("evse", {}).get("id", 0)
    if evse > station.connectors:
        return Answer(payload=_NO)
    operative = asked["operationalStatus"] == "Operative"
    charging = evse in station.sessions or (evse == 0 and bool(station.sessions))
    return Answer(
        payload={"status": "Scheduled"} if charging and not operative else _YES,
        effect=SetOperative(connector=evse, operative=operative),
    )


def _trigger(asked: Mapping[str, Any], station: Condition) -> Answer:
    kind, evse = _TRIGGERS.get(asked["requestedMessage"]), asked.get("evse", {}).get("id")
    if kind is None:
        return Answer(payload={"status": "NotImplemented"})
    idle = not station.sessions if evse is None else evse not in station.sessions
    if (evse or 0) > station.connectors or (kind is Kind.SESSION and idle):
        return Answer(payload=_NO)
    return Answer(payload=_YES, effect=Say(kind=kind, connector=evse))


def _reset(asked: Mapping[str, Any], station: Condition) -> Answer:
    if "evseId" in asked or asked["type"] not in {"Immediate", "OnIdle"}:
        return Answer(payload=_NO)
    idle = asked["type"] == "OnIdle"
    effect = Reboot(hard=not idle, when_idle=idle)
    return Answer(payload={"status": "Scheduled"} if idle and station.sessions else _YES, effect=effect)


def _start(asked: Mapping[str, Any], station: Condition) -> Answer:
    evse, token = asked.get("evseId"), asked["idToken"]
    taken = station.sessions.keys() | {number for number, mishap in station.mishaps.items() if TRAITS[mishap].error}
    if len(taken) >= station.connectors or (evse or 0) > station.connectors or evse in taken:
        return Answer(payload=_NO)
    order = Order(number=asked["remoteStartId"], card=token["type"])
    return Answer(payload=_YES, effect=Start(tag=token["idToken"], connector=evse, order=order))


def _stop(asked: Mapping[str, Any], station: Condition) -> Answer:
    transaction = asked["transactionId"]
    if transaction not in station.sessions.values():
        return Answer(payload=_NO)
    return Answer(payload=_YES, effect=Stop(transaction=transaction))


def _transaction_status(asked: Mapping[str, Any], station: Condition) -> Answer:
    if "transactionId" not in asked:
        return Answer(payload={"messagesInQueue": station.queued})
    ongoing = asked["transactionId"] in station.sessions.values()
    return Answer(payload={"messagesInQueue": station.queued, "ongoingIndicator": ongoing})


def _unlock(asked: Mapping[str, Any], station: Condition) -> Answer:
    if asked["evseId"] > station.connectors or asked["connectorId"] != 1:
        return Answer(payload={"status": "UnknownConnector"})
    if asked["evseId"] in station.sessions:
        return Answer(payload={"status": "OngoingAuthorizedTransaction"})
    jammed = station.mishaps.get(asked["evseId"]) is Mishap.JAM
    return Answer(payload={"status": "UnlockFailed" if jammed else "Unlocked"})


def _set_monitors(asked: Mapping[str, Any], _station: Condition) -> Answer:
    results = [
        {"status": "Rejected", **_echo(one, "type", "severity", "component", "variable")} for one in asked["setMonitoringData"]
    ]
    return Answer(payload={"setMonitoringResult": results})


def _clear_monitors(asked: Mapping[str, Any], _station: Condition) -> Answer:
    return Answer(payload={"clearMonitoringResult": [{"id": number, "status": "NotFound"} for number in asked["id"]]})


_DECIDED: Final[dict[str, Callable[[Mapping[str, Any], Condition], Answer]]] = {
    "ChangeAvailability": _change_availability,
    "ClearVariableMonitoring": _clear_monitors,
    "GetBaseReport": _get_base_report,
    "GetTransactionStatus": _transaction_status,
    "GetVariables": _get_variables,
    "RequestStartTransaction": _start,
    "RequestStopTransaction": _stop,
    "Reset": _reset,
    "SetVariableMonitoring": _set_monitors,
    "SetVariables": _set_variables,
    "TriggerMessage": _trigger,
    "UnlockConnector": _unlock,
}
_CONSTANT_201: Final[dict[str, dict[str, Any]]] = {
    "CancelReservation": _NO,
    "CertificateSigned": _NO,
    "ClearCache": _YES,
    "ClearChargingProfile": {"status": "Unknown"},
    "ClearDisplayMessage": {"status": "Unknown"},
    "CostUpdated": {},
    "CustomerInformation": _NO,
    "DataTransfer": {"status": "UnknownVendorId"},
    "DeleteCertificate": {"status": "NotFound"},
    "GetChargingProfiles": {"status": "NoProfiles"},
    "GetCompositeSchedule": _NO,
    "GetDisplayMessages": {"status": "Unknown"},
    "GetInstalledCertificateIds": {"status": "NotFound"},
    "GetLocalListVersion": {"versionNumber": 0},
    "GetLog": _NO,
    "GetMonitoringReport": {"status": "NotSupported"},
    "GetReport": {"status": "NotSupported"},
    "InstallCertificate": _NO,
    "PublishFirmware": _NO,
    "ReserveNow": _NO,
    "SendLocalList": {"status": "Failed"},
    "SetChargingProfile": _NO,
    "SetDisplayMessage": _NO,
    "SetMonitoringBase": {"status": "NotSupported"},
    "SetMonitoringLevel": _NO,
    "SetNetworkProfile": _NO,
    "UnpublishFirmware": {"status": "NoFirmware"},
    "UpdateFirmware": _NO,
}
_CONSTANT_21: Final[dict[str, dict[str, Any]]] = _CONSTANT_201 | {
    "AFRRSignal": _NO,
    "AdjustPeriodicEventStream": _NO,
    "ChangeTransactionTariff": _NO,
    "ClearDERControl": {"status": "NotSupported"},
    "ClearTariffs": {"clearTariffsResult": [{"status": "NoTariff"}]},
    "GetDERControl": {"status": "NotSupported"},
    "GetPeriodicEventStream": {},
    "GetTariffs": {"status": "NoTariff"},
    "NotifyAllowedEnergyTransfer": _NO,
    "NotifyWebPaymentStarted": {},
    "RequestBatterySwap": _NO,
    "SetDERControl": {"status": "NotSupported"},
    "SetDefaultTariff": _NO,
    "UpdateDynamicSchedule": _NO,
    "UsePriorityCharging": {"status": "NoProfile"},
}


def _answering(constant: Mapping[str, dict[str, Any]]) -> Callable[[str, Mapping[str, Any], Condition], Answer]:
    def answer(action: str, asked: Mapping[str, Any], station: Condition) -> Answer:
        decide = _DECIDED.get(action)
        if decide is not None:
            return decide(asked, station)
        return Answer(payload=constant.get(action))

    return answer


ANSWER_201: Final = _answering(_CONSTANT_201)
ANSWER_21: Final = _answering(_CONSTANT_21)
