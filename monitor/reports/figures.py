"""Figures and times in the words of a reader: shares, durations, instants, by his language and his clock.

Rounding is done here and nowhere before. A share is rounded down, so that only what is whole reads as 100 %.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from babel.dates import format_datetime, format_skeleton
from babel.numbers import format_decimal, format_percent

if TYPE_CHECKING:
    from datetime import datetime, tzinfo
    from fractions import Fraction

    from monitor.core.registry import Language

DECIMALS: Final = 3
"""Decimals of a percentage; one of them is 26 s of a month."""
_LOCALES: Final = {"fr": "fr_LU", "de": "de_LU", "lb": "lb", "en": "en_GB", "pt": "pt_PT"}
_DAY: Final = timedelta(days=1)


@cache
def words(language: Language) -> dict[str, Any]:
    """Return the words of the reports in `language`: texts by name, some of them in tables (`words/en.toml` has them all)."""
    file = resources.files("monitor.reports") / "words" / f"{language.value}.toml"
    return tomllib.loads(file.read_text("utf-8"))


def rounded_down(share: Fraction) -> int:
    """Return `share` as whole thousandths of a percent, rounded down."""
    return share.numerator * 100 * 10**DECIMALS // share.denominator


def seconds(span: timedelta) -> str:
    """Return `span` as seconds, exactly, for a machine."""
    whole, micros = divmod(span // timedelta(microseconds=1), 1_000_000)
    return f"{whole}.{micros:06}" if micros else str(whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How figures are written in `language`, with times of `zone`; `doubtful` writes the offset, for a clock that is set back."""

    language: Language
    zone: tzinfo
    doubtful: bool = False

    @property
    def locale(self) -> str:
        """The locale of the region, for the form of numbers and dates."""
        return _LOCALES[self.language.value]

    def percent(self, share: Fraction | None) -> str:
        """Return a share from 0 to 1 as a percentage."""
        if share is None:
            return str(words(self.language)["no_share"])
        pattern = f"#,##0.{'0' * DECIMALS}\N{NO-BREAK SPACE}%"
        text = format_percent(rounded_down(share) / (100 * 10**DECIMALS), format=pattern, locale=self.locale)
        return text.replace("\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}")

    def duration(self, span: timedelta) -> str:
        """Return a duration, to the nearest second: ``3 d 04:05:06``, without the days where there are none."""
        whole = timedelta(seconds=round(span / timedelta(seconds=1)))
        hours, rest = divmod((whole % _DAY).seconds, 3600)
        clock = f"{hours:02}:{rest // 60:02}:{rest % 60:02}"
        days = whole // _DAY
        if not days:
            return clock
        unit = words(self.language)["units"]["day"]
        return f"{self.number(days)}\N{NO-BREAK SPACE}{unit}\N{NO-BREAK SPACE}{clock}"

    def number(self, value: float) -> str:
        """Return a number as it is written there."""
        return format_decimal(value, locale=self.locale).replace("\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}")

    def month(self, first: datetime) -> str:
        """Return the name of the month that begins at `first`, with its year."""
        return format_skeleton("yMMMM", first, self.zone, locale=self.locale)

    def instant(self, at: datetime) -> str:
        """Return date and time to the second."""
        text = format_datetime(
            at, "dd/MM/yyyy HH:mm:ss" if self.language != "de" else "dd.MM.yyyy HH:mm:ss", self.zone, self.locale
        )
        return f"{text} {at.astimezone(self.zone):%Z}" if self.doubtful else text

    def minute(self, at: datetime) -> str:
        """Return date and time to the minute, with the offset from UTC."""
        pattern = "dd/MM/yyyy HH:mm" if self.language != "de" else "dd.MM.yyyy HH:mm"
        return f"{format_datetime(at, pattern, self.zone, self.locale)} {at.astimezone(self.zone):%Z}"
