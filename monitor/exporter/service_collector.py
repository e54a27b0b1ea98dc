"""What the service says of itself: a custom collector on a registry of its own, computed at scrape."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector, CollectorRegistry

from monitor.families import counts, gauges, histograms, one_label
from monitor.metrics import (
    ABSENCES,
    BUILD_INFO,
    CANARY_UP,
    CERTIFICATE_ENDS,
    CONNECTIONS,
    DETECTION_DELAY,
    INCIDENT_ACTIVE,
    INCIDENT_STATIONS,
    MESSAGES,
    MIRROR,
    PROBES,
    RADIUS,
    REFUSALS,
    TAP_FRAMES,
    TAP_TROUBLES,
    TLS_FAILURES,
    TOPIC_UP,
    UNJUDGED,
    UNSTORED,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from prometheus_client.core import Metric as PrometheusMetric

    from monitor.core.ledger import OpenIncident
    from monitor.runtime.tally import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFigures:
    """Where the figures come from; each is asked at every scrape."""

    version: str
    incidents: Callable[[], Iterable[OpenIncident]]
    delays: Tally
    messages: Mapping[tuple[str, str], int]
    connections: Callable[[], Mapping[str, int]]
    refusals: Callable[[], Mapping[str, int]]
    absences: Callable[[], int]
    unjudged: Callable[[], int]
    unstored: Callable[[], int]
    certificates: Callable[[], Mapping[str, datetime]]
    tls_failures: Callable[[], Mapping[str, int]]
    probes: Callable[[], Mapping[str, int]]
    canaries: Callable[[], Mapping[str, bool]]
    radius: Callable[[], Mapping[str, int]]
    tap: Callable[[], Mapping[str, int]]
    mirror: Callable[[], Mapping[str, int]]
    topic_up: Callable[[], bool | None]


_WAYS = frozenset({"up", "down"})


class ServiceCollector(Collector):
    """Yields the families of `SERVICE_WIDE`."""

    def __init__(self, figures: ServiceFigures) -> None:
        """Ask `figures`."""
        self._figures = figures

    def collect(self) -> Iterable[PrometheusMetric]:
        """Return the families as they are now."""
        figures = self._figures
        incidents = [((one.name, one.scope, one.key), len(one.stations)) for one in figures.incidents()]
        return (
            gauges(INCIDENT_ACTIVE, ((labels, 1) for labels, _ in incidents)),
            gauges(INCIDENT_STATIONS, incidents),
            histograms(DETECTION_DELAY, [((), figures.delays)]),
            counts(MESSAGES, figures.messages.items()),
            gauges(CONNECTIONS, one_label(figures.connections())),
            counts(REFUSALS, one_label(figures.refusals())),
            gauges(CERTIFICATE_ENDS, (((listen,), until.timestamp()) for listen, until in figures.certificates().items())),
            counts(TLS_FAILURES, one_label(figures.tls_failures())),
            counts(PROBES, one_label(figures.probes())),
            gauges(CANARY_UP, one_label(figures.canaries())),
            counts(RADIUS, one_label(figures.radius())),
            counts(TAP_FRAMES, one_label({name: value for name, value in figures.tap().items() if name in _WAYS})),
            counts(TAP_TROUBLES, one_label({name: value for name, value in figures.tap().items() if name not in _WAYS})),
            counts(MIRROR, one_label(figures.mirror())),
            gauges(TOPIC_UP, [] if (up := figures.topic_up()) is None else [((), up)]),
            CounterMetricFamily(ABSENCES.family, ABSENCES.help, value=figures.absences()),
            CounterMetricFamily(UNJUDGED.family, UNJUDGED.help, value=figures.unjudged()),
            GaugeMetricFamily(UNSTORED.name, UNSTORED.help, value=figures.unstored()),
            gauges(BUILD_INFO, [((figures.version, platform.python_version()), 1)]),
        )


def service_registry(figures: ServiceFigures, others: Iterable[Collector] = ()) -> CollectorRegistry:
    """Return a registry that holds the service's own figures and `others`, those of the packages beside it; nothing else."""
    registry = CollectorRegistry(auto_describe=False)
    for collector in (ServiceCollector(figures), *others):
        registry.register(collector)
    return registry
