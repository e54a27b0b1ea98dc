"""Who may open a socket, and what a Basic header says in bytes."""

from __future__ import annotations

import base64
import ipaddress
from typing import Any

import pytest

from monitor.core.ids import Identity, StationId, Sticker
from monitor.core.registry import Bearer, LifeCycle, Station
from monitor.desk.admission import HEADER_LENGTH, Handshake, Network, decide, read_basic
from monitor.desk.tls import Peer
from monitor.registry.attempts import Outcome
from monitor.registry.credentials import hash_key

PEPPER = b"p" * 32
KEY = b"\x00key:with\xffall"
NETWORKS: list[Network] = [ipaddress.ip_network("10.0.0.0/8")]


def header(user: bytes, key: bytes) -> str:
    return "Basic " + base64.b64encode(user + b":" + key).decode()


def station(**fields: Any) -> Station:
    return Station(**{"id": StationId(1), "sticker": Sticker("CP1"), "identity": Identity("CP1"), "bearer": Bearer.GPRS, **fields})


def verdict(one: Station | None, authorization: str | None = None, address: str = "10.1.2.3") -> Outcome | None:
    shake = Handshake(identity=Identity("CP1"), address=address, authorization=authorization)
    return decide(shake, one, PEPPER, NETWORKS)


SECURED = station(security_profile=1, key_hash=hash_key(PEPPER, KEY))


@pytest.mark.parametrize(
    ("one", "authorization", "address", "expected"),
    [
        (station(), None, "10.1.2.3", None),
        (station(), "Basic nonsense", "10.1.2.3", None),
        (station(), None, "::ffff:10.1.2.3", None),
        (station(), None, "192.168.0.1", Outcome.WRONG_NETWORK),
        (station(), None, "", Outcome.WRONG_NETWORK),
        (station(), None, "fe80::1%eth0", Outcome.WRONG_NETWORK),
        (station(allowed_networks=("192.168.0.0/24",)), None, "192.168.0.7", None),
        (station(allowed_networks=("192.168.0.0/24",)), None, "10.1.2.3", Outcome.WRONG_NETWORK),
        (None, None, "10.1.2.3", Outcome.UNKNOWN),
        (None, header(b"CP1", KEY), "10.1.2.3", Outcome.UNKNOWN),
        (station(life_cycle=LifeCycle.RETIRED), None, "10.1.2.3", Outcome.RETIRED),
        (station(life_cycle=LifeCycle.COMMISSIONING), None, "10.1.2.3", None),
        (SECURED, header(b"CP1", KEY), "203.0.113.9", None),
        (SECURED, header(b"CP1", KEY + b"x"), "10.1.2.3", Outcome.WRONG_CREDENTIALS),
        (SECURED, header(b"cp1", KEY), "10.1.2.3", Outcome.WRONG_CREDENTIALS),
        (SECURED, header(b"CP1", b""), "10.1.2.3", Outcome.WRONG_CREDENTIALS),
        (SECURED, None, "10.1.2.3", Outcome.NO_CREDENTIALS),
        (station(security_profile=1), header(b"CP1", b""), "10.1.2.3", Outcome.WRONG_CREDENTIALS),
        (station(security_profile=2), header(b"CP1", KEY), "10.1.2.3", Outcome.WRONG_PROFILE),
        (station(security_profile=3), None, "10.1.2.3", Outcome.WRONG_PROFILE),
    ],
)
def test_each_handshake_has_its_verdict(
    one: Station | None, authorization: str | None, address: str, expected: Outcome | None
) -> None:
    assert verdict(one, authorization, address) is expected


@pytest.mark.parametrize(
    ("one", "authorization", "name", "expected"),
    [
        (station(), None, None, Outcome.UNEXPECTED_TLS),
        (SECURED, header(b"CP1", KEY), None, Outcome.UNEXPECTED_TLS),
        (station(security_profile=2, key_hash=hash_key(PEPPER, KEY)), header(b"CP1", KEY), None, None),
        (station(security_profile=2, key_hash=hash_key(PEPPER, KEY)), header(b"CP1", b"x"), "CP1", Outcome.WRONG_CREDENTIALS),
        (station(security_profile=2, key_hash=hash_key(PEPPER, KEY)), None, "CP1", Outcome.NO_CREDENTIALS),
        (station(security_profile=3), None, "CP1", None),
        (station(security_profile=3, serial="SN"), None, "SN", None),
        (station(security_profile=3, serial="SN"), None, "sn", Outcome.WRONG_CERTIFICATE),
        (station(security_profile=3), None, "", Outcome.WRONG_CERTIFICATE),
        (station(security_profile=3), None, None, Outcome.NO_CERTIFICATE),
        (station(security_profile=3, life_cycle=LifeCycle.RETIRED), None, "CP1", Outcome.RETIRED),
        (None, None, "CP1", Outcome.UNKNOWN),
    ],
)
def test_over_tls_each_has_its_verdict(
    one: Station | None, authorization: str | None, name: str | None, expected: Outcome | None
) -> None:
    peer = Peer(version="TLSv1.3", common_name=name)
    shake = Handshake(identity=Identity("CP1"), address="203.0.113.9", authorization=authorization, peer=peer)
    assert decide(shake, one, PEPPER, NETWORKS) is expected


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (header(b"a", b"b:c"), (b"a", b"b:c")),
        ("basic " + base64.b64encode(b"a:b").decode(), (b"a", b"b")),
        (None, None),
        ("", None),
        ("Basic", None),
        ("Basic %%%", None),
        ("Basic é", None),
        ("Basic " + base64.b64encode(b"nocolon").decode(), None),
        ("Digest x", None),
        ("Basic " + "A" * HEADER_LENGTH, None),
    ],
)
def test_a_basic_header_is_read_as_bytes(text: str | None, read: tuple[bytes, bytes] | None) -> None:
    assert read_basic(text) == read
