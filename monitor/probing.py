"""The prober of a running service, as its configuration wants it."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import structlog

from monitor.collectors.probes.prober import Canary, Prober
from monitor.collectors.probes.ways import Asker, may_ping
from monitor.core.endpoints import read_endpoint

if TYPE_CHECKING:
    from monitor.core.clock import Clock
    from monitor.core.registry import Bearer
    from monitor.registry.directory import Directory
    from monitor.runtime.engine import Engine
    from monitor.runtime.intake import Intake
    from monitor.settings import ProbeSettings

log = structlog.get_logger("probes")


def make_prober(settings: ProbeSettings, clock: Clock, directory: Directory, engine: Engine, intake: Intake) -> Prober:
    """Return what probes the stations of `directory` and the canaries of `settings`, with the ways that this machine allows."""
    privileged = may_ping()
    if privileged is None:
        log.info("ICMP is not allowed here: hosts without a port are asked by TCP")

    def doubt(bearer: Bearer, answers: bool) -> None:  # noqa: FBT001  (called back with what changed)
        engine.canary(bearer, answers=answers)

    return Prober(
        clock=clock,
        directory=directory,
        view=engine,
        intake=intake,
        way=Asker(clock, privileged),
        rng=Random(),  # noqa: S311  (spreads probes over time)
        canaries=[Canary(bearer=one.bearer, endpoint=read_endpoint(one.host)) for one in settings.canary],
        doubt=doubt,
    )
