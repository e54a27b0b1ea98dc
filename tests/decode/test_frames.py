"""The frame grammar: what is read, and what is made of everything else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.decode.frames import (
    ID_LENGTH,
    NO_ID,
    Answer,
    Call,
    Foreign,
    Unreadable,
    read_frame,
    write_call,
    write_error,
    write_result,
)


def test_a_call() -> None:
    assert read_frame('[2,"1","Heartbeat",{}]') == Call("1", "Heartbeat", {})


def test_answers() -> None:
    assert read_frame('[3,"1",{"a":1}]') == Answer("1", payload={"a": 1})
    assert read_frame('[3,"1"]') == Answer("1")
    assert read_frame('[4,"1","NotSupported","",{}]') == Answer("1", error="NotSupported")
    assert read_frame('[4,"1"]') == Answer("1", error="")


def test_a_message_type_of_the_future() -> None:
    assert read_frame('[9,"1",{}]') == Foreign(9, "1")


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("", NO_ID),
        ("null", NO_ID),
        ("[]", NO_ID),
        ("[2]", NO_ID),
        ("{}", NO_ID),
        ('"x"', NO_ID),
        ("NaN", NO_ID),
        ('[2,5,"Heartbeat",{}]', NO_ID),
        ('[2,"","Heartbeat",{}]', NO_ID),
        ('[2,null,"Heartbeat",{}]', NO_ID),
        ('["2","1","Heartbeat",{}]', "1"),
        ('[2.0,"1","Heartbeat",{}]', "1"),
        ('[true,"1","Heartbeat",{}]', "1"),
        ('[2,"1"]', "1"),
        ('[2,"1","Heartbeat"]', "1"),
        ('[2,"1",7,{}]', "1"),
        ('[2,"1","Heartbeat",{},{}]', "1"),
        ('[2,"1","Heartbeat",{', "1"),
        ('[2,"1","Heartbeat",{"a":1e999}]', "1"),
        ('[2,"1","Heartbeat",{"a":NaN}]', "1"),
        ('[2,"1","Heartbeat",{"a":"\\ud800"}]', "1"),
        ('[2,"1","Heartbeat",{"a":' + "9" * 5000 + "}]", "1"),
        ("[" * 100_000, NO_ID),
        ('[2,"1","Heartbeat",' + "[" * 50_000 + "]" * 50_000 + "]", "1"),
        ('[2,"' + "x" * (ID_LENGTH + 1) + '","Heartbeat",{}]', NO_ID),
        ('[3,"' + "x" * 1_000_000 + '",{}]', NO_ID),
        ("[3]", NO_ID),
    ],
)
def test_what_is_no_frame_still_has_an_answer(text: str, identifier: str) -> None:
    found = read_frame(text)
    assert isinstance(found, Unreadable)
    assert found.id == identifier
    assert found.why


@given(st.binary(max_size=300))
def test_no_bytes_harm(data: bytes) -> None:
    read_frame(data)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_no_json_harms(value: object) -> None:
    read_frame(json.dumps(value))


def test_what_is_written_is_read_by_json() -> None:
    assert json.loads(write_call("1", "Reset", {"type": "Hard"})) == [2, "1", "Reset", {"type": "Hard"}]
    assert json.loads(write_result('a"b', {"x": "é"})) == [3, 'a"b', {"x": "é"}]
    assert json.loads(write_error("1", "NotSupported", "y" * 300)) == [4, "1", "NotSupported", "y" * 255, {}]
