"""A station's own pace: how often it really beats, how late it tends to be, how long it takes to dial in again.

Learnt from ordinary life only: the first interval after a failure and a lost beat teach nothing (as Akka's and Cassandra's
failure detectors drop them). A pace other than the one that was promised is believed when it has come three times in a row.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec
from msgspec.structs import replace

WEIGHT: Final = 0.125
"""Weight of the newest value in a smoothed one (RFC 6298 §2)."""
BAND: Final = 0.25
"""Share of the interval by which a beat may be off and still be the same pace."""
FAITH: Final = 3
"""Beats in a row that make a new pace believed, and returns that make the time of a return believed."""
MISS_WEIGHT: Final = 1 / 16
"""Weight of one missed or kept beat in the smoothed share of missed ones."""
LONGEST_RETURN_S: Final = 900.0
"""A return that takes longer was no dialling in again but an outage, and teaches nothing."""
MOST: Final = 100
"""Where counting stops."""


class Rhythm(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The pace of one station; seconds.

    Attributes:
        beat_at: its last heartbeat, ``None`` after a failure.
        interval_s: its own interval, believed once `beats` is `FAITH`; `other_s` is one that has come `others` times in a row.
        jitter_s: mean deviation from it.
        missed: smoothed share of signs that did not come in time.
        returns: how often it dialled in again after its socket closed; `return_s` is the longest of late, which fades.
    """

    beat_at: datetime | None = None
    interval_s: float = 0.0
    beats: int = 0
    other_s: float = 0.0
    others: int = 0
    jitter_s: float = 0.0
    missed: float = 0.0
    returns: int = 0
    return_s: float = 0.0

    @property
    def known(self) -> bool:
        """Whether its own interval is believed."""
        return self.beats >= FAITH

    @property
    def returning(self) -> bool:
        """Whether its time of return is believed."""
        return self.returns >= FAITH


NO_RHYTHM: Final = Rhythm()


def beaten(known: Rhythm, at: datetime) -> Rhythm:
    """Return `known` after a heartbeat at `at`."""
    missed = known.missed * (1.0 - MISS_WEIGHT) if known.missed else 0.0
    before = known.beat_at
    if before is None or at <= before:
        return replace(known, beat_at=at, missed=missed)
    gap = (at - before).total_seconds()
    off = gap - known.interval_s
    if not known.beats or abs(off) > BAND * known.interval_s:
        return _other(known, at, gap, missed)
    weight = max(WEIGHT, 1.0 / (known.beats + 1))
    return replace(
        known,
        beat_at=at,
        interval_s=known.interval_s + weight * off,
        beats=min(known.beats + 1, MOST),
        jitter_s=known.jitter_s + weight * (abs(off) - known.jitter_s),
        missed=missed,
        others=0,
    )


def _other(known: Rhythm, at: datetime, gap: float, missed: float) -> Rhythm:
    """A gap that is not the pace: believed when it comes again and again."""
    if not known.beats:
        return replace(known, beat_at=at, interval_s=gap, beats=1, missed=missed)
    same = known.others > 0 and abs(gap - known.other_s) <= BAND * known.other_s
    others = known.others + 1 if same else 1
    if others < FAITH:
        return replace(known, beat_at=at, other_s=gap, others=others, missed=missed)
    return replace(known, beat_at=at, interval_s=gap, beats=FAITH, jitter_s=0.0, other_s=0.0, others=0, missed=missed)


def interrupted(known: Rhythm, *, missed: bool = False) -> Rhythm:
    """Return `known` after a failure: the next gap teaches nothing.

    `missed`: only a sign of life did not come in time. It counts, and the gap as well: it may be a pace slower than the promised.
    """
    if missed:
        return replace(known, missed=known.missed + MISS_WEIGHT * (1.0 - known.missed))
    return replace(known, beat_at=None)


def returned(known: Rhythm, away_s: float) -> Rhythm:
    """Return `known` after the station dialled in again, `away_s` after its socket closed."""
    if not 0.0 <= away_s <= LONGEST_RETURN_S:
        return known
    longest = max(away_s, known.return_s + WEIGHT * (away_s - known.return_s))
    return replace(known, returns=min(known.returns + 1, MOST), return_s=longest)
