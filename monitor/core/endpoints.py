"""What is probed of a station's line: hosts as the registry writes them, and which end of the line each is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from monitor.core.observations import ProbeTarget
from monitor.core.registry import Bearer

_HIGHEST: Final = 65_535
_LONGEST: Final = 253
"""Longest name of a host (RFC 1035 §2.3.4)."""
MOST: Final = 4
"""Hosts probed of one station."""


class EndpointError(ValueError):
    """A host that cannot be read; the message says what is wrong and how to write it."""


@dataclass(frozen=True, slots=True, order=True)
class Endpoint:
    """One host: an address or a name, and the TCP port that answers there; without a port it is pinged."""

    host: str
    port: int | None = None

    def __str__(self) -> str:
        """Return it as it is written."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


def read_endpoint(text: str) -> Endpoint:
    """Read ``HOST`` or ``HOST:PORT``; an IPv6 address stands in brackets.

    Raises:
        EndpointError: when it is not of that form.
    """
    host, port = text, ""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
        fits = bracket == "]" and ":" in host and (not rest or (rest[0] == ":" and bool(port)))
    else:
        host, colon, port = text.partition(":")
        fits = ":" not in port and bool(port) is bool(colon)
    if not fits or not host or len(host) > _LONGEST or not _plain(host) or (port and not _is_port(port)):
        message = f"{text!r} is no host: write ADDRESS, NAME, ADDRESS:PORT or [IPV6]:PORT"
        raise EndpointError(message)
    return Endpoint(host, int(port) if port else None)


def _plain(host: str) -> bool:
    return host.isascii() and all(sign.isalnum() or sign in ".-:_%" for sign in host)


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 0 < int(text) <= _HIGHEST


def read_endpoints(text: str, bearer: Bearer) -> tuple[tuple[ProbeTarget, Endpoint], ...]:
    """Read what the registry names to be probed of a station: hosts separated by spaces.

    ``station:`` or ``gateway:`` before a host says which end of the line it is. Without that it is the station's own modem on GPRS,
    and on LAN and WiFi the gateway in front of it.

    Raises:
        EndpointError: when a host cannot be read, or there are too many.
    """
    usual = ProbeTarget.STATION if bearer is Bearer.GPRS else ProbeTarget.GATEWAY
    words = text.split()
    if len(words) > MOST:
        message = f"{len(words)} hosts to probe: name {MOST} at most"
        raise EndpointError(message)
    found = []
    for word in words:
        end, colon, rest = word.partition(":")
        named = bool(colon) and end in set(ProbeTarget)
        found.append((ProbeTarget(end) if named else usual, read_endpoint(rest if named else word)))
    return tuple(found)
