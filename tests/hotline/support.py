"""Doubles of the ports that the console reads, a real SQLite file under the real migration, and stations to look at."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Self, TypeVar

from aiohttp import ClientSession, CookieJar, TCPConnector
from aiohttp.test_utils import TestServer
from alembic import command
from alembic.config import Config
from argon2 import PasswordHasher
from msgspec.structs import replace
from sqlalchemy import create_engine, event

from hotline.cli import create_token
from hotline.core.roles import Role
from hotline.service import ConsoleDependencies, create_applications
from hotline.settings import ConsoleSettings, HotlineSettings, PublicSettings
from hotline.storage.accounts import StoredAccounts
from hotline.web.passwords import Passwords
from monitor.core.events import Event, EventRecord, State
from monitor.core.health_state import UNHEARD, HealthState
from monitor.core.ids import Identity, StationId, Sticker
from monitor.core.registry import Bearer, Contact, Sim, Station
from monitor.registry.attempts import Attempts
from monitor.registry.columns import new_station
from monitor.registry.directory import Directory
from monitor.registry.imports import Clash, Imported
from monitor.runtime.journal import TransientStoreError
from monitor.runtime.ports import Taken
from monitor.runtime.trace import Contact as Line
from tests.support.commands import ScriptedWire, commands_over

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from aiohttp import ClientResponse, web
    from sqlalchemy import Connection

    from alerts.commands import AlertCommands
    from monitor.core.ledger import OpenIncident
    from monitor.registry.columns import Row
    from monitor.runtime.ports import EventHandler

T = TypeVar("T")

NOW = datetime(2026, 11, 22, 7, 40, 12, tzinfo=UTC)
"""08:40:12 in Luxembourg."""
NAME, PASSWORD = "anna", "correct horse battery"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class SettableClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime = NOW) -> None:
        """Start empty."""
        self.at = at
        self._started = at

    def now(self) -> datetime:
        """Return where it stands."""
        return self.at

    def monotonic(self) -> float:
        """Return seconds since it was made."""
        return (self.at - self._started).total_seconds()

    def advance(self, **length: float) -> None:
        """Move it on."""
        self.at += timedelta(**length)


class SqliteDatabase:
    """The `Database` port over a file: one writer at a time, every piece of work in a thread."""

    def __init__(self, path: Path) -> None:
        """Start empty."""
        self.engine = create_engine(f"sqlite:///{path}")
        event.listen(self.engine, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys=ON"))
        self._writer = asyncio.Lock()
        self.busy = self.busy_reads = False

    async def write(self, work: Callable[[Any], T]) -> T:
        """Run `work` in a transaction."""
        if self.busy:
            raise TransientStoreError("database is locked")
        async with self._writer:
            return await asyncio.to_thread(self._begun, work)

    async def read(self, work: Callable[[Any], T]) -> T:
        """Run `work` on a connection."""
        if self.busy_reads:
            raise TransientStoreError("database is locked")
        return await asyncio.to_thread(self._connected, work)

    def _begun(self, work: Callable[[Connection], T]) -> T:
        with self.engine.begin() as connection:
            return work(connection)

    def _connected(self, work: Callable[[Connection], T]) -> T:
        with self.engine.connect() as connection:
            return work(connection)

    def migrate(self) -> None:
        """Bring the file to the newest version."""
        self._begun(lambda connection: command.upgrade(migration_config(connection), "head"))


def migration_config(connection: Connection) -> Config:
    """Return the configuration that the front door makes."""
    config = Config()
    config.set_main_option("script_location", str(files("hotline.storage") / "migrations"))
    config.attributes["connection"] = connection
    return config


class FixedView:
    """The `HealthView` port over a dictionary."""

    def __init__(self) -> None:
        """Start empty."""
        self.states: dict[StationId, HealthState] = {}

    def health(self, station: StationId) -> HealthState:
        """Return what was put in."""
        return self.states.get(station, UNHEARD)


class FixedIncidents:
    """The `IncidentView` port over a list."""

    def __init__(self) -> None:
        """Start empty."""
        self.open: list[OpenIncident] = []

    def incidents(self) -> tuple[OpenIncident, ...]:
        """Return what was put in."""
        return tuple(self.open)


class FixedContacts:
    """The `Contacts` port over a dictionary."""

    def __init__(self) -> None:
        """Start empty."""
        self.lines: dict[StationId, Line] = {}

    def contact(self, station: StationId, *, framed: bool = True) -> Line:
        """Return what was put in."""
        line = self.lines.get(station, Line())
        return line if framed else replace(line, frames=())


class NotedEnrolment:
    """The `Enrolment` port that puts the station into the directory, unless it is told to clash."""

    def __init__(self, directory: Directory) -> None:
        """Start with `directory`."""
        self.directory = directory
        self.rows: list[Row] = []
        self.clash = ""

    async def enrol(self, row: Row) -> Imported:
        """Take the station in."""
        if self.clash:
            return Imported(clashes=(Clash(line=1, why=self.clash),))
        self.rows.append(row)
        values = new_station(row)
        self.directory.put(
            Station(
                id=StationId(10_000 + len(self.rows)),
                sticker=values["sticker"],
                identity=values["identity"],
                bearer=Bearer(values["bearer"]),
                site=values.get("site", ""),
                provisional=values.get("provisional", False),
            )
        )
        return Imported(added=1)


class NotedLines:
    """The `Ingest` port that notes what it gets."""

    def __init__(self) -> None:
        """Start empty."""
        self.bodies: list[bytes] = []
        self.away = False

    async def take(self, body: bytes) -> Taken:
        """Take every line."""
        if self.away:
            raise TransientStoreError("away")
        self.bodies.append(body)
        return Taken(taken=len(body.splitlines()), bad=[(7, "because")])


class RecordedHistory:
    """The `History` port over a list."""

    def __init__(self) -> None:
        """Start empty."""
        self.records: list[EventRecord] = []
        self.before: dict[StationId, State] = {}

    def add(self, station: StationId, *events: Event) -> list[EventRecord]:
        """Append `events` of one station."""
        added = [EventRecord(seq=len(self.records) + 1 + n, station=station, event=one) for n, one in enumerate(events)]
        self.records += added
        return added

    async def events(self, station: StationId, *, since: datetime, limit: int = 500) -> list[EventRecord]:
        """Return what was added."""
        own = [record for record in self.records if record.station == station and record.event.at >= since]
        return own[-limit:]

    async def state_before(self, station: StationId, instant: datetime) -> str | None:
        """Return what was put in."""
        del instant
        return self.before.get(station)


class DirectBus:
    """The `EventBus` port that delivers at once."""

    def __init__(self) -> None:
        """Start empty."""
        self.handlers: dict[str, EventHandler] = {}

    def subscribe(self, name: str, handler: EventHandler) -> Callable[[], None]:
        """Add `handler`."""
        self.handlers[name] = handler
        return lambda: self.handlers.pop(name, None) and None

    async def publish(self, records: Sequence[EventRecord]) -> None:
        """Hand `records` to every handler."""
        for handler in list(self.handlers.values()):
            await handler(records)


def station(number: int, sticker: str = "", **facts: Any) -> Station:
    """Return a station with a few plausible facts."""
    sticker = sticker or f"CP{number:04}"
    plausible: dict[str, Any] = {
        "bearer": Bearer.GPRS,
        "protocol": "ocpp1.6",
        "site": "Parking Brill",
        "address": "Place de la Résistance, L-4041 Esch-sur-Alzette",
        "owner": Contact(name="Ville d'Esch", phone="+352 2754 1", email="bornes@example.lu"),
        "maintainer": Contact(name="Elektro Muller", phone="+352 621 000 001"),
        "vendor": "ABL",
        "model": "eMH3",
        "serial": f"SN-{number}",
        "connectors": 2,
        "sim": Sim(apn="bornes.lu", iccid="8935201000000000001", msisdn="+352 661 000 001", operator="Post"),
    }
    return Station(
        id=StationId(number), sticker=Sticker(sticker), identity=Identity(f"{sticker}x".replace(" ", "_")), **(plausible | facts)
    )


@dataclass
class House:
    """Everything around a console, and the console itself on a loopback port."""

    database: SqliteDatabase
    directory: Directory = field(default_factory=Directory)
    view: FixedView = field(default_factory=FixedView)
    history: RecordedHistory = field(default_factory=RecordedHistory)
    bus: DirectBus = field(default_factory=DirectBus)
    contacts: FixedContacts = field(default_factory=FixedContacts)
    incidents: FixedIncidents = field(default_factory=FixedIncidents)
    attempts: Attempts = field(default_factory=Attempts)
    clock: SettableClock = field(default_factory=SettableClock)
    console: ConsoleSettings = field(default_factory=ConsoleSettings)
    public: PublicSettings = field(default_factory=PublicSettings)
    hotline: HotlineSettings = field(default_factory=lambda: HotlineSettings(phone="8006 2020"))
    alerts: AlertCommands | None = None
    demo: bool = False
    twilio: tuple[str, ...] = ()
    cards: Any = None
    outcomes: Counter[str] = field(default_factory=Counter)
    server: TestServer | None = None
    public_server: TestServer | None = None
    sessions: list[ClientSession] = field(default_factory=list)

    def put(self, found: Station, health: HealthState = UNHEARD) -> Station:
        """Register a station with its health."""
        self.directory.put(found)
        self.view.states[found.id] = health
        return found

    def __post_init__(self) -> None:
        """Take stations in into the directory."""
        self.enrolment = NotedEnrolment(self.directory)
        self.ingest = NotedLines()
        self.wire = ScriptedWire()
        self.commands = commands_over(self.clock, self.view, wire=self.wire)

    def apps(self) -> tuple[web.Application, web.Application]:
        """Make the console and what is public."""
        return create_applications(
            ConsoleDependencies(
                directory=self.directory,
                view=self.view,
                incidents=self.incidents,
                history=self.history,
                bus=self.bus,
                contacts=self.contacts,
                attempts=self.attempts,
                enrolment=self.enrolment,
                commands=self.commands,
                ingest=self.ingest,
                database=self.database,
                clock=self.clock,
                console=self.console,
                public=self.public,
                hotline=self.hotline,
                alerts=self.alerts,
                demo=self.demo,
                outcomes=self.outcomes,
                twilio=self.twilio,
                cards=self.cards,
                passwords=Passwords(QUICK),
            )
        )

    async def open(self) -> Self:
        """Serve both listeners on free ports."""
        console, public = self.apps()
        self.server, self.public_server = TestServer(console), TestServer(public)
        await self.server.start_server()
        await self.public_server.start_server()
        return self

    def stranger(self) -> Browser:
        """Return a client of the public listener."""
        session = ClientSession(connector=TCPConnector(limit=0))
        self.sessions.append(session)
        assert self.public_server is not None
        return Browser(session, str(self.public_server.make_url("")).rstrip("/"))

    async def add_anna(self, role: Role = Role.AGENT) -> None:
        """Add the user of most tests."""
        await StoredAccounts(self.database).add_account(NAME, role, QUICK.hash(PASSWORD), self.clock.now())

    async def visitor(self, role: Role) -> Browser:
        """Serve, and return the browser of somebody who has logged in with that role."""
        await self.open()
        await StoredAccounts(self.database).add_account(f"a-{role}", role, QUICK.hash(PASSWORD), self.clock.now())
        browser = self.browser()
        await browser.sign_in(f"a-{role}")
        return browser

    async def token(self) -> str:
        """Create a bearer token."""
        return await create_token(self.database, self.clock, "grafana", "agent")

    def browser(self) -> Browser:
        """Return a client with cookies of its own."""
        session = ClientSession(cookie_jar=CookieJar(unsafe=True), connector=TCPConnector(limit=0))
        self.sessions.append(session)
        assert self.server is not None
        return Browser(session, str(self.server.make_url("")).rstrip("/"))

    async def close(self) -> None:
        """Close everything."""
        for session in self.sessions:
            await session.close()
        for server in (self.server, self.public_server):
            if server is not None:
                await server.close()
        self.database.engine.dispose()


def hidden(page: str, name: str) -> str:
    """Return the value of the first hidden field called `name`."""
    return page.split(f'name="{name}" value="', 1)[1].split('"', 1)[0]


class Browser:
    """A client that keeps cookies, says where its requests come from and never follows a redirect unasked."""

    def __init__(self, session: ClientSession, base: str) -> None:
        """Start empty."""
        self.session = session
        self.base = base

    async def get(self, path: str, **options: Any) -> ClientResponse:
        """Send GET."""
        return await self.session.get(self.base + path, allow_redirects=False, **options)

    async def page(self, path: str, **options: Any) -> str:
        """Return the text of a page that must be there."""
        response = await self.get(path, **options)
        assert response.status == 200, (path, response.status)
        return await response.text()

    async def post(self, path: str, form: dict[str, str], headers: dict[str, str] | None = None) -> ClientResponse:
        """Send a form, as our own page does unless `headers` say otherwise."""
        own = {"Sec-Fetch-Site": "same-origin"} if headers is None else headers
        return await self.session.post(self.base + path, data=form, headers=own, allow_redirects=False)

    async def sign_in(self, name: str = NAME, password: str = PASSWORD, wanted: str = "") -> ClientResponse:
        """Fill in the login form."""
        page = await (await self.get("/login")).text()
        form = {"form_token": hidden(page, "form_token"), "name": name, "password": password, "next": wanted}
        return await self.post("/login", form)

    def cookie(self, name: str) -> str:
        """Return the value of a cookie."""
        return next((cookie.value for cookie in self.session.cookie_jar if cookie.key == name), "")
