"""What we do to ourselves convicts nobody: a restart, a stall, a step of the clock; and our own jobs run at their hour."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import pytest

from monitor.core.events import HealthChanged
from tests.support.network.scenario import network
from tests.support.network.service import CALM, IN_USE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.network.scenario import Network

FLEET: Final[dict[str, Any]] = {"bearer": "lan", "latency_s": 0.25, "heartbeat_s": 300, "spread_s": 30.0}


async def states_after(net: Network, began_s: float) -> Counter[str]:
    """Return how often which state was entered from `began_s` on."""
    changes = await net.chronicle.of(HealthChanged)
    return Counter(change.to.value for at_s, change in changes if at_s > began_s - 1e-6)


@pytest.mark.parametrize("away_s", [0.0, 300.0])
async def test_a_restart_opens_no_breach(folder: Path, away_s: float) -> None:
    async with network(folder, pace=CALM) as net:
        fleet = await net.stations(10, **FLEET)
        await net.sleep(minutes=10)
        began_s = net.now_s
        await net.service.stop()
        assert net.now_s - began_s <= 1, "everybody says good-bye"
        await net.sleep(seconds=away_s)
        await net.service.start()
        await net.sleep(hours=1)
        assert await net.chronicle.breaches() == []
        assert await states_after(net, began_s) == {"unknown": 10, "online": 10}
        assert all(borne.is_connected for borne in fleet)


async def test_an_outage_that_began_before_a_restart_goes_on_as_one(folder: Path) -> None:
    async with network(folder, pace=CALM) as net:
        gone, here = await net.stations(2, **FLEET)
        await net.until(600)
        await gone.leave()
        await net.sleep(hours=1)
        before = await net.chronicle.breaches()
        await net.service.stop()
        await net.sleep(minutes=5)
        await net.service.start()
        await net.sleep(hours=1)
        assert await net.chronicle.breaches() == before
        gone.come_back()
        await net.sleep(minutes=2)
        (breach,) = await net.chronicle.breaches()
        assert breach.sticker == gone.sticker
        assert breach.since_s == before[0].since_s
        assert breach.until_s is not None
        assert here.is_connected


async def test_who_died_while_we_were_away_is_found_after_one_grace_of_ours(folder: Path) -> None:
    async with network(folder, pace=CALM) as net:
        gone, _ = await net.stations(2, **FLEET)
        await net.until(600)
        await net.service.stop()
        await gone.leave()
        await net.until(900)
        await net.service.start()
        await net.until(7200)
        (breach,) = await net.chronicle.breaches()
        # The third heartbeat since our return is due with the grace and has 5 s to come; the next beat of the sweeper tells.
        assert (breach.sticker, breach.since_s, breach.detected_s) == (gone.sticker, 900.0, 900 + 900 + 5 + 1)


async def test_a_stall_of_ten_seconds_convicts_nobody(folder: Path) -> None:
    async with network(folder, pace=CALM) as net:
        await net.stations(10, **FLEET)
        await net.until(600.1)
        await net.service.stall(10)
        await net.sleep(hours=1)
        assert await net.chronicle.breaches() == []
        assert await states_after(net, 600) == {"unknown": 10, "online": 10}
        assert net.service.monitor.sweeper.absences == 1
        assert net.tally.timeouts == 0, "the stations had their answers late, but had them"
        assert net.tally.connects == 10


async def test_a_stall_as_long_as_the_grace_convicts_nobody(folder: Path) -> None:
    async with network(folder, pace=CALM) as net:
        await net.stations(10, **FLEET)
        await net.until(600.1)
        await net.service.stall(1200)
        await net.sleep(hours=1)
        assert await net.chronicle.breaches() == []
        states = await states_after(net, 600)
        assert states["unknown"] == 10
        assert set(states) <= {"unknown", "online", "suspect"}


@pytest.mark.parametrize("step_s", [3600.0, -3600.0])
async def test_a_step_of_the_wall_clock_convicts_nobody(folder: Path, step_s: float) -> None:
    async with network(folder, pace=CALM) as net:
        await net.stations(10, **FLEET)
        await net.until(4000.1)
        net.service.clock.step_wall(step_s)
        await net.sleep(hours=1)
        assert net.service.monitor.sweeper.absences == 1
        assert await net.chronicle.breaches() == []
        assert (await states_after(net, 0))["unknown"] == 10
        assert (await states_after(net, 0))["suspect"] == 0


async def test_everybody_is_back_after_a_storm(folder: Path) -> None:
    async with network(folder, pace=CALM) as net:
        fleet = await net.stations(60, bearer="gprs", heartbeat_s=300, spread_s=60)
        await net.sleep(minutes=10)
        net.reset(fleet)
        began_s = net.now_s
        await net.sleep(seconds=30)
        assert all(borne.is_connected for borne in fleet)
        assert net.tally.connects == 120
        assert await states_after(net, began_s) == {"suspect": 60, "online": 60}


async def test_what_another_process_writes_into_the_registry_arrives_within_two_seconds(folder: Path) -> None:
    async with network(folder, pace=IN_USE) as net:
        borne = await net.station(**FLEET)
        await net.until(100.3)
        monitor = net.service.monitor
        await monitor.registry.apply([net.row_of(borne, state="retired")], net.service.clock.now())
        await net.sleep(seconds=2)
        assert not borne.is_connected


async def test_old_events_are_deleted_at_their_hour(folder: Path) -> None:
    async with network(folder, pace=CALM, retention_days=1) as net:
        borne = await net.station(**FLEET)
        await net.sleep(minutes=10)
        assert await net.chronicle.all(borne.sticker) != []
        await net.service.stop()
        await borne.end()
        # The story began at 8 in the morning; two days later it is 2:38, and old events go at 2:40.
        net.service.clock.step_wall(2 * 86_400 - net.now_s - (5 * 3600 + 22 * 60))
        await net.service.start()
        await net.sleep(seconds=119)
        assert len(await net.chronicle.all(borne.sticker)) > 2
        await net.sleep(seconds=2)
        assert [told for told in await net.chronicle.all(borne.sticker) if told.at_s < 86_400] == []
