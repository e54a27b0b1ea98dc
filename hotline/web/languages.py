"""The languages of the console: catalogues compiled from their .po in memory, and which one a request wants.

English is the language of the sources; another one is a folder in `hotline/locales`. Which language a caller speaks is
another matter (`hotline.web.call_language`). How a date is written is in `hotline.web.dates`.
"""

from __future__ import annotations

from enum import StrEnum
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING, Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

_LONGEST_HEADER: Final = 200


class Speech(StrEnum):
    """Languages that the console speaks, in the order in which they are offered."""

    FRENCH = "fr"
    GERMAN = "de"
    LUXEMBOURGISH = "lb"
    ENGLISH = "en"
    PORTUGUESE = "pt"


OWN_NAMES: Final[dict[Speech, str]] = {
    Speech.FRENCH: "Français",
    Speech.GERMAN: "Deutsch",
    Speech.LUXEMBOURGISH: "Lëtzebuergesch",
    Speech.ENGLISH: "English",
    Speech.PORTUGUESE: "Português",
}


def catalogue(speech: Speech) -> Catalog | None:
    """Read the catalogue of `speech` as it was written; ``None`` for the language of the sources."""
    source = files("hotline.locales") / speech.value / "LC_MESSAGES" / "hotline.po"
    if not source.is_file():
        return None
    return read_po(BytesIO(source.read_bytes()), locale=speech.value, domain="hotline", abort_invalid=True)


def _compiled(speech: Speech) -> NullTranslations:
    known = catalogue(speech)
    if known is None:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, known)
    compiled.seek(0)
    return Translations(compiled, domain="hotline")


class Languages:
    """Every catalogue, ready for use."""

    def __init__(self) -> None:
        """Read and compile all catalogues."""
        self._translations = {speech: _compiled(speech) for speech in Speech}

    def of(self, speech: Speech) -> NullTranslations:
        """Return the translations of `speech`."""
        return self._translations[speech]


def wanted(chosen: str, accept: str) -> Speech:
    """Return the language that was chosen on a page, else the best of an ``Accept-Language`` header, else English."""
    if chosen in set(Speech):
        return Speech(chosen)
    weighed: list[tuple[float, int, Speech]] = []
    for place, part in enumerate(accept[:_LONGEST_HEADER].split(",")):
        tag, _, weight = part.partition(";")
        primary = tag.strip().lower().partition("-")[0]
        if primary in set(Speech):
            weighed.append((-_weight(weight), place, Speech(primary)))
    best = min(weighed, default=None)
    return Speech.ENGLISH if best is None or best[0] == 0 else best[2]


def _weight(text: str) -> float:
    """Return a quality value (RFC 9110 §12.4.2), 1 when there is none and 0 when it is nonsense."""
    if not text.strip():
        return 1.0
    try:
        value = float(text.strip().removeprefix("q="))
    except ValueError:
        return 0.0
    return value if 0.0 <= value <= 1.0 else 0.0
