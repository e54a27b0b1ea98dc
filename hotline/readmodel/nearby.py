"""Where else one may charge: the nearest stations with a point that is free for certain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hotline.core.geography import Place, Point, sheet_of
from hotline.core.nearest import Places
from hotline.core.points import points_of
from monitor.core.registry import LifeCycle

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from monitor.core.ids import StationId
    from monitor.core.registry import Station
    from monitor.registry.directory import Directory
    from monitor.runtime.ports import HealthView

MOST: Final = 4
FARTHEST_M: Final = 30_000.0
SAFE_M: Final = 100.0
"""Who is to step back from a charger is sent no nearer than that."""
_MOST_LOOKED_AT: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Free:
    """A station with free points (by their names), `metres` away as the crow flies; `None`: at the same site, its place unknown."""

    station: Station
    points: tuple[str, ...]
    metres: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is free near a station; `here` and `spots`, in the order of `free`, are points of a map, where places are known."""

    free: Sequence[Free]
    here: Point | None = None
    spots: Sequence[tuple[int, Point]] = ()


def place_of(station: Station) -> Place | None:
    """Return where `station` stands."""
    return None if station.lat is None or station.lon is None else Place(station.lat, station.lon)


class Neighbourhood:
    """Stations by where they stand; it follows the directory's revision."""

    def __init__(self, directory: Directory, view: HealthView) -> None:
        """Read `directory` and `view`."""
        self._directory = directory
        self._view = view
        self._revision = -1
        self._places = Places(())
        self._at: dict[str, list[StationId]] = {}

    def around(self, station: Station, *, but: Collection[StationId] = (), elsewhere: bool = False) -> Surroundings:
        """Return what is free near `station`, the nearest first, without `but`; `elsewhere`: away from a danger here."""
        if self._revision != self._directory.revision:
            self._look()
        here = place_of(station)
        least = SAFE_M if elsewhere else 0.0
        free = self._at_site(station, but, elsewhere=elsewhere) if here is None else self._near(station, here, but, least)
        placed = [(number, place) for number, one in enumerate(free, 1) if (place := place_of(one.station)) is not None]
        if here is None or not placed:
            return Surroundings(free=free)
        sheet = sheet_of([here, *(place for _, place in placed)])
        return Surroundings(free=free, here=sheet.point(here), spots=[(number, sheet.point(place)) for number, place in placed])

    def _look(self) -> None:
        self._places = Places((one.id, place) for one in self._directory if (place := place_of(one)) is not None)
        self._at = {}
        for one in self._directory:
            if one.site:
                self._at.setdefault(one.site, []).append(one.id)
        self._revision = self._directory.revision

    def _near(self, station: Station, here: Place, but: Collection[StationId], least_m: float) -> list[Free]:
        found: list[Free] = []
        for looked_at, (metres, number) in enumerate(self._places.outwards(here, FARTHEST_M)):
            skipped = number == station.id or number in but or metres < least_m
            free = None if skipped else self._free(number, metres)
            if free is not None:
                found.append(free)
            if len(found) == MOST or looked_at == _MOST_LOOKED_AT:
                break
        return found

    def _at_site(self, station: Station, but: Collection[StationId], *, elsewhere: bool) -> list[Free]:
        others = (one for one in self._at.get(station.site, ()) if one != station.id and one not in but and not elsewhere)
        return [free for number in others if (free := self._free(number, None)) is not None][:MOST]

    def _free(self, number: StationId, metres: float | None) -> Free | None:
        station = self._directory.by_id(number)
        if station is None or station.life_cycle is LifeCycle.RETIRED or not station.watched:
            return None
        points = points_of(self._view.health(number))
        return Free(station=station, points=points.free, metres=metres) if points.free else None
