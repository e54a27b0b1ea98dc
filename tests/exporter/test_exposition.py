"""The exposition, held against prometheus_client's own parsers and against the catalogue."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp.web import AppRunner, TCPSite
from msgspec import structs
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics import parser as openmetrics_parser
from prometheus_client.parser import text_string_to_metric_families as read_text

from monitor.core.accounting import Account
from monitor.core.breaches import Breach, Cause, Party
from monitor.core.events import State
from monitor.core.health_state import UNHEARD, Connector, HealthState
from monitor.core.ids import BreachNumber, Identity, StationId, Sticker
from monitor.core.observations import Booted, Status
from monitor.core.registry import Bearer, LifeCycle, Sim, Station
from monitor.exporter.fleet import SLICE, FleetExposition
from monitor.exporter.http import OpsPages, wants_gzip, wants_openmetrics
from monitor.metrics import CATALOGUE, FLEET_WIDE
from monitor.registry.directory import Directory
from monitor.runtime.intake import Slot
from monitor.runtime.trace import Trace
from tests.support.clocks import START, SetClock
from tests.support.services import ask, running_monitor, station_socket

if TYPE_CHECKING:
    from pathlib import Path

read_openmetrics: Any = openmetrics_parser.text_string_to_metric_families
"""Untyped in its library."""
NASTY = 'a"b\\c\nd é'


def station(number: int, **fields: Any) -> Station:
    sticker = f"CP{number}"
    return Station(
        **{"id": StationId(number), "sticker": Sticker(sticker), "identity": Identity(sticker), "bearer": Bearer.GPRS, **fields}
    )


class View:
    """States by station."""

    def __init__(self, states: dict[int, HealthState]) -> None:
        self.states = states

    def health(self, one: StationId) -> HealthState:
        return self.states.get(one, UNHEARD)


BREACH = Breach(number=BreachNumber(1), bearer=Bearer.LAN, since=START, detected_at=START, cause=Cause.POWER, party=Party.GRID)
STATES = {
    1: HealthState(
        state=State.ONLINE,
        last_seen=START + timedelta(milliseconds=250),
        boot=Booted(at=START, vendor="Elektra", model="Duo"),
        connectors=(
            Connector(connector="0", status=Status.AVAILABLE, since=START, reported_at=START),
            Connector(connector="1", status=Status.FAULTED, since=START, reported_at=START, error="GroundFailure"),
        ),
    ),
    2: HealthState(state=State.OFFLINE, last_seen=START, breach=BREACH, breaches=1),
    3: HealthState(
        state=State.ONLINE, last_seen=START, breach=structs.replace(BREACH, until=START + timedelta(seconds=90)), breaches=1
    ),
}


ACCOUNTS = {StationId(2): Account(up=True, received=700, sent=1200, month="2026-05", month_octets=1900)}


def exposition(now_s: float = 7200, *, openmetrics: bool = False, extra: int = 0) -> str:
    directory = Directory(
        [
            station(1, site=NASTY, sim=Sim(operator="POST")),
            station(2, bearer=Bearer.LAN, protocol="1.6", vendor="Paper"),
            station(3, bearer=Bearer.LAN),
            station(4, life_cycle=LifeCycle.RETIRED),
            *(station(100 + n) for n in range(extra)),
        ]
    )
    slot = Slot()
    slot.invalid = 7
    slot.trace = Trace()
    slot.trace.round_trip(0.0481234)
    silent = Slot()
    silent.trace = Trace()
    slots = {StationId(2): slot, StationId(3): silent}
    fleet = FleetExposition(directory, View(STATES), slots, lambda _: 3600.0, ACCOUNTS)
    return "".join(fleet.slices(START + timedelta(seconds=now_s), openmetrics=openmetrics))


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value for family in read_text(text) for sample in family.samples
    }


def test_what_is_written_is_what_a_parser_reads() -> None:
    found = samples(exposition())
    assert found["bornewatch_station_health", (("state", "online"), ("station", "CP1"))] == 1
    assert found["bornewatch_station_health", (("state", "offline"), ("station", "CP1"))] == 0
    assert found["bornewatch_station_last_seen_timestamp_seconds", (("station", "CP1"),)] == START.timestamp() + 0.25
    faulted = (("connector", "1"), ("station", "CP1"), ("status", "Faulted"))
    assert found["bornewatch_connector_status", faulted] == 1
    open_breach = (("bearer", "lan"), ("cause", "power"), ("party", "grid"), ("station", "CP2"))
    assert found["bornewatch_continuity_breach_active", open_breach] == 1
    settled = (("bearer", "lan"), ("party", "grid"), ("station", "CP3"))
    assert found["bornewatch_continuity_breaches_total", settled] == 1
    assert found["bornewatch_downtime_seconds_total", settled] == 90
    assert found["bornewatch_station_invalid_messages_total", (("station", "CP2"),)] == 7
    assert found["bornewatch_station_ping_rtt_seconds", (("station", "CP2"),)] == 0.048123
    assert sum(name == "bornewatch_station_ping_rtt_seconds" for name, _ in found) == 1, "absent where none was measured"
    assert found["bornewatch_fleet_stations", (("bearer", "lan"), ("state", "offline"))] == 1
    assert found["bornewatch_sim_session_up", (("station", "CP2"),)] == 1
    assert found["bornewatch_sim_octets_total", (("direction", "sent"), ("station", "CP2"))] == 700
    assert found["bornewatch_sim_octets_total", (("direction", "received"), ("station", "CP2"))] == 1200
    assert found["bornewatch_sim_month_octets", (("station", "CP2"),)] == 1900
    assert not any("CP4" in str(key) for key in found), "a retired station has no series"


def test_labels_survive_whatever_stands_in_them() -> None:
    (info,) = [
        labels for name, labels in samples(exposition()) if name == "bornewatch_station_info" and ("station", "CP1") in labels
    ]
    assert dict(info) == {
        "station": "CP1",
        "site": NASTY,
        "bearer": "gprs",
        "protocol": "",
        "vendor": "Elektra",
        "model": "Duo",
        "operator": "POST",
    }


def test_a_breach_counts_once_it_has_settled() -> None:
    assert not any(name == "bornewatch_continuity_breaches_total" for name, _ in samples(exposition(now_s=90 + 3599)))
    assert any(name == "bornewatch_continuity_breaches_total" for name, _ in samples(exposition(now_s=90 + 3600)))


@pytest.mark.parametrize("openmetrics", [False, True])
def test_every_family_has_its_head_even_without_a_series(openmetrics: bool) -> None:
    text = exposition(openmetrics=openmetrics)
    for metric in FLEET_WIDE:
        name = metric.family if openmetrics else metric.name
        assert f"# HELP {name} " in text
        assert f"# TYPE {name} {metric.kind}" in text


def test_both_formats_say_the_same() -> None:
    plain = samples(exposition())
    families = read_openmetrics(exposition(openmetrics=True) + "# EOF\n")
    strict = {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for family in families for sample in family.samples}
    assert strict == plain


def test_slices_are_small() -> None:
    directory = Directory([station(n) for n in range(5 * SLICE)])
    pieces = list(FleetExposition(directory, View({}), {}, lambda _: 3600.0, {}).slices(START, openmetrics=False))
    assert max(piece.count("\n") for piece in pieces) <= SLICE * len(State)


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("", False),
        ("text/plain", False),
        ("application/openmetrics-text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5", True),
    ],
)
def test_openmetrics_by_accept(accept: str, wanted: bool) -> None:
    assert wants_openmetrics(accept) is wanted


@pytest.mark.parametrize(
    ("header", "wanted"), [("", False), ("gzip", True), ("br, *", True), ("gzip;q=0", False), ("gzip; q=0.5", True)]
)
def test_gzip_by_accept_encoding(header: str, wanted: bool) -> None:
    assert wants_gzip(header) is wanted


async def test_a_scrape_of_a_running_service(tmp_path: Path) -> None:
    async with running_monitor(tmp_path) as monitor, station_socket(monitor) as socket, aiohttp.ClientSession() as http:
        await ask(socket, "Heartbeat", {})
        await socket.send_str("broken")
        await socket.receive_json(timeout=10)
        url = f"http://127.0.0.1:{monitor.ops_port}"
        async with http.get(f"{url}/metrics") as answer:
            assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
            assert answer.headers["Content-Encoding"] == "gzip"
            text = await answer.text()
        async with http.get(
            f"{url}/metrics", headers={"Accept": "application/openmetrics-text", "Accept-Encoding": "identity"}
        ) as answer:
            assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
            assert "Content-Encoding" not in answer.headers
            strict = {family.name for family in read_openmetrics(await answer.text())}
        found = samples(text)
        assert found["bornewatch_ocpp_messages_total", (("action", "Heartbeat"), ("protocol", "1.6"))] == 1
        assert found["bornewatch_ocpp_connections", (("protocol", "1.6"),)] == 1
        assert found["bornewatch_station_invalid_messages_total", (("station", "CP2500"),)] == 1
        assert {metric.family for metric in CATALOGUE} == strict, "the catalogue is what is exposed, and nothing else"
        for metric in CATALOGUE:
            assert f"# HELP {metric.name}" in text


@pytest.mark.parametrize("path", ["/", "/-/healthy", "/-/ready", "/metrics"])
async def test_ops_answers_get_and_head_and_nothing_else(tmp_path: Path, path: str) -> None:
    async with running_monitor(tmp_path) as monitor, aiohttp.ClientSession() as http:
        url = f"http://127.0.0.1:{monitor.ops_port}{path}"
        for method, status in (("GET", 200), ("HEAD", 200), ("POST", 405)):
            async with http.request(method, url) as answer:
                assert answer.status == status
                assert method != "HEAD" or await answer.read() == b""
        async with http.get(f"http://127.0.0.1:{monitor.ops_port}/ocpp/CP2500") as answer:
            assert answer.status == 404


async def test_whoever_hangs_up_in_the_middle_of_a_scrape_is_no_fault_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    directory = Directory([station(n, site="x" * 200) for n in range(50 * SLICE)])
    fleet = FleetExposition(directory, View({}), {}, lambda _: 3600.0, {})
    pages = OpsPages(fleet, CollectorRegistry(), SetClock(), lambda: None)
    runner = AppRunner(pages.application(), access_log=None)
    await runner.setup()
    try:
        site = TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0]
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readexactly(5000)
        writer.transport.abort()
        async with aiohttp.ClientSession() as http, http.get(f"http://{host}:{port}/metrics") as answer:
            assert len(await answer.read()) > 5000
    finally:
        await runner.cleanup()
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_service_that_cannot_store_is_not_ready(tmp_path: Path) -> None:
    async with running_monitor(tmp_path) as monitor, aiohttp.ClientSession() as http:
        monitor.journal.failing_since = monitor._clock.monotonic() - 3600
        async with http.get(f"http://127.0.0.1:{monitor.ops_port}/-/ready") as answer:
            assert answer.status == 503
            assert "database" in await answer.text()
        monitor.journal.failing_since = None


def test_reliability_by_bearer_is_of_the_time_between_scrapes() -> None:
    states = {
        1: HealthState(state=State.ONLINE, listening_since=START),
        2: HealthState(state=State.ONLINE, listening_since=START),
        3: HealthState(state=State.ONLINE, listening_since=START),
        4: HealthState(listening_since=START),
    }
    stations = [station(1, bearer=Bearer.LAN), station(2), station(3, life_cycle=LifeCycle.COMMISSIONING), station(4)]
    directory = Directory(stations)
    fleet = FleetExposition(directory, View(states), {}, lambda _: 3600.0, {})

    def scrape(second: float) -> dict[str, float]:
        found = samples("".join(fleet.slices(START + timedelta(seconds=second), openmetrics=False)))
        return {f"{name[18:]}:{labels[0][1]}": value for (name, labels), value in found.items() if "_bearer_" in name}

    assert scrape(0) == {"watched_seconds_total:gprs": 0, "watched_seconds_total:lan": 0}
    broken = structs.replace(BREACH, since=START + timedelta(seconds=60))
    states[1] = HealthState(state=State.OFFLINE, listening_since=START, breach=broken, breaches=1)
    assert scrape(100) == {
        "watched_seconds_total:gprs": 100,
        "watched_seconds_total:lan": 100,
        "availability_ratio:gprs": 1,
        "availability_ratio:lan": pytest.approx(0.6),
        "mtbf_seconds:lan": 60,
        "mttr_seconds:lan": 40,
    }
    directory.put(station(1, bearer=Bearer.LAN, life_cycle=LifeCycle.RETIRED))
    assert scrape(200) == {"watched_seconds_total:gprs": 200, "availability_ratio:gprs": 1}
    directory.put(station(1, bearer=Bearer.LAN))
    assert scrape(300)["watched_seconds_total:lan"] == 0, "it begins anew"
