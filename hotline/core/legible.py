"""Texts from outside made legible: signs that would be invisible, or would turn what stands around them, are written as numbers."""

from __future__ import annotations

import unicodedata
from typing import Final

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories of control characters, marks of direction and other formats, lone surrogates, and separators of lines."""


def legible(text: str) -> str:
    """Return `text` on one line with everything unseen written as ``⟨U+202E⟩``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"⟨U+{ord(sign):04X}⟩" if unicodedata.category(sign) in _UNSEEN else sign for sign in text)


def typed(text: str, most: int) -> str:
    """Return what somebody typed into a field of `most` characters, without signs that nobody can type."""
    return "".join(sign for sign in text if unicodedata.category(sign) not in _UNSEEN).strip()[:most]
