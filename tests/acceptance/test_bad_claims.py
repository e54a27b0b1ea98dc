"""Well-formed messages that claim what cannot be, or hold what would do harm elsewhere: times, texts, values, old messages.

Each is answered as its version prescribes and stored without harm; afterwards every page, every answer of the API and `/metrics`
are as they should be. On SQLite, and on PostgreSQL, which refuses more.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from tests.support.bad_claims import TEXTS, TIMES, VALUES, stamped, texted, transaction
from tests.support.databases import url_of
from tests.support.hostile_pages import what_would_run
from tests.support.raw_sockets import raw_station
from tests.support.sites import Site, running_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.raw_sockets import RawSocket

pytestmark = pytest.mark.asyncio(loop_scope="module")

VERSIONS = ("1.5", "1.6", "2.0.1", "2.1")
STATIONS = [f"{purpose}-{version}" for purpose in ("times", "texts", "values", "backlog") for version in VERSIONS]
SHEET = "sticker,bearer,site\n" + "".join(f"{name},lan,Brill\n" for name in STATIONS)


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="site", params=["sqlite", "postgresql"])
async def claimed_site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    folder = tmp_path_factory.mktemp("bad-claims")
    async with running_site(folder, SHEET, url=url_of(request.param, folder)) as site:
        yield site


def word(answer: Any) -> str:
    """Return the code of an error, ``result`` for none."""
    assert isinstance(answer, list), f"closed with {answer}"
    return str(answer[2]) if answer[0] == 4 else "result"


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_time_that_cannot_be_is_a_claim_and_is_taken(site: Site, version: str) -> None:
    async with raw_station(site.house.field, f"times-{version}", version) as socket:
        for number, at in enumerate(TIMES):
            for action, payload in stamped(version, at, number):
                answer = await socket.ask(action, payload, f"{action}-{number}")
                assert answer[0] == 3, f"{at!r} in {action}: {answer}"
        told = await site.station(f"times-{version}")
        assert told["state"] == "online"
        assert "wrong_clock" in {one["quirk"] for one in told["contact"]["quirks"]}
        now = datetime.now(UTC)
        for event in (await site.station(f"times-{version}", "/timeline"))["events"]:
            assert abs(datetime.fromisoformat(event["at"]) - now) < timedelta(minutes=5), "our own time orders everything"


async def test_a_text_that_would_do_harm_is_text(site: Site) -> None:
    """Free text is taken and cut where it is too long; what identifies something and is too long is refused."""
    wrong = [one for found in await asyncio.gather(*(texts_taken_wrongly(site, version) for version in VERSIONS)) for one in found]
    assert not wrong, "\n".join(map(str, wrong))


async def texts_taken_wrongly(site: Site, version: str) -> list[tuple[Any, ...]]:
    wrong: list[tuple[Any, ...]] = []
    async with raw_station(site.house.field, f"texts-{version}", version) as socket:
        for number, text in enumerate(TEXTS):
            for action, payload, limit in texted(version, text):
                answer = await socket.ask(action, payload, f"{action}-{number}")
                wanted = "result" if limit is None or len(text) <= limit else "PropertyConstraintViolation"
                if word(answer) != wanted:
                    wrong.append((version, text[:40], action, wanted, answer))
    return wrong


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_value_that_cannot_be_is_answered_by_its_error(site: Site, version: str) -> None:
    wrong = []
    async with raw_station(site.house.field, f"values-{version}", version) as socket:
        for number, (action, payload, wanted) in enumerate(VALUES[version]):
            answer = await socket.ask(action, payload, f"{action}-{number}")
            if word(answer) != wanted:
                wrong.append((action, payload, wanted, answer))
    assert not wrong, "\n".join(map(str, wrong))
    events = (await site.station(f"values-{version}", "/timeline"))["events"]
    ended = {one["transaction"]: one.get("energy_wh") for one in events if one["type"] == "charging_ended"}
    assert "404" in ended, "a stop before its start is told"
    assert all(energy is None or energy >= 0 for energy in ended.values()), "no energy is below nothing"
    begun = {one["transaction"] for one in events if one["type"] == "charging_started"}
    assert "exploded" not in begun, "an event of an unknown type begins nothing"


async def replayed(socket: RawSocket, version: str, count: int) -> None:
    """Send `count` queued messages in order, as after an outage of ten hours, and read their answers in order."""
    began = datetime.now(UTC) - timedelta(hours=10)
    for number in range(count):
        at = (began + timedelta(seconds=number)).isoformat(timespec="seconds").replace("+00:00", "Z")
        if version in ("1.5", "1.6"):
            action, payload = stamped(version, at, number)[number % 4]
        else:
            kind = ("Started", "Updated", "Ended")[number % 3]
            action, payload = "TransactionEvent", transaction(kind, at, f"q{number // 3}", seqNo=number % 3, offline=True)
        answer = await socket.ask(action, payload, str(number))
        assert answer[:2] == [3, str(number)]


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_old_messages_are_answered_in_order_and_are_life_now(site: Site, version: str) -> None:
    async with raw_station(site.house.field, f"backlog-{version}", version) as socket:
        await replayed(socket, version, 190)
        told = await site.station(f"backlog-{version}")
    assert (told["state"], told["contact"]["messages"]) == ("online", 190)
    assert "wrong_clock" not in {one["quirk"] for one in told["contact"]["quirks"]} or version == "1.6"


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_ten_thousand_old_messages_are_answered_in_order(site: Site, version: str) -> None:
    async with raw_station(site.house.field, f"backlog-{version}", version) as socket:
        await replayed(socket, version, 10_000)
        assert (await site.station(f"backlog-{version}"))["state"] == "online"


PAGES = [
    *("/", "/?part=live", "/breaches", "/search?q=", "/search?q=brill", "/search?q=texts-1.6"),
    *(f"/stations?state={state}" for state in ("online", "degraded", "suspect", "offline", "unknown", "never_seen")),
    *(f"/stations/{name}{part}" for name in STATIONS for part in ("", "?part=live", "/frames", "/frames?as=text")),
]


NOTHING_FOUND = ["/stations/nobody", "/search?q=%3Cimg%20src=x%20onerror=alert(1)%3E", "/search?q=%7B%7B7*7%7D%7D%00%1B"]


async def test_afterwards_every_page_shows_it_and_runs_nothing_of_it(site: Site) -> None:
    foreign: dict[str, list[str]] = {}
    async with await site.log_in() as http:
        for path in (*PAGES, *NOTHING_FOUND):
            async with http.get(path) as page:
                text = await page.text()
                assert page.status == (404 if path in NOTHING_FOUND else 200), path
                if found := [sign for sign in "\x1b\r\x00" if sign in text] if "as=text" in path else what_would_run(text):
                    foreign[path] = found
        assert foreign == {}
        for version in VERSIONS:
            async with http.get(f"/stations/texts-{version}") as page:
                html = await page.text()
                assert "&lt;" in html, "what was said is shown"
                assert "49" not in [part.strip() for part in html.replace("<", ">").split(">")], "and is no template"


async def test_afterwards_the_api_and_the_metrics_are_valid(site: Site) -> None:
    await site.house.api("/stations?q=brill", site.token)
    await site.house.api("/breaches", site.token)
    for name in STATIONS:
        for part in ("", "/timeline", "/frames"):
            assert await site.station(name, part)
    families = {one.name: one.samples for one in text_string_to_metric_families(await site.house.metrics())}
    assert {one.labels["station"] for one in families["bornewatch_station_info"]} == set(STATIONS)
    assert {one.labels["action"] for one in families["bornewatch_ocpp_messages"] if "<" in one.labels["action"]} == set()
    assert max(float(one.labels["connector"]) for one in families["bornewatch_connector_status"]) <= 10_000
