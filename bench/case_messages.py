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
_PROTOCOLS: Final = {"ocpp1.6": "1.6", "ocpp2.0.1": "2.0.1"}
_SHARE_OF_PEER: Final = 0.2
"""At most a fifth of the peer as its library documents it."""

Task = tuple[str, str]
"""A sub-protocol and a message."""
_TASKS: Final[dict[Task, str]] = {
    (protocol, message): f"{words}, {version}" for protocol, version in _PROTOCOLS.items() for message, words in _MESSAGES.items()
}


def run(effort: Effort) -> list[Finding]:
    """Measure, one server after the other, `effort.rounds` times."""
    servers: dict[str, Callable[[], AbstractContextManager[Server]]] = {
        "ours": lambda: ours(CONNECTIONS),
        _DOCUMENTED: lambda: peer("INFO"),
        _QUIET: peer,
    }
    cpu_us: dict[tuple[str, Task], list[float]] = {}
    latency_ms: dict[Task, list[float]] = {}
    for number in range(effort.rounds):
        for name, started in servers.items():
            with started() as server:
                for task, words in _TASKS.items():
                    cost_us, p99_ms = _measure(server, task, effort)
                    cpu_us.setdefault((name, task), []).append(cost_us)
                    if name == "ours":
                        latency_ms.setdefault(task, []).append(p99_ms)
                    effort.progress(f"round {number + 1}, {name}, {words}: {cost_us:.1f} µs")
    return _findings(cpu_us) + _latencies(latency_ms)


def _measure(server: Server, task: Task, effort: Effort) -> tuple[float, float]:
    protocol, message = task
    options: dict[str, str | float] = {
        "protocol": protocol,
        "message": message,
        "seconds": effort.seconds,
        "warmup": effort.warmup_s,
        "pid": server.pid,
    }
    with load(server.port, connections=CONNECTIONS, identity=IDENTITY, **options) as client:
        ready = client.ready()
        done = client.done()
    if ready.failed or done.errors or not done.messages:
        message = f"{server.name}: {ready.failed} connections failed, {done.errors} wrong replies, {done.messages} messages"
        raise BenchError(message)
    return done.server_cpu_s / done.messages * 1e6, done.p99_s * 1e3


def _findings(cpu_us: dict[tuple[str, Task], list[float]]) -> list[Finding]:
    return [
        Finding(
            what=words,
            unit="µs",
            ours=middle(cpu_us["ours", task])[0],
            spread=middle(cpu_us["ours", task])[1],
            peer=middle(cpu_us[name, task])[0],
            peer_name=name,
            share_of_peer=_SHARE_OF_PEER if name == _DOCUMENTED else None,
        )
        for task, words in _TASKS.items()
        for name in (_DOCUMENTED, _QUIET)
    ]


def _latencies(latency_ms: dict[Task, list[float]]) -> list[Finding]:
    return [
        Finding(
            what=f"{words}: p99 of a reply at saturation",
            unit="ms",
            ours=middle(latency_ms[task])[0],
            spread=middle(latency_ms[task])[1],
        )
        for task, words in _TASKS.items()
    ]
