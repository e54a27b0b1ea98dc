"""Every metric of the hotline, declared as data, in the manner of `monitor.metrics`: names, labels and units are promises."""

from __future__ import annotations

from typing import Final

from monitor.metrics import Kind, Metric

CALLS: Final = Metric(
    name="bornewatch_calls_total",
    kind=Kind.COUNTER,
    help="Calls to the hotline by what came of them; missed: the caller hung up before anybody took it.",
    labels=("outcome",),
)
