"""Where things are on a map of the network: places in degrees become spots on a sheet, near ones one spot with a number.

The sheet is a plain cylindrical projection, scaled by the cosine of the middle latitude: over a small country its error is less
than a spot is wide. There is no map behind it; the outline of the network is the network.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDTH: Final = 640
HEIGHT: Final = 640
"""The sheet, in units of its drawing."""
MARGIN: Final = 32
CELL: Final = 14
MARKED_CELL: Final = 28
"""Spots nearer than that are one; those that carry a number need more room."""
_LEAST_DEGREES: Final = 0.02
"""The sheet shows about two kilometres at least, so that one charger alone is not a world."""
_MANY: Final = 3


class Place(NamedTuple):
    """A place in degrees (WGS 84)."""

    lat: float
    lon: float


class Point(NamedTuple):
    """A point of the sheet; `y` grows downwards."""

    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """`count` things that are in one place of the sheet."""

    at: Point
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """How degrees become points: `middle` is in the middle, `scale` is points a degree of latitude."""

    middle: Place
    scale: float

    def point(self, place: Place) -> Point:
        """Return where `place` is on the sheet."""
        shrunk = cos(radians(self.middle.lat))
        x = WIDTH / 2 + (place.lon - self.middle.lon) * shrunk * self.scale
        return Point(x, HEIGHT / 2 - (place.lat - self.middle.lat) * self.scale)


def sheet_of(places: Sequence[Place]) -> Sheet:
    """Return the sheet that shows all `places` (one or more)."""
    south, north = min(one.lat for one in places), max(one.lat for one in places)
    west, east = min(one.lon for one in places), max(one.lon for one in places)
    middle = Place((south + north) / 2, (west + east) / 2)
    tall = max(north - south, _LEAST_DEGREES)
    wide = max((east - west) * cos(radians(middle.lat)), _LEAST_DEGREES)
    return Sheet(middle=middle, scale=min((HEIGHT - 2 * MARGIN) / tall, (WIDTH - 2 * MARGIN) / wide))


def spots_of(sheet: Sheet, places: Iterable[Place], cell: int = CELL) -> list[Spot]:
    """Return `places` as spots, each in the middle of those that it stands for, from the north-west."""
    cells: dict[tuple[int, int], list[Point]] = {}
    for place in places:
        point = sheet.point(place)
        cells.setdefault((int(point.y // cell), int(point.x // cell)), []).append(point)
    return [Spot(at=_middle(points), count=len(points)) for _, points in sorted(cells.items())]


def outline_of(points: Iterable[Point]) -> list[Point]:
    """Return the corners of the least convex outline around `points`, none where they are on one line (monotone chain)."""
    ordered = sorted(set(points))
    if len(ordered) < _MANY:
        return []
    corners = [*_half(ordered), *_half(ordered[::-1])]
    return corners if len(corners) >= _MANY else []


def _half(points: Sequence[Point]) -> list[Point]:
    found: list[Point] = []
    for point in points:
        while len(found) > 1 and _turn(found[-2], found[-1], point) <= 0:
            found.pop()
        found.append(point)
    return found[:-1]


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)


def _middle(points: Sequence[Point]) -> Point:
    return Point(sum(one.x for one in points) / len(points), sum(one.y for one in points) / len(points))
