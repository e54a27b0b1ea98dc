"""Bad frames, of OCPP-J and of WebSocket, byte by byte: answered or closed as version and RFC 6455 prescribe, and then all is well.

What a well-formed message may claim is the matter of test_bad_claims.py, what a handshake may claim that of test_bad_handshakes.py.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from monitor.collectors.ocppj.listener import MESSAGE_BYTES
from tests.support.raw_sockets import Opcode, raw_station
from tests.support.sites import Site, running_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio(loop_scope="module")

VERSIONS = ("1.5", "1.6", "2.0.1", "2.1")
SHEET = "sticker,bearer\n" + "".join(f"{purpose}-{version},lan\n" for purpose in ("frames", "wire") for version in VERSIONS)


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="site")
async def harmed_site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(tmp_path_factory.mktemp("bad-input"), SHEET) as site:
        yield site


UNREADABLE = {"1.5": "FormationViolation", "1.6": "FormationViolation", "2.0.1": "RpcFrameworkError", "2.1": "RpcFrameworkError"}
FORMAT = {"1.5": "FormationViolation", "1.6": "FormationViolation", "2.0.1": "FormatViolation", "2.1": "FormatViolation"}
PROPERTY = dict.fromkeys(VERSIONS, "PropertyConstraintViolation")
TYPE = dict.fromkeys(VERSIONS, "TypeConstraintViolation")
MISSING = {
    **dict.fromkeys(("1.5", "1.6"), "OccurenceConstraintViolation"),  # the specification's own spelling
    **dict.fromkeys(("2.0.1", "2.1"), "OccurrenceConstraintViolation"),
}
UNKNOWN_TYPE = {"1.5": "", "1.6": "", "2.0.1": "MessageTypeNotSupported", "2.1": "MessageTypeNotSupported"}
SILENCE = dict.fromkeys(VERSIONS, "")
TAKEN = dict.fromkeys(VERSIONS, "result")
"""Version to what is answered: the code of a CALLERROR, ``result``, or nothing (OCPP-J 1.6 §4.2.3, part 4 of 2.x §4.3)."""

FRAMES: list[tuple[str, str, dict[str, str]]] = [
    *((text, "-1", UNREADABLE) for text in ("null", "true", "7", '"x"', "{}", "[]", "[2]", "[[]]", "", " ", "\ufeff[]", "hello")),
    *((text, "a", UNREADABLE) for text in ('["2","a","Heartbeat",{}]', '[2.0,"a","Heartbeat",{}]', '[null,"a"]', '[true,"a"]')),
    *((text, "-1", UNREADABLE) for text in ('[2,"","Heartbeat",{}]', '[2,7,"Heartbeat",{}]', '[2,null,"Heartbeat",{}]')),
    ('[2,"' + "i" * 60_000 + '","Heartbeat",{}]', "-1", UNREADABLE),
    *((text, "a", UNREADABLE) for text in ('[2,"a"]', '[2,"a","Heartbeat"]', '[2,"a",7,{}]', '[2,"a","Heartbeat",{},{}]')),
    *((text, "a", UNREADABLE) for text in ('[2,"a","Heartbeat",{"x":NaN}]', '[2,"a","Heartbeat",{"x":-Infinity}]')),
    *(
        (text, "a", UNREADABLE)
        for text in ('[2,"a","Heartbeat",{"x":"\\ud800"}]', '[2,"a","Heartbeat",{', '[2,"a","Heartbeat",{}] x')
    ),
    ('[2,"a","Heartbeat",{"x":1e999}]', "a", UNREADABLE),
    ('[2,"a","Heartbeat",{"x":01}]', "a", UNREADABLE),
    ("[" * 30_000, "-1", UNREADABLE),
    ('[2,"a","Heartbeat",' + "[" * 30_000, "a", UNREADABLE),
    ('[2,"a","Heartbeat",{"x":' + "9" * 5000 + "}]", "a", UNREADABLE),
    ('[2,"a","Heartbeat",{"x":' + "[" * 300 + "]" * 300 + "}]", "a", FORMAT),
    ('[2,"a","Heartbeat",{"x":9223372036854775808}]', "a", TAKEN),
    ('[2,"a","Heartbeat",{"x":1,"x":2}]', "a", TAKEN),
    ('[2,"a","Heartbeat",{"x":"\\u0000"}]', "a", TAKEN),
    ('[2,"a","Heartbeat",null]', "a", TAKEN),
    *((f'[2,"a","Heartbeat",{payload}]', "a", FORMAT) for payload in ("[]", "7", '"now"', "true")),
    ('[2,"a","Heartbeat\\u0000",{}]', "a", dict.fromkeys(VERSIONS, "NotImplemented")),
    ('[2,"a","",{}]', "a", dict.fromkeys(VERSIONS, "NotImplemented")),
    ('[2,"a","heartbeat",{}]', "a", dict.fromkeys(VERSIONS, "NotImplemented")),
    ('[2,"a","Reset",{"type":"Soft"}]', "a", dict.fromkeys(VERSIONS, "NotSupported")),
    ('[2,"a","BootNotification",{}]', "a", MISSING),
    ('[2,"a","FirmwareStatusNotification",{"status":7}]', "a", TYPE),
    ('[2,"a","FirmwareStatusNotification",{"status":"Baked"}]', "a", PROPERTY),
    *((text, "", SILENCE) for text in ('[3,"unknown",{}]', '[3,"unknown"]', '[4,"unknown","GenericError","",{}]', '[4,"u"]')),
    *((text, "a", UNKNOWN_TYPE) for text in ('[9,"a","Heartbeat",{}]', '[0,"a"]', '[-1,"a"]')),
]
"""Text, the message id that is answered to, and what is answered."""


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_bad_frame_is_answered_as_the_version_prescribes(site: Site, version: str) -> None:
    wrong: list[tuple[Any, ...]] = []
    async with raw_station(site.house.field, f"frames-{version}", version) as socket:
        for number, (text, identifier, codes) in enumerate(FRAMES):
            socket.say(text)
            socket.say(f'[2,"good-{number}","Heartbeat",{{}}]')
            answer = await socket.answer()
            said = ""
            if isinstance(answer, list) and answer[1] != f"good-{number}":
                said = answer[2] if answer[0] == 4 else "result"
                if answer[1] != identifier or (answer[0] == 4 and len(answer) != 5):
                    wrong.append((text[:80], answer))
                answer = await socket.answer()
            assert answer[:2] == [3, f"good-{number}"], f"after {text[:80]}: {answer}"
            if said != codes[version]:
                wrong.append((text[:80], said, codes[version]))
    assert not wrong, "\n".join(map(str, wrong))


def heartbeat(padding: int = 0) -> bytes:
    return b'[2,"h","Heartbeat",{' + b" " * padding + b"}]"


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_bad_websocket_frame_closes_the_connection_with_its_code(site: Site, version: str) -> None:
    """RFC 6455 §7.4.1: 1002 protocol error, 1003 not text, 1007 not UTF-8, 1009 too big."""
    big = b"[" * 100_000
    cases: list[tuple[int, bytes, bool, int]] = [
        (Opcode.TEXT, b'[2,"a","Heartbeat",{"x":"\xff\xfe"}]', True, 1007),
        (Opcode.TEXT, b"\xed\xa0\x80", True, 1007),
        (Opcode.BINARY, heartbeat(), True, 1003),
        (Opcode.TEXT, big, True, 1009),
        (Opcode.TEXT, b'[2,"' + b"i" * (1 << 20) + b'","Heartbeat",{}]', True, 1009),
        (Opcode.PING, b"p" * 126, True, 1002),
        (Opcode.PING, b"p", False, 1002),
        (Opcode.CONTINUATION, b"x", True, 1002),
        (0x3, b"x", True, 1002),
        (0x41, b"x", True, 1002),
        (Opcode.CLOSE, b"\x03", True, 1002),
    ]
    for opcode, payload, final, code in cases:
        async with raw_station(site.house.field, f"wire-{version}", version) as socket:
            socket.send(opcode, payload, final=final)
            assert await socket.answer() == code, (opcode, payload[:40])


async def test_a_message_that_drips_in_fragments_is_served_and_one_without_end_is_not(site: Site) -> None:
    async with raw_station(site.house.field, "wire-1.6", "1.6") as socket:
        text = heartbeat(60)
        for place in range(len(text)):
            opcode = Opcode.CONTINUATION if place else Opcode.TEXT
            socket.send(opcode, text[place : place + 1], final=place == len(text) - 1)
            if place % 10 == 5:
                socket.send(Opcode.PING, b"between fragments")
                assert await socket.frame() == (Opcode.PONG, b"between fragments")
        assert (await socket.answer())[0] == 3
        socket.send(Opcode.TEXT, b"[", final=False)
        for _ in range(MESSAGE_BYTES // 1000 + 1):  # the last is too much; what came after it would meet a closed socket
            socket.send(Opcode.CONTINUATION, b"[" * 1000, final=False)
        assert await socket.answer() == 1009


async def test_an_unmasked_frame_does_no_harm(site: Site) -> None:
    """RFC 6455 §5.1 wants the connection closed; the library takes it, which costs nothing."""
    async with raw_station(site.house.field, "wire-2.0.1", "2.0.1") as socket:
        socket.send(Opcode.TEXT, heartbeat(), masked=False)
        answer = await socket.answer()
        assert answer == 1002 or answer[0] == 3


async def test_a_flood_of_pings_is_answered_and_the_house_goes_on(site: Site) -> None:
    async with (
        raw_station(site.house.field, "wire-1.6", "1.6") as flood,
        raw_station(site.house.field, "wire-2.1", "2.1") as other,
    ):
        for number in range(400):
            flood.send(Opcode.PING, number.to_bytes(4))
        for _ in range(5):
            assert (await asyncio.wait_for(other.ask("Heartbeat", {}), 1))[0] == 3
        assert [await flood.frame() for _ in range(400)] == [(Opcode.PONG, number.to_bytes(4)) for number in range(400)]
        assert (await flood.ask("Heartbeat", {}))[0] == 3
