"""Every route, its guard and its headers; errors in the right form."""

from __future__ import annotations

import pytest

from hotline.web.context import CONTEXT
from hotline.web.guards import OPEN_TO_ALL
from hotline.web.headers import POLICY

from .reading import online, read
from .support import Browser, House, station

ROUTES = {
    ("GET", "/"),
    ("GET", "/search"),
    ("GET", "/stations"),
    ("GET", "/stations/{sticker}"),
    ("GET", "/stations/{sticker}/frames"),
    ("GET", "/stations/{sticker}/ask"),
    ("POST", "/stations/{sticker}/ask"),
    ("POST", "/stations/{sticker}/contradictions"),
    ("GET", "/breaches"),
    ("GET", "/seen"),
    ("POST", "/seen"),
    ("GET", "/strangers"),
    ("POST", "/strangers"),
    ("GET", "/alerts"),
    ("GET", "/alerts/{id}"),
    ("POST", "/alerts/{id}"),
    ("GET", "/alerts/{id}/report.pdf"),
    ("GET", "/alerts/{id}/notice"),
    ("GET", "/on-call"),
    ("POST", "/on-call"),
    ("GET", "/silences"),
    ("POST", "/silences"),
    ("GET", "/deliveries"),
    ("GET", "/calls"),
    ("POST", "/calls"),
    ("GET", "/calls/{id}"),
    ("POST", "/calls/{id}"),
    ("GET", "/cards"),
    ("POST", "/cards"),
    ("GET", "/desk"),
    ("GET", "/desk/register.csv"),
    ("GET", "/desk/register.pdf"),
    ("GET", "/tickets"),
    ("POST", "/tickets"),
    ("GET", "/tickets/{id}"),
    ("POST", "/tickets/{id}"),
    ("GET", "/login"),
    ("POST", "/login"),
    ("POST", "/logout"),
    ("POST", "/preferences"),
    ("GET", "/static/{name}"),
    ("GET", "/api/v1/stations"),
    ("GET", "/api/v1/stations/{sticker}"),
    ("GET", "/api/v1/stations/{sticker}/timeline"),
    ("GET", "/api/v1/stations/{sticker}/frames"),
    ("GET", "/api/v1/stations/{sticker}/commands"),
    ("POST", "/api/v1/stations/{sticker}/commands"),
    ("POST", "/api/v1/stations/{sticker}/contradictions"),
    ("POST", "/api/v1/commands"),
    ("GET", "/api/v1/commands/{id}"),
    ("POST", "/api/v1/ingest"),
    ("GET", "/api/v1/breaches"),
    ("GET", "/api/v1/incidents"),
    ("POST", "/api/v1/incidents/{id}/ack"),
    ("GET", "/api/v1/alerts"),
    ("GET", "/api/v1/alerts/{id}"),
    ("GET", "/api/v1/alerts/{id}/report.pdf"),
    ("POST", "/api/v1/alerts/{id}/{order}"),
    ("POST", "/api/v1/alertmanager"),
    ("GET", "/api/v1/deliveries"),
    ("GET", "/api/v1/silences"),
    ("POST", "/api/v1/silences"),
    ("DELETE", "/api/v1/silences/{id}"),
    ("GET", "/api/v1/on-call"),
    ("POST", "/api/v1/on-call/{schedule}/changes"),
    ("DELETE", "/api/v1/on-call/changes/{id}"),
    ("GET", "/api/v1/on-call/{schedule}/shifts.ics"),
    ("POST", "/api/v1/on-call/{schedule}/shifts.ics"),
    ("GET", "/api/v1/calls"),
    ("POST", "/api/v1/calls"),
    ("GET", "/api/v1/calls/{id}"),
    ("POST", "/api/v1/calls/{id}/{order}"),
    ("GET", "/api/v1/tickets"),
    ("POST", "/api/v1/tickets"),
    ("GET", "/api/v1/tickets/{id}"),
    ("POST", "/api/v1/tickets/{id}/{order}"),
    ("GET", "/api/v1/register"),
    ("GET", "/api/v1/trail"),
    ("GET", "/api/v1/trail/head"),
    ("GET", "/api/v1/attempts"),
    ("GET", "/api/v1/strangers"),
    ("GET", "/api/v1/events"),
    ("GET", "/api/v1/openapi.json"),
}


def test_these_are_all_the_routes(house: House) -> None:
    app = house.apps()[0]
    routes = {
        (route.method, route.resource.canonical) for route in app.router.routes() if route.resource and route.method != "HEAD"
    }
    assert routes == ROUTES
    assert {path for _, path in ROUTES} >= OPEN_TO_ALL
    assert app[CONTEXT].demo is False


@pytest.mark.parametrize(("method", "path"), sorted(ROUTES))
async def test_every_answer_is_guarded_and_carries_the_headers(house: House, method: str, path: str) -> None:
    await house.open()
    house.put(station(1), online())
    browser = house.browser()
    asked = browser.base + path.replace("{sticker}", "CP0001").replace("{name}", "console.css").replace(
        "{id}", "0123456789abcdef"
    ).replace("{order}", "release").replace("{schedule}", "network")
    answer = await browser.session.request(method, asked, allow_redirects=False)
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "Server" not in answer.headers or "aiohttp" not in answer.headers["Server"]
    if path.startswith("/static/"):
        assert answer.status == 200
        return
    assert answer.headers["Cache-Control"] == "no-store"
    if path.startswith("/api/"):
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="bornewatch"'
        assert answer.content_type == "application/problem+json"
    elif method == "POST":
        assert answer.status in {401, 403}
    elif path != "/login":
        assert answer.status == 303
        assert answer.headers["Location"].startswith("/login")


def test_the_policy_allows_nothing_inline() -> None:
    assert "unsafe" not in POLICY
    assert "default-src 'none'" in POLICY
    assert "frame-ancestors 'none'" in POLICY


async def test_style_and_script_may_be_kept_for_good_under_their_version(house: House, browser: Browser) -> None:
    page = await read(browser, "/")
    named = [attrs["href"] for tag, attrs in page.tags if tag == "link"] + [
        attrs["src"] for tag, attrs in page.tags if tag == "script"
    ]
    assert len(named) == 3
    for path in named:
        answer = await browser.get(path)
        assert answer.status == 200
        assert "immutable" in answer.headers["Cache-Control"]
        stale = await browser.get(path.partition("?")[0] + "?v=old")
        assert stale.headers["Cache-Control"] == "no-cache"
    for name in ("missing.css", "..%2Fpages.py", "__init__.py"):
        assert (await browser.get(f"/static/{name}")).status == 404
    assert house.server is not None


async def test_errors_of_pages_are_pages(browser: Browser) -> None:
    missing = await browser.get("/no/such/page")
    assert missing.status == 404
    assert "There is no such page" in await missing.text()
    wrong = await browser.session.put(browser.base + "/", allow_redirects=False)
    assert wrong.status == 405
    assert "GET" in wrong.headers["Allow"]


async def test_a_failure_inside_is_written_down_and_told_kindly(
    house: House, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    house.put(station(1), online())
    house.history.before[station(1).id] = "rotten"  # type: ignore[assignment]  # a log that is damaged
    for path, content_type in (("/stations/CP0001", "text/html"), ("/api/v1/stations/CP0001/timeline", "application/problem+json")):
        answer = await browser.get(path)
        assert answer.status == 500
        assert answer.content_type == content_type
        assert "rotten" not in await answer.text()
    assert "GET /stations/CP0001 failed" in caplog.text


async def test_a_busy_database_is_told_as_such_and_reading_goes_on_while_only_writing_waits(house: House, browser: Browser) -> None:
    house.database.busy = True
    house.clock.advance(minutes=5)
    assert (await browser.get("/")).status == 200, "the last use is written down another time"
    house.database.busy_reads = True
    answer = await browser.get("/")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    assert "Try again in a few seconds." in await answer.text()
    house.database.busy = house.database.busy_reads = False
