"""What an incident is called: widened, split, revoked, renamed by what its members say when they are back."""

from __future__ import annotations

import pytest

from monitor.core.events import IncidentOpened, IncidentUpdated
from monitor.core.groups import GroupKey
from monitor.core.ids import StationId
from monitor.core.incidents import Scope
from monitor.core.observations import IncidentLeft
from tests.core.fleets import Fleet, cleared, latest, opened

APN = (Scope.APN, "apn.north")
OTHER = (Scope.APN, "apn.south")
POST = (Scope.OPERATOR, "post")
SITE = (Scope.SITE, "Brill")
FEEDER = (Scope.FEEDER, "F7")


def test_an_apn_that_follows_another_makes_the_operator_the_cause() -> None:
    fleet = Fleet()
    first, second = fleet.many(1, 60, APN, POST), fleet.many(101, 60, OTHER, POST)
    fleet.many(1001, 200, (Scope.APN, "apn.east"), (Scope.OPERATOR, "tango"))
    fleet.fail_each([(1000, first), (1040, second)])
    fleet.wait(2000)
    assert opened(fleet)[0].scope is Scope.APN
    assert (latest(fleet).scope, latest(fleet).key) == POST
    assert len({*first, *second} - set(latest(fleet).stations)) <= 1, "one that spoke in between joins when its silence is a breach"
    still = {event.incident for event in opened(fleet)} - {event.incident for event in cleared(fleet)}
    assert len(still) == 1
    assert all(one.merged_into in still for one in cleared(fleet))


def test_a_second_wave_of_the_same_group_joins_the_incident_that_is_open() -> None:
    fleet = Fleet()
    members = fleet.many(1, 100, APN)
    fleet.many(1001, 200, OTHER)
    fleet.fail(1000, members[::2])
    fleet.fail(4000, members[1::2])
    fleet.wait(5000)
    assert len(opened(fleet)) == 1
    assert len(set(members) - set(latest(fleet).stations)) <= 2, "the first of the wave join when theirs is a breach"


@pytest.mark.parametrize("sites", [1, 2, 3, 5])
def test_sites_that_fail_together_are_found_as_soon_as_one_alone(sites: int) -> None:
    fleet = Fleet()
    for number in range(40):
        for place in range(8):
            fleet.add(1 + 8 * number + place, (Scope.SITE, f"site {number}"), (Scope.APN, f"apn {number % 2}"))
    fleet.close(4000, [StationId(1 + member) for member in range(8 * sites)])
    fleet.wait(4300)
    named = {event.incident: event for event in fleet.events if isinstance(event, IncidentOpened | IncidentUpdated)}
    assert {(one.key, one.stations) for one in named.values()} == {
        (f"site {number}", tuple(range(8 * number + 1, 8 * number + 9))) for number in range(sites)
    }
    assert max(one.at for one in opened(fleet)) <= fleet.instant(4240)
    assert cleared(fleet) == []


@pytest.mark.parametrize("interval_s", [60.0, 300.0])
def test_a_site_that_is_wholly_away_keeps_its_name_beside_a_feeder_that_fails_with_it(interval_s: float) -> None:
    """The feeder explains its own: they are no reason to accuse the network of the other site, most of which talks."""
    fleet = Fleet(interval_s)
    for number in range(10):
        for place in range(8):
            keys = ((Scope.SITE, f"site {number}"), (Scope.APN, f"apn {number % 2}"), (Scope.FEEDER, f"F{number // 2}"))
            fleet.add(1 + 8 * number + place, *keys)
    fleet.close(2000, [StationId(1 + member) for member in range(24)])
    fleet.wait(3600)
    named = {event.incident: event for event in fleet.events if isinstance(event, IncidentOpened | IncidentUpdated)}
    assert {(one.scope, one.key) for one in named.values()} == {(Scope.FEEDER, "F0"), (Scope.SITE, "site 2")}
    assert sorted(station for one in named.values() for station in one.stations) == list(range(1, 25))


def test_who_never_belonged_to_what_an_incident_grew_into_is_judged_anew() -> None:
    fleet = Fleet()
    north = [fleet.add(number, APN, FEEDER) for number in range(1, 6)]
    south = [fleet.add(number, OTHER, FEEDER) for number in range(6, 10)]
    cell = [fleet.add(number, APN, (Scope.CELL, "c1")) for number in range(20, 32)]
    fleet.many(1001, 150, OTHER)
    fleet.close(1000, north + south)
    fleet.close(1255, cell)
    fleet.wait(1346)
    assert (latest(fleet).key, latest(fleet).stations) == (APN[1], tuple(north + cell))
    assert {station for station, answer in fleet.answers if isinstance(answer, IncidentLeft)} == set(south)
    assert GroupKey(*FEEDER) in fleet.groups.dirty


def test_what_was_taken_for_our_own_blindness_is_not_when_too_many_others_talk() -> None:
    fleet = Fleet()
    for number in range(40):
        for place in range(8):
            fleet.add(1 + 8 * number + place, (Scope.SITE, f"site {number}"))
    cut = [StationId(1 + member) for member in range(64)]
    fleet.close(4000, cut)
    fleet.wait(4050)
    assert [one.scope for one in opened(fleet)] == [Scope.COLLECTOR], "most of those who had to speak by then did not"
    fleet.wait(4400)
    named = {event.incident: event for event in fleet.events if isinstance(event, IncidentOpened | IncidentUpdated)}
    assert {one.scope for one in named.values()} == {Scope.SITE}
    assert sorted(station for one in named.values() for station in one.stations) == cut
    assert {answer.revoked for _, answer in fleet.answers if isinstance(answer, IncidentLeft)} == {True}


def test_what_was_taken_for_our_own_blindness_is_taken_back_even_where_nothing_else_explains_it() -> None:
    fleet = Fleet()
    stations = [fleet.add(1 + number, (Scope.SITE, f"site {number}")) for number in range(320)]
    fleet.close(4000, stations[:64])
    fleet.wait(4050)
    (ours,) = opened(fleet)
    assert ours.scope is Scope.COLLECTOR, "most of those who had to speak by then did not"
    fleet.wait(4400)
    assert [(one.incident, one.scope) for one in cleared(fleet)] == [(ours.incident, Scope.COLLECTOR)]
    assert opened(fleet) == [ours], "they have nothing else in common"
    let_go = {station: answer for station, answer in fleet.answers if isinstance(answer, IncidentLeft)}
    assert set(let_go) == set(ours.stations)
    assert {answer.revoked for answer in let_go.values()} == {True}


def test_a_site_that_has_only_its_part_of_the_silences_is_not_what_is_left_of_an_incident() -> None:
    """A fifth of the fleet, one or two of every site: that two of eight had to speak first and did not names no site."""
    fleet = Fleet()
    stations = [fleet.add(1 + number, (Scope.SITE, f"site {number % 40}")) for number in range(320)]
    fleet.close(4000, stations[:64])
    fleet.wait(5400)
    assert {one.scope for one in fleet.events if isinstance(one, IncidentOpened | IncidentUpdated)} == {Scope.COLLECTOR}
    assert len(cleared(fleet)) == len(opened(fleet))


def test_an_incident_that_nothing_else_explains_keeps_its_name_though_many_others_talk() -> None:
    fleet = Fleet()
    members = fleet.many(1, 60, APN)
    fleet.many(1001, 200, OTHER)
    fleet.close(1000, members[::5])
    fleet.wait(3000)
    assert [(one.scope, one.key) for one in opened(fleet)] == [APN]
    assert latest(fleet) == opened(fleet)[0]
    assert cleared(fleet) == []


def test_silence_in_a_group_that_went_on_talking_when_a_young_incident_began_is_no_part_of_that() -> None:
    fleet = Fleet()
    members = fleet.many(1, 60, APN)
    cut = [fleet.add(number, SITE) for number in range(101, 109)]
    fleet.many(1001, 200, OTHER)
    fleet.close(1000, cut)
    fleet.close(1300, members[::4])
    fleet.wait(1400)
    assert [(one.scope, one.key, one.stations) for one in opened(fleet)] == [(*SITE, tuple(cut)), (*APN, tuple(members[::4]))]
    assert fleet.kinds() == ["IncidentOpened", "IncidentOpened"]


def test_who_is_still_away_when_many_are_back_does_not_name_an_incident() -> None:
    fleet = Fleet()
    slow = [fleet.add(number, APN, (Scope.CELL, "c1")) for number in range(1, 11)]
    quick = [fleet.add(number, APN) for number in range(11, 41)]
    fleet.many(1001, 200, OTHER)
    fleet.close(1000, slow + quick)
    fleet.back(1060, quick)
    fleet.wait(1700)
    assert {(one.scope, one.key) for one in (*opened(fleet), latest(fleet))} == {APN}
    assert set(latest(fleet).stations) == {*slow, *quick}


def test_an_incident_that_is_over_before_it_is_judged_again_just_ends() -> None:
    fleet = Fleet()
    members = fleet.many(1, 100, APN)
    fleet.many(1001, 200, OTHER)
    fleet.close(1000, members)
    fleet.wait(1046)
    assert opened(fleet)[0].at == fleet.instant(1045)
    fleet.back(1054, members)
    fleet.wait(1100)
    assert fleet.kinds() == ["IncidentOpened", "IncidentCleared"]


def test_a_second_incident_that_turns_out_to_have_the_cause_of_an_open_one_becomes_part_of_that() -> None:
    fleet = Fleet()
    first = [fleet.add(number, FEEDER) for number in range(1, 27)]
    second = [fleet.add(number, SITE, FEEDER) for number in range(31, 39)]
    stray = [fleet.add(number, FEEDER, phase=210.0 + number) for number in range(41, 44)]
    fleet.many(1001, 100, OTHER)
    fleet.close(1000, first)
    fleet.close(1200, second)
    fleet.fail(1201, stray)
    fleet.wait(3000)
    assert [(one.scope, one.key) for one in opened(fleet)] == [FEEDER, SITE]
    whole, part = opened(fleet)
    assert [(one.incident, one.merged_into) for one in cleared(fleet)] == [(part.incident, whole.incident)]
    assert (latest(fleet).incident, latest(fleet).stations) == (whole.incident, (*first, *second, *stray))


def test_what_an_apn_leaves_of_a_site_is_judged_when_the_time_of_the_site_has_come() -> None:
    fleet = Fleet()
    mates = [fleet.add(number, SITE, APN) for number in range(1, 6)]
    others = fleet.many(11, 35, APN)
    left = [fleet.add(number, SITE, OTHER) for number in range(51, 56)]
    fleet.many(1001, 200, OTHER)
    fleet.close(1000, mates + others + left)
    fleet.wait(3000)
    assert [(one.scope, one.key, one.stations) for one in opened(fleet)] == [(*APN, (*mates, *others)), (*SITE, tuple(left))]
    assert [one.at for one in opened(fleet)] == [fleet.instant(1045), fleet.instant(1090)]


def test_silence_of_everybody_is_our_own() -> None:
    fleet = Fleet()
    everybody = [*fleet.many(1, 60, APN), *fleet.many(101, 60, OTHER), *fleet.many(201, 60, SITE)]
    fleet.fail(1000, everybody)
    fleet.wait(1400)
    assert (latest(fleet).scope, latest(fleet).key) == (Scope.COLLECTOR, "field")
    assert set(latest(fleet).stations) == set(everybody)
    fleet.back(5000, everybody)
    fleet.wait(5100)
    assert fleet.kinds()[-1] == "IncidentCleared"


def site_that_is_away(count: int) -> tuple[Fleet, list[StationId]]:
    """A site that was cut at 1000 s, on a feeder with one more station, among others."""
    fleet = Fleet()
    members = [fleet.add(number, SITE, FEEDER) for number in range(1, 1 + count)]
    fleet.add(1 + count, FEEDER)
    fleet.many(1001, 100, OTHER)
    fleet.close(1000, members)
    return fleet, members


def test_power_that_comes_back_names_the_feeder() -> None:
    fleet, members = site_that_is_away(6)
    fleet.wait(2000)
    assert latest(fleet).scope is Scope.SITE
    fleet.back(3000, members[:3])
    for station in members[:3]:
        fleet.powered(3001, station)
    fleet.wait(3020)
    assert (latest(fleet).scope, latest(fleet).key) == FEEDER
    fleet.back(3030, members[3:])
    fleet.wait(3040)
    assert fleet.kinds()[-1] == "IncidentCleared"


def test_members_of_a_feeder_that_had_power_name_their_line() -> None:
    fleet = Fleet()
    members = [fleet.add(number, SITE, FEEDER, APN) for number in range(1, 7)]
    stray = fleet.add(7, FEEDER, APN)
    fleet.many(1001, 100, OTHER)
    fleet.many(2001, 100, APN)
    fleet.close(1000, [*members, stray])
    fleet.wait(2000)
    assert (latest(fleet).scope, latest(fleet).key) == FEEDER
    fleet.back(3000, members[:4])
    for station in members[:3]:
        fleet.lived(3001, station)
    fleet.wait(3004)
    assert latest(fleet).scope is Scope.FEEDER, "three of seven may be mistaken"
    fleet.lived(3004, members[3])
    fleet.wait(3030)
    assert (latest(fleet).scope, latest(fleet).key) == SITE
    assert latest(fleet).stations == tuple(members)
    assert [answer for station, answer in fleet.answers if station == stray][-1] == IncidentLeft(
        at=fleet.instant(3004), incident=latest(fleet).incident, revoked=True
    )


def test_members_that_had_power_rename_no_incident_that_is_not_about_power() -> None:
    fleet = Fleet()
    members = [fleet.add(number, APN, *([(Scope.CELL, "c1")] if number <= 36 else [])) for number in range(1, 41)]
    fleet.many(1001, 200, OTHER)
    fleet.close(1000, members)
    fleet.wait(2000)
    fleet.back(3000, members[:25])
    for station in members[:25]:
        fleet.lived(3001, station)
    fleet.wait(3040)
    assert (latest(fleet).scope, latest(fleet).key) == APN, "that nearly all are in one cell is no news"
    assert latest(fleet).stations == tuple(members)
    assert not any(isinstance(answer, IncidentLeft) for _, answer in fleet.answers)


def test_as_many_that_had_power_as_had_none_rename_nothing() -> None:
    fleet, members = site_that_is_away(8)
    fleet.wait(2000)
    assert latest(fleet).scope is Scope.SITE
    fleet.back(3000, members[:6])
    for station in members[:4]:
        fleet.powered(3001, station)
    fleet.wait(3020)
    assert latest(fleet).scope is Scope.FEEDER
    for station in members[4:6]:
        fleet.lived(3021, station)
    fleet.wait(3040)
    assert latest(fleet).scope is Scope.FEEDER


def test_a_stray_that_is_soon_back_does_not_keep_the_scope_that_it_made() -> None:
    fleet = Fleet(interval_s=60)
    members = [fleet.add(number, SITE, FEEDER) for number in range(1, 5)]
    stray = fleet.add(5, FEEDER)
    talkers = [fleet.add(number, FEEDER) for number in range(6, 14)]
    fleet.many(1001, 100, OTHER)
    fleet.close(1000, [*members[:3], stray])
    fleet.fail(1000, members[3:])
    fleet.wait(1091)
    assert (latest(fleet).scope, set(latest(fleet).stations)) == (Scope.FEEDER, {*members, stray})
    fleet.back(1096, [stray])
    fleet.wait(1300)
    assert (latest(fleet).scope, latest(fleet).key) == SITE
    assert latest(fleet).stations == tuple(members)
    assert IncidentLeft(at=fleet.instant(1100), incident="I1", revoked=True) in [
        answer for station, answer in fleet.answers if station == stray
    ]
    assert not set(talkers) & set(fleet.groups.silent)


def test_one_of_a_feeder_that_talks_leaves_the_site_that_is_wholly_away() -> None:
    fleet = Fleet()
    members = [fleet.add(number, SITE, FEEDER) for number in range(1, 5)]
    fleet.add(5, FEEDER)
    fleet.many(1001, 100, OTHER)
    fleet.close(1000, members[:3])
    fleet.fail(1000, members[3:])
    fleet.wait(1093)
    assert latest(fleet).scope is Scope.FEEDER, "one that is only overdue does not prove that its site is cut"
    fleet.wait(1300)
    assert (latest(fleet).scope, latest(fleet).key) == SITE


def test_who_was_silent_before_by_chance_does_not_drag_the_beginning_back() -> None:
    fleet = Fleet(interval_s=60)
    members = fleet.many(1, 60, APN, POST)
    fleet.many(1001, 200, OTHER, (Scope.OPERATOR, "tango"))
    fleet.close(1240, members[40:41])
    fleet.close(1245, members[41:42])
    fleet.fail(1260, [*members[:40], *members[42:]])
    fleet.wait(1500)
    told = [event.since for event in fleet.events if isinstance(event, IncidentOpened | IncidentUpdated)]
    assert len(opened(fleet)) == 1
    assert fleet.instant(1258) <= min(told) <= max(told) <= fleet.instant(1263), told


def test_power_that_is_told_when_the_incident_is_over_renames_nothing() -> None:
    fleet, members = site_that_is_away(12)
    fleet.back(3000, members[:11])
    fleet.wait(3020)
    assert fleet.kinds()[-1] == "IncidentCleared"
    for station in members[:11]:
        fleet.powered(3030, station)
    fleet.wait(3040)
    assert fleet.kinds()[-1] == "IncidentCleared"


def test_one_that_was_restarted_renames_nothing() -> None:
    fleet, members = site_that_is_away(6)
    fleet.wait(2000)
    fleet.back(3000, members[:1])
    fleet.powered(3001, members[0])
    fleet.powered(3002, StationId(1001))
    fleet.wait(3020)
    assert latest(fleet).scope is Scope.SITE
