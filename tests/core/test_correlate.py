"""Common causes: who is found to fail together, how soon, under which name, and when it is over."""

from __future__ import annotations

import itertools
from random import Random

import pytest
from msgspec import json

from monitor.core.groups import GroupKey, keys_of
from monitor.core.incidents import Confidence, Scope, confidence_of
from monitor.core.observations import IncidentJoined, IncidentLeft
from monitor.core.signals import Depth, Recovery
from tests.core.fleets import Fleet, cleared, latest, opened

APN = (Scope.APN, "apn.north")
OTHER = (Scope.APN, "apn.south")
POST = (Scope.OPERATOR, "post")
SITE = (Scope.SITE, "Brill")
FEEDER = (Scope.FEEDER, "F7")
MODEL = (Scope.MODEL, "T2")


def test_an_apn_that_fails_is_found_within_seconds_and_named() -> None:
    fleet = Fleet()
    members = fleet.many(1, 200, APN, POST)
    fleet.many(1001, 200, OTHER, POST)
    fleet.fail(1000, members)
    fleet.wait(2000)
    (incident,) = opened(fleet)
    assert (incident.scope, incident.key) == APN
    assert incident.at <= fleet.instant(1000 + 45)
    assert abs((incident.since - fleet.instant(1000)).total_seconds()) < 5
    assert set(latest(fleet).stations) == set(members), "late members join"
    assert incident.probability > 0.99


def test_joining_is_told_to_every_member_once() -> None:
    fleet = Fleet()
    members = fleet.many(1, 50, APN)
    fleet.many(1001, 150, OTHER)
    fleet.fail(1000, members)
    fleet.wait(2000)
    joined = [station for station, answer in fleet.answers if isinstance(answer, IncidentJoined)]
    assert sorted(joined) == members


def test_two_apns_of_one_operator_are_one_incident_of_the_operator() -> None:
    fleet = Fleet()
    members = fleet.many(1, 60, APN, POST) + fleet.many(101, 60, OTHER, POST)
    fleet.many(1001, 200, (Scope.APN, "apn.east"), (Scope.OPERATOR, "tango"))
    fleet.fail(1000, members)
    fleet.wait(3000)
    assert (latest(fleet).scope, latest(fleet).key) == POST
    assert set(latest(fleet).stations) == set(members)
    assert len(opened(fleet)) - sum(one.merged_into is not None for one in cleared(fleet)) == 1


def test_those_who_still_talk_count_against() -> None:
    fleet = Fleet()
    members = fleet.many(1, 200, APN)
    fleet.many(1001, 100, OTHER)
    fleet.fail(1000, members[::50])
    fleet.wait(3000)
    assert opened(fleet) == [], "four of two hundred are chance"


def test_sixty_of_a_hundred_are_found_later_and_the_others_are_left_out() -> None:
    fleet = Fleet()
    members = fleet.many(1, 100, APN)
    fleet.many(1001, 200, OTHER)
    hit = Random(3).sample(members, 60)  # noqa: S311
    fleet.fail(1000, hit)
    fleet.wait(3000)
    (incident,) = opened(fleet)
    assert incident.at <= fleet.instant(1000 + 120)
    assert set(latest(fleet).stations) == set(hit)


def test_sockets_that_close_together_and_open_again_are_no_incident() -> None:
    fleet = Fleet()
    members = fleet.many(1, 100, APN)
    fleet.many(1001, 100, OTHER)
    fleet.close(1000, members)
    fleet.back(1030, members)
    fleet.wait(3000)
    assert opened(fleet) == []


def test_sockets_that_close_together_and_stay_closed_are_one() -> None:
    fleet = Fleet()
    members = fleet.many(1, 100, APN)
    fleet.many(1001, 100, OTHER)
    fleet.close(1000, members)
    fleet.wait(1060)
    (incident,) = opened(fleet)
    assert incident.at == fleet.instant(1045)
    assert set(incident.stations) == set(members)


def test_a_small_site_waits_until_a_router_would_be_back() -> None:
    fleet = Fleet()
    members = fleet.many(1, 8, SITE)
    fleet.many(1001, 100, OTHER)
    fleet.close(1000, members)
    fleet.wait(2000)
    (incident,) = opened(fleet)
    assert incident.at == fleet.instant(1090)


def test_while_a_small_group_is_waited_for_no_wider_one_takes_its_silence() -> None:
    fleet = Fleet()
    members = [fleet.add(number, SITE, (Scope.CELL, "c1")) for number in range(1, 7)]
    fleet.many(1001, 30, (Scope.CELL, "c1"))
    fleet.many(2001, 100, OTHER)
    fleet.close(1000, members)
    fleet.wait(2000)
    assert [(one.scope, one.key) for one in opened(fleet)] == [SITE]


def test_an_incident_ends_when_nearly_all_are_back_and_stragglers_are_waited_for() -> None:
    fleet = Fleet()
    members = fleet.many(1, 40, APN)
    fleet.many(1001, 200, OTHER)
    fleet.fail(1000, members)
    fleet.back(4000, members[:37])
    fleet.wait(4010)
    (end,) = cleared(fleet)
    assert (end.until, end.merged_into) == (fleet.instant(4000), None)
    assert not [answer for _, answer in fleet.answers if isinstance(answer, IncidentLeft)]
    fleet.back(4300, members[37:39])
    fleet.wait(6000)
    assert [station for station, answer in fleet.answers if isinstance(answer, IncidentLeft)] == members[39:]


def test_half_an_incident_that_nobody_else_comes_back_from_ends_after_a_while() -> None:
    fleet = Fleet()
    members = fleet.many(1, 40, APN)
    fleet.many(1001, 200, OTHER)
    fleet.fail(1000, members)
    fleet.back(4000, members[:25])
    assert cleared(fleet) == []
    fleet.wait(6000)
    (end,) = cleared(fleet)
    assert end.at == fleet.instant(4900)


def test_a_member_that_comes_back_and_goes_again_joins_again() -> None:
    fleet = Fleet()
    members = fleet.many(1, 40, APN)
    fleet.many(1001, 200, OTHER)
    fleet.fail(1000, members)
    fleet.back(2000, members[:1])
    fleet.fail(2100, members[:1])
    fleet.wait(2500)
    assert fleet.groups.silent[members[0]].incident is None, "one missed sign may be chance"
    fleet.onset(3100, members[0], since=2300, heard=2000, depth=Depth.BREACH)
    fleet.wait(3200)
    assert fleet.groups.silent[members[0]].incident is not None


def test_a_member_whose_silence_goes_deeper_is_not_judged_anew() -> None:
    fleet = Fleet()
    members = fleet.many(1, 40, APN)
    fleet.many(1001, 200, OTHER)
    fleet.fail(1000, members)
    fleet.wait(3000)
    assert fleet.groups.look_at is None
    fleet.onset(3000, members[0], since=1100, heard=1000, depth=Depth.BREACH)
    assert fleet.groups.silent[members[0]].depth is Depth.BREACH
    assert (fleet.groups.dirty, fleet.groups.look_at) == ({}, None)


def test_who_is_part_of_an_incident_is_not_drawn_into_a_wider_one_when_its_silence_becomes_a_breach() -> None:
    fleet = Fleet()
    some, cut = fleet.many(101, 32, APN), [fleet.add(number, SITE, APN) for number in range(1, 9)]
    fleet.many(201, 20, APN)
    fleet.many(1001, 100, OTHER)
    fleet.close(1000, some)
    fleet.close(5000, cut)
    fleet.wait(5500)
    for station in cut:
        fleet.onset(5500, station, since=5000, heard=4900, depth=Depth.BREACH)
    fleet.wait(9000)
    assert [(one.scope, one.key, one.stations) for one in opened(fleet)] == [(*APN, tuple(some)), (*SITE, tuple(cut))]
    assert fleet.kinds() == ["IncidentOpened", "IncidentOpened"]


def test_a_sign_of_life_of_one_who_was_not_silent_is_no_news() -> None:
    fleet = Fleet()
    (station, *_) = fleet.many(1, 10, APN)
    fleet.back(1000, [station])
    assert (fleet.events, fleet.answers, fleet.groups.look_at) == ([], [], None)


def test_one_member_that_comes_and_goes_is_not_half_of_them() -> None:
    fleet = Fleet()
    members = [fleet.add(number, SITE) for number in range(1, 11)]
    fleet.many(1001, 200, OTHER)
    fleet.close(1000, members)
    fleet.wait(1200)
    for turn in range(6):
        fleet.back(2000 + 100 * turn, members[:1])
        fleet.onset(2003 + 100 * turn, members[0], since=1000, heard=900, depth=Depth.BREACH)
    fleet.wait(9000)
    assert cleared(fleet) == []
    assert latest(fleet).incident in fleet.groups.incidents


def test_a_site_that_is_dismantled_is_waited_for_no_longer() -> None:
    fleet = Fleet()
    members = [fleet.add(number, SITE) for number in range(1, 9)]
    fleet.many(1001, 100, OTHER)
    fleet.close(1000, members)
    fleet.wait(2000)
    for station in members:
        fleet.groups.place(station, (), 300.0)
    fleet.wait(2010)
    assert fleet.kinds()[-1] == "IncidentCleared"
    assert fleet.groups.silent == {}


def test_who_is_back_before_it_is_let_go_does_not_leave() -> None:
    fleet = Fleet()
    members = fleet.many(1, 40, APN)
    fleet.many(1001, 200, OTHER)
    fleet.fail(1000, members)
    fleet.back(4000, members[:38])
    fleet.back(4300, members[38:])
    fleet.wait(4310)
    assert fleet.groups.stragglers == []
    assert not [answer for _, answer in fleet.answers if isinstance(answer, IncidentLeft)]


def test_what_we_know_of_our_own_absence_is_one_incident() -> None:
    fleet = Fleet()
    members = fleet.many(1, 20, APN)
    fleet.blind(1000)
    fleet.blind(1001)
    fleet.sighted(2000)
    fleet.sighted(2001)
    (start,), (end,) = opened(fleet), cleared(fleet)
    assert start.scope is end.scope is Scope.COLLECTOR
    assert start.stations == tuple(members)
    assert (start.since, end.until) == (fleet.instant(1000), fleet.instant(2000))


def test_an_absence_that_was_guessed_and_then_told_is_one_incident() -> None:
    fleet = Fleet()
    everybody = [*fleet.many(1, 60, APN), *fleet.many(101, 60, OTHER)]
    fleet.fail(1000, everybody)
    fleet.blind(1500)
    for station in everybody:
        fleet.excuse(1500, station)
    fleet.sighted(2000)
    fleet.wait(2100)
    assert fleet.kinds().count("IncidentOpened") == fleet.kinds().count("IncidentCleared") == 1


def test_what_is_excused_is_not_counted() -> None:
    fleet = Fleet()
    members = fleet.many(1, 30, APN)
    fleet.many(1001, 100, OTHER)
    for station in members:
        fleet.onset(1000, station, since=990, heard=700)
        fleet.excuse(1000, station)
    fleet.wait(2000)
    assert opened(fleet) == []
    assert fleet.groups.silent == {}


def test_the_order_of_what_is_simultaneous_does_not_matter() -> None:
    said = set()
    for order in itertools.islice(itertools.permutations(range(8)), 0, 40_000, 1_999):
        fleet = Fleet()
        members = fleet.many(1, 8, SITE)
        fleet.many(1001, 60, OTHER)
        fleet.close(1000, [members[place] for place in order])
        fleet.wait(2000)
        fleet.back(3000, [members[place] for place in reversed(order)])
        fleet.wait(4000)
        said.add(json.encode(fleet.events))
    assert len(said) == 1


def test_chance_alone_makes_no_incident_in_a_month() -> None:
    fleet = Fleet()
    rng = Random(11)  # noqa: S311
    members = fleet.many(1, 60, APN) + fleet.many(101, 60, OTHER) + fleet.many(201, 8, SITE)
    at = 0.0
    while at < 30 * 86_400:
        at += rng.expovariate(len(members) / 300.0 * 0.01)
        station = rng.choice(members)
        if station not in fleet.groups.silent:
            fleet.onset(at + 10.0, station, since=at, heard=at - 300.0)
            fleet.back(at + rng.choice((120.0, 300.0)), [station])
            at = fleet.now
    assert opened(fleet) == []
    group = fleet.groups.groups[GroupKey(*APN)]
    assert 0.005 < group.chance.miss(fleet.instant(at).timestamp(), fleet.groups.fleet()) < 0.03


def test_a_station_that_moves_or_goes_leaves_its_groups() -> None:
    fleet = Fleet()
    one = fleet.add(1, APN)
    fleet.onset(10, one, since=5, heard=0)
    fleet.add(1, OTHER)
    assert GroupKey(*APN) not in fleet.groups.groups
    assert one in fleet.groups.groups[GroupKey(*OTHER)].silent
    fleet.groups.remove(one)
    assert fleet.groups.groups == {}
    fleet.groups.remove(one)
    fleet.wait(1000)


@pytest.mark.parametrize(("others", "found"), [(10, []), (60, [MODEL])])
def test_a_model_that_nearly_everybody_is_of_is_nobody_s_common_cause(others: int, found: list[tuple[Scope, str]]) -> None:
    fleet = Fleet()
    members = fleet.many(1, 100, MODEL)
    fleet.many(1001, others, (Scope.MODEL, "T3"))
    fleet.close(1000, members[::2] + members[1:21:2])
    fleet.wait(1100)
    assert [(one.scope, one.key) for one in opened(fleet) if one.scope is Scope.MODEL] == found


def test_one_silence_is_no_incident_whatever_the_group_did_before() -> None:
    fleet = Fleet()
    members = fleet.many(1, 6, SITE)
    fleet.many(1001, 100, OTHER)
    for place, station in enumerate(members[:5]):
        fleet.onset(1000 + 200 * place, station, since=990 + 200 * place, heard=690 + 200 * place)
    fleet.wait(3000)
    assert all(len(event.stations) > 1 for event in opened(fleet))


def test_keys_name_what_is_known_only() -> None:
    keys = keys_of(bearer="lan", site="Brill", apn="", model="Duo", collector="field")
    assert keys == (GroupKey(Scope.SITE, "Brill", "lan"), GroupKey(Scope.MODEL, "Duo"), GroupKey(Scope.COLLECTOR, "field"))


def test_a_probability_has_words() -> None:
    words = [confidence_of(value) for value in (0.995, 0.95, 0.7, 0.3)]
    assert words == [Confidence.CERTAIN, Confidence.LIKELY, Confidence.PROBABLE, Confidence.POSSIBLE]


def test_what_is_due_is_looked_at_before_what_comes_later() -> None:
    fleet = Fleet()
    members = fleet.many(1, 40, APN)
    fleet.many(1001, 100, OTHER)
    fleet.close(1000, members)
    fleet.now = 1100.0
    fleet._see((members[0], Recovery(at=fleet.instant(1100))))
    assert fleet.kinds() == ["IncidentOpened"]
    assert members[0] in opened(fleet)[0].stations, "nobody looked in time, and it was silent when somebody should have"
