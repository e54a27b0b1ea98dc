"""Dates and times of day, written and said as the region of each language does, on Luxembourg's clock.

The order and the points of a date are a table here and not CLDR's skeletons: those write the month of a Portuguese date as a
number (``5/03``), which is no help beside a time of day. Names of months and days are CLDR's. Zones are called CET and CEST in
every language, for CLDR has no short names of zones for French and Luxembourgish in Luxembourg.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime

from hotline.web.languages import Speech

if TYPE_CHECKING:
    from datetime import date, datetime

ZONE: Final = ZoneInfo("Europe/Luxembourg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """How one language writes and says times in its region: patterns of CLDR (UTS 35, part 4); `day_sign` stands after ages."""

    locale: Locale
    day_sign: str
    day: str
    long_day: str
    weekday: str
    hour_aloud: str
    day_aloud: str


REGIONS: Final[dict[Speech, Region]] = {
    Speech.FRENCH: Region(
        locale=Locale("fr", "LU"),
        day_sign="j",
        day="d MMM",
        long_day="EEEE d MMMM y",
        weekday="EEE d",
        hour_aloud="H 'h' mm",
        day_aloud="d MMMM",
    ),
    Speech.GERMAN: Region(
        locale=Locale("de", "LU"),
        day_sign="T",
        day="d. MMM",
        long_day="EEEE, d. MMMM y",
        weekday="EEE d.",
        hour_aloud="H:mm 'Uhr'",
        day_aloud="d. MMMM",
    ),
    Speech.LUXEMBOURGISH: Region(
        locale=Locale("lb", "LU"),
        day_sign="D",
        day="d. MMM",
        long_day="EEEE, d. MMMM y",
        weekday="EEE d.",
        hour_aloud="H:mm 'Auer'",
        day_aloud="d. MMMM",
    ),
    Speech.ENGLISH: Region(
        locale=Locale("en", "GB"),
        day_sign="d",
        day="d MMM",
        long_day="EEEE d MMMM y",
        weekday="EEE d",
        hour_aloud="HH:mm",
        day_aloud="d MMMM",
    ),
    Speech.PORTUGUESE: Region(
        locale=Locale("pt", "PT"),
        day_sign="d",
        day="d MMM",
        long_day="EEEE, d 'de' MMMM 'de' y",
        weekday="EEE d",
        hour_aloud="'às' H'h'mm",
        day_aloud="d 'de' MMMM",
    ),
}


def same_day(at: datetime, now: datetime) -> bool:
    """Return whether both instants are on one day of Luxembourg."""
    return at.astimezone(ZONE).date() == now.astimezone(ZONE).date()


def clock(speech: Speech, at: datetime, now: datetime) -> str:
    """Return `at` as the time of day, with the date when it is another day than `now`: ``08:40``, ``21 nov. 08:40``."""
    local = at.astimezone(ZONE)
    day = "" if same_day(at, now) else f"{_day(speech, local.date(), REGIONS[speech].day)} "
    return f"{day}{local:%H:%M}"


def aloud(speech: Speech, at: datetime, now: datetime) -> str:
    """Return `at` as somebody reads it to a caller: ``16 h 05``, ``16:05 Uhr``; the date before it when it is another day."""
    region = REGIONS[speech]
    pattern = region.hour_aloud if same_day(at, now) else f"{region.day_aloud}, {region.hour_aloud}"
    return format_datetime(at.astimezone(ZONE), pattern, tzinfo=ZONE, locale=REGIONS[speech].locale)


def exact(speech: Speech, at: datetime) -> str:
    """Return `at` in full, to the second and with its zone, which is called the same in every language."""
    local = at.astimezone(ZONE)
    return f"{_day(speech, local.date(), REGIONS[speech].long_day)}, {local:%H:%M:%S} {local.tzname()}"


def long_date(speech: Speech, at: datetime) -> str:
    """Return the day of `at` in full."""
    return _day(speech, at.astimezone(ZONE).date(), REGIONS[speech].long_day)


def weekday(speech: Speech, at: datetime) -> str:
    """Return the day of `at`, as a calendar writes it: ``lun. 23``."""
    return _day(speech, at.astimezone(ZONE).date(), REGIONS[speech].weekday)


def to_the_millisecond(speech: Speech, at: datetime, now: datetime) -> str:
    """Return `at` as logs want it, with the date when it is another day than `now`."""
    local = at.astimezone(ZONE)
    day = "" if same_day(at, now) else f"{_day(speech, local.date(), REGIONS[speech].day)} "
    return f"{day}{local:%H:%M:%S}.{local.microsecond // 1000:03}"


@lru_cache(maxsize=1024)
def _day(speech: Speech, day: date, pattern: str) -> str:
    """Return a day written by `pattern`: a page names the same few days again and again."""
    return format_date(day, pattern, locale=REGIONS[speech].locale)
