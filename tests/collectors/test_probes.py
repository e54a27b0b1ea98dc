"""Probes: who is asked and when, on a clock that is set; and the real ways, on loopback."""

from __future__ import annotations

import asyncio
import socket
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

import aiohttp
import pytest

from monitor.collectors.probes import prober as probing
from monitor.collectors.probes.prober import Canary, Prober
from monitor.collectors.probes.ways import Asker, may_ping
from monitor.core.endpoints import Endpoint
from monitor.core.events import State
from monitor.core.health_state import HealthState
from monitor.core.ids import Identity, StationId
from monitor.core.observations import Probed, ProbeTarget
from monitor.core.registry import Bearer, LifeCycle
from monitor.registry.directory import Directory
from monitor.runtime.clock import SystemClock
from monitor.runtime.intake import Intake
from tests.support.clocks import SetClock
from tests.support.logs import station
from tests.support.services import ask, running_monitor, station_socket, until

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.core.registry import Station

GATEWAY = Endpoint("10.0.0.1")
WELL, SILENT, LATE = HealthState(state=State.ONLINE), HealthState(state=State.SUSPECT), HealthState(state=State.ONLINE, told=True)


class World:
    """Hosts that answer, and a prober that asks them; time passes as the test says."""

    def __init__(self, *stations: Station, canaries: tuple[Canary, ...] = ()) -> None:
        self.clock = SetClock()
        self.states: dict[StationId, HealthState] = {}
        self.answers: dict[Endpoint, list[float | None]] = {}
        self.asked: list[tuple[float, Endpoint]] = []
        self.doubts: list[tuple[Bearer, bool]] = []
        self.intake = Intake()
        self.directory = Directory(stations)
        self.prober = Prober(
            clock=self.clock,
            directory=self.directory,
            view=self,
            intake=self.intake,
            way=self.way,
            rng=Random(7),  # noqa: S311
            canaries=canaries,
            doubt=lambda bearer, answers: self.doubts.append((bearer, answers)),
        )
        self.began = self.clock.monotonic()

    def health(self, one: StationId) -> HealthState:
        return self.states.get(one, WELL)

    async def way(self, endpoint: Endpoint, patience_s: float) -> float | None:
        assert patience_s > 0
        self.asked.append((self.clock.monotonic() - self.began, endpoint))
        await asyncio.sleep(0)
        answers = self.answers.get(endpoint, [None])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def seconds(self, count: float) -> list[Probed]:
        """Let time pass; return what was observed meanwhile."""
        for _ in range(round(count)):
            self.prober.beat()
            await self.prober.settled()
            self.clock.advance(1)
        seen, *_ = self.intake.take()
        return [one for _, one in seen if isinstance(one, Probed)]

    def asked_since(self, at: float) -> list[float]:
        """Return when anybody was asked from `at` on, without the second try of one round."""
        times = [when for when, _ in self.asked if when >= at]
        return [when for place, when in enumerate(times) if place == 0 or when > times[place - 1]]


def lan(number: int = 1, host: str = "10.0.0.1") -> Station:
    return station(number, probe_host=host)


async def test_every_host_is_proven_once_after_the_start_and_then_left_alone() -> None:
    world = World(lan())
    world.answers[GATEWAY] = [0.02]
    seen = await world.seconds(probing.PROVING_S + 1)
    assert [(one.target, one.ok, one.rtt_s) for one in seen] == [(ProbeTarget.GATEWAY, True, 0.02)]
    assert await world.seconds(probing.REST_S * 0.7) == []
    assert len(await world.seconds(probing.REST_S * 0.6)) == 1


@pytest.mark.parametrize("state", [SILENT, LATE, HealthState(state=State.OFFLINE)])
async def test_a_silence_is_probed_at_once_and_then_less_and_less_often(state: HealthState) -> None:
    world = World(lan())
    world.answers[GATEWAY] = [0.02]
    await world.seconds(700)
    world.states[StationId(1)] = state
    world.answers[GATEWAY] = [None]
    seen = await world.seconds(1200)
    times = world.asked_since(700)
    assert times[0] <= 700 + probing.SOON_S + 1
    gaps = [after - before for before, after in pairwise(times)]
    for gap, usual in zip(gaps, (30, 60, 120, 240, 300), strict=False):
        assert usual * 0.8 - 1 <= gap <= usual * 1.2 + 2
    assert [one.ok for one in seen] == [False] * len(times)
    assert world.prober.unanswered == len(times)
    world.states.clear()
    assert await world.seconds(3000) == [], "well again: no reason to ask"


async def test_one_answer_that_is_lost_says_nothing() -> None:
    world = World(lan())
    world.answers[GATEWAY] = [0.02]
    await world.seconds(700)
    world.states[StationId(1)] = SILENT
    world.answers[GATEWAY] = [None, 0.03]
    assert [(one.ok, one.rtt_s) for one in await world.seconds(5)] == [(True, 0.03)]


async def test_the_silence_of_a_host_that_never_answered_is_no_evidence() -> None:
    world = World(lan())
    await world.seconds(700)
    world.states[StationId(1)] = SILENT
    assert await world.seconds(500) == []
    assert len(world.asked) > 4
    world.answers[GATEWAY] = [0.02]
    assert {one.ok for one in await world.seconds(500)} == {True}
    world.answers[GATEWAY] = [None]
    assert {one.ok for one in await world.seconds(500)} == {False}, "now it is known to answer"


async def test_one_gateway_in_front_of_several_is_asked_once_and_told_of_to_all() -> None:
    world = World(lan(1), lan(2), lan(3, "10.0.0.9"))
    world.answers[GATEWAY] = [0.02]
    await world.seconds(700)
    world.asked.clear()
    world.states[StationId(2)] = SILENT
    for _ in range(4):
        world.prober.beat()
        await world.prober.settled()
        world.clock.advance(1)
    seen, *_ = world.intake.take()
    assert [number for number, _ in seen] == [StationId(1), StationId(2)]
    assert [endpoint for _, endpoint in world.asked] == [GATEWAY]


async def test_the_first_round_trip_of_a_modem_is_not_told() -> None:
    modem = station(1, Bearer.GPRS, probe_host="10.9.0.1")
    world = World(modem)
    world.answers[Endpoint("10.9.0.1")] = [2.5, 0.6, None, 3.1, None]
    world.states[StationId(1)] = SILENT
    assert [(one.target, one.ok, one.rtt_s) for one in await world.seconds(4)] == [(ProbeTarget.STATION, True, 0.6)]
    assert [(one.ok, one.rtt_s) for one in await world.seconds(40)] == [(True, 3.1)], "without a second one the first has to do"


async def test_the_registry_is_followed_and_what_was_learnt_of_a_host_stays() -> None:
    world = World(lan())
    world.answers[GATEWAY] = [0.02]
    await world.seconds(700)
    world.directory.put(lan(2))
    world.answers[GATEWAY] = [None]
    world.states[StationId(2)] = SILENT
    assert [one.ok for one in await world.seconds(5)] == [False, False]
    world.directory.put(lan(1, ""))
    world.directory.put(station(2, probe_host="10.0.0.1", life_cycle=LifeCycle.RETIRED))
    world.directory.put(lan(3, "not:a:host"))
    world.asked.clear()
    await world.seconds(900)
    assert world.asked == []


# ---------------------------------------------------------------------------------------------------------- canaries


def canary(host: str = "10.9.9.9", bearer: Bearer = Bearer.GPRS) -> Canary:
    return Canary(bearer=bearer, endpoint=Endpoint(host))


async def test_a_canary_is_silent_after_three_rounds_and_answers_again_after_one() -> None:
    world = World(canaries=(canary(),))
    bird = Endpoint("10.9.9.9")
    world.answers[bird] = [0.5]
    await world.seconds(100)
    assert world.doubts == []
    assert world.prober.canary_states() == {"gprs": True}
    world.answers[bird] = [None, None, 0.4]
    await world.seconds(120)
    assert world.doubts == [], "two in a row may be lost"
    world.answers[bird] = [None]
    await world.seconds(60)
    assert world.doubts == [(Bearer.GPRS, False)]
    assert world.prober.canary_states() == {"gprs": False}
    await world.seconds(300)
    world.answers[bird] = [0.4]
    await world.seconds(60)
    assert world.doubts == [(Bearer.GPRS, False), (Bearer.GPRS, True)]


async def test_a_canary_that_never_answered_is_no_canary() -> None:
    world = World(canaries=(canary(),))
    await world.seconds(600)
    assert (world.doubts, world.prober.canary_states()) == ([], {})


async def test_of_several_canaries_on_a_bearer_one_that_answers_is_enough() -> None:
    first, second = Endpoint("10.9.9.1"), Endpoint("10.9.9.2")
    world = World(canaries=(canary("10.9.9.1"), canary("10.9.9.2"), canary("10.8.8.8", Bearer.LAN)))
    world.answers = {first: [0.1], second: [0.1], Endpoint("10.8.8.8"): [0.1]}
    await world.seconds(60)
    world.answers[first] = [None]
    await world.seconds(120)
    assert world.doubts == []
    world.answers[second] = [None]
    await world.seconds(120)
    assert world.doubts == [(Bearer.GPRS, False)]
    assert world.prober.canary_states() == {"gprs": False, "lan": True}


# ---------------------------------------------------------------------------------------------------------- ways


async def test_a_connection_and_a_refusal_are_answers_and_a_host_that_is_mute_is_none() -> None:
    way = Asker(SystemClock(), None)
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    rtt_s = await way(Endpoint("127.0.0.1", port), 2.0)
    assert rtt_s is not None
    assert 0 <= rtt_s < 1
    server.close()
    await server.wait_closed()
    assert await way(Endpoint("127.0.0.1", port), 2.0) is not None, "refused is answered"
    with socket.socket() as mute, socket.socket() as first, socket.socket() as second:
        mute.bind(("127.0.0.1", 0))
        mute.listen(0)
        for one in (first, second):
            one.settimeout(0)
            one.connect_ex(mute.getsockname())
        assert await way(Endpoint("127.0.0.1", mute.getsockname()[1]), 0.3) is None, "its queue is full: it drops who comes"
    assert await way(Endpoint("nobody.invalid", 80), 2.0) is None
    assert await way(Endpoint(f"{'x' * 70}.invalid", 80), 2.0) is None, "no name of the DNS: a label is 63 signs at most"


@pytest.mark.skipif(may_ping() is None, reason="ICMP is not allowed on this machine")
async def test_a_ping_is_answered_by_loopback_and_by_nobody_at_a_reserved_address() -> None:
    way = Asker(SystemClock(), may_ping())
    assert await way(Endpoint("127.0.0.1"), 2.0) is not None
    assert await way(Endpoint("localhost"), 2.0) is not None
    assert await way(Endpoint("240.0.0.1"), 0.3) is None, "reserved (RFC 1112 §4): nobody is there"
    assert await way(Endpoint("nobody.invalid"), 2.0) is None


async def test_a_silent_station_is_probed_by_the_running_service(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    sheet = f"sticker,bearer,probe_host\nCP1,lan,127.0.0.1:{port} station:127.0.0.1:{port}\n"
    async with running_monitor(tmp_path, stations=sheet) as monitor:
        async with station_socket(monitor, "CP1") as socket_:
            await ask(socket_, "Heartbeat", {})
        found = monitor.directory.by_identity(Identity("CP1"))
        assert found is not None
        await until(lambda: (state := monitor.engine.health(found.id)).gateway is not None and state.probe is not None)
        state = monitor.engine.health(found.id)
        assert (state.gateway is not None and state.gateway.ok, state.probe is not None and state.probe.ok) == (True, True)
        assert state.evidence.gateway_answers
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{monitor.ops_port}/metrics") as answer:
            text = await answer.text()
        assert 'bornewatch_probes_total{outcome="answered"} 2.0' in text
    server.close()
