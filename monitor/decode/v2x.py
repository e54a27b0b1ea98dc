"""OCPP 2.0.1 and 2.1: what each message that a station initiates means and how it is answered (part 2 of each, use cases A to S).

One set of functions for both versions; their tables differ in which actions there are. Answers that need a back office we do not
have (certificates, charging profiles, tariffs) refuse in the version's own words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from monitor.core.observations import (
    Booted,
    ConnectorReported,
    EquipmentReported,
    Metered,
    Observation,
    ProgressReported,
    SecurityReported,
    SessionEnded,
    SessionStarted,
    Status,
    Work,
)
from monitor.core.quirks import Quirk
from monitor.decode.claims import (
    MOST,
    MOST_CONNECTORS,
    REGISTER,
    Stamp,
    oldest_of,
    read_register,
    read_stamp,
    read_whole,
    write_instant,
)
from monitor.decode.dialect import Authorization, Context, Decoded
from monitor.decode.status_map import read_status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.decode.dialect import Decode

_EMPTY: Final[dict[str, Any]] = {}
_AVAILABILITY: Final = "AvailabilityState"


def connector_name(evse: int, connector: int | None) -> str:
    """Return how a connector is written: ``2.1``; the EVSE alone ``2``; the station itself ``0``."""
    return f"{evse}.{connector}" if evse and connector else str(evse)


def _place(evse: dict[str, Any] | None) -> str:
    """Return the connector that an EVSEType names, empty for the station itself."""
    if evse is None:
        return ""
    number = read_whole(evse, "id", 0, MOST_CONNECTORS)
    connector = read_whole(evse, "connectorId", 0, MOST_CONNECTORS) if "connectorId" in evse else None
    return connector_name(number, connector)


def boot(payload: dict[str, Any], context: Context) -> Decoded:
    """Use case B01."""
    answer = {"currentTime": write_instant(context.now), "interval": context.heartbeat_s, "status": "Accepted"}
    station = payload["chargingStation"]
    modem = station.get("modem", _EMPTY)
    booted = Booted(
        at=context.now,
        reason=payload["reason"],
        interval_s=context.heartbeat_s,
        vendor=station["vendorName"],
        model=station["model"],
        serial=station.get("serialNumber", ""),
        firmware=station.get("firmwareVersion", ""),
        iccid=modem.get("iccid", ""),
        imsi=modem.get("imsi", ""),
    )
    return Decoded(answer, (booted,), durable=True)


def heartbeat(_payload: dict[str, Any], context: Context) -> Decoded:
    """Use case G02."""
    return Decoded({"currentTime": write_instant(context.now)})


def status(payload: dict[str, Any], context: Context) -> Decoded:
    """Use case G01; an unknown word is kept where people read it."""
    stamp = read_stamp(payload["timestamp"], context.now, prompt=True)
    evse = read_whole(payload, "evseId", 0, MOST_CONNECTORS)
    connector = read_whole(payload, "connectorId", 0, MOST_CONNECTORS)
    word = payload["connectorStatus"]
    known = read_status(word)
    reported = ConnectorReported(
        at=context.now,
        connector=connector_name(evse, connector),
        status=known,
        info=word if known is Status.UNKNOWN else "",
        stamped=stamp.instant,
    )
    return Decoded(_EMPTY, (reported,), True, stamp.quirks)  # noqa: FBT003  (keywords cost a microsecond here)


def authorize(payload: dict[str, Any], context: Context) -> Decoded:
    """Use case C01."""
    return Decoded({"idTokenInfo": {"status": context.counter.authorize(payload["idToken"]["idToken"])}})


def transaction_event(payload: dict[str, Any], context: Context) -> Decoded:
    """Use cases E01 to E13: begin, course and end of a transaction, each perhaps queued (`offline`)."""
    stamp = read_stamp(payload["timestamp"], context.now)
    transaction = payload["transactionInfo"]["transactionId"]
    answer: dict[str, Any] = {}
    verdict = Authorization.ACCEPTED
    if "idToken" in payload:
        verdict = context.counter.authorize(payload["idToken"]["idToken"])
        answer["idTokenInfo"] = {"status": verdict}
    backlog = stamp.backlog(context.now, offline=payload.get("offline", False))
    seen = (*_session(payload, stamp, context, allowed=verdict is Authorization.ACCEPTED), *backlog)
    shown = () if backlog or payload["eventType"] != "Updated" else _metered(payload, context)
    quirks = stamp.quirks + _gap(transaction, payload["seqNo"], context, last=payload["eventType"] == "Ended")
    return Decoded(answer, seen + shown, durable=bool(seen), quirks=quirks)


def _session(payload: dict[str, Any], stamp: Stamp, context: Context, *, allowed: bool) -> tuple[Observation, ...]:
    """Return what an event says of its session; one that names an EVSE says where that is, which the first need not (E02.FR.01)."""
    kind, told = payload["eventType"], payload["transactionInfo"]
    if kind == "Ended":
        return (
            SessionEnded(
                at=context.now,
                transaction=told["transactionId"],
                stamped=stamp.instant,
                meter_wh=_register(payload, last=True),
                reason=told.get("stoppedReason", ""),
            ),
        )
    if allowed and (kind == "Started" or (kind == "Updated" and "evse" in payload)):
        return (
            SessionStarted(
                at=context.now,
                connector=_place(payload.get("evse")),
                transaction=told["transactionId"],
                stamped=stamp.instant,
                meter_wh=_register(payload, last=False) if kind == "Started" else None,
            ),
        )
    return ()


def _metered(payload: dict[str, Any], context: Context) -> tuple[Metered, ...]:
    """Return what the register shows in the course of a transaction."""
    meter_wh = _register(payload, last=True)
    if meter_wh is None:
        return ()
    return (Metered(at=context.now, meter_wh=meter_wh, transaction=payload["transactionInfo"]["transactionId"]),)


def _gap(transaction: str, number: int, context: Context, *, last: bool) -> tuple[tuple[Quirk, str], ...]:
    """Return what a jump in the numbers of a transaction says: messages between were lost. A number again is a repetition."""
    if not 0 <= number <= MOST:
        return ()
    expected = context.known.expected(transaction, number, last=last)
    return ((Quirk.SEQUENCE_GAP, f"{transaction}: {number} after {expected - 1}"),) if number > expected else ()


def _register(payload: dict[str, Any], *, last: bool) -> int | None:
    """Return the meter's import register in Wh, the first or the last that the message has (part 2, MeterValueType)."""
    found: list[int] = [
        reading
        for value in payload.get("meterValue", ())
        for sample in value["sampledValue"]
        if sample.get("measurand", REGISTER) == REGISTER and "phase" not in sample
        for reading in (_watt_hours(sample),)
        if reading is not None
    ]
    if not found:
        return None
    return found[-1] if last else found[0]


def _watt_hours(sample: dict[str, Any]) -> int | None:
    unit = sample.get("unitOfMeasure", _EMPTY)
    name, power = unit.get("unit", "Wh"), unit.get("multiplier", 0)
    if name not in ("Wh", "kWh") or not -MOST_POWER <= power <= MOST_POWER:
        return None
    return read_register(sample["value"] * 10.0**power * (1000 if name == "kWh" else 1))


MOST_POWER: Final = 9
"""Largest power of ten of a meter value that is believed."""


def meter(payload: dict[str, Any], context: Context) -> Decoded:
    """Use case J01; the values are not ours to keep, but old ones prove that the station lived while it was cut off."""
    stamps = [read_stamp(value["timestamp"], context.now) for value in payload["meterValue"]]
    return _aged(stamps, context)


def _aged(stamps: list[Stamp], context: Context) -> Decoded:
    backlog, quirks = oldest_of(stamps, context.now)
    return Decoded(_EMPTY, backlog, durable=bool(backlog), quirks=quirks)


def notify_event(payload: dict[str, Any], context: Context) -> Decoded:
    """Use case N07: what components report of themselves; the availability of a connector is its status."""
    quirks: tuple[tuple[Quirk, str], ...] = ()
    seen: list[Observation] = []
    for item in payload["eventData"]:
        stamp = read_stamp(item["timestamp"], context.now)
        quirks = quirks or stamp.quirks
        seen.append(_equipment(item, stamp, context))
    return Decoded(_EMPTY, tuple(seen), durable=True, quirks=quirks)


def _equipment(item: dict[str, Any], stamp: Stamp, context: Context) -> ConnectorReported | EquipmentReported:
    component, variable = item["component"], item["variable"]["name"]
    place = _place(component.get("evse"))
    if variable == _AVAILABILITY and not stamp.backlog(context.now):
        word = item["actualValue"]
        known = read_status(word)
        info = word[:50] if known is Status.UNKNOWN else ""
        return ConnectorReported(
            at=context.now, connector=place or "0", status=known, error=item.get("techCode", ""), info=info, stamped=stamp.instant
        )
    return EquipmentReported(
        at=context.now,
        component=component["name"],
        variable=variable,
        value=item["actualValue"],
        connector=place,
        trigger=item["trigger"],
        cleared=item.get("cleared", False),
        code=item.get("techCode", ""),
        info=item.get("techInfo", ""),
        severity=item.get("severity"),
        stamped=stamp.instant,
    )


def uploading(payload: dict[str, Any], context: Context) -> Decoded:
    """Use case N01."""
    return Decoded(_EMPTY, (ProgressReported(at=context.now, work=Work.DIAGNOSTICS, status=payload["status"]),))


def installing(payload: dict[str, Any], context: Context) -> Decoded:
    """Use cases L01 and L02."""
    return Decoded(_EMPTY, (ProgressReported(at=context.now, work=Work.FIRMWARE, status=payload["status"]),))


def security_event(payload: dict[str, Any], context: Context) -> Decoded:
    """Use case A04: the words differ between editions, so any is taken."""
    stamp = read_stamp(payload["timestamp"], context.now)
    seen = SecurityReported(at=context.now, event=payload["type"], info=payload.get("techInfo", ""), stamped=stamp.instant)
    return Decoded(_EMPTY, (seen, *stamp.backlog(context.now)), durable=True, quirks=stamp.quirks)


def vat_number(payload: dict[str, Any], _context: Context) -> Decoded:
    """Use case C25 (2.1): no number can be checked here."""
    return Decoded({"status": "Rejected", "vatNumber": payload["vatNumber"]})


def chain_status(payload: dict[str, Any], context: Context) -> Decoded:
    """Use case M06 (2.1): nothing is known of any certificate; the answer says so for each that was asked about."""
    until = write_instant(context.now)
    answers = [
        {"certificateHashData": one["certificateHashData"], "source": one["source"], "status": "Failed", "nextUpdate": until}
        for one in payload["certificateStatusRequests"]
    ]
    return Decoded({"certificateStatus": answers})


def saying(answer: dict[str, Any]) -> Decode:
    """Return a function that gives `answer` and takes the message as a mere sign of life."""
    decoded = Decoded(answer)

    def take(_payload: dict[str, Any], _context: Context) -> Decoded:
        return decoded

    return take


def all_saying(answer: dict[str, Any], actions: Iterable[str]) -> dict[str, Decode]:
    """Return a table in which each of `actions` is answered by `answer`."""
    take = saying(answer)
    return dict.fromkeys(actions, take)
