"""What stands near a place: places kept in cells, and walked outwards from one, the nearest first.

Distances are along the great circle of a sphere (haversine); over a small country that is right to a few metres in a kilometre.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
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
        rows = [row for row, _ in self._cells] or [0]
        columns = [column for _, column in self._cells] or [0]
        self._rows, self._columns = (min(rows), max(rows)), (min(columns), max(columns))

    def outwards(self, place: Place, most_m: float) -> Iterator[tuple[float, StationId]]:
        """Yield stations by their distance from `place` in metres, the nearest first, up to `most_m`."""
        row, column = _cell(place)
        narrow = CELL * _METRES_A_DEGREE * max(0.0, cos(radians(abs(place.lat) + CELL)))
        last = max(abs(row - edge) for edge in self._rows), max(abs(column - edge) for edge in self._columns)
        found: list[tuple[float, StationId]] = []
        for ring in range(max(last) + 1):
            for cell in _ring(row, column, ring):
                for station, other in self._cells.get(cell, ()):
                    heapq.heappush(found, (distance_m(place, other), station))
            sure = ring * narrow  # nothing that is in a farther ring can be nearer
            while found and found[0][0] <= min(sure, most_m):
                yield heapq.heappop(found)
            if sure > most_m:
                return
        while found and found[0][0] <= most_m:
            yield heapq.heappop(found)


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
