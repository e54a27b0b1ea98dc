"""JSON read with the place of every value, as far as a text goes: a frame that was cut is read up to its cut.

For whoever wants to change a few values of a text and leave all the rest as it came over the wire. It builds no objects of values
and keeps keys that come twice. Grammar of RFC 8259, depth bounded by `DEEPEST`.
"""

from __future__ import annotations

import json
import re
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST: Final = 32
"""Containers in each other; what nests deeper is not read."""

_STRING, _OPEN_STRING, _SIGN = 1, 2, 3
_TOKEN: Final = re.compile(r'[ \t\r\n]*(?:("(?:[^"\\]|\\.)*")|("(?:[^"\\]|\\.)*\\?)\Z|([\[\]{},:])|([^\s\[\]{},:"]+))', re.DOTALL)
_LITERAL: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
_UNFINISHED: Final = re.compile(r"((?:^|[^\\])(?:\\\\)*)\\(?:u[0-9a-fA-F]{0,3})?\Z", re.DOTALL)
"""The beginning of an escape sequence at the end of a text."""


class Node:
    """A value and its place: `text[start:end]`, for a container its opening sign only.

    `key` is the folded one of the object's member; what stands in a list has the key of the list. `said` is what a scalar means,
    `whole` that its end was seen.
    """

    __slots__ = ("children", "end", "key", "opener", "parent", "said", "start", "whole")

    def __init__(self, parent: Node | None, key: str, start: int, end: int) -> None:
        """Hang it under `parent`."""
        self.parent = parent
        self.key = key
        self.start = start
        self.end = end
        self.opener = ""
        self.children: list[Node] = []
        self.said = ""
        self.whole = False
        if parent is not None:
            parent.children.append(self)

    def around(self) -> Iterator[Node]:
        """Yield the containers that it stands in, the nearest first."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent


class _Await(Enum):
    """What may come next."""

    VALUE = auto()
    VALUE_OR_END = auto()
    KEY = auto()
    KEY_OR_END = auto()
    COLON = auto()
    NEXT = auto()
    NOTHING = auto()


_VALUES: Final = frozenset({_Await.VALUE, _Await.VALUE_OR_END})
_KEYS: Final = frozenset({_Await.KEY, _Await.KEY_OR_END})
_ENDS: Final = {"}": ("{", frozenset({_Await.NEXT, _Await.KEY_OR_END})), "]": ("[", frozenset({_Await.NEXT, _Await.VALUE_OR_END}))}


def folded(key: str) -> str:
    """Return `key` as it is compared: letters and digits only, in lower case."""
    return "".join(sign for sign in key.casefold() if sign.isalnum())


class Scanner:
    """One text; `leaves` are its scalars in their order, `keys` the place and meaning of every key."""

    def __init__(self, text: str) -> None:
        """Read nothing yet."""
        self.text = text
        self.leaves: list[Node] = []
        self.keys: list[tuple[int, int, str]] = []
        self._node: Node | None = None
        self._key = ""
        self._depth = 0
        self._await = _Await.VALUE

    def read(self) -> bool:
        """Return whether the text is JSON, or the beginning of one; what was read until then stands in `leaves`."""
        place, text = 0, self.text
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None or found.lastindex is None:
                return not text[place:].strip(" \t\r\n")
            start, place = found.span(found.lastindex)
            token = found[found.lastindex]
            if not (self._sign(token, start) if found.lastindex == _SIGN else self._scalar(token, start, found.lastindex)):
                return False
        return True

    def _sign(self, sign: str, start: int) -> bool:
        node = self._node
        match sign:
            case "{" | "[":
                return self._open(sign, start)
            case ":":
                fits = self._await is _Await.COLON
                self._await = _Await.VALUE
                return fits
            case ",":
                fits = self._await is _Await.NEXT
                self._await = _Await.KEY if node is not None and node.opener == "{" else _Await.VALUE
                return fits
        return self._close(sign)

    def _open(self, sign: str, start: int) -> bool:
        if self._await not in _VALUES or self._depth >= DEEPEST:
            return False
        node = Node(self._node, self._own_key(), start, start + 1)
        node.opener = sign
        self._node = node
        self._depth += 1
        self._await = _Await.KEY_OR_END if sign == "{" else _Await.VALUE_OR_END
        return True

    def _close(self, sign: str) -> bool:
        node = self._node
        opener, awaited = _ENDS[sign]
        if node is None or node.opener != opener or self._await not in awaited:
            return False
        node.whole = True
        self._node, self._depth = node.parent, self._depth - 1
        self._await = _Await.NOTHING if node.parent is None else _Await.NEXT
        return True

    def _scalar(self, token: str, start: int, kind: int) -> bool:
        end = start + len(token)
        at_end = end == len(self.text)
        said = _literal(token, at_end=at_end) if kind not in (_STRING, _OPEN_STRING) else _meaning(token, whole=kind == _STRING)
        if said is None:
            return False
        if self._await in _KEYS:
            self._key = folded(said)
            self.keys.append((start, end, said))
            self._await = _Await.COLON
            return token[0] == '"'
        if self._await not in _VALUES:
            return False
        leaf = Node(self._node, self._own_key(), start, end)
        leaf.said, leaf.whole = said, kind == _STRING or not at_end
        self.leaves.append(leaf)
        self._await = _Await.NOTHING if self._node is None else _Await.NEXT
        return True

    def _own_key(self) -> str:
        if self._node is None:
            return ""
        return self._key if self._node.opener == "{" else self._node.key


def _literal(token: str, *, at_end: bool) -> str | None:
    """Return a number or a word of JSON, ``None`` for anything else; at the end of the text it may be cut."""
    return token if at_end or _LITERAL.fullmatch(token) else None


def _meaning(token: str, *, whole: bool) -> str | None:
    """Return what a string means, ``None`` where an escape sequence is none."""
    if "\\" not in token:
        return token[1:-1] if whole else token[1:]
    try:
        return str(json.loads(token if whole else _UNFINISHED.sub(r"\1", token) + '"', strict=False))
    except ValueError:
        return None
