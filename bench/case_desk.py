"""Case 13: an agent at the desk in Chromium, 10,000 stations, 500 messages a second, 200 other agents' pages open.

From Enter in the search field to the first paint of the charger's page, which is rendered whole and has the verdict in it; and from
a status that a station sends to the moment at which it stands on an open page. Chromium and the other agents' pages take what the
server and the load leave of the two cores, so what is measured is an upper bound. Until the page is loaded nothing looks at it, for
what drives the browser would put a script of its own into it, before the paint. The peer has no pages.
"""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from random import Random
from statistics import quantiles
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from playwright.async_api import async_playwright

from bench.findings import Effort, Finding, middle
from bench.load import BenchError, load
from bench.servers import IDENTITY, PASSWORD, USER, ours, sticker
from tests.browser import support

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

    from bench.servers import Server

TITLE: Final = "At the desk in Chromium, 10,000 stations, 500 messages/s, 200 pages open elsewhere"
STATIONS: Final = 10_000
CONNECTIONS: Final = 1000
RATE: Final = 500
AGENTS: Final = 200
LOOKED_UP: Final = 60
WARMING: Final = 3
CHANGES: Final = 100
OWN: Final = STATIONS - 1
"""The station that the bench itself speaks for."""
_LIMITS_MS: Final[dict[str, float | None]] = {
    "p50 from Enter to the painted verdict": None,
    "p95 from Enter to the painted verdict": 300.0,
    "p50 from a status to an open page": None,
    "p99 from a status to an open page": 1000.0,
}
_NOW: Final = "performance.timeOrigin + performance.now()"
_PAINTED: Final = "performance.timeOrigin + performance.getEntriesByName('first-contentful-paint')[0].startTime"
_WATCH: Final = """word => new Promise((done) => {
  const look = () => [...document.querySelectorAll(".points .use")].some((one) => one.classList.contains(word))
    && (watcher.disconnect(), done(performance.timeOrigin + performance.now()));
  const watcher = new MutationObserver(look);
  watcher.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
  look();
})"""


def run(effort: Effort) -> list[Finding]:
    """Measure ours `effort.rounds` times.

    Raises:
        BenchError: when there is no Chromium.
    """
    if not support.chromium_starts():
        message = "case 13 needs Debian's chromium: tools/debian.sh chromium libatomic1"
        raise BenchError(message)
    os.environ.update(support.surroundings())
    figures: dict[str, list[float]] = {what: [] for what in _LIMITS_MS}
    for number in range(effort.rounds):
        for what, value in zip(_LIMITS_MS, _measure(effort), strict=True):
            figures[what].append(value)
        effort.progress(f"round {number + 1}: {', '.join(f'{what} {runs[-1]:.0f} ms' for what, runs in figures.items())}")
    return [
        Finding(what=what, unit="ms", ours=middle(runs)[0], spread=middle(runs)[1], at_most=_LIMITS_MS[what])
        for what, runs in figures.items()
    ]


def _measure(effort: Effort) -> tuple[float, ...]:
    with ours(STATIONS) as server:
        options: dict[str, str | float] = {"message": "status", "mode": "paced", "rate": RATE}
        options |= {"seconds": 3600.0, "warmup": effort.warmup_s}
        with load(server.port, connections=CONNECTIONS, identity=IDENTITY, **options) as client:
            ready = client.ready()
            painted, shown = asyncio.run(_at_desk(server))
            done = client.end()
    if ready.failed or done.errors:
        message = f"{ready.failed} connections failed, {done.errors} wrong replies"
        raise BenchError(message)
    return (*(quantiles(painted, n=100)[place] for place in (49, 94)), *(quantiles(shown, n=100)[place] for place in (49, 98)))


async def _at_desk(server: Server) -> tuple[list[float], list[float]]:
    """Return the times of both, in milliseconds."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(_others(server))
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=str(support.chromium()), args=["--no-sandbox"])
        page = await browser.new_page(base_url=f"http://127.0.0.1:{server.console}")
        await page.goto("/login")
        await page.fill("#name", USER)
        await page.fill("#password", PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_selector("#q")
        chance = Random(1)  # noqa: S311  the same stickers in every run
        painted = [await _looked_up(page, sticker(chance.randrange(STATIONS))) for _ in range(WARMING + LOOKED_UP)][WARMING:]
        shown = await _followed(server, page)
        await browser.close()
    return painted, shown


async def _looked_up(page: Page, wanted: str) -> float:
    await page.goto("/cards")
    await page.fill("#q", wanted)
    before = await page.evaluate(_NOW)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await page.wait_for_selector(".verdict")
    painted = None
    while painted is None:  # the paint may be told a frame after the element is there
        painted = await page.evaluate(f"performance.getEntriesByName('first-contentful-paint').length ? {_PAINTED} : null")
    return float(painted) - float(before)


async def _followed(server: Server, page: Page) -> list[float]:
    """Return how long a changed status took to stand on the page, again and again."""
    times: list[float] = []
    async with aiohttp.ClientSession() as http:
        url = f"http://127.0.0.1:{server.port}/ocpp/{IDENTITY % OWN}"
        async with http.ws_connect(url, protocols=("ocpp1.6",)) as line:
            await _call(line, "BootNotification", chargePointVendor="Bench", chargePointModel="One")
            await _status(line, "Available")
            await page.goto(f"/stations/{sticker(OWN)}")
            await page.wait_for_selector('.live-sign[data-state="live"]')
            for number in range(CHANGES):
                status = ("Charging", "Available")[number % 2]
                seen = asyncio.ensure_future(page.evaluate(_WATCH, status))
                await asyncio.sleep(0.05)
                before = datetime.now(UTC).timestamp() * 1e3
                await _status(line, status)
                times.append(float(await asyncio.wait_for(seen, 20)) - before)
    return times


async def _status(line: aiohttp.ClientWebSocketResponse, status: str) -> None:
    await _call(line, "StatusNotification", connectorId=1, errorCode="NoError", status=status)


async def _call(line: aiohttp.ClientWebSocketResponse, action: str, **payload: Any) -> None:  # noqa: ANN401  (JSON)
    await line.send_str(json.dumps([2, os.urandom(8).hex(), action, payload]))
    while True:
        answer = json.loads(await line.receive_str())
        if answer[0] == 3:  # noqa: PLR2004  (CALLRESULT, OCPP-J 1.6 §4.2.2)
            return


@asynccontextmanager
async def _others(server: Server) -> AsyncIterator[None]:
    """Keep the streams of other agents' pages open, each of a charger that is heard of."""
    async with aiohttp.ClientSession(
        base_url=f"http://127.0.0.1:{server.console}",
        cookie_jar=aiohttp.CookieJar(unsafe=True),
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=None),
    ) as http:
        page = await (await http.get("/login")).text()
        token = page.split('name="form_token" value="', 1)[1].split('"', 1)[0]
        form = {"name": USER, "password": PASSWORD, "next": "/", "form_token": token}
        await http.post("/login", data=form, headers={"Origin": f"http://127.0.0.1:{server.console}"})
        tasks = [asyncio.create_task(_listen(http, sticker(number * 5))) for number in range(AGENTS)]
        await asyncio.sleep(1)
        if early := [task for task in tasks if task.done()]:
            message = f"{len(early)} of {AGENTS} streams did not open: {early[0].exception()}"
            raise BenchError(message)
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _listen(http: aiohttp.ClientSession, wanted: str) -> None:
    async with http.get("/api/v1/events", params={"station": wanted}) as stream:
        stream.raise_for_status()
        async for _ in stream.content.iter_any():
            pass
