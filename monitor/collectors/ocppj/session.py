"""One station's socket, without the socket: a frame in, a reply out. Everything that a frame may cause passes here.

`handle` never raises and never waits. A message that is invalid but readable still counts as life, is answered with the error
that its version prescribes, and is counted (OCPP-J 1.6 §4.2.3). Which action means what stands in `monitor.decode`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec
import structlog

from monitor.core.observations import ConnectorReported, Observation
from monitor.decode.claims import OutOfRangeError
from monitor.decode.dialect import Context, Fault
from monitor.decode.frames import Answer, Call, Foreign, Unreadable, read_frame, write_error, write_result

if TYPE_CHECKING:
    from collections import Counter as Tally
    from datetime import datetime

    from monitor.collectors.ocppj.schemas import Schemas
    from monitor.core.ids import StationId
    from monitor.decode.dialect import Counter, Decoded, Dialect
    from monitor.runtime.intake import Slot

log = structlog.get_logger("ocppj")

MOST_SAID: Final = 128
"""Connectors whose last status a socket remembers; a station that names more is remembered from the start."""
OTHER: Final = "other"
"""Action under which messages with an action that the version does not have are counted."""


class Reply(msgspec.Struct, frozen=True):
    """What to do about a frame.

    `payload` is the text to send, ``None`` for nothing; `observations` go to the intake; with `after_commit` the payload is
    sent only when what they changed is stored, else the answer of `not_stored` to the message `id`.
    """

    payload: bytes | None
    observations: tuple[Observation, ...] = ()
    after_commit: bool = False
    id: str = ""


_SILENCE: Final = Reply(None)


@dataclass(slots=True, kw_only=True)
class Desk:
    """What all sessions of one dialect share: its table, its schemas, and who answers."""

    dialect: Dialect
    schemas: Schemas
    counter: Counter
    messages: Tally[tuple[str, str]]


class Session:
    """What a socket remembers: whose it is, and what its connectors last said, so that an equal status is mere liveness."""

    __slots__ = ("desk", "epoch", "heartbeat_s", "said", "slot", "station")

    def __init__(self, desk: Desk, station: StationId, slot: Slot, *, heartbeat_s: int, epoch: int) -> None:
        """Serve `station`, whose sign of life is `slot`, giving it `heartbeat_s` at its Boot."""
        self.desk = desk
        self.station = station
        self.slot = slot
        self.heartbeat_s = heartbeat_s
        self.epoch = epoch
        self.said: dict[str, tuple[str, str, str, str]] | None = None


def handle(session: Session, text: str, now: datetime) -> Reply:
    """Take one text message that arrived at `now`."""
    session.slot.last_seen = now
    frame = read_frame(text)
    match frame:
        case Call():
            return _call(session, frame, now)
        case Answer():
            session.desk.messages[session.desk.dialect.protocol, "answer"] += 1
            return _SILENCE
        case Foreign():
            session.slot.invalid += 1
            session.desk.messages[session.desk.dialect.protocol, OTHER] += 1
            if session.desk.dialect.ignores_foreign:
                return _SILENCE
            return Reply(_refuse(session, frame.id, Fault.UNREADABLE, f"message type {frame.type} is not known"))
        case Unreadable():
            session.slot.invalid += 1
            session.desk.messages[session.desk.dialect.protocol, OTHER] += 1
            return Reply(_refuse(session, frame.id, Fault.UNREADABLE, frame.why))


def _call(session: Session, call: Call, now: datetime) -> Reply:
    desk = session.desk
    dialect = desk.dialect
    decode = dialect.actions.get(call.action)
    if decode is None:
        session.slot.invalid += 1
        desk.messages[dialect.protocol, OTHER] += 1
        known = call.action in dialect.recognised
        fault = Fault.UNSUPPORTED_ACTION if known else Fault.UNKNOWN_ACTION
        return Reply(_refuse(session, call.id, fault, f"{call.action[:50]} is not served here"))
    desk.messages[dialect.protocol, call.action] += 1
    try:
        if not desk.schemas.is_valid[call.action](call.payload):
            session.slot.invalid += 1
            return Reply(_refuse(session, call.id, *desk.schemas.fault(call.action, call.payload)))
        decoded = decode(call.payload, Context(now, session.heartbeat_s, desk.counter))
    except OutOfRangeError as error:
        session.slot.invalid += 1
        return Reply(_refuse(session, call.id, Fault.PROPERTY, str(error)))
    except Exception:  # one message must never take the socket of its station with it
        log.exception("a valid message could not be decoded", action=call.action, station=session.station)
        return Reply(_refuse(session, call.id, Fault.INTERNAL, "the message could not be taken"))
    return _reply(session, call.id, decoded)


def _reply(session: Session, identifier: str, decoded: Decoded) -> Reply:
    payload = write_result(identifier, decoded.payload)
    observations = decoded.observations
    if not observations:
        return Reply(payload)
    first = observations[0]
    if type(first) is ConnectorReported and _is_repetition(session, first):
        return Reply(payload)
    if not decoded.durable:
        return Reply(payload, observations)
    return Reply(payload, observations, True, identifier)  # noqa: FBT003  (keywords cost a microsecond here)


def not_stored(session: Session, reply: Reply) -> bytes:
    """Return what is answered instead of `reply` when its observations could not be stored."""
    return _refuse(session, reply.id, Fault.INTERNAL, "the message could not be stored, send it again")


def stored(session: Session, reply: Reply) -> None:
    """Remember what a connector said, now that it is stored: only then is the same again mere liveness."""
    first = reply.observations[0]
    if type(first) is not ConnectorReported:
        return
    if session.said is None or len(session.said) >= MOST_SAID:
        session.said = {}
    session.said[first.connector] = _words(first)


def _is_repetition(session: Session, seen: ConnectorReported) -> bool:
    """Say whether the connector said the same before, on this socket, and it is stored."""
    return session.said is not None and session.said.get(seen.connector) == _words(seen)


def _words(seen: ConnectorReported) -> tuple[str, str, str, str]:
    return (seen.status.value, seen.error, seen.info, seen.vendor_error)


def _refuse(session: Session, identifier: str, fault: Fault, why: str) -> bytes:
    return write_error(identifier, session.desk.dialect.codes[fault], _plain(why))


def _plain(text: Any) -> str:  # noqa: ANN401  (whatever a description was made of)
    return "".join(letter if letter.isprintable() else "?" for letter in str(text))
