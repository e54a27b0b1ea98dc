"""What is said between a station and its platform, taken as if it had been said to us; the answers are the platform's.

What a request means often stands in its answer (the number of a transaction, whether a boot was accepted): such a request is taken
when the answer comes. Whatever goes wrong here is counted and raised to nobody.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

import structlog

from monitor.decode.dialect import Authorization
from monitor.decode.frames import Answer, Call, read_frame
from monitor.desk.session import stored, take

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from monitor.desk.session import Session
    from monitor.runtime.intake import Intake

log = structlog.get_logger("tap")

LATER: Final = frozenset({"BootNotification", "StartTransaction", "TransactionEvent"})
"""Actions whose meaning is in their answer."""
MOST_INTERVAL_S: Final = 10_000_000
MOST_CALLS: Final = 64
"""Requests of a station whose answers are waited for."""
BEAT: Final = "Heartbeat"


class Unsaid:
    """A wire on which nothing is said: the platform answers."""

    def result(self, _call: Call, _payload: Mapping[str, Any]) -> bytes:
        """Return nothing."""
        return b""

    def error(self, _identifier: str, _code: str, _why: str) -> bytes:
        """Return nothing."""
        return b""


class PlatformCounter:
    """`monitor.decode.dialect.Counter` by what the platform answered to the request that is being taken."""

    def __init__(self) -> None:
        """Begin without an answer."""
        self.answer: Mapping[str, Any] = {}

    def authorize(self, _id_tag: str) -> Authorization:
        """Return what the platform said of the card; where it said nothing, it was accepted."""
        told = self.answer.get("idTagInfo") or self.answer.get("idTokenInfo") or {}
        status = told.get("status", Authorization.ACCEPTED) if isinstance(told, dict) else Authorization.ACCEPTED
        return Authorization(status) if status in set(Authorization) else Authorization.INVALID

    def next_transaction(self) -> int:
        """Return the number that the platform gave."""
        return int(self.answer.get("transactionId", 0))


class Watcher:
    """Looks at what has passed: requests of the station as the desk takes them, with what the platform answered."""

    def __init__(self, intake: Intake, session: Session, counter: PlatformCounter, counts: Counter[str]) -> None:
        """Tell the model, through `intake`, what is said in `session`; `counter` is its desk's; `counts` is whose listens."""
        self._counts = counts
        self._failed = False
        self._intake = intake
        self._session = session
        self._counter = counter
        self._pending: OrderedDict[str, tuple[Call, str]] = OrderedDict()

    def from_station(self, text: str, now: datetime) -> None:
        """Look at a frame of the station."""
        self._guarded(self._station_said, text, now)

    def from_platform(self, text: str, now: datetime) -> None:
        """Look at a frame of the platform."""
        self._guarded(self._platform_said, text, now)

    def _guarded(self, look: Callable[[str, datetime], None], text: str, now: datetime) -> None:
        try:
            look(text, now)
        except Exception:  # whatever is wrong with our looking, the frames flow
            self._counts["unobserved"] += 1
            if not self._failed:
                self._failed = True
                log.exception("a frame that passed could not be looked at", station=self._session.station)

    def _station_said(self, text: str, now: datetime) -> None:
        session = self._session
        frame = read_frame(text)
        if type(frame) is Call and frame.action == BEAT and session.booted:
            session.slot.beat_at = now
            session.trace.heard(now, text, beat=True)
            session.desk.messages[session.desk.dialect.protocol, BEAT] += 1
            return
        session.trace.heard(now, text)
        if type(frame) is Call and frame.action in LATER:
            self._pending[frame.id] = (frame, text)
            if len(self._pending) > MOST_CALLS:
                self._pending.popitem(last=False)
        elif type(frame) is Call:
            self._counter.answer = {}
            self._take(frame, text, now)

    def _platform_said(self, text: str, now: datetime) -> None:
        session = self._session
        session.trace.said(now, text)
        if not self._pending:
            return
        frame = read_frame(text)
        if type(frame) is not Answer:
            return
        pending = self._pending.pop(frame.id, None)
        if pending is None or not isinstance(frame.payload, dict):
            return
        call, said = pending
        if call.action == session.desk.dialect.boot:
            if frame.payload.get("status") != "Accepted":
                return
            interval = frame.payload.get("interval", frame.payload.get("heartbeatInterval"))
            session.heartbeat_s = interval if type(interval) is int and 0 < interval < MOST_INTERVAL_S else session.heartbeat_s
        self._counter.answer = frame.payload
        self._take(call, said, now)

    def _take(self, call: Call, text: str, now: datetime) -> None:
        """Have the desk take a request whose answer was the platform's; what the desk would have said is not said.

        Nobody waits for our storing it, and a judgement is stored sooner or later: so it counts as stored at once.
        """
        intake, session = self._intake, self._session
        reply = take(session, call, text, now)
        if not reply.observations:
            return
        if intake.full:
            self._counts["shed"] += 1
            return
        intake.put(session.station, reply.observations, urgent=not reply.after_commit)
        if reply.after_commit:
            stored(session, reply)
