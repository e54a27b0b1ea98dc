"""Posts SOAP messages over kept connections: `python -m bench.soap_load PORT CONNECTIONS SECONDS heartbeat|status`; prints JSON.

Every answer must be a response of OCPP 1.5 with status 200; one that is not voids the run.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Final

from bench.servers import IDENTITY

_SPACE: Final = "urn://Ocpp/Cs/2012/06/"
_BODIES: Final = {
    "heartbeat": "<c:heartbeatRequest/>",
    "status": (
        "<c:statusNotificationRequest><c:connectorId>1</c:connectorId><c:status>{status}</c:status>"
        "<c:errorCode>NoError</c:errorCode></c:statusNotificationRequest>"
    ),
}
_STATUSES: Final = ("Available", "Occupied")


def _request(identity: str, kind: str, number: int) -> bytes:
    body = _BODIES[kind].format(status=_STATUSES[number % 2])
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
        f' xmlns:c="{_SPACE}"><s:Header><c:chargeBoxIdentity>{identity}</c:chargeBoxIdentity></s:Header>'
        f"<s:Body>{body}</s:Body></s:Envelope>"
    ).encode()
    head = (
        "POST /ocpp/soap HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/soap+xml; charset=utf-8\r\n"
        f"Content-Length: {len(text)}\r\n\r\n"
    )
    return head.encode() + text


async def _talk(port: int, identity: str, kind: str, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sent = 0
    while time.perf_counter() < until:
        writer.write(_request(identity, kind, sent))
        head = await reader.readuntil(b"\r\n\r\n")
        size = next(int(line.split(b":")[1]) for line in head.splitlines() if line.lower().startswith(b"content-length"))
        answer = await reader.readexactly(size)
        if b" 200 " not in head[:20] or b"Response" not in answer:
            message = f"{head[:80]!r} {answer[:200]!r}"
            raise RuntimeError(message)
        sent += 1
    writer.close()
    return sent


async def _run(port: int, connections: int, seconds: float, kind: str) -> dict[str, float]:
    began = time.perf_counter()
    counts = await asyncio.gather(*(_talk(port, IDENTITY % number, kind, began + seconds) for number in range(connections)))
    return {"messages": sum(counts), "seconds": time.perf_counter() - began}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_run(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]))))
