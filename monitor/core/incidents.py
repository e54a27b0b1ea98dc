"""A common cause of many silences: what kind of group failed, and how sure we are.

What is known of one incident, its names and words; how it is found is `correlate`'s business.
"""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    """What the members of an incident have in common."""

    SITE = "site"
    CELL = "cell"
    FEEDER = "feeder"
    APN = "apn"
    OPERATOR = "operator"
    MODEL = "model"
    COLLECTOR = "collector"


class Confidence(StrEnum):
    """A probability in words."""

    CERTAIN = "almost certain"
    LIKELY = "very likely"
    PROBABLE = "probable"
    POSSIBLE = "possible"


def confidence_of(probability: float) -> Confidence:
    """Return the word for `probability` (0 to 1)."""
    if probability >= 0.99:  # noqa: PLR2004  (the steps are this function's business)
        return Confidence.CERTAIN
    if probability >= 0.9:  # noqa: PLR2004
        return Confidence.LIKELY
    return Confidence.PROBABLE if probability >= 0.66 else Confidence.POSSIBLE  # noqa: PLR2004
