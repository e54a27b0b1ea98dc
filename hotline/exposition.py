"""What the hotline says of itself at `/metrics`: a custom collector, computed at scrape, that joins the monitor's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.registry import Collector

from hotline.metrics import CALLS
from monitor.families import counts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from prometheus_client.core import Metric


class CallsCollector(Collector):
    """Yields the families of `hotline.metrics`."""

    def __init__(self, outcomes: Mapping[str, int]) -> None:
        """Show `outcomes`."""
        self._outcomes = outcomes

    def collect(self) -> Iterable[Metric]:
        """Return the families as they are now."""
        return (counts(CALLS, (((outcome,), count) for outcome, count in self._outcomes.items())),)
