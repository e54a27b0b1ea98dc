"""Every metric of alerts, declared as data, in the manner of `monitor.metrics`: names, labels and units are promises to users."""

from __future__ import annotations

from typing import Final

from monitor.metrics import Kind, Metric

NOTIFICATIONS: Final = Metric(
    name="bornewatch_notifications_total",
    kind=Kind.COUNTER,
    help="Messages by what came of them: sent (taken by the provider), delivered (as it says), failed (this way is given up), "
    "retried (surely not taken, sent again), unknown (perhaps taken, the provider is asked).",
    labels=("channel", "outcome"),
)
DELAY: Final = Metric(
    name="bornewatch_notification_delay_seconds",
    kind=Kind.HISTOGRAM,
    help="From the decision to tell somebody by this way until the provider took the message.",
    labels=("channel",),
)
OLDEST: Final = Metric(
    name="bornewatch_notification_oldest_waiting_timestamp_seconds",
    kind=Kind.GAUGE,
    help="When the oldest message was decided upon that no provider has taken yet, in Unix time; absent while there is none.",
)
OPEN: Final = Metric(
    name="bornewatch_alerts_open",
    kind=Kind.GAUGE,
    help="Alerts that are not over, by how much they press and whether somebody has taken them.",
    labels=("severity", "condition"),
)
DECIDING: Final = Metric(
    name="bornewatch_alerts_deciding",
    kind=Kind.GAUGE,
    help="Whether the event log can be read and decisions be stored (1); 0: nobody is told of anything new.",
)
UNDECIDED: Final = Metric(
    name="bornewatch_alerts_undecided_total",
    kind=Kind.COUNTER,
    help="Events, matters, alerts and orders that could not be decided upon; any is a defect, and the log says which.",
)
RELOADED: Final = Metric(
    name="bornewatch_alerts_config_last_reload_successful",
    kind=Kind.GAUGE,
    help="Whether alerts.toml could be used when it was read last; 0: those rules hold that were read before.",
)
RELOADED_AT: Final = Metric(
    name="bornewatch_alerts_config_last_reload_success_timestamp_seconds",
    kind=Kind.GAUGE,
    help="When the rules that hold were read, in Unix time.",
)
ALERTMANAGER_UP: Final = Metric(
    name="bornewatch_alertmanager_up",
    kind=Kind.GAUGE,
    help="Whether the Alertmanager took our alerts when they were pushed last; absent where none is configured.",
)
WATCHDOG_AT: Final = Metric(
    name="bornewatch_alerts_watchdog_timestamp_seconds",
    kind=Kind.GAUGE,
    help="When the dead man's switch took a ping last, in Unix time; absent where none is configured, and until it has taken one.",
)
CANARY_AT: Final = Metric(
    name="bornewatch_alerts_canary_timestamp_seconds",
    kind=Kind.GAUGE,
    help="When a canary last came back, from the silence of a station that does not exist to a call-back about it, in Unix time; "
    "absent where none flies, and until one has come back.",
)
CANARY_TOOK: Final = Metric(
    name="bornewatch_alerts_canary_duration_seconds",
    kind=Kind.GAUGE,
    help="From the breach of the canary that came back last to its call-back, with the time in which an alert waits for others.",
)
CANARIES: Final = Metric(
    name="bornewatch_alerts_canaries_total",
    kind=Kind.COUNTER,
    help="Canaries that came back in time (returned) and that did not (lost).",
    labels=("outcome",),
)

CATALOGUE: Final = (
    *(NOTIFICATIONS, DELAY, OLDEST, OPEN, DECIDING, RELOADED, RELOADED_AT, ALERTMANAGER_UP, WATCHDOG_AT),
    *(UNDECIDED, CANARY_AT, CANARY_TOOK, CANARIES),
)
