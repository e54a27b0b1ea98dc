"""The alerts behind a console: the real desk, store, outbox and courier over the console's database, on its clock."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING, Self

from alerts.commands import AlertCommands
from alerts.core.delivery import Medium
from alerts.core.desk import Desk
from alerts.courier import Courier
from alerts.engine import Engine
from alerts.paper import RegistryPaper
from alerts.rulebook import read_rulebook
from alerts.storage.archive import SqlArchive
from alerts.storage.desk import SqlDeskStore
from alerts.storage.outbox import SqlOutbox
from alerts.storage.tables import AlertsTable
from alerts.wording import ZONE, Phrasebook
from monitor.core.breaches import Cause, party_of
from monitor.core.events import BreachCleared, BreachOpened, BreachUpdated, ConnectorChanged, EventRecord, IncidentOpened
from monitor.core.events import IncidentUpdated as Updated
from monitor.core.ids import NETWORK, BreachNumber, StationId
from monitor.core.incidents import Scope
from monitor.core.observations import Status
from tests.alerts.desks import Wire

if TYPE_CHECKING:
    from collections.abc import Collection

    from monitor.core.events import Event

    from .support import House

RULES = """
[[contact]]
name = "anna"
sms = "+352621000001"
email = "anna@example.lu"
[[contact]]
name = "ben"
email = "ben@example.lu"
[[schedule]]
name = "network"
start = "2026-11-16"
handover = "monday 09:00"
people = ["anna", "ben"]
[[policy]]
name = "network"
steps = [ { notify = "schedule:network", by = ["email"] } ]
[[policy]]
name = "field"
steps = [ { notify = "contact:ben", by = ["email"] } ]
[[route]]
policy = "network"
"""


class ListedLog:
    """The `EventLog` port over a list."""

    def __init__(self) -> None:
        self.records: list[EventRecord] = []

    async def tail(self, after: int, kinds: Collection[type], limit: int) -> tuple[list[EventRecord], int]:
        found = [one for one in self.records if one.seq > after][:limit]
        return [one for one in found if type(one.event) in kinds], found[-1].seq if found else after


class Alarms:
    """Alerts of `house`; it has to be made before the console is opened."""

    def __init__(self, house: House, rules: str = RULES) -> None:
        self.house = house
        self.log = ListedLog()
        self.began = house.clock.now()
        AlertsTable.metadata.create_all(house.database.engine)
        words = Phrasebook(ZONE, lambda number: f"/alerts/{number}")
        desk = Desk(read_rulebook(rules, today=house.clock.now().date()), RegistryPaper(house.directory))
        store = SqlDeskStore(house.database)
        self.engine = Engine(desk=desk, store=store, events=self.log, clock=house.clock, words=words.words)
        usual = (Medium.SMS, Medium.EMAIL, Medium.WEBHOOK)
        self.wires: dict[Medium, Wire] = defaultdict(Wire, {medium: Wire() for medium in usual})
        self.outbox = SqlOutbox(house.database)
        self.courier = Courier(self.outbox, self.wires, house.clock)
        house.alerts = self.commands = AlertCommands(self.engine, SqlArchive(house.database), words, mail=True)

    async def open(self) -> Self:
        await self.engine.open()
        return self

    async def happen(self, station: int, *events: Event) -> None:
        """Have events of a station known, and what is due done."""
        self.log.records += self.house.history.add(StationId(station), *events)
        await self.engine._look()

    async def faulted(self, station: int, error: str = "GroundFailure", vendor_error: str = "") -> None:
        now = self.house.clock.now()
        event = ConnectorChanged(at=now, connector="1", status=Status.FAULTED, error=error, vendor_error=vendor_error)
        await self.happen(station, event)

    async def mended(self, station: int) -> None:
        await self.happen(station, ConnectorChanged(at=self.house.clock.now(), connector="1", status=Status.AVAILABLE))

    async def cut(self, station: int, cause: Cause = Cause.UNKNOWN) -> None:
        now, bearer = self.house.clock.now(), self.house.directory.by_id(StationId(station)).bearer  # type: ignore[union-attr]
        event = BreachOpened(
            at=now, since=now, breach=BreachNumber(1), bearer=bearer, cause=cause, party=party_of(cause, bearer), incident=None
        )
        await self.happen(station, event)

    async def rejudged(self, station: int, cause: Cause, incident: str | None = None) -> None:
        bearer = self.house.directory.by_id(StationId(station)).bearer  # type: ignore[union-attr]
        event = BreachUpdated(
            at=self.house.clock.now(), breach=BreachNumber(1), cause=cause, party=party_of(cause, bearer), incident=incident
        )
        await self.happen(station, event)

    async def back(self, station: int, cause: Cause) -> None:
        now, bearer = self.house.clock.now(), self.house.directory.by_id(StationId(station)).bearer  # type: ignore[union-attr]
        began = next(one.event.since for one in self.log.records if isinstance(one.event, BreachOpened))
        event = BreachCleared(at=now, since=began, until=now, breach=BreachNumber(1), cause=cause, party=party_of(cause, bearer))
        await self.happen(station, event)

    async def incident(self, *stations: int, scope: Scope = Scope.APN, key: str = "bornes.lu", again: bool = False) -> None:
        now = self.house.clock.now()
        made = Updated if again else IncidentOpened
        members = tuple(StationId(one) for one in stations)
        self.began = self.began if again else now
        event = made(at=now, incident="I1", scope=scope, key=key, since=self.began, stations=members, probability=0.99)
        await self.happen(NETWORK, event)

    async def let_pass(self, seconds: float) -> None:
        """Let time pass, have what is due done, and what is to be sent sent."""
        self.house.clock.advance(seconds=seconds)
        await self.engine._look()
        async with asyncio.TaskGroup() as tasks:
            await self.courier._round(tasks)
