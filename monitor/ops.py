"""What Prometheus and the orchestrator reach: every figure of a running service, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.exporter.fleet import FleetExposition
from monitor.exporter.http import OpsPages
from monitor.exporter.service_collector import ServiceFigures, service_registry

if TYPE_CHECKING:
    from monitor.core.clock import Clock
    from monitor.service import Monitor


def figures_of(monitor: Monitor, version: str) -> ServiceFigures:
    """Return where the service's own figures come from."""
    return ServiceFigures(
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
        mirror=lambda: monitor.mirroring.mirror.counts,
        topic_up=lambda: monitor.mirroring.topic_up,
    )


def ops_pages(monitor: Monitor, clock: Clock, version: str) -> OpsPages:
    """Return the pages of `monitor`; `version` is that of the program."""
    fleet = FleetExposition(monitor.directory, monitor.engine, monitor.intake.slots, monitor.settle_of, monitor.radius.accounts)
    return OpsPages(fleet, service_registry(figures_of(monitor, version), monitor.exposed), clock, monitor.unready)
