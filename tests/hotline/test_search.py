"""The one search field: exact first, then near stickers, then words; forgiving, bounded and quick."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.core.folding import digits, fold, squeeze, without_connector, words
from hotline.core.search import MOST_ROWS, Found, Match, SearchIndex, is_transposed, looks_like_sticker
from monitor.core.registry import Contact, Station

from .support import station

NETWORK = [
    station(1, "CP2500"),
    station(2, "CP2050", site="Gare", address="12 rue de la Gare, L-1611 Luxembourg", owner=Contact(name="CFL")),
    station(3, "CP2501", site="Mairie", address="Place de l'Hôtel de Ville, Dudelange", owner=Contact(name="Ville de Dudelange")),
    station(4, "CP25", site="Œuvre Saint-Æmilian", address="", owner=Contact()),
    station(5, "SC2500", site="SuperChargy", address="Aire de Berchem", owner=Contact()),
    station(6, "ESCH-1", site="Brill 2", address="rue du Brill", owner=Contact()),
    station(7, "CP25001", site="Depot", address="Bettembourg", owner=Contact()),
    station(8, "DEPOT", site="", address="", owner=Contact()),
]
INDEX = SearchIndex(NETWORK)
BY_ID = {found.id: found for found in NETWORK}


def stickers(found: Found) -> list[str]:
    return [BY_ID[hit.station].sticker for hit in found.hits]


@pytest.mark.parametrize(
    ("query", "sticker"),
    [
        ("CP2500", "CP2500"),
        ("cp 2500", "CP2500"),
        ("  cP-25 00 ", "CP2500"),
        ("CP2500-1", "CP2500"),
        ("CP2500 - 2", "CP2500"),
        ("CP2500/1", "CP2500"),
        ("2501", "CP2501"),
        ("2501-1", "CP2501"),
        ("2501-1.2", "CP2501"),
        ("ESCH-1", "ESCH-1"),
        ("esch 1", "ESCH-1"),
        ("ESCH-1-2", "ESCH-1"),
        ("25001", "CP25001"),
        ("depot", "DEPOT"),
        ("résistance cp2500", "CP2500"),
    ],
)
def test_any_spelling_of_a_sticker_finds_it_first(query: str, sticker: str) -> None:
    assert stickers(INDEX.search(query))[0] == sticker


def test_a_suffix_is_read_as_a_connector_before_it_is_read_as_digits() -> None:
    found = INDEX.search("2500-1")
    assert {BY_ID[hit.station].sticker for hit in found.hits if hit.match is Match.EXACT} == {"CP2500", "SC2500"}
    assert "CP25001" in stickers(found)
    assert found.target is None, "two stations wear that number: a person must choose"


def test_near_stickers_come_after_the_exact_one_and_swaps_before_other_slips() -> None:
    found = INDEX.search("CP2500")
    assert [(BY_ID[hit.station].sticker, hit.match) for hit in found.hits] == [
        ("CP2500", Match.EXACT),
        ("CP2050", Match.TRANSPOSED),
        ("CP25001", Match.NEAR),
        ("CP2501", Match.NEAR),
    ]


@pytest.mark.parametrize(
    ("query", "sticker"),
    [
        ("CP5200", "CP2500"),
        ("CP2505", "CP2500"),
        ("CP250", "CP2500"),
        ("CPP2500", "CP2500"),
        ("hotel de ville", "CP2501"),
        ("HÔTEL", "CP2501"),
        ("dudelage", "CP2501"),
        ("brill esch", "CP2500"),
        ("oeuvre", "CP25"),
        ("aemilian", "CP25"),
        ("cfl", "CP2050"),
        ("gare 12", "CP2050"),
        ("luxembuorg gare", "CP2050"),
        ("berch", "SC2500"),
        ("resistanse esch", "CP2500"),
    ],
)
def test_slips_words_accents_and_beginnings_are_forgiven(query: str, sticker: str) -> None:
    assert sticker in stickers(INDEX.search(query))


@pytest.mark.parametrize("query", ["", "   ", "???", "zzzz", "日本", "brill zzzz", "\u202e", "xy 12345678901234"])
def test_nothing_is_found_for_nothing(query: str) -> None:
    assert INDEX.search(query).hits == ()


def test_the_target_is_the_one_exact_sticker_or_the_only_hit_by_words() -> None:
    assert INDEX.search("CP2500").target == 1
    assert INDEX.search("cfl").target == 2
    assert INDEX.search("CP2").target is None, "a beginning is not yet a choice"
    assert INDEX.search("rue").target is None
    assert INDEX.search("CP2510").target is None, "a near sticker is never opened by itself"


def test_the_nearest_are_offered_for_a_sticker_that_nobody_wears() -> None:
    assert stickers(INDEX.nearest("CP2599"))[0] == "CP25"
    assert stickers(INDEX.nearest("2599-1"))[:1] == ["CP25"]
    assert INDEX.nearest("QQ987654321").hits == ()


def test_at_most_twenty_rows_in_the_order_of_stickers() -> None:
    many = SearchIndex(station(n) for n in range(100, 200))
    assert len(many) == 100
    for query in ("esch", "CP01", "es", "0150"):
        found = many.search(query)
        assert len(found.hits) == MOST_ROWS
        by_words = [hit.station for hit in found.hits if hit.match is Match.WORDS]
        assert by_words == sorted(by_words)


def test_hostile_texts_cost_nothing_and_are_found_by_what_is_sane_in_them() -> None:
    index = SearchIndex(
        [station(1, site="🚗" * 10_000, address="<script>alert(1)</script>\r\nEsch", owner=Contact(name="\u202eeldnam"))]
    )
    assert [hit.station for hit in index.search("script alert").hits] == [1]
    assert index.search("x" * 100_000).hits == ()


@pytest.mark.parametrize(
    ("one", "other", "swapped"),
    [("2050", "2500", True), ("2500", "2500", False), ("25", "250", False), ("2005", "5002", False), ("1234", "1324", True)],
)
def test_only_neighbours_are_swapped(one: str, other: str, *, swapped: bool) -> None:
    assert is_transposed(one, other) is swapped


@pytest.mark.parametrize(("query", "like"), [("CP9999", True), ("9999-1", True), ("99", True), ("brill", False), ("9", False)])
def test_what_was_meant_as_a_sticker(query: str, *, like: bool) -> None:
    assert looks_like_sticker(query) is like


def test_folding() -> None:
    assert fold("Éœß") == "eoess"
    assert words("Ville d'Esch-sur-Alzette") == ["ville", "d", "esch", "sur", "alzette"]
    assert squeeze(" CP 25-00 ") == "cp2500"
    assert digits("cp2500") == "2500"
    assert without_connector("2500-1") == "2500"
    assert without_connector("25-00") is None, "connectors are numbered from one"


numbers = st.sets(st.integers(0, 9999), min_size=1, max_size=30)


@given(numbers, st.data())
def test_an_exact_sticker_is_always_first_in_any_spelling(stations: set[int], data: st.DataObject) -> None:
    index = SearchIndex(station(number) for number in stations)
    number = data.draw(st.sampled_from(sorted(stations)))
    gap = data.draw(st.sampled_from(["", " ", "-", " . ", "  "]))
    suffix = data.draw(st.sampled_from(["", "-1", " - 2", "/3", "#1", "-1.2"]))
    prefix = data.draw(st.sampled_from(["CP", "cp", "Cp"]))
    found = index.search(f"{prefix}{gap}{number:04}{suffix}")
    assert found.hits[0].station == number
    assert found.hits[0].match is Match.EXACT
    assert found.target == number
    order = [hit.match for hit in found.hits]
    assert order == sorted(order)
    assert len({hit.station for hit in found.hits}) == len(found.hits)


@given(st.text(max_size=120), numbers)
def test_any_text_can_be_searched(query: str, stations: set[int]) -> None:
    found = SearchIndex(station(number) for number in stations).search(query)
    assert len(found.hits) <= MOST_ROWS


def test_a_sticker_that_was_replaced_still_finds_its_station() -> None:
    index = SearchIndex([station(1, "CP2500", former_sticker="P-7KQ2MX-1"), station(2, "CP2501")])
    for query in ("P-7KQ2MX-1", "p-7kq2mx-1", "p7kq2mx1", "7kq2mx"):
        assert index.search(query).target == 1, query


def ten_thousand() -> list[Station]:
    return [
        station(n, f"CP{n:05}", site=f"Parking {n % 700}", address=f"{n % 90} rue {n % 3000}bis, L-{n % 9000} Ville{n % 120}")
        for n in range(10_000)
    ]


def test_ten_thousand_stations_are_indexed_and_searched_quickly() -> None:
    network = ten_thousand()
    began = time.process_time()
    index = SearchIndex(network)
    assert time.process_time() - began < 5.0
    queries = [
        "CP02500",
        "2500-1",
        "CP02050",
        "rue",
        "r",
        "0",
        "vlile7 rue",
        "xxxxx yyyyy zzzzz wwwww vvvvv",
        "parkin 12 esch brill rue",
    ]
    for query in queries:
        times = []
        for _ in range(9):
            began = time.process_time()
            index.search(query)
            times.append(time.process_time() - began)
        assert min(times) < 0.02, query
