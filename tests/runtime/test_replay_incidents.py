"""Replay of common causes: incidents in the contract's form, and lines of one instant in any order."""

from __future__ import annotations

import json
from collections import defaultdict
from random import Random

import pytest

from monitor.runtime.replay import read_line, replay
from tests.runtime.test_replay import line, run

NORTH = [f"N{number:02}" for number in range(40)]
SOUTH = [f"S{number:02}" for number in range(60)]
HEARTBEAT_S = 300


def beats(stations: list[str], start: int, end: int) -> list[bytes]:
    """Heartbeats of `stations`, spread over the interval."""
    every = [(start + place % HEARTBEAT_S + HEARTBEAT_S * turn, name) for place, name in enumerate(stations) for turn in range(40)]
    return [line(at, "message", station=name, action="Heartbeat") for at, name in every if at < end]


def an_outage(start: int = 2000, end: int = 4000) -> list[bytes]:
    """Two APNs, of which the north fails; sockets close together and open together."""
    known = [line(0, "station", station=one, bearer="gprs", apn=f"apn.{one[0]}", heartbeat_s=HEARTBEAT_S) for one in NORTH + SOUTH]
    lines = [line(1, "link_opened", station=one) for one in NORTH + SOUTH]
    lines += beats(NORTH, 10, start) + beats(SOUTH, 10, 6000)
    lines += [line(start, "link_closed", station=one, clean=False) for one in NORTH]
    lines += [line(end, "link_opened", station=one) for one in NORTH]
    lines += beats(NORTH, end + 1, 6000)
    return [*known, *sorted(lines, key=lambda one: json.loads(one)["at"]), line(6000, "end")]


def shuffled(lines: list[bytes], seed: int) -> list[bytes]:
    """Put lines of one instant into another order; who is introduced first stays so."""
    instants: dict[str, list[bytes]] = defaultdict(list)
    for one in lines:
        instants[json.loads(one)["at"]].append(one)
    rng = Random(seed)  # noqa: S311
    whole = []
    for at in sorted(instants):
        stations = [one for one in instants[at] if b'"station", ' in one]
        others = [one for one in instants[at] if one not in stations]
        rng.shuffle(others)
        whole += stations + others
    return whole


def said_of(lines: list[bytes]) -> list[bytes]:
    return list(replay(read_line(one) for one in lines))


def test_an_incident_is_told_in_the_form_of_the_contract() -> None:
    told = [event for event in run(*an_outage()) if event["type"].startswith("incident")]
    opened, cleared = told[0], told[-1]
    assert {event["incident"] for event in told} == {"I1"}
    assert (opened["type"], opened["scope"], opened["key"]) == ("incident_opened", "apn", "apn.N")
    assert opened["since"] == "2026-05-04T06:33:20.000Z"
    assert opened["stations"] == NORTH, "members are told by their stickers, sorted"
    assert set(cleared) == {"at", "type", "incident", "until", "merged_into"}
    assert (cleared["type"], cleared["until"], cleared["merged_into"]) == ("incident_cleared", "2026-05-04T07:06:40.000Z", None)


def test_breaches_of_an_incident_name_it_and_begin_and_end_with_it() -> None:
    said = run(*an_outage())
    opened = [event for event in said if event["type"] == "breach_opened"]
    assert sorted(event["station"] for event in opened) == NORTH
    assert {(event["incident"], event["cause"], event["party"]) for event in opened} == {("I1", "apn", "network")}
    cleared = [event for event in said if event["type"] == "breach_cleared"]
    assert sorted(event["station"] for event in cleared) == NORTH
    assert {event["until"] for event in cleared} == {"2026-05-04T07:06:40.000Z"}


def test_an_incident_that_turns_out_to_be_part_of_a_wider_one_is_merged_into_it() -> None:
    said = said_of(an_outage())
    names = {json.loads(one)["incident"] for one in said if json.loads(one)["type"] == "incident_opened"}
    merged = [json.loads(one)["merged_into"] for one in said if json.loads(one)["type"] == "incident_cleared"]
    assert all(one is None or one in names for one in merged)


@pytest.mark.parametrize("seed", range(4))
def test_lines_of_one_instant_in_another_order_say_the_same_at_the_same_instants(seed: int) -> None:
    lines = an_outage()
    assert sorted(said_of(shuffled(lines, seed))) == sorted(said_of(lines))


def test_the_same_record_gives_the_same_bytes() -> None:
    assert b"".join(said_of(an_outage())) == b"".join(said_of(an_outage()))


def test_lines_of_nobody_raise_nothing_and_change_nothing() -> None:
    lines = an_outage()
    strange = [one.replace(b'"N', b'"X') for one in lines if b'"station": "N' in one and b'"type": "station"' not in one]
    assert strange
    assert said_of(sorted([*lines, *strange], key=lambda one: json.loads(one)["at"])) == said_of(lines)


@pytest.mark.parametrize("first", ["link_closed", "link_opened"])
def test_a_close_and_an_open_of_one_instant_leave_the_station_online(first: str) -> None:
    second = "link_opened" if first == "link_closed" else "link_closed"
    said = run(
        line(0, "station", station="CP1", bearer="gprs", heartbeat_s=HEARTBEAT_S),
        line(1, "link_opened", station="CP1"),
        line(250, first, station="CP1"),
        line(250, second, station="CP1"),
        line(400, "message", station="CP1"),
        line(500, "end"),
    )
    assert [event["to"] for event in said if event["type"] == "health_changed"][-1] == "online"
    assert not [event for event in said if event["type"].startswith(("breach", "incident"))]


def an_outage_of_all(*, canary_silent: bool) -> list[bytes]:
    """Everybody on GPRS, a station beside them that is not, and whether the canary of GPRS is silent with them."""
    known = [line(0, "station", station=one, bearer="gprs", apn="apn.N", heartbeat_s=HEARTBEAT_S) for one in NORTH]
    known += [line(0, "station", station=one, bearer="lan", heartbeat_s=HEARTBEAT_S) for one in SOUTH]
    lines = [line(1, "link_opened", station=one) for one in NORTH + SOUTH]
    lines += beats(NORTH, 10, 2000) + beats(SOUTH, 10, 6000)
    lines += [line(at, "canary", bearer="gprs", ok=not (canary_silent and 2000 < at < 4000)) for at in range(30, 6000, 60)]
    lines += [line(2000, "link_closed", station=one, clean=False) for one in NORTH]
    lines += [line(4100, "link_opened", station=one) for one in NORTH[:-1]]
    lines += beats(NORTH[:-1], 4101, 6000)
    return [*known, *sorted(lines, key=lambda one: json.loads(one)["at"]), line(6000, "end")]


def test_while_the_canary_is_silent_nobody_is_convicted_and_one_incident_says_that_it_is_we() -> None:
    said = run(*an_outage_of_all(canary_silent=True))
    told = [event for event in said if event["type"].startswith("incident")]
    assert {(event["scope"], event["key"]) for event in told if event["type"] != "incident_cleared"} == {("collector", "gprs")}
    assert [event["until"] for event in told if event["type"] == "incident_cleared"] == ["2026-05-04T07:07:30.000Z"]
    assert {event["party"] for event in said if event["type"] == "breach_opened"} <= {"station", "network", "unknown"}
    convicted = [(event["station"], event["at"]) for event in said if event["type"] == "breach_opened"]
    assert [station for station, _ in convicted] == NORTH[-1:], "who is still silent when we hear again is judged by himself"
    assert all(at > "2026-05-04T07:07:30" for _, at in convicted)
    unknown = {event["station"] for event in said if event["type"] == "health_changed" and event["to"] == "unknown"}
    assert unknown == set(NORTH)


def test_with_a_canary_that_answers_it_is_the_network() -> None:
    said = run(*an_outage_of_all(canary_silent=False))
    told = [event for event in said if event["type"] == "incident_opened"]
    assert [(event["scope"], event["key"]) for event in told] == [("apn", "apn.N")]
    assert {event["party"] for event in said if event["type"] == "breach_opened"} == {"network"}
