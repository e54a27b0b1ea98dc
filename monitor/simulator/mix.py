"""Which share of a fleet fails in which way, hangs on which bearer, speaks which version: the words of `simulate --mix`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from monitor.core.registry import Bearer
from monitor.simulator.dialect import Version
from monitor.simulator.faults import FaultKind

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

HEALTHY: Final = "healthy"
SOAP: Final = "soap"
_TOLERANCE: Final = 1e-6


class MixError(ValueError):
    """A mix that cannot be; the message is one line: what is wrong, with what value, how to mend it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """Shares between 0 and 1; what `faults` leave is healthy, `bearers` and `versions` come to 1.

    `soap` is the share of the stations of 1.5 and 1.6 without a password that speak SOAP.
    """

    faults: tuple[tuple[FaultKind, float], ...] = (
        (FaultKind.SILENT, 0.04),
        (FaultKind.CLOSED, 0.02),
        (FaultKind.POWER, 0.02),
        (FaultKind.HANG, 0.02),
        (FaultKind.FLAPPING, 0.02),
        (FaultKind.CLOCK, 0.01),
        (FaultKind.STORM, 0.01),
        (FaultKind.BAD, 0.01),
        (FaultKind.LATE, 0.005),
        (FaultKind.WRONG, 0.005),
        (FaultKind.MUTE, 0.005),
        (FaultKind.EARTH, 0.005),
        (FaultKind.WELDED, 0.005),
        (FaultKind.CRASH, 0.005),
        (FaultKind.JAM, 0.005),
        (FaultKind.STUCK, 0.01),
        (FaultKind.FULL, 0.01),
        (FaultKind.CARDLESS, 0.01),
    )
    bearers: tuple[tuple[Bearer, float], ...] = ((Bearer.GPRS, 0.7), (Bearer.LAN, 0.2), (Bearer.WIFI, 0.1))
    versions: tuple[tuple[Version, float], ...] = (
        (Version.V15, 0.05),
        (Version.V16, 0.6),
        (Version.V201, 0.25),
        (Version.V21, 0.1),
    )
    soap: float = 0.0


DEMO_MIX: Final = Mix()
HEALTHY_MIX: Final = Mix(faults=())


def parse_mix(text: str) -> Mix:
    """Read ``healthy=0.85,flapping=0.05,gprs=0.7,1.6=0.6,...``; an empty text is the demo's mix.

    Shares of ``healthy`` and the faults, where given, come to 1 (``healthy`` may be left out), those of the bearers too, and those
    of the versions.

    Raises:
        MixError: for an unknown word, one given twice, a share that is none, or a sum that is wrong.
    """
    shares = _shares(text)
    faults = tuple((FaultKind(word), share) for word, share in shares.items() if word in set(FaultKind))
    bearers = tuple((Bearer(word), share) for word, share in shares.items() if word in set(Bearer))
    versions = tuple((Version(word), share) for word, share in shares.items() if word in set(Version))
    failing = sum(share for _, share in faults)
    if failing > 1 + _TOLERANCE:
        message = f"mix {text!r}: the faults come to {failing:g}; let them come to 1 at most"
        raise MixError(message)
    if HEALTHY in shares and abs(shares[HEALTHY] + failing - 1) > _TOLERANCE:
        message = f"mix {text!r}: healthy and the faults come to {shares[HEALTHY] + failing:g}; let them come to 1"
        raise MixError(message)
    _check_whole(text, "bearers", bearers)
    _check_whole(text, "versions", versions)
    return Mix(
        faults=faults if faults or HEALTHY in shares else DEMO_MIX.faults,
        bearers=bearers or DEMO_MIX.bearers,
        versions=versions or DEMO_MIX.versions,
        soap=shares.get(SOAP, 0.0),
    )


def _check_whole(text: str, what: str, shares: Sequence[tuple[str, float]]) -> None:
    reached = sum(share for _, share in shares)
    if shares and abs(reached - 1) > _TOLERANCE:
        message = f"mix {text!r}: the {what} come to {reached:g}; let them come to 1"
        raise MixError(message)


def _shares(text: str) -> dict[str, float]:
    known = (HEALTHY, SOAP, *FaultKind, *Bearer, *Version)
    shares: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        word, _, number = part.partition("=")
        word = word.strip()
        if word not in known:
            message = f"mix: {word!r} is unknown; use {', '.join(known)}"
            raise MixError(message)
        if word in shares:
            message = f"mix: {word!r} is given twice; give it once"
            raise MixError(message)
        shares[word] = _share(word, number)
    return shares


def _share(word: str, number: str) -> float:
    try:
        share = float(number)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        message = f"mix: {word}={number!r} is no share; write a number from 0 to 1, as in {word}=0.05"
        raise MixError(message)
    return share


def apportion(shares: Sequence[tuple[T, float]], total: int, rest: T) -> list[T]:
    """Return `total` items by largest remainder; what the shares leave is `rest`."""
    whole = [*shares, (rest, 1 - sum(share for _, share in shares))]
    counts = [int(share * total + _TOLERANCE) for _, share in whole]
    behind = sorted(range(len(whole)), key=lambda index: counts[index] - whole[index][1] * total)
    for index in behind[: total - sum(counts)]:
        counts[index] += 1
    return [item for (item, _), count in zip(whole, counts, strict=True) for _ in range(count)]
