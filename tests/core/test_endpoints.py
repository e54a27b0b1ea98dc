"""Hosts to probe as the registry writes them."""

from __future__ import annotations

import pytest

from monitor.core.endpoints import MOST, Endpoint, EndpointError, read_endpoint, read_endpoints
from monitor.core.observations import ProbeTarget
from monitor.core.registry import Bearer


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("10.0.0.1", "10.0.0.1", None),
        ("10.0.0.1:443", "10.0.0.1", 443),
        ("router.example", "router.example", None),
        ("router.example:22", "router.example", 22),
        ("[2a02:678::7]", "2a02:678::7", None),
        ("[2a02:678::7]:80", "2a02:678::7", 80),
        ("[fe80::1%eth0]", "fe80::1%eth0", None),
    ],
)
def test_a_host_is_read_and_written_alike(text: str, host: str, port: int | None) -> None:
    endpoint = read_endpoint(text)
    assert endpoint == Endpoint(host, port)
    assert str(endpoint) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", ":80", "a:", "a:0", "a:65536", "a:8x", "2a02::7", "[2a02::7", "[2a02::7]80", "[2a02::7]:", "[host]:80", "a/b", "a b"),
        *("http://a", "a@b", "é", "x" * 254, "a:١"),
    ],
)
def test_what_is_no_host_is_said(text: str) -> None:
    with pytest.raises(EndpointError, match="is no host: write ADDRESS"):
        read_endpoint(text)


def test_which_end_of_the_line_a_host_is_follows_from_the_bearer_unless_it_is_said() -> None:
    host = Endpoint("10.0.0.1")
    assert read_endpoints("10.0.0.1", Bearer.GPRS) == ((ProbeTarget.STATION, host),)
    assert read_endpoints("10.0.0.1", Bearer.LAN) == ((ProbeTarget.GATEWAY, host),)
    assert read_endpoints("gateway:10.0.0.1 station:10.0.0.2:80", Bearer.WIFI) == (
        (ProbeTarget.GATEWAY, host),
        (ProbeTarget.STATION, Endpoint("10.0.0.2", 80)),
    )
    assert read_endpoints("  ", Bearer.LAN) == ()
    with pytest.raises(EndpointError, match=f"name {MOST} at most"):
        read_endpoints("a " * (MOST + 1), Bearer.LAN)
