"""Every fault shows on the wire what it promises."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from random import Random
from typing import TYPE_CHECKING

import pytest

from monitor.simulator.faults import Fault, FaultKind, WrongClock, schedule

from .central import stamped

if TYPE_CHECKING:
    from .central import Central, Heard
    from .conftest import RunStation


def fault(kind: FaultKind, lasts_s: float = 0.6, **rest: object) -> Fault:
    """Return a fault that comes once the station has settled."""
    return Fault(kind=kind, start_s=0.4, duration_s=lasts_s, **rest)  # type: ignore[arg-type]


def _last_status(entry: Heard) -> bool:
    return entry.what == "StatusNotification" and entry.payload["connectorId"] == 2


async def test_a_silent_link_stays_open_and_carries_nothing(central: Central, run_station: RunStation) -> None:
    run = await run_station(fault(FaultKind.SILENT, 3.0), heartbeat_s=0.1)
    await _dead(run.station.line.reads)
    place = len(central.heard)
    assert not await central.ping("CP1", 0.5)
    assert len(central.heard) <= place + 1, "one beat may have been under way"
    place = await central.expect("Heartbeat", after=len(central.heard))
    assert "close" not in central.actions("CP1")
    assert central.actions("CP1").count("BootNotification") == 1
    assert await central.ping("CP1", 5)
    assert run.tally.connects == 1


async def test_a_link_that_died_for_good_is_dialled_again(central: Central, run_station: RunStation) -> None:
    run = await run_station(fault(FaultKind.SILENT, 5.0), scale=2, heartbeat_s=0.2)
    await _dead(run.station.line.reads)
    central.sockets["CP1"].transport.abort()
    place = await central.expect("close")
    assert not run.station.line.reads.is_set()
    place = await central.expect("open", after=place)
    await central.expect("Heartbeat", after=place)
    assert central.actions("CP1").count("BootNotification") == 1


async def test_a_clean_close_says_goodbye_and_needs_no_boot(central: Central, run_station: RunStation) -> None:
    run = await run_station(fault(FaultKind.CLOSED), heartbeat_s=0.2)
    place = await central.expect("close")
    assert central.heard[place - 1].payload["code"] == 1000
    back = await central.expect("open", after=place)
    place = await central.expect("Heartbeat", after=back)
    assert central.actions("CP1").count("BootNotification") == 1
    assert central.actions("CP1").count("StatusNotification") == 3, "nothing had changed meanwhile"
    assert run.tally.connects == 2


async def test_a_power_cut_says_no_goodbye_and_boots_again(central: Central, run_station: RunStation) -> None:
    await run_station(fault(FaultKind.POWER))
    await central.expect(_last_status)
    place = await central.expect("close")
    assert central.heard[place - 1].payload["code"] == 1006
    place = await central.expect("BootNotification", after=place)
    await central.expect(_last_status, after=place)


async def test_a_power_cut_ends_the_sessions(central: Central, run_station: RunStation) -> None:
    run = await run_station(scale=20)
    await central.expect(_last_status)
    run.station.charging.start("TAG", 1)
    place = await central.expect("StartTransaction")
    place = await central.expect(lambda entry: entry.payload.get("status") == "Charging", after=place)
    run.station.power_off()
    await central.expect("close")
    run.station.power_on()
    place = await central.expect("StopTransaction", after=place)
    assert central.heard[place - 1].payload["reason"] == "PowerLoss"
    assert central.errors == []


@pytest.mark.parametrize("pongs", [True, False])
async def test_a_hanging_station_says_nothing_until_its_watchdog(central: Central, run_station: RunStation, *, pongs: bool) -> None:
    run = await run_station(fault(FaultKind.HANG, 1.5, pongs=pongs), heartbeat_s=0.1)
    await central.expect("Heartbeat")
    await _dead(run.station.line.awake)
    place = len(central.heard)
    assert await central.ping("CP1", 0.5) is pongs
    assert len(central.heard) <= place + 1, "one beat may have been under way"
    place = await central.expect("close")
    await central.expect("BootNotification", after=place)


async def test_a_flapping_station_loses_its_link_again_and_again(central: Central, run_station: RunStation) -> None:
    run = await run_station(fault(FaultKind.FLAPPING, 8, every_s=2.5), scale=4)
    place = 0
    for _ in range(3):
        place = await central.expect("close", after=place)
        place = await central.expect("open", after=place)
    assert run.tally.connects >= 3
    assert central.actions("CP1").count("BootNotification") == 1


@pytest.mark.parametrize("wrong", list(WrongClock))
async def test_a_wrong_clock_shows_in_the_timestamps(central: Central, run_station: RunStation, wrong: WrongClock) -> None:
    await run_station(fault(FaultKind.CLOCK, 0.5, clock=wrong))
    place = await central.expect(_last_status)
    assert stamped(central.heard[place - 1], timedelta())
    place = await central.expect(_last_status, after=place)
    entry = central.heard[place - 1]
    if wrong is WrongClock.TOMORROW:
        assert stamped(entry, timedelta(days=1))
    else:
        assert entry.payload["timestamp"].startswith("1970-01-01T00:0")
    place = await central.expect(_last_status, after=place)
    assert stamped(central.heard[place - 1], timedelta())
    assert central.errors == []


async def test_bad_messages_are_answered_with_errors_and_counted(central: Central, run_station: RunStation) -> None:
    run = await run_station(fault(FaultKind.BAD, 0.3, every_s=10), heartbeat_s=0.5)
    place = await central.expect(lambda entry: entry.payload.get("status") == "Sleeping")
    place = await central.expect(lambda entry: "mood" in entry.payload, after=place)
    place = await central.expect(lambda entry: "uptime" in entry.payload, after=place)
    await central.expect(lambda entry: entry.what == "Heartbeat" and not entry.payload, after=place)
    assert len(central.errors) == 3
    assert sum(run.tally.errors.values()) == 3


def test_the_same_seed_draws_the_same_faults_in_order() -> None:
    for kind in FaultKind:
        first, second = (list(islice(schedule(kind, Random(3)), 20)) for _ in range(2))  # noqa: S311  repeatable
        assert first == second
        assert all(one.start_s + one.duration_s < two.start_s for one, two in pairwise(first))
        assert {one.kind for one in first} == {kind}


def test_outages_of_a_demo_begin_within_fifteen_seconds() -> None:
    for kind in (FaultKind.SILENT, FaultKind.CLOSED, FaultKind.POWER, FaultKind.HANG):
        first = next(schedule(kind, Random(9)))  # noqa: S311  repeatable
        assert first.start_s <= 15
        assert first.duration_s >= 30


def test_a_clock_without_battery_starts_in_1970() -> None:
    assert WrongClock.EPOCH.read(datetime(2026, 1, 1, tzinfo=UTC), 5) == datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC)


async def _dead(switch: asyncio.Event) -> None:
    """Wait for a fault to turn `switch` off: an event tells only when it turns on."""
    async with asyncio.timeout(10):
        while switch.is_set():
            await asyncio.sleep(0.01)
