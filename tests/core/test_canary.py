"""A canary that is silent: little that is heard over its bearer is then our own deafness, and nobody is convicted for it."""

from __future__ import annotations

import pytest

from monitor.core.groups import CANARY, GroupKey
from monitor.core.ids import StationId
from monitor.core.incidents import Scope
from monitor.core.observations import IncidentJoined, IncidentLeft
from monitor.core.signals import Depth
from tests.core.fleets import Fleet, cleared, latest, opened

NORTH = (Scope.APN, "apn.north")
SOUTH = (Scope.APN, "apn.south")
HOME = (Scope.SITE, "Brill")
KEY = GroupKey(Scope.COLLECTOR, "gprs", CANARY)


def one_apn_and_others(interval_s: float = 300.0) -> tuple[Fleet, list[StationId]]:
    """All of GPRS on one APN, and stations that are on no GPRS."""
    fleet = Fleet(interval_s)
    mobile = fleet.many(1, 60, NORTH)
    fleet.many(1001, 100, HOME)
    return fleet, mobile


def test_all_of_one_apn_and_of_its_bearer_is_the_apn_while_the_canary_answers_and_ours_while_it_is_silent() -> None:
    for silent, named in ((False, NORTH), (True, (Scope.COLLECTOR, "gprs"))):
        fleet, mobile = one_apn_and_others()
        if silent:
            fleet.doubt(1000, mobile)
        fleet.close(1000, mobile)
        fleet.wait(1400)
        assert [(one.scope, one.key) for one in opened(fleet)] == [named]
        assert set(latest(fleet).stations) == set(mobile)


def test_a_canary_that_falls_silent_after_an_apn_was_named_renames_it() -> None:
    fleet, mobile = one_apn_and_others()
    fleet.close(1000, mobile)
    fleet.wait(1100)
    assert (latest(fleet).scope, latest(fleet).key) == NORTH
    fleet.doubt(1120, mobile)
    fleet.wait(1400)
    assert len(opened(fleet)) == 1
    assert (latest(fleet).scope, latest(fleet).key) == (Scope.COLLECTOR, "gprs")
    told = [answer for station, answer in fleet.answers if station == mobile[0]]
    assert [answer.scope for answer in told if isinstance(answer, IncidentJoined)] == [Scope.APN, Scope.COLLECTOR]
    assert not any(isinstance(answer, IncidentLeft) for _, answer in fleet.answers)


def test_a_canary_that_is_itself_broken_hides_no_apn() -> None:
    fleet = Fleet()
    north, south = fleet.many(1, 60, NORTH), fleet.many(101, 60, SOUTH)
    fleet.doubt(900, north + south)
    fleet.close(1000, north)
    fleet.wait(2000)
    assert [(one.scope, one.key) for one in opened(fleet)] == [NORTH]
    assert (latest(fleet).scope, latest(fleet).key) == NORTH


@pytest.mark.parametrize("others", [2, 60])
def test_one_silence_beside_a_broken_canary_is_its_own(others: int) -> None:
    fleet = Fleet()
    mobile = fleet.many(1, 1 + others, NORTH)
    fleet.doubt(900, mobile)
    fleet.close(1000, mobile[:1])
    fleet.wait(3000)
    assert opened(fleet) == []


@pytest.mark.parametrize("count", [1, 2, 4])
def test_the_canary_is_the_second_signal_of_a_bearer_with_few_stations(count: int) -> None:
    fleet = Fleet()
    mobile = [fleet.add(number, NORTH) for number in range(1, 1 + count)]
    fleet.many(1001, 100, HOME)
    fleet.doubt(1000, mobile)
    fleet.close(1001, mobile)
    fleet.wait(1100)
    assert [(one.scope, one.key) for one in opened(fleet)] == [(Scope.COLLECTOR, "gprs")]
    assert 0.5 < latest(fleet).probability < 1.0
    fleet.back(1500, mobile)
    fleet.wait(1600)
    assert len(cleared(fleet)) == 1


def test_a_silence_that_is_told_late_counts_from_its_beginning() -> None:
    fleet = Fleet()
    mobile = [fleet.add(number, NORTH) for number in range(1, 4)]
    fleet.many(1001, 100, HOME)
    fleet.doubt(1000, mobile)
    for station in mobile:
        fleet.silent_from[station] = 1001
        fleet.onset(2000, station, since=1001, heard=900, depth=Depth.BREACH)
    fleet.wait(2100)
    assert [(one.scope, one.key) for one in opened(fleet)] == [(Scope.COLLECTOR, "gprs")]


def test_a_canary_that_answers_ends_it_and_who_is_still_silent_gets_a_fair_chance() -> None:
    fleet, mobile = one_apn_and_others()
    fleet.doubt(1000, mobile)
    fleet.doubt(1060, mobile)
    fleet.close(1061, mobile)
    fleet.wait(1200)
    fleet.trust(1300)
    assert [one.until for one in cleared(fleet)] == [fleet.instant(1300)]
    let_go = {station: answer for station, answer in fleet.answers if isinstance(answer, IncidentLeft)}
    assert set(let_go) == set(mobile)
    assert not any(answer.revoked for answer in let_go.values())
    assert KEY not in fleet.groups.groups
    assert all(group.key != KEY for groups in fleet.groups.of.values() for group in groups)
    fleet.trust(1400)
    assert len(cleared(fleet)) == 1


def test_a_canary_that_answers_ends_no_incident_of_others() -> None:
    fleet = Fleet()
    north, south = fleet.many(1, 60, NORTH), fleet.many(101, 60, SOUTH)
    fleet.doubt(900, north + south)
    fleet.close(1000, north)
    fleet.wait(2000)
    fleet.trust(2100)
    assert [(one.scope, one.key) for one in opened(fleet)] == [NORTH]
    assert cleared(fleet) == []


def test_when_many_talk_again_though_the_canary_is_silent_it_was_not_we() -> None:
    fleet, mobile = one_apn_and_others(60)
    fleet.doubt(1000, mobile)
    fleet.close(1000, mobile[:4])
    fleet.wait(1003)
    fleet.wait(2500)
    assert cleared(fleet) or not opened(fleet)
    assert all(silence.incident is None for silence in fleet.groups.silent.values())


def test_our_own_absence_beside_a_silent_canary_is_an_incident_of_its_own() -> None:
    fleet, mobile = one_apn_and_others()
    fleet.doubt(1000, mobile)
    fleet.close(1000, mobile)
    fleet.wait(1100)
    fleet.blind(1200)
    fleet.sighted(1300)
    assert [one.key for one in opened(fleet)] == ["gprs", "field"]
    assert [(one.key, one.until) for one in cleared(fleet)] == [("field", fleet.instant(1300))]


def test_a_station_that_is_in_no_group_is_in_no_doubt_either() -> None:
    fleet = Fleet()
    mobile = fleet.many(1, 5, NORTH)
    nobody = StationId(9)
    fleet.doubt(1000, [*mobile, nobody])
    assert list(fleet.groups.groups[KEY].members) == mobile
    fleet.trust(1100)
    assert nobody not in fleet.groups.of


def test_a_station_that_moves_meanwhile_stays_in_doubt_and_one_that_goes_leaves() -> None:
    fleet = Fleet()
    mobile = fleet.many(1, 5, NORTH)
    fleet.doubt(1000, mobile)
    fleet.groups.place(mobile[0], (GroupKey(*SOUTH), GroupKey(Scope.COLLECTOR, "field")), 300.0)
    assert KEY in {group.key for group in fleet.groups.of[mobile[0]]}
    fleet.groups.remove(mobile[1])
    assert mobile[1] not in fleet.groups.groups[KEY].members
    fleet.trust(1100)
    assert {group.key for group in fleet.groups.of[mobile[0]]} == {GroupKey(*SOUTH), GroupKey(Scope.COLLECTOR, "field")}
