"""Which addresses may be reached: one that was typed on a page must be public, else a page could look into our own network.

What is judged is the address that is then connected to, never a name that may stand for another one a moment later (DNS
rebinding). Redirects are no matter of this module, for none is followed; addresses of the configuration are not judged at all.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Final

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

if TYPE_CHECKING:
    from collections.abc import Callable

_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
"""All that is assigned to the public Internet (RFC 4291 §2.4, IANA)."""
_NAT64: Final = IPv6Network("64:ff9b::/96")
"""The well-known prefix that carries an IPv4 address in its last 32 bits (RFC 6052 §2.1)."""
_PAPER: Final = IPv6Network("3fff::/20")
"""For documentation (RFC 9637)."""


class NotPublicError(OSError):
    """A name leads to no public address."""


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Say whether `address` is one machine of the public Internet.

    Not public are private, shared (RFC 6598), loopback, link-local, multicast, reserved and documentation addresses, and the IPv6
    addresses that carry an IPv4 one (mapped, 6to4, NAT64) which is not.
    """
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast
    carried = address.ipv4_mapped or address.sixtofour or (IPv4Address(int(address) & 0xFFFF_FFFF) if address in _NAT64 else None)
    if carried is not None:
        return is_public(carried)
    return address in _GLOBAL_UNICAST and address.is_global and address not in _PAPER


def literal(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address that `host` is, ``None`` for a name."""
    try:
        return ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None


class PublicResolver(AbstractResolver):
    """Resolves names and keeps public addresses only; aiohttp connects to what it returns, without asking again."""

    def __init__(
        self, inner: AbstractResolver | None = None, is_open: Callable[[IPv4Address | IPv6Address], bool] = is_public
    ) -> None:
        """Ask `inner`, by default the system; `is_open` judges."""
        self._inner = inner
        self._is_open = is_open

    def admits(self, host: str) -> bool:
        """Say whether `host` may be asked for: an address must be public, a name is judged when it is resolved."""
        address = literal(host)
        return address is None or self._is_open(address)

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        """Return the public addresses of `host`.

        Raises:
            NotPublicError: when it has none.
            OSError: when it cannot be resolved.
        """
        inner = self._inner or ThreadedResolver()
        found = await inner.resolve(host, port, family)
        kept = [one for one in found if (address := literal(one["host"])) is not None and self._is_open(address)]
        if not kept:
            raise NotPublicError("the name leads to no public address")
        return kept

    async def close(self) -> None:
        """Close what was asked."""
        if self._inner is not None:
            await self._inner.close()
