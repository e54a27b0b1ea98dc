"""Case 7: what the model costs: a message, a station's state, a fleet's week, the common-cause test of a large network."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Final

import msgspec

from bench.findings import Effort, Finding, middle
from monitor.core.correlate import correlate
from monitor.core.groups import GroupKey, Groups
from monitor.core.health import step
from monitor.core.health_state import UNHEARD
from monitor.core.ids import StationId
from monitor.core.incidents import Scope
from monitor.core.observations import Alive, Booted, CollectorUp, LinkOpened
from monitor.core.policy import Policy
from monitor.core.signals import Onset, Recovery
from monitor.runtime.loop import spare_the_collector
from monitor.runtime.replay import Replay, read_line
from monitor.simulator.scenarios.record import Composer
from monitor.simulator.scenarios.world import build

if TYPE_CHECKING:
    from monitor.core.health_state import HealthState

TITLE: Final = "The model: CPU and memory, no sockets, no store"
_START: Final = datetime(2026, 5, 4, tzinfo=UTC)
_WEEK: Final = 7 * 288
"""Heartbeats of a station in a week, at 300 s."""
_READ: Final = 500
"""Lines that are read at a time."""
_SMALL: Final = 100
"""Stations of a network whose state the processor keeps at hand."""


def run(effort: Effort) -> list[Finding]:
    """Measure each."""
    steps: list[float] = []
    sizes: list[float] = []
    tests: list[float] = []
    fleets: dict[int, list[float]] = {100: [], 10_000: [], 100_000: []}
    apart: dict[int, list[float]] = {10_000: [], 100_000: []}
    for number in range(effort.rounds):
        steps.append(_step_us())
        for stations, kept in fleets.items():
            kept.append(_observation_us(stations))
        for stations, kept in apart.items():
            kept.append(_observation_us(stations, of=_SMALL))
        sizes.append(_state_bytes(number))
        tests.append(_second_ms(number))
        effort.progress(f"round {number + 1}: step {steps[-1]:.1f} µs, fleet {fleets[10_000][-1]:.1f} µs, test {tests[-1]:.2f} ms")
    cost, _ = middle(fleets[10_000])
    week = cost * 10_000 * _WEEK / 1e6 / 60.0
    return [
        Finding(what="`step`, an ordinary heartbeat", unit="µs", ours=middle(steps)[0], spread=middle(steps)[1], at_most=10.0),
        Finding(what="a station's state as it is stored, the largest of 300", unit="bytes", ours=middle(sizes)[0], at_most=2048.0),
        Finding(
            what="an observation through the whole core, 100 stations",
            unit="µs",
            ours=middle(fleets[100])[0],
            spread=middle(fleets[100])[1],
        ),
        *(
            Finding(
                what=f"the same, {stations:,} stations",
                unit="µs",
                ours=middle(fleets[stations])[0],
                spread=middle(fleets[stations])[1],
                peer=middle(apart[stations])[0],
                peer_name=f"{stations // _SMALL:,} networks of {_SMALL}, in turn",
                share_of_peer=1.1,
            )
            for stations in apart
        ),
        Finding(what="10,000 stations × 7 days at H=300 (20 million), by that cost", unit="min", ours=week, at_most=10.0),
        Finding(
            what="common-cause test, a second of 50,000 stations in 2,000 groups",
            unit="ms",
            ours=middle(tests)[0],
            spread=middle(tests)[1],
            at_most=5.0,
        ),
    ]


def _alive() -> tuple[HealthState, Policy]:
    policy = Policy()
    state = UNHEARD
    for seen in (CollectorUp(at=_START), LinkOpened(at=_START, epoch=1), Booted(at=_START, interval_s=300)):
        state = step(state, seen, policy, _START).state
    return state, policy


def _step_us() -> float:
    state, policy = _alive()
    beats = [Alive(at=_START + timedelta(seconds=300 * number), action="Heartbeat") for number in range(1, 20_001)]
    began = time.process_time()
    for beat in beats:
        state = step(state, beat, policy, beat.at).state
    return (time.process_time() - began) / len(beats) * 1e6


def _observation_us(stations: int, of: int | None = None) -> float:
    """Cost of an observation in a replay without its JSON, over at least 200,000 of them; every station has been introduced before.

    `of` splits the stations into networks of as many each, which take turns line by line: the same work in as much memory, but no
    part of the core sees more than `of` stations. What the whole costs beyond that grows with the size of the network; what both
    cost beyond a single small network is the processor waiting for memory.

    Lines are read a few at a time, as they are from a file: a record in memory as a whole would be measured with them.
    """
    days = max(0.04, 200_000 / (stations * 288))
    size = of or stations
    records = [_record(size, seed, days) for seed in range(2, 2 + stations // size)]
    spare_the_collector()
    networks = [Replay() for _ in records]
    spent, observed, turn = 0.0, 0, max(1, _READ // len(records))
    for place in range(0, max(map(len, records)), turn):
        read = [
            (network, read_line(line))
            for network, lines in zip(networks, records, strict=True)
            for line in lines[place : place + turn]
        ]
        began = time.process_time()
        for network, line in read:
            network.feed(line)
        if place >= size:
            spent += time.process_time() - began
            observed += len(read)
    return spent / observed * 1e6


def _record(stations: int, seed: int, days: float) -> list[bytes]:
    composer = Composer(build(Random(1), stations, heartbeats_s=(300.0,), seen=0.0), seed, days)  # noqa: S311
    composer.daily()
    return [msgspec.json.encode(line) for line in composer.record().lines]


def _state_bytes(seed: int) -> float:
    composer = Composer(build(Random(seed), 300), seed, 2.0)  # noqa: S311
    composer.daily(singles=0.3)
    network = Replay()
    for line in composer.record().lines:
        for _ in network.feed(line):
            pass
    return float(max(len(msgspec.json.encode(state)) for state in network.states()))


def _second_ms(seed: int) -> float:
    """CPU of the common-cause test in one second of live time, by chance's onsets over ten minutes."""
    rng, stations, rate = Random(seed), 50_000, 50_000 / 300.0 * 0.012  # noqa: S311
    heard = {StationId(number): _START.timestamp() - rng.uniform(0.0, 300.0) for number in range(1, stations + 1)}
    groups = Groups(heard.get)
    for station in heard:
        keys = [GroupKey(Scope.SITE, f"S{station // 30}", "lan"), GroupKey(Scope.CELL, f"C{station // 170}")]
        keys += [GroupKey(Scope.APN, f"A{station % 5}"), GroupKey(Scope.MODEL, f"M{station % 20}")]
        groups.place(station, (*keys, GroupKey(Scope.OPERATOR, f"O{station % 3}"), GroupKey(Scope.COLLECTOR, "field")), 300.0)
    seconds, at = 600, _START
    began = time.process_time()
    away: list[tuple[datetime, StationId]] = []
    for _ in range(seconds):
        at += timedelta(seconds=1)
        while groups.look_at is not None and groups.look_at <= at.timestamp():
            correlate(groups, None, datetime.fromtimestamp(groups.look_at, UTC))
        while away and away[0][0] <= at:
            correlate(groups, (away.pop(0)[1], Recovery(at=at)), at)
        for _ in range(int(rate) + (rng.random() < rate % 1.0)):
            station = StationId(rng.randrange(1, stations + 1))
            correlate(groups, (station, Onset(since=at - timedelta(seconds=10), heard=at - timedelta(seconds=310))), at)
            away.append((at + timedelta(seconds=290), station))
    return (time.process_time() - began) / seconds * 1e3
