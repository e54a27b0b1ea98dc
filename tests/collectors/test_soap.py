"""SOAP stations on real sockets: what is answered, what is refused, and what the model learns of it."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import aiohttp
import pytest

from monitor.core.events import State
from monitor.core.ids import Identity
from monitor.decode.claims import write_instant
from monitor.decode.soap import ADDRESSING, DEEPEST, ENVELOPE, SOAP_1_1
from monitor.registry.attempts import Outcome
from tests.support.services import running_monitor, until
from tests.support.soap import CS, HEARTBEAT, TYPE, boot, envelope, fault_of, post, status

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.core.health_state import HealthState
    from monitor.service import Monitor

STATIONS = (
    "sticker,bearer,state,security_profile,password,allowed_networks\n"
    "CP2500,gprs,watched,0,,\n"
    "CP2501,lan,watched,1,0123456789abcdef,\n"
    "CP2502,lan,retired,0,,\n"
    "CP2503,lan,watched,0,,10.0.0.0/8\n"
)
SECURITY = ("Sender", "SecurityError")
PROTOCOL = ("Sender", "ProtocolError")


def health(monitor: Monitor, identity: str = "CP2500") -> HealthState:
    station = monitor.directory.by_identity(Identity(identity))
    assert station is not None
    return monitor.engine.health(station.id)


@pytest.mark.parametrize("version", CS)
async def test_a_boot_a_status_and_a_heartbeat_of_each_version(tmp_path: Path, version: str) -> None:
    async with running_monitor(tmp_path, stations=STATIONS) as monitor, aiohttp.ClientSession() as http:
        code, answer = await post(http, monitor.field_port, boot(version))
        assert (code, answer.tag) == (200, f"{{{CS[version]}}}bootNotificationResponse")
        fields = {child.tag.rpartition("}")[2]: child.text for child in answer}
        assert fields["status"] == "Accepted"
        assert fields["interval" if version == "1.6" else "heartbeatInterval"] == "1"
        code, answer = await post(http, monitor.field_port, status("Faulted", 2, version))
        assert (code, answer.tag, len(answer)) == (200, f"{{{CS[version]}}}statusNotificationResponse", 0)
        code, answer = await post(http, monitor.field_port, envelope(HEARTBEAT, version=version))
        assert (code, answer[0].tag) == (200, f"{{{CS[version]}}}currentTime")
        known = health(monitor)
        assert known.state is State.ONLINE
        assert known.boot is not None
        assert known.boot.vendor == "Umbrella"
        assert [(one.connector, one.status) for one in known.connectors] == [("2", "Faulted")]
        assert monitor.messages[version, "Heartbeat"] == 1


async def test_a_charge_and_its_record_sent_again(tmp_path: Path) -> None:
    stamp = "<timestamp>2026-05-04T06:00:00Z</timestamp>"
    start = f"<startTransactionRequest><connectorId>1</connectorId><idTag>CARD</idTag>{stamp}<meterStart>10</meterStart>"
    async with running_monitor(tmp_path, stations=STATIONS) as monitor, aiohttp.ClientSession() as http:
        numbers = set()
        for _ in range(2):
            code, answer = await post(http, monitor.field_port, envelope(f"{start}</startTransactionRequest>", message_id="m1"))
            assert code == 200
            numbers.add(answer.findtext(f"{{{CS['1.5']}}}transactionId"))
        (number,) = numbers
        assert [one.connector for one in health(monitor).connectors if one.session] == ["1"]
        stop = f"<transactionId>{number}</transactionId>{stamp}<meterStop>20</meterStop>"
        code, _ = await post(http, monitor.field_port, envelope(f"<stopTransactionRequest>{stop}</stopTransactionRequest>"))
        assert code == 200
        assert not [one for one in health(monitor).connectors if one.session]


@pytest.mark.parametrize(
    ("version", "reading"),
    [
        ("1.2", "<values>{stamp}<value>120</value></values>"),
        ("1.5", '<transactionId>{number}</transactionId><values>{stamp}<value unit="Wh">120</value></values>'),
        (
            "1.6",
            (
                "<transactionId>{number}</transactionId><meterValue>{stamp}<sampledValue><value>0.12</value><unit>kWh</unit>"
                "</sampledValue></meterValue>"
            ),
        ),
    ],
)
async def test_what_the_register_shows_is_known_of_the_session(tmp_path: Path, version: str, reading: str) -> None:
    stamp = f"<timestamp>{write_instant(datetime.now(UTC))}</timestamp>"
    start = f"<connectorId>1</connectorId><idTag>CARD</idTag>{stamp}<meterStart>10</meterStart>"
    async with running_monitor(tmp_path, stations=STATIONS) as monitor, aiohttp.ClientSession() as http:
        begun = envelope(f"<startTransactionRequest>{start}</startTransactionRequest>", version=version)
        _, answer = await post(http, monitor.field_port, begun)
        told = reading.format(stamp=stamp, number=answer.findtext(f"{{{CS[version]}}}transactionId"))
        shown = envelope(f"<meterValuesRequest><connectorId>1</connectorId>{told}</meterValuesRequest>", version=version)
        code, _ = await post(http, monitor.field_port, shown)
        assert code == 200
        await until(lambda: [one.session.latest_wh for one in health(monitor).connectors if one.session] == [120])


async def test_silence_is_the_only_sign_and_is_told(tmp_path: Path) -> None:
    async with running_monitor(tmp_path, stations=STATIONS) as monitor, aiohttp.ClientSession() as http:
        await post(http, monitor.field_port, boot())
        assert health(monitor).state is State.ONLINE
        await until(lambda: health(monitor).state in (State.SUSPECT, State.OFFLINE))
        await until(lambda: health(monitor).breached)


@pytest.mark.parametrize("name", ["chargeBoxIdentity", "ChargeBoxIdentity", "CHARGEBOXIDENTITY"])
async def test_the_identity_s_header_may_be_spelt_in_any_case(tmp_path: Path, name: str) -> None:
    async with running_monitor(tmp_path, stations=STATIONS) as monitor, aiohttp.ClientSession() as http:
        code, _ = await post(http, monitor.field_port, envelope(HEARTBEAT, name=name))
        assert code == 200


@pytest.mark.parametrize("path", ["/ocpp/soap/12", "/ocpp/soap/15", "/ocpp/soap/16"])
async def test_the_version_is_that_of_the_namespace_on_every_path(tmp_path: Path, path: str) -> None:
    async with running_monitor(tmp_path, stations=STATIONS) as monitor, aiohttp.ClientSession() as http:
        code, answer = await post(http, monitor.field_port, envelope(HEARTBEAT, version="1.2"), path=path)
        assert (code, answer.tag) == (200, f"{{{CS['1.2']}}}heartbeatResponse")


async def test_addressing_is_answered_where_it_is_used_and_only_there(tmp_path: Path) -> None:
    async with running_monitor(tmp_path, stations=STATIONS) as monitor, aiohttp.ClientSession() as http:
        for message_id in ("", "urn:uuid:7"):
            data = envelope(HEARTBEAT, message_id=message_id)
            async with http.post(f"http://127.0.0.1:{monitor.field_port}/ocpp/soap", data=data, headers=TYPE) as answer:
                assert answer.content_type == "application/soap+xml"
                root = ET.fromstring(await answer.read())  # noqa: S314  (our own answer)
            related = root.findtext(f".//{{{ADDRESSING}}}RelatesTo")
            assert (related or "") == message_id
            assert (root.find(f"{{{ENVELOPE}}}Header") is not None) is bool(message_id)
        assert root.findtext(f".//{{{ADDRESSING}}}Action") == "/HeartbeatResponse"


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
async def test_messages_may_be_packed_both_ways(tmp_path: Path, encoding: str, pack: object) -> None:
    assert callable(pack)
    async with running_monitor(tmp_path, stations=STATIONS) as monitor, aiohttp.ClientSession() as http:
        headers = {"Content-Encoding": encoding, "Accept-Encoding": encoding}
        code, _ = await post(http, monitor.field_port, pack(boot()), headers)
        assert code == 200
        assert health(monitor).boot is not None


async def test_what_people_read_of_its_line_is_what_json_would_say_without_its_cards(tmp_path: Path) -> None:
    async with running_monitor(tmp_path, stations=STATIONS) as monitor, aiohttp.ClientSession() as http:
        await post(http, monitor.field_port, envelope("<authorizeRequest><idTag>04A2B3C4D5</idTag></authorizeRequest>"))
        await post(http, monitor.field_port, envelope("<danceRequest></danceRequest>", message_id="m1"))
        station = monitor.directory.by_identity(Identity("CP2500"))
        assert station is not None
        contact = monitor.listener.contact(station.id)
    assert (contact.protocol, contact.address, contact.opened_at) == ("1.5 SOAP", "127.0.0.1", None), "it has no connection"
    assert [frame.text for frame in contact.frames] == [
        "1.5 SOAP from 127.0.0.1",
        '[2,"","Authorize",{"idTag":"04…"}]',
        '[3,"",{"idTagInfo":{"status":"Accepted"}}]',
        '[2,"m1","Dance",{}]',
        '[4,"m1","NotSupported","Dance is not served here",{}]',
    ]


# ---------------------------------------------------------------------------------------------------------- who is refused


@pytest.mark.parametrize(
    ("identity", "outcome"),
    [
        ("NOBODY", Outcome.UNKNOWN),
        ("CP2501", Outcome.SOAP_PROFILE),
        ("CP2502", Outcome.RETIRED),
        ("CP2503", Outcome.WRONG_NETWORK),
        ("", Outcome.MALFORMED),
        (None, Outcome.MALFORMED),
        ("CP 2500", Outcome.MALFORMED),
    ],
)
async def test_every_refusal_is_the_same_fault(tmp_path: Path, identity: str | None, outcome: Outcome) -> None:
    async with running_monitor(tmp_path, stations=STATIONS) as monitor, aiohttp.ClientSession() as http:
        code, answer = await post(http, monitor.field_port, envelope(HEARTBEAT, identity=identity))
        assert (code, fault_of(answer)) == (400, SECURITY)
        assert "".join(answer.itertext()).count("not admitted") == 1
        assert monitor.doorbook.refusals == {outcome: 1}
        if identity:
            assert [one.outcome for one in monitor.attempts.of_identity(identity)] == [outcome]


async def test_two_identities_are_nobody(tmp_path: Path) -> None:
    second = f"<o:chargeBoxIdentity xmlns:o='{CS['1.5']}'>CP2501</o:chargeBoxIdentity>"
    async with running_monitor(tmp_path, stations=STATIONS) as monitor, aiohttp.ClientSession() as http:
        code, answer = await post(http, monitor.field_port, envelope(HEARTBEAT, headers=second))
        assert (code, fault_of(answer)) == (400, SECURITY)
        assert health(monitor).state is State.NEVER_SEEN


# ---------------------------------------------------------------------------------------------------------- bad input


def nested(depth: int) -> bytes:
    return envelope(f"<heartbeatRequest>{'<x>' * depth}{'</x>' * depth}</heartbeatRequest>")


BAD = {
    "not XML": (b"hello", PROTOCOL),
    "empty": (b"", PROTOCOL),
    "cut off": (envelope(HEARTBEAT)[:-20], PROTOCOL),
    "another document": (b"<html/>", ("VersionMismatch",)),
    "SOAP 1.1": (envelope(HEARTBEAT).replace(ENVELOPE.encode(), SOAP_1_1.encode()), ("VersionMismatch",)),
    "no body": (f"<s:Envelope xmlns:s='{ENVELOPE}'/>".encode(), PROTOCOL),
    "two messages": (envelope(HEARTBEAT + HEARTBEAT), PROTOCOL),
    "a namespace of nobody": (envelope(HEARTBEAT).replace(b"2012/06", b"1999/01"), PROTOCOL),
    "a DOCTYPE": (b"<!DOCTYPE x>" + envelope(HEARTBEAT), PROTOCOL),
    "an entity": (b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + envelope("<heartbeatRequest>&a;</heartbeatRequest>"), PROTOCOL),
    "a file": (b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>" + envelope(HEARTBEAT), PROTOCOL),
    "an unknown entity": (envelope("<heartbeatRequest>&a;</heartbeatRequest>"), PROTOCOL),
    "deep": (nested(DEEPEST), PROTOCOL),
    "an operation of nobody": (envelope("<danceRequest></danceRequest>"), ("Receiver", "NotSupported")),
    "an operation of ours": (envelope("<resetRequest></resetRequest>"), ("Receiver", "NotSupported")),
    "a field that is missing": (envelope("<statusNotificationRequest></statusNotificationRequest>"), PROTOCOL),
    "a number that is none": (status("Available").replace(b"connectorId>1<", b"connectorId>one<"), PROTOCOL),
    "a field twice": (status("Available</cs:status><cs:status>Faulted"), PROTOCOL),
    "a header to be understood": (
        envelope(HEARTBEAT, headers=f"<w:Security xmlns:w='urn:w' s:mustUnderstand='true' xmlns:s='{ENVELOPE}'/>"),
        ("MustUnderstand",),
    ),
}


@pytest.mark.parametrize(("data", "fault"), BAD.values(), ids=BAD)
async def test_each_bad_message_has_a_clear_answer_and_no_other_effect(tmp_path: Path, data: bytes, fault: tuple[str, ...]) -> None:
    async with running_monitor(tmp_path, stations=STATIONS) as monitor, aiohttp.ClientSession() as http:
        code, answer = await post(http, monitor.field_port, data)
        assert code == (400 if fault[0] == "Sender" else 500)
        assert fault_of(answer) == fault
        code, _ = await post(http, monitor.field_port, envelope(HEARTBEAT))
        assert code == 200


async def test_utf_16_is_read_as_any_xml(tmp_path: Path) -> None:
    async with running_monitor(tmp_path, stations=STATIONS) as monitor, aiohttp.ClientSession() as http:
        code, _ = await post(http, monitor.field_port, envelope(HEARTBEAT).decode().encode("utf-16"))
        assert code == 200


async def test_a_header_that_need_not_be_understood_is_passed_over(tmp_path: Path) -> None:
    header = f"<w:Hint xmlns:w='urn:w' xmlns:s='{ENVELOPE}' s:mustUnderstand='false'/>"
    elsewhere = f"<w:Hint xmlns:w='urn:w' xmlns:s='{ENVELOPE}' s:mustUnderstand='true' s:role='urn:another'/>"
    async with running_monitor(tmp_path, stations=STATIONS) as monitor, aiohttp.ClientSession() as http:
        code, _ = await post(http, monitor.field_port, envelope(HEARTBEAT, headers=header + elsewhere))
        assert code == 200


async def test_what_is_too_large_or_unpacks_to_it_is_refused_in_little_time(tmp_path: Path) -> None:
    bomb = _zeros()
    async with running_monitor(tmp_path, stations=STATIONS) as monitor, aiohttp.ClientSession() as http:
        url = f"http://127.0.0.1:{monitor.field_port}/ocpp/soap"
        async with asyncio.timeout(10):
            async with http.post(url, data=b"<" * 100_000, headers=TYPE) as answer:
                assert answer.status == 413
            async with http.post(url, data=bomb, headers={**TYPE, "Content-Encoding": "gzip"}) as answer:
                assert answer.status in (400, 413)
        code, _ = await post(http, monitor.field_port, envelope(HEARTBEAT))
        assert code == 200


def _zeros() -> bytes:
    """A gigabyte of zeros, packed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b"\0" * 1_000_000
    return b"".join(packer.compress(block) for _ in range(1000)) + packer.flush()
