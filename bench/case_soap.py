"""Case 9: CPU of the server for one SOAP message of OCPP 1.5 over kept connections: a Heartbeat, and a status that changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench.findings import Effort, Finding, middle
from bench.load import said_by
from bench.servers import ours, peer_soap

if TYPE_CHECKING:
    from bench.servers import Server

TITLE: Final = "CPU of the server for one SOAP message, 50 connections"
CONNECTIONS: Final = 50
LIMIT_US: Final = 400.0


def run(effort: Effort) -> list[Finding]:
    """Measure both servers, one after the other, `effort.rounds` times."""
    taken: dict[tuple[str, str], list[float]] = {}
    for number in range(effort.rounds):
        for kind in ("heartbeat", "status"):
            with ours(CONNECTIONS) as server:
                taken.setdefault(("ours", kind), []).append(_measure(server, kind, effort))
        with peer_soap() as server:
            taken.setdefault(("peer", "heartbeat"), []).append(_measure(server, "heartbeat", effort))
        effort.progress(f"round {number + 1}: { ({' '.join(key): round(values[-1]) for key, values in taken.items()}) }")
    found = []
    for kind, what in (("heartbeat", "a Heartbeat"), ("status", "a changed StatusNotification, committed before it is answered")):
        value, spread = middle(taken["ours", kind])
        peer = middle(taken["peer", kind])[0] if ("peer", kind) in taken else None
        found.append(
            Finding(what=what, unit="µs", ours=value, spread=spread, peer=peer, peer_name="bare aiohttp", at_most=LIMIT_US)
        )
    return found


def _measure(server: Server, kind: str, effort: Effort) -> float:
    """Return µs of CPU a message, after a warm-up."""
    _load(server, kind, effort.warmup_s)
    before = server.cpu_s()
    messages = _load(server, kind, effort.seconds)
    return (server.cpu_s() - before) / messages * 1e6


def _load(server: Server, kind: str, seconds: float) -> float:
    words = [str(server.port), str(CONNECTIONS), str(seconds), kind]
    return said_by("bench.soap_load", *words, patience_s=seconds + 60.0)["messages"]
