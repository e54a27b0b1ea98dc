"""Case 10: CPU of the tap for one round trip of a station with its platform, and what it adds to its time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench.findings import Effort, Finding, middle
from bench.load import BenchError, load
from bench.servers import IDENTITY, ours, platform, relay

if TYPE_CHECKING:
    from bench.servers import Server

TITLE: Final = "Between a station and its platform: CPU for one round trip, 100 connections; added time, 4 connections"
CONNECTIONS: Final = 100
FEW: Final = 4
_SHARE: Final = 1.6
_ADDED_MS: Final = 5.0
_MESSAGES: Final = {
    "day": "a message of a busy day: one of ten a changed StatusNotification",
    "heartbeat": "a Heartbeat",
    "status": "a changed StatusNotification, and nothing else",
}


def run(effort: Effort) -> list[Finding]:
    """Measure the bare relay and ours, one after the other, `effort.rounds` times, before the same platform."""
    cpu: dict[tuple[str, str], list[float]] = {}
    added: dict[str, list[float]] = {"ours": [], "relay": []}
    for number in range(effort.rounds):
        with platform() as central:
            upstream = f"ws://127.0.0.1:{central.port}/ocpp"
            direct, _ = _measure(central, "heartbeat", FEW, effort)
            for name, started in (
                ("relay", relay(upstream)),
                ("ours", ours(CONNECTIONS, f'[tap]\nupstream = "{upstream}"\n', tap=True)),
            ):
                with started as server:
                    for message in _MESSAGES:
                        cpu.setdefault((name, message), []).append(_measure(server, message, CONNECTIONS, effort)[1])
                    added[name].append(_measure(server, "heartbeat", FEW, effort)[0] - direct)
        effort.progress(
            f"round {number + 1}: { ({' '.join(key): round(values[-1], 1) for key, values in cpu.items()}) } added {added}"
        )
    found = [
        Finding(
            what=words,
            unit="µs",
            ours=middle(cpu["ours", message])[0],
            spread=middle(cpu["ours", message])[1],
            peer=middle(cpu["relay", message])[0],
            peer_name="bare aiohttp relay",
            share_of_peer=_SHARE,
        )
        for message, words in _MESSAGES.items()
    ]
    return [
        *found,
        Finding(
            what="p99 of a round trip, beyond that without anything between",
            unit="ms",
            ours=middle(added["ours"])[0],
            spread=middle(added["ours"])[1],
            peer=middle(added["relay"])[0],
            peer_name="bare aiohttp relay",
            at_most=_ADDED_MS,
        ),
    ]


def _measure(server: Server, message: str, connections: int, effort: Effort) -> tuple[float, float]:
    """Return p99 in ms and CPU of `server` in µs for one round trip."""
    with load(
        server.port,
        connections=connections,
        identity=IDENTITY,
        protocol="ocpp1.6",
        message=message,
        seconds=effort.seconds,
        warmup=effort.warmup_s,
        pid=server.pid,
    ) as client:
        ready = client.ready()
        done = client.done()
    if ready.failed or done.errors or not done.messages:
        why = f"{server.name}: {ready.failed} connections failed, {done.errors} wrong replies, {done.messages} messages"
        raise BenchError(why)
    return done.p99_s * 1e3, done.server_cpu_s / done.messages * 1e6
