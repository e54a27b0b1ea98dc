"""How a host is asked whether it is there: by ICMP where this process may, by a TCP connection otherwise.

A connection that is refused was answered. What an answer means is not decided here.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Final, Protocol

import icmplib

if TYPE_CHECKING:
    from monitor.core.clock import Clock
    from monitor.core.endpoints import Endpoint

PORT: Final = 80
"""Where a host without a port is connected to when ICMP is not allowed: its refusal is an answer too."""


class Way(Protocol):
    """Asks a host once."""

    async def __call__(self, endpoint: Endpoint, patience_s: float) -> float | None:
        """Return the round trip in seconds, ``None`` when nothing answered within `patience_s`."""
        ...


def may_ping() -> bool | None:
    """Say whether ICMP needs the privileged kind of socket (``True``), the plain kind (``False``), or is not allowed (``None``)."""
    for kind, privileged in ((socket.SOCK_DGRAM, False), (socket.SOCK_RAW, True)):
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP):
            return privileged
    return None


class Asker:
    """The ways of this machine, as one `Way`."""

    def __init__(self, clock: Clock, privileged: bool | None) -> None:  # noqa: FBT001  (as `may_ping` says)
        """Ping with that kind of socket; with ``None`` by TCP only."""
        self._clock = clock
        self._privileged = privileged

    async def __call__(self, endpoint: Endpoint, patience_s: float) -> float | None:
        """Ask once (`Way`)."""
        try:
            async with asyncio.timeout(patience_s):
                if endpoint.port is None and self._privileged is not None:
                    return await self._ping(endpoint.host, patience_s, privileged=self._privileged)
                return await self._connect(endpoint.host, endpoint.port or PORT)
        except (TimeoutError, OSError, ValueError, icmplib.ICMPLibError):
            return None

    async def _ping(self, host: str, patience_s: float, *, privileged: bool) -> float | None:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        answer = await icmplib.async_ping(found[0][4][0], count=1, timeout=patience_s, privileged=privileged)
        return answer.avg_rtt / 1000.0 if answer.is_alive else None

    async def _connect(self, host: str, port: int) -> float:
        began = self._clock.monotonic()
        try:
            _, writer = await asyncio.open_connection(host, port)
        except ConnectionRefusedError:
            return self._clock.monotonic() - began
        rtt_s = self._clock.monotonic() - began
        writer.transport.abort()
        return rtt_s
