"""Handshakes that no honest station makes, byte by byte: each is refused alike, and who has the right key comes in."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from tests.support.raw_sockets import raw_socket
from tests.support.sites import Site, running_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEYS = {
    "K15": bytes(range(1, 16)),
    "K16": b"0123456789abcdef",
    "K21": bytes(range(200, 221)),
    "NUL": b"0123456789\x00bcdef",
    "FF": b"0123456789\xffbcdef",
    "COLON": b":123456789:bcdef:",
}
"""Identity to key: 15 to 21 bytes, with what a text protocol would trip over."""
SHEET = "sticker,bearer,security_profile,password\nOPEN,lan,0,\n" + "".join(
    f"{name},lan,1,hex:{key.hex()}\n" for name, key in KEYS.items()
)


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="site")
async def knocking_site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(tmp_path_factory.mktemp("handshakes"), SHEET) as site:
        yield site
        told = site.log().splitlines()
        assert [line for line in told if not line.startswith("ts=")] == [], "a name cannot begin a line of the log"
        assert not any(sign < " " or "\x7f" <= sign < "\xa0" or sign in "\u202e\u200f" for line in told for sign in line)


def basic(user: bytes, key: bytes) -> tuple[str, str]:
    return "Authorization", "Basic " + base64.b64encode(user + b":" + key).decode()


@pytest.mark.parametrize("identity", list(KEYS))
async def test_a_key_is_bytes(site: Site, identity: str) -> None:
    key = KEYS[identity]
    async with raw_socket(site.house.field) as socket:
        assert await socket.knock(f"/ocpp/{identity}".encode(), [basic(identity.encode(), key)]) == 101
        assert (await socket.ask("Heartbeat", {}))[0] == 3
    for wrong in (key[:-1], key + b"\x00", key.split(b"\x00")[0] if b"\x00" in key else b"", key.replace(b"\xff", b"\xfe") + b"!"):
        async with raw_socket(site.house.field) as socket:
            assert await socket.knock(f"/ocpp/{identity}".encode(), [basic(identity.encode(), wrong)]) == 401


RIGHT = basic(b"K16", KEYS["K16"])
_ENCODED = RIGHT[1].removeprefix("Basic ")
HEADERS: dict[str, list[tuple[str, str]]] = {
    "none": [],
    "two, both right": [RIGHT, RIGHT],
    "two, the first right": [RIGHT, basic(b"K16", b"wrong")],
    "two, the last right": [basic(b"K16", b"wrong"), RIGHT],
    "two in one line": [("Authorization", f"{RIGHT[1]}, {RIGHT[1]}")],
    "another's": [basic(b"K15", KEYS["K15"])],
    "another spelling of the user": [basic(b"k16", KEYS["K16"])],
    "no user": [basic(b"", KEYS["K16"])],
    "no colon": [("Authorization", "Basic " + base64.b64encode(b"K16" + KEYS["K16"]).decode())],
    "no scheme": [("Authorization", _ENCODED)],
    "no credentials": [("Authorization", "Basic")],
    "another scheme": [("Authorization", f"Bearer {_ENCODED}")],
    "bad base64": [("Authorization", "Basic %%%")],
    "base64 without its padding": [("Authorization", f"Basic {_ENCODED.rstrip('=')}A")],
    "base64 with a space": [("Authorization", f"Basic {_ENCODED[:5]} {_ENCODED[5:]}")],
    "the URL's alphabet": [("Authorization", "Basic " + base64.urlsafe_b64encode(b"K16:\xff\xfe\xfd\xfc\xfb").decode())],
    "far too long": [("Authorization", "Basic " + "A" * 5000)],
    "hex, not bytes": [basic(b"K16", KEYS["K16"].hex().encode())],
    "the word of the sheet": [basic(b"K16", b"hex:" + KEYS["K16"].hex().encode())],
}


@pytest.mark.parametrize("headers", list(HEADERS.values()), ids=list(HEADERS))
async def test_wrong_credentials_are_refused_alike(site: Site, headers: list[tuple[str, str]]) -> None:
    async with raw_socket(site.house.field) as socket:
        assert await socket.knock(b"/ocpp/K16", headers) == 401
        assert 'WWW-Authenticate: Basic realm="charging stations"' in socket.head


SAME = [b"OPEN", b"%4FPEN", b"%4f%50%45%4e", b"OPEN?x=1"]
"""What names the station OPEN by the rules of URLs (RFC 3986 §2.3): an escaped letter is that letter."""
OTHERS = [
    *(b"..", b"%2E%2E", b"..%2FOPEN", b"OPEN%2F..", b"x%2F..%2FOPEN", b"OPEN%2F", b"OPEN/", b"/OPEN", b"./OPEN", b"x/../OPEN", b""),
    *(
        b"%00",
        b"OPEN%00",
        b"%00OPEN",
        b"OPEN%00x",
        b"OPEN:",
        b"OPEN:OPEN",
        b"OPEN%3A",
        b"OPEN%20",
        b"%20OPEN",
        b"OPEN+",
        b"OPEN%09",
    ),
    *(b"%E2%80%8FOPEN", b"OPEN%E2%80%8E", b"%E2%80%AENEPO", b"%EF%BB%BFOPEN", b"OPEN%E2%80%8B"),
    *(b"%D0%9EPEN", b"OP%CE%95N", b"%EF%BC%AFPEN", b"OPEN%CC%81", b"open", b"Open", b"oPEN"),
    *(b"%254FPEN", b"%25%34%46PEN", b"OPEN%2500", b"%252E%252E", b"OPEN%", b"%zzOPEN", b"OPEN%0d%0aX-Evil:%20yes"),
    *(b"%FF%FEOPEN", b"%C0%AFOPEN", b"%ED%A0%80", b"O" * 2000, b"OPEN" + b"%4E" * 700, b"OPEN;x=1", b"OPEN%3Bx", b"OPEN*", b"*"),
    *(b"'%20OR%201=1--", b"%3Cimg%20onerror%3E", b"{{7*7}}", b"%7B%7B7*7%7D%7D", b"$(id)", b"%1b[31mOPEN", b"=HYPERLINK(1)"),
    *("OPÉN".encode(), b"\xff\xfeOPEN"),
]
"""What does not, however much it looks so. OPEN asks for no password, so whatever were taken for it would come in."""


@pytest.mark.parametrize("name", SAME)
async def test_an_identity_is_read_as_urls_are(site: Site, name: bytes) -> None:
    async with raw_socket(site.house.field) as socket:
        assert await socket.knock(b"/ocpp/" + name) == 101
        assert (await socket.ask("Heartbeat", {}))[0] == 3


@pytest.mark.parametrize("name", OTHERS)
async def test_no_other_name_is_taken_for_the_station(site: Site, name: bytes) -> None:
    async with raw_socket(site.house.field) as socket:
        assert 400 <= await socket.knock(b"/ocpp/" + name) < 500
        assert "X-Evil" not in socket.head


async def test_none_of_them_has_made_a_station(site: Site) -> None:
    families = {one.name: one.samples for one in text_string_to_metric_families(await site.house.metrics())}
    assert {one.labels["station"] for one in families["bornewatch_station_info"]} == {"OPEN", *KEYS}
