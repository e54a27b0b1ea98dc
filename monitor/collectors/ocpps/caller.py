"""Requests of ours to SOAP stations: a POST to the address that the station itself told (`wsa:From`, OCPP-S 1.6 §3.4).

That address is a claim. It is called only inside the station's allowed networks; a name is looked up once, and the address that was
judged is the one that is called. Nothing is followed: no redirect, no proxy.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import structlog
from yarl import URL

from monitor.commands.ports import NoOutcomeError, NotSentError, RefusedError
from monitor.core.commands import ANSWER_S, Why
from monitor.core.health_state import Link
from monitor.core.observations import Alive
from monitor.decode.frames import write_call, write_error, write_result
from monitor.decode.soap import BadEnvelopeError, fault_of, read_envelope, write_request
from monitor.runtime.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from monitor.commands.ports import Waker
    from monitor.core.clock import Clock
    from monitor.core.health_state import Callback
    from monitor.core.ids import StationId
    from monitor.core.registry import Station
    from monitor.decode.soap import Envelope
    from monitor.decode.soap_versions import SoapVersion
    from monitor.desk.admission import Network
    from monitor.registry.directory import Directory
    from monitor.runtime.intake import Intake
    from monitor.runtime.ports import HealthView

log = structlog.get_logger("commands")

CONNECT_S: Final = 10.0
WAKE_S: Final = 120.0
"""How long a station that was woken may take to speak: its modem registers, and it dials."""
WAKE_AGAIN_S: Final = 600.0
"""A station is woken so often at most: each message costs money."""
LOOK_S: Final = 0.5
ANSWER_BYTES: Final = 256 * 1024
"""A station's whole configuration is far shorter."""
_TYPE: Final = "application/soap+xml; charset=utf-8"


class SoapCalls:
    """`monitor.commands.ports.Wire` to SOAP stations. Close it when it is not needed any more."""

    def __init__(  # noqa: PLR0913  (what it works with)
        self,
        *,
        clock: Clock,
        directory: Directory,
        view: HealthView,
        intake: Intake,
        versions: Iterable[SoapVersion],
        networks: Sequence[Network],
        spoken: Callable[[StationId], str | None],
        waker: Waker | None = None,
    ) -> None:
        """Call stations of `directory` where they listen; `spoken` is the version of one that has spoken since we started.

        One that nobody reaches is woken by `waker`, where its SIM's number is known.
        """
        self._clock = clock
        self._directory = directory
        self._view = view
        self._intake = intake
        self._versions = {version.dialect.protocol: version for version in versions}
        self._networks = networks
        self._spoken = spoken
        self._waker = waker
        self._woken: dict[StationId, float] = {}
        self._http: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close what is open."""
        if self._http is not None:
            await self._http.close()

    def protocol(self, station: StationId) -> str | None:
        """Return the version that `station` speaks over SOAP, ``None`` where it speaks otherwise or has never spoken."""
        spoken = self._spoken(station)
        if spoken is not None:
            return spoken
        health = self._view.health(station)
        return health.callback.protocol if health.callback is not None and health.link is Link.NONE else None

    async def wake(self, station: StationId) -> bool:
        """Wake a station by a short message (OCPP-S 1.6 §5; `monitor.commands.ports.Wire.wake`)."""
        known, steady = self._directory.by_id(station), self._clock.monotonic()
        number = "" if known is None else known.sim.msisdn
        if self._waker is None or not number or steady - self._woken.get(station, -WAKE_AGAIN_S) < WAKE_AGAIN_S:
            return False
        self._woken[station] = steady
        before = self._view.health(station).last_seen
        if not await self._waker.wake(number):
            return False
        log.info("a station was woken by a short message", station=station)
        while self._clock.monotonic() - steady < WAKE_S:
            await asyncio.sleep(LOOK_S)
            if self._view.health(station).last_seen != before:
                return True
        return False

    async def call(self, station: StationId, action: str, payload: Mapping[str, Any], identifier: str) -> Any:  # noqa: ANN401
        """Post a request and return what the answer means (`monitor.commands.ports.Wire.call`)."""
        known, callback = self._directory.by_id(station), self._view.health(station).callback
        version = self._versions.get(self.protocol(station) or "")
        if known is None or version is None or callback is None:
            raise NotSentError(Why.NO_ADDRESS)
        if f"{action}Request" not in version.codec.messages:
            raise NotSentError(Why.VERSION, version.dialect.protocol)
        url, host = await self._where(known, callback)
        self._said(station, write_call(identifier, action, payload))
        envelope = await self._post(url, host, _envelope(version, known, callback, action, payload, identifier), action)
        self._heard(station, envelope, identifier, version)
        return _payload(envelope, version, action, identifier)

    async def knock(self, station: StationId) -> bool | None:
        """Try to connect to where `station` listens; ``None``: it has not told where, or must not be called there."""
        known, callback = self._directory.by_id(station), self._view.health(station).callback
        if known is None or callback is None or self.protocol(station) is None:
            return None
        try:
            url, _ = await self._where(known, callback)
            async with asyncio.timeout(CONNECT_S):
                _, writer = await asyncio.open_connection(url.host, url.port)
        except NotSentError:
            return None
        except (OSError, TimeoutError):
            return False
        writer.close()
        return True

    # ------------------------------------------------------------------------------------------------ where to

    async def _where(self, station: Station, callback: Callback) -> tuple[URL, str]:
        """Return the address to call, with a number for its host, and the host as the station named it.

        Raises:
            NotSentError: it is not to be called.
        """
        try:
            url = URL(callback.url)
            host, port = url.host or "", url.port
        except ValueError:
            raise NotSentError(Why.OUTSIDE, callback.url[:60]) from None
        if url.user is not None or url.password is not None or not host or not port:
            raise NotSentError(Why.OUTSIDE, callback.url[:60])
        allowed = [ipaddress.ip_network(network) for network in station.allowed_networks] or self._networks
        try:
            addresses = [ipaddress.ip_address(host)]
        except ValueError:
            addresses = await _looked_up(host, port)
        if not addresses or not all(any(one in network for network in allowed) for one in addresses):
            raise NotSentError(Why.OUTSIDE, host)
        return url.with_host(str(addresses[0])), host

    # ------------------------------------------------------------------------------------------------ the exchange

    async def _post(self, url: URL, host: str, data: bytes, action: str) -> Envelope:
        if self._http is None:
            self._http = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=ANSWER_S, connect=CONNECT_S, sock_connect=CONNECT_S),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        named = f"[{host}]" if ":" in host else host
        headers = {
            "Host": named if url.is_default_port() else f"{named}:{url.port}",
            "Content-Type": f'{_TYPE}; action="/{action}"',
        }
        name = host if url.scheme == "https" else None
        try:
            async with self._http.post(url, data=data, headers=headers, allow_redirects=False, server_hostname=name) as answer:
                body = await _read(answer)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSentError(Why.NOT_CONNECTED, _reason(error)) from None
        except TimeoutError:
            raise NoOutcomeError(Why.NO_ANSWER) from None
        except (aiohttp.ClientError, OSError) as error:
            raise NoOutcomeError(Why.LINK_LOST, _reason(error)) from None
        try:
            return read_envelope(body)
        except BadEnvelopeError as error:
            raise NoOutcomeError(Why.WRONG_ANSWER, f"HTTP {answer.status}: {error}") from None

    def _trace(self, station: StationId) -> Trace:
        slot = self._intake.slot(station)
        if slot.trace is None:
            slot.trace = Trace()
        return slot.trace

    def _said(self, station: StationId, shown: bytes) -> None:
        trace = self._trace(station)
        trace.break_row()
        trace.said(self._clock.now(), shown)

    def _heard(self, station: StationId, envelope: Envelope, identifier: str, version: SoapVersion) -> None:
        """An answer is a sign of life, whatever it says."""
        now, fault = self._clock.now(), fault_of(envelope)
        if fault is not None:
            shown = write_error(identifier, *fault)
        else:
            message = f"{envelope.name[:1].upper()}{envelope.name[1:]}"
            known = message in version.codec.messages
            shown = write_result(identifier, version.codec.read(message, envelope.body) if known else {})
        self._trace(station).heard(now, shown.decode())
        slot = self._intake.slot(station)
        slot.last_seen = now
        self._intake.put(station, (Alive(at=now),))


def _envelope(  # noqa: PLR0913, PLR0917  (one argument a part)
    version: SoapVersion, station: Station, callback: Callback, action: str, payload: Mapping[str, Any], identifier: str
) -> bytes:
    return write_request(
        version.to_station,
        f"{action[:1].lower()}{action[1:]}Request",
        version.codec.write(f"{action}Request", payload),
        identity=station.identity,
        to=callback.url,
        sender=callback.here,
        message_id=identifier,
    )


def _payload(envelope: Envelope, version: SoapVersion, action: str, identifier: str) -> Any:  # noqa: ANN401  (any JSON value)
    """Return what the answer to `action` means.

    Raises:
        RefusedError: it is a fault.
        NoOutcomeError: it is no answer to that.
    """
    fault = fault_of(envelope)
    if fault is not None:
        raise RefusedError(*fault)
    right = envelope.name.lower() == f"{action}Response".lower() and envelope.namespace == version.to_station
    if not right or envelope.relates_to not in ("", identifier):
        raise NoOutcomeError(Why.WRONG_ANSWER, envelope.name[:60])
    return version.codec.read(f"{action}Response", envelope.body)


async def _looked_up(host: str, port: int) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """Return every address of a name, none where it has none."""
    try:
        async with asyncio.timeout(CONNECT_S):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError):
        return []
    return [ipaddress.ip_address(str(address[0]).partition("%")[0]) for *_, address in found]


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    """Return the body, unpacked.

    Raises:
        NoOutcomeError: it is longer than any answer.
    """
    body = b""
    async for chunk in answer.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > ANSWER_BYTES:
            raise NoOutcomeError(Why.WRONG_ANSWER, f"longer than {ANSWER_BYTES} bytes")
    return body


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__)[:100]
