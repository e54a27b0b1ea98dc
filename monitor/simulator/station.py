"""One simulated station: it boots, says how it is, keeps its promises of heartbeats, and does what it is told (OCPP 1.6 §4).

It is one client on aiohttp with one CALL in flight; faults act on it from outside (`monitor.simulator.faults.Subject`).
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, assert_never
from urllib.parse import quote

from aiohttp import ClientError, ClientSession, ClientWSTimeout, WSServerHandshakeError

from monitor.core.observations import Status
from monitor.simulator.charging import Charging
from monitor.simulator.dialect import (
    Answer,
    Call,
    Condition,
    Dialect,
    Effect,
    Kind,
    Nameplate,
    Reboot,
    Say,
    SetHeartbeat,
    SetOperative,
    Start,
    Stop,
)
from monitor.simulator.faults import Fault, FaultKind, WrongClock, inject
from monitor.simulator.line import Line
from monitor.simulator.link import Link, LinkLostError, Socket
from monitor.simulator.outbox import Saying
from monitor.simulator.report import Injection, Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from random import Random

    from monitor.core.clock import Clock
    from monitor.simulator.pace import Pace

_DIAL_S: Final = 30.0
_GOODBYE_S: Final = 2.0
_LONGEST_BACKOFF_S: Final = 60.0
_BOOT_RETRY_S: Final = 10.0
_LAST_WORDS_S: Final = 0.1
_URGENT: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """What the stations of a fleet share.

    Attributes:
        url: the central system's address, without the identity.
        http: carries every connection; made with `Socket` as its WebSocket class.
        heartbeat_s: the interval to keep instead of the one in the Boot reply; station seconds.
        idle_s: mean time without a car at a connector; station seconds.
        answer_s: patience with a CALL; our seconds.
    """

    url: str
    http: ClientSession
    dialect: Dialect
    clock: Clock
    pace: Pace
    tally: Tally
    heartbeat_s: float | None = None
    idle_s: float = 600.0
    answer_s: float = 30.0


def _credentials(plate: Nameplate) -> dict[str, str]:
    """Return the header of security profile 1 (OCPP 1.6 security white paper, profile 1: identity and password)."""
    if not plate.password:
        return {}
    return {"Authorization": "Basic " + b64encode(f"{plate.identity}:{plate.password}".encode()).decode()}


class Station:
    """A simulated station; `run` is its whole life."""

    def __init__(self, plate: Nameplate, premises: Premises, rng: Random) -> None:
        """Be the station of that `plate`; `rng` decides everything that is left to chance."""
        self.plate = plate
        self.line = Line()
        self.connected = asyncio.Event()
        self._premises = premises
        self._rng = rng
        self._news = asyncio.Event()
        self._urgent: deque[Call] = deque(maxlen=_URGENT)
        self._reported: dict[int, Status] = {}
        self._operative = True
        self._heartbeat_s = premises.heartbeat_s or 300.0
        self._settings = premises.dialect.settings(plate, self._heartbeat_s)
        self._said_at = 0.0
        self._phase = 1.0
        self._wrong: WrongClock | None = None
        self._started_at = premises.clock.monotonic()
        self._booted = False
        self._powered = False
        self._link: Link | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._life: asyncio.Task[None] | None = None
        self.charging = Charging(
            connectors=plate.connectors,
            dialect=premises.dialect,
            rng=rng,
            pace=premises.pace,
            line=self.line,
            time=self.time,
            news=self._news.set,
            authorize=self._authorize,
            idle_s=premises.idle_s,
        )

    def time(self) -> datetime:
        """Return the station's own idea of the time."""
        clock = self._premises.clock
        return clock.now() if self._wrong is None else self._wrong.read(clock.now(), clock.monotonic() - self._started_at)

    async def run(self, faults: Iterable[Fault] = ()) -> None:
        """Live until cancelled, and suffer `faults` in their order."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            self.power_on()
            for fault in faults:
                await self._premises.pace.until(fault.start_s)
                await self._suffer(fault)
            # A group whose last task has ended takes no new one, and a station that is off may be turned on again.
            await asyncio.Event().wait()

    async def _suffer(self, fault: Fault) -> None:
        if fault.kind is not FaultKind.STORM:
            await self.connected.wait()
        clock, tally = self._premises.clock, self._premises.tally
        began, ended = clock.now(), None
        tally.faults[fault.kind] += 1
        try:
            await inject(fault, self, self._premises.pace.sleep)
            ended = clock.now()
        finally:
            tally.injections.append(
                Injection(identity=self.plate.identity, sticker=self.plate.sticker, kind=fault.kind, began=began, ended=ended)
            )

    # What a fault may do.

    async def close(self) -> None:
        """Close the connection with a close frame."""
        if self._link is not None:
            await self._link.close()

    def drop(self) -> None:
        """Lose the connection without a close frame."""
        if self._link is not None:
            self._link.abort()

    def power_off(self) -> None:
        """Stop everything and lose the connection."""
        self.drop()
        if self._life is not None:
            self._life.cancel()
        self._powered = False

    def power_on(self) -> None:
        """Start again, with a Boot."""
        if self._tasks is not None and not self._powered:
            self._powered = True
            self._life = self._tasks.create_task(self._live(self._life))

    def set_clock(self, wrong: WrongClock | None) -> None:
        """Make the station's time wrong, or right again, and report the status with it."""
        self._wrong = wrong
        self._say_all()

    def say_broken(self) -> None:
        """Send messages that break the schema."""
        self._tell(*self._premises.dialect.broken(self.time()))

    # The connection.

    async def _live(self, former: asyncio.Task[None] | None) -> None:
        if former is not None:
            await asyncio.wait([former])
        self._booted = False
        self.charging.stop_reason = "PowerLoss"
        self._started_at = self._premises.clock.monotonic()
        self._urgent.clear()
        async with asyncio.TaskGroup() as tasks:
            for connector in self.charging.connectors.values():
                tasks.create_task(self.charging.serve(connector))
            await self._stay_connected()

    async def _stay_connected(self) -> None:
        failures = 0
        while True:
            await self.line.reachable.wait()
            link = await self._dial()
            if link is None:
                failures += 1
                await self._back_off(failures)
                continue
            failures = 0
            if self.line.reachable.is_set():
                await self._serve(link)
            else:
                link.abort()
            if not self.line.hurry:
                await self._premises.pace.sleep(self._rng.uniform(0.1, 2.0))

    async def _back_off(self, failures: int) -> None:
        longest_s = min(_LONGEST_BACKOFF_S, 2.0 ** min(failures, 10))
        await self._premises.pace.sleep(self._rng.uniform(longest_s / 2, longest_s))

    async def _dial(self) -> Link | None:
        premises, plate = self._premises, self.plate
        self.line.hurry = False
        try:
            async with asyncio.timeout(_DIAL_S):
                socket = await premises.http.ws_connect(
                    f"{premises.url.rstrip('/')}/{quote(plate.identity, safe='')}",
                    protocols=(premises.dialect.subprotocol,),
                    headers=_credentials(plate),
                    autoping=False,
                    timeout=ClientWSTimeout(ws_close=_GOODBYE_S),
                )
        except WSServerHandshakeError as error:
            premises.tally.refusals[str(error.status)] += 1
            return None
        except (ClientError, OSError) as error:
            premises.tally.failures[type(error).__name__] += 1
            return None
        if not isinstance(socket, Socket) or socket.protocol != premises.dialect.subprotocol:
            await socket.close()
            premises.tally.refusals["sub-protocol"] += 1
            return None
        return Link(socket, self.line, premises.tally, self._answer, premises.answer_s)

    async def _serve(self, link: Link) -> None:
        self._link = link
        self._premises.tally.connected(self.plate.identity)
        self.connected.set()
        try:
            async with asyncio.TaskGroup() as tasks:
                talk = tasks.create_task(self._talk(link))
                await link.read(self._perform)
                talk.cancel()
        finally:
            self._link = None
            self._premises.tally.open -= 1
            self.connected.clear()
            await link.finish()

    async def _talk(self, link: Link) -> None:
        try:
            while not self._booted:
                await self._boot(link)
            while True:
                await self.line.awake.wait()
                self._news.clear()
                if not await self._say_next(link):
                    await self._premises.pace.wait(self._news, self._due_in_s())
        except LinkLostError:
            link.abort()

    async def _boot(self, link: Link) -> None:
        premises = self._premises
        reply = await link.call(premises.dialect.boot(self.plate))
        verdict = None if reply is None else premises.dialect.booted(reply)
        if verdict is None or not verdict.accepted:
            await premises.pace.sleep((verdict.interval_s if verdict else 0) or _BOOT_RETRY_S)
            return
        self._booted = True
        self._reported.clear()
        self._set_heartbeat(premises.heartbeat_s or verdict.interval_s or self._heartbeat_s)
        # Stations that were started by one command would otherwise beat in step for ever.
        self._phase = self._rng.uniform(0.2, 1.0)

    async def _say_next(self, link: Link) -> bool:
        """Say the most urgent thing; return whether there was one."""
        saying = self.charging.outbox.head()
        if self._urgent:
            await self._say(link, Saying(make=self._urgent.popleft))
        elif saying is not None:
            await self._say(link, saying)
            self.charging.outbox.answered()
        elif (changed := self._changed()) is not None:
            number, status = changed
            await self._say(link, Saying(make=lambda: self._premises.dialect.status(number, status, self.time())))
            self._reported[number] = status
        elif self._due_in_s() <= 0:
            await self._say(link, Saying(make=self._premises.dialect.heartbeat))
        else:
            return False
        return True

    async def _say(self, link: Link, saying: Saying) -> None:
        call = saying.make()
        if call is None:
            return
        reply = await link.call(call)
        if call.action == self._premises.dialect.heartbeat().action:
            self._phase = self._rng.uniform(0.9, 1.0)
        self._said_at = self._premises.pace.elapsed_s()
        if saying.heard is not None:
            saying.heard(reply)

    def _due_in_s(self) -> float:
        return self._said_at + self._heartbeat_s * self._phase - self._premises.pace.elapsed_s()

    def _statuses(self) -> dict[int, Status]:
        whole = Status.AVAILABLE if self._operative else Status.UNAVAILABLE
        return {0: whole} | {number: connector.status for number, connector in self.charging.connectors.items()}

    def _changed(self) -> tuple[int, Status] | None:
        return next(((number, status) for number, status in self._statuses().items() if self._reported.get(number) != status), None)

    # What the central system asks for.

    def _answer(self, action: str, asked: Mapping[str, Any]) -> Answer:
        condition = Condition(settings=self._settings, transactions=self.charging.transactions(), connectors=self.plate.connectors)
        try:
            return self._premises.dialect.answer(action, asked, condition)
        except (KeyError, TypeError):
            return Answer(payload=None)

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Reboot():
                self._restart("HardReset" if effect.hard else "SoftReset")
            case Say():
                self._say_on_request(effect)
            case SetOperative():
                if effect.connector == 0:
                    self._operative = effect.operative
                    self._news.set()
                self.charging.set_operative(effect.connector, operative=effect.operative)
            case Start():
                self.charging.start(effect.tag, effect.connector)
            case Stop():
                self.charging.stop(effect.transaction)
            case SetHeartbeat():
                self._set_heartbeat(effect.seconds)
            case _:
                assert_never(effect)

    def _say_on_request(self, wish: Say) -> None:
        dialect = self._premises.dialect
        match wish.kind:
            case Kind.BOOT:
                self._tell(dialect.boot(self.plate))
            case Kind.HEARTBEAT:
                self._tell(dialect.heartbeat())
            case Kind.STATUS:
                self._say_all(wish.connector)
            case Kind.METER:
                chosen = [known for known in self.charging.connectors.values() if wish.connector in (None, 0, known.number)]
                self._tell(*(dialect.meter(known.number, "", known.meter_wh, self.time()) for known in chosen))
            case _:
                assert_never(wish.kind)

    def _restart(self, reason: str) -> None:
        if self._tasks is not None:
            self._tasks.create_task(self._reboot(reason))

    async def _reboot(self, reason: str) -> None:
        # Lost at once, the connection would take the answer to the reset with it.
        await asyncio.sleep(_LAST_WORDS_S)
        self.charging.stop_reason = reason
        self.power_off()
        await self._premises.pace.sleep(self._rng.uniform(3, 8))
        self.power_on()

    def _set_heartbeat(self, seconds: float) -> None:
        self._heartbeat_s = seconds
        self._settings["HeartbeatInterval"] = str(round(seconds))
        self._news.set()

    def _authorize(self, tag: str) -> None:
        if self.connected.is_set() and self.line.writes.is_set():
            self._tell(self._premises.dialect.authorize(tag))

    def _say_all(self, connector: int | None = None) -> None:
        chosen = [(number, status) for number, status in self._statuses().items() if connector in (None, number)]
        self._tell(*(self._premises.dialect.status(number, status, self.time()) for number, status in chosen))

    def _tell(self, *calls: Call) -> None:
        self._urgent.extend(calls)
        self._news.set()
