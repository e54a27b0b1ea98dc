"""What the service says of itself: a custom collector on a registry of its own, computed at scrape."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector, CollectorRegistry

from monitor.metrics import (
    ABSENCES,
    BUILD_INFO,
    CERTIFICATE_ENDS,
    CONNECTIONS,
    DETECTION_DELAY,
    INCIDENT_ACTIVE,
    INCIDENT_STATIONS,
    MESSAGES,
    REFUSALS,
    TLS_FAILURES,
    UNJUDGED,
    UNSTORED,
)
from monitor.runtime.engine import DELAY_BUCKETS_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from prometheus_client.core import Metric as PrometheusMetric

    from monitor.core.ledger import OpenIncident
    from monitor.runtime.engine import DelayTally


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFigures:
    """Where the figures come from; each is asked at every scrape."""

    version: str
    incidents: Callable[[], Iterable[OpenIncident]]
    delays: DelayTally
    messages: Mapping[tuple[str, str], int]
    connections: Callable[[], Mapping[str, int]]
    refusals: Callable[[], Mapping[str, int]]
    absences: Callable[[], int]
    unjudged: Callable[[], int]
    unstored: Callable[[], int]
    certificates: Callable[[], Mapping[str, datetime]]
    tls_failures: Callable[[], Mapping[str, int]]


class ServiceCollector(Collector):
    """Yields the families of `SERVICE_WIDE`."""

    def __init__(self, figures: ServiceFigures) -> None:
        """Ask `figures`."""
        self._figures = figures

    def collect(self) -> Iterable[PrometheusMetric]:
        """Return the families as they are now."""
        figures = self._figures
        messages = CounterMetricFamily(MESSAGES.family, MESSAGES.help, labels=MESSAGES.labels)
        for (protocol, action), count in sorted(figures.messages.items()):
            messages.add_metric((protocol, action), count)
        connections = GaugeMetricFamily(CONNECTIONS.name, CONNECTIONS.help, labels=CONNECTIONS.labels)
        for protocol, count in sorted(figures.connections().items()):
            connections.add_metric((protocol,), count)
        refusals = CounterMetricFamily(REFUSALS.family, REFUSALS.help, labels=REFUSALS.labels)
        for reason, count in sorted(figures.refusals().items()):
            refusals.add_metric((reason,), count)
        ends = GaugeMetricFamily(CERTIFICATE_ENDS.name, CERTIFICATE_ENDS.help, labels=CERTIFICATE_ENDS.labels)
        for listen, until in sorted(figures.certificates().items()):
            ends.add_metric((listen,), until.timestamp())
        failures = CounterMetricFamily(TLS_FAILURES.family, TLS_FAILURES.help, labels=TLS_FAILURES.labels)
        for reason, count in sorted(figures.tls_failures().items()):
            failures.add_metric((reason,), count)
        active = GaugeMetricFamily(INCIDENT_ACTIVE.name, INCIDENT_ACTIVE.help, labels=INCIDENT_ACTIVE.labels)
        sizes = GaugeMetricFamily(INCIDENT_STATIONS.name, INCIDENT_STATIONS.help, labels=INCIDENT_STATIONS.labels)
        for incident in figures.incidents():
            active.add_metric((incident.name, incident.scope, incident.key), 1)
            sizes.add_metric((incident.name, incident.scope, incident.key), len(incident.stations))
        build = GaugeMetricFamily(BUILD_INFO.name, BUILD_INFO.help, labels=BUILD_INFO.labels)
        build.add_metric((figures.version, platform.python_version()), 1)
        return (
            active,
            sizes,
            self._delay(),
            messages,
            connections,
            refusals,
            ends,
            failures,
            CounterMetricFamily(ABSENCES.family, ABSENCES.help, value=figures.absences()),
            CounterMetricFamily(UNJUDGED.family, UNJUDGED.help, value=figures.unjudged()),
            GaugeMetricFamily(UNSTORED.name, UNSTORED.help, value=figures.unstored()),
            build,
        )

    def _delay(self) -> HistogramMetricFamily:
        tally = self._figures.delays
        buckets = []
        sofar = 0
        for bound, count in zip((*map(str, DELAY_BUCKETS_S), "+Inf"), tally.counts, strict=True):
            sofar += count
            buckets.append((bound, sofar))
        return HistogramMetricFamily(DETECTION_DELAY.name, DETECTION_DELAY.help, buckets=buckets, sum_value=tally.total_s)


def service_registry(figures: ServiceFigures) -> CollectorRegistry:
    """Return a registry that holds nothing but the service's own figures."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(ServiceCollector(figures))
    return registry
