"""The ten commonest calls, by keyboard alone, from the first word to the wrap-up: what is said is true, what is done is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from hotline.core.calls import Outcome
from hotline.core.diagnosis import Symptom
from hotline.settings import HotlineSettings, NetworkSettings
from hotline.storage.calls import StoredCalls
from hotline.storage.tickets import StoredTickets
from hotline.web.step_words import SYMPTOMS
from monitor.core.commands import Action
from monitor.core.health_state import Connector, Session
from monitor.core.observations import Status
from tests.browser import support
from tests.hotline.reading import ago, offline, online
from tests.hotline.support import NAME, PASSWORD, House, SqliteDatabase, station

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser, Page

    from monitor.core.health_state import HealthState

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not support.chromium_starts(), reason="needs Debian's packages: tools/debian.sh chromium libatomic1"),
]
STICKER = "CP2500"
# Each test asks for the browser last, so that it goes before the server does: an open stream keeps that waiting for a minute.


def point(name: str, status: Status, *, session: bool = False, **more: str) -> Connector:
    running = Session(transaction=f"t{name}", since=ago(hours=3, minutes=10)) if session else None
    return Connector(connector=name, status=status, since=ago(minutes=50), reported_at=ago(minutes=5), session=running, **more)


def here(*points: Connector) -> HealthState:
    return online(connectors=points)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A call: what the caller says and how the charger is; what the agent reads, does and writes down."""

    health: HealthState
    symptom: Symptom
    verdict: str
    say: str
    outcome: Outcome
    point: str = ""
    does: Action | None = None
    ticket: bool = False


CALLS = {
    "the charger is cut off": Told(
        health=offline(),
        symptom=Symptom.WILL_NOT_START,
        verdict="Cut off, last heard",
        say="no longer answers us",
        outcome=Outcome.ELSEWHERE,
    ),
    "it is shown as free and does not work": Told(
        health=here(point("1", Status.AVAILABLE), point("2", Status.AVAILABLE)),
        symptom=Symptom.SAYS_FREE,
        point="1",
        verdict="",
        say="CP 25 00",
        outcome=Outcome.UNSOLVED,
        does=Action.REFRESH,
    ),
    "plugged in and it does not start": Told(
        health=here(point("1", Status.PREPARING), point("2", Status.AVAILABLE)),
        symptom=Symptom.WILL_NOT_START,
        point="1",
        verdict="",
        say="badge",
        outcome=Outcome.ADVISED,
    ),
    "the card is refused": Told(
        health=here(point("1", Status.AVAILABLE), point("2", Status.AVAILABLE)),
        symptom=Symptom.CARD_REFUSED,
        verdict="",
        say="card",
        outcome=Outcome.INFORMED,
    ),
    "the car has stopped": Told(
        health=here(point("1", Status.SUSPENDED_EV, session=True), point("2", Status.AVAILABLE)),
        symptom=Symptom.STOPPED,
        point="1",
        verdict="car",
        say="car",
        outcome=Outcome.ADVISED,
    ),
    "the cable is held and the session open": Told(
        health=here(point("1", Status.FINISHING, session=True), point("2", Status.AVAILABLE)),
        symptom=Symptom.CABLE_STUCK,
        point="1",
        verdict="Point 1 still has a session of 3 h 10; the lock follows the session.",
        say="unlock the car",
        outcome=Outcome.REMOTE,
        does=Action.REMOTE_STOP,
    ),
    "earth fault": Told(
        health=here(point("1", Status.FAULTED, error="GroundFailure"), point("2", Status.AVAILABLE)),
        symptom=Symptom.STOPPED,
        point="1",
        verdict="earth fault",
        say="unplug",
        outcome=Outcome.HANDED_OVER,
        ticket=True,
    ),
    "the contactor is welded": Told(
        health=here(point("1", Status.FAULTED, error="PowerSwitchFailure"), point("2", Status.AVAILABLE)),
        symptom=Symptom.WILL_NOT_STOP,
        point="1",
        verdict="",
        say="do not touch",
        outcome=Outcome.HANDED_OVER,
        ticket=True,
    ),
    "smoke": Told(
        health=here(point("1", Status.AVAILABLE), point("2", Status.AVAILABLE)),
        symptom=Symptom.DANGER,
        verdict="",
        say="step back",
        outcome=Outcome.HANDED_OVER,
        ticket=True,
    ),
    "the bay is blocked": Told(
        health=here(point("1", Status.AVAILABLE), point("2", Status.AVAILABLE)),
        symptom=Symptom.BLOCKED,
        verdict="",
        say="",
        outcome=Outcome.ELSEWHERE,
    ),
}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Return a house with anna; the charger is put in by each call."""
    database = SqliteDatabase(tmp_path / "browser.db")
    database.migrate()
    house = House(database)
    house.hotline = HotlineSettings(phone="8006 2020", network=(NetworkSettings(name="Eno", phone="+352 80 06", prefixes=("EN",)),))
    await house.add_anna()
    house.put(station(7, "CP2514", address="rue du Brill", lat=49.497, lon=5.985), here(point("1", Status.AVAILABLE)))
    await house.open()
    yield house
    await house.close()


async def live(page: Page) -> None:
    """Wait until keys are listened to."""
    await expect(page.locator('.live-sign[data-state="live"]')).to_be_visible()


async def at_the_desk(chromium: Browser, house: House) -> Page:
    context = await chromium.new_context(locale="en-GB", base_url=str(house.server.make_url("")))  # type: ignore[union-attr]
    page = await context.new_page()
    await page.goto("/login")
    await expect(page.locator("#name")).to_be_focused()
    await page.keyboard.type(NAME)
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator("#q")).to_be_focused()
    await live(page)
    await page.keyboard.press("Escape")
    await page.keyboard.press("c")
    await expect(page.get_by_role("link", name="Your call")).to_be_visible()
    await live(page)
    return page


async def reach(page: Page, words: str) -> None:
    """Press Tab until the button of these words has the focus, and Enter."""
    for _ in range(60):
        if words in await page.evaluate("document.activeElement.matches('button, a') ? document.activeElement.textContent : ''"):
            await page.keyboard.press("Enter")
            return
        await page.keyboard.press("Tab")
    pytest.fail(f"{words!r} cannot be reached by Tab")


async def key_of(page: Page, action: Action) -> str:
    """Return the key of the first button that asks for `action`."""
    buttons = f'a[data-key][href*="action={action.value}"], form:has(input[name="action"][value="{action.value}"]) [data-key]'
    return await page.locator(buttons).first.get_attribute("data-key") or ""


async def choose(page: Page, outcome: Outcome) -> None:
    """Wrap up with `outcome`."""
    await page.keyboard.press("w")
    await page.keyboard.press("Space")
    for _ in list(Outcome)[: list(Outcome).index(outcome)]:
        await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Start a call")).to_be_visible()


@pytest.mark.parametrize("name", CALLS)
async def test_a_call_from_the_first_word_to_the_wrap_up(house: House, chromium: Browser, name: str) -> None:
    told = CALLS[name]
    house.put(station(1, STICKER, lat=49.495, lon=5.98), told.health)
    page = await at_the_desk(chromium, house)
    await page.keyboard.press("/")
    await page.keyboard.type("2500")
    await page.keyboard.press("Enter")
    await expect(page.locator("#call")).to_be_visible()
    await live(page)
    await page.keyboard.press("s")
    await reach(page, SYMPTOMS[told.symptom])
    await expect(page.locator(".complaint summary b")).to_be_visible()
    await live(page)
    if told.point:
        await page.keyboard.press("s")
        await reach(page, f"Point {told.point}")
        await expect(page.locator(".complaint summary")).to_contain_text(f"Point {told.point}")
        await live(page)
    await expect(page.locator(".verdict")).to_contain_text(told.verdict)
    await expect(page.locator("[data-saying]:visible")).to_contain_text(told.say, ignore_case=True)
    if told.does is not None:
        await page.keyboard.press(await key_of(page, told.does))
        if told.does is not Action.REFRESH:
            await expect(page.get_by_role("button", name="Send it")).to_be_focused()
            await page.keyboard.press("Enter")
        await expect(page.locator("#commands")).to_be_visible()
        assert [one.order.action for one in await house.commands.of(station(1).id)] == [told.does]
    if told.ticket:
        await expect(page.locator("p.safety")).to_be_visible()
        await page.keyboard.press(await page.locator(".hand_over [data-key]").first.get_attribute("data-key") or "")
        await expect(page.locator("h1")).to_contain_text("Ticket 1")
        found = await StoredTickets(house.database).find(1)
        assert found is not None
        assert found[0].station == station(1).id
        await page.goto(f"/stations/{STICKER}")
    await live(page)
    await choose(page, told.outcome)
    call = await StoredCalls(house.database).find(1)
    assert call is not None
    assert (call.outcome, call.symptom, call.connector) == (told.outcome, told.symptom, told.point)
    assert call.verdict_s is not None
    assert call.ticket == (1 if told.ticket else None)


async def test_a_number_of_another_network_is_told_whose_it_is(house: House, chromium: Browser) -> None:
    house.put(station(1, STICKER), here(point("1", Status.AVAILABLE)))
    page = await at_the_desk(chromium, house)
    await page.keyboard.press("/")
    await page.keyboard.type("EN4711")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("It is a sticker of Eno.")).to_be_visible()
    await expect(page.get_by_role("link", name="+352 80 06")).to_be_visible()
