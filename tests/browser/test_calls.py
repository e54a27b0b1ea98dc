"""A call in Chromium: notes that nothing loses, and a head that follows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from hotline.storage.calls import StoredCalls
from hotline.web.context import CONTEXT
from tests.browser import support
from tests.hotline.reading import online
from tests.hotline.support import NAME, PASSWORD, House, SqliteDatabase, station

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser, Page

    from hotline.desk import CallDesk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not support.chromium_starts(), reason="needs Debian's packages: tools/debian.sh chromium libatomic1"),
]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Return a console that is open, with anna and a station."""
    database = SqliteDatabase(tmp_path / "browser.db")
    database.migrate()
    house = House(database)
    await house.add_anna()
    house.put(station(2500), online())
    await house.open()
    yield house
    await house.close()


def desk(house: House) -> CallDesk:
    """Return the desk behind the pages."""
    assert house.server is not None
    return house.server.app[CONTEXT].desk


async def sign_in(page: Page) -> None:
    await page.fill("#name", NAME)
    await page.fill("#password", PASSWORD)
    await page.keyboard.press("Enter")


@pytest.fixture
async def page(chromium: Browser, house: House) -> AsyncIterator[Page]:
    """Return the start page of an agent who has just signed in."""
    context = await chromium.new_context(locale="en-GB", base_url=str(house.server.make_url("")))  # type: ignore[union-attr]
    page = await context.new_page()
    await page.goto("/login")
    await sign_in(page)
    await expect(page.get_by_text("1 charger").first).to_be_visible()
    yield page
    await context.close()


async def test_what_is_typed_while_the_session_ends_is_there_after_the_next_login(page: Page, house: House) -> None:
    await page.goto("/stations/CP2500")
    await page.get_by_role("button", name="Start a call").click()
    house.clock.advance(hours=13)
    await page.fill("#notes", "the car holds the plug")
    await expect(page.locator("#notes-kept")).to_contain_text("signed out")
    await page.reload()
    await sign_in(page)
    await expect(page.locator("#notes")).to_have_value("the car holds the plug")
    await expect(page.locator("#notes-kept")).to_contain_text("kept")
    call = await StoredCalls(house.database).find(1)
    assert call is not None
    assert call.notes == "the car holds the plug"


async def test_a_ring_is_seen_without_a_reload_while_notes_are_written(page: Page, house: House) -> None:
    await page.goto("/stations/CP2500")
    await page.get_by_role("button", name="Start a call").click()
    await page.locator("#notes").focus()
    await desk(house).ring("CA1", "+352621123456")
    await page.keyboard.type("word by word")
    await expect(page.get_by_role("link", name="1 call waiting")).to_be_visible(timeout=3_000)
    await expect(page.locator("#notes")).to_be_focused()
    await expect(page.locator("#notes")).to_have_value("word by word")


async def test_a_call_that_is_put_through_opens_its_charger_once_and_not_under_the_agents_hands(page: Page, house: House) -> None:
    await page.goto("/stations/CP2500")
    await expect(page.locator('.live-sign[data-state="live"]')).to_be_visible()
    await page.locator("h1").click()
    house.put(station(2600), online())
    call = await desk(house).ring("CA1", "+352621123456")
    await desk(house).concern(call.id, station(2600).id)
    await desk(house).take(call.id, NAME)
    await expect(page).to_have_url(re.compile("/stations/CP2600$"), timeout=5_000)
    await page.goto("/stations/CP2500")
    await expect(page.locator('.live-sign[data-state="live"]')).to_be_visible()
    assert page.url.endswith("/stations/CP2500"), "once"


async def test_control_k_finds_the_search_from_anywhere_even_from_the_notes(page: Page) -> None:
    await page.goto("/stations/CP2500")
    await page.get_by_role("button", name="Start a call").click()
    await page.locator("#notes").focus()
    await page.keyboard.press("Control+k")
    await expect(page.locator("#q")).to_be_focused()
