"""Calls with a fleet behind them: the real service, simulated chargers on real sockets, and what they answer on the page."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from monitor.runtime.clock import SystemClock
from monitor.simulator.demo import COLUMNS, demo_registry, nameplate
from monitor.simulator.fleet import FleetPlan, run_fleet
from monitor.simulator.mix import HEALTHY_MIX
from tests.browser import support
from tests.support.sites import AGENT, AGENT_PASSWORD, running_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not support.chromium_starts(), reason="needs Debian's packages: tools/debian.sh chromium libatomic1"),
]
PLAN = FleetPlan(url="", stations=6, mix=HEALTHY_MIX, spread_s=0, heartbeat_s=1, idle_s=100_000)


def roll() -> list[dict[str, str]]:
    """Return chargers that speak OCPP 1.6, on paper as the register has them."""
    rows = [row for row in demo_registry(FleetPlan(url="", stations=60, mix=HEALTHY_MIX)) if row["protocol"] == "1.6"]
    return [row | {"security_profile": "0", "password": ""} for row in rows[: PLAN.stations]]


def sheet(rows: list[dict[str, str]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


@asynccontextmanager
async def fleet(url: str, rows: list[dict[str, str]]) -> AsyncIterator[asyncio.Event]:
    """Run the chargers until the end, or until the event that this gives is set."""
    stop = asyncio.Event()
    plan = replace(PLAN, url=url, roll=tuple(nameplate(row) for row in rows))
    running = asyncio.create_task(run_fleet(plan, SystemClock(), stop=stop))
    yield stop
    stop.set()
    await running


async def at_the_desk(page: Page) -> None:
    await page.goto("/login")
    await page.fill("#name", AGENT)
    await page.fill("#password", AGENT_PASSWORD)
    await page.keyboard.press("Enter")
    await live(page)
    await page.keyboard.press("Escape")
    await page.keyboard.press("c")
    await expect(page.get_by_role("link", name="Your call")).to_be_visible()


async def live(page: Page) -> None:
    await expect(page.locator('.live-sign[data-state="live"]')).to_be_visible(timeout=15_000)


async def test_a_lock_is_opened_and_the_charger_that_goes_dark_is_said_to_be_gone(chromium: Browser, tmp_path: Path) -> None:
    rows = roll()
    assert len(rows) == PLAN.stations
    async with running_site(tmp_path, sheet(rows)) as site:
        context = await chromium.new_context(locale="en-GB", base_url=f"http://127.0.0.1:{site.house.console}")
        page = await context.new_page()
        async with fleet(f"ws://127.0.0.1:{site.house.field}/ocpp", rows) as stop:
            await at_the_desk(page)
            await page.keyboard.press("/")
            await page.keyboard.type(rows[0]["sticker"])
            await page.keyboard.press("Enter")
            await live(page)
            await expect(page.locator(".big-state")).to_contain_text("online", timeout=20_000)
            await expect(page.locator(".points")).to_contain_text("free", timeout=20_000)
            await page.get_by_role("button", name="The cable is stuck").click()
            await live(page)
            point = page.get_by_role("button", name="Point 1")
            if await point.count():
                await point.click()
                await live(page)
            unlock = page.locator('a[data-key][href*="action=unlock"]').first
            await page.keyboard.press(await unlock.get_attribute("data-key") or "")
            await expect(page.get_by_role("button", name="Send it")).to_be_focused()
            await page.keyboard.press("Enter")
            done = page.locator("#commands li").first
            await expect(done).to_have_class(re.compile("accepted|confirmed"), timeout=20_000)
            await expect(done).to_contain_text("Unlock")
            await live(page)
            stop.set()
            await expect(page.locator(".big-state")).to_contain_text(re.compile("suspect|offline", re.IGNORECASE), timeout=60_000)
            await expect(page.locator(".points li").first).to_contain_text("last known")
        await page.keyboard.press("w")
        await page.keyboard.press("Space")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="Start a call")).to_be_visible()
        (call,) = await site.house.api("/calls", site.token)
        assert (call["outcome"], call["station"], call["symptom"]) == ("advised", rows[0]["sticker"], "cable_stuck")
        await context.close()
