"""Two spellings of one thing brought to one form: accents, case, spaces and signs fall away.

Folding loses information on purpose and is used to compare only; what is shown is always the text as it was written.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

LONGEST_TEXT: Final = 300
"""Characters of one field that are looked at; nobody types more, and a hostile field must not cost time."""

_UNDECOMPOSED: Final = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d"})
_WORD: Final = re.compile(r"[0-9a-z]+")
_SUFFIX: Final = re.compile(r"^(?P<sticker>.*[0-9A-Za-z])\s*[-/#:–]\s*[1-9]\d?(?:\.[1-9]\d?)?\s*$")


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Return `text` without accents and in small letters; other scripts stay as they are."""
    decomposed = unicodedata.normalize("NFKD", text[:LONGEST_TEXT]).casefold().translate(_UNDECOMPOSED)
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def words(text: str) -> list[str]:
    """Return the folded words of `text` in their order; a word is a run of letters a-z and digits."""
    return _WORD.findall(fold(text))


def squeeze(text: str) -> str:
    """Return a sticker's letters and digits alone: ``CP 25-00`` and ``cp2500`` become the same."""
    return "".join(words(text))


def digits(key: str) -> str:
    """Return the digits of a squeezed sticker."""
    return "".join(sign for sign in key if sign.isdigit())


def without_connector(text: str) -> str | None:
    """Return `text` without its connector suffix (``2500-1`` gives ``2500``), ``None`` when it has none."""
    found = _SUFFIX.match(text)
    return found["sticker"] if found else None
