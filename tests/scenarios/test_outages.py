"""Outages of stations, from the first lost segment to the cleared breach, through the whole service; every instant is exact.

Unless a test says otherwise a station is on a LAN with a quarter of a second each way, so that sums are easy: it dials at 0, its
socket is open for us at 0.75, and our pings leave at 60.75, 120.75 and so on and are answered half a second later. Its heartbeats
are too rare to matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from monitor.core.events import LinkChanged
from monitor.simulator.dialect import BootReason
from tests.support.network.chronicle import Breach, Changed
from tests.support.network.path import Fate, Side
from tests.support.network.scenario import network
from tests.support.network.service import CALM

if TYPE_CHECKING:
    from pathlib import Path

QUARTER: Final[dict[str, Any]] = {"bearer": "lan", "latency_s": 0.25, "heartbeat_s": 7200}
LAST_PONG_S = 541.25
"""The last one before a cut at 600."""


async def test_a_silent_cut_is_found_by_our_pings(folder: Path) -> None:
    async with network(folder) as net:
        borne = await net.station(**QUARTER)
        await net.until(600)
        net.cut(borne)
        await net.until(7800)
        sticker = borne.sticker
        expected_s, grace_s = LAST_PONG_S + 60, LAST_PONG_S + 900
        # One ping and a half, 15 s more, and the sweeper's next beat.
        assert await net.chronicle.states(sticker, since_s=600) == [
            Changed(LAST_PONG_S + 105 + 0.25, "suspect", "overdue", expected_s),
            Changed(grace_s + 0.25, "offline", "grace_over", expected_s),
        ]
        (breach,) = await net.chronicle.breaches()
        assert (breach.since_s, breach.detected_s, breach.until_s) == (expected_s, grace_s + 0.25, None)
        closed = [at_s for at_s, link in await net.chronicle.of(LinkChanged, sticker) if not link.open]
        assert closed == [600.75 + 120], "the ping that was lost was repeated for two minutes"

        net.restore(borne)
        await net.sleep(minutes=2)
        (opened_s,) = [at_s for at_s, link in await net.chronicle.of(LinkChanged, sticker) if link.open and at_s > 600]
        assert 7800 < opened_s < 7862, "a station waits a minute at most between two dials"
        (breach,) = await net.chronicle.breaches()
        assert (breach.since_s, breach.until_s) == (expected_s, opened_s)
        assert (await net.chronicle.states(sticker))[-1] == Changed(opened_s, "online", "spoke", opened_s)


async def test_a_cut_shorter_than_the_grace_breaches_nothing(folder: Path) -> None:
    async with network(folder) as net:
        borne = await net.station(**{**QUARTER, "heartbeat_s": 300})
        await net.until(600)
        net.cut(borne)
        await net.until(1380)
        net.restore(borne)
        await net.sleep(hours=1)
        assert [one.state for one in await net.chronicle.states(borne.sticker, since_s=600)] == ["suspect", "online"]
        assert await net.chronicle.breaches() == []


async def test_a_closed_socket_is_suspect_at_once(folder: Path) -> None:
    async with network(folder) as net:
        borne = await net.station(**QUARTER)
        await net.until(600)
        await borne.leave()
        await net.sleep(hours=1)
        borne.come_back()
        await net.sleep(minutes=1)
        heard_s = LAST_PONG_S
        states = await net.chronicle.states(borne.sticker, since_s=600)
        assert states[:2] == [
            Changed(600.25, "suspect", "link_closed", 600.25),
            Changed(heard_s + 900 + 0.25, "offline", "grace_over", 600.25),
        ]
        assert [one.state for one in states[2:]] == ["online"]
        (breach,) = await net.chronicle.breaches()
        assert (breach.since_s, breach.until_s) == (600.25, states[2].at_s)


async def test_a_reset_that_only_we_see_is_suspect_at_once_and_the_station_comes_back_when_it_speaks(folder: Path) -> None:
    async with network(folder) as net:
        borne = await net.station(**{**QUARTER, "heartbeat_s": 300})
        await net.until(600)
        net.reset(borne, Side.SERVICE)
        await net.sleep(minutes=10)
        states = await net.chronicle.states(borne.sticker, since_s=600)
        assert states[0] == Changed(600.0, "suspect", "link_closed", 600.0)
        assert [one.state for one in states] == ["suspect", "online"]
        assert states[1].at_s < 600 + 300 + 5
        assert await net.chronicle.breaches() == []


async def test_a_station_is_let_in_beside_its_own_dead_socket(folder: Path) -> None:
    async with network(folder) as net:
        borne = await net.station(**{**QUARTER, "heartbeat_s": 30})
        await net.until(600)
        net.cut(borne)
        net.restore(borne, Fate.LOST)
        await net.sleep(minutes=3)
        links = [(at_s, link.open, link.epoch) for at_s, link in await net.chronicle.of(LinkChanged, borne.sticker)]
        assert [link[1:] for link in links] == [(True, 1), (True, 2)]
        assert net.tally.connects == 2
        assert net.tally.refusals == {}
        # It spoke at 630 at the latest, waited 30 s for the answer and 2 s before it dialled; its ghost was given 3 s.
        assert 600 + 30 + 3 < links[1][0] < 600 + 30 + 30 + 2 + 1 + 3.1
        assert await net.chronicle.breaches() == []


BOOTS = [
    ("2.0.1", BootReason.POWER_UP, "power", "grid"),
    ("2.0.1", BootReason.WATCHDOG, "station", "station"),
    ("2.1", BootReason.POWER_UP, "power", "grid"),
    ("1.6", BootReason.POWER_UP, "station", "station"),
]
"""How a station boots after an outage, and what that makes of it; 1.6 gives no reason."""


async def test_a_boot_after_two_hours_explains_them_whether_we_saw_the_socket_close_or_not(folder: Path) -> None:
    async with network(folder) as net:
        seen = [await net.station(**QUARTER, protocol=boot[0]) for boot in BOOTS]
        silent = [await net.station(**QUARTER, protocol=boot[0]) for boot in BOOTS]
        failing = [*seen, *silent]
        # Others talk on: all that fail at once would be a common cause, and everybody would be our own.
        await net.stations(20, **QUARTER)
        await net.until(600)
        net.cut(silent)
        for borne in failing:
            borne.power_off()
        await net.sleep(hours=2)
        net.restore(silent)
        for borne, boot in zip(failing, BOOTS * 2, strict=True):
            borne.power_on(boot[1])
        await net.sleep(minutes=10)
        detected_s = LAST_PONG_S + 900 + 0.25
        # A dial, the request that follows it, and the segment that says so.
        back_s = 600 + 7200 + 0.75
        told = {breach.sticker: breach for breach in await net.chronicle.breaches()}
        for bornes, since_s in ((seen, 600.25), (silent, LAST_PONG_S + 60)):
            for borne, (_, _, cause, party) in zip(bornes, BOOTS, strict=True):
                assert told.pop(borne.sticker) == Breach(borne.sticker, since_s, detected_s, cause, party, back_s)
        assert told == {}


async def test_a_hanging_station_that_still_answers_pings_is_not_a_lost_link(folder: Path) -> None:
    async with network(folder) as net:
        borne = await net.station(**{**QUARTER, "heartbeat_s": 300})
        await net.until(600)
        borne.hang(pongs=True)
        await net.sleep(hours=1)
        assert await net.chronicle.states(borne.sticker, since_s=600) == []


async def test_loss_and_delay_of_a_bad_mobile_network_breach_nothing(folder: Path) -> None:
    async with network(folder, seed=5, pace=CALM) as net:
        await net.stations(10, bearer="gprs", latency_s=0.8, jitter_s=1.5, loss=0.15, heartbeat_s=300, spread_s=30)
        await net.sleep(hours=2)
        assert await net.chronicle.breaches() == []
        assert all(borne.is_connected for borne in net.fleet)


async def test_a_fifth_of_a_network_is_cut_and_nobody_else_is_touched(folder: Path) -> None:
    async with network(folder, pace=CALM) as net:
        fleet = await net.stations(20, bearer="gprs", apn="bornes.example", heartbeat_s=300, spread_s=60)
        await net.sleep(hours=1)
        net.cut(fleet[:4])
        await net.sleep(minutes=30)
        net.restore(fleet[:4], Fate.RESET)
        await net.sleep(minutes=5)
        breaches = await net.chronicle.breaches()
        assert sorted(breach.sticker for breach in breaches) == [borne.sticker for borne in fleet[:4]]
        assert all(breach.until_s is not None for breach in breaches)
        touched = {told.sticker for told in await net.chronicle.all() if told.at_s > 3700}
        assert touched == {borne.sticker for borne in fleet[:4]}
