"""Stations as a reader finds them: by any spelling of the sticker, by words, by state. Nothing is stored or judged here."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotline.core.overview import Overview, overview_of
from hotline.core.search import Found, SearchIndex
from monitor.core.ids import MalformedIdError, parse_sticker
from monitor.core.registry import LifeCycle

if TYPE_CHECKING:
    from monitor.core.events import State
    from monitor.core.health_state import HealthState
    from monitor.core.registry import Station
    from monitor.registry.directory import Directory
    from monitor.runtime.ports import HealthView


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A station in a list, with how it is now."""

    station: Station
    health: HealthState


class StationBook:
    """The registry joined with health. The search index follows the directory's revision; it is built beside the loop."""

    def __init__(self, directory: Directory, view: HealthView) -> None:
        """Read `directory` and `view`; nothing is read before the first question."""
        self._directory = directory
        self._view = view
        self._index = SearchIndex()
        self._indexed_revision = -1
        self._building = asyncio.Lock()

    def health(self, station: Station) -> HealthState:
        """Return how `station` is now."""
        return self._view.health(station.id)

    async def search(self, query: str) -> Found:
        """Search as of the present registry."""
        return (await self._fresh_index()).search(query)

    async def nearest(self, query: str) -> Found:
        """Return the stickers most like one that nobody wears."""
        return (await self._fresh_index()).nearest(query)

    async def find(self, text: str) -> Station | None:
        """Return the station whose sticker `text` spells, exactly or in any other spelling that leaves no choice."""
        try:
            station = self._directory.by_sticker(parse_sticker(text))
        except MalformedIdError:
            station = None
        if station is not None:
            return station
        exact = (await self.search(text)).exact
        return None if exact is None else self._directory.by_id(exact)

    def rows(self, found: Found) -> list[Row]:
        """Return what was found with its health; a station that went since is left out."""
        stations = (self._directory.by_id(hit.station) for hit in found.hits)
        return [Row(station=station, health=self.health(station)) for station in stations if station is not None]

    def in_state(self, state: State) -> list[Row]:
        """Return the stations that are in `state`, by sticker; retired ones are not listed."""
        rows = [Row(station=station, health=self.health(station)) for station in self._directory]
        listed = [row for row in rows if row.health.state is state and row.station.life_cycle is not LifeCycle.RETIRED]
        return sorted(listed, key=lambda row: row.station.sticker)

    def overview(self) -> Overview:
        """Return counts and open breaches over the whole registry."""
        return overview_of((station, self.health(station)) for station in self._directory)

    async def _fresh_index(self) -> SearchIndex:
        if self._indexed_revision != self._directory.revision:
            async with self._building:
                revision = self._directory.revision
                if self._indexed_revision != revision:
                    self._index = await asyncio.to_thread(SearchIndex, list(self._directory))
                    self._indexed_revision = revision
        return self._index
