"""The operators' pages in Chromium: an alert is taken by keyboard, a page follows what others do, nothing stands in anybody's way.

What is asked of accessibility: axe-core finds nothing at WCAG 2.2 AA, in light and in dark, on a desk and on a telephone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from hotline.core.roles import Role
from hotline.service import desk_of
from hotline.storage.accounts import StoredAccounts
from monitor.core.ids import StationId
from tests.browser import support
from tests.hotline.alarms import Alarms
from tests.hotline.reading import offline, online
from tests.hotline.support import PASSWORD, QUICK, House, SqliteDatabase, station
from tests.support.npm import PEERS, needs_npm

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not support.chromium_starts(), reason="needs Debian's packages: tools/debian.sh chromium libatomic1"),
]

PLACES = {1: (49.50, 5.98), 2: (49.61, 6.13), 3: (50.05, 6.03), 4: (49.85, 6.10)}
PAGES = (
    *("/login", "/", "/stations/CP0004", "/stations/CP0004/frames", "/stations?state=online", "/breaches", "/seen", "/strangers"),
    *("/calls", "/calls/1", "/tickets", "/tickets/1?to=owner", "/desk?span=week", "/cards"),
    *("/stations/CP0001?symptom=cable_stuck&point=1", "/stations/CP0004/ask?action=reset&type=hard"),
    *("/search?q=brill", "/alerts", "/alerts/1", "/alerts/1/notice", "/on-call", "/silences", "/deliveries", "/nowhere"),
)
PUBLIC = ("/b/CP0001", "/b/CP0004", "/b/nobody", "/seen/over")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture
async def alarms(tmp_path: Path) -> AsyncIterator[Alarms]:
    """Return the alerts behind a console that is open, one of them a common cause, with olga the operator."""
    database = SqliteDatabase(tmp_path / "browser.db")
    database.migrate()
    house = House(database)
    alarms = await Alarms(house).open()
    for number, (lat, lon) in PLACES.items():
        house.put(station(number, lat=lat, lon=lon), offline() if number < 4 else online())
    await StoredAccounts(database).add_account("olga", Role.OPERATOR, QUICK.hash(PASSWORD), house.clock.now())
    await house.open()
    await alarms.incident(1, 2, 3)
    await alarms.let_pass(6)
    desk = desk_of(database, house.clock)
    call = await desk.start("olga", number="621 123 456", language="fr", station=StationId(4))
    await desk.open_ticket(StationId(4), "CP0004", "Cable held", "olga", urgent=True, call=call.id)
    await desk.ring("CA1", "661 123 456")
    yield alarms
    await house.close()


async def signed_in(chromium: Browser, alarms: Alarms, **surroundings: Any) -> Page:
    """Return a page of olga's, at the start."""
    context = await chromium.new_context(locale="en-GB", base_url=str(alarms.house.server.make_url("")), **surroundings)  # type: ignore[union-attr]
    page = await context.new_page()
    await page.goto("/login")
    await page.fill("#name", "olga")
    await page.fill("#password", PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("4 chargers").first).to_be_visible()
    return page


async def test_an_alert_is_taken_by_keyboard_alone(alarms: Alarms, chromium: Browser) -> None:
    page = await signed_in(chromium, alarms)
    await page.get_by_role("link", name="Alerts").first.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("3 bornes are cut off: the mobile network bornes.lu is down.")).to_be_visible()
    button = page.get_by_role("button", name="I take it")
    for _ in range(20):
        await page.keyboard.press("Tab")
        if await button.evaluate("one => one === document.activeElement"):
            break
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("olga has it")).to_be_visible()
    assert alarms.engine.desk.alerts[1].taken_by == "olga"


async def test_a_page_follows_what_another_operator_does_and_keeps_what_is_being_typed(alarms: Alarms, chromium: Browser) -> None:
    page = await signed_in(chromium, alarms)
    await page.goto("/alerts/1")
    await page.fill("#cause", "half a sentence")
    await alarms.commands.acknowledge(1, "ben")
    await alarms.house.bus.publish(alarms.log.records[:1])
    await expect(page.get_by_text("ben has it")).to_be_visible(timeout=15_000)
    assert await page.input_value("#cause") == "half a sentence"


async def test_an_override_is_entered_from_the_week(alarms: Alarms, chromium: Browser) -> None:
    page = await signed_in(chromium, alarms)
    await page.goto("/on-call")
    form = page.locator("form", has=page.get_by_label("In whose place"))
    await form.locator("[name=takes_over]").select_option("ben")
    await form.get_by_label("In whose place").select_option("anna")
    await form.get_by_label("Until").fill("2026-11-22T20:00")
    await form.get_by_role("button", name="Enter").click()
    await expect(page.get_by_text("ben for anna")).to_be_visible()
    await page.get_by_role("button", name="Take back").click()
    await expect(page.get_by_text("ben for anna")).to_have_count(0)
    assert list(alarms.engine.desk.changes) == []


@needs_npm
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
async def test_nothing_stands_in_anybodys_way(alarms: Alarms, chromium: Browser, width: int, scheme: Any) -> None:
    seen = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme, "reduced_motion": "reduce"}
    page = await signed_in(chromium, alarms, **seen)
    axe = (PEERS / "node_modules" / "axe-core" / "axe.min.js").read_text()
    found = []
    public = alarms.house.public_server
    assert public is not None
    for path in (*PAGES, *(str(public.make_url(path)) for path in PUBLIC)):
        await page.goto(path)
        # as high as the page: what the foot lies over while one scrolls is not found too small
        await page.set_viewport_size({"width": width, "height": await page.evaluate("document.documentElement.scrollHeight")})
        await page.evaluate(axe)
        said = await page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        found += [
            f"{path}: {one['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
            for one in said["violations"]
            for node in one["nodes"]
        ]
        overflow = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, f"{path} is {overflow} px wider than the screen"
    assert found == []
