"""The series of every station, written in slices so that a scrape of a whole network never stops the loop.

The exposition formats are Prometheus text 0.0.4 and OpenMetrics 1.0.0; they differ here only in the heads of counters. A test
holds the output against prometheus_client's own parser. Between scrapes only the windows of `reliability` are kept.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from monitor.core.events import State
from monitor.exporter.windows import Windows
from monitor.metrics import (
    BREACH_ACTIVE,
    BREACHES,
    CONNECTOR_STATUS,
    DOWNTIME,
    FLEET,
    INVALID,
    LAST_SEEN,
    PING_RTT,
    SIM_MONTH,
    SIM_OCTETS,
    SIM_UP,
    STATION_HEALTH,
    STATION_INFO,
    Metric,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from monitor.core.accounting import Account
    from monitor.core.health_state import HealthState
    from monitor.core.ids import StationId
    from monitor.core.registry import Bearer, Station
    from monitor.registry.directory import Directory
    from monitor.runtime.intake import Slot
    from monitor.runtime.ports import HealthView

SLICE: Final = 400
"""Stations written between two turns of the loop."""

_ESCAPES: Final = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


def escape(value: str) -> str:
    """Return `value` as it stands between the quotes of a label."""
    return value.translate(_ESCAPES)


def head(metric: Metric, *, openmetrics: bool) -> str:
    """Return the HELP and TYPE lines of a family."""
    name = metric.family if openmetrics else metric.name
    text = metric.help.replace("\\", r"\\").replace("\n", r"\n")
    return f"# HELP {name} {text}\n# TYPE {name} {metric.kind.value}\n"


class FleetExposition:
    """Writes the families of `FLEET_WIDE`."""

    def __init__(
        self,
        directory: Directory,
        view: HealthView,
        slots: Mapping[StationId, Slot],
        settle_of: Callable[[Bearer], float],
        accounts: Mapping[StationId, Account],
    ) -> None:
        """Read from `directory`, `view`, `slots` and `accounts`; `settle_of` is when a breach of a bearer has settled, seconds."""
        self._directory = directory
        self._view = view
        self._slots = slots
        self._settle_of = settle_of
        self._accounts = accounts
        self._windows = Windows()

    def slices(self, now: datetime, *, openmetrics: bool) -> Iterator[str]:
        """Yield the exposition piece by piece, each of a few hundred stations; let the loop turn in between."""
        stations = [station for station in self._directory if station.admitted]
        families: tuple[tuple[Metric, Callable[[Station, HealthState, datetime], str]], ...] = (
            (STATION_INFO, _info),
            (STATION_HEALTH, _health),
            (LAST_SEEN, _last_seen),
            (CONNECTOR_STATUS, _connectors),
            (BREACH_ACTIVE, _breach),
            (BREACHES, self._breaches),
            (DOWNTIME, self._downtime),
        )
        health = self._view.health
        for metric, lines in families:
            yield head(metric, openmetrics=openmetrics)
            for start in range(0, len(stations), SLICE):
                yield "".join([lines(station, health(station.id), now) for station in stations[start : start + SLICE]])
        for metric, line in ((INVALID, _invalid), (PING_RTT, _ping_rtt)):
            yield head(metric, openmetrics=openmetrics)
            yield from self._from_slots(stations, line)
        for metric, told in ((SIM_UP, _sim_up), (SIM_OCTETS, _sim_octets), (SIM_MONTH, _sim_month)):
            yield head(metric, openmetrics=openmetrics)
            yield from self._from_accounts(stations, told)
        yield from self._fleet(stations, now, openmetrics=openmetrics)

    def _from_slots(self, stations: list[Station], line: Callable[[Station, Slot], str]) -> Iterator[str]:
        """Yield what the collectors keep of each station, where they have seen it."""
        slots = self._slots
        for start in range(0, len(stations), SLICE):
            yield "".join([line(one, slots[one.id]) for one in stations[start : start + SLICE] if one.id in slots])

    def _from_accounts(self, stations: list[Station], line: Callable[[Station, Account], str]) -> Iterator[str]:
        """Yield what is known of each station's SIM, where its gateway has told of it."""
        accounts = self._accounts
        for start in range(0, len(stations), SLICE):
            yield "".join([line(one, accounts[one.id]) for one in stations[start : start + SLICE] if one.id in accounts])

    def _fleet(self, stations: list[Station], now: datetime, *, openmetrics: bool) -> Iterator[str]:
        counts: Counter[tuple[str, str]] = Counter()
        round_ = self._windows.round(now)
        for start in range(0, len(stations), SLICE):
            for station in stations[start : start + SLICE]:
                state = self._view.health(station.id)
                counts[station.bearer.value, state.state.value] += 1
                round_.look(station, state)
            yield ""
        bearers = sorted({bearer for bearer, _ in counts})
        lines = [
            f'{FLEET.name}{{bearer="{bearer}",state="{state}"}} {counts[bearer, state.value]}\n'
            for bearer in bearers
            for state in State
        ]
        yield head(FLEET, openmetrics=openmetrics) + "".join(lines)
        for metric, series in round_.families():
            yield head(metric, openmetrics=openmetrics) + "".join(series)

    def _breaches(self, station: Station, state: HealthState, now: datetime) -> str:
        return self._settled(BREACHES, station, state, now, seconds=False)

    def _downtime(self, station: Station, state: HealthState, now: datetime) -> str:
        return self._settled(DOWNTIME, station, state, now, seconds=True)

    def _settled(self, metric: Metric, station: Station, state: HealthState, now: datetime, *, seconds: bool) -> str:
        if state.breach is None:
            return ""
        name = escape(station.sticker)
        return "".join(
            f'{metric.name}{{station="{name}",bearer="{one.bearer}",party="{one.party}"}} {one.seconds if seconds else one.count}\n'
            for one in state.settled_by(now, self._settle_of(station.bearer))
        )


def _sim_up(station: Station, account: Account) -> str:
    return f'{SIM_UP.name}{{station="{escape(station.sticker)}"}} {int(account.up)}\n'


def _sim_octets(station: Station, account: Account) -> str:
    start = f'{SIM_OCTETS.name}{{station="{escape(station.sticker)}",direction='
    return f'{start}"sent"}} {account.received}\n{start}"received"}} {account.sent}\n'


def _sim_month(station: Station, account: Account) -> str:
    return f'{SIM_MONTH.name}{{station="{escape(station.sticker)}"}} {account.month_octets}\n'


def _invalid(station: Station, slot: Slot) -> str:
    return f'{INVALID.name}{{station="{escape(station.sticker)}"}} {slot.invalid}\n' if slot.invalid else ""


def _ping_rtt(station: Station, slot: Slot) -> str:
    if slot.trace is None or slot.trace.rtt_s is None:
        return ""
    return f'{PING_RTT.name}{{station="{escape(station.sticker)}"}} {slot.trace.rtt_s:.6f}\n'


def _info(station: Station, state: HealthState, _now: datetime) -> str:
    boot = state.boot
    vendor = station.vendor or (boot.vendor if boot else "")
    model = station.model or (boot.model if boot else "")
    values = (
        *(station.sticker, station.site, station.bearer.value, station.protocol),
        *(vendor, model, station.sim.operator),
    )
    labels = ",".join(f'{name}="{escape(value)}"' for name, value in zip(STATION_INFO.labels, values, strict=True))
    return f"{STATION_INFO.name}{{{labels}}} 1\n"


def _health(station: Station, state: HealthState, _now: datetime) -> str:
    start = f'{STATION_HEALTH.name}{{station="{escape(station.sticker)}",state="'
    current = state.state
    return "".join([f'{start}{one.value}"}} {1 if one is current else 0}\n' for one in State])


def _last_seen(station: Station, state: HealthState, _now: datetime) -> str:
    if state.last_seen is None:
        return ""
    return f'{LAST_SEEN.name}{{station="{escape(station.sticker)}"}} {state.last_seen.timestamp():.3f}\n'


def _connectors(station: Station, state: HealthState, _now: datetime) -> str:
    start = f'{CONNECTOR_STATUS.name}{{station="{escape(station.sticker)}",connector="'
    return "".join(f'{start}{escape(one.connector)}",status="{one.status.value}"}} 1\n' for one in state.connectors)


def _breach(station: Station, state: HealthState, _now: datetime) -> str:
    breach = state.breach
    if breach is None or not state.cut_off:
        return ""
    name = escape(station.sticker)
    return f'{BREACH_ACTIVE.name}{{station="{name}",bearer="{breach.bearer}",cause="{breach.cause}",party="{breach.party}"}} 1\n'
