"""SOAP stations at the field listener: one POST in, one envelope out.

A SOAP station has no socket that proves who it is: it is admitted from its allowed networks only, and never where its security
profile asks for a secret. Every refusal of a station is the same fault Sender/SecurityError. What a request means is the desk's
business, and silence the only sign of an outage.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from monitor.collectors.ocpps.wire import SoapCall, Written, fault
from monitor.core.ids import MalformedIdError, StationId, parse_identity
from monitor.core.observations import CallbackTold
from monitor.decode.frames import write_call
from monitor.decode.soap import LONGEST, BadEnvelopeError, Code, read_envelope
from monitor.desk.admission import Handshake, decide
from monitor.desk.line import MESSAGES_PER_S, PASS_ON_S, Line
from monitor.desk.session import Session, stored, take
from monitor.registry.attempts import Outcome
from monitor.runtime.journal import TransientStoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from monitor.core.clock import Clock
    from monitor.core.ids import Identity
    from monitor.core.registry import Station
    from monitor.decode.soap import Envelope
    from monitor.decode.xml import Codec
    from monitor.desk.admission import Network
    from monitor.desk.doorbook import Doorbook
    from monitor.desk.session import Desk, Reply
    from monitor.registry.directory import Directory
    from monitor.runtime.intake import Intake
    from monitor.runtime.ports import HealthView

PATHS: Final = ("/ocpp/soap", "/ocpp/soap/12", "/ocpp/soap/15", "/ocpp/soap/16")
"""The version is that of the body's namespace on each of them."""
BODY_S: Final = 10.0
"""A request must be here in so many seconds."""
PLAIN_BYTES: Final = 1024
"""An answer shorter than this is not worth compressing."""
BEAT: Final = "Heartbeat"
_HEADERS: Final = {"Content-Type": "application/soap+xml; charset=utf-8"}
_SECURITY: Final = "SecurityError"
_OFFERED: Final = "SOAP"


@dataclass(frozen=True, slots=True)
class SoapDesk:
    """The desk of one version, and how its messages are read."""

    desk: Desk
    codec: Codec


@dataclass(slots=True, kw_only=True)
class SoapField:
    """What the SOAP stations' door works with; `desks` are the versions by the namespace of what stations send."""

    clock: Clock
    directory: Directory
    view: HealthView
    intake: Intake
    desks: Mapping[str, SoapDesk]
    networks: Sequence[Network]
    book: Doorbook
    heartbeat_s: int = 300
    admit: Callable[[Identity], Awaitable[Station | None]] | None = None


class _SoapLine(Line):
    """What is kept of a station between its messages: who was admitted from where, where it said that it listens and when.

    What is admitted once need not be judged again, as long as neither its registration nor its address nor the listener changes.
    """

    __slots__ = ("address", "callback", "fence", "station", "told_at")

    def __init__(self, session: Session, clock: Clock, station: Station, address: str, fence: Sequence[Network]) -> None:
        super().__init__(session, clock)
        self.station = station
        self.address = address
        self.fence = fence
        self.callback: tuple[str, str] | None = None
        self.told_at = clock.monotonic() - PASS_ON_S

    def listens(self, callback: tuple[str, str]) -> bool:
        """Say whether it is news that the station listens at `callback`; not more often than its life is passed on."""
        steady = self.clock.monotonic()
        if callback == self.callback or steady - self.told_at < PASS_ON_S:
            return False
        self.callback, self.told_at = callback, steady
        return True


class _RefusedError(Exception):
    """A station that is not admitted."""

    def __init__(self, outcome: Outcome, identity: str, station: Station | None = None) -> None:
        super().__init__(outcome.value)
        self.outcome = outcome
        self.identity = identity
        self.station = station


class SoapListener:
    """Answers the messages of SOAP stations."""

    def __init__(self, field: SoapField) -> None:
        """Serve with `field`."""
        self._field = field
        self._lines: dict[StationId, _SoapLine] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, for the field listener's application."""
        return [web.post(path, self.answer) for path in PATHS]

    def protocol(self, station: StationId) -> str | None:
        """Return the version that `station` has spoken since we started, ``None`` where it has not spoken."""
        line = self._lines.get(station)
        return None if line is None else line.session.desk.dialect.protocol

    def drop(self, station: StationId) -> None:
        """Forget what is kept of a station whose registration changed."""
        self._lines.pop(station, None)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        greet = getattr(request.protocol, "greet", None)
        if greet is not None:
            greet()
        try:
            if request.content.is_eof():  # it came with the headers
                data = await request.read()
            else:
                async with asyncio.timeout(BODY_S):
                    data = await request.read()
        except TimeoutError:
            return _closing(web.Response(status=web.HTTPRequestTimeout.status_code, text="the message did not come in time\n"))
        try:
            envelope = read_envelope(data)
        except BadEnvelopeError as error:
            self._field.book.refuse("", request.remote or "", _OFFERED, Outcome.UNREADABLE)
            return _answer(request, fault(error.code, error.subcode, str(error), relates_to=error.message_id))
        spoken = self._field.desks.get(envelope.namespace)
        if spoken is None:
            self._field.book.refuse(_named(envelope), request.remote or "", envelope.namespace, Outcome.UNREADABLE)
            why = "no version of OCPP has this namespace"
            return _answer(request, fault(Code.SENDER, "ProtocolError", why, relates_to=envelope.message_id))
        try:
            station = await self._admit(request, envelope)
        except _RefusedError as refused:
            self._field.book.refuse(refused.identity, request.remote or "", _OFFERED, refused.outcome, refused.station)
            refusal = fault(Code.SENDER, _SECURITY, "not admitted", namespace=envelope.namespace, relates_to=envelope.message_id)
            return _answer(request, refusal)
        except TransientStoreError:
            return _later()
        return await self._serve(request, spoken, station, envelope, data)

    # ------------------------------------------------------------------------------------------------ who speaks

    async def _admit(self, request: web.Request, envelope: Envelope) -> Station:
        """Return the station that speaks.

        Raises:
            _RefusedError: it may not.
            TransientStoreError: an unknown one could not be made a station of just now.
        """
        named = _named(envelope)
        try:
            identity = parse_identity(named)
        except MalformedIdError:
            raise _RefusedError(Outcome.MALFORMED, named) from None
        station = self._field.directory.by_identity(identity)
        if station is None and self._field.admit is not None:
            station = await self._field.admit(identity)
        if station is not None and station.admitted and station.security_profile != 0:
            raise _RefusedError(Outcome.SOAP_PROFILE, identity, station)
        address, fence = _origin(request)
        line = None if station is None else self._lines.get(station.id)
        if line is not None and line.station is station and line.address == address and line.fence is fence:
            return line.station
        shake = Handshake(identity=identity, address=address, authorization=None, fence=fence)
        refusal = decide(shake, station, b"", self._field.networks)
        if refusal is not None or station is None:
            raise _RefusedError(refusal or Outcome.UNKNOWN, identity, station)
        return station

    # ------------------------------------------------------------------------------------------------ what is said

    async def _serve(
        self, request: web.Request, spoken: SoapDesk, station: Station, envelope: Envelope, data: bytes
    ) -> web.StreamResponse:
        desk = spoken.desk
        line = self._line(request, desk, station)
        line.messages += 1
        if line.messages > MESSAGES_PER_S:
            await line.slow_down()
        session, now = line.session, self._field.clock.now()
        call = read_call(spoken, envelope)
        beat = call.action == BEAT
        session.slot.last_seen = now
        if beat:
            session.slot.beat_at = now
        session.trace.heard(now, write_call(call.id, call.action, call.payload).decode(), beat=beat)
        if envelope.sender:
            here = f"{request.scheme}://{request.host[:LONGEST]}{request.path}"
            if line.listens((envelope.sender, here)):
                told = CallbackTold(at=now, url=envelope.sender, protocol=desk.dialect.protocol, here=here)
                self._field.intake.put(station.id, (told,))
        reply = take(session, call, data.decode("utf-8", "replace"), now)
        if not await self._keep(line, reply):
            return _later()
        assert isinstance(reply.payload, Written)  # noqa: S101  (a request of a station is always answered, and by our wire)
        session.trace.said(self._field.clock.now(), reply.payload.shown)
        return _answer(request, reply.payload)

    def _line(self, request: web.Request, desk: Desk, station: Station) -> _SoapLine:
        """Return what is kept of `station`; a new version or address begins anew."""
        address, fence = _origin(request)
        line = self._lines.get(station.id)
        if line is not None and line.session.desk is desk and line.address == address:
            line.station, line.fence = station, fence
            return line
        field = self._field
        session = Session.begin(desk, station, field.intake, heartbeat_s=field.heartbeat_s)
        session.trace.reached(field.clock.now(), f"{desk.dialect.protocol} {_OFFERED}", address)
        field.book.note(station.identity, address, _OFFERED, Outcome.ADMITTED, station)
        line = self._lines[station.id] = _SoapLine(session, field.clock, station, address, fence)
        return line

    async def _keep(self, line: _SoapLine, reply: Reply) -> bool:
        """Hand over what a request caused; return whether it may be answered."""
        field, session = self._field, line.session
        if not reply.observations:
            line.pass_on(field.intake)
            return True
        await field.intake.room()
        if not reply.after_commit:
            field.intake.put(session.station, reply.observations)
            return True
        told: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def tell(is_stored: bool) -> None:  # noqa: FBT001  (called back with the outcome)
            if not told.done():
                told.set_result(is_stored)

        field.intake.commit(session.station, reply.observations, tell)
        is_stored = await told
        if is_stored:
            stored(session, reply)
        else:
            session.desk.replies.forget(session.station, reply.id)
        return is_stored


def read_call(spoken: SoapDesk, envelope: Envelope) -> SoapCall:
    """Return what `envelope` asks for; the payload of an action that `spoken` does not have is not read."""
    action = f"{envelope.name[:1].upper()}{envelope.name[1:]}".removesuffix("Request")
    payload: Any = {}
    if action in spoken.desk.dialect.actions:
        payload = spoken.codec.read(f"{action}Request", envelope.body)
    return SoapCall(envelope.message_id, action, payload, envelope.addressed)


def _named(envelope: Envelope) -> str:
    """Return who the headers say that the station is, empty where they name nobody or several."""
    return envelope.identities[0] if len(set(envelope.identities)) == 1 else ""


def _origin(request: web.Request) -> tuple[str, Sequence[Network]]:
    """Return from where a request came, and the networks from which its listener takes anybody."""
    return request.remote or "", getattr(request.protocol, "fence", ())


# ---------------------------------------------------------------------------------------------------------- HTTP


def _answer(request: web.Request, payload: Written) -> web.Response:
    """Return `payload` in the encoding that the other side takes (OCPP-S 1.6 §3.3)."""
    response = web.Response(status=payload.status, body=bytes(payload), headers=_HEADERS)
    if len(payload) > PLAIN_BYTES and request.headers.get("Accept-Encoding"):
        response.enable_compression()
    return response


def _later() -> web.Response:
    """Not stored: no fault, for after one a station must not send again (OCPP-S 1.6 §4.2)."""
    return web.Response(status=503, text="try again later\n", headers={"Retry-After": "10"})


def _closing(response: web.Response) -> web.Response:
    response.force_close()
    return response
