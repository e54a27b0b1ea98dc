"""How OCPP 2.0.1 and 2.1 are asked (part 2 of each; the use case is named at each way).

Configuration is variables of components here, written `Component.Variable`, with instances in brackets (`Component[1].Variable`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from monitor.core.commands import Action, CommandState, Order, Why
from monitor.decode.claims import write_instant
from monitor.decode.requests import WRONG, Facts, Reading, Request, Way, answered, by_status, number_in

if TYPE_CHECKING:
    from monitor.decode.requests import Payload, Ways

_RESET: Final = {"soft": "OnIdle", "hard": "Immediate"}
_AVAILABILITY: Final = {"operative": "Operative", "inoperative": "Inoperative"}
_DONE: Final = frozenset({"Accepted", "Scheduled", "RebootRequired", "Unlocked", "AcceptedCanceled"})
_status = by_status(_DONE)
_NAME: Final = re.compile(r"([^.\[\]]{1,50})(?:\[([^\]]{1,50})\])?")
USUAL: Final = (
    *("OCPPCommCtrlr.HeartbeatInterval", "OCPPCommCtrlr.WebSocketPingInterval", "OCPPCommCtrlr.NetworkConfigurationPriority"),
    *("OCPPCommCtrlr.ActiveNetworkProfile", "OCPPCommCtrlr.OfflineThreshold", "OCPPCommCtrlr.RetryBackOffWaitMinimum"),
    *("SecurityCtrlr.SecurityProfile", "TxCtrlr.StopTxOnEVSideDisconnect", "DataLink.Active", "DataLink.SignalStrength"),
)
"""What is read where no keys are named: how the station comes to us, and how it means to."""


def _evse(connector: str) -> dict[str, int]:
    """Return an EVSEType for a connector that is not the whole station."""
    number, _, inner = connector.partition(".")
    return {"id": int(number)} | ({"connectorId": int(inner)} if inner else {})


def _is_part(connector: str) -> bool:
    return connector not in ("", "0")


def _reset(order: Order, _facts: Facts) -> list[Payload]:
    """B11, B12: always the whole station, as in 1.x."""
    return [{"type": _RESET[order.type]}]


def _unlock(order: Order, _facts: Facts) -> list[Payload]:
    """F05; an EVSE that is named alone has one connector."""
    evse = _evse(order.connector)
    return [{"evseId": evse["id"], "connectorId": evse.get("connectorId", 1)}]


def _start(order: Order, facts: Facts) -> list[Payload]:
    """F01, F02."""
    payload: dict[str, Any] = {"idToken": {"idToken": order.id_tag, "type": "Central"}, "remoteStartId": facts.number}
    return [payload | ({"evseId": _evse(order.connector)["id"]} if _is_part(order.connector) else {})]


def _stop(_order: Order, facts: Facts) -> list[Payload]:
    """F03."""
    return [{"transactionId": facts.transaction}]


def _availability(order: Order, _facts: Facts) -> list[Payload]:
    """G03, G04."""
    evse = {"evse": _evse(order.connector)} if _is_part(order.connector) else {}
    return [{"operationalStatus": _AVAILABILITY[order.type], **evse}]


def _plain(_order: Order, _facts: Facts) -> list[Payload]:
    return [{}]


def _beat(_order: Order, _facts: Facts) -> list[Payload]:
    return [{"requestedMessage": "Heartbeat"}]


def _refresh(order: Order, facts: Facts) -> list[Payload]:
    """F06: a status is asked for one connector at a time, and must name it (F06.FR.12)."""
    wanted = (order.connector,) if _is_part(order.connector) else facts.connectors or ("1",)
    return [{"requestedMessage": "StatusNotification", "evse": {"connectorId": 1, **_evse(connector)}} for connector in wanted]


def _named(part: str) -> dict[str, str]:
    found = _NAME.fullmatch(part)
    if found is None:
        return {"name": part[:50]}
    return {"name": found[1]} | ({"instance": found[2]} if found[2] else {})


def _place(key: str) -> dict[str, Any]:
    """Return component and variable of `key`."""
    component, _, variable = key.partition(".")
    return {"component": _named(component), "variable": _named(variable)}


def _key(entry: dict[str, Any]) -> str:
    """Return how a component's variable is written here."""
    return ".".join(
        str(part.get("name", "")) + (f"[{part['instance']}]" if "instance" in part else "")
        for part in (entry["component"], entry["variable"])
    )


def _read_keys(order: Order, _facts: Facts) -> list[Payload]:
    """B06."""
    return [{"getVariableData": [_place(key) for key in order.keys or USUAL]}]


def _entries(answer: Any, field: str) -> list[dict[str, Any]] | None:  # noqa: ANN401  (whatever was answered)
    entries = answer.get(field) if isinstance(answer, dict) else None
    if not isinstance(entries, list) or not entries:
        return None
    for entry in entries:
        if not isinstance(entry, dict) or not all(isinstance(entry.get(part), dict) for part in ("component", "variable")):
            return None
    return entries


def _configuration(answer: Any) -> Reading:  # noqa: ANN401  (whatever was answered)
    entries = _entries(answer, "getVariableResult")
    if entries is None:
        return WRONG
    found = {_key(one): one.get("attributeValue") for one in entries if one.get("attributeStatus") == "Accepted"}
    unknown = [_key(one) for one in entries if one.get("attributeStatus") != "Accepted"]
    return Reading(state=CommandState.CONFIRMED, result={"configuration": found} | ({"unknown": unknown} if unknown else {}))


def _change(order: Order, _facts: Facts) -> list[Payload]:
    """B05."""
    return [{"setVariableData": [{"attributeValue": order.value, **_place(order.key)}]}]


def _set(answer: Any) -> Reading:  # noqa: ANN401  (whatever was answered)
    entries = _entries(answer, "setVariableResult")
    return WRONG if entries is None else _status({"status": entries[0].get("attributeStatus")})


def _read_back(order: Order, _facts: Facts) -> Request:
    return Request("GetVariables", {"getVariableData": [_place(order.key)]})


def _changed(order: Order, _facts: Facts, answer: Any) -> Reading:  # noqa: ANN401  (whatever was answered)
    """Compare; a variable that is write-only (`BasicAuthPassword`) proves nothing by refusing to be read."""
    entries = _entries(answer, "getVariableResult") or [{}]
    if entries[0].get("attributeStatus") != "Accepted":
        return Reading(state=CommandState.ACCEPTED)
    value = str(entries[0].get("attributeValue", ""))
    same = value == order.value
    return Reading(
        state=CommandState.CONFIRMED if same else CommandState.UNCONFIRMED,
        why=Why.NONE if same else Why.OTHERWISE,
        said=f"{order.key} = {value}",
    )


def _log(order: Order, facts: Facts) -> list[Payload]:
    """N01."""
    place = {"remoteLocation": order.location or facts.upload}
    return [{"logType": "DiagnosticsLog", "requestId": facts.number, "log": place}]


def _firmware(order: Order, facts: Facts) -> list[Payload]:
    """L01, L02."""
    firmware = {"location": order.location, "retrieveDateTime": write_instant(order.at or facts.now)}
    return [{"requestId": facts.number, "firmware": firmware}]


def _list(_order: Order, facts: Facts) -> list[Payload]:
    """D01."""
    entries = [{"idToken": {"idToken": tag, "type": "ISO14443"}, "idTokenInfo": {"status": status}} for tag, status in facts.cards]
    payload: dict[str, Any] = {"versionNumber": facts.list_version, "updateType": "Full"}
    return [payload | ({"localAuthorizationList": entries} if entries else {})]


def _list_version(_order: Order, _facts: Facts) -> Request:
    """D02."""
    return Request("GetLocalListVersion", {})


def _listed(_order: Order, facts: Facts, answer: Any) -> Reading:  # noqa: ANN401  (whatever was answered)
    reading = number_in("versionNumber")(answer)
    if reading.state is not CommandState.CONFIRMED:
        return Reading(state=CommandState.ACCEPTED)
    same = reading.result["version"] == facts.list_version
    return reading if same else Reading(state=CommandState.UNCONFIRMED, why=Why.OTHERWISE, said=reading.said)


WAYS_2X: Final[Ways] = {
    Action.REFRESH: Way(action="TriggerMessage", write=_refresh, read=_status),
    Action.PROBE: Way(action="TriggerMessage", write=_beat, read=answered),
    Action.UNLOCK: Way(action="UnlockConnector", write=_unlock, read=_status),
    Action.REMOTE_START: Way(action="RequestStartTransaction", write=_start, read=_status),
    Action.REMOTE_STOP: Way(action="RequestStopTransaction", write=_stop, read=_status),
    Action.RESET: Way(action="Reset", write=_reset, read=_status),
    Action.CHANGE_AVAILABILITY: Way(action="ChangeAvailability", write=_availability, read=_status),
    Action.CLEAR_CACHE: Way(action="ClearCache", write=_plain, read=_status),
    Action.READ_CONFIGURATION: Way(action="GetVariables", write=_read_keys, read=_configuration),
    Action.CHANGE_CONFIGURATION: Way(action="SetVariables", write=_change, read=_set, prove=_read_back, proven=_changed),
    Action.LOCAL_LIST: Way(action="GetLocalListVersion", write=_plain, read=number_in("versionNumber")),
    Action.SEND_LOCAL_LIST: Way(action="SendLocalList", write=_list, read=_status, prove=_list_version, proven=_listed),
    Action.DIAGNOSTICS: Way(action="GetLog", write=_log, read=_status),
    Action.FIRMWARE: Way(action="UpdateFirmware", write=_firmware, read=_status),
}
