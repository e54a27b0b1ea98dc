"""The console put together: the only place of the package that names its adapters."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import structlog
from aiohttp import web

from hotline.core.logins import Throttle
from hotline.desk import CallDesk
from hotline.readmodel.nearby import Neighbourhood
from hotline.readmodel.stations import StationBook
from hotline.storage.accounts import StoredAccounts
from hotline.storage.calls import StoredCalls
from hotline.storage.links import StoredLinks
from hotline.storage.tickets import StoredTickets
from hotline.storage.trail import StoredTrail
from hotline.telephony.webhooks import Telephony
from hotline.web.context import CONTEXT, Context
from hotline.web.guards import admit, guard_forms, identify, look_at_desk
from hotline.web.handing import stand_down
from hotline.web.headers import secure
from hotline.web.languages import Languages
from hotline.web.pages import Pages
from hotline.web.passwords import Passwords
from hotline.web.problems import explain, explain_publicly
from hotline.web.routes import add_public_routes, add_routes
from hotline.web.static import Assets
from hotline.web.stream import Streams
from monitor.runtime.hangups import let_go
from monitor.runtime.journal import TransientStoreError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from alerts.commands import AlertCommands
    from hotline.settings import ConsoleSettings, HotlineSettings, PublicSettings
    from hotline.web.context import Cards
    from monitor.commands.station_commands import StationCommands
    from monitor.core.clock import Clock
    from monitor.registry.attempts import Attempts
    from monitor.registry.directory import Directory
    from monitor.registry.enrolment import Enrolment
    from monitor.runtime.ports import Database, EventBus, HealthView, History, IncidentView, Ingest
    from monitor.runtime.trace import Contacts

log = structlog.get_logger("hotline")

TIDY_S: Final = 3600.0
LARGEST_BODY: Final = 64 * 1024
"""Bytes of a request's body; no form of the console is longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleDependencies:
    """What the console needs from the house. `demo` says that thresholds are shortened, which every page tells."""

    directory: Directory
    view: HealthView
    incidents: IncidentView
    ingest: Ingest
    history: History
    bus: EventBus
    contacts: Contacts
    attempts: Attempts
    enrolment: Enrolment
    commands: StationCommands
    database: Database
    clock: Clock
    console: ConsoleSettings
    public: PublicSettings
    hotline: HotlineSettings
    alerts: AlertCommands | None = None
    telephony: Sequence[web.RouteDef] = ()
    """What a telephone provider asks of the public listener because of alerts."""
    twilio: tuple[str, ...] = ()
    """The tokens with which Twilio signs."""
    cards: Cards | None = None
    """Our list of cards; absent: we keep none."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """Calls by what came of them; counted here."""
    demo: bool = False
    passwords: Passwords | None = None
    """Absent: Argon2id with the library's parameters."""


def create_applications(deps: ConsoleDependencies) -> tuple[web.Application, web.Application]:
    """Return the console and what is public, over the same data."""
    languages, assets, public_assets = Languages(), Assets(), Assets("/assets")
    context = Context(
        alerts=deps.alerts,
        accounts=StoredAccounts(deps.database),
        attempts=deps.attempts,
        book=StationBook(deps.directory, deps.view),
        cards=deps.cards,
        clock=deps.clock,
        commands=deps.commands,
        console=deps.console,
        contacts=deps.contacts,
        demo=deps.demo,
        desk=desk_of(deps.database, deps.clock, deps.outcomes),
        directory=deps.directory,
        enrolment=deps.enrolment,
        history=deps.history,
        hotline=deps.hotline,
        incidents=deps.incidents,
        ingest=deps.ingest,
        languages=languages,
        links=StoredLinks(deps.database),
        neighbourhood=Neighbourhood(deps.directory, deps.view),
        pages=Pages(languages, assets),
        passwords=deps.passwords or Passwords(),
        public=deps.public,
        started=deps.clock.now(),
        streams=Streams(),
        throttle=Throttle(),
        view=deps.view,
    )
    context.desk.stirred.append(context.streams.stir)
    public = replace(context, console=deps.public, pages=Pages(languages, public_assets))
    telephony = Telephony(tokens=deps.twilio, base=deps.public.base_url, telephone=deps.hotline.telephone)
    return _console(context, assets, deps.bus), _public(public, public_assets, [*deps.telephony, *telephony.routes()])


def desk_of(database: Database, clock: Clock, outcomes: Counter[str] | None = None) -> CallDesk:
    """Return the desk over `database`; it counts into `outcomes`."""
    tally = Counter() if outcomes is None else outcomes
    return CallDesk(
        outcomes=tally, calls=StoredCalls(database), tickets=StoredTickets(database), trail=StoredTrail(database), clock=clock
    )


def _console(context: Context, assets: Assets, bus: EventBus) -> web.Application:
    """Return the console; it follows the bus from its start-up on and ends its streams on shutdown."""
    app = web.Application(middlewares=[explain, let_go, identify, admit, guard_forms, look_at_desk], client_max_size=LARGEST_BODY)
    app[CONTEXT] = context

    async def follow_bus(_app: web.Application) -> AsyncIterator[None]:
        leave = context.streams.attach(bus)
        yield
        leave()

    async def forget(_app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(tidying(context.desk, context.hotline, context.alerts))
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def end_streams(_app: web.Application) -> None:
        context.streams.close()

    app.cleanup_ctx.append(follow_bus)
    app.cleanup_ctx.append(forget)
    app.on_shutdown.append(end_streams)
    app.on_response_prepare.append(secure)
    add_routes(app.router, assets)
    return app


async def tidying(desk: CallDesk, settings: HotlineSettings, alerts: AlertCommands | None = None, pause_s: float = TIDY_S) -> None:
    """Once and again, until cancelled, forget who called and what was noted so long ago, and end requests of done tickets."""
    while True:
        try:
            if alerts is not None:
                await stand_down(alerts, desk)
            changed = await desk.tidy(callers_days=settings.forget_callers_days, notes_days=settings.forget_notes_days)
        except TransientStoreError as error:
            log.warning("what is to be forgotten of calls could not be, it is tried again", error=str(error))
        else:
            if changed:
                log.info("calls were ended or forgotten", calls=changed)
        await asyncio.sleep(pause_s)


def _public(context: Context, assets: Assets, telephony: Sequence[web.RouteDef]) -> web.Application:
    """Return what is reached from the Internet: nobody is logged in, and only a telephone provider sends something."""
    app = web.Application(middlewares=[explain_publicly, let_go], client_max_size=LARGEST_BODY)
    app[CONTEXT] = context
    app.on_response_prepare.append(secure)
    add_public_routes(app.router, assets)
    app.router.add_routes(telephony)
    return app
