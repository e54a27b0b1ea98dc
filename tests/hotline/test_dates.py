"""Dates and times of day as each region writes them, and what CLDR has and has not for them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from babel import Locale, localedata
from babel.dates import get_day_names, get_month_names

from hotline.core.diagnosis import At, Verdict
from hotline.core.sentences import Saying, Sentence
from hotline.web import dates
from hotline.web.languages import Languages, Speech
from hotline.web.wording import Wording

from .support import NOW

YESTERDAY = NOW - timedelta(days=1)
SPRING = NOW.replace(month=3, day=5)
SUMMER = NOW.replace(month=7, day=5)


@pytest.mark.parametrize("speech", Speech)
def test_every_language_has_its_region_in_cldr(speech: Speech) -> None:
    region = dates.REGIONS[speech]
    assert localedata.exists(str(region.locale)) or localedata.exists(region.locale.language)
    assert region.locale.language == speech.value
    for names in (get_month_names, get_day_names):
        for width in ("wide", "abbreviated"):
            own = names(width, locale=region.locale)
            assert speech is Speech.ENGLISH or own != names(width, locale=Locale("en", "GB")), "it would fall back to English"


@pytest.mark.parametrize(
    ("speech", "clock", "exact", "weekday"),
    [
        (Speech.FRENCH, "21 nov. 08:40", "samedi 21 novembre 2026, 08:40:12 CET", "sam. 21"),
        (Speech.GERMAN, "21. Nov. 08:40", "Samstag, 21. November 2026, 08:40:12 CET", "Sa. 21."),
        (Speech.LUXEMBOURGISH, "21. Nov. 08:40", "Samschdeg, 21. November 2026, 08:40:12 CET", "Sam. 21."),
        (Speech.ENGLISH, "21 Nov 08:40", "Saturday 21 November 2026, 08:40:12 CET", "Sat 21"),
        (Speech.PORTUGUESE, "21 nov. 08:40", "sábado, 21 de novembro de 2026, 08:40:12 CET", "sábado 21"),
    ],
)
def test_a_date_is_in_regional_form(speech: Speech, clock: str, exact: str, weekday: str) -> None:
    assert dates.clock(speech, NOW, NOW) == "08:40"
    assert dates.clock(speech, YESTERDAY, NOW) == clock
    assert dates.exact(speech, YESTERDAY) == exact
    assert dates.weekday(speech, YESTERDAY) == weekday
    assert dates.to_the_millisecond(speech, NOW, NOW) == "08:40:12.000"
    assert dates.to_the_millisecond(speech, YESTERDAY, NOW) == f"{clock}:12.000"


@pytest.mark.parametrize(
    ("speech", "names"),
    [
        (Speech.FRENCH, ("5 mars", "5 juil.")),
        (Speech.GERMAN, ("5. März", "5. Juli")),
        (Speech.LUXEMBOURGISH, ("5. Mäe.", "5. Juli")),
        (Speech.ENGLISH, ("5 Mar", "5 Jul")),
        (Speech.PORTUGUESE, ("5 mar.", "5 jul.")),
    ],
)
def test_months_have_names_and_summer_is_an_hour_ahead(speech: Speech, names: tuple[str, str]) -> None:
    assert dates.clock(speech, SPRING, NOW) == f"{names[0]} 08:40"
    assert dates.clock(speech, SUMMER, NOW) == f"{names[1]} 09:40"


@pytest.mark.parametrize(
    ("speech", "today", "another"),
    [
        (Speech.FRENCH, ": 8 h 40).", ": 23 novembre, 8 h 40)."),
        (Speech.GERMAN, "bis 8:40 Uhr ", "bis 23. November, 8:40 Uhr "),
        (Speech.LUXEMBOURGISH, "bis 8:40 Auer ", "bis 23. November, 8:40 Auer "),
        (Speech.ENGLISH, "until 08:40.", "until 23 November, 08:40."),
        (Speech.PORTUGUESE, "até às 8h40.", "até 23 de novembro, às 8h40."),
    ],
)
def test_a_time_in_a_saying_is_as_it_is_read_out(speech: Speech, today: str, another: str) -> None:
    words = Wording(speech, Languages().of(speech), NOW)
    for at, told in ((NOW, today), (NOW + timedelta(days=1), another)):
        assert told in words.saying(Verdict(sentence=Sentence.WORK_HERE, saying=Saying.WORK, facts={"until": At(at)}))


@pytest.mark.parametrize(
    ("speech", "age"),
    [
        (Speech.FRENCH, "3 j 0 h"),
        (Speech.GERMAN, "3 T 0 h"),
        (Speech.LUXEMBOURGISH, "3 D 0 h"),
        (Speech.ENGLISH, "3 d 0 h"),
        (Speech.PORTUGUESE, "3 d 0 h"),
    ],
)
def test_days_have_their_sign(speech: Speech, age: str) -> None:
    assert Wording(speech, Languages().of(speech), NOW).age(NOW - timedelta(days=3)) == age
