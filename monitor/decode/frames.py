"""The OCPP-J frame: `[2, id, action, payload]`, `[3, id, payload]`, `[4, id, code, description, details]`.

Grammar of OCPP-J 1.6 §4 and OCPP 2.0.1 part 4 §4. Reading never raises: what cannot be read comes back as `Unreadable` with
the message id as far as it could be made out, so that the sender can be answered. Payloads are not judged here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

CALL: Final = 2
CALL_RESULT: Final = 3
CALL_ERROR: Final = 4
ID_LENGTH: Final = 128
"""Longest message id echoed, in characters. The specification says 36; stations in the field exceed it a little."""
NO_ID: Final = "-1"
"""Message id of an answer to a frame whose own could not be read (OCPP 2.0.1 part 4 §4.2.3)."""

_CALL_PARTS: Final = 4
_ID_OF_BROKEN: Final = re.compile(r'\s*\[\s*2\s*,\s*"([^"\\]{1,128})"')


class Call(msgspec.Struct, frozen=True):
    """A request of the other side; `payload` is whatever JSON value stood there."""

    id: str
    action: str
    payload: Any


class Answer(msgspec.Struct, frozen=True):
    """The answer to a request of ours; `payload` for a CALLRESULT, `error` and `description` for a CALLERROR."""

    id: str
    payload: Any = None
    error: str | None = None
    description: str = ""


class Unreadable(msgspec.Struct, frozen=True):
    """Not a frame; `why` in a few words, `id` to answer to."""

    why: str
    id: str = NO_ID


class Foreign(msgspec.Struct, frozen=True):
    """A frame with a message type that the version does not know; its payload is to be ignored (OCPP-J 1.6 §4.1.3)."""

    type: int
    id: str = NO_ID


Frame = Call | Answer | Unreadable | Foreign

_decoder: Final = msgspec.json.Decoder()
_encoder: Final = msgspec.json.Encoder()


def read_frame(text: str | bytes) -> Frame:  # noqa: PLR0911  one return a kind of frame
    """Read one WebSocket text message."""
    try:
        value = _decoder.decode(text)
    except RecursionError:
        return Unreadable("nested too deeply", _id_in(text))
    except (msgspec.MsgspecError, UnicodeError) as error:
        return Unreadable(f"not JSON: {str(error)[:80]}", _id_in(text))
    if type(value) is not list or not value:
        return Unreadable("not a JSON array of a frame")
    kind = value[0]
    identifier = value[1] if len(value) > 1 and type(value[1]) is str and 0 < len(value[1]) <= ID_LENGTH else None
    if kind == CALL and type(kind) is int:
        return _call(value, identifier)
    if identifier is None or type(kind) is not int:
        return Unreadable("no message type and id", identifier or NO_ID)
    if kind == CALL_RESULT:
        return Answer(identifier, payload=value[2] if len(value) > 2 else None)  # noqa: PLR2004  (its place in the frame)
    if kind == CALL_ERROR:
        code, description = (str(part) for part in (*value[2:4], "", "")[:2])
        return Answer(identifier, error=code[:64], description=description[:255])
    return Foreign(kind, identifier)


def _call(value: list[Any], identifier: str | None) -> Call | Unreadable:
    if identifier is None:
        return Unreadable("no usable message id")
    if len(value) != _CALL_PARTS or type(value[2]) is not str:
        return Unreadable("a CALL has an id, an action and a payload", identifier)
    return Call(identifier, value[2], value[3])


def _id_in(text: str | bytes) -> str:
    """Make out the id of a CALL that is not valid JSON as a whole."""
    head = text[:200] if isinstance(text, str) else text[:200].decode("utf-8", "replace")
    found = _ID_OF_BROKEN.match(head)
    return found.group(1) if found else NO_ID


def write_result(identifier: str, payload: Mapping[str, Any]) -> bytes:
    """Return a CALLRESULT."""
    return _encoder.encode((CALL_RESULT, identifier, payload))


def write_error(identifier: str, code: str, description: str = "") -> bytes:
    """Return a CALLERROR; the description is cut at 255 characters (OCPP-J 1.6 §4.2.3)."""
    return _encoder.encode((CALL_ERROR, identifier, code, description[:255], {}))


def write_call(identifier: str, action: str, payload: Mapping[str, Any]) -> bytes:
    """Return a CALL of ours."""
    return _encoder.encode((CALL, identifier, action, payload))
