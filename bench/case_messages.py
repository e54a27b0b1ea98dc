"""Case 1: CPU of the serving process for one round trip, 1,000 connections, saturated closed loop.

Everything is included: for ours also the health model, the event log and the database; a changed status is answered after its
commit. The peer keeps nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench.findings import Effort, Finding, middle
from bench.load import BenchError, load
from bench.servers import IDENTITY, Server, ours, peer

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

TITLE: Final = "CPU of the server for one message, 1,000 connections"
CONNECTIONS: Final = 1000
_DOCUMENTED: Final = "ocpp, as documented"
_QUIET: Final = "ocpp, log WARNING"
_MESSAGES: Final = {"heartbeat": "Heartbeat", "status": "StatusNotification, changed"}
_SHARE_OF_PEER: Final = {"heartbeat": 0.2, "status": 0.2}
"""At most a fifth of the peer as its library documents it."""

Key = tuple[str, str]


def run(effort: Effort) -> list[Finding]:
    """Measure, one server after the other, `effort.rounds` times."""
    servers: dict[str, Callable[[], AbstractContextManager[Server]]] = {
        "ours": lambda: ours(CONNECTIONS),
        _DOCUMENTED: lambda: peer("INFO"),
        _QUIET: peer,
    }
    cpu_us: dict[Key, list[float]] = {}
    latency_ms: dict[str, list[float]] = {}
    for number in range(effort.rounds):
        for name, started in servers.items():
            with started() as server:
                for message in _MESSAGES:
                    cost_us, p99_ms = _measure(server, message, effort)
                    cpu_us.setdefault((name, message), []).append(cost_us)
                    if name == "ours":
                        latency_ms.setdefault(message, []).append(p99_ms)
                    effort.progress(f"round {number + 1}, {name}, {message}: {cost_us:.1f} µs")
    return _findings(cpu_us) + _latencies(latency_ms)


def _measure(server: Server, message: str, effort: Effort) -> tuple[float, float]:
    options: dict[str, str | float] = {"message": message, "seconds": effort.seconds, "warmup": effort.warmup_s, "pid": server.pid}
    with load(server.port, connections=CONNECTIONS, identity=IDENTITY, **options) as client:
        ready = client.ready()
        done = client.done()
    if ready.failed or done.errors or not done.messages:
        message = f"{server.name}: {ready.failed} connections failed, {done.errors} wrong replies, {done.messages} messages"
        raise BenchError(message)
    return done.server_cpu_s / done.messages * 1e6, done.p99_s * 1e3


def _findings(cpu_us: dict[Key, list[float]]) -> list[Finding]:
    return [
        Finding(
            what=words,
            unit="µs",
            ours=middle(cpu_us["ours", message])[0],
            spread=middle(cpu_us["ours", message])[1],
            peer=middle(cpu_us[name, message])[0],
            peer_name=name,
            share_of_peer=_SHARE_OF_PEER[message] if name == _DOCUMENTED else None,
        )
        for message, words in _MESSAGES.items()
        for name in (_DOCUMENTED, _QUIET)
    ]


def _latencies(latency_ms: dict[str, list[float]]) -> list[Finding]:
    return [
        Finding(
            what=f"{words}: p99 of a reply at saturation",
            unit="ms",
            ours=middle(latency_ms[message])[0],
            spread=middle(latency_ms[message])[1],
        )
        for message, words in _MESSAGES.items()
    ]
