"""Whoever asks may go before he is answered, at any moment: no defect of ours, and nothing about it in the log."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import TYPE_CHECKING

import pytest

from tests.support.sites import Site, running_site

if TYPE_CHECKING:
    from pathlib import Path

SHEET = "sticker,bearer,password\nCP001,lan,a very long password\n"
UPGRADE = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
    "Sec-WebSocket-Protocol: ocpp1.6\r\n"
)
ENDED_AT_ONCE = struct.pack("ii", 1, 0)
"""``SO_LINGER`` of 0 s: a close is a reset, as of a device without power or a modem that lost its address."""
MOMENTS_S = (0.0, 0.0005, 0.001, 0.002, 0.004, 0.008)


async def whole_and_begun(site: Site) -> tuple[list[tuple[int, bytes]], list[tuple[int, bytes]]]:
    """Return requests by their ports: some that are whole, and some whose body goes on after what is sent."""
    token = f"Authorization: Bearer {site.token}\r\n"
    house = site.house
    async with await site.log_in() as http:
        cookie = "".join(f"Cookie: {one.key}={one.value}\r\n" for one in http.cookie_jar)
    whole = [
        (house.field, "/ocpp/CP001", UPGRADE),
        (house.console, "/", cookie),
        (house.console, "/stations/CP001", cookie),
        (house.console, "/api/v1/stations", token),
        (house.console, "/api/v1/events?station=CP001", token),
        (house.public, "/b/CP001", ""),
        (house.ops, "/metrics", ""),
        (house.ops, "/metrics", "Accept-Encoding: gzip\r\n"),
    ]
    form = "Content-Type: application/x-www-form-urlencoded\r\n"
    begun = [
        (house.field, "/ocpp/soap", "Content-Type: application/soap+xml\r\n"),
        (house.console, "/api/v1/ingest", token),
        (house.console, "/login", form),
        (house.console, "/stations/CP001/note", f"{cookie}{form}"),
        (house.console, "/stations/CP001/note", form),
        (house.console, "/api/v1/calls", token),
        (house.public, "/telephony/calls", f"{token}{form}"),
    ]
    return (
        [(port, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}\r\n".encode()) for port, path, headers in whole],
        [
            (port, f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}Content-Length: 500000\r\n\r\na=b".encode())
            for port, path, headers in begun
        ],
    )


async def hang_up(port: int, request: bytes, after_s: float, *, reset: bool) -> None:
    """Send `request` and be gone `after_s` later."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    if reset:
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ENDED_AT_ONCE)
    writer.write(request)
    await asyncio.sleep(after_s)
    await end(writer)


async def status_of(port: int, request: bytes) -> int:
    """Send `request` and wait for the first line of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        return int((await reader.readline()).split()[1])
    finally:
        await end(writer)


async def end(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


@pytest.mark.parametrize("reset", [True, False])
async def test_who_goes_before_he_is_answered_is_no_defect(tmp_path: Path, *, reset: bool) -> None:
    """`running_site` looks for tracebacks; that who waits is answered shows that the requests are what they should be."""
    async with running_site(tmp_path, SHEET) as site:
        whole, begun = await whole_and_begun(site)
        for after_s in MOMENTS_S:
            await asyncio.gather(*(hang_up(port, request, after_s, reset=reset) for port, request in whole + begun))
        assert [await status_of(port, request) for port, request in whole] == [101, *[200] * (len(whole) - 1)]
