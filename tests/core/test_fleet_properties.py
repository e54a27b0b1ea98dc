"""What must hold of every fleet: incidents open and end once, who leaves has joined, simultaneous things have no order."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from random import Random
from typing import Final

import msgspec
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from monitor.core.breaches import Cause
from monitor.core.events import IncidentCleared, IncidentOpened, IncidentUpdated
from monitor.core.ids import StationId
from monitor.core.incidents import Scope
from monitor.core.observations import IncidentJoined
from monitor.core.signals import Depth, Excuse, Explanation, Hint, Onset, Recovery
from tests.core.fleets import Fleet

STATIONS: Final = 48
SITE: Final = 4
CELL: Final = 8
APN: Final = 24

OPENED_AGAIN: Final = 3
"""So often may one group be the name of a new incident while nothing but silences comes: merged, found again, settled."""
NAMES: Final = 5
"""So many names may one incident bear in turn."""

Moment = tuple[float, str, int, int]
"""Seconds since the moment before, what happens, from which station on, to how many."""

KINDS: Final = ("overdue", "suspect", "closed", "breach", "back", "excused", "powered", "blind", "sighted", "moves")
MOMENTS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 1.0, 5.0, 40.0, 400.0, 2000.0]),
        st.sampled_from(KINDS),
        st.integers(0, STATIONS - 1),
        st.sampled_from([1, 2, SITE, CELL, APN, STATIONS]),
    ),
    min_size=1,
    max_size=20,
)
DEPTHS: Final = {"overdue": Depth.OVERDUE, "suspect": Depth.SUSPECT, "closed": Depth.SUSPECT, "breach": Depth.BREACH}


def a_fleet() -> Fleet:
    fleet = Fleet()
    for number in range(STATIONS):
        keys = (Scope.SITE, f"s{number // SITE}"), (Scope.CELL, f"c{number // CELL}"), (Scope.APN, f"a{number // APN}")
        fleet.add(number + 1, *keys, (Scope.FEEDER, f"f{number // SITE}"), (Scope.MODEL, f"m{number % 5}"))
    return fleet


def lived(moments: list[Moment], rng: Random | None = None) -> Fleet:
    """Let a fleet live through `moments`; with `rng`, those to whom the same happens at once are told in another order."""
    fleet = a_fleet()
    at = 1000.0
    for gap_s, kind, first, count in moments:
        at += gap_s
        stations = [StationId(1 + (first + step) % STATIONS) for step in range(count)]
        if rng is not None:
            rng.shuffle(stations)
        happen(fleet, at, kind, stations)
        fleet.wait(at)
        assert fleet.groups.look_at is None or fleet.groups.look_at > fleet.instant(at).timestamp()
    fleet.wait(at + 5000.0)
    return fleet


def happen(fleet: Fleet, at: float, kind: str, stations: list[StationId]) -> None:
    if kind == "blind":
        fleet.blind(at)
        return
    if kind == "sighted":
        fleet.sighted(at)
        return
    fleet.wait(at)
    for station in stations:
        if kind == "moves":
            fleet.groups.remove(station)
            fleet.add(station, (Scope.APN, "a9"), phase=at)
        elif kind == "back":
            fleet.silent_from.pop(station, None)
            fleet.last[station] = at
            fleet.tell(at, (station, Recovery(at=fleet.instant(at))))
        elif kind == "excused":
            fleet.tell(at, (station, Excuse()))
        elif kind == "powered":
            fleet.tell(at, (station, Explanation(cause=Cause.POWER)))
        else:
            hints = frozenset({Hint.SOCKET_CLOSED}) if kind == "closed" else frozenset[Hint]()
            since = fleet.silent_from.setdefault(station, at)
            onset = Onset(since=fleet.instant(since), heard=fleet.instant(since - 300.0), depth=DEPTHS[kind], hints=hints)
            fleet.tell(at, (station, onset))


def told(fleet: Fleet) -> tuple[bytes, bytes]:
    """Return the events, and what each station was answered in its order: whose turn it was first at one instant says nothing."""
    answers = sorted(fleet.answers, key=lambda one: one[0])
    return msgspec.json.encode(fleet.events), msgspec.json.encode(answers)


@settings(max_examples=120, deadline=None)
@given(MOMENTS)
def test_incidents_open_once_and_end_once_and_nothing_is_told_of_them_afterwards(moments: list[Moment]) -> None:
    fleet = lived(moments)
    known: dict[str, str] = {}
    for seen in fleet.events:
        before = known.get(seen.incident)
        if isinstance(seen, IncidentOpened):
            assert before is None
            assert seen.since <= seen.at
            assert seen.stations
            assert 0.0 <= seen.probability <= 1.0
        elif isinstance(seen, IncidentUpdated):
            assert before in ("IncidentOpened", "IncidentUpdated")
        elif isinstance(seen, IncidentCleared):
            assert before in ("IncidentOpened", "IncidentUpdated")
            assert seen.since <= seen.until
            assert seen.merged_into is None or known[seen.merged_into] != "IncidentCleared"
        known[seen.incident] = type(seen).__name__
    still_open = {name for name, last in known.items() if last != "IncidentCleared"}
    assert still_open == set(fleet.groups.incidents)
    ats = [seen.at for seen in fleet.events]
    assert ats == sorted(ats)
    event(f"{len(known)} incidents")


@settings(max_examples=120, deadline=None)
@given(MOMENTS)
def test_who_leaves_an_incident_has_joined_it(moments: list[Moment]) -> None:
    member: dict[StationId, str] = {}
    for station, answer in lived(moments).answers:
        if isinstance(answer, IncidentJoined):
            member[station] = answer.incident
        else:
            assert member.pop(station) == answer.incident


@settings(max_examples=120, deadline=None)
@given(MOMENTS)
def test_a_silence_is_in_the_books_of_its_groups_and_of_one_incident_at_most(moments: list[Moment]) -> None:
    groups = lived(moments).groups
    for station, silence in groups.silent.items():
        assert all(group.silent[station] is silence for group in groups.of[station])
        if silence.incident is not None:
            assert silence.incident.silent[station] is silence
    for group in groups.groups.values():
        assert group.silent.keys() <= groups.silent.keys()
        assert [one.told_at for one in group.silent.values()] == sorted(one.told_at for one in group.silent.values())
        assert group.rate >= 0.0
    entered = Counter(station for incident in groups.recent() for station in incident.silent)
    assert all(times == 1 for times in entered.values())


@settings(max_examples=120, deadline=None)
@example([(0.0, "overdue", 20, 8), (400.0, "powered", 4, 24)], Random(3))  # noqa: S311  (an order, no secret)
@given(MOMENTS, st.randoms(use_true_random=False))
def test_the_order_of_what_is_simultaneous_changes_nothing_and_the_same_again_says_the_same(
    moments: list[Moment], rng: Random
) -> None:
    once = told(lived(moments))
    assert told(lived(moments)) == once
    events, answers = told(lived(moments, rng))
    assert events == once[0]
    assert answers == once[1]


WAVES = st.lists(
    st.tuples(
        st.sampled_from([2.0, 20.0, 60.0, 200.0, 700.0]),
        st.booleans(),
        st.lists(st.integers(0, 29), min_size=1, max_size=5),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=150, deadline=None)
@given(WAVES, st.sampled_from([2, 4, 8]), st.sampled_from([2, 3]), st.sampled_from([2, 3, 5]), st.sampled_from([60.0, 300.0]))
def test_whoever_fails_beside_whom_no_incident_is_opened_again_and_again(
    waves: list[tuple[float, bool, list[int]]], size: int, apns: int, fed: int, interval_s: float
) -> None:
    """Whole sites fall silent, at once and in waves, and stay so: what is said of them settles."""
    fleet = Fleet(interval_s)
    for number in range(30 * size):
        site = number // size
        keys = (Scope.SITE, f"s{site}"), (Scope.APN, f"a{site % apns}"), (Scope.FEEDER, f"f{site // fed}")
        fleet.add(number + 1, *keys, (Scope.CELL, f"c{(site + 1) // 3}"))
    at = 2000.0
    for gap_s, closes, sites in waves:
        at += gap_s
        cut = [StationId(1 + site * size + place) for site in sorted(set(sites)) for place in range(size)]
        (fleet.close if closes else fleet.fail)(at, [one for one in cut if one not in fleet.silent_from])
    fleet.wait(at + 3600.0)
    times = Counter((one.scope, one.key) for one in fleet.events if isinstance(one, IncidentOpened))
    assert max(times.values(), default=0) <= OPENED_AGAIN, times
    names: dict[str, list[tuple[Scope, str]]] = {}
    for one in fleet.events:
        if isinstance(one, IncidentOpened | IncidentUpdated):
            names.setdefault(one.incident, []).append((one.scope, one.key))
    assert max((len(list(groupby(known))) for known in names.values()), default=0) <= NAMES, names
