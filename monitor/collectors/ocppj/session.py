"""One station's socket, without the socket: a frame in, a reply out.

`handle` never raises and never waits. What cannot be read still counts as life, is answered with the error that its version
prescribes, and is counted (OCPP-J 1.6 §4.2.3); a request goes to the desk, an answer to who asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import structlog

from monitor.core.quirks import Quirk
from monitor.decode.dialect import Fault
from monitor.decode.frames import Answer, Call, Foreign, Unreadable, read_frame, write_call, write_error, write_result
from monitor.desk.session import OTHER, Reply, quirk, refuse, take

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from monitor.desk.session import Session

BEAT: Final = "Heartbeat"
ANSWER: Final = "answer"
UNASKED: Final = "unasked answer"
"""Actions under which answers are counted."""
log = structlog.get_logger("field")

_SILENCE: Final = Reply(None)
_REFUSALS: Final = frozenset({"NotImplemented", "NotSupported"})


class Frames:
    """OCPP-J as a wire of the desk."""

    def result(self, call: Call, payload: Mapping[str, Any]) -> bytes:
        """Return a CALLRESULT."""
        return write_result(call.id, payload)

    def error(self, identifier: str, code: str, why: str) -> bytes:
        """Return a CALLERROR."""
        return write_error(identifier, code, why)


def handle(session: Session, text: str, now: datetime) -> Reply:
    """Take one text message that arrived at `now`."""
    session.slot.last_seen = now
    frame = read_frame(text)
    beat = type(frame) is Call and frame.action == BEAT
    if beat:
        session.slot.beat_at = now
    session.trace.heard(now, text, beat=beat)
    match frame:
        case Call():
            return take(session, frame, text, now)
        case Answer():
            return _answered(session, frame, now)
        case Foreign():
            return _foreign(session, frame)
        case Unreadable():
            session.slot.invalid += 1
            session.desk.messages[session.desk.dialect.protocol, OTHER] += 1
            return Reply(refuse(session, frame.id, Fault.UNREADABLE, frame.why))


def ask(session: Session, number: int) -> bytes:
    """Return a request that does no harm and that a living station answers, whatever it answers."""
    session.trace.break_row()
    session.asked = f"bornewatch-{session.epoch}-{number}"
    return write_call(session.asked, *session.desk.dialect.probe)


def _foreign(session: Session, frame: Foreign) -> Reply:
    dialect = session.desk.dialect
    session.desk.messages[dialect.protocol, OTHER] += 1
    if frame.type in dialect.unanswered:
        return _SILENCE
    session.slot.invalid += 1
    if dialect.ignores_foreign:
        return _SILENCE
    return Reply(refuse(session, frame.id, Fault.MESSAGE_TYPE, f"message type {frame.type} is not known"))


def _answered(session: Session, frame: Answer, now: datetime) -> Reply:
    """Take the answer to a request of ours; an answer to nothing is mere life, and counted apart."""
    messages, protocol = session.desk.messages, session.desk.dialect.protocol
    if not session.asked or frame.id != session.asked:
        waited_for = session.answered is not None and session.answered(frame)
        messages[protocol, ANSWER if waited_for else UNASKED] += 1
        if not waited_for:
            log.info("an answer to nothing that we asked", station=session.station, id=frame.id[:36])
        return _SILENCE
    messages[protocol, ANSWER] += 1
    session.asked = ""
    status = frame.payload.get("status") if isinstance(frame.payload, dict) else None
    if frame.error in _REFUSALS or status in _REFUSALS:
        session.trace.answers = False
        return Reply(None, quirk(session, Quirk.NO_TRIGGER, session.desk.dialect.probe[0], now))
    if isinstance(frame.payload, dict):
        session.trace.answers = True
    elif frame.error is None:
        return Reply(None, quirk(session, Quirk.WRONG_ANSWER, f"{session.desk.dialect.probe[0]}: not an object", now))
    return _SILENCE
