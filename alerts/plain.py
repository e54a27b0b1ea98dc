"""Text as it may travel: no control characters, no line where none belongs, nothing that turns the order of reading round.

What a station, a caller or a site's name puts into an alert is a claim. Escaping for HTML, XML or JSON is done where those are
written, not here.
"""

from __future__ import annotations

import re
from typing import Final

_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
"""What a terminal would obey (ECMA-48 §8.3); without its first sign the rest is litter."""
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROLS_IN_LINES: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BREAKS: Final = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_DECEITFUL: Final = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]")
"""What orders the direction of reading, and what is no character: no UTF-8 and no XML has those."""
_SPACES: Final = re.compile(r"\s+")


def one_line(text: str, most: int, ending: str = "…", *, spaced: bool = False) -> str:
    """Return `text` as one line of at most `most` characters; one that is longer ends in `ending`.

    Any number and kind of spaces is one plain space, unless they are to stay as they are (`spaced`).
    """
    line = _DECEITFUL.sub("", _CONTROLS.sub(" ", _COLOURS.sub("", text)))
    line = (line if spaced else _SPACES.sub(" ", line)).strip()
    return line if len(line) <= most else line[: most - len(ending)].rstrip() + ending


def lines(text: str, most: int) -> str:
    """Return `text` with its lines, ended by line feeds, at most `most` characters; tabs stay."""
    kept = _DECEITFUL.sub("", _CONTROLS_IN_LINES.sub(" ", _BREAKS.sub("\n", _COLOURS.sub("", text)))).strip()
    return kept if len(kept) <= most else kept[: most - 1].rstrip() + "…"
