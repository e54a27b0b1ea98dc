"""What the alerts say of themselves at `/metrics`: a custom collector, computed at scrape, that joins the monitor's."""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import TYPE_CHECKING, Final

from prometheus_client.registry import Collector

from alerts.core.model import Condition
from alerts.core.severity import Severity
from alerts.metrics import (
    ALERTMANAGER_UP,
    CANARIES,
    CANARY_AT,
    CANARY_TOOK,
    DECIDING,
    DELAY,
    NOTIFICATIONS,
    OLDEST,
    OPEN,
    RELOADED,
    RELOADED_AT,
    UNDECIDED,
    WATCHDOG_AT,
)
from monitor.families import counts, gauges, histograms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client.core import Metric

    from alerts.canary import Canary
    from alerts.service import Alerts
    from monitor.families import Series

ALIVE: Final = (Condition.OPEN, Condition.ACKNOWLEDGED)


class AlertsCollector(Collector):
    """Yields the families of `alerts.metrics`; all of them are there, and empty, where no alerts are configured."""

    def __init__(self, alerts: Alerts | None) -> None:
        """Ask `alerts`."""
        self._alerts = alerts

    def collect(self) -> Iterable[Metric]:
        """Return the families as they are now."""
        alerts = self._alerts
        if alerts is None:
            gone = (OLDEST, OPEN, DECIDING, RELOADED, RELOADED_AT, ALERTMANAGER_UP, WATCHDOG_AT, CANARY_AT, CANARY_TOOK)
            return (
                *(counts(one, ()) for one in (NOTIFICATIONS, CANARIES, UNDECIDED)),
                histograms(DELAY, ()),
                *(gauges(one, ()) for one in gone),
            )
        courier, oldest, pusher = alerts.courier, alerts.courier.waiting.oldest_at, alerts.pusher
        pinged = None if alerts.watchdog is None else alerts.watchdog.taken_at
        return (
            counts(NOTIFICATIONS, courier.outcomes.items()),
            histograms(DELAY, (((channel,), tally) for channel, tally in courier.delays.items())),
            gauges(OLDEST, () if oldest is None else [((), oldest.timestamp())]),
            gauges(OPEN, _open(alerts)),
            gauges(DECIDING, [((), not alerts.engine.failing)]),
            counts(UNDECIDED, [((), alerts.engine.failed)]),
            gauges(RELOADED, [((), alerts.reloaded)]),
            gauges(RELOADED_AT, [((), alerts.reloaded_at.timestamp())]),
            gauges(ALERTMANAGER_UP, () if pusher is None else [((), not pusher.failing)]),
            gauges(WATCHDOG_AT, () if pinged is None else [((), pinged.timestamp())]),
            *_canary(alerts.canary),
        )


def _canary(canary: Canary | None) -> Iterable[Metric]:
    at, took_s = (None, None) if canary is None else (canary.returned_at, canary.took_s)
    flights = () if canary is None else [((outcome,), count) for outcome, count in canary.flights.items()]
    return (
        gauges(CANARY_AT, () if at is None else [((), at.timestamp())]),
        gauges(CANARY_TOOK, () if took_s is None else [((), took_s)]),
        counts(CANARIES, flights),
    )


def _open(alerts: Alerts) -> Series:
    found = Counter((one.severity.value, one.condition.value) for one in alerts.engine.desk.alerts.values() if one.id > 0)
    return [((severity, condition), found[severity, condition]) for severity, condition in product(Severity, ALIVE)]
