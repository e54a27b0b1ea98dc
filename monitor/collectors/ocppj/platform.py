"""The platform's end of a tapped station's line: dialled in the station's name, its messages told as they come.

picows parses and masks in C and calls back with each frame, so that no task has to be woken for it (see DECISIONS.md). Messages are
told whole, controls one by one. What comes before anybody listens waits; the socket is not read meanwhile.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Protocol, cast

import picows
import structlog
from picows import WSCloseCode, WSListener, WSMsgType, WSProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from picows import WSFrame, WSTransport

log = structlog.get_logger("tap")

LARGEST: Final = 4 * 1024 * 1024
"""Bytes of one message that passes."""
DIAL_S: Final = 8.0
NORMAL: Final = 1000
ABNORMAL: Final = 1006
"""Close code where no close frame came (RFC 6455 §7.4.1)."""
UNSAYABLE: Final = frozenset({0, 1005, ABNORMAL, 1015})
"""Codes that no close frame may have; picows gives 0 for one without a code."""
_TEXT: Final = WSMsgType.TEXT
_DATA: Final = frozenset({WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION})
_LOWEST_REFUSAL: Final = 400
_BAD_GATEWAY: Final = 502
_UNAVAILABLE: Final = 503


class PlatformRefusedError(Exception):
    """The platform does not take the station: `status` is what the station is told, `reached` whether the platform spoke."""

    def __init__(self, status: int, why: str, headers: Mapping[str, str] | None = None, *, reached: bool = True) -> None:
        """Say why."""
        super().__init__(why)
        self.status = status
        self.reached = reached
        self.headers = dict(headers or {})


class Hearer(Protocol):
    """Who is told what the platform says."""

    def text(self, text: str, payload: bytes) -> None:
        """Take a text message; `payload` is the same in UTF-8."""
        ...

    def other(self, opcode: int, payload: bytes) -> None:
        """Take a binary message, a ping or a pong; `opcode` is that of RFC 6455 §5.2."""
        ...


class PlatformSocket(WSListener):
    """An open socket. `protocol` is the sub-protocol chosen, `close_code` that of the platform's close frame or `ABNORMAL`.

    `writable` is clear while the platform does not read.
    """

    def __init__(self) -> None:
        """Wait for the handshake."""
        self.protocol: str | None = None
        self.close_code: int | None = None
        self.writable = asyncio.Event()
        self.writable.set()
        self._transport: WSTransport | None = None
        self._given_up = False
        self._hearer: Hearer | None = None
        self._early: list[tuple[WSMsgType, bytes]] = []
        self._parts = bytearray()
        self._of_parts: WSMsgType | None = None

    # ------------------------------------------------------------------------------------------------ called by picows

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Read nothing until somebody listens."""
        self._transport = transport
        transport.underlying_transport.pause_reading()
        if self._given_up:
            transport.disconnect(graceful=False)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Tell a message or a control, or keep a part; a close is answered with the same code (RFC 6455 §5.5.1)."""
        kind = frame.msg_type
        if transport.is_close_frame_sent and kind is not WSMsgType.CLOSE:
            return  # picows reads on after what it could not read; nothing of that is a message
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            raise WSProtocolError(WSCloseCode.PROTOCOL_ERROR, "a reserved bit, without an extension")
        if kind is _TEXT and frame.fin and self._of_parts is None:
            self._tell(kind, frame.get_payload_as_bytes())
        elif kind is WSMsgType.CLOSE:
            code = cast("int", frame.get_close_code())
            self.close_code = NORMAL if code in UNSAYABLE else int(code)
            self._say_close(self.close_code)
            transport.disconnect()
        elif kind in _DATA:
            self._part(kind, frame)
        else:
            self._tell(kind, frame.get_payload_as_bytes())

    def on_ws_disconnected(self, _transport: WSTransport) -> None:
        """Say that it is over."""
        if self.close_code is None:
            self.close_code = ABNORMAL
        self.writable.set()

    def pause_writing(self) -> None:
        """The platform does not read."""
        self.writable.clear()

    def resume_writing(self) -> None:
        """The platform has read."""
        self.writable.set()

    # ------------------------------------------------------------------------------------------------ what we do with it

    @property
    def closed(self) -> bool:
        """Say whether the platform has ended it, or is gone."""
        return self.close_code is not None

    def listen(self, hearer: Hearer) -> None:
        """Tell `hearer` from now on, first what came before."""
        self._hearer = hearer
        early, self._early = self._early, []
        for kind, payload in early:
            self._tell(kind, payload)
        self.go_on()

    def hold(self) -> None:
        """Read no more; what is read already is still told."""
        if self._transport is not None and not self._transport.is_disconnected:
            self._transport.underlying_transport.pause_reading()

    def go_on(self) -> None:
        """Read again."""
        if self._transport is not None and not self._transport.is_disconnected:
            self._transport.underlying_transport.resume_reading()

    def send_text(self, text: str) -> None:
        """Send a text message; nothing once the socket is closing."""
        if self._transport is not None:
            self._transport.send(_TEXT, text)

    def send(self, opcode: int, data: bytes) -> None:
        """Send a binary message, a ping or a pong."""
        if self._transport is not None:
            self._transport.send(WSMsgType(opcode), data)

    async def close(self, code: int) -> None:
        """Close with `code` and wait for the end, `DIAL_S` at most. Afterwards nothing is told any more."""
        transport = self._transport
        if transport is None:
            return
        self._say_close(code)
        self.go_on()
        try:
            async with asyncio.timeout(DIAL_S):
                await self.ended()
        except TimeoutError:
            pass
        finally:
            if not transport.is_disconnected:
                transport.disconnect(graceful=False)
            self._transport = self._hearer = None  # both point back here, and the garbage collector comes seldom

    async def ended(self) -> None:
        """Wait until the socket is gone."""
        if self._transport is not None:
            try:
                await self._transport.wait_disconnected()
            except picows.WSError as error:
                log.info("the platform said what is no WebSocket message", error=str(error))

    def give_up(self) -> None:
        """Nobody waits for the handshake any more."""
        self._given_up = True
        if self._transport is not None:
            self._transport.disconnect(graceful=False)

    def _say_close(self, code: int) -> None:
        if self._transport is not None:
            self._transport.send_close(cast("WSCloseCode", code))  # its stubs know only the codes that have a name

    def _part(self, kind: WSMsgType, frame: WSFrame) -> None:
        """Keep a part of a message, and tell the whole (RFC 6455 §5.4)."""
        if (kind is WSMsgType.CONTINUATION) != (self._of_parts is not None):
            raise WSProtocolError(WSCloseCode.PROTOCOL_ERROR, "a part of no message, or a message within another")
        self._of_parts = self._of_parts or kind
        self._parts += frame.get_payload_as_bytes()
        if len(self._parts) > LARGEST:
            raise WSProtocolError(WSCloseCode.MESSAGE_TOO_BIG, "a message of more than 4 MiB")
        if frame.fin:
            whole, of = bytes(self._parts), self._of_parts
            self._parts.clear()
            self._of_parts = None
            self._tell(of, whole)

    def _tell(self, kind: WSMsgType, payload: bytes) -> None:
        """Tell a message or a control, or keep it until somebody listens."""
        try:
            text = payload.decode() if kind is _TEXT else None
        except UnicodeDecodeError:
            raise WSProtocolError(WSCloseCode.INVALID_TEXT, "a text that is not UTF-8") from None
        if self._hearer is None:
            self._early.append((kind, payload))
        elif text is not None:
            self._hearer.text(text, payload)
        else:
            self._hearer.other(cast("int", kind), payload)


async def dial(url: str, protocols: Sequence[str], headers: Mapping[str, str]) -> PlatformSocket:
    """Open a socket to `url` and offer `protocols`.

    Raises:
        PlatformRefusedError: the platform refuses, answers with no WebSocket, or is not there.
    """
    socket, transport = PlatformSocket(), None
    offer = {"Sec-WebSocket-Protocol": ",".join(protocols)} if protocols else {}
    try:
        async with asyncio.timeout(DIAL_S):
            transport, _ = await picows.ws_connect(
                lambda: socket,
                url,
                extra_headers={**headers, **offer},
                enable_auto_pong=False,
                max_frame_size=LARGEST,
                max_redirects=0,
                use_aiofastnet=False,
                websocket_handshake_timeout=DIAL_S,
            )
        if transport.response is None:  # picows takes an end without an answer for no error
            raise PlatformRefusedError(_UNAVAILABLE, "it went without an answer", reached=False)
    except picows.WSHandshakeError as error:
        raise _refusal(error) from None
    except (picows.WSError, OSError, TimeoutError, ValueError) as error:
        raise PlatformRefusedError(_UNAVAILABLE, str(error) or "no answer", reached=False) from None
    finally:
        if transport is None:
            socket.give_up()  # the handshake may still be under way
    chosen = transport.response.headers.get("Sec-WebSocket-Protocol")
    socket.protocol = chosen if chosen in protocols else None
    return socket


def _refusal(error: picows.WSHandshakeError) -> PlatformRefusedError:
    """Return what the station is told of an answer that opens no socket."""
    response = error.response
    if response is None or response.status < _LOWEST_REFUSAL:
        return PlatformRefusedError(_BAD_GATEWAY, str(error))
    asks = response.headers.get("WWW-Authenticate")
    return PlatformRefusedError(int(response.status), f"HTTP {int(response.status)}", {"WWW-Authenticate": asks} if asks else None)
