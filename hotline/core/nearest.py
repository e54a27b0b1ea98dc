"""What stands near a place: places kept in cells, and walked outwards from one, the nearest first.

Distances are along the great circle of a sphere (haversine); over a small country that is right to a few metres in a kilometre.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from itertools import count
from math import asin, cos, radians, sin, sqrt
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hotline.core.geography import Place
    from monitor.core.ids import StationId

EARTH_M: Final = 6_371_008.8
"""Mean radius (IUGG)."""
CELL: Final = 0.02
"""Degrees along either side of a cell; a degree of latitude is about 111 km."""
MOST_RINGS: Final = 100
_METRES_A_DEGREE: Final = EARTH_M * radians(1.0)


def distance_m(a: Place, b: Place) -> float:
    """Return the metres from `a` to `b`."""
    across = sin(radians(b.lat - a.lat) / 2) ** 2 + cos(radians(a.lat)) * cos(radians(b.lat)) * sin(radians(b.lon - a.lon) / 2) ** 2
    return 2.0 * EARTH_M * asin(min(1.0, sqrt(across)))


class Places:
    """Where stations stand."""

    def __init__(self, places: Iterable[tuple[StationId, Place]]) -> None:
        """Sort `places` into cells."""
        self._cells: dict[tuple[int, int], list[tuple[StationId, Place]]] = defaultdict(list)
        for station, place in places:
            self._cells[_cell(place)].append((station, place))

    def outwards(self, place: Place, most_m: float) -> Iterator[tuple[float, StationId]]:
        """Yield stations by their distance from `place` in metres, the nearest first, up to `most_m`."""
        narrow = CELL * _METRES_A_DEGREE * cos(radians(abs(place.lat) + CELL))
        if narrow < most_m / MOST_RINGS:  # near a pole cells are so narrow that walking them takes longer than sorting all
            everything = (one for cell in self._cells.values() for one in cell)
            yield from sorted((metres, station) for station, other in everything if (metres := distance_m(place, other)) <= most_m)
            return
        row, column = _cell(place)
        found: list[tuple[float, StationId]] = []
        for ring in count():
            for cell in _ring(row, column, ring):
                for station, other in self._cells.get(cell, ()):
                    heapq.heappush(found, (distance_m(place, other), station))
            sure = ring * narrow  # nothing that is in a farther ring can be nearer
            while found and found[0][0] <= min(sure, most_m):
                yield heapq.heappop(found)
            if sure > most_m:
                return


def _cell(place: Place) -> tuple[int, int]:
    return int(place.lat // CELL), int(place.lon // CELL)


def _ring(row: int, column: int, ring: int) -> Iterator[tuple[int, int]]:
    if ring == 0:
        yield row, column
        return
    for step in range(-ring, ring + 1):
        yield row - ring, column + step
        yield row + ring, column + step
    for step in range(-ring + 1, ring):
        yield row + step, column - ring
        yield row + step, column + ring
