"""OCPP-J 1.6: what each station-initiated action means and how it is answered (OCPP 1.6 edition 2 §4, OCPP-J 1.6 §4.2.3)."""

from __future__ import annotations

from typing import Any, Final

from monitor.core.observations import Backlog, Booted, ConnectorReported, Observation, SessionEnded, SessionStarted
from monitor.decode.claims import read_instant, read_whole, was_queued, write_instant
from monitor.decode.dialect import Authorization, Context, Decoded, Dialect, Fault
from monitor.decode.status_map import read_error, read_status

MOST_CONNECTORS: Final = 10_000
MOST: Final = 2**53
"""Largest whole number that every JSON reader takes exactly (RFC 8259 §6)."""
_EMPTY: Final[dict[str, Any]] = {}


def _boot(payload: dict[str, Any], context: Context) -> Decoded:
    """§4.2; the serial of the charge point wins over the deprecated one of the charge box."""
    answer = {"currentTime": write_instant(context.now), "interval": context.heartbeat_s, "status": "Accepted"}
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


def _heartbeat(_payload: dict[str, Any], context: Context) -> Decoded:
    """§4.6."""
    return Decoded({"currentTime": write_instant(context.now)})


def _status(payload: dict[str, Any], context: Context) -> Decoded:
    """§4.9; the station's own time is kept as a claim and orders nothing."""
    reported = ConnectorReported(
        at=context.now,
        connector=str(read_whole(payload, "connectorId", 0, MOST_CONNECTORS)),
        status=read_status(payload["status"]),
        error=read_error(payload["errorCode"]),
        info=payload.get("info", ""),
        vendor_error=payload.get("vendorErrorCode", ""),
        stamped=read_instant(payload.get("timestamp")),
    )
    return Decoded(_EMPTY, (reported,), durable=True)


def _authorize(payload: dict[str, Any], context: Context) -> Decoded:
    """§4.1."""
    return Decoded({"idTagInfo": {"status": context.counter.authorize(payload["idTag"])}})


def _start(payload: dict[str, Any], context: Context) -> Decoded:
    """§4.8; a refused card still gets a transaction number, and the station stops by itself (StopTransactionOnInvalidId)."""
    connector = str(read_whole(payload, "connectorId", 0, MOST_CONNECTORS))
    meter_wh = read_whole(payload, "meterStart", -MOST, MOST)
    status = context.counter.authorize(payload["idTag"])
    transaction = context.counter.next_transaction()
    answer = {"transactionId": transaction, "idTagInfo": {"status": status}}
    if status is not Authorization.ACCEPTED:
        return Decoded(answer, _queued(payload.get("timestamp"), context), durable=True)
    started = SessionStarted(
        at=context.now,
        connector=connector,
        transaction=str(transaction),
        stamped=read_instant(payload["timestamp"]),
        meter_wh=meter_wh,
    )
    return Decoded(answer, (started,), durable=True)


def _stop(payload: dict[str, Any], context: Context) -> Decoded:
    """§4.10; always accepted: it cannot be refused, only be left to be sent again for ever."""
    stopped = SessionEnded(
        at=context.now,
        transaction=str(read_whole(payload, "transactionId", -MOST, MOST)),
        stamped=read_instant(payload["timestamp"]),
        meter_wh=read_whole(payload, "meterStop", -MOST, MOST),
        reason=payload.get("reason", ""),
    )
    answer = {"idTagInfo": {"status": Authorization.ACCEPTED}} if "idTag" in payload else _EMPTY
    return Decoded(answer, (stopped,), durable=True)


def _meter(payload: dict[str, Any], context: Context) -> Decoded:
    """§4.7; the values are not ours to keep, but old ones prove that the station lived while it was cut off."""
    stamps = (read_instant(value.get("timestamp")) for value in payload["meterValue"])
    oldest = min((stamp for stamp in stamps if stamp is not None), default=None)
    if oldest is None or not was_queued(oldest, context.now):
        return Decoded(_EMPTY)
    return Decoded(_EMPTY, (Backlog(at=context.now, generated_at=oldest),), durable=True)


def _queued(stamp: Any, context: Context) -> tuple[Observation, ...]:  # noqa: ANN401  (a claim can be anything)
    made_at = read_instant(stamp)
    return (Backlog(at=context.now, generated_at=made_at),) if made_at is not None and was_queued(made_at, context.now) else ()


def _noted(_payload: dict[str, Any], _context: Context) -> Decoded:
    """§4.4, §4.5: progress of something that somebody else asked for."""
    return Decoded(_EMPTY)


def _data_transfer(_payload: dict[str, Any], _context: Context) -> Decoded:
    """§4.3: no vendor's extension is known here."""
    return Decoded({"status": "UnknownVendorId"})


V16: Final = Dialect(
    subprotocol="ocpp1.6",
    protocol="1.6",
    actions={
        "Authorize": _authorize,
        "BootNotification": _boot,
        "DataTransfer": _data_transfer,
        "DiagnosticsStatusNotification": _noted,
        "FirmwareStatusNotification": _noted,
        "Heartbeat": _heartbeat,
        "MeterValues": _meter,
        "StartTransaction": _start,
        "StatusNotification": _status,
        "StopTransaction": _stop,
    },
    recognised=frozenset(
        {
            *("CancelReservation", "ChangeAvailability", "ChangeConfiguration", "ClearCache", "ClearChargingProfile"),
            *("GetCompositeSchedule", "GetConfiguration", "GetDiagnostics", "GetLocalListVersion", "RemoteStartTransaction"),
            *("RemoteStopTransaction", "ReserveNow", "Reset", "SendLocalList", "SetChargingProfile", "TriggerMessage"),
            *("UnlockConnector", "UpdateFirmware", "LogStatusNotification", "SecurityEventNotification"),
            *("SignCertificate", "SignedFirmwareStatusNotification"),
        }
    ),
    codes={
        Fault.UNREADABLE: "FormationViolation",
        Fault.UNKNOWN_ACTION: "NotImplemented",
        Fault.UNSUPPORTED_ACTION: "NotSupported",
        Fault.FORMATION: "FormationViolation",
        Fault.PROPERTY: "PropertyConstraintViolation",
        Fault.OCCURRENCE: "OccurenceConstraintViolation",
        Fault.TYPE: "TypeConstraintViolation",
        Fault.INTERNAL: "InternalError",
    },
    ignores_foreign=True,
)
"""OCPP-J 1.6. `OccurenceConstraintViolation` is the specification's own spelling."""
