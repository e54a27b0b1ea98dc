"""What is registered of stations, as the desk asks for it: by id, and who else is watched at a site."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from monitor.core.ids import StationId
    from monitor.core.registry import Station
    from monitor.registry.directory import Directory


class RegistryPaper:
    """`alerts.core.reading.Paper` over the directory; sites are gathered again when that has changed."""

    def __init__(self, directory: Directory) -> None:
        """Read `directory`."""
        self._directory = directory
        self._revision = -1
        self._sites: dict[str, list[StationId]] = {}

    def by_id(self, station: StationId) -> Station | None:
        """Return the station of that id."""
        return self._directory.by_id(station)

    def watched_at(self, site: str) -> Collection[StationId]:
        """Return the watched stations of `site`."""
        if self._revision != self._directory.revision:
            sites: dict[str, list[StationId]] = defaultdict(list)
            for station in self._directory:
                if station.site and station.watched:
                    sites[station.site].append(station.id)
            self._sites, self._revision = dict(sites), self._directory.revision
        return self._sites.get(site, ())
