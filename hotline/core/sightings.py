"""Is it seen? What can be said to whoever stands before a station that ought to connect: pure, from what was noted at the door."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from rapidfuzz.distance import OSA

from monitor.registry.attempts import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from monitor.core.registry import Station
    from monitor.registry.attempts import Attempt, Knock

LONGEST_ASKED: Final = 64
MOST_NEAR: Final = 5
FEW_SLIPS: Final = 2
"""Slips of a finger up to which another identity may be the one that was meant."""


class Answer(StrEnum):
    """The answer in one word."""

    CONNECTED = "connected"
    CAME = "came"
    """It was let in the last time, and is gone."""
    REFUSED = "refused"
    SILENT = "silent"
    """Nothing of that name or address has knocked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What is known of an identity or an address: `attempts` newest first, `since` the instant of the answer.

    `near` are strangers whose identity is almost the one asked for; `station` is the registered one of that identity.
    """

    asked: str
    by_address: bool
    answer: Answer
    attempts: Sequence[Attempt] = ()
    since: datetime | None = None
    outcome: Outcome | None = None
    station: Station | None = None
    near: tuple[Knock, ...] = ()


def read_address(text: str) -> str | None:
    """Return `text` as an IP address in the form in which addresses are noted, ``None`` when it is none."""
    try:
        return str(ipaddress.ip_address(text.strip().strip("[]")))
    except ValueError:
        return None


def sight_address(address: str, attempts: Sequence[Attempt]) -> Sighting:
    """Answer for an address, from its `attempts`, newest first."""
    answer, since, outcome = _answer(attempts, None)
    return Sighting(asked=address, by_address=True, answer=answer, attempts=attempts, since=since, outcome=outcome)


def sight_identity(
    identity: str,
    attempts: Sequence[Attempt],
    *,
    station: Station | None = None,
    connected_since: datetime | None = None,
    strangers: Iterable[Knock] = (),
) -> Sighting:
    """Answer for an identity, from its `attempts` (newest first), the line of its station and the strangers about."""
    answer, since, outcome = _answer(attempts, connected_since)
    near = () if answer is Answer.CONNECTED else near_to(identity, strangers)
    return Sighting(
        asked=identity,
        by_address=False,
        answer=answer,
        attempts=attempts,
        since=since,
        outcome=outcome,
        station=station,
        near=near,
    )


def _answer(attempts: Sequence[Attempt], connected_since: datetime | None) -> tuple[Answer, datetime | None, Outcome | None]:
    if connected_since is not None:
        return Answer.CONNECTED, connected_since, Outcome.ADMITTED
    if not attempts:
        return Answer.SILENT, None, None
    last = attempts[0]
    return (Answer.CAME if last.outcome is Outcome.ADMITTED else Answer.REFUSED), last.at, last.outcome


def near_to(identity: str, strangers: Iterable[Knock]) -> tuple[Knock, ...]:
    """Return the strangers whose identity is that one but for case or a slip or two, the nearest first."""
    wanted = identity.casefold()
    found = []
    for knock in strangers:
        slips = OSA.distance(wanted, knock.identity.casefold(), score_cutoff=FEW_SLIPS)
        if slips <= FEW_SLIPS and knock.identity != identity and slips < len(wanted):
            found.append((slips, knock))
    found.sort(key=lambda one: one[0])
    return tuple(knock for _, knock in found[:MOST_NEAR])
