"""What stations of OCPP 1.5 and 1.6 initiate: the meaning of each action, shared by the tables of both.

Clauses are those of OCPP 1.6 edition 2; 1.5 says the same under the same names but for the Boot's interval and the meter values,
which their tables bring.
"""

from __future__ import annotations

from typing import Any, Final

from monitor.core.observations import (
    Booted,
    ConnectorReported,
    Metered,
    ProgressReported,
    SecurityReported,
    SessionEnded,
    SessionStarted,
    Status,
    Work,
)
from monitor.decode.claims import (
    MOST,
    MOST_CONNECTORS,
    oldest_of,
    read_energy,
    read_register,
    read_stamp,
    read_whole,
    write_instant,
)
from monitor.decode.dialect import Authorization, Context, Decoded
from monitor.decode.status_map import read_error, read_status

_EMPTY: Final[dict[str, Any]] = {}


def boot(payload: dict[str, Any], context: Context, interval: str) -> Decoded:
    """§4.2; the serial of the charge point wins over the deprecated one of the charge box. `interval` names its field."""
    answer = {"currentTime": write_instant(context.now), interval: context.heartbeat_s, "status": "Accepted"}
    booted = Booted(
        at=context.now,
        interval_s=context.heartbeat_s,
        vendor=payload["chargePointVendor"],
        model=payload["chargePointModel"],
        serial=payload.get("chargePointSerialNumber") or payload.get("chargeBoxSerialNumber") or "",
        firmware=payload.get("firmwareVersion", ""),
        iccid=payload.get("iccid", ""),
        imsi=payload.get("imsi", ""),
    )
    return Decoded(answer, (booted,), durable=True)


def heartbeat(_payload: dict[str, Any], context: Context) -> Decoded:
    """§4.6."""
    return Decoded({"currentTime": write_instant(context.now)})


def status(payload: dict[str, Any], context: Context) -> Decoded:
    """§4.9; the station's own time is kept as a claim and orders nothing. An unknown word is kept where people read it."""
    stamp = read_stamp(payload.get("timestamp"), context.now, prompt=True)
    word = payload["status"]
    known = read_status(word)
    reported = ConnectorReported(
        at=context.now,
        connector=str(read_whole(payload, "connectorId", 0, MOST_CONNECTORS)),
        status=known,
        error=read_error(payload["errorCode"]),
        info=payload.get("info", "") or (word if known is Status.UNKNOWN else ""),
        vendor_error=payload.get("vendorErrorCode", ""),
        stamped=stamp.instant,
    )
    return Decoded(_EMPTY, (reported,), True, stamp.quirks)  # noqa: FBT003  (keywords cost a microsecond here)


def authorize(payload: dict[str, Any], context: Context) -> Decoded:
    """§4.1."""
    return Decoded({"idTagInfo": {"status": context.counter.authorize(payload["idTag"])}})


def start(payload: dict[str, Any], context: Context) -> Decoded:
    """§4.8; a refused card still gets a transaction number, and the station stops by itself (StopTransactionOnInvalidId)."""
    connector = str(read_whole(payload, "connectorId", 0, MOST_CONNECTORS))
    meter_wh = read_register(payload["meterStart"])
    stamp = read_stamp(payload["timestamp"], context.now)
    verdict = context.counter.authorize(payload["idTag"])
    known = context.known.transaction(connector, stamp.instant, meter_wh)
    transaction = known or str(context.counter.next_transaction())
    answer = {"transactionId": int(transaction), "idTagInfo": {"status": verdict}}
    if verdict is not Authorization.ACCEPTED:
        return Decoded(answer, stamp.backlog(context.now), durable=True, quirks=stamp.quirks)
    started = SessionStarted(at=context.now, connector=connector, transaction=transaction, stamped=stamp.instant, meter_wh=meter_wh)
    return Decoded(answer, (started,), durable=True, quirks=stamp.quirks)


def stop(payload: dict[str, Any], context: Context) -> Decoded:
    """§4.10; always accepted: refused, it would be sent again for ever. A number that we never gave ends nothing."""
    stamp = read_stamp(payload["timestamp"], context.now)
    answer = {"idTagInfo": {"status": Authorization.ACCEPTED}} if "idTag" in payload else _EMPTY
    transaction = payload["transactionId"]
    if not -MOST <= transaction <= MOST:
        return Decoded(answer, stamp.backlog(context.now), quirks=stamp.quirks)
    stopped = SessionEnded(
        at=context.now,
        transaction=str(transaction),
        stamped=stamp.instant,
        meter_wh=read_register(payload["meterStop"]),
        reason=payload.get("reason", ""),
    )
    return Decoded(answer, (stopped,), durable=True, quirks=stamp.quirks)


def meter(payload: dict[str, Any], context: Context, values: str, *samples: str) -> Decoded:
    """§4.7; `values` names the list of values, `samples` the readings in one of them, as versions and drafts have it.

    Old values prove that the station lived while it was cut off, and so does a register that rose meanwhile.
    """
    told = payload.get(values, ())
    backlog, quirks = oldest_of([read_stamp(value.get("timestamp"), context.now) for value in told], context.now)
    if backlog or not told:
        return Decoded(_EMPTY, backlog, durable=bool(backlog), quirks=quirks)
    meter_wh = read_energy(next((told[-1][name] for name in samples if name in told[-1]), None))
    connector, transaction = payload["connectorId"], payload.get("transactionId", 0)
    if meter_wh is None or not (0 <= connector <= MOST_CONNECTORS and -MOST <= transaction <= MOST):
        return Decoded(_EMPTY, quirks=quirks)
    place = str(transaction) if transaction else ""
    metered = Metered(at=context.now, meter_wh=meter_wh, transaction=place, connector=str(connector))
    return Decoded(_EMPTY, (metered,), quirks=quirks)


def uploading(payload: dict[str, Any], context: Context) -> Decoded:
    """§4.4, and LogStatusNotification of the security extension."""
    return Decoded(_EMPTY, (ProgressReported(at=context.now, work=Work.DIAGNOSTICS, status=payload["status"]),))


def installing(payload: dict[str, Any], context: Context) -> Decoded:
    """§4.5, and SignedFirmwareStatusNotification of the security extension."""
    return Decoded(_EMPTY, (ProgressReported(at=context.now, work=Work.FIRMWARE, status=payload["status"]),))


def data_transfer(_payload: dict[str, Any], _context: Context) -> Decoded:
    """§4.3: no vendor's extension is known here."""
    return Decoded({"status": "UnknownVendorId"})


def security_event(payload: dict[str, Any], context: Context) -> Decoded:
    """Security whitepaper edition 3 §5.15: the words differ between editions, so any is taken."""
    stamp = read_stamp(payload["timestamp"], context.now)
    seen = SecurityReported(at=context.now, event=payload["type"], info=payload.get("techInfo", ""), stamped=stamp.instant)
    return Decoded(_EMPTY, (seen, *stamp.backlog(context.now)), durable=True, quirks=stamp.quirks)


def sign_certificate(_payload: dict[str, Any], _context: Context) -> Decoded:
    """Security whitepaper edition 3 §5.17: there is no certificate authority here."""
    return Decoded({"status": "Rejected"})
