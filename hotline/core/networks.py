"""Stickers of other networks: whose they are and whom to ring, so that a caller in front of one is not sent round in circles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_MARKS: Final = re.compile(r"[\s*\-./_]")
_LEAST: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Another network: its name, its hotline, and what its stickers begin with."""

    name: str
    phone: str = ""
    prefixes: tuple[str, ...] = ()


def network_of(text: str, networks: Iterable[Network]) -> Network | None:
    """Return the network whose sticker `text` is; marks and case do not count, and the longest beginning wins."""
    plain = _plain(text)
    fitting = [
        (len(beginning), network)
        for network in networks
        for beginning in map(_plain, network.prefixes)
        if len(beginning) >= _LEAST and plain.startswith(beginning)
    ]
    return max(fitting, key=lambda one: one[0])[1] if fitting else None


def _plain(text: str) -> str:
    return _MARKS.sub("", text).upper()
