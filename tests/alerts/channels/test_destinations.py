"""Which addresses may be reached."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest

from alerts.destinations import NotPublicError, PublicResolver, is_public
from alerts.outbound import Answered, Barred, Http
from tests.support.receivers import receiving
from tests.support.resolvers import Names

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

PRIVATE = [
    *("0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255"),
    *("192.0.0.1", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1"),
    *("240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::7f00:1"),
    *("64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "100::1", "2001:db8::1", "2001::1", "2002:7f00:1::1", "2002:a00:1::"),
    *("3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "ff0e::1"),
]
PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "212.224.80.1",
    "2a00:1450::1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
]


@pytest.mark.parametrize("text", PRIVATE)
def test_what_is_not_one_public_machine_is_refused(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_what_is_public_is_reached(text: str) -> None:
    assert is_public(ip_address(text))


def second_loopback_is_public(address: IPv4Address | IPv6Address) -> bool:
    """Stand in for `is_public` on a machine that has loopback addresses only."""
    return str(address) == "127.0.0.2"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.1.2.3", "[::1]", "[::ffff:127.0.0.1]", "[fe80::1%25eth0]", "169.254.169.254", "0.0.0.0"],
)
async def test_a_literal_that_is_not_public_is_never_dialled(host: str) -> None:
    async with receiving() as receiver:
        port = receiver.url.rpartition(":")[2]
        reply = await Http(resolver=PublicResolver()).post(f"http://{host}:{port}/hook", b"{}", {})
        assert reply == Barred(why="the address is not a public one")
        assert receiver.asked == []


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0177.0.0.1", "0x7f000001", "127.0.0.1.", "localhost", "LOCALHOST"])
async def test_an_address_in_disguise_is_never_dialled(host: str) -> None:
    async with receiving() as receiver:
        port = receiver.url.rpartition(":")[2]
        reply = await Http(resolver=PublicResolver()).post(f"http://{host}:{port}/hook", b"{}", {})
        assert not isinstance(reply, Answered)
        assert receiver.asked == []


async def test_a_name_that_leads_inside_is_refused() -> None:
    async with receiving() as receiver:
        port = receiver.url.rpartition(":")[2]
        guard = PublicResolver(Names(["127.0.0.1", "::1", "10.0.0.1"]))
        reply = await Http(resolver=guard).post(f"http://hook.example:{port}/", b"{}", {})
        assert reply == Barred(why="hook.example leads to no public address")
        assert receiver.asked == []


async def test_of_several_addresses_only_the_public_are_dialled() -> None:
    async with receiving("127.0.0.2") as outside:
        port = outside.url.rpartition(":")[2]
        guard = PublicResolver(Names(["127.0.0.1", "127.0.0.2", "::1"]), second_loopback_is_public)
        reply = await Http(resolver=guard).post(f"http://hook.example:{port}/", b"{}", {})
        assert isinstance(reply, Answered)
        assert len(outside.asked) == 1


async def test_a_name_that_changes_after_it_was_judged_changes_nothing() -> None:
    """DNS rebinding: public when it is judged, inside when it is dialled; but it is asked for once, and that is what is dialled."""
    names = Names(["127.0.0.2"], ["127.0.0.1"])
    async with receiving("127.0.0.2") as outside:
        port = outside.url.rpartition(":")[2]
        http = Http(resolver=PublicResolver(names, second_loopback_is_public))
        first = await http.post(f"http://hook.example:{port}/", b"{}", {})
        assert (isinstance(first, Answered), names.asked) == (True, 1)
        second = await http.post(f"http://hook.example:{port}/", b"{}", {})
        assert second == Barred(why="hook.example leads to no public address")
        assert (len(outside.asked), names.asked) == (1, 2)


async def test_a_resolver_is_closed_with_what_it_asked() -> None:
    await PublicResolver().close()
    await PublicResolver(Names(["8.8.8.8"])).close()


async def test_the_machines_own_resolver_is_asked_by_default() -> None:
    with pytest.raises(NotPublicError):
        await PublicResolver().resolve("localhost", 80)
