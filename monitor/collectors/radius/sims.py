"""Whose SIM it is: by the IMSI, the number, or the address that a gateway names. What fits two stations fits none.

Where the register has no IMSI of a station, the one that it told at its last boot (OCPP 1.x BootNotification ``imsi``) stands in
for it; of two that told the same, the later one has the SIM now.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from monitor.core.events import StationBooted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from monitor.core.events import EventRecord
    from monitor.core.ids import StationId
    from monitor.core.registry import Station
    from monitor.registry.directory import Directory
    from monitor.runtime.ports import HealthView


class Sims:
    """Stations by their SIMs, following the directory and, by `booted`, what stations tell."""

    def __init__(self, directory: Directory, view: HealthView) -> None:
        """Look into `directory`, and into `view` for what stations told before."""
        self._directory = directory
        self._view = view
        self._revision = -1
        self._by: dict[tuple[str, str], StationId | None] = {}
        self._told: dict[str, StationId] = {}

    def of(self, *, imsi: str, msisdn: str, address: str) -> StationId | None:
        """Return the station of a SIM; the IMSI counts before the number, both before the address, the register before a boot."""
        if self._revision != self._directory.revision:
            self._index()
        for key in (("imsi", imsi), ("msisdn", msisdn), ("address", address)):
            found = self._by.get(key) if key[1] else None
            if found is not None:
                return found
        told = None if ("imsi", imsi) in self._by else self._told.get(imsi)
        boot = None if told is None else self._view.health(told).boot
        return told if boot is not None and _digits(boot.imsi) == imsi else None

    async def booted(self, records: Sequence[EventRecord]) -> None:
        """Take boots among `records`."""
        for record in records:
            if type(record.event) is StationBooted:
                station, imsi = self._directory.by_id(record.station), _digits(record.event.imsi)
                if imsi and station is not None and _is_told(station):
                    self._told[imsi] = station.id

    def _index(self) -> None:
        self._by = {}
        boots = []
        for station in self._directory:
            if station.admitted:
                for key in _keys(station):
                    known = self._by.setdefault(key, station.id)
                    if known != station.id:
                        self._by[key] = None
            boot = self._view.health(station.id).boot if _is_told(station) else None
            if boot is not None and (imsi := _digits(boot.imsi)):
                boots.append((boot.at, station.id, imsi))
        self._told = {imsi: station for _, station, imsi in sorted(boots)}
        self._revision = self._directory.revision


def _is_told(station: Station) -> bool:
    """Say whether the station's own word is all that there is about its IMSI."""
    return station.admitted and not station.sim.imsi


def _digits(number: str) -> str:
    return "".join(sign for sign in number if sign.isdigit()).lstrip("0")


def _keys(station: Station) -> Iterator[tuple[str, str]]:
    """Yield what a SIM of `station` is known by; an address is its own where it is the only one that it may come from."""
    for kind, number in (("imsi", station.sim.imsi), ("msisdn", station.sim.msisdn)):
        digits = _digits(number)
        if digits:
            yield kind, digits
    if station.sim.imsi or station.sim.msisdn or station.bearer.value == "gprs":
        for network in station.allowed_networks:
            only = ipaddress.ip_network(network)
            if only.num_addresses == 1:
                yield "address", str(only.network_address)
