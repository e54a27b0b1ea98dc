"""Security of an owner's line, read from the events of one station: what was seen, first and last when, and how often.

It is a watch without an end, not one check: every connection is looked at. Connections are held against what is registered of the
station today, for the log does not tell how that was before. Whether a connection was let in is not decided here.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from monitor.core.events import ContestNoted, LinkChanged, ProfileNoted, SecurityNoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from monitor.core.events import EventRecord
    from monitor.core.registry import Station
    from monitor.core.spans import Span

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

TLS_PROFILE: Final = 2
"""The least security profile that means TLS (OCPP 1.6 security whitepaper §2; 2.0.1 part 2 §A00)."""
SOON: Final = timedelta(days=30)
"""A certificate that ends within so long is told of."""
SECURITY_EVENTS: Final = frozenset(
    {
        "AttemptedReplayAttacks",
        "CentralSystemFailedToAuthenticate",
        "CsmsFailedToAuthenticate",
        "FailedToAuthenticateAtCentralSystem",
        "FailedToAuthenticateAtCsms",
        "InvalidCentralSystemCertificate",
        "InvalidCsmsCertificate",
        "InvalidChargePointCertificate",
        "InvalidChargingStationCertificate",
        "InvalidFirmwareSignature",
        "InvalidFirmwareSigningCertificate",
        "InvalidTLSCipherSuite",
        "InvalidTLSVersion",
        "ReconfigurationOfSecurityParameters",
        "SecurityLogWasCleared",
        "TamperDetectionActivated",
    }
)
"""Security events that say something of the line or of the station's defence (OCPP 2.0.1 part 2 appendix 1, 1.6 whitepaper §6);
start, reset, set clock and the like are daily life."""
KINDS: Final[frozenset[type]] = frozenset({LinkChanged, SecurityNoted, ContestNoted, ProfileNoted})
"""Events that are read here."""


class FindingKind(StrEnum):
    """What can be found."""

    OUTSIDE_NETWORKS = "outside_networks"
    NEW_PUBLIC_ADDRESS = "new_public_address"
    BELOW_PROFILE = "below_profile"
    CERTIFICATE_ENDS = "certificate_ends"
    CONTESTED = "contested"
    REPORTED = "reported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was seen `times` times from `first` to `last`; `detail` is an address, a date, or the station's own word."""

    kind: FindingKind
    detail: str
    first: datetime
    last: datetime
    times: int = 1


def read_findings(
    records: Iterable[EventRecord], station: Station, networks: Sequence[Network], period: Span
) -> tuple[Finding, ...]:
    """Return what was found in `period`, by the time at which each was first seen in it.

    Args:
        records: the events of `station`, in any order; those before `period` say which addresses were known.
        station: what is registered of it.
        networks: from where stations may come whose entry names no networks of its own.
        period: what is reported on.
    """
    allowed = [ipaddress.ip_network(network, strict=False) for network in station.allowed_networks] or networks
    found: dict[tuple[FindingKind, str], Finding] = {}
    known: set[Address] = set()
    shown: LinkChanged | None = None
    for record in sorted({record.seq: record for record in records}.values(), key=lambda record: record.seq):
        event = record.event
        if isinstance(event, LinkChanged) and event.open:
            _ending(found, shown, event.at, period)
            shown = event
        for kind, detail, times in _seen(event, station, allowed, known):
            if period.since <= event.at < period.until:
                _note(found, kind, detail, event.at, times)
    _ending(found, shown, period.until, period)
    return tuple(sorted(found.values(), key=lambda finding: (finding.first, finding.kind, finding.detail)))


def _ending(found: dict[tuple[FindingKind, str], Finding], shown: LinkChanged | None, replaced_at: datetime, period: Span) -> None:
    """Note the certificate that a connection showed, from when on it ended soon, unless another connection came before."""
    until = None if shown is None else shown.certificate_until
    if shown is None or until is None:
        return
    first = max(shown.at, until - SOON, period.since)
    if first < min(replaced_at, period.until):
        _note(found, FindingKind.CERTIFICATE_ENDS, f"{until:%Y-%m-%d}", first, 1)


def _note(found: dict[tuple[FindingKind, str], Finding], kind: FindingKind, detail: str, at: datetime, times: int) -> None:
    before = found.get((kind, detail))
    if before is None:
        found[kind, detail] = Finding(kind=kind, detail=detail, first=at, last=at, times=times)
    else:
        found[kind, detail] = replace(before, first=min(before.first, at), last=max(before.last, at), times=before.times + times)


def _seen(
    event: object, station: Station, allowed: Sequence[Network], known: set[Address]
) -> Iterable[tuple[FindingKind, str, int]]:
    """Yield what one event shows: kind, detail, how often; an address that is new is added to `known`."""
    match event:
        case LinkChanged(open=True):
            yield from _opened(event, station, allowed, known)
        case ContestNoted():
            yield FindingKind.CONTESTED, event.address, event.times
        case ProfileNoted():
            yield FindingKind.BELOW_PROFILE, event.address, event.times
        case SecurityNoted() if event.event in SECURITY_EVENTS:
            yield FindingKind.REPORTED, event.event, 1
        case _:
            pass


def _opened(
    event: LinkChanged, station: Station, allowed: Sequence[Network], known: set[Address]
) -> Iterable[tuple[FindingKind, str, int]]:
    text = event.address
    if station.security_profile >= TLS_PROFILE and not event.tls:
        yield FindingKind.BELOW_PROFILE, text, 1
    address = _address(text)
    if address is None:
        return
    if not event.tls and not any(address in network for network in allowed):
        yield FindingKind.OUTSIDE_NETWORKS, text, 1
    if known and address.is_global and address not in known:
        yield FindingKind.NEW_PUBLIC_ADDRESS, text, 1
    known.add(address)


def _address(text: str) -> Address | None:
    """Return the address that `text` is, an IPv4 one also where it came in the dress of IPv6; ``None`` when it is none."""
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped
    return parsed
