"""Replay: the contract's form in and out, the shared example, and hostile records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from monitor.runtime.replay import BadLineError, Replay, read_line, replay

EXAMPLE = Path(__file__).parents[3] / "shared" / "data" / "replay" / "example.ndjson"
AT = "2026-05-04T06:00:00Z"


def line(seconds: int, kind: str, **fields: Any) -> bytes:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return json.dumps({"at": f"2026-05-04T{6 + hours:02}:{minutes:02}:{rest:02}Z", "type": kind, **fields}).encode()


def run(*lines: bytes) -> list[dict[str, Any]]:
    return [json.loads(said) for said in replay(read_line(one) for one in lines)]


STATION = line(0, "station", station="CP1", bearer="lan", heartbeat_s=60)


@pytest.mark.skipif(not EXAMPLE.exists(), reason="the shared example record is not beside this checkout")
def test_the_shared_example_is_judged_as_its_page_says() -> None:
    with EXAMPLE.open("rb") as record:
        said = [json.loads(one) for one in replay(map(read_line, record))]
    breaches = {event["breach"]: event for event in said if event["type"] == "breach_opened"}
    assert sorted(event["station"] for event in breaches.values()) == ["CP2500", "CP2501"]
    last: dict[str, Any] = {}
    for event in said:
        if "breach" in event:
            last.setdefault(event["breach"], {}).update(event)
    power, bearer = last["CP2501-1"], last["CP2500-1"]
    assert (power["since"], power["until"]) == ("2026-05-04T07:00:00.000Z", "2026-05-04T07:30:00.000Z")
    assert (power["cause"], power["party"]) == ("power", "grid")
    assert "2026-05-04T07:55:07" <= bearer["since"] <= "2026-05-04T08:00:07.000Z"
    assert (bearer["until"], bearer["cause"], bearer["party"]) == ("2026-05-04T08:40:01.000Z", "bearer", "network")
    soap = [event["to"] for event in said if event.get("station") == "CP2502"]
    assert soap == ["online", "unknown", "online"]
    with EXAMPLE.open("rb") as record:
        again = b"".join(replay(map(read_line, record)))
    with EXAMPLE.open("rb") as record:
        assert again == b"".join(replay(map(read_line, record)))


def test_deadlines_are_judged_at_their_own_instants() -> None:
    said = run(STATION, line(0, "link_opened", station="CP1"), line(60, "link_closed", station="CP1"), line(7200, "end"))
    assert [(event["at"][11:19], event["type"]) for event in said] == [
        ("06:00:00", "health_changed"),
        ("06:01:00", "health_changed"),
        ("06:15:00", "health_changed"),
        ("06:15:00", "breach_opened"),
    ]
    assert said[3]["since"] == "2026-05-04T06:01:00.000Z"
    assert said[3]["incident"] is None


def test_what_is_said_at_a_deadline_comes_before_it() -> None:
    said = run(STATION, line(0, "link_opened", station="CP1"), line(105, "message", station="CP1"), line(106, "end"))
    assert [event["to"] for event in said] == ["online"]


def test_the_end_of_the_record_judges_what_is_due_then() -> None:
    said = run(STATION, line(0, "message", station="CP1"), line(105, "end"))
    assert [event["to"] for event in said] == ["online", "suspect"]


def test_a_record_without_collectors_was_listened_to_from_the_start() -> None:
    assert run(STATION, line(0, "message", station="CP1"), line(7200, "end"))[-1]["type"] == "breach_opened"


def test_every_collector_that_hears_stations_excuses_silence_while_it_is_away() -> None:
    said = run(
        STATION,
        line(0, "collector_up", collector="field"),
        line(0, "message", station="CP1"),
        line(30, "collector_down", collector="radius"),
        line(60, "collector_down", collector="field"),
        line(61, "collector_down", collector="soap"),
        line(62, "collector_up", collector="soap"),
        line(7000, "collector_up", collector="field"),
        line(7010, "message", station="CP1"),
        line(7011, "end"),
    )
    assert [event["to"] for event in said if event["type"] == "health_changed"] == ["online", "unknown", "online"]
    ours = [event for event in said if event["type"].startswith("incident")]
    assert [event["type"] for event in ours] == ["incident_opened", "incident_cleared"]
    assert (ours[0]["scope"], ours[0]["key"], ours[0]["stations"]) == ("collector", "field", ["CP1"])
    assert (ours[0]["since"][11:19], ours[1]["until"][11:19]) == ("06:01:00", "07:56:40")


def test_a_station_introduced_while_nobody_listens_is_not_judged() -> None:
    said = run(line(0, "collector_down", collector="field"), STATION, line(7200, "end"))
    assert [event["type"] for event in said] == ["incident_opened"]


def test_a_station_that_is_told_again_changes_its_interval_and_keeps_its_life() -> None:
    said = run(
        STATION,
        line(0, "message", station="CP1"),
        line(10, "station", station="CP1", bearer="lan", heartbeat_s=300),
        line(20, "message", station="CP1"),
        line(400, "end"),
    )
    assert [event["to"] for event in said] == ["online"]


def test_all_kinds_of_lines_are_taken() -> None:
    run(
        STATION,
        line(1, "boot", station="CP1", reason=None),
        line(2, "connector_status", station="CP1", connector=1, status="Faulted", error="GroundFailure"),
        line(2, "connector_status", station="CP1", connector="1.2", status="Occupied"),
        line(3, "radius", station="CP1", event="interim"),
        line(4, "probe", station="CP1", target="gateway", ok=False, rtt_s=None),
        line(5, "backlog", station="CP1", generated_at=AT),
        line(6, "maintenance", station="CP1", until=None),
        line(6, "maintenance", station="CP1"),
        line(7, "a_type_of_the_future", station="CP1"),
        line(8, "message", station="UNKNOWN", action="Heartbeat"),
        line(9, "end"),
    )


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'{"type":"end"}',
        b'{"at":"2026-05-04T06:00:00","type":"end"}',
        b'{"at":"yesterday","type":"end"}',
        b'{"at":"2026-05-04T06:00:00Z","type":"message"}',
        b'{"at":"2026-05-04T06:00:00Z","type":"backlog","station":"CP1"}',
        b'{"at":"2026-05-04T06:00:00Z","type":"station","station":"CP1","bearer":"satellite"}',
        b'{"at":"2026-05-04T06:00:00Z","type":"radius","station":"CP1","event":"dance"}',
        b'{"at":"2026-05-04T06:00:00Z","type":"maintenance","station":"CP1","until":"2026-05-04T06:00:00"}',
        b"[" * 5000,
        b'{"at":"9999-12-31T23:59:59Z","type":"end"}',
        b'{"at":"0001-01-01T00:00:00+23:59","type":"end"}',
        b'{"at":"2026-05-04T06:00:00Z","type":"station","station":"CP1","bearer":"lan","heartbeat_s":1e300}',
        b"\xff",
    ],
)
def test_a_line_that_cannot_be_read_says_why(text: bytes) -> None:
    with pytest.raises(BadLineError):
        read_line(text)


def test_an_instant_in_any_zone_is_written_in_utc() -> None:
    network = Replay()
    list(network.feed(read_line(STATION)))
    (said,) = network.feed(read_line(b'{"at":"2026-05-04T08:00:05+02:00","type":"message","station":"CP1"}'))
    assert json.loads(said)["at"] == "2026-05-04T06:00:05.000Z"
