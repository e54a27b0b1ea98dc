"""Owners by name, as a person types one, and a file name made of one."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from hashlib import blake2s
from typing import TYPE_CHECKING, Final

from rapidfuzz import process

from monitor.core.registry import Language

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monitor.core.registry import Station

SUGGESTED: Final = 3
"""Owners named when one is not found."""
NEAR: Final = 60.0
"""Least likeness (of 100) of a name that is suggested."""
SLUG_LENGTH: Final = 60


class UnknownOwnerError(Exception):
    """No station has that owner; the message names the nearest that there are."""


def fold(name: str) -> str:
    """Return the form under which two spellings of one name are the same: case, accents and spaces do not matter."""
    plain = unicodedata.normalize("NFKD", name)
    return " ".join("".join(char for char in plain if not unicodedata.combining(char)).casefold().split())


def stations_of(stations: Iterable[Station], owner: str) -> list[Station]:
    """Return the stations of `owner`, sorted by sticker.

    Raises:
        UnknownOwnerError: when there is none.
    """
    listed = list(stations)
    found = [station for station in listed if station.owner.name and fold(station.owner.name) == fold(owner)]
    if found:
        return sorted(found, key=lambda station: station.sticker)
    names = sorted({station.owner.name for station in listed if station.owner.name})
    if not names:
        raise UnknownOwnerError("no station names its owner; import the column 'owner', or 'station set STICKER --owner NAME'")
    near = process.extract(owner, names, processor=fold, limit=SUGGESTED, score_cutoff=NEAR)
    hint = f"did you mean {' or '.join(repr(name) for name, *_ in near)}?" if near else "see 'station export' for those that do"
    message = f"no station has owner {owner!r}; {hint}"
    raise UnknownOwnerError(message)


def language_of(stations: Sequence[Station]) -> Language:
    """Return the language in which the owner of `stations` is written to: the one that most of them name, else French."""
    named = Counter(station.owner.language for station in stations if station.owner.language is not None)
    return max(sorted(named), key=lambda language: named[language], default=Language.FR)


def slug(name: str) -> str:
    """Return `name` as part of a file name: small letters, digits and hyphens; a name that has none of them gets a number."""
    plain = fold(name).encode("ascii", "ignore").decode()
    return re.sub(r"[^0-9a-z]+", "-", plain)[:SLUG_LENGTH].strip("-") or blake2s(name.encode(), digest_size=4).hexdigest()
