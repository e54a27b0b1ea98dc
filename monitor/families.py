"""Families as prometheus_client exposes them, made of a declared metric and its values: one way for every package's collector."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.metrics import Metric
    from monitor.runtime.tally import Tally

Series = Iterable[tuple[tuple[str, ...], float]]
"""Values by their labels."""


def one_label(values: Mapping[str, float]) -> Series:
    """Return the series of a metric with one label."""
    return (((label,), value) for label, value in values.items())


def counts(metric: Metric, values: Series) -> CounterMetricFamily:
    """Return a counter of `metric`, its series by their labels."""
    family = CounterMetricFamily(metric.family, metric.help, labels=metric.labels)
    for labels, value in sorted(values):
        family.add_metric(labels, value)
    return family


def gauges(metric: Metric, values: Series) -> GaugeMetricFamily:
    """Return a gauge of `metric`, its series by their labels."""
    family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, value in sorted(values):
        family.add_metric(labels, value)
    return family


def histograms(metric: Metric, tallies: Iterable[tuple[tuple[str, ...], Tally]]) -> HistogramMetricFamily:
    """Return a histogram of `metric`, a tally by its labels."""
    family = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, tally in tallies:
        buckets = []
        sofar = 0
        for bound, count in zip((*map(str, tally.bounds_s), "+Inf"), tally.counts, strict=True):
            sofar += count
            buckets.append((bound, sofar))
        family.add_metric(labels, buckets, sum_value=tally.total_s)
    return family
