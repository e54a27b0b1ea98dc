"""Monitor as a running whole: the one place that names its adapters and ties them together.

`open_monitor` reads what is stored and grants the amnesty of a restart; `Monitor.run` serves until it is cancelled and leaves
nothing uncommitted behind.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog
from aiohttp import web
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from monitor.accounting import make_radius
from monitor.certificates import Certificates
from monitor.collectors.ocppj.door import Field
from monitor.collectors.ocppj.listener import FieldListener
from monitor.collectors.ocppj.session import Frames
from monitor.collectors.ocpps.listener import SoapDesk, SoapField, SoapListener
from monitor.collectors.ocpps.wire import Envelopes
from monitor.collectors.radius.sims import Sims
from monitor.commanding import Commanding
from monitor.core.ids import CANARY, Sticker
from monitor.core.ledger import believe, measured
from monitor.decode.dialects import DIALECTS
from monitor.decode.soap_versions import SOAP_VERSIONS
from monitor.desk.counter import HouseCounter
from monitor.desk.doorbook import Doorbook
from monitor.desk.schemas import Schemas
from monitor.desk.session import Desk, Wire
from monitor.listening import listen
from monitor.mirroring import Mirroring
from monitor.ops import ops_pages
from monitor.policies import Policies
from monitor.probing import make_prober
from monitor.registry.attempts import Attempts
from monitor.registry.cards import Authorizer
from monitor.registry.columns import read_row
from monitor.registry.credentials import proof_of
from monitor.registry.directory import Directory
from monitor.registry.follower import Follower
from monitor.registry.knocks import KnockKeeper
from monitor.runtime.bus_memory import MemoryBus
from monitor.runtime.engine import Engine
from monitor.runtime.intake import Intake
from monitor.runtime.journal import Journal, TransientStoreError
from monitor.runtime.relay import Relay
from monitor.runtime.sweeper import Sweeper
from monitor.storage.columns import from_micros, to_micros
from monitor.storage.judgements import SqlJudgementStore
from monitor.storage.knocks import SqlKnocks
from monitor.storage.marks import read_mark, write_mark
from monitor.storage.registry import SqlRegistry
from monitor.storage.transactions import TransactionNumbers
from monitor.waking import TwilioWaker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from prometheus_client.registry import Collector
    from sqlalchemy import Connection

    from monitor.core.clock import Clock
    from monitor.core.ids import Identity, StationId
    from monitor.core.registry import Bearer, Station
    from monitor.decode.dialect import Dialect
    from monitor.desk.admission import Network
    from monitor.registry.columns import Row
    from monitor.registry.imports import Imported
    from monitor.runtime.ports import Database
    from monitor.runtime.trace import Contact
    from monitor.settings import MonitorSettings

log = structlog.get_logger("monitor")

ALIVE: Final = "alive"
"""Mark under which the service keeps the last instant at which it lived."""
_REFRESH_S: Final = 10
"""Certificates are looked at so often for whether their files have changed."""
COMMIT_STALL_S: Final = 30.0
"""A store that fails for so long makes the service unready."""


class Monitor:
    """The running monitor. Readers use `directory`, `engine` (as `HealthView`), `history` and `bus`."""

    def __init__(self, settings: MonitorSettings, database: Database, clock: Clock, version: str) -> None:
        """Tie everything together; `open` must follow.

        Raises:
            ConfigurationError: when the certificate of a listener cannot be used.
        """
        self._settings = settings
        self._database = database
        self._clock = clock
        self._version = version
        self.directory = Directory()
        self.registry = SqlRegistry(database)
        self.history = SqlJudgementStore(database)
        self.bus = MemoryBus()
        self.intake = Intake()
        self.attempts = Attempts()
        self.doorbook = Doorbook(clock, self.attempts)
        self._knocks = KnockKeeper(self.attempts, SqlKnocks(database))
        self.policies = Policies(settings, self.directory)
        self.relay = Relay(self.history, self.bus)
        self.journal = Journal(self.history, clock, self.relay.pass_on)
        self.engine = Engine(clock, self.intake, self.journal, self.policies.of, self.policies.places)
        self.prober = make_prober(settings.probes, clock, self.directory, self.engine, self.intake)
        self.sweeper = Sweeper(clock, self.engine, self._keep_alive)
        self.authorizer = Authorizer(settings.field.authorize, clock)
        self._numbers = TransactionNumbers(database)
        self.messages: Counter[tuple[str, str]] = Counter()
        sims = Sims(self.directory, self.engine)
        self.bus.subscribe("sims", sims.booted)
        self.radius = make_radius(settings.radius, clock, sims, self.intake, database)
        self.listener: FieldListener
        self.commanding: Commanding
        self.mirroring: Mirroring
        self.soap: SoapListener
        self.follower: Follower
        self.exposed: list[Collector] = []  # of other packages, shown at /metrics too; to be filled before `run`
        self._ops: web.AppRunner | None = None
        self.certificates = Certificates(settings.field.tls, clock)
        self.field_port = 0
        self.tls_ports: list[int] = []
        self.radius_port = 0
        self.ops_port = 0
        self._ready = False

    # ------------------------------------------------------------------------------------------------ start

    async def open(self) -> None:
        """Read what is stored, and forgive everybody the time in which we were away."""
        seen = await self.registry.last_change()
        for station in await self.registry.stations():
            self.directory.put(station)
        known = {station.id for station in self.directory}
        states = {one: state for one, state in (await self.history.states()).items() if one in known or one == CANARY}
        self.engine.load(states, await self.history.ledger())
        believe(self.engine.fleet.groups, await self.history.chances())
        await self._numbers.reserve()
        await self._knocks.load()
        self.authorizer.cards = await self.registry.cards()
        now = self._clock.now()
        alive = await self._database.read(lambda connection: read_mark(connection, ALIVE))
        self.engine.amnesty(now if alive is None else min(from_micros(alive), now), now)
        self.engine.watch(known)
        self.follower = Follower(
            reader=self.registry,
            directory=self.directory,
            authorizer=self.authorizer,
            judge=self.engine,
            clock=self._clock,
            changed=self._registry_changed,
        )
        self.follower.seen = seen
        await self.follower.plan()
        await self._make_collectors(HouseCounter(self.authorizer, self._numbers.take))

    async def _make_collectors(self, counter: HouseCounter) -> None:
        self.soap = SoapListener(self._soap(counter))
        self.commanding = Commanding(
            settings=self._settings.field,
            clock=self._clock,
            database=self._database,
            directory=self.directory,
            engine=self.engine,
            intake=self.intake,
            authorizer=self.authorizer,
            waker=TwilioWaker(self._settings.twilio) if self._settings.twilio.from_ else None,
            spoken=self.soap.protocol,
        )
        self.listener = FieldListener(await self._field(counter), [*self.soap.routes(), *self.commanding.uploads.routes()])
        self.commanding.listen(self.listener, self.bus)
        self.mirroring = Mirroring(
            settings=self._settings.ingest,
            clock=self._clock,
            database=self._database,
            directory=self.directory,
            engine=self.engine,
            intake=self.intake,
            desks=self.listener.desks,
        )

    def _desk(self, dialect: Dialect, wire: Wire, counter: HouseCounter) -> Desk:
        schemas = Schemas(dialect)
        return Desk(dialect=dialect, schemas=schemas, wire=wire, counter=counter, messages=self.messages, view=self.engine)

    def _soap(self, counter: HouseCounter) -> SoapField:
        field = self._settings.field
        desks = {
            version.from_station: SoapDesk(
                self._desk(version.dialect, Envelopes(version), counter),
                version.codec,
            )
            for version in SOAP_VERSIONS
        }
        return SoapField(
            clock=self._clock,
            directory=self.directory,
            view=self.engine,
            intake=self.intake,
            desks=desks,
            networks=_networks(field.allowed_networks),
            book=self.doorbook,
            heartbeat_s=field.heartbeat_s,
            admit=self._admit if field.unknown_stations == "admit" else None,
        )

    async def _field(self, counter: HouseCounter) -> Field:
        field = self._settings.field
        desks = {dialect.subprotocol: self._desk(dialect, Frames(), counter) for dialect in DIALECTS}
        return Field(
            clock=self._clock,
            directory=self.directory,
            view=self.engine,
            intake=self.intake,
            desks=desks,
            pepper=await self.registry.pepper(),
            networks=_networks(field.allowed_networks),
            book=self.doorbook,
            heartbeat_s=field.heartbeat_s,
            ping_s=field.ping_s,
            default_subprotocol=field.default_subprotocol,
            upstream=self._settings.tap.upstream,
            admit=self._admit if field.unknown_stations == "admit" else None,
        )

    def _registry_changed(self, before: Station | None, after: Station) -> None:
        self.policies.forget(after.id)
        self.engine.fleet.place(after.id, self.engine.health(after.id))
        self.attempts.forget(after.identity)
        self.soap.drop(after.id)
        if not after.admitted or (before is not None and proof_of(before) != proof_of(after)):
            self.listener.links.drop(after.id)

    async def _admit(self, identity: Identity) -> Station | None:
        """Laboratory: make a station of an unknown identity; never touch one whose sticker it happens to be."""
        if self.directory.by_sticker(Sticker(identity)) is not None:
            return None
        row, wrong = read_row(0, {"sticker": identity, "identity": identity, "bearer": "lan"})
        if row is None:
            message = f"identity {identity!r} cannot be admitted: {'; '.join(wrong)}"
            raise web.HTTPBadRequest(text=message)
        await self.enrol(row)
        return self.directory.by_identity(identity)

    async def enrol(self, row: Row) -> Imported:
        """Take a station in and know it at once (`monitor.registry.enrolment.Enrolment`)."""
        done = await self.registry.apply([row], self._clock.now())
        await self.follower.follow()
        return done

    # ------------------------------------------------------------------------------------------------ running

    async def run(self, started: Callable[[], None] | None = None) -> None:
        """Serve until cancelled; `started` is called once everything listens.

        Raises:
            ListenError: when an address cannot be used.
        """
        scheduler = self._housekeeping()
        try:
            async with asyncio.TaskGroup() as tasks:
                background = [
                    tasks.create_task(work)
                    for work in (
                        self.bus.run(),
                        self.journal.run(),
                        self.relay.run(),
                        self.engine.run(),
                        self.sweeper.run(),
                        self.sweeper.keep(),
                        self.follower.run(),
                        self._knocks.run(),
                        self.commanding.run(),
                        self.radius.run(),
                        self.mirroring.run(),
                    )
                ]
                try:
                    await self.relay.catch_up()
                    await self._listen()
                    background.append(tasks.create_task(self.listener.links.ping()))
                    if self._settings.probes.enabled:
                        background += [tasks.create_task(self.prober.run()), tasks.create_task(self.commanding.inquirer.run())]
                    scheduler.start()
                    self._ready = True
                    if started is not None:
                        started()
                    await asyncio.Event().wait()
                finally:
                    self._ready = False
                    await self._leave()
                    for task in background:
                        task.cancel()
        finally:
            if scheduler.running:
                scheduler.shutdown(wait=False)

    async def _listen(self) -> None:
        settings, field = self._settings, self._settings.field
        self.ops_port = await listen("ops.listen", settings.ops.listen, self._serve_ops)
        self.field_port = await listen("field.listen", field.listen, self.listener.start)
        for number, (one, context) in enumerate(zip(field.tls, self.certificates.contexts, strict=True)):
            start = partial(self.listener.start, tls=context, fence=_networks(one.allowed_networks))
            self.tls_ports.append(await listen(f"field.tls[{number}].listen", one.listen, start))
        self.certificates.warn()
        if settings.radius.client:
            self.radius_port = await listen("radius.listen", settings.radius.listen, self.radius.listen)

    async def _serve_ops(self, host: str, port: int) -> int:
        pages = ops_pages(self, self._clock, self._version)
        self._ops = web.AppRunner(pages.application(), access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await self._ops.setup()
        await web.TCPSite(self._ops, host, port).start()
        return int(self._ops.addresses[0][1])

    def contact(self, station: StationId, *, framed: bool = True) -> Contact:
        """Return what is known of that station's line (`monitor.runtime.trace.Contacts`)."""
        return self.listener.contact(station, framed=framed)

    def settle_of(self, bearer: Bearer) -> float:
        """Return after how many seconds a cleared breach of a bearer has settled."""
        return self._settings.health.of_bearer(bearer).settle_s

    def unready(self) -> str | None:
        """Say why nothing should be sent to us, ``None`` when all is well."""
        if not self._ready:
            return "starting or stopping"
        failing = self.journal.failing_since
        if failing is not None and self._clock.monotonic() - failing > COMMIT_STALL_S:
            return "the database does not take what is to be stored"
        return None

    async def _leave(self) -> None:
        """Say good-bye to the stations and store what is known."""
        self.radius.close()
        await self.listener.stop()
        await self.commanding.soap.close()
        if self._ops is not None:
            await self._ops.cleanup()
        self.engine.keep_liveness()
        try:
            async with asyncio.timeout(5.0):
                await self.journal.flushed()
                await self._keep_alive(self._clock.now())
                await self._knocks.keep()
                await self._keep_chances()
        except (TimeoutError, TransientStoreError):
            log.warning("left with judgements that could not be stored", events=len(self.journal))

    async def _keep_alive(self, now: datetime) -> None:
        def work(connection: Connection) -> None:
            write_mark(connection, ALIVE, to_micros(now))

        await self._database.write(work)

    def _housekeeping(self) -> AsyncIOScheduler:
        scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 3600}
        )
        scheduler.add_job(self._keep_chances, "interval", hours=1, id="chances")
        scheduler.add_job(self.certificates.refresh, "interval", seconds=_REFRESH_S, id="certificates")
        scheduler.add_job(self.certificates.warn, "cron", hour=7, minute=10, id="certificates end")
        scheduler.add_job(self._purge, "cron", hour=2, minute=40, id="retention")
        return scheduler

    async def _keep_chances(self) -> None:
        await self.history.keep_chances(measured(self.engine.fleet.groups))

    async def _purge(self) -> None:
        before = self._clock.now() - timedelta(days=self._settings.storage.retention_days)
        await self.mirroring.purge()
        gone, commands = await self.history.purge(before), await self.commanding.purge(before)
        log.info("old events deleted", events=gone, commands=commands, before=before.isoformat())


def _networks(names: Sequence[str]) -> list[Network]:
    return [ipaddress.ip_network(name) for name in names]
