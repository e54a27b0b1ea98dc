"""What the pages say, in which order, in both languages, without JavaScript; and the headers of every answer."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from yarl import URL

from hotline.web.context import CONTEXT
from hotline.web.guards import OPEN_TO_ALL
from hotline.web.headers import POLICY
from monitor.core.breaches import Breach, Cause, Evidence, Party
from monitor.core.events import (
    BreachCleared,
    BreachOpened,
    BreachUpdated,
    ChargingEnded,
    ChargingStarted,
    ConnectorChanged,
    HealthChanged,
    LinkChanged,
    MaintenanceChanged,
    Reason,
    State,
    StationBooted,
)
from monitor.core.health_state import UNHEARD, Connector, HealthState, Link, Session
from monitor.core.ids import BreachNumber
from monitor.core.observations import Booted, Status
from monitor.core.registry import NO_CONTACT, NO_SIM, Bearer, Contact, LifeCycle

from .support import NOW, Browser, House, station


def ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


def online(**more: Any) -> HealthState:  # noqa: ANN401
    plain: dict[str, Any] = {"state": State.ONLINE, "reason": Reason.SPOKE, "since": ago(hours=3), "last_seen": ago(seconds=8)}
    return HealthState(**(plain | {"link": Link.OPEN, "link_since": ago(hours=2)} | more))


def offline(hours: float = 6, cause: Cause = Cause.STATION, party: Party = Party.STATION) -> HealthState:
    since = ago(hours=hours)
    breach = Breach(number=BreachNumber(3), bearer=Bearer.GPRS, since=since, detected_at=since, cause=cause, party=party)
    return HealthState(
        state=State.OFFLINE,
        reason=Reason.GRACE_OVER,
        since=since,
        last_seen=since,
        link=Link.CLOSED,
        link_since=since,
        breach=breach,
        connectors=(Connector(connector="1", status=Status.CHARGING, since=since, reported_at=since),),
    )


class Reader(HTMLParser):
    """Collects what a page is made of, so that tests do not depend on its spelling."""

    def __init__(self, page: str) -> None:
        """Read `page`."""
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._hidden = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember the tag."""
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._hidden += tag == "title"
        self.text += " " if tag in {"dt", "dd", "li", "p", "td", "th", "div"} else ""

    def handle_endtag(self, tag: str) -> None:
        """Leave the tag."""
        self._hidden -= tag == "title"

    def handle_data(self, data: str) -> None:
        """Keep what a reader sees."""
        if not self._hidden:
            self.text += data

    @property
    def words(self) -> str:
        """The text with single spaces."""
        return " ".join(self.text.split())


async def read(browser: Browser, path: str, **options: Any) -> Reader:  # noqa: ANN401
    return Reader(await browser.page(path, **options))


async def test_the_start_page_counts_and_lists_the_longest_first(house: House, browser: Browser) -> None:
    for number in range(1, 4):
        house.put(station(number), online())
    for number in range(10, 70):
        house.put(station(number), offline(hours=number))
    house.put(station(99, life_cycle=LifeCycle.RETIRED), online())
    page = await read(browser, "/")
    assert "63 chargers" in page.words
    assert "online 3" in page.words.replace("online3", "online 3")
    links = [attrs["href"] for tag, attrs in page.tags if tag == "a"]
    assert {f"/stations?state={state}" for state in State} <= set(links)
    rows = [link for link in links if link.startswith("/stations/")]
    assert len(rows) == 50
    assert rows[0] == "/stations/CP0069"
    assert "10 more" in page.words
    assert any(attrs.get("id") == "q" and "autofocus" in attrs for tag, attrs in page.tags if tag == "input")


async def test_an_empty_network_says_what_to_do(browser: Browser) -> None:
    assert "bornewatch station import" in (await read(browser, "/")).words


async def test_a_quiet_network_says_so(house: House, browser: Browser) -> None:
    house.put(station(1), online())
    assert "Nothing is cut off." in (await read(browser, "/")).words
    assert "Nothing is cut off." in (await read(browser, "/breaches")).words


async def test_the_demonstration_says_that_it_is_one(house: House) -> None:
    house.demo = True
    await house.open()
    assert "waiting times are shortened" in (await house.browser().page("/login"))


async def test_every_number_leads_to_its_list(house: House, browser: Browser) -> None:
    for number in range(1, 251):
        house.put(station(number), offline(hours=number / 10))
    first = await read(browser, "/stations?state=offline")
    assert "offline 250" in first.words
    assert "Page 1 of 3" in first.words
    last = await read(browser, "/stations?state=offline&page=3")
    assert sum(tag == "tr" for tag, _ in last.tags) == 51
    assert "Page 3 of 3" in (await read(browser, "/breaches?page=99")).words
    assert "Page 1 of 3" in (await read(browser, "/breaches?page=-x")).words
    assert "No charger is in this state." in (await read(browser, "/stations?state=online")).words
    assert (await browser.get("/stations?state=rotten")).status == 404


async def test_a_station_in_trouble_on_one_screen(house: House, browser: Browser) -> None:
    found = house.put(station(2500), offline())
    since = ago(hours=6)
    house.history.before[found.id] = State.ONLINE
    house.history.add(
        found.id,
        LinkChanged(at=since, open=False, epoch=1, code=1006),
        HealthChanged(at=since, origin=State.ONLINE, to=State.SUSPECT, reason=Reason.LINK_CLOSED, since=since),
        HealthChanged(at=ago(hours=5), origin=State.SUSPECT, to=State.OFFLINE, reason=Reason.GRACE_OVER, since=since),
    )
    page = await read(browser, "/stations/CP2500")
    told = page.words
    order = [
        "CP2500",
        "offline",
        "since 02:40 (6 h 00)",
        "Cut off, last heard 6 h 00 ago",
        "Say this",
        "The charger no longer answers us.",
        "La borne ne nous répond plus.",
        "? last known charging",
        "connection closed since 02:40",
        "The last 24 hours",
        "Connection lost 1006",
        "Cut off",
        "Owner, maintainer",
        "Elektro Muller",
    ]
    place = 0
    for text in order:
        place = told.index(text, place)
    times = [attrs for tag, attrs in page.tags if tag == "time"]
    assert all(attrs["datetime"].endswith("Z") and attrs["title"] for attrs in times)
    bars = [attrs for tag, attrs in page.tags if tag == "rect" and attrs.get("class", "").startswith("bar ")]
    assert [bar["class"] for bar in bars] == ["bar online", "bar offline"]
    assert ("a", "tel:+352621000001") in [(tag, attrs.get("href", "")) for tag, attrs in page.tags]


async def test_a_station_that_is_well(house: House, browser: Browser) -> None:
    session = Session(transaction="7", since=ago(minutes=48))
    points = (
        Connector(connector="0", status=Status.AVAILABLE, since=ago(hours=1), reported_at=ago(hours=1)),
        Connector(connector="1", status=Status.AVAILABLE, since=ago(minutes=50), reported_at=ago(minutes=1)),
        Connector(connector="2", status=Status.CHARGING, since=ago(minutes=50), reported_at=ago(minutes=1), session=session),
        Connector(
            connector="3", status=Status.FAULTED, since=ago(hours=5), reported_at=ago(hours=5), error="GroundFailure", info="RCM"
        ),
    )
    evidence = Evidence(session_up=True)
    boot = Booted(at=ago(hours=2), vendor="ABL", model="eMH3", firmware="1.9")
    house.put(station(1), online(connectors=points, evidence=evidence, boot=boot, maintenance_until=None))
    told = (await read(browser, "/stations/CP0001")).words
    assert "it answered 8 s ago and point 1 is free." in told
    assert "Whole charger free" in told
    assert "Point 2 charging since 07:50 (50 min) session running 48 min" in told
    assert "Point 3 ? last known fault 03:40 (5 h 00) GroundFailure · RCM" in told
    assert "mobile (SIM) up" in told
    assert "connection open since 06:40 (2 h 00) ocpp1.6" in told
    assert "Says of itself ABL · eMH3 · 1.9" in told
    assert "Nothing happened" in told


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        (Evidence(), "not measured"),
        (Evidence(session_stopped=True), "session ended"),
        (Evidence(gateway_answers=True), "gateway answers"),
        (Evidence(gateway_answers=False), "gateway silent"),
    ],
)
async def test_what_was_measured_of_the_line_is_said(house: House, browser: Browser, evidence: Evidence, words: str) -> None:
    house.put(station(1), online(evidence=evidence))
    assert words in (await read(browser, "/stations/CP0001")).words


async def test_a_station_known_on_paper_only(house: House, browser: Browser) -> None:
    bare = station(1, owner=NO_CONTACT, maintainer=NO_CONTACT, sim=NO_SIM, site="", address="", protocol="", connectors=None)
    house.put(bare, UNHEARD)
    told = (await read(browser, "/stations/CP0001")).words
    assert "never seen" in told
    assert "It has never contacted us" in told
    assert "never heard" in told
    assert "It has not told us about its points yet." in told


EVENTS = [
    (HealthChanged(at=NOW, origin=State.NEVER_SEEN, to=State.ONLINE, reason=Reason.SPOKE, since=NOW), "First contact"),
    (HealthChanged(at=NOW, origin=State.DEGRADED, to=State.ONLINE, reason=Reason.STEADY, since=NOW), "steady again"),
    (HealthChanged(at=NOW, origin=State.ONLINE, to=State.UNKNOWN, reason=Reason.NOT_LISTENING, since=NOW), "We stopped listening"),
    (
        BreachOpened(at=NOW, breach=BreachNumber(3), bearer=Bearer.LAN, since=NOW, cause=Cause.POWER, party=Party.GRID),
        "Interruption 3 recorded: power failed (grid operator)",
    ),
    (
        BreachUpdated(at=NOW, breach=BreachNumber(3), cause=Cause.SITE, party=Party.OWNER),
        "explained: whole site unreachable (owner)",
    ),
    (
        BreachCleared(at=NOW, breach=BreachNumber(3), since=ago(hours=2), until=NOW, cause=Cause.POWER, party=Party.GRID),
        "ended after 2 h 00: power failed",
    ),
    (LinkChanged(at=NOW, open=True, epoch=1, protocol="ocpp1.6", address="10.0.0.1"), "Connection opened ocpp1.6 · 10.0.0.1"),
    (LinkChanged(at=NOW, open=False, epoch=1, clean=True), "Connection closed in good order"),
    (StationBooted(at=NOW, reason="PowerUp", vendor="ABL"), "The charger restarted PowerUp · ABL"),
    (ConnectorChanged(at=NOW, connector="1", status=Status.FAULTED, error="NoError", info="x"), "Point 1: fault x"),
    (ConnectorChanged(at=NOW, connector="0", status=Status.UNAVAILABLE), "The whole charger: out of service"),
    (ChargingStarted(at=NOW, connector="2", transaction="7"), "Point 2: session started"),
    (ChargingEnded(at=NOW, connector="2", transaction="7", reason="Local", energy_wh=12_340), "session ended 12.3 kWh · Local"),
    (ChargingEnded(at=NOW, connector="", transaction="7"), "A session ended"),
    (MaintenanceChanged(at=NOW, until=NOW), "Work planned until 08:40"),
    (MaintenanceChanged(at=NOW), "Planned work is over"),
]


async def test_every_event_is_told_in_words(house: House, browser: Browser) -> None:
    found = house.put(station(1), online())
    house.history.add(found.id, *(event for event, _ in EVENTS))
    page = await read(browser, "/stations/CP0001")
    for _, words in EVENTS:
        assert words in page.words
    shown = [attrs["data-seq"] for tag, attrs in page.tags if tag == "li" and "data-seq" in attrs]
    assert shown == [str(number) for number in range(1, len(EVENTS) + 1)], "oldest first: new ones slide in below"
    assert "Earlier (4)" in page.words


async def test_the_page_speaks_french(house: House, browser: Browser) -> None:
    house.put(station(1), offline())
    page = await browser.get("/stations/CP0001", headers={"Accept-Language": "fr-LU,fr;q=0.9"})
    assert page.headers["Content-Language"] == "fr"
    told = Reader(await page.text()).words
    assert "Coupée, entendue il y a 6 h 00 : liaison bonne, borne muette ; au mainteneur d'agir." in told
    assert told.index("La borne ne nous répond plus.") < told.index("The charger no longer answers us.")


async def test_only_what_changes_is_fetched_again(house: House, browser: Browser) -> None:
    house.put(station(1), online())
    part = await browser.page("/stations/CP0001?part=live")
    assert "<html" not in part
    assert "It answered 8 s ago" in Reader(part).words
    assert "<html" not in await browser.page("/?part=live")


# ------------------------------------------------------------------------------------------------------------ search


@pytest.mark.parametrize("query", ["CP2500", "cp 2500", "2500-1", "resistance ettelbruck"])
async def test_enter_opens_the_one_station(house: House, browser: Browser, query: str) -> None:
    house.put(station(2500, address="Place de la Résistance, Ettelbruck"), online())
    house.put(station(1), online())
    answer = await browser.get("/search", params={"q": query})
    assert (answer.status, answer.headers["Location"]) == (303, "/stations/CP2500")


async def test_many_hits_are_a_list_whose_first_is_one_key_away(house: House, browser: Browser) -> None:
    for number in (1, 2, 3):
        house.put(station(number), online())
    page = await read(browser, "/search?q=brill")
    first = next(attrs for tag, attrs in page.tags if tag == "a" and attrs["href"].startswith("/stations/CP"))
    assert "autofocus" in first


async def test_a_wrong_sticker_says_so_and_offers_the_nearest(house: House, browser: Browser) -> None:
    house.put(station(2500), online())
    house.put(station(7777), online())
    for path in ("/search?q=CP5200", "/stations/CP5200"):
        answer = await browser.get(path)
        assert answer.status == 404
        page = Reader(await answer.text())
        assert "No charger wears the sticker CP5200" in page.words
        assert "CP2500" in page.words
        assert "CP7777" not in page.words
    far = Reader(await (await browser.get("/search?q=CP2599")).text())
    assert "These come nearest: " in far.words + " "
    assert "CP2500" in far.words


async def test_nothing_found_says_what_to_try(browser: Browser) -> None:
    answer = await browser.get("/search?q=zzzz")
    assert answer.status == 404
    assert "Try the number on the sticker" in await answer.text()
    empty = await browser.get("/search?q=+")
    assert (empty.status, empty.headers["Location"]) == (303, "/")


async def test_another_spelling_is_led_to_the_one_address(house: House, browser: Browser) -> None:
    house.put(station(2500), online())
    house.put(station(7, "ESCH 1/A"), online())
    answer = await browser.get("/stations/cp-2500")
    assert (answer.status, answer.headers["Location"]) == (303, "/stations/CP2500")
    answer = await browser.get("/search?q=esch+1a")
    assert answer.headers["Location"] == "/stations/ESCH%201%2FA"
    page = await browser.session.get(URL(browser.base + "/stations/ESCH%201%2FA", encoded=True))
    assert page.status == 200
    assert (await browser.get("/stations/%3Cb%3E")).status == 404


async def test_a_change_of_the_registry_is_found_at_once(house: House, browser: Browser) -> None:
    house.put(station(2500), online())
    assert (await browser.get("/search?q=CP2500")).status == 303
    assert (await browser.get("/search?q=CP4711")).status == 404
    house.put(station(4711), online())
    assert (await browser.get("/search?q=CP4711")).status == 303


# ------------------------------------------------------------------------------------------------- hostile texts

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "a\r\nSet-Cookie: evil=1",
    "\u202eeldoor\u2066",
    "🚗" * 10_000,
    "{{ 7 * 7 }}{% raw %}%(heard)s",
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_nothing_that_a_station_or_import_says_becomes_markup(house: House, browser: Browser, text: str) -> None:
    who = Contact(name=text, phone=text, email=text)
    point = Connector(connector=text, status=Status.FAULTED, since=NOW, reported_at=NOW, error=text, info=text, vendor_error=text)
    found = house.put(
        station(1, site=text, address=text, owner=who, maintainer=who, vendor=text, model=text, serial=text, protocol=text),
        online(connectors=(point,), boot=Booted(at=NOW, vendor=text, model=text)),
    )
    house.put(station(2, site=text, address=text, owner=who), offline())
    house.history.add(
        found.id,
        StationBooted(at=NOW, reason=text, vendor=text),
        ConnectorChanged(at=NOW, connector=text, status=Status.FAULTED, error=text, info=text),
        LinkChanged(at=NOW, open=True, epoch=1, protocol=text, address=text),
    )
    for path in ("/", "/stations/CP0001", "/stations?state=online", "/breaches", "/search?q=CP"):
        answer = await browser.get(path)
        assert "Set-Cookie" not in answer.headers
        source = await answer.text()
        assert len(source) < 120_000
        page = Reader(source)
        scripts = [attrs for tag, attrs in page.tags if tag == "script"]
        assert len(scripts) == 1
        assert scripts[0]["src"].startswith("/static/console.js")
        assert "img" not in {tag for tag, _ in page.tags}
        assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on") or name == "style"]
        for tag, attrs in page.tags:
            if tag == "a":
                assert re.match(r"/|#|tel:\+?[0-9]*$|mailto:", attrs["href"]), attrs["href"]


async def test_a_hostile_query_is_only_ever_text(browser: Browser) -> None:
    for text in HOSTILE:
        answer = await browser.get("/search", params={"q": text[:200]})
        page = Reader(await answer.text())
        assert "img" not in {tag for tag, _ in page.tags}
        assert sum(tag == "script" for tag, _ in page.tags) == 1


# ------------------------------------------------------------------------------------------------ every answer

ROUTES = {
    ("GET", "/"),
    ("GET", "/search"),
    ("GET", "/stations"),
    ("GET", "/stations/{sticker}"),
    ("GET", "/breaches"),
    ("GET", "/login"),
    ("POST", "/login"),
    ("POST", "/logout"),
    ("POST", "/preferences"),
    ("GET", "/static/{name}"),
    ("GET", "/api/v1/stations"),
    ("GET", "/api/v1/stations/{sticker}"),
    ("GET", "/api/v1/stations/{sticker}/timeline"),
    ("GET", "/api/v1/breaches"),
    ("GET", "/api/v1/events"),
    ("GET", "/api/v1/openapi.json"),
}


def test_these_are_all_the_routes(house: House) -> None:
    app = house.app()
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
    asked = browser.base + path.replace("{sticker}", "CP0001").replace("{name}", "console.css")
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
