"""The console in Chromium: keyboard, live values, a broken stream, no script, and nothing that the policy forbids."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING

import pytest
from msgspec import structs
from playwright.async_api import expect

from hotline.core.roles import Role
from hotline.storage.accounts import StoredAccounts
from monitor.core.events import ConnectorChanged, HealthChanged, Reason, State
from monitor.core.health_state import Connector, HealthState, Link
from monitor.core.observations import Status
from monitor.registry.attempts import Attempt, Outcome
from tests.browser import support
from tests.hotline.support import NAME, NOW, PASSWORD, QUICK, House, SqliteDatabase, station

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser, BrowserContext, Page, Route

    from monitor.core.registry import Station

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not support.chromium_starts(), reason="needs Debian's packages: tools/debian.sh chromium libatomic1"),
]


def online() -> HealthState:
    point = Connector(connector="1", status=Status.AVAILABLE, since=NOW, reported_at=NOW)
    return HealthState(
        state=State.ONLINE,
        reason=Reason.SPOKE,
        since=NOW - timedelta(hours=3),
        last_seen=NOW - timedelta(seconds=8),
        link=Link.OPEN,
        link_since=NOW - timedelta(hours=2),
        connectors=(point,),
    )


def suspect() -> HealthState:
    return HealthState(
        state=State.SUSPECT,
        reason=Reason.LINK_CLOSED,
        since=NOW,
        last_seen=NOW,
        silent_since=NOW,
        deadline=NOW + timedelta(minutes=15),
        link=Link.CLOSED,
        link_since=NOW,
    )


@dataclass
class Desk:
    """A signed-in agent in front of a console with two stations; `complaints` is what the browser's console says."""

    house: House
    page: Page
    found: Station
    complaints: list[str] = field(default_factory=list)

    @property
    def base(self) -> str:
        """The console's address."""
        assert self.house.server is not None
        return str(self.house.server.make_url("")).rstrip("/")

    async def show(self, path: str) -> None:
        """Go to `path`."""
        await self.page.goto(self.base + path)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Return a console that is open, with anna and two stations."""
    database = SqliteDatabase(tmp_path / "browser.db")
    database.migrate()
    house = House(database)
    await house.add_anna()
    house.put(station(2500), online())
    house.put(station(2050, site="Gare", address="Rue de la Gare, Dudelange"), online())
    await house.open()
    yield house
    await house.close()


async def sign_in(house: House, context: BrowserContext, name: str = NAME) -> Desk:
    page = await context.new_page()
    desk = Desk(house, page, station(2500))
    page.on("console", lambda said: desk.complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: desk.complaints.append(str(error)))
    await desk.show("/")
    await page.fill("#name", name)
    await page.fill("#password", PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator("h1[data-server-now]")).to_contain_text("2 ")
    return desk


@pytest.fixture
async def desk(house: House, chromium: Browser) -> AsyncIterator[Desk]:
    """Return an agent who has just signed in."""
    context = await chromium.new_context(locale="en-GB")
    yield await sign_in(house, context)
    await context.close()


async def test_a_sticker_and_enter_and_there_is_the_station(desk: Desk) -> None:
    await expect(desk.page.locator("#q")).to_be_focused()
    await desk.page.keyboard.type("cp 2500-1")
    await desk.page.keyboard.press("Enter")
    await expect(desk.page).to_have_url(f"{desk.base}/stations/CP2500")
    await expect(desk.page.locator(".verdict")).to_contain_text("We see it healthy")


@pytest.mark.parametrize(
    ("typed", "suggested", "asked"),
    [
        ("CP2500", False, ["/stations/CP2500"]),
        ("cp2500", False, ["/stations/CP2500"]),
        ("2500", True, ["/stations/CP2500"]),
        ("cp 25-00", True, ["/stations/CP2500"]),
        ("2500", False, ["/search?q=2500", "/stations/CP2500"]),
        ("rue de la gare", True, ["/search?q=rue+de+la+gare", "/stations/CP2050"]),
    ],
)
async def test_enter_leads_straight_to_a_charger_whose_number_is_typed(
    desk: Desk, typed: str, suggested: bool, asked: list[str]
) -> None:
    pages: list[str] = []
    desk.page.on("request", lambda one: pages.append(one.url.removeprefix(desk.base)) if one.is_navigation_request() else None)
    await expect(desk.page.locator("#q")).to_be_focused()
    if suggested:
        await desk.page.keyboard.type(typed)
        await expect(desk.page.locator("#suggestions a").first).to_be_visible()
    else:
        await desk.page.evaluate("typed => { document.getElementById('q').value = typed; }", typed)
    await desk.page.keyboard.press("Enter")
    await expect(desk.page.locator(".verdict")).to_be_visible()
    assert pages == asked


async def test_the_slash_finds_the_search_from_anywhere(desk: Desk) -> None:
    await desk.show("/stations/CP2500")
    await expect(desk.page.locator("#q")).not_to_be_focused()
    await desk.page.keyboard.press("/")
    await expect(desk.page.locator("#q")).to_be_focused()
    await expect(desk.page.locator("#q")).to_have_value("")
    await desk.page.keyboard.press("Escape")
    await expect(desk.page.locator("#q")).not_to_be_focused()
    await desk.page.keyboard.press("?")
    await expect(desk.page.locator("#keys")).to_be_visible()


async def test_suggestions_come_while_typing_and_the_arrows_reach_them(desk: Desk) -> None:
    await desk.page.keyboard.type("dudel")
    await expect(desk.page.locator("#suggestions a")).to_have_count(1)
    await desk.page.keyboard.press("ArrowDown")
    await desk.page.keyboard.press("Enter")
    await expect(desk.page).to_have_url(f"{desk.base}/stations/CP2050")


async def test_a_change_arrives_without_a_reload_and_without_moving_the_focus(desk: Desk) -> None:
    await desk.show("/stations/CP2500")
    await expect(desk.page.locator("#live-sign")).to_have_attribute("data-state", "live")
    await desk.page.evaluate("window.sameDocument = true")
    await desk.page.locator(".strip-list summary").click()
    house, found = desk.house, desk.found
    house.view.states[found.id] = suspect()
    event = HealthChanged(at=NOW, origin=State.ONLINE, to=State.SUSPECT, reason=Reason.LINK_CLOSED, since=NOW)
    await house.bus.publish(house.history.add(found.id, event))
    await expect(desk.page.locator(".big-state strong")).to_have_text("suspect")
    await expect(desk.page.locator(".happenings li")).to_contain_text("The connection dropped")
    await expect(desk.page).to_have_title("CP2500 · suspect · Bornewatch")
    assert await desk.page.evaluate("window.sameDocument") is True
    await expect(desk.page.locator(".strip-list summary")).to_be_focused()
    await expect(desk.page.locator(".strip-list")).to_have_attribute("open", "")


async def test_the_start_page_counts_anew(desk: Desk) -> None:
    await expect(desk.page.locator("#live-sign")).to_have_attribute("data-state", "live")
    desk.house.view.states[desk.found.id] = suspect()
    event = HealthChanged(at=NOW, origin=State.ONLINE, to=State.SUSPECT, reason=Reason.LINK_CLOSED, since=NOW)
    await desk.house.bus.publish(desk.house.history.add(desk.found.id, event))
    await expect(desk.page.locator(".counts li", has_text="suspect").locator("strong")).to_have_text("1")


async def test_ages_tick(desk: Desk) -> None:
    await desk.show("/stations/CP2500")
    age = desk.page.locator(".verdict time")
    first = await age.inner_text()
    await expect(age).not_to_have_text(first)


async def test_a_broken_stream_is_said_and_the_values_stay_greyed(desk: Desk) -> None:
    await desk.show("/stations/CP2500")
    await expect(desk.page.locator("#live-sign")).to_have_text("live")
    assert desk.house.server is not None
    await desk.house.server.close()
    await expect(desk.page.locator("#live-sign")).to_have_text("not live since 08:40")
    await expect(desk.page.locator("#live-part")).to_have_class("stale")
    await expect(desk.page.locator(".verdict")).to_contain_text("We see it healthy")


async def test_an_agent_who_was_signed_out_is_told(desk: Desk) -> None:
    await desk.show("/stations/CP2500")
    await expect(desk.page.locator("#live-sign")).to_have_text("live")
    desk.house.clock.advance(hours=25)
    event = ConnectorChanged(at=NOW, connector="1", status=Status.CHARGING)
    await desk.house.bus.publish(desk.house.history.add(desk.found.id, event))
    await expect(desk.page.locator("#live-sign")).to_have_text("signed out: reload to sign in again")


async def test_l_leads_through_the_languages_of_the_call_and_the_page_remembers(desk: Desk) -> None:
    page, said = desk.page, desk.page.locator("[data-saying]:visible")
    pressed = page.locator('button[name="say"][aria-pressed="true"]')
    await desk.show("/stations/CP2500")
    await expect(said).to_have_attribute("lang", "en")
    for speech in ("pt", "fr", "de", "lb"):
        async with page.expect_response(lambda answer: answer.url.endswith(f"/stations/CP2500?say={speech}")):  # noqa: B023
            await page.keyboard.press("l")
        await expect(said).to_have_attribute("lang", speech)
        await expect(pressed).to_have_text(speech.upper())
    await expect(said).to_contain_text("Bei eis äntwert d’Borne.")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await page.focus("#q")
    await page.keyboard.type("l")
    await expect(said).to_have_attribute("lang", "lb")
    desk.house.put(desk.found, suspect())
    event = HealthChanged(at=NOW, origin=State.ONLINE, to=State.SUSPECT, reason=Reason.LINK_CLOSED, since=NOW)
    await desk.house.bus.publish(desk.house.history.add(desk.found.id, event))
    await expect(said).to_contain_text("D’Borne äntwert eis net méi.")
    await desk.show("/stations/CP2050")
    await expect(said).to_have_attribute("lang", "lb")
    await page.get_by_role("button", name="FR", exact=True).click()
    await expect(said).to_contain_text("De notre côté")
    await expect(page).to_have_url(f"{desk.base}/stations/CP2050")
    assert desk.complaints == []


async def test_what_was_fetched_before_a_choice_does_not_undo_it(desk: Desk) -> None:
    page, said = desk.page, desk.page.locator("[data-saying]:visible")
    held: list[Route] = []
    came = asyncio.Event()

    async def hold(route: Route) -> None:
        held.append(route)
        came.set()

    await desk.show("/stations/CP2500")
    await expect(page.locator("#live-sign")).to_have_text("live")
    await page.route("**/stations/CP2500?part=live&say=en", hold)
    desk.house.put(desk.found, suspect())
    event = HealthChanged(at=NOW, origin=State.ONLINE, to=State.SUSPECT, reason=Reason.LINK_CLOSED, since=NOW)
    await desk.house.bus.publish(desk.house.history.add(desk.found.id, event))
    await came.wait()
    await page.keyboard.press("l")
    await expect(said).to_have_attribute("lang", "pt")
    await held[0].continue_()
    await expect(page.locator(".verdict")).to_contain_text("Its connection dropped")
    assert await said.get_attribute("lang") == "pt"


async def test_the_policy_is_never_offended(desk: Desk) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    desk.house.put(station(66, site=hostile, address=hostile), online())
    desk.page.on("dialog", lambda dialog: desk.complaints.append(dialog.message))
    for path in ("/", "/stations/CP2500", "/stations/CP0066", "/search?q=rue", "/stations?state=online", "/breaches", "/seen?q=x"):
        await desk.show(path)
        await desk.page.fill("#q", "img")
        await expect(desk.page.locator("#suggestions a").first).to_be_visible()
    assert desk.complaints == []


async def test_every_control_is_large_enough_and_the_page_never_scrolls_sideways(desk: Desk) -> None:
    await desk.page.set_viewport_size({"width": 390, "height": 844})
    for path in ("/", "/stations/CP2500", "/search?q=rue", "/stations?state=online", "/seen?q=CP2500", "/strangers"):
        await desk.show(path)
        wide = await desk.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390, path
        small = await desk.page.evaluate(
            """() => [...document.querySelectorAll("a:not(.skip), button, input, summary")]
                .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
                .filter(([, box]) => box.width > 0 && box.height < 24)
                .map(([name]) => name)"""
        )
        assert small == [], path


@pytest.mark.parametrize("locale", ["fr-LU", "de-LU", "lb-LU", "en-GB", "pt-PT"])
async def test_no_language_is_cut_on_any_screen(house: House, chromium: Browser, locale: str) -> None:
    context = await chromium.new_context(locale=locale)
    desk = await sign_in(house, context)
    for width, path in product((1280, 390), ("/", "/stations/CP2500", "/login", "/strangers")):
        await desk.page.set_viewport_size({"width": width, "height": 844})
        await desk.show(path)
        await expect(desk.page.locator("html")).to_have_attribute("lang", locale[:2])
        wide = await desk.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, (path, width)
        cut = await desk.page.evaluate(
            """() => [...document.querySelectorAll("button, summary, h1, h2, dt, dd, p, td, th, .state, .point")]
                .filter((one) => one.getBoundingClientRect().width > 0 && one.scrollWidth > one.clientWidth + 1)
                .filter((one) => getComputedStyle(one).display !== "inline")
                .map((one) => one.outerHTML.slice(0, 80))"""
        )
        assert cut == [], (path, width)
        hint = await desk.page.evaluate(
            """() => {
                const field = document.getElementById("q"), look = getComputedStyle(field);
                const pen = document.createElement("canvas").getContext("2d");
                pen.font = look.font;
                const room = field.clientWidth - parseFloat(look.paddingLeft) - parseFloat(look.paddingRight);
                return pen.measureText(field.placeholder).width - room;
            }"""
        )
        assert hint <= 0, "the hint in the search field is cut"
    await context.close()


CONTRAST = """(one) => {
  const light = (text) => {
    const parts = text.match(/[\\d.]+/g).slice(0, 3).map((part) => Number(part) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const style = getComputedStyle(one);
  const [more, less] = [light(style.color), light(style.backgroundColor)].sort((a, b) => b - a);
  return (more + 0.05) / (less + 0.05);
}"""
"""The ratio of WCAG 2.2 §1.4.3 between an element's text and its ground."""


async def test_a_danger_comes_without_a_reload_and_is_the_loudest_thing_on_the_page(desk: Desk) -> None:
    page, found = desk.page, desk.found
    await page.set_viewport_size({"width": 390, "height": 844})
    await desk.show("/stations/CP2500")
    await expect(page.locator(".safety")).to_have_count(0)
    live = Connector(connector="1", status=Status.FAULTED, since=NOW, reported_at=NOW, error="PowerSwitchFailure")
    desk.house.put(found, structs.replace(online(), connectors=(live,)))
    changed = ConnectorChanged(at=NOW, connector="1", status=Status.FAULTED, error="PowerSwitchFailure")
    await desk.house.bus.publish(desk.house.history.add(found.id, changed))
    safety = page.get_by_role("alert").filter(has_text="Do not touch")
    await expect(safety).to_be_visible()
    await expect(page.locator(".say")).to_contain_text("Please step back and do not touch the charger")
    top, below = await safety.bounding_box(), await page.locator(".say").bounding_box()
    assert top is not None
    assert below is not None
    assert top["y"] + top["height"] <= min(844, below["y"]), "above what is said, on the first screen of a telephone"
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        assert await safety.evaluate(CONTRAST) >= 4.5
    assert desk.complaints == []


async def test_everything_works_without_a_script(house: House, chromium: Browser) -> None:
    context = await chromium.new_context(locale="fr-LU", java_script_enabled=False)
    page = await context.new_page()
    assert house.server is not None
    await page.goto(str(house.server.make_url("/stations/CP2500")))
    await page.fill("#name", NAME)
    await page.fill("#password", PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator(".verdict")).to_contain_text("Elle va bien")
    await expect(page.locator("#live-sign")).to_contain_text("pas en direct")
    await page.fill("#q", "gare dudelange")
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_contain_text("CP2050")
    await page.get_by_role("button", name="LB", exact=True).click()
    await expect(page.locator("[data-saying]:visible")).to_contain_text("Bei eis äntwert d’Borne.")
    await page.locator(".menu summary").click()
    await page.get_by_role("button", name="English").click()
    await expect(page.locator(".verdict")).to_contain_text("We see it healthy")
    await expect(page.locator("[data-saying]:visible")).to_have_attribute("lang", "lb")
    await page.locator(".menu summary").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.locator("#password")).to_be_visible()
    await context.close()


async def test_a_stranger_is_taken_in_and_its_installer_follows_it_from_a_link(house: House, chromium: Browser) -> None:
    knock = Attempt(at=NOW, identity="ELD-7", address="10.0.0.7", outcome=Outcome.UNKNOWN, offered="ocpp1.6")
    house.attempts.record(knock)
    await StoredAccounts(house.database).add_account("olga", Role.OPERATOR, QUICK.hash(PASSWORD), NOW)
    context = await chromium.new_context(locale="en-GB", viewport={"width": 390, "height": 800})
    desk = await sign_in(house, context, "olga")
    page = desk.page
    await page.get_by_text("1 unknown charger knocks").click()
    await page.get_by_role("link", name="ELD-7").click()
    await expect(page.locator(".sighting")).to_contain_text("this identity is not registered")
    await page.get_by_role("button", name="Make a link for the installer").click()
    link = await page.get_by_role("textbox", name="Link for the installer").input_value()
    assert house.public_server is not None
    outside = await (await chromium.new_context(locale="fr-LU", viewport={"width": 390, "height": 800})).new_page()
    outside.on("console", lambda said: desk.complaints.append(said.text) if said.type in {"error", "warning"} else None)
    await outside.goto(str(house.public_server.make_url(link.partition(":8081")[2])))
    await expect(outside.locator(".sighting")).to_contain_text("n'est pas enregistrée")
    assert await outside.evaluate("document.documentElement.scrollWidth") <= 390
    await desk.show("/strangers")
    await page.locator("main summary").click()
    await page.get_by_label("Number on the sticker").fill("CP77")
    await page.get_by_role("button", name="Register").click()
    await expect(page.locator("h1")).to_contain_text("CP77")
    house.attempts.record(replace(knock, outcome=Outcome.ADMITTED, registered=True))
    await expect(outside.locator(".sighting")).to_contain_text("Elle a été admise", timeout=15_000)
    await desk.show("/strangers")
    await expect(page.locator("main")).to_contain_text("Nobody unknown has knocked.")
    assert desk.complaints == []
    await context.close()
