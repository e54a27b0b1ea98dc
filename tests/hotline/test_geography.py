"""Places on a sheet: all inside, near ones together, an outline around the outermost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from hotline.core.geography import CELL, HEIGHT, MARGIN, WIDTH, Place, Point, outline_of, sheet_of, spots_of

PLACES = some.builds(Place, some.floats(-60, 60), some.floats(-20, 20))
POINTS = some.builds(Point, some.integers(0, 50).map(float), some.integers(0, 50).map(float))
LUXEMBOURG, CLERVAUX, ESCH = Place(49.611, 6.13), Place(50.055, 6.03), Place(49.495, 5.98)


@given(some.lists(PLACES, min_size=1, max_size=30))
def test_every_place_is_on_the_sheet_and_is_counted_once(places: list[Place]) -> None:
    sheet = sheet_of(places)
    for place in places:
        x, y = sheet.point(place)
        assert MARGIN - 1 <= x <= WIDTH - MARGIN + 1
        assert MARGIN - 1 <= y <= HEIGHT - MARGIN + 1
    assert sum(spot.count for spot in spots_of(sheet, places)) == len(places)


def test_north_is_up_east_is_right_and_a_kilometre_is_a_kilometre_both_ways() -> None:
    sheet = sheet_of([LUXEMBOURG, CLERVAUX, ESCH])
    assert sheet.point(CLERVAUX).y < sheet.point(LUXEMBOURG).y < sheet.point(ESCH).y
    assert sheet.point(ESCH).x < sheet.point(LUXEMBOURG).x
    north = sheet.point(LUXEMBOURG).y - sheet.point(Place(LUXEMBOURG.lat + 0.01, LUXEMBOURG.lon)).y
    east = sheet.point(Place(LUXEMBOURG.lat, LUXEMBOURG.lon + 0.01 / 0.6469)).x - sheet.point(LUXEMBOURG).x
    assert abs(north - east) < 0.01 * north, "a degree of longitude is 0.647 of one of latitude there"


def test_a_lone_place_is_in_the_middle() -> None:
    assert sheet_of([ESCH]).point(ESCH) == Point(WIDTH / 2, HEIGHT / 2)


def test_neighbours_are_one_spot_in_their_middle() -> None:
    sheet = sheet_of([LUXEMBOURG, CLERVAUX, ESCH])
    near = Place(LUXEMBOURG.lat + 0.0001, LUXEMBOURG.lon)
    spots = spots_of(sheet, [LUXEMBOURG, near, ESCH])
    assert sorted(spot.count for spot in spots) == [1, 2]
    (both,) = (spot for spot in spots if spot.count == 2)
    assert abs(both.at.x - sheet.point(LUXEMBOURG).x) < CELL


@given(some.lists(POINTS, max_size=25))
def test_an_outline_has_every_point_inside_and_turns_one_way(points: list[Point]) -> None:
    outline = outline_of(points)
    for a, b in zip(outline, [*outline[1:], *outline[:1]], strict=True):
        for point in points:
            assert (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x) >= 0
    assert set(outline) <= set(points)


def test_what_is_on_a_line_has_no_outline() -> None:
    assert outline_of([Point(0, 0), Point(1, 1), Point(2, 2), Point(1, 1)]) == []
    assert outline_of([Point(0, 0), Point(1, 1)]) == []
    assert set(outline_of([Point(0, 0), Point(4, 0), Point(4, 4), Point(0, 4), Point(2, 2)])) == {
        *(Point(0, 0), Point(4, 0), Point(4, 4), Point(0, 4))
    }
