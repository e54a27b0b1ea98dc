"""What a diagnosis is: one sentence, what to say, how dangerous it is, what to do, and the facts that go into the words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from hotline.core.folding import digits

if TYPE_CHECKING:
    from datetime import datetime

    from hotline.core.diagnosis.steps import Step
    from hotline.core.sentence_names import Saying, Sentence
    from monitor.core.ids import Sticker


@dataclass(frozen=True, slots=True)
class Ago:
    """A fact told by its age: ``12 s``, ``6 h 26``."""

    at: datetime


@dataclass(frozen=True, slots=True)
class At:
    """A fact told by its time of day, with the date when that is another day."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Where:
    """A point, or the whole charger where `connector` is empty or ``0``; it begins a sentence."""

    connector: str


Fact = Ago | At | Where | str
Facts = Mapping[str, Fact]


class Safety(StrEnum):
    """How dangerous it is to whoever stands there."""

    NONE = "none"
    CARE = "care"
    """Nobody is in danger who keeps to what is said; something must be left alone."""
    DANGER = "danger"
    """Do not touch: nothing is asked of the station but to be out of service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is so (`sentence`), what to say (`saying`), and the facts that go into both.

    Attributes:
        safety: how dangerous it is.
        cause: the word of the fault or of the breach that speaks, empty for neither.
        steps: what to do, in this order.
        technical: codes as they were received, for the technical line only.
        resettable: no fault of the station forbids a restart.
        startable: no fault at the caller's point forbids to start a session there.
    """

    sentence: Sentence
    saying: Saying
    facts: Facts = field(default_factory=dict)
    safety: Safety = Safety.NONE
    cause: str = ""
    steps: tuple[Step, ...] = ()
    technical: tuple[str, ...] = ()
    resettable: bool = True
    startable: bool = True


def spoken(sticker: Sticker) -> str:
    """Return `sticker` as people read it aloud: letters, then digits in pairs (``CP 25 00``); others stay as they are."""
    number = digits(sticker)
    letters = sticker.removesuffix(number).strip()
    if not number or letters + number != sticker or digits(letters):
        return sticker
    odd = len(number) % 2
    pairs = [number[:odd], *(number[place : place + 2] for place in range(odd, len(number), 2))]
    return " ".join(part for part in (letters, *pairs) if part)
