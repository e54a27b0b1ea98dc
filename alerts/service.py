"""The alerts put together: the only place of the package that names its adapters."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog

from alerts.callbacks import Callbacks
from alerts.canary import BOUND_S, Canary, Perch
from alerts.channels.alertmanager import Alertmanager, AlertmanagerServer
from alerts.channels.email import Email, MailServer, Tls
from alerts.channels.ntfy import Ntfy
from alerts.channels.sandbox import Sandbox
from alerts.channels.sms import Sms
from alerts.channels.voice import Voice
from alerts.channels.webhook import Webhook
from alerts.commands import AlertCommands
from alerts.core.canary import with_canary
from alerts.core.delivery import Medium
from alerts.core.desk import Desk
from alerts.core.foresight import foresee, parties, sim_operators, ways
from alerts.courier import Courier
from alerts.engine import Engine
from alerts.errors import MailServerError, RuleBookError
from alerts.paper import RegistryPaper
from alerts.pusher import AlwaysFiring, Pusher
from alerts.rulebook import read_rules
from alerts.storage.archive import SqlArchive
from alerts.storage.desk import SqlDeskStore
from alerts.storage.keeping import SqlKeeper
from alerts.storage.outbox import SqlOutbox
from alerts.twilio_rest import TwilioAccount
from alerts.watchdog import Watchdog, Way
from alerts.wording import ZONE, Phrasebook
from monitor.runtime.journal import TransientStoreError

if TYPE_CHECKING:
    from aiohttp import web

    from alerts.core.delivery import Channel
    from alerts.core.rules import RuleBook
    from alerts.ports import EventLog
    from alerts.settings import AlertmanagerSettings, AlertsSettings, SmtpSettings
    from monitor.core.clock import Clock
    from monitor.core.ids import StationId
    from monitor.registry.directory import Directory
    from monitor.runtime.ports import Database, EventBus, HealthView

log = structlog.get_logger("alerts")

LOOK_S: Final = 1.0
"""How often the file of rules is looked at for a change."""
EMPTIED: Final = (
    "alerts.toml: there is no policy any more, so nobody would be told: write one, or start the service anew to mean it"
)
DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Twilio:
    """The account that sends short messages and calls; `api_base` is another address for a double."""

    account_sid: str
    auth_token: str
    number: str
    api_base: str

    @classmethod
    def of(cls, account_sid: str, auth_token: str, number: str, api_base: str) -> Twilio | None:
        """Return the account, ``None`` without a number to send from."""
        return cls(account_sid=account_sid, auth_token=auth_token, number=number, api_base=api_base) if number else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsDependencies:
    """What the alerts need from the house; without a `perch` no canary flies."""

    alerts: AlertsSettings
    smtp: SmtpSettings
    alertmanager: AlertmanagerSettings
    twilio: Twilio | None
    console_base: str
    public_base: str
    database: Database
    events: EventLog
    bus: EventBus
    directory: Directory
    view: HealthView
    clock: Clock
    perch: Perch | None = None


class Alerts:
    """The running alerts: `open`, then `run`; `commands` is for people, `routes` for Twilio.

    `reloaded` says whether the rules could be used when they were read last, `reloaded_at` when those that hold were read.
    """

    def __init__(self, deps: AlertsDependencies) -> None:
        """Tie everything together.

        Raises:
            RuleBookError: when the rules cannot be used.
            MailServerError: when `[smtp]` cannot.
        """
        self._deps = deps
        clock, database = deps.clock, deps.database
        self.reloaded, self.reloaded_at = True, clock.now()
        self._warned: set[str] = set()
        self._read_as = _state_of(Path(deps.alerts.file))  # before it is read, so that no change after that is missed
        rules = read_rules(deps.alerts, self.reloaded_at.date())
        self.desk = Desk(with_canary(rules), RegistryPaper(deps.directory))
        words = Phrasebook(ZONE, lambda number: f"{deps.console_base}/alerts/{number}")
        store, self.outbox = SqlDeskStore(database), SqlOutbox(database)
        self.keeper = SqlKeeper(database)
        self.engine = Engine(desk=self.desk, store=store, events=deps.events, clock=clock, words=words.words)
        self._webhook, self._ntfy = Webhook(rules.webhooks, clock), Ntfy(rules.ntfy, clock)
        self._token = secrets.token_urlsafe(32)
        self._sandbox = Sandbox(self._webhook, deps.public_base, self._token)
        ways: dict[Medium, Channel] = {Medium.WEBHOOK: self._sandbox, Medium.NTFY: self._ntfy, **_configured(deps)}
        self.courier = Courier(self.outbox, ways, clock)
        self.commands = AlertCommands(self.engine, SqlArchive(database), words, deps.console_base, mail=bool(deps.smtp.host))
        self.canary = None if deps.perch is None or not deps.alerts.canary_s else self._canary(deps.perch)
        missed = str if self.canary is None else self.canary.wrong
        way = Way(engine=self.engine, store=store, outbox=self.outbox, clock=clock, canary=missed)
        url = deps.alerts.watchdog_url.get_secret_value()
        self.watchdog = Watchdog(way, url, deps.alerts.watchdog_s, clock) if url else None
        self.pusher = self._pusher(way, words) if deps.alertmanager.url else None
        self.engine.decided.append(lambda _decision: self.courier.stir())
        signers = (deps.twilio and deps.twilio.auth_token, self.canary and self._token)
        tokens = tuple(one for one in signers if one)
        self._callbacks = self._answers(tokens) if tokens else None

    def _canary(self, perch: Perch) -> Canary:
        canary = Canary(
            perch=perch,
            engine=self.engine,
            keeper=self.keeper,
            clock=self._deps.clock,
            every_s=self._deps.alerts.canary_s,
            bound_s=BOUND_S + self._deps.alerts.group_wait_s,
        )
        self.courier.arrived.append(canary.arrived)
        return canary

    def _answers(self, tokens: tuple[str, ...]) -> Callbacks:
        return Callbacks(
            engine=self.engine,
            courier=self.courier,
            outbox=self.outbox,
            public_base=self._deps.public_base,
            tokens=tokens,
        )

    def _pusher(self, way: Way, words: Phrasebook) -> Pusher:
        server = Alertmanager(AlertmanagerServer(url=self._deps.alertmanager.url), self._deps.clock)
        firing = AlwaysFiring(wrong=way.wrong, page=f"{self._deps.console_base}/alerts")
        return Pusher(self.engine, server, self._deps.clock, words, firing)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the public listener."""
        return [] if self._callbacks is None else self._callbacks.routes()

    async def open(self) -> None:
        """Take up where the last decision left off; nothing is sent yet."""
        for station in self._deps.directory:
            self._note_plan(station.id)
        self._warn(self.desk.rules)
        await self.engine.open()

    def _warn(self, rules: RuleBook) -> None:
        """Say what will go wrong with `rules` one day, each once."""
        configured = ways(smtp=bool(self._deps.smtp.host), twilio=self._deps.twilio is not None)
        for one in foresee(rules, configured, sim_operators(self._deps.directory), parties(self._deps.directory)):
            if one not in self._warned:
                log.warning(one)
                self._warned.add(one)

    def _note_plan(self, station: StationId) -> None:
        until = self._deps.view.health(station).maintenance_until
        if until is not None:
            self.desk.planned[station] = until

    async def run(self, public: tuple[str, int]) -> None:
        """Decide and deliver, until cancelled; `public` is the address of the public listener, as configured, and its port."""
        self._sandbox.listens(*public)
        leave = self._deps.bus.subscribe("alerts", self.engine.woken)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.engine.run())
                tasks.create_task(self.courier.run())
                tasks.create_task(self._follow_rules())
                tasks.create_task(self._prune())
                for more in (self.pusher, self.watchdog, self.canary):
                    if more is not None:
                        tasks.create_task(more.run())
        finally:
            leave()

    async def _prune(self) -> None:
        """Delete day by day what nobody will ask for any more."""
        while True:
            before = self._deps.clock.now() - timedelta(days=self._deps.alerts.keep_days)
            try:
                gone = await self.keeper.prune(before)
            except TransientStoreError as error:
                log.warning("old alerts could not be deleted, it is tried again tomorrow", error=str(error))
            except Exception:  # what cannot be deleted must not end what tells people
                log.exception("old alerts cannot be deleted")
            else:
                if gone:
                    log.info("old alerts deleted", rows=gone, before=before.isoformat())
            await asyncio.sleep(DAY_S)

    async def _follow_rules(self) -> None:
        """Go by the rules as they are written now; a file with a mistake is said, and the rules stay as they were.

        Editors empty a file before they write it: one that is still being written is another one at the next look.
        """
        path = Path(self._deps.alerts.file)
        seen = before = self._read_as
        while True:
            await asyncio.sleep(LOOK_S)
            now = await asyncio.to_thread(_state_of, path)
            if now != seen and now == before:
                seen = now
                await self._reload()
            before = now

    async def _reload(self) -> None:
        now = self._deps.clock.now()
        try:
            rules = await asyncio.to_thread(partial(read_rules, self._deps.alerts, now.date()))
            if not rules.policies and len(self.desk.rules.policies) > 1:  # beside the canary's
                raise RuleBookError(EMPTIED)
        except RuleBookError as error:
            self.reloaded = False
            log.warning("the rules have a mistake, those from before hold", error=str(error))
            return
        self._webhook.know(rules.webhooks)
        self._ntfy.know(rules.ntfy)
        await self.engine.go_by(with_canary(rules))
        self._warn(rules)
        self.reloaded, self.reloaded_at = True, now
        log.info("the rules are others", rules=len(rules.rules), routes=len(rules.routes))


def _state_of(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _configured(deps: AlertsDependencies) -> dict[Medium, Channel]:
    """Return the channels that the configuration names; those of `alerts.toml` are beside them."""
    channels: dict[Medium, Channel] = {}
    if deps.smtp.host:
        channels[Medium.EMAIL] = _email(deps.smtp, deps.clock)
    if deps.twilio is not None:
        account = TwilioAccount(
            account_sid=deps.twilio.account_sid,
            auth_token=deps.twilio.auth_token,
            number=deps.twilio.number,
            public_base=deps.public_base,
            api_base=deps.twilio.api_base,
        )
        channels |= {Medium.SMS: Sms(account, deps.clock), Medium.VOICE: Voice(account, deps.clock)}
    return channels


def _email(smtp: SmtpSettings, clock: Clock) -> Email:
    server = MailServer(
        host=smtp.host,
        port=smtp.port,
        sender=smtp.from_,
        user=smtp.user,
        password=smtp.password.get_secret_value(),
        tls=Tls(smtp.tls),
        ca=smtp.ca,
    )
    try:
        return Email(server, clock)
    except (OSError, ValueError) as error:
        why = f"smtp.ca {smtp.ca!r}: {error.strerror or error}" if isinstance(error, OSError) else f"smtp.from: {error}"
        raise MailServerError(why) from None
