"""The platform's socket, against servers that say byte by byte what a test wants: parts, ends, refusals and nonsense."""

from __future__ import annotations

import asyncio
import base64
import gc
import hashlib
import ssl
import weakref
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import pytest
import websockets

from monitor.collectors.ocppj import platform as far
from monitor.collectors.ocppj.platform import LARGEST, PlatformRefusedError, dial
from tests.support.certificates import make_files
from tests.support.raw_sockets import Opcode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    Serve: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Heard:
    """What the platform said, in its order."""

    said: list[tuple[int, str | bytes]] = field(default_factory=list)

    def text(self, text: str, payload: bytes) -> None:
        assert payload == text.encode()
        self.said.append((Opcode.TEXT, text))

    def other(self, opcode: int, payload: bytes) -> None:
        self.said.append((opcode, payload))


def frame(opcode: int, payload: bytes, *, final: bool = True) -> bytes:
    size = len(payload)
    length = (
        bytes((size,)) if size < 126 else bytes((126,)) + size.to_bytes(2) if size < 1 << 16 else bytes((127,)) + size.to_bytes(8)
    )
    return bytes(((0x80 if final else 0) | opcode,)) + length + payload


def close_frame(code: int) -> bytes:
    return frame(Opcode.CLOSE, code.to_bytes(2))


def opening(*frames: bytes, more: str = "", came: asyncio.Future[bytes] | None = None) -> Serve:
    """Return a server that accepts, says `frames` in the same write and then reads until the other end goes: that is `came`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = (await reader.readuntil(b"\r\n\r\n")).decode()
        (key,) = [line.split(": ", 1)[1] for line in asked.split("\r\n") if line.lower().startswith("sec-websocket-key")]
        proof = base64.b64encode(hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()).decode()  # noqa: S324
        head = f"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {proof}\r\n{more}\r\n"
        writer.write(head.encode() + b"".join(frames))
        rest = await reader.read()
        if came is not None:
            came.set_result(rest)

    return serve


def answering(answer: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    return serve


@asynccontextmanager
async def at(serve: Serve) -> AsyncIterator[str]:
    """Run one server and give its address."""
    gone: list[asyncio.StreamWriter] = []

    async def taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        gone.append(writer)
        await serve(reader, writer)

    server = await asyncio.start_server(taken, "127.0.0.1", 0)
    try:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/central/CP2500"
    finally:
        for writer in gone:
            writer.close()
        server.close()


async def ended(socket: far.PlatformSocket) -> int | None:
    await asyncio.wait_for(socket.ended(), 5)
    return socket.close_code


async def test_what_comes_with_the_handshake_and_in_parts_is_told_whole_and_in_order() -> None:
    said = (
        frame(Opcode.TEXT, b'[2,"a",'),
        frame(Opcode.TEXT, "[3,“é”".encode(), final=False),
        frame(Opcode.PING, b"between"),
        frame(Opcode.CONTINUATION, b"", final=False),
        frame(Opcode.CONTINUATION, b"]"),
        frame(Opcode.BINARY, b"\x00\xff", final=False),
        frame(Opcode.CONTINUATION, b"\xfe"),
        frame(Opcode.TEXT, b""),
        frame(Opcode.TEXT, b"x" * 70_000),
        close_frame(4001),
    )
    async with at(opening(*said)) as url:
        socket = await dial(url, ["ocpp1.6"], {})
        await asyncio.sleep(0)
        heard = Heard()
        socket.listen(heard)
        assert await ended(socket) == 4001
    assert heard.said == [
        (Opcode.TEXT, '[2,"a",'),
        (Opcode.PING, b"between"),
        (Opcode.TEXT, "[3,“é”]"),
        (Opcode.BINARY, b"\x00\xff\xfe"),
        (Opcode.TEXT, ""),
        (Opcode.TEXT, "x" * 70_000),
    ]
    assert socket.closed


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (frame(Opcode.TEXT, b"\xff\xfe"), 1007),
        (frame(Opcode.CONTINUATION, b"of nothing"), 1002),
        (frame(Opcode.TEXT, b"a", final=False) + frame(Opcode.TEXT, b"b"), 1002),
        (frame(Opcode.TEXT, b"a" * 3_000_000, final=False) + frame(Opcode.CONTINUATION, b"b" * 3_000_000), 1009),
        (b"\xff\xff\xff", 1002),
        (b"\xc1\x02hi", 1002),
    ],
    ids=["not UTF-8", "part of nothing", "message within another", "too long in parts", "no frame", "compressed"],
)
async def test_what_is_no_websocket_message_ends_it_with_the_code_of_the_standard(said: bytes, code: int) -> None:
    came: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    async with at(opening(said, came=came)) as url:
        socket = await dial(url, [], {})
        socket.listen(Heard())
        answer = await asyncio.wait_for(came, 5)
        await ended(socket)
    mask, body = answer[2:6], answer[6:8]
    assert answer[0] == 0x88
    assert int.from_bytes(bytes(one ^ other for one, other in zip(body, mask, strict=False))) == code


async def test_one_message_that_is_too_long_ends_it_unread() -> None:
    async with at(opening(frame(Opcode.TEXT, b"a" * (LARGEST + 1)))) as url:
        socket = await dial(url, [], {})
        heard = Heard()
        socket.listen(heard)
        assert await ended(socket) == far.ABNORMAL
    assert heard.said == []


@pytest.mark.parametrize(
    ("answer", "status", "reached"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/elsewhere\r\n\r\n", 502, True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 502, True),
        (b"HTTP/1.1 429 Slow\r\n\r\n", 429, True),
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", 502, True),
        (b"", 503, False),
    ],
    ids=["a redirect", "a page", "a refusal", "another protocol", "nothing"],
)
async def test_an_answer_that_opens_no_socket_refuses_the_station(answer: bytes, status: int, reached: bool) -> None:
    async with at(answering(answer)) as url:
        with pytest.raises(PlatformRefusedError) as refusal:
            await dial(url, ["ocpp1.6"], {})
    assert (refusal.value.status, refusal.value.reached) == (status, reached), str(refusal.value)


async def test_a_sub_protocol_that_was_not_offered_is_none() -> None:
    async with at(opening(more="Sec-WebSocket-Protocol: ocpp7\r\n")) as url:
        socket = await dial(url, ["ocpp1.6"], {})
        assert socket.protocol is None
        socket.give_up()
        await ended(socket)


async def test_a_dialling_that_is_given_up_leaves_no_socket_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    left = asyncio.Event()
    reached = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        reached.set()
        await reader.read()
        left.set()

    monkeypatch.setattr(far, "DIAL_S", 0.5)
    async with at(silent) as url:
        dialling = asyncio.create_task(dial(url, [], {}))
        await asyncio.wait_for(reached.wait(), 5)
        dialling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await dialling
        await asyncio.wait_for(left.wait(), 5)


async def test_a_platform_that_does_not_answer_a_close_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(far, "DIAL_S", 0.3)
    async with at(opening()) as url:
        socket = await dial(url, [], {})
        await socket.close(1000)
        assert await ended(socket) == far.ABNORMAL


async def test_tls_of_a_platform_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = make_files(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)

    async def echo(line: websockets.ServerConnection) -> None:
        async for message in line:
            await line.send(message)

    async with websockets.serve(echo, "127.0.0.1", 0, ssl=context, compression=None) as server:
        url = f"wss://localhost:{next(iter(server.sockets)).getsockname()[1]}/central/CP2500"
        with pytest.raises(PlatformRefusedError, match="certificate verify failed"):
            await dial(url, [], {})
        monkeypatch.setenv("SSL_CERT_FILE", str(files.client_ca))
        socket = await dial(url, [], {})
        heard = Heard()
        socket.listen(heard)
        socket.send_text("over TLS" * 40_000)
        async with asyncio.timeout(5):
            while not heard.said:
                await asyncio.sleep(0.01)
        assert heard.said == [(Opcode.TEXT, "over TLS" * 40_000)]
        await socket.close(1000)
        assert await ended(socket) == 1000


async def test_a_socket_that_is_closed_holds_on_to_nobody() -> None:
    """A fleet dials all day long, and what only the garbage collector finds stays for hours."""
    gone: list[weakref.ref[object]] = []

    class Bound(Heard):
        socket: object

    gc.disable()
    try:
        async with at(opening(frame(Opcode.TEXT, b"[]"))) as url:
            socket = await dial(url, [], {})
            hearer = Bound()
            hearer.socket = socket
            socket.listen(hearer)
            await socket.close(1000)
            assert hearer.said == [(Opcode.TEXT, "[]")]
            gone += [weakref.ref(socket), weakref.ref(hearer)]
            del socket, hearer
            await asyncio.sleep(0)
        assert [one() for one in gone] == [None, None]
    finally:
        gc.enable()


async def test_one_whose_closing_is_cancelled_holds_on_to_nobody_either() -> None:
    async with at(opening()) as url:
        socket = await dial(url, [], {})
        socket.listen(Heard())
        closing = asyncio.create_task(socket.close(1000))
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        gone = weakref.ref(socket)
        gc.disable()
        try:
            del socket, closing
            for _ in range(20):
                await asyncio.sleep(0.01)
                if gone() is None:
                    break
            assert gone() is None
        finally:
            gc.enable()
