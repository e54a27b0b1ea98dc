"""How often who may be wrong about a password: failed authentications counted by address, and by address and identity.

Never by identity alone, and never against a station whose key cannot be guessed: a guesser must not lock the genuine station
out, even one behind the same address. What is counted decides only about weak keys (`credentials.is_strong`), dialled from an
address from which that station was not admitted before. Bounded: the address that failed longest ago is forgotten first.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from typing import Final

WINDOW_S: Final = 60.0
MOST_OF_PAIR: Final = 10
"""Failures of one address about one identity in a window."""
MOST_OF_ADDRESS: Final = 100
"""Failures of one address about all identities in a window; many stations may share an address."""
REMEMBERED: Final = 10_000
_V6_PREFIX: Final = 64


class Guesses:
    """The failures of the last window."""

    def __init__(self) -> None:
        """Start with none."""
        self._counts: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many addresses and pairs are remembered."""
        return len(self._counts)

    def failed(self, address: str, identity: str, now: float) -> None:
        """Count a failure at `now`, seconds of a steady clock."""
        network = _network(address)
        for key in ((network, identity), (network, "")):
            began, count = self._of(key, now)
            self._counts[key] = (began, count + 1)
            self._counts.move_to_end(key)
        while len(self._counts) > REMEMBERED:
            self._counts.popitem(last=False)

    def exhausted(self, address: str, identity: str, now: float) -> bool:
        """Say whether that address was wrong too often lately."""
        network = _network(address)
        return self._of((network, identity), now)[1] >= MOST_OF_PAIR or self._of((network, ""), now)[1] >= MOST_OF_ADDRESS

    def _of(self, key: tuple[str, str], now: float) -> tuple[float, int]:
        began, count = self._counts.get(key, (now, 0))
        return (began, count) if now - began < WINDOW_S else (now, 0)


def _network(address: str) -> str:
    """Return what one sender can hardly change: an IPv4 address, or the /64 of an IPv6 one."""
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network(f"{address.partition('%')[0]}/{_V6_PREFIX}", strict=False))
    except ValueError:
        return address
