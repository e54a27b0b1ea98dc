"""Alerts of others: from what an Alertmanager tells of them to matters of the kind `external`.

An alert is known by its fingerprint while it fires: an Alertmanager that hears of it from two sources may move its `startsAt`. One
that fires again after it was over is a matter again. It is over when that is told, or when somebody ends it by hand, never by our
guess: how long an Alertmanager says nothing of what still fires (`repeat_interval`) is not known here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from alerts.core.matters import Kind, Matter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alerts.core.desk import Turn

MOST_OPEN: Final = 10_000
"""So many may be open at a time; what would be more is not taken."""
OLDEST: Final = timedelta(days=366)
"""A beginning longer ago, such as Go's zero time, is none: the alert is taken to begin when it is told of."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of one alert, already bounded and clean; `ended_at` only of one that is over."""

    fingerprint: str
    firing: bool
    starts_at: datetime
    ended_at: datetime | None = None
    labels: dict[str, str]
    note: str = ""


def external_key(fingerprint: str, starts_at: datetime) -> str:
    """Return the key of somebody's alert that began to fire at `starts_at`."""
    return f"external/{fingerprint}/{starts_at.isoformat()}"


def hear(turn: Turn, claims: Sequence[Claim]) -> bool:
    """Take what is claimed, in its order; return whether there was room for it: if not, nothing is taken."""
    known = {_fingerprint(one.key): one for one in turn.desk.matters.values() if one.kind is Kind.EXTERNAL}
    if len(known.keys() | {one.fingerprint for one in claims if one.firing}) > MOST_OPEN:
        return False
    for claim in claims:
        before = known.get(claim.fingerprint)
        after = _fires(claim, before, turn.now) if claim.firing else _ends(claim, before, turn.now)
        if after is not None:
            turn.put(after)
            known[claim.fingerprint] = after
    return True


def _fires(claim: Claim, before: Matter | None, now: datetime) -> Matter | None:
    """Return the matter as it is now, ``None`` where nothing is new."""
    labels = claim.labels | {"kind": Kind.EXTERNAL.value}
    if before is not None and before.open:
        after = replace(before, labels=labels, note=claim.note)
        return None if after == before else after
    since = min(claim.starts_at, now) if claim.starts_at > now - OLDEST else now
    key = external_key(claim.fingerprint, claim.starts_at)
    return Matter(key=key, kind=Kind.EXTERNAL, since=since, known_at=now, labels=labels, note=claim.note)


def _ends(claim: Claim, before: Matter | None, now: datetime) -> Matter | None:
    """Return the matter as it ended, ``None`` where none is open, or another of its name is told of that was over before."""
    if before is None or not before.open:
        return None
    until = now if claim.ended_at is None else min(claim.ended_at, now)
    if until < before.since and before.key != external_key(claim.fingerprint, claim.starts_at):
        return None
    return replace(before, until=max(until, before.since))


def _fingerprint(key: str) -> str:
    return key.split("/")[1]
