"""Figures as they are written, and words that every language has."""

from __future__ import annotations

import re
from datetime import timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.core.breaches import Cause, Party
from monitor.core.findings import FindingKind
from monitor.core.registry import Bearer, Language
from monitor.reports.document import LABELS
from monitor.reports.figures import Figures, rounded_down, seconds, words
from tests.support.logs import utc

ZONE = ZoneInfo("Europe/Luxembourg")


def figures(language: Language = Language.EN, *, doubtful: bool = False) -> Figures:
    return Figures(language=language, zone=ZONE, doubtful=doubtful)


@pytest.mark.parametrize(
    ("share", "en", "de"),
    [
        (Fraction(1), "100.000 %", "100,000 %"),
        (Fraction(999_999_999, 1_000_000_000), "99.999 %", "99,999 %"),
        (Fraction(2, 3), "66.666 %", "66,666 %"),
        (Fraction(0), "0.000 %", "0,000 %"),
        (None, "–", "–"),
    ],
)
def test_a_share_is_rounded_down_so_that_only_all_is_all(share: Fraction | None, en: str, de: str) -> None:
    assert figures().percent(share).replace("\N{NO-BREAK SPACE}", " ") == en
    assert figures(Language.DE).percent(share).replace("\N{NO-BREAK SPACE}", " ") == de


@pytest.mark.parametrize("thousandths", [0, 1, 99_999, 57_701, 100_000])
def test_a_share_survives_the_printing(thousandths: int) -> None:
    share = Fraction(thousandths, 100_000)
    assert rounded_down(share) == thousandths
    assert figures().percent(share) == f"{thousandths // 1000}.{thousandths % 1000:03}\N{NO-BREAK SPACE}%"


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(), "00:00:00"),
        (timedelta(hours=23, minutes=5, seconds=9), "23:05:09"),
        (timedelta(days=3, seconds=1), "3 d 00:00:01"),
        (timedelta(days=1200), "1,200 d 00:00:00"),
        (timedelta(seconds=59, microseconds=600_000), "00:01:00"),
    ],
)
def test_a_duration_is_days_and_a_clock(span: timedelta, text: str) -> None:
    assert figures().duration(span).replace("\N{NO-BREAK SPACE}", " ") == text


def test_a_machine_gets_seconds_exactly() -> None:
    assert seconds(timedelta(days=1)) == "86400"
    assert seconds(timedelta(seconds=1, microseconds=20)) == "1.000020"


def test_an_instant_is_local_and_says_its_offset_where_it_is_doubtful() -> None:
    first, again = utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 30)
    assert figures().instant(first) == figures().instant(again) == "25/10/2026 02:30:00"
    assert figures(doubtful=True).instant(first) == "25/10/2026 02:30:00 CEST"
    assert figures(doubtful=True).instant(again) == "25/10/2026 02:30:00 CET"
    assert figures(Language.DE).minute(first) == "25.10.2026 02:30 CEST"
    assert figures(Language.DE).instant(first) == "25.10.2026 02:30:00"


@pytest.mark.parametrize(
    ("language", "name"),
    [("fr", "octobre 2026"), ("de", "Oktober 2026"), ("lb", "Oktober 2026"), ("en", "October 2026"), ("pt", "outubro de 2026")],
)
def test_a_month_has_the_name_of_the_language(language: str, name: str) -> None:
    assert figures(Language(language)).month(utc(2026, 9, 30, 22)) == name


def flat(table: dict[str, Any], before: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in table.items():
        found |= flat(value, f"{before}{name}.") if isinstance(value, dict) else {f"{before}{name}": value}
    return found


@pytest.mark.parametrize("language", list(Language))
def test_every_language_says_everything_with_the_same_values(language: Language) -> None:
    english, other = flat(words(Language.EN)), flat(words(language))
    assert list(other) == list(english)
    for name, text in english.items():
        assert sorted(re.findall(r"{\w+}", other[name])) == sorted(re.findall(r"{\w+}", text)), name
        assert other[name].strip(), name


@pytest.mark.parametrize("language", list(Language))
def test_every_word_of_the_house_has_one_for_people(language: Language) -> None:
    table = words(language)
    assert set(table["cause"]) == set(Cause)
    assert set(table["party"]) == set(Party)
    assert set(table["bearer"]) == set(Bearer)
    assert set(table["finding"]) == set(FindingKind)
    assert set(LABELS) <= set(table)
