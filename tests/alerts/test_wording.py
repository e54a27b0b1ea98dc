"""What is written and said: in every language, short enough, with how to take it, and nothing of what a station made up."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from alerts.core.sentences import INCIDENTS, SENTENCES
from alerts.wording import LANGUAGES, SHORT, Phrasebook, catalogue
from monitor.core.breaches import Cause
from monitor.core.incidents import Scope
from monitor.core.registry import Bearer, Contact, Language
from tests.alerts.wards import PEOPLE, Ward

if TYPE_CHECKING:
    from alerts.core.delivery import Message

ZONE = ZoneInfo("Europe/Luxembourg")
GAPS = re.compile(r"%\((\w+)\)s")


def worded(ward: Ward, place: int = -1) -> Message:
    book = Phrasebook(ZONE, lambda number: f"http://127.0.0.1:8080/alerts/{number}")
    told = ward.told[place]
    return book.words(told, ward.alerts[told.alert], ward.desk)


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_sentence_is_in_every_language_with_all_its_gaps(language: str) -> None:
    known = catalogue(language)
    assert set(known) == set(SENTENCES)
    for sentence, translated in known.items():
        assert sorted(GAPS.findall(sentence)) == sorted(GAPS.findall(translated)), sentence
        if language == "fr":
            assert not re.search(r"[^\u00a0][;:?!]", translated)


def test_a_danger_is_told_in_the_language_of_who_gets_it() -> None:
    ward = Ward()
    ward.add(1, site="Brill")
    ward.faulted(0, 1, "GroundFailure")
    ward.wait(6)
    french, german = worded(ward, 0), worded(ward, 1)
    assert french.short == (
        "Danger à CP1, point 1\u00a0: GroundFailure. Que personne n’y touche. Depuis 08:00. "
        "Répondez 1a pour la prendre, 1e pour le suivant."
    )
    assert german.spoken == ("Alarm 1. Gefahr an CP1, Ladepunkt 1: GroundFailure. Niemand darf sie berühren. Seit 08:00.")
    assert french.title == "[page] Danger à CP1, point 1\u00a0: GroundFailure. Que personne n’y touche. Depuis 08:00."
    assert french.url in french.text
    assert french.facts[0].labels["alertname"] == "danger"


def test_the_all_clear_says_when_it_was_over_and_asks_for_nothing() -> None:
    ward = Ward()
    ward.add(1)
    ward.faulted(0, 1, "GroundFailure")
    ward.wait(1)
    ward.mended(7, 1)
    ward.wait(12)
    (place,) = (number for number, one in enumerate(ward.told) if one.purpose == "clear" and one.person == "anna")
    message = worded(ward, place)
    assert message.over
    assert message.short.startswith("Terminé à 08:07\u00a0: Danger à CP1")
    assert "1a" not in message.short
    assert message.facts[0].until == ward.at(7)


@pytest.mark.parametrize("scope", list(Scope))
def test_an_incident_says_what_has_failed_and_for_how_many(scope: Scope) -> None:
    ward = Ward(PEOPLE.replace('language = "fr"', 'language = "en"'))
    ward.add(*range(1, 215))
    ward.incident(0, "I1", *range(1, 215), scope=scope, key="m2m.lu")
    ward.wait(10)
    message = worded(ward, 0)
    assert message.short.startswith(INCIDENTS[scope] % {"count": "214", "key": "m2m.lu"})


def test_a_breach_is_told_by_its_cause_and_several_of_a_site_as_one() -> None:
    ward = Ward(PEOPLE.replace('language = "fr"', 'language = "en"'))
    ward.add(1, 2, 3, site="Brill", bearer=Bearer.LAN)
    ward.cut(0, 1, cause=Cause.BEARER)
    ward.wait(21)
    assert worded(ward, 0).title == "[ticket] The line of CP1 is cut (the owner's LAN). Since 08:00."
    ward.cut(22, 2, 3, cause=Cause.UNKNOWN)
    ward.wait(50)
    paged = next(one for one in range(len(ward.told)) if ward.alerts[ward.told[one].alert].rule == "site-offline")
    assert worded(ward, paged).title.startswith("[page] No borne of Brill reaches us any more. Since 08:00.")


def test_an_owner_is_written_to_in_his_language_and_learns_nothing_of_others() -> None:
    ward = Ward(PEOPLE + '[[owner]]\nname = "Ville"\nby = ["email"]\n')
    ville = Contact(name="Ville", email="it@ville.example", language=Language.DE)
    ward.owned(1, owner=ville, site="Brill", bearer=Bearer.WIFI)
    ward.cut(0, 1)
    ward.wait(21)
    (place,) = (number for number, one in enumerate(ward.told) if one.person == "owner:Ville")
    message = worded(ward, place)
    assert message.short == (
        "Ihre Leitung in Brill ist seit 08:00 unterbrochen (abgeschnittene Ladesäulen: 1). Bitte prüfen Sie den Router."
    )
    assert message.url == ""
    ward.back(30, 1)
    assert worded(ward).short == "Ihre Leitung in Brill steht seit 08:30 wieder. Danke."


def test_what_a_station_made_up_stays_one_line_of_plain_text() -> None:
    ward = Ward()
    ward.add(1)
    ward.faulted(0, 1, "GroundFailure", vendor_error="\r\nBcc: x@example.com\x1b[31m" + "💥" * 500 + "\u202e%(station)s%n")
    ward.wait(1)
    message = worded(ward)
    for text in (message.short, message.spoken, message.title):
        assert "\n" not in text
        assert "\r" not in text
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert len(message.short) <= SHORT
    assert message.short.endswith("Répondez 1a pour la prendre, 1e pour le suivant."), "how to take it is never cut off"
