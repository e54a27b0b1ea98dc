"""Probes lines that are in doubt, and canaries all the time; tells what answered as observations.

A line is probed when a station on it falls silent, again and again less often while that lasts, and now and then while all is well,
only to know whether its host answers at all: from one that never did, silence says nothing. One host in front of several stations
is asked once. What the answers mean is judged in `core`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import structlog

from monitor.core.endpoints import EndpointError, read_endpoints
from monitor.core.events import State
from monitor.core.observations import Probed, ProbeTarget
from monitor.core.registry import Bearer, LifeCycle

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence
    from random import Random

    from monitor.collectors.probes.ways import Way
    from monitor.core.clock import Clock
    from monitor.core.endpoints import Endpoint
    from monitor.core.ids import StationId
    from monitor.registry.directory import Directory
    from monitor.runtime.intake import Intake
    from monitor.runtime.ports import HealthView

log = structlog.get_logger("probes")

BEAT_S: Final = 2.0
SOON_S: Final = 2.0
"""A silence is probed within so long."""
FIRST_S: Final = 30.0
LONGEST_S: Final = 300.0
"""And again after `FIRST_S`, twice that and so on, until it is every `LONGEST_S`."""
REST_S: Final = 6 * 3600.0
"""Every so long a host is asked while all is well."""
PROVING_S: Final = 600.0
"""After a start every host is asked once within so long."""
SPREAD: Final = 0.2
AT_ONCE: Final = 50
"""Hosts that are asked at the same time."""
PATIENCE_S: Final = {Bearer.GPRS: 10.0, Bearer.LAN: 3.0, Bearer.WIFI: 3.0}
TRIES: Final = 2
"""A host that does not answer is asked so often before it counts as silent; a modem on GPRS first has to wake up."""
CANARY_S: Final = 30.0
CANARY_AGAIN_S: Final = 5.0
CANARY_FAILURES: Final = 3
"""So many unanswered rounds in a row make a canary silent."""
_SILENT: Final = frozenset({State.SUSPECT, State.OFFLINE})


@dataclass(slots=True, kw_only=True)
class _Line:
    """A host and the stations behind it; `due` is on the steady clock, `proven` says that it has ever answered."""

    endpoint: Endpoint
    target: ProbeTarget
    bearer: Bearer
    stations: list[StationId] = field(default_factory=list)
    due: float = 0.0
    hot: bool = False
    rounds: int = 0
    proven: bool = False
    asking: bool = False


@dataclass(slots=True, kw_only=True)
class Canary:
    """A device of ours on a bearer."""

    bearer: Bearer
    endpoint: Endpoint
    due: float = 0.0
    failures: int = 0
    proven: bool = False
    asking: bool = False

    @property
    def silent(self) -> bool:
        """Whether it answered once and does not any more."""
        return self.proven and self.failures >= CANARY_FAILURES


class Prober:
    """Asks; run it beside the engine."""

    def __init__(  # noqa: PLR0913  (what it needs of the house)
        self,
        *,
        clock: Clock,
        directory: Directory,
        view: HealthView,
        intake: Intake,
        way: Way,
        rng: Random,
        canaries: Sequence[Canary] = (),
        doubt: Callable[[Bearer, bool], None] | None = None,
    ) -> None:
        """Ask by `way`; `doubt` is told of a bearer whether its canaries answer, whenever that changes."""
        self._clock, self._directory, self._view, self._intake = clock, directory, view, intake
        self._way, self._rng = way, rng
        self.canaries = canaries
        self._doubt = doubt
        self._lines: dict[tuple[Endpoint, ProbeTarget], _Line] = {}
        self._revision = -1
        self._tasks: set[asyncio.Task[None]] = set()
        self._places = asyncio.Semaphore(AT_ONCE)
        self.answered = 0
        self.unanswered = 0

    async def run(self) -> None:
        """Ask for ever, until cancelled."""
        try:
            while True:
                self.beat()
                await asyncio.sleep(BEAT_S)
        finally:
            for task in self._tasks:
                task.cancel()

    def beat(self) -> None:
        """Begin to ask whoever is due."""
        steady = self._clock.monotonic()
        self._follow(steady)
        for line in self._lines.values():
            self._hurry(line, steady)
            if steady >= line.due and not line.asking:
                line.asking = True
                self._start(self._ask(line))
        for canary in self.canaries:
            if steady >= canary.due and not canary.asking:
                canary.asking = True
                self._start(self._listen(canary))

    async def settled(self) -> None:
        """Wait until nobody is being asked."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def canary_states(self) -> Mapping[str, bool]:
        """Return of each bearer with a canary that has ever answered whether one answers."""
        known: dict[str, bool] = {}
        for one in self.canaries:
            if one.proven:
                known[one.bearer.value] = known.get(one.bearer.value, False) or not one.silent
        return known

    # ------------------------------------------------------------------------------------------------ lines

    def _follow(self, steady: float) -> None:
        """Know the hosts of the registry; what was learnt of one that stays is kept."""
        if self._revision == self._directory.revision:
            return
        self._revision = self._directory.revision
        lines: dict[tuple[Endpoint, ProbeTarget], _Line] = {}
        for station in self._directory:
            if not station.probe_host or station.life_cycle is LifeCycle.RETIRED:
                continue
            try:
                endpoints = read_endpoints(station.probe_host, station.bearer)
            except EndpointError as error:
                log.warning("a station cannot be probed", station=station.sticker, error=str(error))
                continue
            for target, endpoint in endpoints:
                line = lines.get((endpoint, target))
                if line is None:
                    known = self._lines.get((endpoint, target))
                    line = known or _Line(endpoint=endpoint, target=target, bearer=station.bearer)
                    if known is None:
                        line.due = steady + self._rng.uniform(0.0, PROVING_S)
                    line.stations = []
                    lines[endpoint, target] = line
                line.stations.append(station.id)
        self._lines = lines

    def _hurry(self, line: _Line, steady: float) -> None:
        """Ask soon where a station behind the host has fallen silent, and rarely where all are well again."""
        silent = any(self._is_silent(station) for station in line.stations)
        if silent is line.hot:
            return
        line.hot, line.rounds = silent, 0
        line.due = steady + (self._rng.uniform(0.0, SOON_S) if silent else self._about(REST_S))

    def _is_silent(self, station: StationId) -> bool:
        state = self._view.health(station)
        return state.told or state.state in _SILENT

    def _about(self, seconds: float) -> float:
        return seconds * self._rng.uniform(1.0 - SPREAD, 1.0 + SPREAD)

    async def _ask(self, line: _Line) -> None:
        try:
            async with self._places:
                rtt_s = await self._round_trip(line.endpoint, line.bearer, wake=line.target is ProbeTarget.STATION)
        finally:
            line.asking = False
        pause_s = min(LONGEST_S, FIRST_S * 2.0**line.rounds) if line.hot else REST_S
        line.rounds += 1
        line.due = self._clock.monotonic() + self._about(pause_s)
        line.proven = line.proven or rtt_s is not None
        if not line.proven:
            return
        now = self._clock.now()
        for station in line.stations:
            self._intake.put(station, (Probed(at=now, target=line.target, ok=rtt_s is not None, rtt_s=rtt_s),))

    async def _round_trip(self, endpoint: Endpoint, bearer: Bearer, *, wake: bool) -> float | None:
        """Ask up to `TRIES` times; the first round trip of a modem that may sleep is not told (its radio wakes up in it)."""
        patience_s = PATIENCE_S[bearer]
        sleeps = wake and bearer is Bearer.GPRS
        for _ in range(TRIES):
            rtt_s = await self._way(endpoint, patience_s)
            if rtt_s is not None:
                self.answered += 1
                return await self._way(endpoint, patience_s) or rtt_s if sleeps else rtt_s
        self.unanswered += 1
        return None

    # ------------------------------------------------------------------------------------------------ canaries

    async def _listen(self, canary: Canary) -> None:
        try:
            answers = await self._way(canary.endpoint, PATIENCE_S[canary.bearer]) is not None
        finally:
            canary.asking = False
        before = self.canary_states().get(canary.bearer.value, True)
        canary.failures = 0 if answers else canary.failures + 1
        canary.proven = canary.proven or answers
        hurried = 0 < canary.failures < CANARY_FAILURES
        canary.due = self._clock.monotonic() + self._about(CANARY_AGAIN_S if hurried else CANARY_S)
        after = self.canary_states().get(canary.bearer.value, True)
        if after is before:
            return
        log.warning(
            "a canary answers again" if after else "a canary is silent", bearer=canary.bearer.value, host=str(canary.endpoint)
        )
        if self._doubt is not None:
            self._doubt(canary.bearer, after)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
