"""Owners as a person types them."""

from __future__ import annotations

import pytest

from monitor.core.registry import Contact, Language, Station
from monitor.reports.owners import UnknownOwnerError, language_of, slug, stations_of
from tests.support.logs import station


def owned(number: int, name: str, language: Language | None = None) -> Station:
    return station(number, owner=Contact(name=name, language=language))


NETWORK = [owned(3, "Ville d'Esch"), owned(1, "ville  d'esch"), owned(2, "Commune de Sanem"), owned(4, "")]


@pytest.mark.parametrize("typed", ["Ville d'Esch", " VILLE d'esch ", "Ville d'Ésch"])
def test_case_accents_and_spaces_do_not_matter(typed: str) -> None:
    assert [one.sticker for one in stations_of(NETWORK, typed)] == ["CP1", "CP3"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [("Ville d'Eshc", 'did you mean "Ville d\'Esch"'), ("sanem", "'Commune de Sanem'"), ("Zzz", "see 'station export'"), ("", "")],
)
def test_an_owner_that_is_not_there_is_answered_with_the_nearest(typed: str, said: str) -> None:
    with pytest.raises(UnknownOwnerError, match="no station has owner") as raised:
        stations_of(NETWORK, typed)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_where_no_station_has_an_owner_that_is_said() -> None:
    with pytest.raises(UnknownOwnerError, match="--owner NAME"):
        stations_of([station()], "x")


def test_he_is_written_to_in_the_language_that_most_of_his_stations_name() -> None:
    some = [owned(1, "x", Language.DE), owned(2, "x", Language.LB), owned(3, "x", Language.DE), owned(4, "x")]
    assert language_of(some) is Language.DE
    assert language_of([owned(1, "x")]) is Language.FR
    assert language_of([owned(1, "x", Language.PT), owned(2, "x", Language.EN)]) is Language.EN


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ville d'Esch-sur-Alzette", "ville-d-esch-sur-alzette"),
        ("Bétz & Söhne ", "betz-sohne"),
        ("../../etc/passwd", "etc-passwd"),
        ("a" * 200, "a" * 60),
    ],
)
def test_a_name_becomes_part_of_a_file_name(name: str, expected: str) -> None:
    assert slug(name) == expected


def test_a_name_without_latin_letters_still_has_a_file_of_its_own() -> None:
    names = {slug("Люксембург"), slug("Роттердам")}
    assert len(names) == 2
    assert all(name.isalnum() for name in names)
