"""Case 5: a reconnect storm: 5,000 stations dial at once, each boots and reports a status; seconds until the last is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench.findings import Effort, Finding, middle
from bench.load import BenchError, load
from bench.servers import IDENTITY, Server, ours, peer

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

TITLE: Final = "Reconnect storm, 5,000 stations at once"
CONNECTIONS: Final = 5000


def run(effort: Effort) -> list[Finding]:
    """Measure both servers, one after the other, `effort.rounds` times."""
    servers: dict[str, Callable[[], AbstractContextManager[Server]]] = {"ours": lambda: ours(CONNECTIONS), "ocpp": peer}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in servers}
    for number in range(effort.rounds):
        for name, started in servers.items():
            with started() as server:
                taken[name].append(_measure(server))
            effort.progress(f"round {number + 1}, {name}: {taken[name][-1][0]:.2f} s")
    found = []
    for place, what in enumerate(("until the last is answered", "CPU of the server")):
        value, spread = middle([run[place] for run in taken["ours"]])
        found.append(
            Finding(
                what=what,
                unit="s",
                ours=value,
                spread=spread,
                peer=middle([run[place] for run in taken["ocpp"]])[0],
                peer_name="ocpp",
                share_of_peer=None if place else 1.0,
            )
        )
    return found


def _measure(server: Server) -> tuple[float, float]:
    before = server.cpu_s()
    with load(server.port, connections=CONNECTIONS, window=CONNECTIONS, identity=IDENTITY, mode="hold") as client:
        ready = client.ready()
        used = server.cpu_s() - before
        client.end()
    if ready.failed:
        message = f"{server.name}: {ready.failed} of {CONNECTIONS} connections failed"
        raise BenchError(message)
    return ready.seconds, used
