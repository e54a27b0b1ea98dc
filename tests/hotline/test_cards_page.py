"""A card by its number, and a sticker that is another network's: an agent who knows whose it is says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hotline.core.networks import Network, network_of
from hotline.settings import HotlineSettings, NetworkSettings
from hotline.storage.trail import StoredTrail
from monitor.decode.dialect import Authorization
from monitor.registry.cards import AuthorizeMode, Authorizer

from .reading import Reader, online, read
from .support import NOW, House, hidden, station

if TYPE_CHECKING:
    from .support import Browser

ENO, BLUE = Network(name="Eno", phone="+352 1", prefixes=("LU*ENO",)), Network(name="Blue", prefixes=("BE-BLU", "LU"))


async def checked(browser: Browser, number: str) -> str:
    token = hidden(await browser.page("/cards"), "form_token")
    answer = await browser.post("/cards", {"form_token": token, "number": number})
    assert answer.status == 200
    return Reader(await answer.text()).words


@pytest.mark.parametrize(
    ("status", "until", "words"),
    [
        (Authorization.ACCEPTED, None, "It is good."),
        (Authorization.ACCEPTED, NOW.replace(year=2027), "It is good. until"),
        (Authorization.ACCEPTED, NOW.replace(year=2025), "It has expired: its provider can renew it. since 22 Nov"),
        (Authorization.BLOCKED, None, "It is blocked: its provider can say why."),
    ],
)
async def test_a_card_of_the_list(house: House, status: Authorization, until: object, words: str) -> None:
    authorizer = Authorizer(AuthorizeMode.LIST, house.clock)
    authorizer.cards = {"04A2B3C4D5E6F7": (status, until)}  # type: ignore[dict-item]
    house.cards = authorizer.known if authorizer.keeps_list else None
    await house.open()
    browser = house.browser()
    await browser.sign_in()
    page = await checked(browser, "04a2 b3c4 d5e6 f7")
    assert words in page
    assert "Start a call" in page, "the head of the page is there as on any other"
    assert "It is not on our list" in await checked(browser, "<b>nobody</b>")
    (entry, _) = await StoredTrail(house.database).entries()
    assert (entry.what, entry.about) == ("card checked", "…e6f7"), "not the whole number"


async def test_the_way_to_the_list_is_a_number_and_the_way_back_a_link(house: House) -> None:
    house.put(station(1), online())
    authorizer = Authorizer(AuthorizeMode.LIST, house.clock)
    house.cards = authorizer.known
    await house.open()
    browser = house.browser()
    await browser.sign_in()
    page = await read(browser, "/stations/CP0001?symptom=card_refused")
    assert [
        attrs["data-key"] for tag, attrs in page.tags if tag == "a" and attrs.get("href") == "/cards" and "data-key" in attrs
    ] == ["1"]
    assert "Back: CP0001" not in await checked(browser, "04A2B3C4"), "nobody calls"
    token = hidden(await browser.page("/"), "form_token")
    await browser.post("/calls", {"form_token": token, "back": "station:CP0001"})
    await browser.page("/stations/CP0001")
    assert "Back: CP0001" in await checked(browser, "04A2B3C4")


async def test_where_no_list_is_kept_nobody_is_told_that_a_card_is_bad(browser: Browser) -> None:
    assert "We keep no list of cards" in await checked(browser, "04A2B3C4")
    assert "We keep no list" not in await checked(browser, "  ")


async def test_where_no_list_is_kept_none_is_offered(house: House, browser: Browser) -> None:
    house.put(station(1), online())
    assert "Check a card" not in (await read(browser, "/stations/CP0001?symptom=card_refused")).words.split("Do next")[1]


def test_the_longest_beginning_says_whose_sticker_it_is() -> None:
    assert network_of("lu eno 00123", (BLUE, ENO)) is ENO
    assert network_of("LU*XYZ*1", (BLUE, ENO)) is BLUE
    assert network_of("be-blu.77", (BLUE, ENO)) is BLUE
    assert network_of("CP2500", (BLUE, ENO)) is None
    assert network_of("x", (Network(name="Any", prefixes=("*",)),)) is None


async def test_a_sticker_of_another_network_names_it_and_its_hotline(house: House) -> None:
    prefixes = ("EN", "LU*XYZ")
    house.hotline = HotlineSettings(network=(NetworkSettings(name="Eno <b>", phone="+352 80 06", prefixes=prefixes),))
    house.put(station(1), online())
    await house.open()
    browser = house.browser()
    await browser.sign_in()
    for path in ("/search?q=EN4711", "/stations/EN4711", "/search?q=LU*XYZ*E123*4", "/search?q=lu+xyz+e123"):
        answer = await browser.get(path)
        assert answer.status == 404
        page = Reader(await answer.text())
        assert "It is a sticker of Eno <b>. Its hotline: +352 80 06" in page.words
        assert ("a", {"href": "tel:+3528006"}) in page.tags
    for words in ("Ensdorf", "enough"):
        assert "It is a sticker of" not in Reader(await (await browser.get(f"/search?q={words}")).text()).words
    assert "It is a sticker of" not in (await read(browser, "/search?q=CP")).words
