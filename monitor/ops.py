"""What Prometheus and the orchestrator reach: every figure of a running service, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.exporter.fleet import FleetExposition
from monitor.exporter.http import OpsPages
from monitor.exporter.service_collector import ServiceFigures, service_registry

if TYPE_CHECKING:
    from monitor.core.clock import Clock
    from monitor.service import Monitor


def ops_pages(monitor: Monitor, clock: Clock, version: str) -> OpsPages:
    """Return the pages of `monitor`; `version` is that of the program."""
    fleet = FleetExposition(monitor.directory, monitor.engine, monitor.intake.slots, monitor.settle_of, monitor.radius.accounts)
    figures = ServiceFigures(
        version=version,
        incidents=monitor.engine.incidents,
        delays=monitor.engine.delays,
        messages=monitor.messages,
        connections=monitor.listener.links.by_protocol,
        refusals=lambda: {reason.value: count for reason, count in monitor.doorbook.refusals.items()},
        absences=lambda: monitor.sweeper.absences,
        unjudged=lambda: monitor.engine.failed,
        unstored=lambda: len(monitor.journal),
        certificates=monitor.certificates.ends,
        tls_failures=monitor.certificates.failures,
        probes=lambda: {
            "answered": monitor.prober.answered + monitor.commanding.inquirer.outcomes["answered"],
            "unanswered": monitor.prober.unanswered + monitor.commanding.inquirer.outcomes["unanswered"],
        },
        canaries=monitor.prober.canary_states,
        radius=lambda: monitor.radius.outcomes,
        tap=lambda: monitor.listener.tap.counts,
    )
    return OpsPages(fleet, service_registry(figures), clock, monitor.unready)
