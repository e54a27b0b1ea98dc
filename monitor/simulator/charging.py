"""Cars at a simulated station: they come, are authorised, charge and leave (OCPP 1.6 §3.6, §4.1, §4.7, §4.8, §4.10)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from monitor.core.observations import Status
from monitor.simulator.outbox import Outbox, Saying

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from random import Random

    from monitor.simulator.dialect import Dialect, Payload
    from monitor.simulator.line import Line
    from monitor.simulator.pace import Pace

_SAMPLE_S: Final = 60.0
_WH_PER_SAMPLE: Final = 180
"""About 11 kW."""


@dataclass(slots=True, kw_only=True)
class Session:
    """One session; `transaction` is empty until the central system has named it."""

    connector: int
    tag: str
    number: int
    transaction: str = ""
    refused: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True, kw_only=True)
class Connector:
    """One connector: what it shows, what its register reads (Wh) and who charges at it."""

    number: int
    status: Status = Status.AVAILABLE
    operative: bool = True
    meter_wh: int = 0
    session: Session | None = None
    wanted: asyncio.Event = field(default_factory=asyncio.Event)
    tag: str = ""


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
        authorize: Callable[[str], None],
        idle_s: float,
    ) -> None:
        """Have so many connectors; `idle_s` is the mean time without a car, `time` the station's own clock."""
        self.connectors = {number: Connector(number=number, meter_wh=rng.randrange(10**7)) for number in range(1, connectors + 1)}
        self.outbox = Outbox(news)
        self.stop_reason = "PowerLoss"
        self._dialect = dialect
        self._rng = rng
        self._pace = pace
        self._line = line
        self._time = time
        self._news = news
        self._authorize = authorize
        self._idle_s = idle_s
        self._count = 0

    def transactions(self) -> tuple[str, ...]:
        """Return the names of the open sessions."""
        sessions = [connector.session for connector in self.connectors.values()]
        return tuple(session.transaction for session in sessions if session is not None)

    def start(self, tag: str, number: int | None) -> None:
        """Let a car begin for `tag` at that connector, or at the first that is free."""
        free = [connector for connector in self.connectors.values() if connector.session is None and connector.operative]
        chosen = next((connector for connector in free if number in (None, connector.number)), None)
        if chosen is not None:
            chosen.tag = tag
            chosen.wanted.set()

    def stop(self, transaction: str) -> None:
        """End the session of that name."""
        for connector in self.connectors.values():
            if connector.session is not None and connector.session.transaction == transaction:
                connector.session.over.set()

    def set_operative(self, number: int, *, operative: bool) -> None:
        """Take a connector (0: all) into or out of service, at once where no car charges (1.6 §5.2)."""
        for connector in self.connectors.values():
            if number in (0, connector.number):
                connector.operative = operative
                if connector.session is None:
                    self._show(connector, Status.AVAILABLE if operative else Status.UNAVAILABLE)

    async def serve(self, connector: Connector) -> None:
        """Serve one connector for as long as the station has power."""
        self._show(connector, Status.AVAILABLE if connector.operative else Status.UNAVAILABLE)
        while True:
            connector.wanted.clear()
            remote = await self._pace.wait(connector.wanted, self._rng.expovariate(1 / self._idle_s))
            await self._line.awake.wait()
            if connector.operative:
                await self._visit(connector, connector.tag if remote else f"{self._rng.getrandbits(28):07X}")

    async def _visit(self, connector: Connector, tag: str) -> None:
        self._show(connector, Status.PREPARING)
        self._authorize(tag)
        await self._pace.sleep(self._rng.uniform(2, 8))
        session = self._begin(connector, tag)
        reason = self.stop_reason
        try:
            reason = await self._charge(connector, session)
        except asyncio.CancelledError:
            reason = self.stop_reason
            raise
        finally:
            self._end(connector, session, reason)
        self._show(connector, Status.FINISHING)
        await self._pace.sleep(self._rng.uniform(3, 15))
        self._show(connector, Status.AVAILABLE if connector.operative else Status.UNAVAILABLE)

    async def _charge(self, connector: Connector, session: Session) -> str:
        self._show(connector, Status.CHARGING)
        for _ in range(self._rng.randint(2, 20)):
            if await self._pace.wait(session.over, _SAMPLE_S):
                return "DeAuthorized" if session.refused else "Remote"
            await self._line.awake.wait()
            connector.meter_wh += _WH_PER_SAMPLE + self._rng.randrange(20)
            self._sample(connector, session)
        return "Local"

    def _begin(self, connector: Connector, tag: str) -> Session:
        self._count += 1
        session = Session(connector=connector.number, tag=tag, number=self._count)
        connector.session = session
        call = self._dialect.start(connector.number, tag, connector.meter_wh, self._time(), session.number)

        def heard(reply: Payload | None) -> None:
            if reply is None:
                session.refused = True
                session.over.set()
            else:
                session.transaction = self._dialect.started(reply, session.number)

        self.outbox.put(Saying(make=lambda: call, heard=heard))
        return session

    def _sample(self, connector: Connector, session: Session) -> None:
        at, meter_wh = self._time(), connector.meter_wh
        make = self._dialect.meter
        self.outbox.put(
            Saying(make=lambda: make(session.connector, session.transaction, meter_wh, at) if session.transaction else None),
            expendable=True,
        )

    def _end(self, connector: Connector, session: Session, reason: str) -> None:
        connector.session = None
        at, meter_wh = self._time(), connector.meter_wh
        make = self._dialect.stop
        self.outbox.put(
            Saying(make=lambda: make(session.transaction, session.tag, meter_wh, at, reason) if session.transaction else None)
        )

    def _show(self, connector: Connector, status: Status) -> None:
        if connector.status is not status:
            connector.status = status
            self._news()
