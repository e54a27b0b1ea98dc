"""Dials a TLS port again and again: `python -m bench.tls_load PORT CA COUNT AT_ONCE [HEALTH_PORT]`; prints one JSON line.

Every handshake is a full one, no session is taken up again. Meanwhile `/-/healthy` at `HEALTH_PORT` is asked every 10 ms over one
connection: how long it waits is how late the server's loop is.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import time
from typing import Final

_PAUSE_S: Final = 0.01


async def _dial(port: int, context: ssl.SSLContext, left: list[int]) -> None:
    while left:
        left.pop()
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
        writer.transport.abort()


async def _waits(port: int, waited: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while True:
        began = time.perf_counter()
        writer.write(b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        size = next(int(line.split(b":")[1]) for line in head.splitlines() if line.lower().startswith(b"content-length"))
        await reader.readexactly(size)
        waited.append(time.perf_counter() - began)
        await asyncio.sleep(_PAUSE_S)


async def _run(port: int, ca: str, count: int, at_once: int, health: int) -> dict[str, float]:
    context = ssl.create_default_context(cafile=ca)
    waited: list[float] = []
    asking = asyncio.create_task(_waits(health, waited)) if health else None
    began, cpu = time.perf_counter(), time.process_time()
    left = list(range(count))
    await asyncio.gather(*(_dial(port, context, left) for _ in range(at_once)))
    seconds, used = time.perf_counter() - began, time.process_time() - cpu
    if asking is not None:
        asking.cancel()
    waited.sort()
    return {"seconds": seconds, "client_cpu_s": used, "lag_p99_s": waited[int(0.99 * len(waited))] if waited else 0.0}


if __name__ == "__main__":
    port, ca, count, at_once, *health = sys.argv[1:]
    print(json.dumps(asyncio.run(_run(int(port), ca, int(count), int(at_once), int(health[0]) if health else 0))))
