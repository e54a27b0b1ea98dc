"""The registry as the running service holds it: every station in memory, found by sticker, identity or id.

It is filled from storage at the start and follows changes (see `monitor.registry.changes`); it writes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.ids import fold_sticker

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monitor.core.ids import Identity, StationId, Sticker
    from monitor.core.registry import Station


class Directory:
    """Stations by every name they go by. `revision` grows with every change, so that a reader can cache by it."""

    def __init__(self, stations: Iterable[Station] = ()) -> None:
        """Start with `stations`."""
        self.revision = 0
        self._by_id: dict[StationId, Station] = {}
        self._by_sticker: dict[str, StationId] = {}
        self._by_former: dict[str, StationId] = {}
        self._by_identity: dict[Identity, StationId] = {}
        for station in stations:
            self.put(station)

    def __len__(self) -> int:
        """Return how many stations there are, retired ones included."""
        return len(self._by_id)

    def __iter__(self) -> Iterator[Station]:
        """Go through the stations; safe against a change under way."""
        return iter(list(self._by_id.values()))

    def put(self, station: Station) -> None:
        """Add `station` or replace what was known of it."""
        known = self._by_id.get(station.id)
        if known is not None:
            if self._by_sticker.get(fold_sticker(known.sticker)) == station.id:
                del self._by_sticker[fold_sticker(known.sticker)]
            if self._by_former.get(fold_sticker(known.former_sticker)) == station.id:
                del self._by_former[fold_sticker(known.former_sticker)]
            if self._by_identity.get(known.identity) == station.id:
                del self._by_identity[known.identity]
        self._by_id[station.id] = station
        self._by_sticker[fold_sticker(station.sticker)] = station.id
        if station.former_sticker:
            self._by_former[fold_sticker(station.former_sticker)] = station.id
        self._by_identity[station.identity] = station.id
        self.revision += 1

    def by_id(self, station: StationId) -> Station | None:
        """Return the station of that id."""
        return self._by_id.get(station)

    def by_sticker(self, sticker: Sticker) -> Station | None:
        """Return the station that wears `sticker`, whatever its case; where none does, the one that wore it before."""
        station = self._by_former.get(fold_sticker(sticker))
        return self.wearer(sticker) or (None if station is None else self._by_id[station])

    def wearer(self, sticker: Sticker) -> Station | None:
        """Return the station that wears `sticker` now, whatever its case."""
        station = self._by_sticker.get(fold_sticker(sticker))
        return None if station is None else self._by_id[station]

    def by_identity(self, identity: Identity) -> Station | None:
        """Return the station that calls itself `identity`; exact spelling."""
        station = self._by_identity.get(identity)
        return None if station is None else self._by_id[station]
