"""A simulated station's OCPP-S: it posts its messages, and listens for requests at an address of its own (OCPP-S 1.6 §3).

To the station it looks like a connection (`monitor.simulator.link.Link`), though there is none: it lasts until somebody ends it.
The fleet has one server for all that listen. Only 1.2 needs other payloads than its JSON neighbour 1.5.
"""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote

from aiohttp import ClientError, ClientTimeout, web

from monitor.decode.soap import BadEnvelopeError, Code, fault_of, read_envelope, write_answer, write_fault, write_request
from monitor.decode.soap_versions import SOAP_VERSIONS
from monitor.simulator.line import Answering
from monitor.simulator.link import LATE_S, LinkLostError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiohttp import ClientSession

    from monitor.decode.soap import Envelope
    from monitor.decode.soap_versions import SoapVersion
    from monitor.simulator.dialect import Answer, Call, Effect, Nameplate, Payload
    from monitor.simulator.line import Line
    from monitor.simulator.report import Tally

VERSIONS: Final[dict[str, SoapVersion]] = {version.dialect.protocol: version for version in SOAP_VERSIONS}
_TYPE: Final = "application/soap+xml"


class SoapLink:
    """One station's way to the central system and back."""

    def __init__(  # noqa: PLR0913  (a station by everything that it speaks with)
        self,
        *,
        http: ClientSession,
        url: str,
        plate: Nameplate,
        line: Line,
        tally: Tally,
        answer: Callable[[str, Mapping[str, Any]], Answer],
        answer_s: float,
        listener: CallbackServer,
    ) -> None:
        """Post to `url`, and be found at `listener`."""
        self._http = http
        self._url = url
        self._plate = plate
        self._version = VERSIONS[plate.soap]
        self._line = line
        self._tally = tally
        self._answer = answer
        self._answer_s = answer_s
        self._listener = listener
        self._ids = itertools.count(1)
        self._perform: Callable[[Effect], None] | None = None
        self._ended = asyncio.Event()

    async def call(self, call: Call) -> Payload | None:
        """Post a request and return the payload of its answer, ``None`` for a fault.

        Raises:
            LinkLostError: when nobody is there or no answer came.
        """
        await self._line.writes.wait()
        if self._ended.is_set():
            message = "the station has left"
            raise LinkLostError(message)
        self._tally.messages[call.action] += 1
        version = self._version
        payload = _as_12(call) if self._plate.soap == "1.2" else call.payload
        body = write_request(
            version.from_station,
            f"{call.action[:1].lower()}{call.action[1:]}Request",
            version.codec.write(f"{call.action}Request", payload),
            identity=self._plate.identity,
            to=self._url,
            sender=self._listener.address(self._plate),
            message_id=str(next(self._ids)),
        )
        try:
            async with self._http.post(
                self._url,
                data=body,
                headers={"Content-Type": f'{_TYPE}; charset=utf-8; action="/{call.action}"'},
                timeout=ClientTimeout(total=self._answer_s),
            ) as answered:
                envelope = read_envelope(await answered.read())
        except (ClientError, OSError, TimeoutError, BadEnvelopeError) as error:
            self._tally.failures[type(error).__name__] += 1
            message = "no answer to a message"
            raise LinkLostError(message) from error
        return self._payload(envelope, call.action)

    def _payload(self, envelope: Envelope, action: str) -> Payload | None:
        fault = fault_of(envelope)
        if fault is not None:
            self._tally.errors[fault[0]] += 1
            return None
        return self._version.codec.read(f"{action}Response", envelope.body)

    async def asked(self, envelope: Envelope) -> web.Response | None:
        """Answer a request of the central system; ``None``: say nothing at all."""
        if not (self._line.reads.is_set() and self._line.awake.is_set()) or self._ended.is_set():
            return None
        action = f"{envelope.name[:1].upper()}{envelope.name[1:]}".removesuffix("Request")
        self._tally.asked[action] += 1
        known = f"{action}Request" in self._version.codec.messages
        answer = self._answer(action, self._version.codec.read(f"{action}Request", envelope.body)) if known else None
        if answer is not None and answer.effect is not None and self._perform is not None:
            self._perform(answer.effect)
        match self._line.answering:
            case Answering.MUTE:
                return None
            case Answering.LATE:
                await asyncio.sleep(LATE_S)
            case Answering.WRONG:
                return web.Response(text="<html>welcome</html>", content_type="text/html")
        return self._written(envelope, action, None if answer is None else answer.payload)

    def _written(self, envelope: Envelope, action: str, payload: Mapping[str, Any] | None) -> web.Response:
        version, space = self._version, self._version.to_station
        if payload is None:
            body = write_fault(Code.RECEIVER, "NotSupported", "not here", namespace=space, relates_to=envelope.message_id)
            return web.Response(status=500, body=body, content_type=_TYPE, charset="utf-8")
        name = f"{action[:1].lower()}{action[1:]}Response"
        body = write_answer(space, name, version.codec.write(f"{action}Response", payload), relates_to=envelope.message_id)
        return web.Response(body=body, content_type=_TYPE, charset="utf-8")

    async def read(self, perform: Callable[[Effect], None]) -> None:
        """Listen until it is ended; `perform` is called with what an answered request makes the station do."""
        self._perform = perform
        self._listener.links[self._plate.identity] = self
        try:
            await self._ended.wait()
        finally:
            if self._listener.links.get(self._plate.identity) is self:
                del self._listener.links[self._plate.identity]

    async def close(self) -> None:
        """End it."""
        self._ended.set()

    def abort(self) -> None:
        """End it."""
        self._ended.set()

    async def finish(self) -> None:
        """End it."""
        self._ended.set()


class CallbackServer:
    """Listens for all SOAP stations of a fleet; `links` are those that can be found."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        """Listen on `host`, at a free port."""
        self._host = host
        self._port = 0
        self._runner: web.AppRunner | None = None
        self.links: dict[str, SoapLink] = {}

    def address(self, plate: Nameplate) -> str:
        """Return where the station of `plate` is found."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}/cp/{quote(plate.identity, safe='')}"

    async def start(self) -> None:
        """Begin to listen."""
        app = web.Application()
        app.router.add_post("/cp/{identity}", self._take)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, 0).start()
        self._port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Listen no longer."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        link = self.links.get(unquote(request.match_info["identity"]))
        try:
            answer = None if link is None else await link.asked(read_envelope(await request.read()))
        except BadEnvelopeError as error:
            return web.Response(status=400, body=write_fault(error.code, error.subcode, str(error)), content_type=_TYPE)
        if answer is not None:
            return answer
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=503)


def _as_12(call: Call) -> Mapping[str, Any]:
    """Return a payload of 1.5 as 1.2 has it: a meter value is one number."""
    if call.action != "MeterValues":
        return call.payload
    values = [{"timestamp": one["timestamp"], "value": int(one["value"][0]["value"])} for one in call.payload["values"]]
    return {**call.payload, "values": values}
