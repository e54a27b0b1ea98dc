"""What speaks: of a danger, a fault, a symptom and what is seen of the whole, the one that the caller must hear first.

The order is that of harm: what the caller says of danger beats everything, then a fault that nobody may touch, then the cable that
somebody wants back, then what else is wrong, then what is seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from hotline.core.diagnosis.calls import Scene, reply_of
from hotline.core.diagnosis.faults import AGAIN, ALARM, NOW, OFTEN, OTHER, OUT, Fault
from hotline.core.diagnosis.plans import plan_of
from hotline.core.diagnosis.steps import Ask, Elsewhere, Plea, Send, Step, placed
from hotline.core.diagnosis.symptoms import BY_FAULT, FREEING, Symptom
from hotline.core.diagnosis.verdict import At, Fact, Facts, Safety, Where
from hotline.core.points import HERE, points_of
from hotline.core.sentence_names import Saying, Sentence
from monitor.core.commands import Action
from monitor.core.registry import LifeCycle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hotline.core.diagnosis.findings import Finding
    from hotline.core.diagnosis.station import Seen
    from hotline.core.refused_cards import RefusedCard
    from monitor.core.health_state import HealthState
    from monitor.core.registry import Station

SAID: Final = "danger"
"""The cause where it is the caller who tells of danger."""
COMING: Final[Mapping[Saying, Saying]] = {
    Saying.DO_NOT_TOUCH: Saying.DO_NOT_TOUCH_COMING,
    Saying.EMERGENCY: Saying.EMERGENCY_COMING,
}
"""What is said once somebody has been sent."""


AT_A_POINT: Final = frozenset({Action.UNLOCK, Action.REMOTE_START, Action.REMOTE_STOP})
"""Orders that give or take somebody's cable or session, so that the point must be known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What speaks, before what cannot be done is struck out of its steps. `again`: it came twice, so nothing is tried once more."""

    sentence: Sentence
    saying: Saying
    steps: tuple[Step, ...]
    facts: Facts = field(default_factory=dict)
    safety: Safety = Safety.NONE
    cause: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that bears on a ruling."""

    health: HealthState
    station: Station
    seen: Seen
    findings: tuple[Finding, ...]
    symptom: Symptom | None
    place: str
    tripped: int
    refused: RefusedCard | None = None
    told: bool = False

    @property
    def danger(self) -> Finding | None:
        """The gravest fault here that nobody may touch, confirmed or not."""
        return next((one for one in self.findings if one.dangerous and one.concerns(self.place)), None)

    @property
    def beside(self) -> Finding | None:
        """The gravest one at another point."""
        return next((one for one in self.findings if one.dangerous and not one.concerns(self.place)), None)

    @property
    def fault(self) -> Finding | None:
        """The gravest fault here that surely is one now; a symptom makes a warning one too."""
        if self.health.state not in HERE:
            return None
        known = (one for one in self.findings if one.sure and one.concerns(self.place) and not one.dangerous)
        return next((one for one in known if one.stands or self.symptom in BY_FAULT), None)


def ruling_of(case: Case) -> Ruling:
    """Return what speaks."""
    ruling = _danger(case) or _calm(case)
    beside = case.beside
    if beside is not None and ruling.safety is not Safety.DANGER:
        keep_off = Ask(Plea.KEEP_OFF, beside.connector)
        ruling = replace(ruling, steps=(keep_off, *ruling.steps), safety=Safety.CARE)
    return ruling


def _danger(case: Case) -> Ruling | None:
    if case.symptom is Symptom.DANGER:
        return _of_danger_said(case, Sentence.DANGER_SAID)
    found = case.danger
    if found is not None:
        return _of_fault(case, found)
    if case.told:
        return _of_danger_said(case, Sentence.DANGER_TOLD)
    if case.symptom is Symptom.EMERGENCY:
        return Ruling(
            sentence=Sentence.EMERGENCY_SAID,
            saying=Saying.EMERGENCY,
            steps=_everywhere((Ask(Plea.HURT), Ask(Plea.CALL_112), OUT, NOW, OTHER)),
            facts=case.seen.facts,
            safety=Safety.DANGER,
            cause=Fault.EMERGENCY_STOP,
        )
    return None


def _of_danger_said(case: Case, sentence: Sentence) -> Ruling:
    steps = (Ask(Plea.STEP_BACK), Ask(Plea.CALL_112), *ALARM)
    return Ruling(
        sentence=sentence,
        saying=Saying.DO_NOT_TOUCH,
        steps=_everywhere(steps),
        facts=case.seen.facts,
        safety=Safety.DANGER,
        cause=SAID,
    )


def _calm(case: Case) -> Ruling:
    planned = "until" in case.seen.facts and case.symptom not in FREEING
    if case.station.life_cycle is LifeCycle.RETIRED or planned:
        return _as_seen(case)
    found = case.fault
    if found is not None and case.symptom not in FREEING and case.symptom not in (Symptom.BLOCKED, Symptom.OTHER):
        return _of_fault(case, found)
    scene = Scene(health=case.health, seen=case.seen, place=case.place, refused=case.refused)
    reply = None if case.symptom is None else reply_of(case.symptom, scene)
    if reply is None:
        return _as_seen(case)
    # Which point is the free one beside the caller's can be said only to somebody who has said where he stands.
    steps = _here(reply.steps, case.place)
    return Ruling(
        sentence=reply.sentence,
        saying=reply.saying,
        steps=_elsewhere(case, steps, case.place) if case.place else steps,
        facts={**case.seen.facts, **reply.facts},
        safety=Safety.NONE if found is None else found.advice.safety,
        cause=case.seen.cause,
    )


def _as_seen(case: Case) -> Ruling:
    return Ruling(
        sentence=case.seen.sentence,
        saying=case.seen.saying,
        steps=_elsewhere(case, _here(plan_of(case.seen), case.place), case.place),
        facts=case.seen.facts,
        cause=case.seen.cause,
    )


def _of_fault(case: Case, found: Finding) -> Ruling:
    advice = found.advice
    steps = _here(advice.steps, case.place if found.everywhere else found.connector)
    if found.everywhere:
        steps = _everywhere(steps)
    if not case.place and any(isinstance(step, Send) and step.action in AT_A_POINT for step in steps):
        steps = (Ask(Plea.WHICH_POINT), *steps)
    place = "" if found.everywhere else found.connector
    facts: dict[str, Fact] = {"where": Where(place), "since": At(found.since), "told": At(found.told)}
    ruling = Ruling(
        sentence=advice.sentence if found.sure else Sentence.DANGER_LAST_KNOWN,
        saying=advice.saying,
        steps=steps,
        facts={**case.seen.facts, **facts},
        safety=advice.safety,
        cause=found.fault,
    )
    if case.tripped >= OFTEN and found.sure:
        ruling = _again(ruling, found, case.tripped)
    if found.dangerous or found.everywhere:
        return ruling
    free = _free(case, found.connector)
    if free and advice.gives_up:
        ruling = replace(ruling, saying=Saying.FAULT_ELSE_FREE, facts={**ruling.facts, "fault": found.connector, "point": free})
    return replace(ruling, steps=_elsewhere(case, ruling.steps, found.connector))


def _again(ruling: Ruling, found: Finding, tripped: int) -> Ruling:
    """Return what is said of a fault that came `tripped` times within ten minutes: nothing is tried once more."""
    facts = {**ruling.facts, "tripped": str(tripped)}
    connector = "" if found.everywhere else found.connector
    steps = _here(AGAIN, connector)
    if found.fault is Fault.GROUND:
        sentence = Sentence.GROUND_TWICE if tripped == OFTEN else Sentence.GROUND_OFTEN
        return replace(ruling, sentence=sentence, steps=(ruling.steps[0], *steps), facts=facts, again=True)
    if found.dangerous:
        return replace(ruling, facts=facts, again=True)
    saying = Saying.NO_USE if ruling.saying is not Saying.LET_COOL else ruling.saying
    return replace(ruling, sentence=Sentence.FAULT_AGAIN, saying=saying, steps=steps, facts=facts, safety=Safety.CARE, again=True)


# ------------------------------------------------------------------------------------------------------ steps in their place


def _here(steps: tuple[Step, ...], connector: str) -> tuple[Step, ...]:
    return tuple(placed(step, connector) for step in steps)


def _everywhere(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return `steps` with the whole charger taken out of service, not one point of it."""
    return tuple(
        replace(step, connector="") if isinstance(step, Send) and step.action is Action.CHANGE_AVAILABILITY else step
        for step in steps
    )


def _free(case: Case, connector: str) -> str:
    """Return a point beside `connector` that surely is free and of which nothing bad is known."""
    bad = {one.connector for one in case.findings}
    free = points_of(case.health).free
    return next((point for point in free if point not in bad and point not in (connector, case.place)), "")


def _elsewhere(case: Case, steps: tuple[Step, ...], connector: str) -> tuple[Step, ...]:
    """Return `steps` with another point of this charger where there is a free one."""
    free = _free(case, connector) if OTHER in steps else ""
    return tuple(Elsewhere(free) if free and step == OTHER else step for step in steps)
