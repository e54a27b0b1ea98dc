"""The door of the field listener: one handshake in, a place or a refusal out.

It knows who may come in (`admission`), who was wrong too often (`guesses`) and whose place is taken (`links.claim`). Every refusal
of a station is the same 401; the reason is counted, told to the log now and then, and kept for whoever asks whether a station
is seen. What is said on the socket afterwards is not its business.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import structlog
from aiohttp import web

from monitor.collectors.ocppj.guesses import Guesses
from monitor.core.ids import MalformedIdError, StationId, parse_identity
from monitor.core.observations import IdentityContested, ProfileMissed, Refused
from monitor.desk.admission import Handshake, Network, decide
from monitor.desk.tls import Peer, peer_of
from monitor.registry.attempts import Outcome
from monitor.runtime.journal import TransientStoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from monitor.collectors.ocppj.links import Links
    from monitor.core.clock import Clock
    from monitor.core.ids import Identity
    from monitor.core.registry import Station
    from monitor.desk.doorbook import Doorbook
    from monitor.desk.session import Desk
    from monitor.registry.directory import Directory
    from monitor.runtime.intake import Intake
    from monitor.runtime.ports import HealthView

log = structlog.get_logger("field")

HANDSHAKE_S: Final = 10.0
TOLD_S: Final[dict[type, float]] = {IdentityContested: 60.0, ProfileMissed: 3600.0}
"""Knocks in a station's name are told to the model at most so often: without TLS and a secret anybody can knock."""
_REALM: Final = 'Basic realm="charging stations", charset="UTF-8"'


@dataclass(slots=True, kw_only=True)
class Field:
    """What the listener works with.

    `desks` are the dialects by sub-protocol; `admit` makes a station of an unknown identity, ``None``: unknown ones are
    refused; `heartbeat_s` is for stations without an interval of their own; `default_subprotocol` for those that offer none;
    `upstream` is the platform of stations that are marked `tap`, empty: they are served here as all others.
    """

    clock: Clock
    directory: Directory
    view: HealthView
    intake: Intake
    desks: Mapping[str, Desk]
    pepper: bytes
    networks: Sequence[Network]
    book: Doorbook
    heartbeat_s: int = 300
    ping_s: float = 60.0
    handshake_s: float = HANDSHAKE_S
    default_subprotocol: str = ""
    admit: Callable[[Identity], Awaitable[Station | None]] | None = None
    upstream: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A handshake that was admitted: it holds the station's place under `epoch`.

    `offered` says that it named a sub-protocol, `peer` what it showed in TLS, `tapped` that its platform answers it.
    """

    station: Station
    subprotocol: str
    epoch: int
    offered: bool
    peer: Peer | None = None
    tapped: bool = False


class Door:
    """Admits and refuses."""

    def __init__(self, field: Field, links: Links) -> None:
        """Admit to `links` what `field` knows."""
        self._field = field
        self._links = links
        self._guesses = Guesses()
        self._told: dict[tuple[StationId, type], tuple[float, int]] = {}

    async def admit(self, request: web.Request) -> Entry | web.Response:
        """Decide about one handshake; whoever gets an `Entry` has the station's place and must use it or give it up."""
        named = request.match_info["identity"]
        offered = [word.strip() for header in request.headers.getall("Sec-WebSocket-Protocol", []) for word in header.split(",")]
        try:
            identity = parse_identity(named)
        except MalformedIdError as error:
            self._note(request, named, offered, Outcome.MALFORMED)
            return _refusal(web.HTTPBadRequest.status_code, str(error))
        station = self._field.directory.by_identity(identity)
        if station is None and self._field.admit is not None:
            try:
                station = await self._field.admit(identity)
            except TransientStoreError:
                return _refusal(web.HTTPServiceUnavailable.status_code, "try again later\n")
        shake = self._shake(request, identity, station)
        refusal = decide(shake, station, self._field.pepper, self._field.networks)
        if refusal is not None or station is None:
            return self._refuse(shake, offered, refusal or Outcome.UNKNOWN, station)
        tapped = self._is_tapped(station)
        chosen = "" if tapped else self._choose(offered)
        if chosen is None:
            known = ", ".join(self._field.desks)
            self._note(request, named, offered, Outcome.NO_SUBPROTOCOL, station)
            return _refusal(web.HTTPBadRequest.status_code, f"no common sub-protocol: offer one of {known}\n")
        epoch = self._links.next_epoch(station.id, self._field.view.health(station.id).link_epoch)
        if not await self._links.claim(station.id, epoch):
            self._tell(station, IdentityContested, shake.address)
            return self._refuse(shake, offered, Outcome.CONTESTED, station)
        self._note(request, named, offered, Outcome.ADMITTED, station)
        return Entry(station=station, subprotocol=chosen, epoch=epoch, offered=bool(offered), peer=shake.peer, tapped=tapped)

    def _shake(self, request: web.Request, identity: Identity, station: Station | None) -> Handshake:
        authorization = request.headers.getall("Authorization", [])
        address = request.remote or ""
        trace = None if station is None else self._field.intake.slot(station.id).trace
        known = trace is not None and trace.address == address
        return Handshake(
            identity=identity,
            address=address,
            authorization=authorization[0] if len(authorization) == 1 else None,
            peer=peer_of(request.transport),
            fence=getattr(request.protocol, "fence", ()),
            vouched=station is not None and self._is_tapped(station),
            suspicious=not known and self._guesses.exhausted(address, identity, self._field.clock.monotonic()),
        )

    def _is_tapped(self, station: Station) -> bool:
        """Say whether the station's platform answers it."""
        return station.tap and bool(self._field.upstream)

    def _refuse(self, shake: Handshake, offered: list[str], refusal: Outcome, station: Station | None) -> web.Response:
        """Refuse in the one way in which every station is refused, and remember why."""
        if refusal.is_guess:
            self._guesses.failed(shake.address, shake.identity, self._field.clock.monotonic())
            if station is not None and self._at_home(station, shake.address):
                self._field.intake.put(station.id, (Refused(at=self._field.clock.now()),))
        elif refusal is Outcome.WRONG_PROFILE and station is not None:
            self._tell(station, ProfileMissed, shake.address)
        self._field.book.refuse(shake.identity, shake.address, ", ".join(offered), refusal, station)
        return _refusal(web.HTTPUnauthorized.status_code, "not admitted\n", {"WWW-Authenticate": _REALM})

    def _at_home(self, station: Station, address: str) -> bool:
        """Say whether `address` is where the station was last, or is said to be: a wrong secret from there may well be its own."""
        trace = self._field.intake.slot(station.id).trace
        if trace is not None and trace.address == address:
            return True
        try:
            where = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(where in ipaddress.ip_network(network) for network in station.allowed_networks)

    def _note(self, request: web.Request, named: str, offered: list[str], outcome: Outcome, station: Station | None = None) -> None:
        self._field.book.note(named, request.remote or "", ", ".join(offered), outcome, station)

    def _tell(self, station: Station, kind: type[IdentityContested | ProfileMissed], address: str) -> None:
        """Tell the model of a knock in a station's name that was refused, now and then, with how often."""
        now = self._field.clock.monotonic()
        told_at, times = self._told.get((station.id, kind), (now - TOLD_S[kind], 0))
        if now - told_at < TOLD_S[kind]:
            self._told[station.id, kind] = (told_at, times + 1)
            return
        self._told[station.id, kind] = (now, 0)
        self._field.intake.put(station.id, (kind(at=self._field.clock.now(), address=address, times=times + 1),))

    def _choose(self, offered: list[str]) -> str | None:
        """Return the first sub-protocol offered that is served; the default one where none was offered."""
        if not offered:
            return self._field.default_subprotocol or None
        return next((word for word in offered if word in self._field.desks), None)


def _refusal(status: int, text: str, headers: dict[str, Any] | None = None) -> web.Response:
    response = web.Response(status=status, text=text, headers=headers)
    response.force_close()
    return response
