"""Case 12: from an incident to the provider of short messages, beside 10,000 open breaches and the history of 100,000 messages.

The engine, the courier and the SQLite store of the alerts themselves, in this process on the server's core; the provider is an HTTP
server on the other one. Every incident has a person of its own, because nobody is sent more than five messages in a quarter of an
hour. Five seconds of each figure are `group_wait_s`, in which others are waited for.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import tempfile
import time
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Final

import aiohttp
from msgspec.structs import replace
from sqlalchemy import insert

from alerts.channels.sms import Sms
from alerts.core.delivery import Medium, Message
from alerts.core.desk import Desk
from alerts.core.model import Way
from alerts.core.outbox import Delivery, Stand
from alerts.courier import Courier
from alerts.engine import Engine
from alerts.pipeline import decide
from alerts.rulebook import read_rulebook
from alerts.storage.desk import SqlDeskStore
from alerts.storage.outbox import SqlOutbox
from alerts.storage.rows import ATTEMPT, DELIVERY, delivery_row
from alerts.twilio_rest import TwilioAccount
from alerts.wording import ZONE, Phrasebook
from bench.findings import Effort, Finding, middle
from bench.load import SERVER_CORE, BenchError, pin
from bench.servers import provider
from monitor.core.breaches import Cause, party_of
from monitor.core.events import BreachOpened, EventRecord, IncidentOpened
from monitor.core.health_state import HealthState
from monitor.core.ids import NETWORK, BreachNumber, Identity, StationId, Sticker
from monitor.core.incidents import Scope
from monitor.core.registry import Bearer, Station
from monitor.runtime.clock import SystemClock
from monitor.storage.database import SqlDatabase
from monitor.storage.judgements import SqlJudgementStore
from monitor.storage.schema import upgrade
from monitor.storage.servers import open_engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bench.servers import Server
    from monitor.core.events import Event

TITLE: Final = "From an incident to the provider, 10,000 open breaches"
BREACHES: Final = 10_000
HISTORY: Final = 100_000
INCIDENTS: Final = 100
GROUPED: Final = 5000
OUTAGE: Final = 1000
_MEMBERS: Final = 4
_EVERY_S: Final = 0.1
_PATIENCE_S: Final = 60.0
_MIGRATIONS: Final = ["monitor.storage.migrations", "alerts.storage.migrations", "hotline.storage.migrations"]


class Network:
    """Stations on paper, each alone at its site: a ticket when it is offline."""

    def __init__(self, stations: int) -> None:
        """Draw up `stations`."""
        self._stations = {
            StationId(number): Station(
                id=StationId(number),
                sticker=Sticker(f"CP{number}"),
                identity=Identity(f"CP{number}"),
                bearer=Bearer.GPRS,
                region="Sud",
            )
            for number in range(1, stations + 1)
        }

    def by_id(self, station: StationId) -> Station | None:
        """Return the station of that id."""
        return self._stations.get(station)

    def watched_at(self, site: str) -> Collection[StationId]:
        """Return nobody: there is no site."""
        del site
        return ()


def run(effort: Effort) -> list[Finding]:
    """Measure without and with a history, one after the other, `effort.rounds` times."""
    pin(os.getpid(), SERVER_CORE)
    waits: dict[int, list[tuple[float, float]]] = {0: [], HISTORY: []}
    pages, grouping = [], []
    for number in range(effort.rounds):
        for history, kept in waits.items():
            p50, p99, many = asyncio.run(_measure(history, INCIDENTS if effort.rounds > 1 else INCIDENTS // 5))
            kept.append((p50, p99))
            pages.append(many)
        grouping.append(_grouping_s())
        effort.progress(f"round {number + 1}: {waits}, pages {pages}, grouping {grouping[-1]:.2f} s")
    found = []
    for history, words in ((0, "no history"), (HISTORY, f"{HISTORY:,} messages of history")):
        for place, share in enumerate(("p50", "p99")):
            value, spread = middle([one[place] for one in waits[history]])
            limit = 10.0 if share == "p99" else None
            found.append(Finding(what=f"{share} of a page, {words}", unit="s", ours=value, spread=spread, at_most=limit))
    value, spread = middle(grouping)
    found.append(
        Finding(what=f"{GROUPED:,} breaches into one alert, one after the other", unit="s", ours=value, spread=spread, at_most=1.0)
    )
    what = f"pages of an outage of {OUTAGE:,} bornes, the most"
    return [*found, Finding(what=what, unit="page", ours=float(max(pages)), at_most=1.0)]


# ---------------------------------------------------------------------------------------------------------- pages


async def _measure(history: int, incidents: int) -> tuple[float, float, int]:
    """Return p50 and p99 from an incident to the provider, in seconds, and how many pages a large outage was."""
    with tempfile.TemporaryDirectory() as folder, provider() as server:
        async with _running(Path(folder), server, history, incidents) as desk:
            begun: dict[str, float] = {}
            for number in range(incidents):
                begun[_number(number)] = time.monotonic()
                await desk.tell((NETWORK, _incident(desk.now(), number, _members(number))))
                await asyncio.sleep(_EVERY_S)
            members = tuple(StationId(one) for one in range(BREACHES + 1, BREACHES + OUTAGE + 1))
            begun[_number(incidents)] = time.monotonic()
            await desk.tell(
                (NETWORK, _incident(desk.now(), incidents, members)),
                *((one, _breach(desk.now(), f"I{incidents}")) for one in members),
            )
            taken = await desk.taken(set(begun))
            await asyncio.sleep(desk.rules.group_wait_s)
            taken = await desk.taken(set(begun))
    waits = [at - begun[to] for at, to in taken if to != _number(incidents) and at > begun[to]]
    if len(waits) != incidents:
        message = f"{len(waits)} pages of {incidents} incidents"
        raise BenchError(message)
    return median(waits), quantiles(waits, n=100)[98], sum(to == _number(incidents) for _, to in taken)


def _number(incident: int) -> str:
    return f"+35262{incident:07}"


def _members(incident: int) -> tuple[StationId, ...]:
    return tuple(StationId(incident * _MEMBERS + place) for place in range(1, _MEMBERS + 1))


def _incident(at: datetime, number: int, members: tuple[StationId, ...]) -> IncidentOpened:
    return IncidentOpened(
        at=at, incident=f"I{number}", scope=Scope.APN, key=f"apn-{number}", since=at, stations=members, probability=0.99
    )


def _breach(at: datetime, incident: str | None = None) -> BreachOpened:
    cause = Cause.BEARER if incident is None else Cause.APN
    return BreachOpened(
        at=at,
        since=at - timedelta(hours=1),
        breach=BreachNumber(1),
        bearer=Bearer.GPRS,
        cause=cause,
        party=party_of(cause, Bearer.GPRS),
        incident=incident,
    )


def _rules(incidents: int) -> str:
    """Return rules by which every incident has its person, the first of whom gets every ticket as well, at any hour."""
    one = (
        '[[contact]]\nname = "p{n}"\nsms = "{to}"\n'
        '[[policy]]\nname = "p{n}"\nsteps = [ {{ notify = "contact:p{n}", by = ["sms"] }} ]\n'
        '[[route]]\nmatch = {{ key = "apn-{n}" }}\npolicy = "p{n}"\n'
    )
    told = "".join(one.format(n=number, to=_number(number)) for number in range(incidents + 1))
    return told + '[[route]]\npolicy = "p0"\n'


class _RunningDesk:
    """The alerts of a network, and what tells them what happens."""

    def __init__(self, database: SqlDatabase, server: Server, incidents: int) -> None:
        self.rules = read_rulebook(_rules(incidents), today=SystemClock().now().date())
        self.now = SystemClock().now
        self._server = server
        self._judgements = SqlJudgementStore(database)
        clock, words = SystemClock(), Phrasebook(ZONE, lambda number: f"http://127.0.0.1/alerts/{number}")
        account = TwilioAccount(
            account_sid="AC" + "0" * 32,
            auth_token="bench",  # noqa: S106  it opens nothing
            number="+352600001",
            public_base="http://127.0.0.1",
            api_base=f"http://127.0.0.1:{server.port}",
        )
        desk = Desk(self.rules, Network(BREACHES + OUTAGE))
        self.engine = Engine(desk=desk, store=SqlDeskStore(database), events=self._judgements, clock=clock, words=words.words)
        self.courier = Courier(SqlOutbox(database), {Medium.SMS: Sms(account, clock)}, clock)
        self.engine.decided.append(lambda _decision: self.courier.stir())

    async def open(self) -> None:
        """Have the breaches open, and be told of."""
        await self._judgements.states()
        await self.tell(*((StationId(number), _breach(self.now())) for number in range(1, BREACHES + 1)))
        await self.engine.open()

    async def tell(self, *events: tuple[StationId, Event]) -> None:
        """Store events, and wake the engine as the bus does."""
        states = {station: HealthState() for station, _ in events}
        await self.engine.woken(await self._judgements.save(states, list(events)))

    async def taken(self, wanted: set[str]) -> Sequence[tuple[float, str]]:
        """Wait until the provider has something for everybody who is wanted; return what it has."""
        until = time.monotonic() + _PATIENCE_S
        async with aiohttp.ClientSession() as http:
            while True:
                async with http.get(f"http://127.0.0.1:{self._server.port}/taken") as answer:
                    taken = [(float(at), str(to)) for at, to in await answer.json()]
                missing = wanted - {to for _, to in taken}
                if not missing:
                    return taken
                if time.monotonic() > until:
                    message = f"{len(missing)} of {len(wanted)} incidents did not reach the provider"
                    raise BenchError(message)
                await asyncio.sleep(0.2)


@asynccontextmanager
async def _running(folder: Path, server: Server, history: int, incidents: int) -> AsyncIterator[_RunningDesk]:
    url = f"sqlite:///{folder}/bench.db"
    engine = open_engine(url)
    upgrade(engine, _MIGRATIONS)
    database = SqlDatabase(engine)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.stop)
        await database.write(lambda connection: _remember(connection, history))
        desk = _RunningDesk(database, server, incidents)
        await desk.open()
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        working = [tasks.create_task(desk.engine.run()), tasks.create_task(desk.courier.run())]
        await desk.taken({_number(0)})
        yield desk
        for task in working:
            task.cancel()


def _remember(connection: Connection, history: int) -> None:
    """Write messages of the last thirty days that were delivered, each with two lines of its log."""
    now, way = SystemClock().now(), Way(medium=Medium.SMS, address="+352600002")
    message = Message(id="", to=way.address, short="CP1 is offline since 08:00, Site 1. Answer 1a to take it.")
    rows: list[dict[str, object]] = []
    lines: list[dict[str, object]] = []
    for number in range(history):
        name, at = f"old{number}", now - timedelta(days=30) * (number + 1) / history
        one = Delivery(
            id=name, notification=name, alert=-number, person="before", way=way, message=message, created_at=at, next_at=at
        )  # fmt: skip
        rows.append(delivery_row(replace(one, stand=Stand.DELIVERED, attempts=1, reference=f"SM{number:032x}")))
        lines += ({"delivery_id": name, "at": at, "what": what, "stand": what, "why": ""} for what in ("sent", "delivered"))
    if rows:
        connection.execute(insert(DELIVERY), rows)
        connection.execute(insert(ATTEMPT), lines)


# ---------------------------------------------------------------------------------------------------------- grouping


def _grouping_s() -> float:
    """Return the seconds in which so many breaches, one after the other, become one alert of their region and its page."""
    rules = '[[contact]]\nname = "anna"\nsms = "+352621000001"\n'
    rules += '[[policy]]\nname = "p"\nsteps = [ { notify = "contact:anna", by = ["sms"] } ]\n'
    rules += '[[rule]]\nname = "region"\non = "breach"\ngroup_by = ["region"]\nseverity = "page"\n'
    start = SystemClock().now()
    desk = Desk(read_rulebook(rules, today=start.date()), Network(GROUPED))
    records = [EventRecord(seq=n, station=StationId(n), event=_breach(start)) for n in range(1, GROUPED + 1)]
    begun = time.perf_counter()
    told = list(
        itertools.chain.from_iterable(
            decide(desk, (record,), start + timedelta(milliseconds=2 * record.seq)).notifications for record in records
        )
    )
    taken = time.perf_counter() - begun
    if len(desk.alerts) != 1 or len(told) != 1:
        message = f"{len(desk.alerts)} alerts, {len(told)} pages of one region"
        raise BenchError(message)
    return taken
