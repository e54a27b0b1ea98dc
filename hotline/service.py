"""The console put together: the only place of the package that names its adapters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiohttp import web

from hotline.core.logins import Throttle
from hotline.readmodel.stations import StationBook
from hotline.storage.accounts import StoredAccounts
from hotline.web.context import CONTEXT, Context
from hotline.web.guards import admit, guard_forms, identify
from hotline.web.headers import secure
from hotline.web.languages import Languages
from hotline.web.pages import Pages
from hotline.web.passwords import Passwords
from hotline.web.problems import explain
from hotline.web.routes import add_routes
from hotline.web.static import Assets
from hotline.web.stream import Streams

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hotline.settings import ConsoleSettings, HotlineSettings
    from monitor.core.clock import Clock
    from monitor.registry.directory import Directory
    from monitor.runtime.ports import Database, EventBus, HealthView, History
    from monitor.runtime.trace import Contacts

LARGEST_BODY: Final = 64 * 1024
"""Bytes of a request's body; no form of the console is longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleDependencies:
    """What the console needs from the house. `demo` says that thresholds are shortened, which every page tells."""

    directory: Directory
    view: HealthView
    history: History
    bus: EventBus
    contacts: Contacts
    database: Database
    clock: Clock
    console: ConsoleSettings
    hotline: HotlineSettings
    demo: bool = False
    passwords: Passwords | None = None
    """Absent: Argon2id with the library's parameters."""


def create_console(deps: ConsoleDependencies) -> web.Application:
    """Return the console as an application; it follows the bus from its start-up on and ends its streams on shutdown."""
    languages, assets, streams = Languages(), Assets(), Streams()
    app = web.Application(middlewares=[explain, identify, admit, guard_forms], client_max_size=LARGEST_BODY)
    app[CONTEXT] = Context(
        accounts=StoredAccounts(deps.database),
        book=StationBook(deps.directory, deps.view),
        clock=deps.clock,
        console=deps.console,
        contacts=deps.contacts,
        demo=deps.demo,
        directory=deps.directory,
        history=deps.history,
        hotline=deps.hotline,
        languages=languages,
        pages=Pages(languages, assets),
        passwords=deps.passwords or Passwords(),
        streams=streams,
        throttle=Throttle(),
        view=deps.view,
    )

    async def follow_bus(_app: web.Application) -> AsyncIterator[None]:
        leave = streams.attach(deps.bus)
        yield
        leave()

    async def end_streams(_app: web.Application) -> None:
        streams.close()

    app.cleanup_ctx.append(follow_bus)
    app.on_shutdown.append(end_streams)
    app.on_response_prepare.append(secure)
    add_routes(app.router, assets)
    return app
