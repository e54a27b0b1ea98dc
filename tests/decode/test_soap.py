"""The envelope of OCPP-S: what is read of one, which are refused with which fault, and what is written for a station."""

from __future__ import annotations

import pytest

from monitor.decode.soap import (
    ADDRESSING,
    DEEPEST,
    ENVELOPE,
    LONGEST,
    SOAP_1_1,
    BadEnvelopeError,
    Code,
    fault_of,
    read_envelope,
    write_fault,
    write_request,
)
from tests.support.soap import CS, HEARTBEAT, envelope

OLD_ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
SECURITY = "<w:Security xmlns:w='urn:w' s:mustUnderstand='{must}' s:role='{role}'/>"


def addressed(name: str, inner: str, namespace: str = ADDRESSING) -> str:
    return f"<a:{name} xmlns:a='{namespace}'>{inner}</a:{name}>"


def sender(url: str, namespace: str = ADDRESSING) -> str:
    """Return who is read as the sender of a message from `url`."""
    return read_envelope(envelope(HEARTBEAT, headers=addressed("From", f"<a:Address>{url}</a:Address>", namespace))).sender


def refusal(data: bytes) -> BadEnvelopeError:
    with pytest.raises(BadEnvelopeError) as raised:
        read_envelope(data)
    return raised.value


def test_a_message_is_its_version_its_name_and_who_it_says_it_is() -> None:
    read = read_envelope(envelope(HEARTBEAT, version="1.6", message_id="m1"))
    assert (read.namespace, read.name, read.identities) == (CS["1.6"], "heartbeatRequest", ("CP2500",))
    assert (read.message_id, read.addressed, read.sender, read.relates_to) == ("m1", True, "", "")


def test_an_answer_says_what_it_answers() -> None:
    assert read_envelope(envelope(HEARTBEAT, headers=addressed("RelatesTo", " m7 "))).relates_to == "m7"


@pytest.mark.parametrize("namespace", [ADDRESSING, OLD_ADDRESSING])
def test_both_editions_of_addressing_tell_where_a_station_listens(namespace: str) -> None:
    assert sender("http://10.0.0.7:8080/", namespace) == "http://10.0.0.7:8080/"


@pytest.mark.parametrize(
    "url", ["", f"{ADDRESSING}/anonymous", f"{OLD_ADDRESSING}/role/anonymous", "urn:me", "http://" + "x" * LONGEST]
)
def test_an_address_that_nobody_can_listen_at_is_none(url: str) -> None:
    assert sender(url) == ""


def test_what_is_told_is_kept_to_a_length() -> None:
    read = read_envelope(envelope(HEARTBEAT, identity="x" * 1000, message_id="y" * 1000))
    assert (read.identities, read.message_id) == (("x" * LONGEST,), "y" * LONGEST)


@pytest.mark.parametrize(
    ("data", "code", "subcode"),
    [
        (b"hello", Code.SENDER, "ProtocolError"),
        (b"", Code.SENDER, "ProtocolError"),
        (b"<?xml version='1.0' encoding='klingon'?><x>\xe9</x>", Code.SENDER, "ProtocolError"),
        (b"<?xml version='1.0' encoding='klingon'?><x>e</x>", Code.SENDER, "ProtocolError"),
        (b"<!DOCTYPE x>" + envelope(HEARTBEAT), Code.SENDER, "ProtocolError"),
        (envelope("<x>" * DEEPEST + "</x>" * DEEPEST), Code.SENDER, "ProtocolError"),
        (envelope(""), Code.SENDER, "ProtocolError"),
        (envelope(HEARTBEAT + HEARTBEAT), Code.SENDER, "ProtocolError"),
        (b"<html/>", Code.VERSION_MISMATCH, ""),
        (envelope(HEARTBEAT).replace(ENVELOPE.encode(), SOAP_1_1.encode()), Code.VERSION_MISMATCH, ""),
        (envelope(HEARTBEAT, headers=SECURITY.format(must="true", role="")), Code.MUST_UNDERSTAND, ""),
        (envelope(HEARTBEAT, headers=SECURITY.format(must="1", role=f"{ENVELOPE}/role/next")), Code.MUST_UNDERSTAND, ""),
    ],
)
def test_what_is_no_envelope_for_us_is_refused_with_its_fault(data: bytes, code: Code, subcode: str) -> None:
    refused = refusal(data)
    assert (refused.code, refused.subcode) == (code, subcode)
    assert str(refused)


def test_a_refusal_still_knows_which_message_it_refuses() -> None:
    assert refusal(envelope("", message_id="m1")).message_id == "m1"
    assert refusal(envelope(HEARTBEAT, message_id="m2", headers=SECURITY.format(must="1", role=""))).message_id == "m2"


@pytest.mark.parametrize(("must", "role"), [("false", ""), ("0", ""), ("true", "urn:another")])
def test_a_header_that_need_not_be_understood_here_is_passed_over(must: str, role: str) -> None:
    assert read_envelope(envelope(HEARTBEAT, headers=SECURITY.format(must=must, role=role))).name == "heartbeatRequest"


@pytest.mark.parametrize(
    ("subcode", "namespace", "said"),
    [
        ("SecurityError", CS["1.5"], "Sender/SecurityError"),
        ("ProtocolError", "", "Sender/ProtocolError"),
        ("", "", "Sender"),
    ],
)
@pytest.mark.parametrize("relates_to", ["", "m<1>"])
def test_a_fault_that_is_written_is_read_as_one(subcode: str, namespace: str, said: str, relates_to: str) -> None:
    read = read_envelope(write_fault(Code.SENDER, subcode, "a < b", namespace=namespace, relates_to=relates_to))
    assert fault_of(read) == (said, "a < b")
    assert (read.relates_to, read.addressed) == (relates_to, bool(relates_to))


def test_an_answer_is_no_fault() -> None:
    assert fault_of(read_envelope(envelope(HEARTBEAT))) is None


def test_a_fault_without_a_reason_has_none() -> None:
    data = f"<s:Envelope xmlns:s='{ENVELOPE}'><s:Body><s:Fault/></s:Body></s:Envelope>".encode()
    assert fault_of(read_envelope(data)) == ("", "")


def test_a_request_of_ours_names_the_station_who_asks_and_where_it_goes() -> None:
    where = {"identity": "CP<1>", "to": "http://10.0.0.7/?a&b", "sender": "http://us/", "message_id": "7"}
    data = write_request("urn://Ocpp/Cp/2012/06/", "resetRequest", "<type>Hard</type>", **where)
    read = read_envelope(data)
    assert (read.namespace, read.name, read.identities) == ("urn://Ocpp/Cp/2012/06/", "resetRequest", ("CP<1>",))
    assert (read.message_id, read.sender) == ("7", "http://us/")
    assert b">/Reset</a:Action>" in data
    assert b">http://10.0.0.7/?a&amp;b</a:To>" in data
