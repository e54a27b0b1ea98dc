"""Cars at a simulated station: they come, are authorised, charge and leave.

OCPP 1.6 §3.6, §4.1, §4.7, §4.8, §4.10; 2.0.1 part 2, use cases C01, E01 to E13. How it is said is the dialect's.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from monitor.core.observations import Status
from monitor.simulator.dialect import Moment, StopReason
from monitor.simulator.mishaps import TRAITS, Mishap
from monitor.simulator.outbox import Outbox, Saying

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime
    from random import Random

    from monitor.simulator.dialect import Call, Dialect, Order, Payload
    from monitor.simulator.line import Line
    from monitor.simulator.pace import Pace

_SAMPLE_S: Final = 60.0
_WH_PER_SAMPLE: Final = 180
"""About 11 kW."""


@dataclass(slots=True, kw_only=True)
class Session:
    """One session; `transaction` is empty until it has a name, `told` counts its moments, `order` made it begin.

    `over` is set when somebody ends it, for that `reason`; `paused`: the car takes no power.
    """

    connector: int
    tag: str
    transaction: str
    order: Order | None = None
    told: int = 0
    paused: bool = False
    reason: StopReason = StopReason.REMOTE
    over: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True, kw_only=True)
class Connector:
    """One connector: what it shows, what its register reads (Wh) and who charges at it.

    `stirred` is set by whatever happens at it: a session is wanted for `tag`, a `mishap` comes or goes.
    """

    number: int
    status: Status = Status.AVAILABLE
    error: str = ""
    operative: bool = True
    meter_wh: int = 0
    session: Session | None = None
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    tag: str = ""
    order: Order | None = None
    mishap: Mishap | None = None

    @property
    def broken(self) -> bool:
        """Whether a mishap keeps everybody from charging here."""
        return self.mishap is not None and bool(TRAITS[self.mishap].error)


class Charging:
    """The connectors of one station and the cars at them."""

    def __init__(  # noqa: PLR0913  the parts of a station that a session touches
        self,
        *,
        connectors: int,
        dialect: Dialect,
        rng: Random,
        pace: Pace,
        line: Line,
        time: Callable[[], datetime],
        news: Callable[[], None],
        authorize: Callable[[str, Order | None], Awaitable[bool]],
        online: Callable[[], bool],
        idle_s: float,
        cards: Sequence[str],
    ) -> None:
        """Have so many connectors.

        `idle_s` is the mean time without a car, `time` the station's own clock, `authorize` whether a card may charge, `online`
        whether it is heard just now, `cards` what drivers show, made up where there are none.
        """
        self.connectors = {number: Connector(number=number, meter_wh=rng.randrange(10**7)) for number in range(1, connectors + 1)}
        self.outbox = Outbox(news)
        self.stop_reason = StopReason.POWER_LOSS
        self.idle = asyncio.Event()
        self.idle.set()
        self._dialect = dialect
        self._rng = rng
        self._pace = pace
        self._line = line
        self._time = time
        self._news = news
        self._authorize = authorize
        self._online = online
        self._idle_s = idle_s
        self._cards = cards

    def sessions(self) -> dict[int, str]:
        """Return the connectors at which a car charges, with the names of the transactions."""
        return {number: one.session.transaction for number, one in self.connectors.items() if one.session is not None}

    def start(self, tag: str, number: int | None, order: Order | None = None) -> None:
        """Let a car begin for `tag` at that connector, or at the first that is free."""
        free = [one for one in self.connectors.values() if one.session is None and one.operative and not one.broken]
        chosen = next((connector for connector in free if number in (None, connector.number)), None)
        if chosen is not None:
            chosen.tag, chosen.order = tag, order
            chosen.stirred.set()

    def stop(self, transaction: str) -> None:
        """End the session of that name."""
        for connector in self.connectors.values():
            if connector.session is not None and connector.session.transaction == transaction:
                connector.session.over.set()

    def mishaps(self) -> Mapping[int, Mishap]:
        """Return what is wrong at which connector."""
        return {number: one.mishap for number, one in self.connectors.items() if one.mishap is not None}

    def befall(self, number: int, mishap: Mishap | None) -> None:
        """Let `mishap` come over a connector, or be over (``None``); whoever charges there ends."""
        connector = self.connectors[number]
        connector.mishap = mishap
        if connector.session is not None:
            connector.session.reason = StopReason.OTHER if connector.broken else StopReason.LOCAL
            connector.session.over.set()
        connector.stirred.set()

    def restarted(self) -> None:
        """Forget what a restart puts right."""
        for connector in self.connectors.values():
            if connector.mishap is not None and not TRAITS[connector.mishap].lasts:
                connector.mishap = None

    def tell(self, number: int | None) -> None:
        """Report the session at that connector, or every one (``None``), because the central system wants to know."""
        for connector in self.connectors.values():
            if connector.session is not None and number in (None, connector.number):
                self._sample(connector, connector.session, asked=True)

    def set_operative(self, number: int, *, operative: bool) -> None:
        """Take a connector (0: all) into or out of service, at once where no car charges (1.6 §5.2)."""
        for connector in self.connectors.values():
            if number in (0, connector.number):
                connector.operative = operative
                if connector.session is None and connector.mishap is None:
                    self._show_empty(connector)

    async def serve(self, connector: Connector) -> None:
        """Serve one connector for as long as the station has power."""
        if connector.mishap is None:
            self._show_empty(connector)
        while True:
            stirred = connector.mishap is not None
            if not stirred:
                connector.stirred.clear()
                stirred = await self._pace.wait(connector.stirred, self._rng.expovariate(1 / self._idle_s))
            await self._line.awake.wait()
            if connector.mishap is not None:
                await self._suffer(connector, connector.mishap)
            elif connector.operative and connector.tag:
                await self._ordered(connector)
            elif connector.operative and not stirred:
                await self._visit(connector, self._card(), None)

    def _card(self) -> str:
        return self._rng.choice(self._cards) if self._cards else f"{self._rng.getrandbits(28):07X}"

    async def _ordered(self, connector: Connector) -> None:
        tag, connector.tag = connector.tag, ""
        await self._visit(connector, tag, connector.order)

    async def _suffer(self, connector: Connector, mishap: Mishap) -> None:
        trait = TRAITS[mishap]
        if trait.charges:
            await self._visit(connector, self._card(), None)
            if connector.mishap is mishap:
                connector.mishap = None
            return
        self._show(connector, trait.status, trait.error)
        while connector.mishap is mishap and not connector.tag:
            connector.stirred.clear()
            await connector.stirred.wait()
        if connector.mishap is mishap:
            connector.mishap = None
            await self._ordered(connector)
        elif connector.mishap is None:
            self._show_empty(connector)

    async def _visit(self, connector: Connector, tag: str, order: Order | None) -> None:
        self._show(connector, Status.PREPARING)
        admitted = await self._authorize(tag, order)
        await self._pace.sleep(self._rng.uniform(2, 8))
        if admitted and not connector.broken:
            await self._serve_car(connector, tag, order)
        connector.tag = ""
        if not connector.broken:
            self._show_empty(connector)

    async def _serve_car(self, connector: Connector, tag: str, order: Order | None) -> None:
        session = self._begin(connector, tag, order)
        reason = self.stop_reason
        try:
            reason = await self._charge(connector, session)
        except asyncio.CancelledError:
            reason = self.stop_reason
            raise
        finally:
            self._end(connector, session, reason)
        if not connector.broken:
            self._show(connector, Status.FINISHING)
            await self._pace.sleep(self._rng.uniform(3, 15))

    async def _charge(self, connector: Connector, session: Session) -> StopReason:
        if connector.mishap is not None:
            self._show(connector, TRAITS[connector.mishap].status)
            await session.over.wait()
            return session.reason
        self._show(connector, Status.CHARGING)
        for _ in range(self._rng.randint(2, 20)):
            if await self._pace.wait(session.over, _SAMPLE_S):
                return session.reason
            await self._line.awake.wait()
            connector.meter_wh += _WH_PER_SAMPLE + self._rng.randrange(20)
            self._sample(connector, session)
        return StopReason.LOCAL

    def _begin(self, connector: Connector, tag: str, order: Order | None) -> Session:
        session = Session(
            connector=connector.number,
            tag=tag,
            transaction=self._dialect.name(self._rng, self._time()),
            order=order,
            paused=connector.mishap is Mishap.FULL,
        )
        connector.session = session
        self.idle.clear()
        call = self._dialect.start(self._moment(connector, session))

        def heard(reply: Payload | None) -> None:
            verdict = None if reply is None else self._dialect.started(reply)
            if verdict is not None:
                session.transaction = verdict.transaction or session.transaction
            if verdict is None or not verdict.accepted:
                session.reason = StopReason.DEAUTHORIZED
                session.over.set()

        self.outbox.put(Saying(make=lambda: call, heard=heard))
        return session

    def _moment(self, connector: Connector, session: Session, *, asked: bool = False) -> Moment:
        moment = Moment(
            connector=session.connector,
            tag=session.tag,
            transaction=session.transaction,
            meter_wh=connector.meter_wh,
            at=self._time(),
            sequence=session.told,
            offline=not self._online(),
            order=session.order,
            asked=asked,
            paused=session.paused,
        )
        session.told += 1
        return moment

    def _sample(self, connector: Connector, session: Session, *, asked: bool = False) -> None:
        self._report(session, self._moment(connector, session, asked=asked), self._dialect.meter, expendable=True)

    def _end(self, connector: Connector, session: Session, reason: StopReason) -> None:
        connector.session = None
        if not self.sessions():
            self.idle.set()
        stop = self._dialect.stop
        self._report(session, self._moment(connector, session), lambda moment: stop(moment, reason))

    def _report(self, session: Session, moment: Moment, make: Callable[[Moment], Call], *, expendable: bool = False) -> None:
        """Keep a message whose transaction may be named only when it is sent."""

        def made() -> Call | None:
            return make(replace(moment, transaction=session.transaction)) if session.transaction else None

        self.outbox.put(Saying(make=made), expendable=expendable)

    def _show_empty(self, connector: Connector) -> None:
        self._show(connector, Status.AVAILABLE if connector.operative else Status.UNAVAILABLE)

    def _show(self, connector: Connector, status: Status, error: str = "") -> None:
        if (connector.status, connector.error) != (status, error):
            connector.status, connector.error = status, error
            self._news()
