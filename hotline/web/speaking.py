"""One language as of one instant: its words, and times, ages and received texts as people read them.

Times are shown in Luxembourg; what is stored and sent to programs is UTC. Every value that came from outside is escaped here
or by the templates, never trusted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from hotline.core.ages import age_of
from hotline.core.legible import legible
from hotline.web import dates

if TYPE_CHECKING:
    from datetime import datetime

    from babel.support import NullTranslations

    from hotline.web.languages import Speech

LONGEST_SHOWN: Final = 160
"""Characters shown of a text that a station sent."""
_FEW: Final = 9.95
_MANY: Final = 600
"""Seconds below which tenths are told, and from which minutes are enough."""


def rfc3339(instant: datetime) -> str:
    """Return `instant` as programs read it, to the second in UTC."""
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def rfc3339_ms(instant: datetime) -> str:
    """Return `instant` as programs read it, to the millisecond in UTC."""
    return f"{instant:%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03}Z"


def span(seconds: float) -> str:
    """Return a duration in the fewest signs that still say it: ``48 ms``, ``4.2 s``, ``42 s``, ``5 min``."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < _FEW:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < _MANY else f"{seconds / 60:.0f} min"


def clipped(text: str) -> str:
    """Return `text` legible and short enough to show."""
    return legible(text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…")


def protocol_name(text: str) -> str:
    """Return a protocol as technicians write it: ``1.6`` and ``ocpp1.6`` become ``OCPP 1.6``, anything else stays."""
    number = (text[4:] if text[:4].lower() == "ocpp" else text).strip()
    return f"OCPP {number}" if number[:1].isdigit() else text


class Speaking:
    """Words of one language as of one instant."""

    def __init__(self, speech: Speech, translations: NullTranslations, now: datetime) -> None:
        """Speak `speech`; ages are as of `now`."""
        self.speech = speech
        self.now = now
        self.day_sign = dates.REGIONS[speech].day_sign
        self._translations = translations

    def say(self, text: str) -> str:
        """Return the translation of `text`."""
        return self._translations.gettext(text)

    # --------------------------------------------------------------------------------------------------------- times

    def age(self, at: datetime) -> str:
        """Return the age of `at`."""
        return age_of(at, self.now, day=self.day_sign)

    def clock(self, at: datetime) -> str:
        """Return `at` as the time of day, with the date when it is another day."""
        return dates.clock(self.speech, at, self.now)

    def exact(self, at: datetime) -> str:
        """Return `at` in full, to the second and with its zone."""
        return dates.exact(self.speech, at)

    def date(self, at: datetime) -> str:
        """Return the day of `at` in full."""
        return dates.long_date(self.speech, at)

    def ago(self, at: datetime) -> Markup:
        """Return the age of `at` as an element that the page keeps ticking."""
        return Markup('<time class="age" datetime="{}" title="{}" data-age>{}</time>').format(
            rfc3339(at), self.exact(at), self.age(at)
        )

    def weekday(self, at: datetime) -> str:
        """Return the day of `at`, as a calendar writes it."""
        return dates.weekday(self.speech, at)

    def moment(self, at: datetime) -> Markup:
        """Return `at` to the millisecond, for logs."""
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            rfc3339_ms(at), self.exact(at), dates.to_the_millisecond(self.speech, at, self.now)
        )

    def at(self, at: datetime) -> Markup:
        """Return `at` as an element with the exact time behind it."""
        return Markup('<time datetime="{}" title="{}">{}</time>').format(rfc3339(at), self.exact(at), self.clock(at))
