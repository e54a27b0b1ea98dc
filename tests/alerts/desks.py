"""The whole desk over a real database: event log, engine, outbox and courier, on a clock that is set; channels do as told."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from alerts.core.delivery import Channel, Medium, Message, Sent
from alerts.core.desk import Desk
from alerts.courier import Courier
from alerts.engine import Engine
from alerts.rulebook import read_rulebook
from alerts.storage.desk import SqlDeskStore
from alerts.storage.outbox import SqlOutbox
from monitor.core.events import ConnectorChanged
from monitor.core.health_state import HealthState
from monitor.core.ids import StationId
from monitor.core.observations import Status
from monitor.storage.judgements import SqlJudgementStore
from tests.alerts.wards import PEOPLE, Ward
from tests.support.clocks import START
from tests.support.services import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from alerts.core.delivery import Outcome
    from alerts.core.model import Alert, Notification
    from monitor.core.events import Event
    from monitor.runtime.ports import Database
    from tests.support.clocks import SetClock


class Wire(Channel):
    """A channel: takes what it is told to answer from `answers`, else it sends; `took` is what the other side has."""

    def __init__(self) -> None:
        self.answers: deque[Outcome] = deque()
        self.told_of: deque[Outcome] = deque()
        self.took: list[Message] = []
        self.asked: list[Message] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def send(self, message: Message) -> Outcome:
        await self.gate.wait()
        outcome = self.answers.popleft() if self.answers else Sent(reference=f"SM{len(self.took)}")
        if isinstance(outcome, Sent):
            self.took.append(message)
        return outcome

    async def ask(self, message: Message, since: datetime | None = None) -> Outcome:
        assert since is not None
        self.asked.append(message)
        return self.told_of.popleft() if self.told_of else Sent(reference="SMx")


def in_words(notification: Notification, _alert: Alert | None, _desk: Desk) -> Message:
    return Message(id="", to="", short=notification.key)


class House:
    """The parts of the desk, put together over `database`."""

    def __init__(self, database: Database, clock: SetClock, rules: str = PEOPLE) -> None:
        self.clock = clock
        self.may_fail = False
        self.ward = Ward(rules)
        self.ward.add(*range(1, 30))
        self.judgements = SqlJudgementStore(database)
        desk = Desk(read_rulebook(rules, today=START.date()), self.ward)
        self.engine = Engine(desk=desk, store=SqlDeskStore(database), events=self.judgements, clock=clock, words=in_words)
        self.outbox = SqlOutbox(database)
        usual = (Medium.SMS, Medium.VOICE, Medium.EMAIL, Medium.WEBHOOK)
        self.wires: dict[Medium, Wire] = defaultdict(Wire, {medium: Wire() for medium in usual})
        self.courier = Courier(self.outbox, self.wires, clock)
        self.engine.decided.append(lambda _decision: self.courier.stir())

    async def tell(self, station: int, *events: Event) -> None:
        """Store events of a station, and wake the engine as the bus does."""
        records = await self.judgements.save({StationId(station): HealthState()}, [(StationId(station), one) for one in events])
        await self.engine.woken(records)

    async def faulted(self, station: int, error: str = "GroundFailure") -> None:
        await self.tell(station, ConnectorChanged(at=self.clock.now(), connector="1", status=Status.FAULTED, error=error))

    async def mended(self, station: int) -> None:
        await self.tell(station, ConnectorChanged(at=self.clock.now(), connector="1", status=Status.AVAILABLE))

    def went_by(self, medium: Medium) -> list[str]:
        return [one.short for one in self.wires[medium].took]

    async def let_pass(self, seconds: float) -> None:
        """Let time pass and have what is due done."""
        self.clock.advance(seconds)
        self.engine._stirred.set()
        self.courier.stir()
        await asyncio.sleep(0)

    async def opened(self, alerts: int) -> None:
        await until(lambda: len(self.engine.desk.alerts) == alerts)


@asynccontextmanager
async def running_house(database: Database, clock: SetClock, rules: str = PEOPLE) -> AsyncIterator[House]:
    """Run a desk; it is taken up where the last one left it."""
    async with running(House(database, clock, rules)) as house:
        yield house


@asynccontextmanager
async def running(house: House) -> AsyncIterator[House]:
    """Run `house`."""
    await house.judgements.states()
    await house.engine.open()
    tasks = [asyncio.create_task(house.engine.run()), asyncio.create_task(house.courier.run())]
    try:
        yield house
    finally:
        for task in tasks:
            task.cancel()
        done, _ = await asyncio.wait(tasks)
        failed = [error for task in done if not task.cancelled() and (error := task.exception()) is not None]
        assert failed == []
        assert house.may_fail or not house.engine.failed
