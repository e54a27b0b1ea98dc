"""Groups of two to four: all silent, from one moment on, and something else that says so."""

from __future__ import annotations

import pytest

from monitor.core.chance import HOURS
from monitor.core.groups import GroupKey
from monitor.core.incidents import Scope
from monitor.core.signals import Depth, Hint
from tests.core.fleets import Fleet, opened

APN = (Scope.APN, "apn.north")
OTHER = (Scope.APN, "apn.south")
POST = (Scope.OPERATOR, "post")
SITE = (Scope.SITE, "Brill")
FEEDER = (Scope.FEEDER, "F7")


@pytest.mark.parametrize(
    ("hints", "depth", "found"),
    [
        ((), Depth.SUSPECT, False),
        ((), Depth.BREACH, True),
        ((Hint.GATEWAY_SILENT,), Depth.SUSPECT, True),
        ((Hint.SOCKET_CLOSED,), Depth.SUSPECT, True),
        ((Hint.SESSION_STOPPED,), Depth.SUSPECT, True),
        ((Hint.STATION_SILENT,), Depth.SUSPECT, True),
    ],
)
def test_so_few_need_a_second_signal(hints: tuple[Hint, ...], depth: Depth, found: bool) -> None:
    fleet = Fleet()
    pair = [fleet.add(1, SITE, phase=10), fleet.add(2, SITE, phase=20)]
    fleet.many(1001, 100, OTHER)
    for station in pair:
        fleet.onset(1000 + station, station, since=900, heard=650, depth=depth, hints=hints)
    fleet.wait(1200)
    assert bool(opened(fleet)) is found
    if found:
        assert 0.9 <= opened(fleet)[0].probability <= 1.0


def test_so_few_of_one_model_prove_nothing_of_the_model() -> None:
    fleet = Fleet()
    pair = [fleet.add(1, (Scope.MODEL, "T2"), phase=10), fleet.add(2, (Scope.MODEL, "T2"), phase=20)]
    fleet.many(1001, 100, OTHER)
    for station in pair:
        fleet.onset(1000 + station, station, since=900, heard=650, depth=Depth.BREACH, hints=[Hint.SOCKET_CLOSED])
    fleet.wait(1200)
    assert opened(fleet) == []


def test_where_signs_are_missed_every_other_minute_two_silences_prove_nothing() -> None:
    fleet = Fleet()
    pair = [fleet.add(1, SITE, phase=10), fleet.add(2, SITE, phase=20)]
    fleet.many(1001, 100, OTHER)
    chance = fleet.groups.groups[GroupKey(*SITE)].chance
    chance.trials, chance.misses = [1e6] * HOURS, [5e5] * HOURS
    for station in pair:
        fleet.onset(1000, station, since=1000, heard=650, depth=Depth.SUSPECT, hints=[Hint.SOCKET_CLOSED])
    fleet.wait(1200)
    assert opened(fleet) == []


def test_two_that_failed_apart_are_no_site() -> None:
    fleet = Fleet()
    one, two = fleet.add(1, SITE, phase=10), fleet.add(2, SITE, phase=20)
    fleet.many(1001, 100, OTHER)
    fleet.onset(1000, one, since=900, heard=600, depth=Depth.BREACH)
    fleet.onset(2500, two, since=2400, heard=2100, depth=Depth.BREACH)
    fleet.wait(4000)
    assert opened(fleet) == []


def test_two_sockets_that_close_minutes_apart_are_no_site() -> None:
    fleet = Fleet()
    pair = [fleet.add(1, SITE, phase=10), fleet.add(2, SITE, phase=20)]
    fleet.many(1001, 100, OTHER)
    for station, at in zip(pair, (1000, 1150), strict=True):
        fleet.onset(at, station, since=at, heard=900, depth=Depth.SUSPECT, hints=[Hint.SOCKET_CLOSED])
    fleet.wait(1600)
    assert opened(fleet) == []


def test_a_missed_sign_beside_a_silent_gateway_is_no_site_yet() -> None:
    fleet = Fleet()
    pair = [fleet.add(1, SITE, phase=10), fleet.add(2, SITE, phase=20)]
    fleet.many(1001, 100, OTHER)
    fleet.onset(1000, pair[0], since=990, heard=700, depth=Depth.SUSPECT, hints=[Hint.GATEWAY_SILENT])
    fleet.onset(1010, pair[1], since=1000, heard=700, depth=Depth.OVERDUE)
    fleet.wait(1160)
    assert opened(fleet) == []
    fleet.onset(1170, pair[1], since=1000, heard=700, depth=Depth.SUSPECT)
    fleet.wait(1200)
    assert len(opened(fleet)) == 1


def test_a_neighbour_that_a_probe_reaches_is_enough_against_a_site() -> None:
    fleet = Fleet()
    pair = [fleet.add(1, SITE, phase=10), fleet.add(2, SITE, phase=20)]
    fleet.many(1001, 100, OTHER)
    cut = [Hint.GATEWAY_SILENT, Hint.SOCKET_CLOSED, Hint.STATION_SILENT]
    fleet.onset(1000, pair[0], since=900, heard=650, depth=Depth.SUSPECT, hints=cut)
    fleet.onset(1001, pair[1], since=900, heard=650, depth=Depth.SUSPECT, hints=[Hint.LINE_ANSWERS])
    fleet.wait(1200)
    assert opened(fleet) == [], "one lost its line, the other a heartbeat"
    fleet.onset(1300, pair[1], since=900, heard=650, depth=Depth.SUSPECT, hints=cut)
    fleet.wait(1400)
    assert len(opened(fleet)) == 1


def test_one_neighbour_that_talks_is_enough_against_a_site() -> None:
    fleet = Fleet()
    members = [fleet.add(number, SITE, phase=10.0 * number) for number in (1, 2, 3)]
    fleet.many(1001, 100, OTHER)
    for station in members[:2]:
        fleet.onset(1000, station, since=900, heard=650, depth=Depth.BREACH, hints=[Hint.SOCKET_CLOSED])
    fleet.wait(3000)
    assert opened(fleet) == []


@pytest.mark.parametrize("third", ["never heard", "long dead", "at work"])
def test_a_neighbour_that_says_nothing_either_way_does_not_hide_that_a_small_site_is_cut(third: str) -> None:
    fleet = Fleet()
    pair = [fleet.add(1, SITE, phase=10), fleet.add(2, SITE, phase=20)]
    other = fleet.add(3, SITE, phase=30)
    fleet.many(1001, 100, OTHER)
    fleet.silent_from[other] = {"never heard": -100.0, "long dead": 1000.0, "at work": 5000.0}[third]
    for station in pair:
        fleet.onset(6000, station, since=5900, heard=5650, depth=Depth.SUSPECT, hints=[Hint.SOCKET_CLOSED])
    fleet.wait(6200)
    assert len(opened(fleet)) == 1


def test_a_sign_of_life_in_the_middle_of_a_silence_is_no_end_of_it() -> None:
    fleet = Fleet()
    pair = [fleet.add(1, SITE, phase=10), fleet.add(2, SITE, phase=20)]
    fleet.many(1001, 100, OTHER)
    for station in pair:
        fleet.onset(1000, station, since=900, heard=950, depth=Depth.BREACH, hints=[Hint.SOCKET_CLOSED])
    fleet.wait(1200)
    (incident,) = opened(fleet)
    assert incident.since == fleet.instant(900)
