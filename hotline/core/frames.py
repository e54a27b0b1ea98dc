"""A station's frames as a technician reads them: kind, action, id and payload, answers with the action that they answer.

What is read here was redacted and cut before; a frame that is no JSON, or only the beginning of one, is shown as it is. Message
types are those of OCPP-J 1.6 §4.2 and OCPP 2.1 part 4 §4.1.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hotline.core.legible import legible
from monitor.runtime.trace import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monitor.runtime.trace import Frame

LONGEST_NAME: Final = 128
"""Characters shown of an action, an id or an error code."""
_DEEPEST: Final = 8
"""Levels that are indented; what lies deeper stays on its line."""
_STRING: Final = r'"((?:[^"\\]|\\.)*)"'
_HEAD: Final = re.compile(rf"\s*\[\s*(\d{{1,3}})\s*,\s*{_STRING}\s*(?:,\s*|\Z)", re.DOTALL)
_TEXT: Final = re.compile(rf"{_STRING}\s*(?:,\s*|(?=\])|\Z)", re.DOTALL)
_TOKENS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_OPENING: Final = frozenset("[{")
_CLOSING: Final = frozenset("]}")


class Kind(StrEnum):
    """Message types, and what is none."""

    CALL = "CALL"
    CALLRESULT = "CALLRESULT"
    CALLERROR = "CALLERROR"
    CALLRESULTERROR = "CALLRESULTERROR"
    SEND = "SEND"
    UNREADABLE = "unreadable"
    REMARK = "remark"


_KINDS: Final = {2: Kind.CALL, 3: Kind.CALLRESULT, 4: Kind.CALLERROR, 5: Kind.CALLRESULTERROR, 6: Kind.SEND}
_ERRORS: Final = frozenset({Kind.CALLERROR, Kind.CALLRESULTERROR})
_ANSWERS: Final = frozenset({Kind.CALLRESULT, *_ERRORS})
_OTHER_WAY: Final = {Direction.IN: Direction.OUT, Direction.OUT: Direction.IN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A frame, or a remark about the socket, ready to be shown: every text is legible.

    `action` of an answer is that of its request, empty when that is not there any more. `code` and `description` are those of an
    error. `payload` has lines and is indented when the frame is whole JSON, else it is what is there.
    """

    frame: Frame
    kind: Kind
    id: str = ""
    action: str = ""
    code: str = ""
    description: str = ""
    payload: str = ""

    @property
    def is_error(self) -> bool:
        """Whether it says, or is, that something went wrong."""
        return self.kind in _ERRORS or self.kind is Kind.UNREADABLE


def entries_of(frames: Iterable[Frame]) -> list[Entry]:
    """Read `frames`, oldest first; return them newest first, answers with the action of their request."""
    found: list[Entry] = []
    asked: dict[tuple[Direction, str], str] = {}
    for frame in frames:
        entry = read(frame)
        if entry.kind is Kind.REMARK:
            asked.clear()
        elif entry.kind is Kind.CALL:
            asked[frame.direction, entry.id] = entry.action
        elif entry.kind in _ANSWERS:
            entry = replace(entry, action=asked.get((_OTHER_WAY[frame.direction], entry.id), ""))
        found.append(entry)
    return found[::-1]


def actions_in(entries: Sequence[Entry]) -> list[str]:
    """Return the actions that `entries` speak of, sorted."""
    return sorted({entry.action for entry in entries if entry.action})


def of_action(entries: Sequence[Entry], action: str) -> list[Entry]:
    """Return the frames of `action` and the remarks between them; everything when `action` is empty."""
    return [entry for entry in entries if not action or entry.action == action or entry.kind is Kind.REMARK]


def read(frame: Frame) -> Entry:
    """Read one frame by itself."""
    if frame.direction is Direction.REMARK:
        return Entry(frame=frame, kind=Kind.REMARK, payload=legible(frame.text))
    whole = not frame.cut and _is_json(frame.text)
    head = _HEAD.match(frame.text)
    kind = _KINDS.get(int(head[1])) if head is not None else None
    if head is None or kind is None or not (whole or frame.cut):
        return Entry(frame=frame, kind=Kind.UNREADABLE, payload=legible(frame.text))
    place = head.end()
    names: list[str] = []
    for _ in range(2 if kind in _ERRORS else 1 if kind in (Kind.CALL, Kind.SEND) else 0):
        name = _TEXT.match(frame.text, place)
        if name is None:
            break
        names.append(_name(name[1]))
        place = name.end()
    first, second = [*names, "", ""][:2]
    named = {"code": first, "description": second} if kind in _ERRORS else {"action": first}
    rest = frame.text[place:]
    payload = _indented(rest.rstrip()[:-1]) if whole else legible(rest)
    return Entry(frame=frame, kind=kind, id=_name(head[2]), payload=payload, **named)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _name(raw: str) -> str:
    """Return what stands between the quotes of a JSON string, legible and short enough to show."""
    try:
        said = str(json.loads(f'"{raw}"', strict=False))
    except ValueError:
        said = raw
    return legible(said if len(said) <= LONGEST_NAME else f"{said[: LONGEST_NAME - 1]}…")


def _indented(text: str) -> str:
    """Return JSON with a line for every member, its tokens as they were written."""
    lines: list[str] = []
    line, depth = "", 0
    tokens = _TOKENS.findall(text)
    for before, sign, after in zip(["", *tokens], tokens, [*tokens[1:], ""], strict=False):
        if sign in _CLOSING:
            depth -= 1
            if depth < _DEEPEST and before not in _OPENING:
                lines.append(line)
                line = "  " * depth
        line += ": " if sign == ":" else legible(sign)
        if sign in _OPENING:
            depth += 1
        if depth <= _DEEPEST and (sign == "," or (sign in _OPENING and after not in _CLOSING)):
            lines.append(line)
            line = "  " * depth
    return "\n".join([*lines, line])
