"""How OCPP 1.2, 1.5 and 1.6 are asked (OCPP 1.6 §5; 1.2 and 1.5 the same under the same names, as far as they have them).

1.2 reads no configuration back and has no list; only 1.6 can be asked for a message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from monitor.core.commands import Action, CommandState, Order, Why
from monitor.decode.claims import write_instant
from monitor.decode.requests import WRONG, Facts, Reading, Request, Way, acknowledged, answered, by_status, number_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.decode.requests import Payload, Ways

_RESET: Final = {"soft": "Soft", "hard": "Hard"}
_AVAILABILITY: Final = {"operative": "Operative", "inoperative": "Inoperative"}
_DONE: Final = frozenset({"Accepted", "Scheduled", "RebootRequired", "Unlocked"})
_status = by_status(_DONE)


def _number(connector: str) -> int:
    """Return a connector as 1.x counts: one that is named in full is its EVSE."""
    return int(connector.partition(".")[0] or 0)


def _at(order: Order) -> Payload:
    """Return the connector of `order`, absent where it means all."""
    number = _number(order.connector)
    return {"connectorId": number} if number else {}


def _plain(order: Order, _facts: Facts) -> list[Payload]:  # noqa: ARG001
    return [{}]


def _reset(order: Order, _facts: Facts) -> list[Payload]:
    return [{"type": _RESET[order.type]}]


def _unlock(order: Order, _facts: Facts) -> list[Payload]:
    return [{"connectorId": _number(order.connector)}]


def _start(order: Order, _facts: Facts) -> list[Payload]:
    return [{"idTag": order.id_tag, **_at(order)}]


def _stop(_order: Order, facts: Facts) -> list[Payload]:
    return [{"transactionId": int(facts.transaction)}]


def _availability(order: Order, _facts: Facts) -> list[Payload]:
    return [{"connectorId": _number(order.connector), "type": _AVAILABILITY[order.type]}]


def _trigger(message: str) -> Callable[[Order, Facts], list[Payload]]:
    def write(order: Order, _facts: Facts) -> list[Payload]:
        return [{"requestedMessage": message, **_at(order)}]

    return write


def _read_keys(order: Order, _facts: Facts) -> list[Payload]:
    return [{"key": list(order.keys)} if order.keys else {}]


def _change(order: Order, _facts: Facts) -> list[Payload]:
    return [{"key": order.key, "value": order.value}]


def _read_back(order: Order, _facts: Facts) -> Request:
    return Request("GetConfiguration", {"key": [order.key]})


def _keys(answer: Any) -> tuple[dict[str, Any], list[str]] | None:  # noqa: ANN401  (whatever was answered)
    """Return what was read and what is not known; a station may leave out either list (§6.24)."""
    if not isinstance(answer, dict):
        return None
    entries, unknown = answer.get("configurationKey") or [], answer.get("unknownKey") or []
    if not isinstance(entries, list) or not isinstance(unknown, list):
        return None
    found = {str(one["key"]): one.get("value") for one in entries if isinstance(one, dict) and "key" in one}
    return found, [str(one) for one in unknown]


def _configuration(answer: Any) -> Reading:  # noqa: ANN401  (whatever was answered)
    keys = _keys(answer)
    if keys is None:
        return WRONG
    found, unknown = keys
    result = {"configuration": found} | ({"unknown": unknown} if unknown else {})
    return Reading(state=CommandState.CONFIRMED, result=result)


def _changed(order: Order, _facts: Facts, answer: Any) -> Reading:  # noqa: ANN401  (whatever was answered)
    """Compare; a key that nobody may read (`AuthorizationKey`) proves nothing by its absence."""
    keys = _keys(answer)
    if keys is None or keys[0].get(order.key) is None:
        return Reading(state=CommandState.ACCEPTED)
    value = str(keys[0][order.key])
    same = value == order.value
    return Reading(
        state=CommandState.CONFIRMED if same else CommandState.UNCONFIRMED,
        why=Why.NONE if same else Why.OTHERWISE,
        said=f"{order.key} = {value}",
    )


def _diagnostics(order: Order, facts: Facts) -> list[Payload]:
    return [{"location": order.location or facts.upload}]


def _file(answer: Any) -> Reading:  # noqa: ANN401  (whatever was answered)
    """No name: there is nothing to upload (§6.26)."""
    if not isinstance(answer, dict):
        return WRONG
    name = answer.get("fileName") or ""
    return Reading(state=CommandState.ACCEPTED if name else CommandState.REFUSED, said=str(name) or "no file")


def _firmware(order: Order, facts: Facts) -> list[Payload]:
    return [{"location": order.location, "retrieveDate": write_instant(order.at or facts.now)}]


def _list(field: str) -> Callable[[Order, Facts], list[Payload]]:
    def write(_order: Order, facts: Facts) -> list[Payload]:
        entries = [{"idTag": tag, "idTagInfo": {"status": status}} for tag, status in facts.cards]
        return [{"updateType": "Full", "listVersion": facts.list_version, field: entries}]

    return write


def _list_version(_order: Order, _facts: Facts) -> Request:
    return Request("GetLocalListVersion", {})


def _listed(_order: Order, facts: Facts, answer: Any) -> Reading:  # noqa: ANN401  (whatever was answered)
    reading = number_in("listVersion")(answer)
    if reading.state is not CommandState.CONFIRMED:
        return Reading(state=CommandState.ACCEPTED)
    same = reading.result["version"] == facts.list_version
    return reading if same else Reading(state=CommandState.UNCONFIRMED, why=Why.OTHERWISE, said=reading.said)


_ALL: Final[Ways] = {
    Action.UNLOCK: Way(action="UnlockConnector", write=_unlock, read=_status),
    Action.REMOTE_START: Way(action="RemoteStartTransaction", write=_start, read=_status),
    Action.REMOTE_STOP: Way(action="RemoteStopTransaction", write=_stop, read=_status),
    Action.RESET: Way(action="Reset", write=_reset, read=_status),
    Action.CHANGE_AVAILABILITY: Way(action="ChangeAvailability", write=_availability, read=_status),
    Action.CLEAR_CACHE: Way(action="ClearCache", write=_plain, read=_status),
    Action.CHANGE_CONFIGURATION: Way(action="ChangeConfiguration", write=_change, read=_status),
    Action.DIAGNOSTICS: Way(action="GetDiagnostics", write=_diagnostics, read=_file),
    Action.FIRMWARE: Way(action="UpdateFirmware", write=_firmware, read=acknowledged),
}
_CHANGE: Final = Way(action="ChangeConfiguration", write=_change, read=_status, prove=_read_back, proven=_changed)
_READ: Final = Way(action="GetConfiguration", write=_read_keys, read=_configuration)
_VERSION: Final = Way(action="GetLocalListVersion", write=_plain, read=number_in("listVersion"))


def _send_list(field: str) -> Way:
    return Way(action="SendLocalList", write=_list(field), read=_status, prove=_list_version, proven=_listed)


WAYS_12: Final[Ways] = _ALL
WAYS_15: Final[Ways] = {
    **_ALL,
    Action.PROBE: Way(action="GetLocalListVersion", write=_plain, read=answered),
    Action.READ_CONFIGURATION: _READ,
    Action.CHANGE_CONFIGURATION: _CHANGE,
    Action.LOCAL_LIST: _VERSION,
    Action.SEND_LOCAL_LIST: _send_list("localAuthorisationList"),
}
WAYS_16: Final[Ways] = {
    **_ALL,
    Action.PROBE: Way(action="TriggerMessage", write=_trigger("Heartbeat"), read=answered),
    Action.REFRESH: Way(action="TriggerMessage", write=_trigger("StatusNotification"), read=_status),
    Action.READ_CONFIGURATION: _READ,
    Action.CHANGE_CONFIGURATION: _CHANGE,
    Action.LOCAL_LIST: _VERSION,
    Action.SEND_LOCAL_LIST: _send_list("localAuthorizationList"),
}
