"""The language of the call: chosen by a click, kept for the next page, apart from the page's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from msgspec import structs

from hotline.settings import ConsoleSettings
from hotline.web import cookies
from hotline.web.cookies import Cookie
from hotline.web.languages import OWN_NAMES, Speech
from monitor.core.health_state import Connector
from monitor.core.observations import Status

from .reading import Reader, ago, offline, online, read
from .support import station

if TYPE_CHECKING:
    from .support import Browser, House

SAID = {
    "fr": "La borne ne nous répond plus.",
    "de": "Die Ladesäule antwortet uns nicht mehr.",
    "lb": "D’Borne äntwert eis net méi.",
    "en": "The charger no longer answers us.",
    "pt": "O posto já não nos responde.",
}
PAGE = "/stations/CP0001"
FREE = Connector(connector="1", status=Status.AVAILABLE, since=ago(hours=1), reported_at=ago(minutes=1))
TWO = structs.replace(FREE, connector="2")


def shown(page: Reader) -> list[str]:
    """Return the languages whose saying shows."""
    return [attrs["lang"] for tag, attrs in page.tags if tag == "p" and "data-saying" in attrs and "hidden" not in attrs]


def pressed(page: Reader) -> list[str]:
    """Return the languages whose button is pressed."""
    return [attrs["value"] for tag, attrs in page.tags if attrs.get("name") == "say" and attrs["aria-pressed"] == "true"]


async def choose(browser: Browser, speech: str) -> None:
    answer = await browser.get(f"{PAGE}?say={speech}")
    assert (answer.status, answer.headers["Location"]) == (303, PAGE)


@pytest.fixture(autouse=True)
def cut_off(house: House) -> None:
    """Put a station into the house that is cut off."""
    house.put(station(1), offline())


async def test_the_page_has_every_saying_and_shows_that_of_its_own_language(browser: Browser) -> None:
    page = await read(browser, PAGE, headers={"Accept-Language": "de-LU"})
    assert all(text in page.words for text in SAID.values())
    assert (shown(page), pressed(page)) == (["de"], ["de"])
    buttons = [attrs for _, attrs in page.tags if attrs.get("name") == "say"]
    assert [(one["value"], one["lang"], one["title"]) for one in buttons] == [(one, one, OWN_NAMES[one]) for one in Speech]
    assert [attrs["lang"] for tag, attrs in page.tags if tag == "p" and "data-saying" in attrs] == list(SAID)


@pytest.mark.parametrize("speech", Speech)
async def test_a_choice_is_kept_and_leaves_the_page_in_its_own_language(house: House, browser: Browser, speech: Speech) -> None:
    await choose(browser, speech)
    house.put(station(2), online())
    for path in (PAGE, "/stations/CP0002"):
        page = await read(browser, path)
        assert (shown(page), pressed(page)) == ([speech], [speech])
        assert page.tags[0] == ("html", {"lang": "en"})
        assert "Say this" in page.words
    assert SAID[speech] in (await read(browser, PAGE)).words


async def test_a_page_that_refreshes_itself_keeps_its_own_choice_and_changes_no_other(browser: Browser) -> None:
    await choose(browser, "lb")
    page = await read(browser, PAGE)
    (part,) = [attrs["data-part"] for _, attrs in page.tags if attrs.get("id") == "live-part"]
    assert part == f"{PAGE}?part=live&say=lb"
    await choose(browser, "pt")
    answer = await browser.get(part)
    assert answer.status == 200
    assert shown(Reader(await answer.text())) == ["lb"]
    assert "Set-Cookie" not in answer.headers
    assert shown(await read(browser, PAGE)) == ["pt"]


@pytest.mark.parametrize("query", ["?say=xx", "?say=", "?say=EN", "?say=fr-LU"])
async def test_what_is_no_language_of_ours_chooses_nothing(browser: Browser, query: str) -> None:
    await choose(browser, "pt")
    assert shown(await read(browser, PAGE + query)) == ["pt"]


async def test_a_nonsense_cookie_is_passed_over(browser: Browser) -> None:
    own = f"bornewatch={browser.cookie('bornewatch')}; bornewatch-call=xx"
    assert shown(await read(browser, PAGE, headers={"Cookie": own})) == ["en"]


async def test_the_cookie_lasts_for_the_session_and_no_script_reads_it(browser: Browser) -> None:
    cookie = (await browser.get(f"{PAGE}?say=de")).cookies["bornewatch-call"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"], cookie["path"]) == ("de", True, "Lax", "/")
    assert (cookie["max-age"], cookie["expires"], cookie["secure"]) == ("", "", "")


def test_over_tls_the_cookie_is_bound_to_the_host() -> None:
    response = web.Response()
    cookies.give(response, Cookie.CALL, "de", ConsoleSettings(base_url="https://console.example"))
    cookie = response.cookies["__Host-bornewatch-call"]
    assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")


async def test_nobody_chooses_without_signing_in(house: House) -> None:
    await house.open()
    answer = await house.browser().get(f"{PAGE}?say=de")
    assert answer.headers["Location"].startswith("/login?next=")
    assert "bornewatch-call" not in answer.cookies


async def test_signing_out_forgets_it(browser: Browser) -> None:
    await choose(browser, "pt")
    token = (await browser.page(PAGE)).split('name="form_token" value="', 1)[1].split('"', 1)[0]
    await browser.post("/logout", {"form_token": token})
    assert browser.cookie("bornewatch-call") == ""
    await browser.sign_in()
    assert shown(await read(browser, PAGE)) == ["en"]


async def test_another_spelling_of_the_sticker_keeps_the_choice(browser: Browser) -> None:
    answer = await browser.get("/stations/cp%200001?say=lb")
    assert answer.headers["Location"] == "/stations/cp%200001"
    assert (await browser.get("/stations/cp%200001")).headers["Location"] == PAGE
    assert shown(await read(browser, PAGE)) == ["lb"]


async def test_where_a_point_is_free_is_said_by_what_tells_the_caller_something(house: House, browser: Browser) -> None:
    house.put(station(1, lat=49.495, lon=5.98), offline())
    house.put(station(2, site="Gare", address="rue de la Gare", lat=49.5, lon=5.98), online(connectors=(FREE,)))
    assert "The nearest free charger is 560 m away: rue de la Gare." in (await read(browser, PAGE)).words
    house.put(station(3, "CP2514", lat=49.495, lon=5.98), online(connectors=(FREE,)))
    assert "Another charger here is free: CP 25 14." in (await read(browser, PAGE)).words, "its address is the caller's own"


async def test_a_point_beside_the_callers_is_said_once(house: House, browser: Browser) -> None:
    house.put(station(2, site="Gare", lat=49.5, lon=5.98), online(connectors=(FREE,)))
    house.put(station(1), online(connectors=(FREE, TWO)))
    page = await read(browser, f"{PAGE}?symptom=blocked&point=1")
    assert "Point 2 of this charger is free." in page.words
    assert "nearest free charger is" not in page.words
    house.put(station(1), online(connectors=(structs.replace(FREE, status=Status.FAULTED, error="OverCurrentFailure"), TWO)))
    page = await read(browser, f"{PAGE}?symptom=will_not_start&point=1")
    assert "Point 2 of this charger is free." not in page.words, "what is said names it"


async def test_danger_is_said_alone(house: House, browser: Browser) -> None:
    house.put(station(3, "CP2514"), online(connectors=(FREE,)))
    house.put(station(1), online(connectors=(FREE,)))
    assert "CP 25 14" not in (await read(browser, f"{PAGE}?symptom=danger")).words
