"""The trail: what people did to stations and to each other's work, each entry sealed together with all before it.

An entry's seal is the SHA-256 of the seal before it and of its own words, written as one JSON array without spaces. Whoever keeps
a seal elsewhere can tell later that nothing up to it was changed, left out or put in between; of what came after it tells nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

FIRST: Final = "0" * 64
"""The seal before the first entry."""
LONGEST_DETAIL: Final = 1000
LONGEST_WORD: Final = 64
LONGEST_ABOUT: Final = 128
_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is to be entered: `who` did `what` to `about`."""

    who: str
    what: str
    about: str
    detail: str = ""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry: the `number`-th, when, `who` did `what` to `about` (a sticker, a call, a ticket), and how in `detail`."""

    number: int
    at: datetime
    who: str
    what: str
    about: str
    detail: str
    seal: str


def sealed(before: Entry | None, note: Note, at: datetime) -> Entry:
    """Return `note` as the entry after `before`, ``None`` for the first."""
    number, last = (1, FIRST) if before is None else (before.number + 1, before.seal)
    who, what, about, detail = (
        note.who[:LONGEST_WORD],
        note.what[:LONGEST_WORD],
        note.about[:LONGEST_ABOUT],
        note.detail[:LONGEST_DETAIL],
    )
    seal = _seal(last, (number, at, who, what, about, detail))
    return Entry(number=number, at=at, who=who, what=what, about=about, detail=detail, seal=seal)


def first_broken(entries: Iterable[Entry], before: str = FIRST) -> int | None:
    """Return the number of the first entry that does not fit what is before it, ``None`` when all do.

    Args:
        entries: in their order, without a gap.
        before: the seal before the first of them.
    """
    expected: int | None = None
    for entry in entries:
        words = (entry.number, entry.at, entry.who, entry.what, entry.about, entry.detail)
        if (expected is not None and entry.number != expected) or entry.seal != _seal(before, words):
            return entry.number
        before, expected = entry.seal, entry.number + 1
    return None


def _seal(before: str, words: tuple[object, ...]) -> str:
    return sha256(_encode((before, *words))).hexdigest()
