"""Every metric of monitor, declared as data: the one catalogue from which exposition, dashboards and rules are made.

Names, labels and units are promises to users. Labels are bounded: `station` is a sticker and only ever a registered one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """Prometheus metric types used here."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One family: its full name (a counter's with `_total`), type, help and labels."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()

    @property
    def family(self) -> str:
        """The name without the counter's suffix, as OpenMetrics writes the family."""
        return self.name.removesuffix("_total") if self.kind is Kind.COUNTER else self.name


STATION_INFO: Final = Metric(
    name="bornewatch_station_info",
    kind=Kind.GAUGE,
    help="A registered station and what is known of it on paper; always 1.",
    labels=("station", "site", "bearer", "protocol", "vendor", "model", "operator"),
)
STATION_HEALTH: Final = Metric(
    name="bornewatch_station_health",
    kind=Kind.GAUGE,
    help="Whether the station is in this state (1) or not (0), one series a state.",
    labels=("station", "state"),
)
LAST_SEEN: Final = Metric(
    name="bornewatch_station_last_seen_timestamp_seconds",
    kind=Kind.GAUGE,
    help="Unix time of the station's last sign of life; absent while it was never seen.",
    labels=("station",),
)
CONNECTOR_STATUS: Final = Metric(
    name="bornewatch_connector_status",
    kind=Kind.GAUGE,
    help="The status that the connector last reported; only the current one, always 1.",
    labels=("station", "connector", "status"),
)
BREACH_ACTIVE: Final = Metric(
    name="bornewatch_continuity_breach_active",
    kind=Kind.GAUGE,
    help="An open breach of the station's continuity, always 1.",
    labels=("station", "bearer", "cause", "party"),
)
BREACHES: Final = Metric(
    name="bornewatch_continuity_breaches_total",
    kind=Kind.COUNTER,
    help="Breaches of continuity that have settled (cleared and one hour old), by the party that answers for them.",
    labels=("station", "bearer", "party"),
)
DOWNTIME: Final = Metric(
    name="bornewatch_downtime_seconds_total",
    kind=Kind.COUNTER,
    help="Downtime in breaches of continuity that have settled, by the party that answers for it.",
    labels=("station", "bearer", "party"),
)
INVALID: Final = Metric(
    name="bornewatch_station_invalid_messages_total",
    kind=Kind.COUNTER,
    help="Messages of the station that broke the protocol since the service started; absent while zero.",
    labels=("station",),
)
PING_RTT: Final = Metric(
    name="bornewatch_station_ping_rtt_seconds",
    kind=Kind.GAUGE,
    help="Round trip of our WebSocket pings, smoothed; absent while the station has answered none.",
    labels=("station",),
)
FLEET: Final = Metric(
    name="bornewatch_fleet_stations",
    kind=Kind.GAUGE,
    help="Registered stations by bearer and state.",
    labels=("bearer", "state"),
)
BEARER_WATCHED: Final = Metric(
    name="bornewatch_bearer_watched_seconds_total",
    kind=Kind.COUNTER,
    help="Time in which stations of the bearer could be judged, added up since the first scrape: the window of MTBF and MTTR.",
    labels=("bearer",),
)
BEARER_AVAILABILITY: Final = Metric(
    name="bornewatch_bearer_availability_ratio",
    kind=Kind.GAUGE,
    help="Share of that window in which no breach of continuity lay, whoever answers for it.",
    labels=("bearer",),
)
BEARER_MTBF: Final = Metric(
    name="bornewatch_bearer_mtbf_seconds",
    kind=Kind.GAUGE,
    help="Mean time up between two breaches of continuity in that window; absent before the first.",
    labels=("bearer",),
)
BEARER_MTTR: Final = Metric(
    name="bornewatch_bearer_mttr_seconds",
    kind=Kind.GAUGE,
    help="Mean length of a breach of continuity in that window, open ones with what they have lasted; absent before the first.",
    labels=("bearer",),
)
DETECTION_DELAY: Final = Metric(
    name="bornewatch_detection_delay_seconds",
    kind=Kind.HISTOGRAM,
    help="From the first bad evidence to the breach.",
)
MESSAGES: Final = Metric(
    name="bornewatch_ocpp_messages_total",
    kind=Kind.COUNTER,
    help="Messages received from stations; an action that the version does not have is counted as other.",
    labels=("protocol", "action"),
)
CONNECTIONS: Final = Metric(
    name="bornewatch_ocpp_connections",
    kind=Kind.GAUGE,
    help="Open sockets of stations.",
    labels=("protocol",),
)
REFUSALS: Final = Metric(
    name="bornewatch_ocpp_refusals_total",
    kind=Kind.COUNTER,
    help="Handshakes and SOAP messages refused, by reason.",
    labels=("reason",),
)
CERTIFICATE_ENDS: Final = Metric(
    name="bornewatch_tls_certificate_expiry_timestamp_seconds",
    kind=Kind.GAUGE,
    help="When the certificate of a TLS listener for stations ends, in Unix time.",
    labels=("listen",),
)
TLS_FAILURES: Final = Metric(
    name="bornewatch_tls_handshake_failures_total",
    kind=Kind.COUNTER,
    help="TLS handshakes of stations that failed, by the reason that OpenSSL gives.",
    labels=("reason",),
)
PROBES: Final = Metric(
    name="bornewatch_probes_total",
    kind=Kind.COUNTER,
    help="Hosts of stations' lines that were asked whether they are there, by outcome.",
    labels=("outcome",),
)
CANARY_UP: Final = Metric(
    name="bornewatch_canary_up",
    kind=Kind.GAUGE,
    help="Whether a canary of the bearer answers; absent until one has answered once.",
    labels=("bearer",),
)
RADIUS: Final = Metric(
    name="bornewatch_radius_records_total",
    kind=Kind.COUNTER,
    help="Accounting records of SIMs by what became of them; those that were not stored are sent again.",
    labels=("outcome",),
)
TAP_FRAMES: Final = Metric(
    name="bornewatch_tap_frames_total",
    kind=Kind.COUNTER,
    help="Text messages passed on between stations and their platform: up to the platform, down to the station.",
    labels=("direction",),
)
TAP_TROUBLES: Final = Metric(
    name="bornewatch_tap_troubles_total",
    kind=Kind.COUNTER,
    help="What went wrong between stations and their platform, or had to wait.",
    labels=("reason",),
)
MIRROR: Final = Metric(
    name="bornewatch_mirror_lines_total",
    kind=Kind.COUNTER,
    help="Lines about stations that another system mirrors to us, by what became of them.",
    labels=("outcome",),
)
TOPIC_UP: Final = Metric(
    name="bornewatch_mirror_topic_up",
    kind=Kind.GAUGE,
    help="Whether the topic with mirrored lines is being followed; absent where none is configured.",
)
SIM_UP: Final = Metric(
    name="bornewatch_sim_session_up",
    kind=Kind.GAUGE,
    help="Whether the SIM has a session in the APN; absent until its gateway has told of one.",
    labels=("station",),
)
SIM_OCTETS: Final = Metric(
    name="bornewatch_sim_octets_total",
    kind=Kind.COUNTER,
    help="Octets of the SIM by its gateway's accounting, seen from the station.",
    labels=("station", "direction"),
)
SIM_MONTH: Final = Metric(
    name="bornewatch_sim_month_octets",
    kind=Kind.GAUGE,
    help="Octets of the SIM in the month that its last record fell in (UTC), both ways.",
    labels=("station",),
)
INCIDENT_ACTIVE: Final = Metric(
    name="bornewatch_incident_active",
    kind=Kind.GAUGE,
    help="An open incident: many silences of one cause, always 1.",
    labels=("incident", "scope", "key"),
)
INCIDENT_STATIONS: Final = Metric(
    name="bornewatch_incident_stations",
    kind=Kind.GAUGE,
    help="Stations that have been part of an open incident.",
    labels=("incident", "scope", "key"),
)
ABSENCES: Final = Metric(
    name="bornewatch_observer_absences_total",
    kind=Kind.COUNTER,
    help="Times that the service itself was away (stall or clock step) and judged nobody for it.",
)
UNJUDGED: Final = Metric(
    name="bornewatch_judgements_failed_total",
    kind=Kind.COUNTER,
    help="Observations that could not be judged; any is a defect.",
)
UNSTORED: Final = Metric(
    name="bornewatch_events_waiting",
    kind=Kind.GAUGE,
    help="Events that wait for their commit.",
)
BUILD_INFO: Final = Metric(
    name="bornewatch_build_info",
    kind=Kind.GAUGE,
    help="The program that runs, always 1.",
    labels=("version", "python"),
)

FLEET_WIDE: Final = (
    *(STATION_INFO, STATION_HEALTH, LAST_SEEN, CONNECTOR_STATUS, BREACH_ACTIVE, BREACHES, DOWNTIME, INVALID, PING_RTT),
    *(SIM_UP, SIM_OCTETS, SIM_MONTH),
    *(FLEET, BEARER_WATCHED, BEARER_AVAILABILITY, BEARER_MTBF, BEARER_MTTR),
)
"""Families with a series a station, rendered in slices; those by bearer are counted on the way."""
SERVICE_WIDE: Final = (
    *(INCIDENT_ACTIVE, INCIDENT_STATIONS, DETECTION_DELAY, MESSAGES, CONNECTIONS),
    *(REFUSALS, CERTIFICATE_ENDS, TLS_FAILURES, PROBES, CANARY_UP, RADIUS, TAP_FRAMES, TAP_TROUBLES),
    *(MIRROR, TOPIC_UP),
    *(ABSENCES, UNJUDGED, UNSTORED, BUILD_INFO),
)
CATALOGUE: Final = (*FLEET_WIDE, *SERVICE_WIDE)
