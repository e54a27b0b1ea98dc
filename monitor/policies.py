"""What the registry and the configuration mean for the model: each station's policy, and the groups that it may fail with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.groups import GroupKey, keys_of
from monitor.core.incidents import Scope
from monitor.core.policy import Policy
from monitor.core.timing import expected_interval
from monitor.runtime.engine import COLLECTOR

if TYPE_CHECKING:
    from monitor.core.health_state import HealthState
    from monitor.core.ids import StationId
    from monitor.core.registry import Station
    from monitor.registry.directory import Directory
    from monitor.runtime.fleet import Places
    from monitor.settings import MonitorSettings


class Policies:
    """The policy of each station, made once and kept until its registry entry changes."""

    def __init__(self, settings: MonitorSettings, directory: Directory) -> None:
        """Make policies of `settings` for the stations of `directory`."""
        self._settings = settings
        self._directory = directory
        self._shared: dict[Policy, Policy] = {}
        self._known: dict[StationId, Policy] = {}

    def of(self, station: StationId) -> Policy:
        """Return the policy of `station`."""
        known = self._known.get(station)
        if known is None:
            known = self._make(self._directory.by_id(station))
            known = self._known[station] = self._shared.setdefault(known, known)
        return known

    def watch(self, station: StationId, policy: Policy) -> None:
        """Have `station`, which is in no registry and in no group, judged by `policy`; without that nobody watches it."""
        self._known[station] = policy

    def forget(self, station: StationId) -> None:
        """Make the policy of `station` anew when it is asked for next."""
        self._known.pop(station, None)

    def places(self, station: StationId, state: HealthState) -> Places:
        """Return the groups of `station`, by the registry and by what it said of itself, and its interval in seconds."""
        entry = self._directory.by_id(station)
        if entry is None or not entry.watched:
            return (), 0.0
        keys = keys_of(
            bearer=entry.bearer,
            site=entry.site,
            cell=entry.sim.cell,
            feeder=entry.feeder,
            apn=entry.sim.apn,
            operator=entry.sim.operator,
            model=_model(entry, state),
            collector=COLLECTOR,
        )
        firmware = state.boot.firmware if state.boot is not None else ""
        if firmware:
            keys = (*keys, GroupKey(Scope.MODEL, f"{_model(entry, state)} {firmware}".strip()))
        return keys, expected_interval(state, self.of(station))

    def _make(self, station: Station | None) -> Policy:
        if station is None:
            return Policy(watched=False)
        field = self._settings.field
        return self._settings.health.policy(
            station.bearer,
            station.site,
            station.sticker,
            watched=station.watched,
            heartbeat_s=float(station.heartbeat_s or field.heartbeat_s),
            ping_s=field.ping_s,
        )


def _model(entry: Station, state: HealthState) -> str:
    """Return what kind of station it is: by the registry, else by its own word."""
    boot = state.boot
    vendor = entry.vendor or (boot.vendor if boot else "")
    model = entry.model or (boot.model if boot else "")
    return f"{vendor} {model}".strip()
