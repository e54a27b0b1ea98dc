"""One simulated station: it boots, says how it is, keeps its promises of heartbeats, and does what it is told (OCPP 1.6 §4).

It has one CALL in flight, in whatever version its plate says (`monitor.simulator.dialects`); faults act on it from outside
(`monitor.simulator.faults.Subject`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, Final, assert_never

from monitor.simulator.charging import Charging
from monitor.simulator.dialect import (
    Answer,
    BootReason,
    Condition,
    Kind,
    Reboot,
    Say,
    SetHeartbeat,
    SetOperative,
    Start,
    Stop,
    StopReason,
    Tell,
)
from monitor.simulator.dialects import DIALECTS
from monitor.simulator.dialling import dial
from monitor.simulator.faults import Fault, FaultKind, WrongClock, inject
from monitor.simulator.line import Line
from monitor.simulator.link import LinkLostError
from monitor.simulator.report import Injection
from monitor.simulator.showing import Showing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from random import Random

    from monitor.simulator.dialect import Call, Effect, Nameplate, Order, Payload
    from monitor.simulator.dialling import Premises
    from monitor.simulator.link import Link
    from monitor.simulator.mishaps import Mishap
    from monitor.simulator.soap_link import SoapLink

    AnyLink = Link | SoapLink

_LONGEST_BACKOFF_S: Final = 60.0
_BOOT_RETRY_S: Final = 10.0
_LAST_WORDS_S: Final = 0.1
_URGENT: Final = 64
_CARD_S: Final = 20.0
"""How long a driver waits for what is said of the card."""


class Station:
    """A simulated station; `run` is its whole life."""

    def __init__(self, plate: Nameplate, premises: Premises, rng: Random) -> None:
        """Be the station of that `plate`; `rng` decides everything that is left to chance."""
        self.plate = plate
        self.line = Line()
        self.connected = asyncio.Event()
        self._premises = premises
        self._dialect = DIALECTS[plate.version]
        self._rng = rng
        self._news = asyncio.Event()
        self._urgent: deque[tuple[Call, Callable[[Payload | None], None] | None]] = deque(maxlen=_URGENT)
        self._heartbeat_s = premises.heartbeat_s or 300.0
        self._settings = self._dialect.settings(plate, self._heartbeat_s)
        self._said_at = 0.0
        self._phase = 1.0
        self._wrong: WrongClock | None = None
        self._started_at = premises.clock.monotonic()
        self._booted = False
        self._boot_reason = BootReason.POWER_UP
        self._powered = False
        self._link: AnyLink | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._life: asyncio.Task[None] | None = None
        self._reset: asyncio.Task[None] | None = None
        self.charging = Charging(
            connectors=plate.connectors,
            dialect=self._dialect,
            rng=rng,
            pace=premises.pace,
            line=self.line,
            time=self.time,
            news=self._news.set,
            authorize=self._authorize,
            online=lambda: self.connected.is_set() and self._booted and self.line.writes.is_set(),
            idle_s=premises.idle_s,
            cards=premises.cards,
        )
        self._showing = Showing(self.charging, self._dialect, self.time)

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
        if self._reset is not None:
            self._reset.cancel()
        self._cut()

    def _cut(self) -> None:
        self.drop()
        if self._life is not None:
            self._life.cancel()
        self._powered = False

    def power_on(self, reason: BootReason = BootReason.POWER_UP) -> None:
        """Start again, with a Boot for that `reason`."""
        if self._tasks is not None and not self._powered:
            self._powered = True
            self._boot_reason = reason
            self._life = self._tasks.create_task(self._live(self._life))

    def set_clock(self, wrong: WrongClock | None) -> None:
        """Make the station's time wrong, or right again, and report the status with it."""
        self._wrong = wrong
        self._tell(*self._showing.all(None))

    def say_broken(self) -> None:
        """Send messages that break the schema."""
        self._tell(*self._dialect.broken(self.time()))

    def befall(self, mishap: Mishap | None) -> None:
        """Let `mishap` come over the first connector, or be over (``None``)."""
        self.charging.befall(1, mishap)

    # The connection.

    async def _live(self, former: asyncio.Task[None] | None) -> None:
        if former is not None:
            await asyncio.wait([former])
        self._booted = False
        self.charging.stop_reason = StopReason.POWER_LOSS
        self._started_at = self._premises.clock.monotonic()
        self._urgent.clear()
        self.charging.restarted()
        async with asyncio.TaskGroup() as tasks:
            for connector in self.charging.connectors.values():
                tasks.create_task(self.charging.serve(connector))
            await self._stay_connected()

    async def _stay_connected(self) -> None:
        failures = 0
        while True:
            await self.line.reachable.wait()
            self.line.hurry = False
            link = await dial(self._premises, self.plate, self._dialect.subprotocol, self.line, self._answer)
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

    async def _serve(self, link: AnyLink) -> None:
        self._link = link
        self._premises.tally.connected(self.plate.identity)
        if self._premises.gateway is not None:
            self._premises.gateway.begin(self.plate)
        self.connected.set()
        try:
            async with asyncio.TaskGroup() as tasks:
                talk = tasks.create_task(self._talk(link))
                await link.read(self._perform)
                talk.cancel()
        finally:
            self._link = None
            self._premises.tally.open -= 1
            if self._premises.gateway is not None:
                self._premises.gateway.end(self.plate)
            self.connected.clear()
            await link.finish()

    async def _talk(self, link: AnyLink) -> None:
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

    async def _boot(self, link: AnyLink) -> None:
        premises = self._premises
        reply = await link.call(self._dialect.boot(self.plate, self._boot_reason))
        verdict = None if reply is None else self._dialect.booted(reply)
        if verdict is None or not verdict.accepted:
            await premises.pace.sleep((verdict.interval_s if verdict else 0) or _BOOT_RETRY_S)
            return
        self._booted = True
        self._showing.forget()
        self._tell(*self._dialect.awake(self._boot_reason, self.time()))
        self._set_heartbeat(premises.heartbeat_s or verdict.interval_s or self._heartbeat_s)
        # Stations that were started by one command would otherwise beat in step for ever.
        self._phase = self._rng.uniform(0.2, 1.0)

    async def _say_next(self, link: AnyLink) -> bool:
        """Say the most urgent thing; return whether there was one."""
        saying = self.charging.outbox.head()
        if self._urgent:
            await self._say(link, *self._urgent.popleft())
        elif saying is not None:
            if (call := saying.make()) is not None:
                await self._say(link, call, saying.heard)
            self.charging.outbox.answered()
        elif (news := self._showing.news()) is not None:
            for call in self._showing.calls(*news):
                await self._say(link, call)
            self._showing.said(*news)
        elif self._due_in_s() <= 0:
            await self._say(link, self._dialect.heartbeat())
        else:
            return False
        return True

    async def _say(self, link: AnyLink, call: Call, heard: Callable[[Payload | None], None] | None = None) -> None:
        reply = await link.call(call)
        if call.action == self._dialect.heartbeat().action:
            self._phase = self._rng.uniform(0.9, 1.0)
        self._said_at = self._premises.pace.elapsed_s()
        if heard is not None:
            heard(reply)

    def _due_in_s(self) -> float:
        return self._said_at + self._heartbeat_s * self._phase - self._premises.pace.elapsed_s()

    # What the central system asks for.

    def _answer(self, action: str, asked: Mapping[str, Any]) -> Answer:
        charging = self.charging
        condition = Condition(
            settings=self._settings,
            sessions=charging.sessions(),
            connectors=self.plate.connectors,
            at=self.time(),
            queued=charging.outbox.head() is not None,
            mishaps=charging.mishaps(),
        )
        try:
            return self._dialect.answer(action, asked, condition)
        except (KeyError, TypeError):
            return Answer(payload=None)

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Reboot():
                self._restart(effect)
            case Say():
                self._say_on_request(effect)
            case SetOperative():
                if effect.connector == 0:
                    self._showing.operative = effect.operative
                    self._news.set()
                self.charging.set_operative(effect.connector, operative=effect.operative)
            case Start():
                self.charging.start(effect.tag, effect.connector, effect.order)
            case Stop():
                self.charging.stop(effect.transaction)
            case SetHeartbeat():
                self._set_heartbeat(effect.seconds)
            case Tell():
                self._tell(*effect.calls)
            case _:
                assert_never(effect)

    def _say_on_request(self, wish: Say) -> None:
        dialect = self._dialect
        match wish.kind:
            case Kind.BOOT:
                self._tell(dialect.boot(self.plate, BootReason.TRIGGERED))
            case Kind.HEARTBEAT:
                self._tell(dialect.heartbeat())
            case Kind.STATUS:
                self._tell(*self._showing.all(wish.connector))
            case Kind.METER:
                chosen = [known for known in self.charging.connectors.values() if wish.connector in (None, 0, known.number)]
                self._tell(*(dialect.reading(known.number, known.meter_wh, self.time()) for known in chosen))
            case Kind.SESSION:
                self.charging.tell(wish.connector)
            case _:
                assert_never(wish.kind)

    def _restart(self, wish: Reboot) -> None:
        if self._reset is not None:
            self._reset.cancel()
        if self._tasks is not None:
            self._reset = self._tasks.create_task(self._reboot(wish))

    async def _reboot(self, wish: Reboot) -> None:
        # Lost at once, the connection would take the answer to the reset with it.
        await asyncio.sleep(_LAST_WORDS_S)
        if wish.when_idle:
            await self.charging.idle.wait()
        self.charging.stop_reason = StopReason.HARD_RESET if wish.hard else StopReason.SOFT_RESET
        self._cut()
        await self._premises.pace.sleep(self._rng.uniform(3, 8))
        self.power_on(BootReason.REMOTE_RESET)

    def _set_heartbeat(self, seconds: float) -> None:
        self._heartbeat_s = seconds
        self._settings[self._dialect.heartbeat_key] = str(round(seconds))
        self._news.set()

    async def _authorize(self, tag: str, order: Order | None) -> bool:
        """Return whether the card may charge; where nobody can be asked it may (LocalAuthorizeOffline)."""
        if not (self.connected.is_set() and self.line.writes.is_set()):
            return True
        said = asyncio.Event()
        refused = False

        def heard(reply: Payload | None) -> None:
            nonlocal refused
            refused = reply is not None and not self._dialect.started(reply).accepted
            said.set()

        self._urgent.append((self._dialect.authorize(tag, order), heard))
        self._news.set()
        await self._premises.pace.wait(said, _CARD_S)
        return not refused

    def _tell(self, *calls: Call) -> None:
        self._urgent.extend((call, None) for call in calls)
        self._news.set()
