"""Whose SIM it is: by the IMSI, the number, or the address that a gateway names. What fits two stations fits none."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.core.ids import StationId
    from monitor.core.registry import Station
    from monitor.registry.directory import Directory


class Sims:
    """Stations by their SIMs, following the directory."""

    def __init__(self, directory: Directory) -> None:
        """Look into `directory`."""
        self._directory = directory
        self._revision = -1
        self._by: dict[tuple[str, str], StationId | None] = {}

    def of(self, *, imsi: str, msisdn: str, address: str) -> StationId | None:
        """Return the station of a SIM; the IMSI counts before the number, and both before the address."""
        if self._revision != self._directory.revision:
            self._index()
        for key in (("imsi", imsi), ("msisdn", msisdn), ("address", address)):
            found = self._by.get(key) if key[1] else None
            if found is not None:
                return found
        return None

    def _index(self) -> None:
        self._by = {}
        for station in self._directory:
            if station.admitted:
                for key in _keys(station):
                    known = self._by.setdefault(key, station.id)
                    if known != station.id:
                        self._by[key] = None
        self._revision = self._directory.revision


def _keys(station: Station) -> Iterator[tuple[str, str]]:
    """Yield what a SIM of `station` is known by; an address is its own where it is the only one that it may come from."""
    for kind, number in (("imsi", station.sim.imsi), ("msisdn", station.sim.msisdn)):
        digits = "".join(sign for sign in number if sign.isdigit()).lstrip("0")
        if digits:
            yield kind, digits
    if station.sim.imsi or station.sim.msisdn or station.bearer.value == "gprs":
        for network in station.allowed_networks:
            only = ipaddress.ip_network(network)
            if only.num_addresses == 1:
                yield "address", str(only.network_address)
