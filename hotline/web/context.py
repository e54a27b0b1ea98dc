"""What every handler may use: the console's dependencies by one key, and who is asking by another."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from hotline.core.roles import Role

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from alerts.commands import AlertCommands
    from hotline.core.calls import Call
    from hotline.core.logins import Throttle
    from hotline.desk import CallDesk
    from hotline.readmodel.nearby import Neighbourhood
    from hotline.readmodel.stations import StationBook
    from hotline.settings import HotlineSettings, ListenerSettings, PublicSettings
    from hotline.web.accounts import Accounts, InstallerLinks
    from hotline.web.languages import Languages
    from hotline.web.pages import Pages
    from hotline.web.passwords import Passwords
    from hotline.web.stream import Streams
    from monitor.commands.station_commands import StationCommands
    from monitor.core.clock import Clock
    from monitor.core.registry import Station
    from monitor.registry.attempts import Attempts
    from monitor.registry.directory import Directory
    from monitor.registry.enrolment import Enrolment
    from monitor.runtime.ports import HealthView, History, IncidentView, Ingest
    from monitor.runtime.trace import Contacts


if TYPE_CHECKING:
    Cards = Callable[[str], tuple[str, datetime | None] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What pages are made from. `console` is the listener that serves, `started` when it began to, `demo`: thresholds are short."""

    accounts: Accounts
    alerts: AlertCommands | None
    attempts: Attempts
    book: StationBook
    cards: Cards | None
    clock: Clock
    commands: StationCommands
    console: ListenerSettings
    contacts: Contacts
    demo: bool
    desk: CallDesk
    directory: Directory
    enrolment: Enrolment
    history: History
    hotline: HotlineSettings
    incidents: IncidentView
    ingest: Ingest
    languages: Languages
    links: InstallerLinks
    neighbourhood: Neighbourhood
    pages: Pages
    passwords: Passwords
    public: PublicSettings
    started: datetime
    streams: Streams
    throttle: Throttle
    view: HealthView


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who is asking. `secret` is the cookie that form tokens hang on; a program with a bearer token has none."""

    name: str
    role: Role | None
    secret: str = ""
    by_token: bool = False

    @property
    def known(self) -> bool:
        """Whether somebody is logged in."""
        return self.role is not None

    @property
    def operates(self) -> bool:
        """Whether alerts are this visitor's business."""
        return self.role is not None and self.role.covers(Role.OPERATOR)

    @property
    def supervises(self) -> bool:
        """Whether the hotline's figures are this visitor's business."""
        return self.role is not None and self.role.covers(Role.SENIOR)

    @property
    def form_token(self) -> str:
        """The token that a form of this visitor carries; it changes with every login."""
        return hmac.new(self.secret.encode(), b"bornewatch form", "sha256").hexdigest() if self.secret else ""

    def sent(self, token: str) -> bool:
        """Return whether `token` came from a form that we gave to this visitor."""
        return bool(self.secret) and hmac.compare_digest(self.form_token.encode(), token.encode())


NOBODY = Visitor(name="", role=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AtDesk:
    """What the head of every page says of calls: how many wait, and which one the visitor has, about which station."""

    waiting: int
    call: Call | None = None
    station: Station | None = None
    back: str = ""


CONTEXT = web.AppKey("context", Context)
VISITOR = web.RequestKey("visitor", Visitor)
AT_DESK = web.RequestKey("at_desk", AtDesk)


def context_of(request: web.Request) -> Context:
    """Return the console's dependencies."""
    return request.config_dict[CONTEXT]


def visitor_of(request: web.Request) -> Visitor:
    """Return who is asking; nobody, before the guards have looked."""
    visitor: Visitor = request.get(VISITOR, NOBODY)
    return visitor


def is_api(request: web.Request) -> bool:
    """Return whether a program is asking: everything under ``/api``."""
    return request.path == "/api" or request.path.startswith("/api/")
