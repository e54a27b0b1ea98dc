"""Accounting records at a steady rate: `python -m bench.radius_load PORT SECRET SIMS RATE SECONDS`; prints JSON.

Each SIM has a session; its records are interim ones whose counters rise. The packets are made before the time begins. None is sent
again: what is not answered within two seconds of the last is lost.
"""

from __future__ import annotations

import hashlib
import json
import socket
import struct
import sys
import time
from typing import Final

SOCKETS: Final = 64
"""A client has 256 identifiers a socket (RFC 2865 §3)."""


def _attribute(kind: int, value: bytes) -> bytes:
    return bytes((kind, len(value) + 2)) + value


def _packet(identifier: int, sim: int, octets: int, secret: bytes) -> bytes:
    attributes = (
        _attribute(40, struct.pack("!I", 3))
        + _attribute(44, b"session-%d" % sim)
        + _attribute(32, b"gateway")
        + _attribute(31, b"352621%06d" % sim)
        + _attribute(8, bytes((10, 20, sim >> 8 & 255, sim & 255)))
        + _attribute(42, struct.pack("!I", octets))
        + _attribute(43, struct.pack("!I", octets // 2))
    )
    head = struct.pack("!BBH", 4, identifier, 20 + len(attributes))
    return head + hashlib.md5(head + b"\0" * 16 + attributes + secret, usedforsecurity=False).digest() + attributes


def _right(answer: bytes, request: bytes, secret: bytes) -> bool:
    want = hashlib.md5(answer[:4] + request[4:20] + answer[20:] + secret, usedforsecurity=False).digest()
    return answer[0] == 5 and answer[4:20] == want  # noqa: PLR2004  (Accounting-Response)


def _run(port: int, secret: bytes, sims: int, rate: int, seconds: float) -> dict[str, float]:
    sockets = []
    for _ in range(SOCKETS):
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        one.connect(("127.0.0.1", port))
        one.setblocking(False)  # noqa: FBT003  (its only argument)
        sockets.append(one)
    total = int(rate * seconds)
    packets = [_packet(number // SOCKETS % 256, number % sims, 100 * (number // sims + 1), secret) for number in range(total)]
    waiting: dict[tuple[int, int], tuple[float, bytes]] = {}
    waits: list[float] = []
    sent = wrong = 0
    began = time.perf_counter()
    while sent < total or (waiting and time.perf_counter() - began < seconds + 2.0):
        due = min(total, int((time.perf_counter() - began) * rate))
        while sent < due:
            number, packet = sent % SOCKETS, packets[sent]
            waiting[number, packet[1]] = (time.perf_counter(), packet)
            sockets[number].send(packet)
            sent += 1
        for number, one in enumerate(sockets):
            try:
                while True:
                    answer = one.recv(4096)
                    at, request = waiting.pop((number, answer[1]), (0.0, b""))
                    wrong += not request or not _right(answer, request, secret)
                    waits.append(time.perf_counter() - at)
            except BlockingIOError:
                continue
        time.sleep(0.0005)
    waits.sort()
    p99 = waits[int(len(waits) * 0.99) - 1] if waits else 0.0
    return {"sent": sent, "answered": len(waits), "wrong": wrong, "p99_s": p99}


if __name__ == "__main__":
    print(json.dumps(_run(int(sys.argv[1]), sys.argv[2].encode(), int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))))
