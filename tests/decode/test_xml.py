"""Messages in XML: what is read of elements that bend the rules, and how values are written."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.decode.soap import read_envelope, write_answer
from monitor.decode.soap_versions import S15, S16

NIL = "xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil"


def read(message: str, inner: str) -> Any:
    """Read a message of 1.6 around `inner`."""
    return S16.codec.read(message, read_envelope(write_answer(S16.from_station, "x", inner)).body)


def test_a_field_that_stands_twice_is_a_list_of_all_that_it_says() -> None:
    assert read("HeartbeatResponse", "<currentTime>1</currentTime>") == {"currentTime": "1"}
    for count in (2, 3):
        inner = "".join(f"<currentTime>{number}</currentTime>" for number in range(count))
        assert read("HeartbeatResponse", inner) == {"currentTime": [str(number) for number in range(count)]}


def test_a_field_that_repeats_is_a_list_even_where_it_stands_once() -> None:
    assert read("GetConfigurationResponse", "<unknownKey>a</unknownKey>") == {"unknownKey": ["a"]}
    assert read("GetConfigurationResponse", "<unknownKey>a</unknownKey><unknownKey>b</unknownKey>") == {"unknownKey": ["a", "b"]}


def test_a_field_that_the_table_does_not_know_is_kept_as_text() -> None:
    assert read("HeartbeatResponse", "<mood> 7 </mood><mood>8</mood>") == {"mood": ["7", "8"]}


@pytest.mark.parametrize(("nil", "meant"), [("true", None), ("1", None), ("false", 7), ("0", 7), ("yes", 7)])
def test_a_field_that_is_said_to_be_nil_says_nothing(nil: str, meant: int | None) -> None:
    assert read("StatusNotificationRequest", f"<connectorId {NIL}='{nil}'>7</connectorId>") == {"connectorId": meant}


def test_a_nested_field_may_be_nil_too() -> None:
    assert read("AuthorizeResponse", f"<idTagInfo {NIL}='true'/>") == {"idTagInfo": None}


@pytest.mark.parametrize(
    ("text", "meant"), [("true", True), ("1", True), ("false", False), ("0", False), ("True", "True"), ("", ""), ("yes", "yes")]
)
def test_a_boolean_has_four_spellings_and_any_other_stays_a_text(text: str, meant: Any) -> None:
    said = read("KeyValue", f"<readonly>{text}</readonly>")["readonly"]
    assert said == meant
    assert type(said) is type(meant)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("7", 7), ("+7", 7), ("-007", -7), ("7.0", "7.0"), ("", ""), ("٧", "٧"), ("1" * 13, "1" * 13), ("1e3", "1e3"), ("1_0", "1_0")],
)
def test_an_integer_that_is_none_stays_a_text(text: str, meant: int | str) -> None:
    assert read("StatusNotificationRequest", f"<connectorId>{text}</connectorId>") == {"connectorId": meant}


@pytest.mark.parametrize(
    ("text", "meant"),
    [("7", 7.0), ("-7.25", -7.25), (".5", 0.5), ("7.", 7.0), (".", "."), ("1e3", "1e3"), ("NaN", "NaN"), ("1" * 13, "1" * 13)],
)
def test_a_decimal_that_is_none_stays_a_text(text: str, meant: float | str) -> None:
    assert read("ChargingSchedule", f"<minChargingRate>{text}</minChargingRate>") == {"minChargingRate": meant}


def test_comments_and_instructions_are_nothing() -> None:
    assert read("HeartbeatResponse", "<!-- now --><currentTime>2026<!-- or so -->-05-04</currentTime><?now?>") == {
        "currentTime": "2026-05-04"
    }


@pytest.mark.parametrize(
    ("value", "written"),
    [(True, "true"), (False, "false"), (0, "0"), (2.5, "2.5"), ("é<&>", "é&lt;&amp;&gt;"), ("a\0b\ufffe", "a?b?")],
)
def test_a_value_is_written_as_xml_spells_it(value: Any, written: str) -> None:
    assert S16.codec.write("ChangeConfigurationRequest", {"value": value}) == f"<value>{written}</value>"


def test_fields_are_written_in_the_order_of_the_table_and_what_is_not_in_it_is_left_out() -> None:
    payload = {"mood": "good", "parentIdTag": None, "expiryDate": "2026-05-04T06:00:00Z", "status": "Accepted"}
    assert S16.codec.write("IdTagInfo", payload) == "<status>Accepted</status><expiryDate>2026-05-04T06:00:00Z</expiryDate>"


def test_attributes_stand_in_the_start_tag_and_the_text_in_the_element() -> None:
    payload = {"timestamp": "t", "value": [{"value": "7", "unit": 'k"W'}, {"value": "8"}]}
    written = S15.codec.write("MeterValue", payload)
    assert written == "<timestamp>t</timestamp><value unit='k\"W'>7</value><value>8</value>"
    assert S15.codec.read("MeterValue", read_envelope(write_answer(S15.from_station, "x", written)).body) == payload
