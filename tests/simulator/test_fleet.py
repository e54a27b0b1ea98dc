"""A fleet keeps its plan, counts truly and goes home cleanly."""

from __future__ import annotations

import asyncio
import io
import re
from collections import Counter
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from monitor.core.ids import parse_identity, parse_sticker
from monitor.core.registry import Bearer, Language
from monitor.runtime.clock import SystemClock
from monitor.simulator import cli
from monitor.simulator.communes import COMMUNES
from monitor.simulator.demo import COLUMNS, nameplate
from monitor.simulator.dialect import Version
from monitor.simulator.faults import FaultKind
from monitor.simulator.fleet import FleetPlan, demo_registry, run_fleet
from monitor.simulator.mix import HEALTHY_MIX, Mix
from monitor.simulator.plan import fault_kinds, faults_of
from monitor.simulator.report import table

if TYPE_CHECKING:
    from pathlib import Path

    from .central import Central

PLAN = FleetPlan(url="ws://127.0.0.1:1/ocpp")


def test_the_same_seed_gives_the_same_plan_and_another_seed_another() -> None:
    assert demo_registry(PLAN) == demo_registry(FleetPlan(url="ws://elsewhere/ocpp"))
    assert demo_registry(PLAN) != demo_registry(FleetPlan(url=PLAN.url, seed=2))
    assert fault_kinds(PLAN, 200) == fault_kinds(PLAN, 200)
    first, second = (list(islice(faults_of(PLAN, 3, FaultKind.SILENT), 5)) for _ in range(2))
    assert first == second
    assert list(islice(faults_of(PLAN, 4, FaultKind.SILENT), 5)) != first


def test_a_storm_strikes_all_its_stations_at_one_instant() -> None:
    assert next(faults_of(PLAN, 1, FaultKind.STORM)) == next(faults_of(PLAN, 2, FaultKind.STORM))


def test_the_registry_of_a_demo_is_a_network() -> None:
    rows = demo_registry(PLAN)
    assert len(rows) == 200
    assert all(tuple(row) == COLUMNS for row in rows)
    assert len({parse_sticker(row["sticker"]) for row in rows}) == len({parse_identity(row["identity"]) for row in rows}) == 200
    bearers = Counter(Bearer(row["bearer"]) for row in rows)
    assert 130 <= bearers[Bearer.GPRS] <= 150
    assert 30 <= bearers[Bearer.LAN] <= 50
    sites = Counter(row["site"] for row in rows)
    assert max(sites.values()) <= 8
    assert sum(size > 1 for size in sites.values()) > 5
    secured = [row for row in rows if row["security_profile"] == "1"]
    assert 20 < len(secured) < 80
    assert all(len(row["password"]) >= 16 for row in secured)


def test_every_row_of_the_registry_is_plausible() -> None:
    for row in demo_registry(PLAN):
        assert 49.4 < float(row["lat"]) < 50.2
        assert 5.7 < float(row["lon"]) < 6.6
        assert row["owner_email"].endswith("@example.lu")
        assert row["owner_phone"].startswith("+352")
        assert Language(row["owner_language"])
        assert bool(row["sim_iccid"]) == (row["bearer"] == "gprs") == bool(row["cell"])
        assert row["security_profile"] == ("1" if row["password"] else "0")
        if row["sim_iccid"]:
            assert len(row["sim_iccid"]) == 19
            assert _luhn_holds(row["sim_iccid"])
            assert len(row["sim_imsi"]) == 15


@pytest.mark.parametrize(
    ("stations", "expected"),
    [
        (200, {"1.5": 10, "1.6": 120, "2.0.1": 50, "2.1": 20}),
        (40, {"1.5": 2, "1.6": 24, "2.0.1": 10, "2.1": 4}),
        (10, {"1.5": 1, "1.6": 6, "2.0.1": 2, "2.1": 1}),
        (1, {"1.6": 1}),
    ],
)
def test_even_a_small_network_keeps_the_shares_of_the_versions(stations: int, expected: dict[str, int]) -> None:
    rows = demo_registry(replace(PLAN, stations=stations))
    assert Counter(row["protocol"] for row in rows) == expected


def test_a_model_speaks_one_version_and_the_versions_are_spread_over_the_network() -> None:
    rows = demo_registry(PLAN)
    spoken = {(row["vendor"], row["model"], row["protocol"]) for row in rows}
    assert len({(vendor, model) for vendor, model, _ in spoken}) == len(spoken) > 8
    assert {row["protocol"] for row in rows[:30]} >= {"1.6", "2.0.1", "2.1"}
    only = replace(PLAN, mix=Mix(versions=((Version.V21, 1.0),)))
    assert {row["protocol"] for row in demo_registry(only)} == {"2.1"}


@pytest.mark.parametrize(
    ("written", "version"),
    [
        ("", Version.V16),
        ("1.5", Version.V15),
        ("OCPP1.6J", Version.V16),
        ("1.6-J", Version.V16),
        ("2.0.1", Version.V201),
        (" ocpp2.1 ", Version.V21),
    ],
)
def test_a_row_says_which_version_is_spoken(written: str, version: Version) -> None:
    assert nameplate({"sticker": "CP1", "protocol": written}).version is version
    assert nameplate({"sticker": "CP1"}).version is Version.V16


async def test_a_mixed_fleet_speaks_what_its_rows_say(central: Central) -> None:
    plan = FleetPlan(url=central.url, stations=20, mix=HEALTHY_MIX, spread_s=0.2, idle_s=20, time_scale=60, duration_s=1.5)
    report = await run_fleet(plan, SystemClock())
    assert (report.connected, report.errors, report.refusals, central.errors) == (20, {}, {}, [])
    names = {row["protocol"]: row["identity"] for row in demo_registry(plan)}
    assert set(names) == set(Version)
    boots = {entry.identity: entry.payload for entry in central.heard if entry.what == "BootNotification"}
    assert [version for version, identity in names.items() if "reason" in boots[identity]] == [
        version for version in names if version in ("2.0.1", "2.1")
    ]


def _luhn_holds(number: str) -> bool:
    digits = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(number))]
    return sum(digit - 9 if digit > 9 else digit for digit in digits) % 10 == 0


def test_the_communes_are_in_luxembourg() -> None:
    assert 95 <= len(COMMUNES) == len({commune.name for commune in COMMUNES})
    assert len({commune.canton for commune in COMMUNES}) == 12
    assert all(49.44 <= commune.lat <= 50.19 and 5.73 <= commune.lon <= 6.54 for commune in COMMUNES)


async def test_the_report_counts_what_the_central_system_heard(central: Central) -> None:
    plan = FleetPlan(url=central.url, stations=12, mix=HEALTHY_MIX, spread_s=0.2, idle_s=20, time_scale=60, duration_s=1.5)
    report = await run_fleet(plan, SystemClock())
    heard = Counter(entry.what for entry in central.heard)
    assert (report.stations, report.connected, report.open_at_end, report.reconnects) == (12, 12, 12, 0)
    assert heard.pop("open") == report.connects
    heard.pop("close")
    # A call under way when the fleet went home was sent, and may not have been heard any more.
    assert sum(heard.values()) <= sum(report.messages.values()) <= sum(heard.values()) + 12
    assert heard["StartTransaction"] + heard["TransactionEvent"] > 0
    assert (report.errors, report.refusals, report.failures, central.errors) == ({}, {}, {}, [])
    assert [socket.close_code for socket in central.sockets.values()] == [1000] * 12


async def test_the_report_names_every_fault_with_its_station_and_times(central: Central) -> None:
    mix = Mix(faults=tuple((kind, 1 / len(FaultKind)) for kind in FaultKind))
    plan = FleetPlan(url=central.url, stations=2 * len(FaultKind), mix=mix, spread_s=1, time_scale=60, duration_s=4, heartbeat_s=30)
    report = await run_fleet(plan, SystemClock())
    assert set(report.faults) == set(FaultKind)
    assert Counter(injection.kind for injection in report.injections) == report.faults
    assert report.errors
    assert report.reconnects > 0
    ended = [injection for injection in report.injections if injection.ended is not None]
    assert all(injection.began < injection.ended for injection in ended if injection.ended)
    assert {injection.sticker for injection in report.injections} <= {row["sticker"] for row in demo_registry(plan)}
    text = table(report, injections=3)
    assert "fault injected" in text
    assert f"and {len(report.injections) - 3} more faults" in text


async def test_a_storm_drops_and_returns_together(central: Central) -> None:
    plan = FleetPlan(
        url=central.url, stations=10, mix=Mix(faults=((FaultKind.STORM, 1.0),)), spread_s=0, time_scale=30, duration_s=8
    )
    task = asyncio.create_task(run_fleet(plan, SystemClock()))
    gone = await central.expect("close")
    for _ in range(9):
        gone = await central.expect("close", after=gone)
    first_return = await central.expect(lambda entry: entry.what == "open" and entry.connection > 10)
    assert first_return > gone, "all were gone before the first was back"
    for _ in range(9):
        first_return = await central.expect("open", after=first_return)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_refusals_and_failures_are_counted_and_raise_nothing(central: Central, unused_tcp_port: int) -> None:
    plan = FleetPlan(url=central.url, stations=3, mix=HEALTHY_MIX, spread_s=0, time_scale=50, duration_s=0.8)
    central.refuse = {row["identity"] for row in demo_registry(plan)[:2]}
    report = await run_fleet(plan, SystemClock())
    assert report.connected == 1
    assert report.refusals["401"] > 2
    report = await run_fleet(
        FleetPlan(url=f"ws://127.0.0.1:{unused_tcp_port}/ocpp", stations=2, duration_s=0.2, spread_s=0), SystemClock()
    )
    assert (report.connected, report.failures) == (0, {"ClientConnectorError": 2})


async def test_first_connections_are_spread(central: Central) -> None:
    plan = FleetPlan(url=central.url, stations=5, mix=HEALTHY_MIX, spread_s=10, time_scale=10, duration_s=2.0)
    began = asyncio.get_running_loop().time()
    await run_fleet(plan, SystemClock())
    after = [entry.at - began for entry in central.heard if entry.what == "open"]
    assert len(after) == 5
    assert all(later >= 0.2 * number for number, later in enumerate(after))


async def test_a_fleet_told_to_stop_while_it_spreads_goes_home(central: Central) -> None:
    stop = asyncio.Event()
    plan = FleetPlan(url=central.url, stations=50, mix=HEALTHY_MIX, spread_s=20)
    task = asyncio.create_task(run_fleet(plan, SystemClock(), stop=stop))
    await central.expect("BootNotification")
    stop.set()
    assert (await task).connected < 50


async def test_cancelling_it_takes_every_station_down(central: Central) -> None:
    plan = FleetPlan(url=central.url, stations=5, mix=HEALTHY_MIX, spread_s=0)
    task = asyncio.create_task(run_fleet(plan, SystemClock()))
    place = 0
    for _ in range(5):
        place = await central.expect("BootNotification", after=place)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    place = 0
    for _ in range(5):
        place = await central.expect("close", after=place)


async def test_simulate_drives_the_stations_of_an_import_file(central: Central, tmp_path: Path) -> None:
    plan = FleetPlan(url=central.url, stations=4, mix=HEALTHY_MIX, spread_s=0, duration_s=0.5)
    file = tmp_path / "stations.csv"
    with file.open("w", encoding="utf-8") as out:
        assert cli.write_registry(plan, out) == 4
    roll = cli.read_roll(file)
    assert roll == tuple(nameplate(row) for row in demo_registry(plan))
    central.passwords = {plate.identity: plate.password for plate in roll if plate.password}
    text = io.StringIO()
    await cli.simulate(FleetPlan(url=central.url, roll=roll, mix=HEALTHY_MIX, spread_s=0, duration_s=0.5), SystemClock(), text)
    assert re.search(r"^connected at the end +4$", text.getvalue(), re.MULTILINE)
    assert {entry.identity for entry in central.heard} == {plate.identity for plate in roll}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("name\nx\n", "no column 'sticker'"),
        ("sticker\nCP1\n!!\n", "line 3"),
        ("sticker,connectors\nCP1,two\n", "line 2"),
        ("sticker,protocol\nCP1,1.6\nCP2,1.1\n", r"line 3: protocol '1\.1' cannot be simulated.*2\.0\.1"),
    ],
)
def test_a_wrong_import_file_is_named_in_one_line(tmp_path: Path, content: str, complaint: str) -> None:
    file = tmp_path / "stations.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(cli.RollError, match=complaint) as caught:
        cli.read_roll(file)
    assert "\n" not in str(caught.value)


async def test_drivers_show_the_cards_that_they_are_given(central: Central, tmp_path: Path) -> None:
    file = tmp_path / "cards.csv"
    file.write_text("id_tag,status\n04A2B3,Accepted\n,Blocked\n04A2B4,Blocked\n", encoding="utf-8")
    cards = cli.read_shown_cards(file)
    assert cards == ("04A2B3", "04A2B4")
    plan = FleetPlan(
        url=central.url, stations=6, mix=HEALTHY_MIX, spread_s=0, idle_s=10, time_scale=60, duration_s=1.5, cards=cards
    )
    await run_fleet(plan, SystemClock())
    assert {entry.payload["idTag"] for entry in central.heard if "idTag" in entry.payload} == set(cards)


@pytest.mark.parametrize("content", ["sticker\nCP1\n", "id_tag\n \n"])
def test_a_file_without_cards_is_named_in_one_line(tmp_path: Path, content: str) -> None:
    file = tmp_path / "cards.csv"
    file.write_text(content, encoding="utf-8")
    for path in (file, tmp_path / "nowhere.csv"):
        with pytest.raises(cli.RollError, match=path.name) as caught:
            cli.read_shown_cards(path)
        assert "\n" not in str(caught.value)


def test_a_missing_import_file_is_named_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(cli.RollError, match=r"nowhere\.csv"):
        cli.read_roll(tmp_path / "nowhere.csv")
