"""Who may open a socket: the decision about one handshake, without the socket.

Every refusal looks the same from outside (401), whatever its reason; the reason is kept for the operator. Security profiles
are those of the OCA whitepaper for 1.6, edition 3: 0 is plain and confined to a network, 1 plain with Basic authentication, 2 the
same over TLS, 3 a client certificate over TLS. A station has one of them, and whatever else it comes with is refused (A00.FR.001).
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from monitor.core.findings import TLS_PROFILE
from monitor.registry.attempts import Outcome
from monitor.registry.credentials import is_strong, matches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.core.ids import Identity
    from monitor.core.registry import Station
    from monitor.desk.tls import Peer

HEADER_LENGTH: Final = 512
"""Longest Authorization header looked at, in characters."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """What a handshake claims: the identity of its URL, its source address and its Authorization header (or ``None``).

    `suspicious` says that its address was wrong too often lately and is not one from which the station was admitted before;
    `peer` what it showed in TLS, ``None`` where the connection is plain; `fence` the networks from which the listener takes
    anybody, none: from all; `vouched` that the station's platform proves it, where we have no password of it.
    """

    identity: Identity
    address: str
    authorization: str | None
    suspicious: bool = False
    peer: Peer | None = None
    fence: Sequence[Network] = ()
    vouched: bool = False


def read_basic(header: str | None) -> tuple[bytes, bytes] | None:
    """Return user and password of a Basic Authorization header, as bytes: a key may hold NUL, ``:`` and 0xFF."""
    if header is None or len(header) > HEADER_LENGTH:
        return None
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return None
    return (user, password) if colon else None


def decide(shake: Handshake, station: Station | None, pepper: bytes, networks: Sequence[Network]) -> Outcome | None:
    """Return why `shake` is refused, ``None`` when it is admitted.

    The password is compared in every case, against nothing if need be, so that a refusal takes the same time.
    """
    basic = read_basic(shake.authorization)
    user, password = basic or (b"", b"")
    stored = station.key_hash if station is not None else None
    proven = matches(pepper, password, stored) and user == shake.identity.encode()
    if station is None:
        return Outcome.UNKNOWN
    if not station.admitted or (shake.fence and not _inside(shake.address, shake.fence)):
        return Outcome.WRONG_NETWORK if station.admitted else Outcome.RETIRED
    if (station.security_profile >= TLS_PROFILE) is not (shake.peer is not None):
        return Outcome.WRONG_PROFILE if shake.peer is None else Outcome.UNEXPECTED_TLS
    match station.security_profile:
        case 0:
            allowed = [ipaddress.ip_network(network) for network in station.allowed_networks] or networks
            return None if _inside(shake.address, allowed) else Outcome.WRONG_NETWORK
        case 1 | 2:
            guessed = shake.suspicious and not is_strong(stored)
            vouched = shake.vouched and stored is None
            return None if vouched else _by_password(given=basic is not None, guessed=guessed, proven=proven)
        case _:
            return _by_certificate(shake.peer, station)


def _by_certificate(peer: Peer | None, station: Station) -> Outcome | None:
    """Judge a client certificate that TLS has verified: its common name is the serial number (A00.FR.405), or the identity."""
    if peer is None or peer.common_name is None:
        return Outcome.NO_CERTIFICATE
    return None if peer.common_name in (station.serial or station.identity, station.identity) else Outcome.WRONG_CERTIFICATE


def _by_password(*, given: bool, guessed: bool, proven: bool) -> Outcome | None:
    if not given:
        return Outcome.NO_CREDENTIALS
    if guessed:
        return Outcome.TOO_MANY_GUESSES
    return None if proven else Outcome.WRONG_CREDENTIALS


def _inside(address: str, networks: Sequence[Network]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return any(parsed in network for network in networks)
