"""Stickers for stations whose own are not known yet: stable, readable aloud, and plainly not the real ones.

They are made of the name of the site, so the same file again gives the same ones, and a site that gains a station leaves the others
alone. Letters and digits that are easily confused are not used.
"""

from __future__ import annotations

import hashlib
from typing import Final

PREFIX: Final = "P-"
_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH: Final = 6


def provisional_sticker(site: str, number: int = 1) -> str:
    """Return the provisional sticker of the `number`-th station (from 1) of `site`, such as ``P-7KQ2MX-1``."""
    value = int.from_bytes(hashlib.blake2b(" ".join(site.casefold().split()).encode(), digest_size=8).digest())
    letters = ""
    for _ in range(_LENGTH):
        value, place = divmod(value, len(_LETTERS))
        letters += _LETTERS[place]
    return f"{PREFIX}{letters}-{number}"
