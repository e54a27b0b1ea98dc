"""What to do by what is seen of the station alone, and the last word on every list of steps: what cannot be done is struck out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hotline.core.diagnosis.faults import OTHER, REFRESH, TODAY
from hotline.core.diagnosis.steps import MENDERS, Ask, HandOver, Plea, Send, Step, Urgency
from hotline.core.sentence_names import Saying, Sentence
from monitor.core.breaches import Cause
from monitor.core.commands import Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hotline.core.diagnosis.limits import Limits
    from hotline.core.diagnosis.station import Seen

_BADGE: Final = Ask(Plea.TRY_BADGE)
_STICKER: Final = Ask(Plea.STICKER)

PLANS: Final[Mapping[Sentence, tuple[Step, ...]]] = {
    Sentence.ONE_FREE: (_STICKER, _BADGE),
    Sentence.SOME_FREE: (_STICKER, _BADGE),
    Sentence.IN_USE: (OTHER,),
    Sentence.FAULT_ONE_FREE: (OTHER, REFRESH, TODAY),
    Sentence.FAULTS_ONE_FREE: (OTHER, REFRESH, TODAY),
    Sentence.FAULT: (REFRESH, TODAY, OTHER),
    Sentence.FAULTS: (REFRESH, TODAY, OTHER),
    Sentence.STATION_FAULT: (REFRESH, TODAY, OTHER),
    Sentence.OUT_OF_SERVICE: (OTHER,),
    Sentence.POINTS_UNKNOWN: (REFRESH, _STICKER),
    Sentence.UNSTEADY: (_BADGE,),
    Sentence.WORK_HERE: (OTHER,),
    Sentence.WORK_SILENT: (OTHER,),
    Sentence.NEVER: (_STICKER,),
    Sentence.NOT_YET: (OTHER,),
    Sentence.RETIRED: (OTHER,),
    Sentence.SILENT_UNWATCHED: (OTHER,),
    Sentence.CUT_PLANNED: (OTHER,),
}
"""Steps by what is seen; whoever is out of contact otherwise is asked to try, and the breach is handed to whoever mends it."""
_NOBODY: Final = frozenset({Cause.PLANNED, Cause.UNKNOWN})
"""Causes of a breach that nobody is called for, or of which it is not known who."""


def plan_of(seen: Seen) -> tuple[Step, ...]:
    """Return what to do where no fault and no symptom says more."""
    known = PLANS.get(seen.sentence)
    if known is not None:
        return known
    first = Ask(Plea.LIGHT) if seen.saying is Saying.POWER else _BADGE
    if seen.party is None or seen.cause in _NOBODY:
        return (first, OTHER)
    return (first, HandOver(MENDERS[seen.party], Urgency.TODAY), OTHER)


def struck(steps: Iterable[Step], limits: Limits) -> tuple[Step, ...]:
    """Return `steps` without what cannot or must not be done, and without what was said before; a lock is opened twice."""
    kept: list[Step] = []
    for step in steps:
        if isinstance(step, Send) and limits.of(step) is not None:
            continue
        again = step in kept and not (isinstance(step, Send) and step.action is Action.UNLOCK)
        if not again:
            kept.append(step)
    return tuple(kept)


_DEEDS: Final[Mapping[Saying, tuple[Action, Saying]]] = {
    Saying.RESTART: (Action.RESET, Saying.FAULT),
    Saying.CABLE_SESSION: (Action.REMOTE_STOP, Saying.CABLE_BY_HAND),
    Saying.CABLE_HELD: (Action.UNLOCK, Saying.CABLE_BY_HAND),
    Saying.STOP_SESSION: (Action.REMOTE_STOP, Saying.STOP_BY_HAND),
}
"""What is said of a deed of ours, the deed, and what is said where it is not among the steps."""


_POSSIBLE: Final[Mapping[Sentence, tuple[Action, Sentence]]] = {
    Sentence.CABLE_HELD: (Action.UNLOCK, Sentence.STOP_NONE),
    Sentence.STOP_SESSION: (Action.REMOTE_STOP, Sentence.CABLE_SESSION),
}
"""A verdict that says what can be done from here, and the one that does not."""


def sayable(saying: Saying, steps: Iterable[Step]) -> Saying:
    """Return what can be said truly: of a deed only where it is among `steps`."""
    action, otherwise = _DEEDS.get(saying, (None, saying))
    return saying if action is None or _ordered(action, steps) else otherwise


def tellable(sentence: Sentence, steps: Iterable[Step]) -> Sentence:
    """Return the verdict that is true: of what can be done from here only where it is among `steps`."""
    action, otherwise = _POSSIBLE.get(sentence, (None, sentence))
    return sentence if action is None or _ordered(action, steps) else otherwise


def _ordered(action: Action, steps: Iterable[Step]) -> bool:
    return any(isinstance(step, Send) and step.action is action for step in steps)
