"""Writing the registry as the import's CSV: every column that can be given back, so that the same file read again changes nothing.

Passwords are write-only: their hashes stay here. No cell is a formula to a spreadsheet.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, Final, TextIO

from monitor.registry.columns import COLUMNS, spreadsheet_safe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from monitor.core.registry import Station

EXPORTED: Final = tuple(name for name in COLUMNS if name != "password")

_ELSEWHERE: Final[dict[str, Callable[[Station], Any]]] = {
    "state": lambda station: station.life_cycle.value,
    "owner": lambda station: station.owner.name,
    "owner_phone": lambda station: station.owner.phone,
    "owner_email": lambda station: station.owner.email,
    "owner_language": lambda station: station.owner.language,
    "maintainer": lambda station: station.maintainer.name,
    "maintainer_phone": lambda station: station.maintainer.phone,
    "maintainer_email": lambda station: station.maintainer.email,
    "apn": lambda station: station.sim.apn,
    "sim_iccid": lambda station: station.sim.iccid,
    "sim_imsi": lambda station: station.sim.imsi,
    "sim_msisdn": lambda station: station.sim.msisdn,
    "sim_operator": lambda station: station.sim.operator,
    "cell": lambda station: station.sim.cell,
    "allowed_networks": lambda station: " ".join(station.allowed_networks),
}
"""Columns that are not a field of the same name."""


def write_csv(stations: Iterable[Station], file: TextIO) -> int:
    """Write a header and a row a station, and return how many they were."""
    writer = csv.writer(file)
    writer.writerow(EXPORTED)
    count = 0
    for count, station in enumerate(stations, 1):  # noqa: B007  (counts)
        writer.writerow([_cell(station, name) for name in EXPORTED])
    return count


def _cell(station: Station, name: str) -> str:
    elsewhere = _ELSEWHERE.get(name)
    value = elsewhere(station) if elsewhere is not None else getattr(station, name)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return spreadsheet_safe(value) if isinstance(value, str) else str(value)
