"""One station's conversation, without its wire: a request in, a reply out. Everything that a request may cause passes here.

`take` never raises and never waits. A request that is invalid but readable is answered with the error that its version prescribes,
and is counted (OCPP-J 1.6 §4.2.3); what can be understood of it is taken (`monitor.decode.mending`). Which action means what stands
in `monitor.decode`; what a make does otherwise is noted as a quirk, once a session. How an answer is written is the wire's own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec
import structlog

from monitor.core.observations import Booted, ConnectorReported, Observation, QuirkSeen
from monitor.core.quirks import Quirk
from monitor.decode.claims import OutOfRangeError
from monitor.decode.dialect import Context, Fault
from monitor.decode.mending import Mended
from monitor.desk.repeats import ONCE, Replies
from monitor.runtime.trace import Trace

if TYPE_CHECKING:
    from collections import Counter as Tally
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from monitor.core.ids import StationId
    from monitor.core.registry import Station
    from monitor.decode.dialect import Counter, Decode, Decoded, Dialect
    from monitor.decode.frames import Answer, Call
    from monitor.desk.schemas import Schemas
    from monitor.runtime.intake import Intake, Slot
    from monitor.runtime.ports import HealthView

log = structlog.get_logger("desk")

MOST_SAID: Final = 128
"""Connectors whose last status, and transactions whose last number a session remembers."""
DETAIL_LENGTH: Final = 80
OTHER: Final = "other"
"""Action under which messages with an action that the version does not have are counted."""


class Reply(msgspec.Struct, frozen=True):
    """What to do about a message.

    `payload` is the text to send, ``None`` for nothing; `observations` go to the intake; with `after_commit` the payload is
    sent only when what they changed is stored, else the answer of `not_stored` to the message `id`.
    """

    payload: bytes | None
    observations: tuple[Observation, ...] = ()
    after_commit: bool = False
    id: str = ""


class Wire(Protocol):
    """How answers are written."""

    def result(self, call: Call, payload: Mapping[str, Any]) -> bytes:
        """Return the answer to `call`."""
        ...

    def error(self, identifier: str, code: str, why: str) -> bytes:
        """Return the refusal of the message `identifier`; `code` is the dialect's, `why` a few printable words."""
        ...


@dataclass(slots=True, kw_only=True)
class Desk:
    """What all sessions of one dialect share: table, schemas, wire, who answers, what was answered, how stations are.

    `beside_others`: somebody else answers these stations, and numbers their transactions.
    """

    dialect: Dialect
    schemas: Schemas
    wire: Wire
    counter: Counter
    messages: Tally[tuple[str, str]]
    view: HealthView
    replies: Replies = field(default_factory=Replies)
    beside_others: bool = False

    def beside(self, counter: Counter, wire: Wire) -> Desk:
        """Return a desk for stations that somebody else answers, as `counter` and `wire` tell: the same table, nothing shared."""
        return Desk(
            dialect=self.dialect,
            schemas=self.schemas,
            wire=wire,
            counter=counter,
            messages=self.messages,
            view=self.view,
            beside_others=True,
        )


class Session:
    """What a line remembers: whose it is, what its connectors last said, so that an equal status is mere liveness, its quirks.

    `said` is by connector what it said last, in words once that is stored.
    `booted` says that the station ever registered; `registering` is the id of a boot that waits for its answer; `asked` the id
    of a request of ours that only asks for life; `answered` is called with every other answer and says whether it was waited for.
    """

    __slots__ = (
        *("answered", "asked", "booted", "desk", "epoch", "heartbeat_s", "numbers", "quirks", "registering", "said", "slot"),
        *("station", "trace"),
    )

    def __init__(  # noqa: PLR0913  (what it remembers from its first moment)
        self, desk: Desk, station: StationId, slot: Slot, trace: Trace, *, heartbeat_s: int, epoch: int, booted: bool = False
    ) -> None:
        """Serve `station`, whose sign of life is `slot`, giving it `heartbeat_s` at its Boot."""
        self.desk = desk
        self.station = station
        self.slot = slot
        self.trace = trace
        self.heartbeat_s = heartbeat_s
        self.epoch = epoch
        self.booted = booted
        self.registering = ""
        self.asked = ""
        self.answered: Callable[[Answer], bool] | None = None
        self.quirks: set[Quirk] | None = None
        self.numbers: dict[str, int] | None = None
        self.said: dict[str, tuple[str, str, str, str] | ConnectorReported] | None = None

    @classmethod
    def begin(cls, desk: Desk, station: Station, intake: Intake, *, heartbeat_s: int, epoch: int = 0) -> Session:
        """Begin to serve `station`, whose sign of life is in `intake`; `heartbeat_s` is for one without an interval of its own."""
        slot = intake.slot(station.id)
        if slot.trace is None:
            slot.trace = Trace()
        booted = desk.view.health(station.id).boot is not None
        return cls(desk, station.id, slot, slot.trace, heartbeat_s=station.heartbeat_s or heartbeat_s, epoch=epoch, booted=booted)

    def transaction(self, connector: str, stamped: datetime | None, meter_wh: int | None) -> str | None:
        """Return the number of an open transaction that began just so: its station asks again after it lost our answer.

        This survives a restart of ours, unlike `Desk.replies`, for the session is part of the station's state.
        """
        if stamped is None or self.desk.beside_others:
            return None
        return next(
            (
                one.session.transaction
                for one in self.desk.view.health(self.station).connectors
                if one.session is not None
                and (one.connector, one.session.stamped, one.session.meter_wh) == (connector, stamped, meter_wh)
            ),
            None,
        )

    def expected(self, transaction: str, number: int, *, last: bool) -> int:
        """Return the number that this message of `transaction` should have had (OCPP 2.0.1 part 2, E01), by those before it."""
        if self.numbers is None:
            self.numbers = {}
        before = self.numbers.pop(transaction, None)
        if not last:
            if len(self.numbers) >= MOST_SAID:
                del self.numbers[next(iter(self.numbers))]
            self.numbers[transaction] = number if before is None else max(before, number)
        return number if before is None else before + 1


def quirk(session: Session, seen: Quirk, detail: str, now: datetime) -> tuple[QuirkSeen, ...]:
    """Return what to tell the model of a quirk, nothing when this session has shown it before."""
    if session.quirks is None:
        session.quirks = set()
    if seen in session.quirks:
        return ()
    session.quirks.add(seen)
    return (QuirkSeen(at=now, quirk=seen, detail=_plain(detail[:DETAIL_LENGTH])),)


def take(session: Session, call: Call, text: str, now: datetime) -> Reply:
    """Take one request of the station, that arrived as `text` at `now`."""
    desk = session.desk
    dialect = desk.dialect
    decode = dialect.actions.get(call.action)
    if decode is None:
        session.slot.invalid += 1
        desk.messages[dialect.protocol, OTHER] += 1
        known = call.action in dialect.recognised
        fault = Fault.UNSUPPORTED_ACTION if known else Fault.UNKNOWN_ACTION
        return Reply(refuse(session, call.id, fault, f"{call.action[:50]} is not served here"))
    desk.messages[dialect.protocol, call.action] += 1
    repeated = desk.replies.find(session.station, call.id, text)
    if repeated is not None:
        return Reply(repeated, quirk(session, Quirk.REPEATED_ID, call.action, now), after_commit=True, id=call.id)
    try:
        if desk.schemas.is_valid[call.action](call.payload):
            reply = _reply(session, call, decode(call.payload, Context(now, session.heartbeat_s, desk.counter, session)), now)
        else:
            session.slot.invalid += 1
            reply = _mended(session, call, decode, now)
    except OutOfRangeError as error:
        session.slot.invalid += 1
        return Reply(refuse(session, call.id, Fault.PROPERTY, str(error)))
    except Exception:  # one message must never take the socket of its station with it
        log.exception("a valid message could not be decoded", action=call.action, station=session.station)
        return Reply(refuse(session, call.id, Fault.INTERNAL, "the message could not be taken"))
    if not session.booted or session.registering:
        reply = _registering(session, call, reply, now)
    if reply.after_commit and type(reply.observations[0]) in ONCE and reply.payload is not None:
        desk.replies.keep(session.station, call.id, text, reply.payload)
    return reply


def _mended(session: Session, call: Call, decode: Decode, now: datetime) -> Reply:
    """Take what can be understood of a payload that its schema does not allow."""
    desk = session.desk
    mended = desk.schemas.mend(call.action, call.payload)
    if not isinstance(mended, Mended):
        return Reply(refuse(session, call.id, *mended))
    reply = _reply(session, call, decode(mended.payload, Context(now, session.heartbeat_s, desk.counter, session)), now)
    seen = [one for kind, detail in mended.quirks for one in quirk(session, kind, f"{call.action}: {detail}", now)]
    payload = reply.payload if mended.fault is None else refuse(session, call.id, *mended.fault)
    return Reply(payload, (*reply.observations, *seen), reply.after_commit, reply.id)


def _registering(session: Session, call: Call, reply: Reply, now: datetime) -> Reply:
    """Note a station that speaks before it is registered, or before it is told that it is (OCPP 1.6 §4.2)."""
    if call.action == session.desk.dialect.boot:
        if reply.after_commit:
            session.booted, session.registering = True, call.id
        return reply
    seen = quirk(session, Quirk.EARLY_FRAME if session.registering else Quirk.NO_BOOT, call.action, now)
    return Reply(reply.payload, (*reply.observations, *seen), reply.after_commit, reply.id)


def _reply(session: Session, call: Call, decoded: Decoded, now: datetime) -> Reply:
    payload = session.desk.wire.result(call, decoded.payload)
    observations = decoded.observations
    if decoded.quirks:
        observations += tuple(one for kind, detail in decoded.quirks for one in quirk(session, kind, detail, now))
    if not observations:
        return Reply(payload)
    if session.slot.watch is not None:
        session.slot.watch(observations)
    first = observations[0]
    if type(first) is ConnectorReported and _is_repetition(session, first):
        return Reply(payload, observations[1:])
    if not decoded.durable:
        return Reply(payload, observations)
    return Reply(payload, observations, True, call.id)  # noqa: FBT003  (keywords cost a microsecond here)


def not_stored(session: Session, reply: Reply) -> bytes:
    """Return what is answered instead of `reply` when its observations could not be stored."""
    session.desk.replies.forget(session.station, reply.id)
    return refuse(session, reply.id, Fault.INTERNAL, "the message could not be stored, send it again")


def stored(session: Session, reply: Reply) -> None:
    """Remember that what a connector said last is stored: only then is the same again mere liveness."""
    first = reply.observations[0] if reply.observations else None
    if type(first) is not ConnectorReported:
        if type(first) is Booted and session.registering == reply.id:
            session.registering = ""
        return
    if session.said is not None and session.said.get(first.connector) is first:
        session.said[first.connector] = _words(first)


def _is_repetition(session: Session, seen: ConnectorReported) -> bool:
    """Say whether the connector said the same last, in this session, and it is stored; else remember that it says this now."""
    said = session.said
    if said is not None and said.get(seen.connector) == _words(seen):
        return True
    if said is None or len(said) >= MOST_SAID:
        said = session.said = {}
    said[seen.connector] = seen
    return False


def _words(seen: ConnectorReported) -> tuple[str, str, str, str]:
    return (seen.status, seen.error, seen.info, seen.vendor_error)


def refuse(session: Session, identifier: str, fault: Fault, why: str) -> bytes:
    """Return the refusal of the message `identifier`, in the words of its version."""
    return session.desk.wire.error(identifier, session.desk.dialect.codes[fault], _plain(why))


def _plain(text: Any) -> str:  # noqa: ANN401  (whatever a description was made of)
    return "".join(letter if letter.isprintable() else "?" for letter in str(text))
