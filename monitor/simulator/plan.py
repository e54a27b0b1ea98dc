"""The plan of a fleet: everything that decides a run. The same plan gives the same stations with the same faults."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from monitor.simulator.faults import Fault, FaultKind, schedule
from monitor.simulator.mix import DEMO_MIX, Mix, apportion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.simulator.dialect import Nameplate, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPlan:
    """A fleet and its run.

    Attributes:
        url: the central system's address, without the identity: ``ws://HOST:PORT/ocpp``.
        stations: how many there are; of a `roll`, how many of it at most.
        mix: which share fails in which way; the bearers and versions are those of `demo_registry`.
        seed: decides everything that is drawn.
        heartbeat_s: the interval to keep instead of the one in the Boot reply; station seconds.
        time_scale: station seconds to one of ours; it holds for every duration but `duration_s` and `answer_s`.
        duration_s: our seconds until the fleet goes home; ``None``: until it is told to.
        spread_s: over how long the first connections are spread; 0: all at one instant.
        idle_s: mean time without a car at a connector.
        answer_s: our seconds of patience with a CALL.
        roll: the stations to be; empty: those of `demo_registry`.
        radius: host, port and secret of who takes accounting records of their SIMs.
        ca: a file with the authorities that vouch for a central system at ``wss://``; empty: those of the machine.
        certificates: a folder with IDENTITY.pem and IDENTITY.key of stations of security profile 3.
        cards: what drivers show; empty: numbers that are made up.
    """

    url: str
    stations: int = 200
    mix: Mix = DEMO_MIX
    seed: int = 1
    heartbeat_s: float | None = None
    time_scale: float = 1.0
    duration_s: float | None = None
    spread_s: float = 5.0
    idle_s: float = 600.0
    answer_s: float = 30.0
    roll: tuple[Nameplate, ...] = ()
    radius: tuple[str, int, bytes] | None = None
    ca: str = ""
    certificates: str = ""
    cards: tuple[str, ...] = ()


def seeded(plan: FleetPlan, purpose: str) -> Random:
    """Return the source of chance for one purpose, independent of every other one."""
    return Random(f"{plan.seed}/{purpose}")  # noqa: S311  a simulation must be repeatable; nothing secret is drawn from it


def fault_kinds(plan: FleetPlan, count: int) -> list[FaultKind | None]:
    """Return how each of `count` stations fails; ``None``: not at all."""
    shares: list[tuple[FaultKind | None, float]] = list(plan.mix.faults)
    kinds = apportion(shares, count, None)
    seeded(plan, "faults").shuffle(kinds)
    return kinds


def versions(plan: FleetPlan, count: int) -> list[Version]:
    """Return which version of OCPP each of `count` stations of a demo speaks."""
    spoken = apportion(plan.mix.versions, count, plan.mix.versions[0][0])
    seeded(plan, "versions").shuffle(spoken)
    return spoken


def faults_of(plan: FleetPlan, number: int, kind: FaultKind | None) -> Iterator[Fault]:
    """Return the endless schedule of the station with that `number` in the fleet; stations of a storm share theirs."""
    if kind is None:
        return iter(())
    return schedule(kind, seeded(plan, "storm" if kind is FaultKind.STORM else f"fault/{number}"))
