"""Common causes: who is found to fail together, how soon, under which name, and when it is over."""

from __future__ import annotations

import itertools
from random import Random

import pytest
from msgspec import json

from monitor.core.chance import HOURS
from monitor.core.events import IncidentCleared, IncidentOpened, IncidentUpdated
from monitor.core.groups import GroupKey, keys_of
from monitor.core.ids import StationId
from monitor.core.incidents import Confidence, Scope, confidence_of
from monitor.core.observations import IncidentJoined, IncidentLeft
from monitor.core.signals import Depth, Hint, Recovery
from tests.core.fleets import Fleet

APN = (Scope.APN, "apn.north")
OTHER = (Scope.APN, "apn.south")
POST = (Scope.OPERATOR, "post")
SITE = (Scope.SITE, "Brill")
FEEDER = (Scope.FEEDER, "F7")


def opened(fleet: Fleet) -> list[IncidentOpened]:
    return [event for event in fleet.events if isinstance(event, IncidentOpened)]


def cleared(fleet: Fleet) -> list[IncidentCleared]:
    return [event for event in fleet.events if isinstance(event, IncidentCleared)]


def latest(fleet: Fleet) -> IncidentOpened | IncidentUpdated:
    return [event for event in fleet.events if isinstance(event, IncidentOpened | IncidentUpdated)][-1]


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


def test_a_second_wave_of_the_same_group_joins_the_incident_that_is_open() -> None:
    fleet = Fleet()
    members = fleet.many(1, 100, APN)
    fleet.many(1001, 200, OTHER)
    fleet.fail(1000, members[::2])
    fleet.fail(4000, members[1::2])
    fleet.wait(5000)
    assert len(opened(fleet)) == 1
    assert len(set(members) - set(latest(fleet).stations)) <= 2, "the first of the wave join when theirs is a breach"


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


def test_power_that_comes_back_names_the_feeder() -> None:
    fleet = Fleet()
    members = [fleet.add(number, SITE, FEEDER) for number in range(1, 7)]
    fleet.add(7, FEEDER)
    fleet.many(1001, 100, OTHER)
    fleet.close(1000, members)
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


def test_power_that_is_told_when_the_incident_is_over_renames_nothing() -> None:
    fleet = Fleet()
    members = [fleet.add(number, SITE, FEEDER) for number in range(1, 13)]
    fleet.add(13, FEEDER)
    fleet.many(1001, 100, OTHER)
    fleet.close(1000, members)
    fleet.back(3000, members[:11])
    fleet.wait(3020)
    assert fleet.kinds()[-1] == "IncidentCleared"
    for station in members[:11]:
        fleet.powered(3030, station)
    fleet.wait(3040)
    assert fleet.kinds()[-1] == "IncidentCleared"


def test_one_that_was_restarted_renames_nothing() -> None:
    fleet = Fleet()
    members = [fleet.add(number, SITE, FEEDER) for number in range(1, 7)]
    fleet.add(7, FEEDER)
    fleet.many(1001, 100, OTHER)
    fleet.close(1000, members)
    fleet.wait(2000)
    fleet.back(3000, members[:1])
    fleet.powered(3001, members[0])
    fleet.powered(3002, StationId(1001))
    fleet.wait(3020)
    assert latest(fleet).scope is Scope.SITE


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


def test_a_sign_of_life_in_the_middle_of_a_silence_is_no_end_of_it() -> None:
    fleet = Fleet()
    pair = [fleet.add(1, SITE, phase=10), fleet.add(2, SITE, phase=20)]
    fleet.many(1001, 100, OTHER)
    for station in pair:
        fleet.onset(1000, station, since=900, heard=950, depth=Depth.BREACH, hints=[Hint.SOCKET_CLOSED])
    fleet.wait(1200)
    (incident,) = opened(fleet)
    assert incident.since == fleet.instant(900)


def test_what_is_due_is_looked_at_before_what_comes_later() -> None:
    fleet = Fleet()
    members = fleet.many(1, 40, APN)
    fleet.many(1001, 100, OTHER)
    fleet.close(1000, members)
    fleet.now = 1100.0
    fleet._see((members[0], Recovery(at=fleet.instant(1100))))
    assert fleet.kinds() == ["IncidentOpened"]
    assert members[0] in opened(fleet)[0].stations, "nobody looked in time, and it was silent when somebody should have"
