"""What the service says of itself: a custom collector on a registry of its own, computed at scrape."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector, CollectorRegistry

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
from monitor.runtime.engine import DELAY_BUCKETS_S

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from prometheus_client.core import Metric as PrometheusMetric

    from monitor.core.ledger import OpenIncident
    from monitor.metrics import Metric
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
    probes: Callable[[], Mapping[str, int]]
    canaries: Callable[[], Mapping[str, bool]]
    radius: Callable[[], Mapping[str, int]]
    tap: Callable[[], Mapping[str, int]]
    mirror: Callable[[], Mapping[str, int]]
    topic_up: Callable[[], bool | None]


_WAYS = frozenset({"up", "down"})
Series = Iterable[tuple[tuple[str, ...], float]]
"""Values by their labels."""


def _one_label(values: Mapping[str, float]) -> Series:
    return (((label,), value) for label, value in values.items())


def _counts(metric: Metric, values: Series) -> CounterMetricFamily:
    """Return a counter of `metric`, its series by their labels."""
    family = CounterMetricFamily(metric.family, metric.help, labels=metric.labels)
    for labels, value in sorted(values):
        family.add_metric(labels, value)
    return family


def _gauges(metric: Metric, values: Series) -> GaugeMetricFamily:
    """Return a gauge of `metric`, its series by their labels."""
    family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, value in sorted(values):
        family.add_metric(labels, value)
    return family


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
            _gauges(INCIDENT_ACTIVE, ((labels, 1) for labels, _ in incidents)),
            _gauges(INCIDENT_STATIONS, incidents),
            self._delay(),
            _counts(MESSAGES, figures.messages.items()),
            _gauges(CONNECTIONS, _one_label(figures.connections())),
            _counts(REFUSALS, _one_label(figures.refusals())),
            _gauges(CERTIFICATE_ENDS, (((listen,), until.timestamp()) for listen, until in figures.certificates().items())),
            _counts(TLS_FAILURES, _one_label(figures.tls_failures())),
            _counts(PROBES, _one_label(figures.probes())),
            _gauges(CANARY_UP, _one_label(figures.canaries())),
            _counts(RADIUS, _one_label(figures.radius())),
            _counts(TAP_FRAMES, _one_label({name: value for name, value in figures.tap().items() if name in _WAYS})),
            _counts(TAP_TROUBLES, _one_label({name: value for name, value in figures.tap().items() if name not in _WAYS})),
            _counts(MIRROR, _one_label(figures.mirror())),
            _gauges(TOPIC_UP, [] if (up := figures.topic_up()) is None else [((), up)]),
            CounterMetricFamily(ABSENCES.family, ABSENCES.help, value=figures.absences()),
            CounterMetricFamily(UNJUDGED.family, UNJUDGED.help, value=figures.unjudged()),
            GaugeMetricFamily(UNSTORED.name, UNSTORED.help, value=figures.unstored()),
            _gauges(BUILD_INFO, [((figures.version, platform.python_version()), 1)]),
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
