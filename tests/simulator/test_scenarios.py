"""Records with their truth: drawn by a seed, consistent with themselves, and a judge that is fair."""

from __future__ import annotations

import functools
import itertools
from datetime import timedelta

import msgspec
import pytest

from monitor.core.incidents import Scope
from monitor.simulator.scenarios.judge import SHORT_S, Breached, Grouped, Score, Told, judge
from monitor.simulator.scenarios.record import Record, mixed
from monitor.simulator.scenarios.troubles import CAUSES, SCOPES, Kind, Trouble

STATIONS = 80
SPOKEN = ("message", "link_opened", "boot")


@functools.cache
def record(seed: int = 7) -> Record:
    return mixed(seed, STATIONS, days=1.0)


def written(one: Record) -> bytes:
    return msgspec.json.encode((one.lines, [msgspec.to_builtins(trouble) for trouble in one.troubles]))


def scored() -> list[Trouble]:
    """The troubles of which a detector must say something."""
    return [one for one in record().troubles if one.kind in CAUSES and one.seconds >= 2 * SHORT_S]


def perfect() -> Told:
    """What a detector would say that knows the truth and says it at once."""
    told = Told()
    bearers = {one.name: one.bearer for one in record().world.bornes}
    for number, trouble in enumerate(record().troubles):
        if trouble.kind not in CAUSES:
            continue
        name = None
        if trouble.kind in SCOPES and len(trouble.stations) > 1:
            name, scope = f"I{number}", SCOPES[trouble.kind].value
            told.incidents.append(
                Grouped(name, trouble.start, trouble.start, scope, trouble.key, scope, set(trouble.stations), trouble.end)
            )
        for station in trouble.stations:
            cause, party = CAUSES[trouble.kind].value, trouble.party(bearers[station]).value
            told.breaches.append(Breached(station, trouble.start, trouble.start, cause, party, name, trouble.end))
    return told


def test_the_same_seed_gives_the_same_record_and_another_seed_another() -> None:
    assert written(mixed(7, STATIONS, days=1.0)) == written(record())
    assert written(record(8)) != written(record())


def test_lines_are_in_their_order_and_end_with_the_end() -> None:
    lines = record().lines
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    assert [line.type for line in lines].count("end") == 1
    assert lines[-1].type == "end"
    assert sum(line.type == "station" for line in lines) == STATIONS


def test_troubles_are_of_stations_that_there_are_and_end_after_they_began() -> None:
    names = {one.name for one in record().world.bornes}
    assert scored()
    for trouble in record().troubles:
        assert trouble.start < trouble.end
        assert set(trouble.stations) <= names
        if trouble.kind in SCOPES:
            group = {one.name for one in record().world.group(SCOPES[trouble.kind], trouble.key)}
            assert set(trouble.stations) <= group


def test_a_station_says_nothing_while_it_is_struck() -> None:
    spoken: dict[str, list[object]] = {}
    for trouble in record().troubles:
        if trouble.kind is Kind.FLAPPING:
            continue
        for station in trouble.stations:
            heard = [
                line.type
                for line in record().lines
                if line.station == station and line.type in SPOKEN and trouble.start < line.at < trouble.end
            ]
            if heard:
                spoken.setdefault(station, []).append((trouble.kind, heard))
    assert spoken == {}


def test_a_station_suffers_one_trouble_at_a_time() -> None:
    struck: dict[str, list[Trouble]] = {}
    for trouble in record().troubles:
        for station in trouble.stations:
            struck.setdefault(station, []).append(trouble)
    for troubles in struck.values():
        troubles.sort(key=lambda one: one.start)
        assert all(one.end <= after.start for one, after in itertools.pairwise(troubles))


def test_nothing_is_recorded_while_our_collector_is_away() -> None:
    for trouble in record().troubles:
        if trouble.kind in (Kind.BLIND, Kind.RESTART):
            within = [line.type for line in record().lines if trouble.start <= line.at < trouble.end and line.station]
            assert within == []


def test_a_perfect_detector_is_scored_perfectly() -> None:
    score = judge(record(), perfect())
    assert (score.missed, score.nuisance, score.blamed, score.false_incidents, score.wrong) == ({}, 0, 0, [], [])
    assert score.f1 == 1.0
    assert all(delay == 0.0 for delays in score.delays.values() for delay in delays)
    assert all(all(right) for right in (*score.causes.values(), *score.parties.values()))
    assert all(told == 1 for _, told in score.notifications)


def test_a_detector_that_says_nothing_misses_everything() -> None:
    score = judge(record(), Told())
    alone = sum(len(one.stations) for one in scored() if one.kind not in SCOPES)
    groups = sum(len(one.stations) > 1 for one in record().troubles if one.kind in SCOPES)
    assert sum(score.missed.values()) == alone + groups
    assert (score.nuisance, score.blamed, score.f1, score.delays) == (0, 0, 0.0, {})


def test_a_detector_that_cries_wolf_is_counted() -> None:
    told = perfect()
    quiet = next(one.name for one in record().world.bornes if not any(one.name in each.stations for each in scored()))
    at = record().lines[0].at + timedelta(minutes=20)
    told.breaches.append(Breached(quiet, at, at, "unknown", "unknown", None, at + timedelta(minutes=5)))
    told.incidents.append(Grouped("I999", at, at, Scope.APN.value, "apn.of.dreams", Scope.APN.value, {quiet, "CP99999"}))
    score = judge(record(), told)
    assert score.nuisance + score.blamed == 1
    assert score.baseless == score.nuisance
    assert [one.name for one in score.false_incidents] == ["I999"]
    assert score.f1 < 1.0


@pytest.mark.parametrize("times", [1, 2])
def test_scores_of_several_records_add_up(times: int) -> None:
    score = Score()
    for _ in range(times):
        judge(record(), perfect(), score)
    assert score.borne_days == pytest.approx(times * record().borne_days)
    assert score.pairs_true == times * judge(record(), perfect()).pairs_true
