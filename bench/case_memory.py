"""Case 2: resident memory for one idle connection: VmRSS before any connection and after Boot and Status of all, 5 s idle."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from bench.findings import Effort, Finding, middle
from bench.load import BenchError, load
from bench.servers import IDENTITY, Server, ours, peer

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

TITLE: Final = "Resident memory for an idle connection, 5,000 connections"
CONNECTIONS: Final = 5000
_IDLE_S: Final = 5.0
_AT_MOST_KIB: Final = 24.0


def run(effort: Effort) -> list[Finding]:
    """Measure both servers, one after the other, `effort.rounds` times."""
    servers: dict[str, Callable[[], AbstractContextManager[Server]]] = {"ours": lambda: ours(CONNECTIONS), "ocpp": peer}
    kept: dict[str, list[tuple[float, float]]] = {name: [] for name in servers}
    for number in range(effort.rounds):
        for name, started in servers.items():
            with started() as server:
                kept[name].append(_measure(server))
            effort.progress(f"round {number + 1}, {name}: {kept[name][-1][0]:.1f} KiB a connection")
    each, spread = middle([one for one, _ in kept["ours"]])
    whole, whole_spread = middle([whole for _, whole in kept["ours"]])
    return [
        Finding(
            what="a connection, with its station's state",
            unit="KiB",
            ours=each,
            spread=spread,
            peer=middle([one for one, _ in kept["ocpp"]])[0],
            peer_name="ocpp, keeps no state",
            at_most=_AT_MOST_KIB,
        ),
        Finding(
            what="the whole server with all connections",
            unit="MB",
            ours=whole,
            spread=whole_spread,
            peer=middle([whole for _, whole in kept["ocpp"]])[0],
            peer_name="ocpp",
        ),
    ]


def _measure(server: Server) -> tuple[float, float]:
    before = server.rss_kb()
    with load(server.port, connections=CONNECTIONS, identity=IDENTITY, mode="hold") as client:
        ready = client.ready()
        if ready.failed:
            message = f"{server.name}: {ready.failed} of {CONNECTIONS} connections failed"
            raise BenchError(message)
        time.sleep(_IDLE_S)
        after = server.rss_kb()
        client.end()
    return (after - before) / CONNECTIONS, after / 1024
