"""What is free near a charger: the nearest first, by every way of measuring, and only what is free for certain."""

from __future__ import annotations

from itertools import islice
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.core.geography import Place
from hotline.core.nearest import Places, distance_m
from hotline.web.texts import distance
from monitor.core.health_state import Connector
from monitor.core.ids import StationId
from monitor.core.observations import Status
from monitor.core.registry import LifeCycle

from .reading import ago, offline, online, read
from .support import House, station

if TYPE_CHECKING:
    from monitor.core.health_state import HealthState

    from .support import Browser

ESCH = Place(49.4958, 5.9806)
places = st.builds(Place, st.floats(-89, 89), st.floats(-179, 179))
near = st.builds(Place, st.floats(49.4, 49.6), st.floats(5.8, 6.2))


def free(*points: str, status: Status = Status.AVAILABLE) -> HealthState:
    said = ago(minutes=50)
    return online(connectors=tuple(Connector(connector=one, status=status, since=said, reported_at=said) for one in points))


def test_distances_known_from_elsewhere() -> None:
    assert distance_m(Place(0, 0), Place(0, 1)) == pytest.approx(111_195, rel=0.0001)
    assert distance_m(Place(10, 20), Place(-10, -160)) == pytest.approx(20_015_115, rel=0.0001)


@given(st.lists(near, max_size=40), near, st.floats(0, 30_000))
def test_outwards_is_sorting_by_distance(others: list[Place], here: Place, most_m: float) -> None:
    known = Places((StationId(number), place) for number, place in enumerate(others))
    expected = sorted(one for one in (distance_m(here, place) for place in others) if one <= most_m)
    assert [metres for metres, _ in known.outwards(here, most_m)] == pytest.approx(expected)


@given(st.lists(places, max_size=6), places)
def test_no_place_of_the_earth_upsets_it(others: list[Place], here: Place) -> None:
    known = Places((StationId(number), place) for number, place in enumerate(others))
    found = [metres for metres, _ in known.outwards(here, 30_000.0)]
    assert found == sorted(found)
    assert all(metres <= 30_000.0 for metres in found)


def test_ten_thousand_are_walked_no_farther_than_asked() -> None:
    chance = Random(7)  # noqa: S311
    known = Places((StationId(n), Place(chance.uniform(49.45, 50.2), chance.uniform(5.7, 6.5))) for n in range(10_000))
    assert len(list(islice(known.outwards(ESCH, 30_000.0), 5))) == 5


@pytest.mark.parametrize(
    ("metres", "words"),
    [(3, "10 m"), (247, "250 m"), (994, "990 m"), (996, "1.0 km"), (1440, "1.4 km"), (9949, "9.9 km"), (12_400, "12 km")],
)
def test_a_distance_as_people_say_it(metres: float, words: str) -> None:
    assert distance(metres) == words


async def test_the_nearest_that_is_free_for_certain(house: House, browser: Browser) -> None:
    house.put(station(1, lat=ESCH.lat, lon=ESCH.lon), offline())
    house.put(station(2, lat=ESCH.lat + 0.001, lon=ESCH.lon), free("1", status=Status.CHARGING))
    house.put(station(3, lat=ESCH.lat + 0.002, lon=ESCH.lon, address="rue du Brill"), free("1", "2"))
    house.put(station(4, lat=ESCH.lat + 0.003, lon=ESCH.lon), offline())
    house.put(station(5, lat=ESCH.lat + 0.004, lon=ESCH.lon, life_cycle=LifeCycle.RETIRED), free("1"))
    house.put(station(6, lat=ESCH.lat + 0.05, lon=ESCH.lon), free("1"))
    house.put(station(7), free("1"))
    page = await read(browser, "/stations/CP0001")
    assert "CP0003 220 m rue du Brill 2 points free CP0006 5.6 km" in page.words
    assert [attrs["class"] for tag, attrs in page.tags if tag == "circle" and attrs.get("class") == "free"] == ["free"] * 2
    house.put(station(8, lat=ESCH.lat + 0.0001, lon=ESCH.lon), free("1"))
    assert "CP0008 10 m" in (await read(browser, "/stations/CP0001?part=live")).words, "a station that came is found"


async def test_where_nobody_knows_the_place_the_site_is_asked(house: House, browser: Browser) -> None:
    house.put(station(1), offline())
    house.put(station(2), free("1"))
    house.put(station(3, site=""), offline())
    assert "CP0002 Place de la Résistance, L-4041 Esch-sur-Alzette 1 point free" in (await read(browser, "/stations/CP0001")).words
    assert "None that we know to be free" in (await read(browser, "/stations/CP0003")).words
