"""What a caller says, against what we see: the sentence, what to say, and the steps, one function a symptom.

What no symptom explains is left to what is seen of the station (``None``). Steps that cannot be done as it is now are struck out
afterwards (`limits`), so these name all that would help, in the order in which it is tried. The ladder for a held cable is the
trade's: end the session, open the lock, pull, open it once more, restart where nobody else charges, then a visit (OCPP 1.6 §5.18:
an unlock is for the help-desk and is not meant to end a session).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hotline.core.diagnosis.faults import NOW, OTHER, REFRESH, RESTART, ROUTINE, TODAY
from hotline.core.diagnosis.steps import HERE, MENDERS, Ask, Contradict, HandOver, Plea, Recipient, Send, Step, Urgency
from hotline.core.diagnosis.symptoms import Symptom
from hotline.core.diagnosis.verdict import Ago, At, Facts, Where
from hotline.core.points import HERE as IN_CONTACT
from hotline.core.points import confirmed
from hotline.core.sentence_names import Saying, Sentence
from monitor.core.commands import Action
from monitor.core.observations import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hotline.core.diagnosis.station import Seen
    from hotline.core.refused_cards import RefusedCard
    from monitor.core.health_state import Connector, HealthState


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a call is about: how the station is, what is so with the whole, and the caller's point, empty while it is not known.

    `refused` is the refusal of the last card that was shown there.
    """

    health: HealthState
    seen: Seen
    place: str
    refused: RefusedCard | None = None

    @property
    def here(self) -> bool:
        """Whether the station can be asked for anything."""
        return self.health.state in IN_CONTACT

    @property
    def point(self) -> Connector | None:
        """The caller's point, as it last spoke."""
        return next((one for one in self.health.connectors if self.place and one.connector == self.place), None)

    @property
    def status(self) -> Status:
        """What the caller's point surely is."""
        point = self.point
        return point.status if point is not None and confirmed(point, self.health) else Status.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What follows from a symptom; facts beside those of the station."""

    sentence: Sentence
    saying: Saying
    steps: tuple[Step, ...]
    facts: Facts = field(default_factory=dict)


START: Final = Send(Action.REMOTE_START, "", HERE)
STOP: Final = Send(Action.REMOTE_STOP, "", HERE)
UNLOCK: Final = Send(Action.UNLOCK, "", HERE)
AFTERWARDS: Final = Send(Action.RESET, "soft", "", after_stop=True)
FREE_IT: Final[tuple[Step, ...]] = (UNLOCK, Ask(Plea.PULL), UNLOCK)
BY_BADGE: Final[tuple[Step, ...]] = (Ask(Plea.CARD_FIRST), Ask(Plea.CAR_OFF), REFRESH, Ask(Plea.IDENTITY), START)


def reply_of(symptom: Symptom, scene: Scene) -> Reply | None:
    """Return what follows from `symptom`, ``None`` where what is seen of the station says all."""
    answer = _REPLIES.get(symptom)
    return None if answer is None else answer(scene)


def _facts(scene: Scene) -> dict[str, Ago | At | Where]:
    point = scene.point
    facts: dict[str, Ago | At | Where] = {"where": Where(scene.place)}
    if point is not None:
        facts["since"] = At(point.since)
        if point.session is not None:
            facts["session"] = Ago(point.session.since)
    return facts


def _as_seen(scene: Scene, saying: Saying | None, *steps: Step) -> Reply:
    return Reply(sentence=scene.seen.sentence, saying=saying or scene.seen.saying, steps=steps)


def _mender(scene: Scene, urgency: Urgency) -> HandOver:
    """Return to whom the breach is handed over, else the maintainer."""
    party = scene.seen.party
    return HandOver(Recipient.MAINTAINER if party is None else MENDERS[party], urgency)


# ------------------------------------------------------------------------------------------------------ cables and sessions


def _cable_stuck(scene: Scene) -> Reply:
    if not scene.here:
        steps: tuple[Step, ...] = (Ask(Plea.UNLOCK_CAR), Ask(Plea.SAME_BADGE), Ask(Plea.PULL), NOW)
        return Reply(sentence=Sentence.CABLE_OFFLINE, saying=Saying.CABLE_OFFLINE, steps=steps)
    if not scene.place:
        return Reply(
            sentence=Sentence.CABLE_WHICH, saying=Saying.WHICH_POINT, steps=(Ask(Plea.WHICH_POINT), Ask(Plea.UNLOCK_CAR), NOW)
        )
    facts, point = _facts(scene), scene.point
    if point is not None and point.session is not None:
        steps = (Ask(Plea.UNLOCK_CAR), STOP, Ask(Plea.HOLD_ON), *FREE_IT, AFTERWARDS, NOW)
        return Reply(sentence=Sentence.CABLE_SESSION, saying=Saying.CABLE_SESSION, steps=steps, facts=facts)
    if scene.status is Status.AVAILABLE:
        steps = (Ask(Plea.WHICH_POINT), REFRESH, Ask(Plea.UNLOCK_CAR), *FREE_IT, NOW)
        return Reply(sentence=Sentence.CABLE_FREE, saying=Saying.WHICH_POINT, steps=steps, facts=facts)
    if scene.status is Status.UNKNOWN:
        steps = (Ask(Plea.UNLOCK_CAR), REFRESH, *FREE_IT, RESTART, NOW)
        return Reply(sentence=Sentence.POINT_UNKNOWN, saying=Saying.CABLE_HELD, steps=steps, facts=facts)
    steps = (Ask(Plea.UNLOCK_CAR), *FREE_IT, RESTART, NOW)
    return Reply(sentence=Sentence.CABLE_HELD, saying=Saying.CABLE_HELD, steps=steps, facts=facts)


def _will_not_stop(scene: Scene) -> Reply:
    if not scene.here:
        return _as_seen(scene, Saying.STOP_OFFLINE, Ask(Plea.SAME_BADGE), Ask(Plea.UNLOCK_CAR), _mender(scene, Urgency.NOW))
    facts, point = _facts(scene), scene.point
    if point is not None and point.session is not None:
        steps: tuple[Step, ...] = (STOP, Ask(Plea.HOLD_ON), Ask(Plea.UNPLUG), *FREE_IT, AFTERWARDS, NOW)
        return Reply(sentence=Sentence.STOP_SESSION, saying=Saying.STOP_SESSION, steps=steps, facts=facts)
    if not scene.place and any(one.session is not None for one in scene.health.connectors):
        steps = (Ask(Plea.WHICH_POINT), Ask(Plea.SAME_BADGE))
        return Reply(sentence=Sentence.STOP_WHICH, saying=Saying.WHICH_POINT, steps=steps)
    steps = (REFRESH, Ask(Plea.UNPLUG), *FREE_IT, TODAY)
    return Reply(sentence=Sentence.STOP_NONE, saying=Saying.STOP_NONE, steps=steps, facts=facts)


# ------------------------------------------------------------------------------------------------------ starting and charging

_POINT: Final[Mapping[Status, tuple[Sentence, Saying, tuple[Step, ...]]]] = {
    Status.PREPARING: (Sentence.START_WAITING, Saying.START_WAITING, (Ask(Plea.TRY_BADGE), Ask(Plea.CAR_SETTINGS), *BY_BADGE)),
    Status.SUSPENDED_EV: (Sentence.CAR_PAUSED, Saying.CAR_SETTINGS, (Ask(Plea.CAR_SETTINGS), Ask(Plea.REPLUG))),
    Status.SUSPENDED_EVSE: (Sentence.STATION_PAUSED, Saying.STATION_PAUSED, (Ask(Plea.WAIT), REFRESH, OTHER, ROUTINE)),
    Status.FINISHING: (Sentence.START_FINISHED, Saying.ENDED, (Ask(Plea.REPLUG), *BY_BADGE)),
    Status.RESERVED: (Sentence.RESERVED, Saying.IN_USE, (OTHER,)),
    Status.UNAVAILABLE: (Sentence.POINT_CLOSED, Saying.OUT_OF_SERVICE, (OTHER, ROUTINE)),
}
"""What the caller's point says of itself, where that explains why nothing comes."""


def _by_point(scene: Scene) -> Reply | None:
    known = _POINT.get(scene.status)
    return None if known is None else Reply(sentence=known[0], saying=known[1], steps=known[2], facts=_facts(scene))


def _will_not_start(scene: Scene) -> Reply:
    if not scene.here:
        return _offline(scene)
    known = _by_point(scene)
    if known is not None:
        return known
    point, facts = scene.point, _facts(scene)
    if point is not None and point.session is not None:
        facts["since"] = At(point.session.since)
        steps: tuple[Step, ...] = (Ask(Plea.WHICH_POINT), Ask(Plea.CAR_SETTINGS), REFRESH)
        return Reply(sentence=Sentence.START_SESSION, saying=Saying.WHICH_POINT, steps=steps, facts=facts)
    if scene.place and scene.status is Status.UNKNOWN:
        return Reply(sentence=Sentence.POINT_UNKNOWN, saying=Saying.START_FREE, steps=(REFRESH, *BY_BADGE), facts=facts)
    return _as_seen(scene, Saying.START_FREE, *BY_BADGE, TODAY)


def _stopped(scene: Scene) -> Reply:
    if not scene.here:
        return _offline(scene)
    known = _by_point(scene)
    if known is not None:
        return known
    facts = _facts(scene)
    if scene.status is Status.CHARGING:
        return Reply(
            sentence=Sentence.CHARGES,
            saying=Saying.CHARGES,
            steps=(Ask(Plea.CAR_SETTINGS), REFRESH, Ask(Plea.REPLUG), ROUTINE),
            facts=facts,
        )
    if scene.place and scene.point is not None and scene.point.session is None:
        return Reply(sentence=Sentence.ENDED_HERE, saying=Saying.ENDED, steps=(REFRESH, *BY_BADGE, TODAY), facts=facts)
    return _as_seen(scene, Saying.WHICH_POINT, Ask(Plea.WHICH_POINT), REFRESH, Ask(Plea.REPLUG))


def _offline(scene: Scene) -> Reply:
    return _as_seen(scene, None, Ask(Plea.TRY_BADGE), Ask(Plea.LIGHT), _mender(scene, Urgency.TODAY), OTHER)


# ------------------------------------------------------------------------------------------------------ everything else


_REFUSED: Final[Mapping[str, tuple[Sentence, Saying]]] = {
    "Blocked": (Sentence.CARD_BLOCKED, Saying.CARD_BLOCKED),
    "ConcurrentTx": (Sentence.CARD_CHARGING, Saying.CARD_CHARGING),
    "Expired": (Sentence.CARD_EXPIRED, Saying.CARD_EXPIRED),
    "Invalid": (Sentence.CARD_INVALID, Saying.CARD_INVALID),
    "Unknown": (Sentence.CARD_INVALID, Saying.CARD_INVALID),
}
"""By the status that refused a card (OCPP 1.6 §7.2; the last one is 2.x's); others say nothing that a caller could use."""


def _card_refused(scene: Scene) -> Reply:
    if not scene.here:
        return _as_seen(scene, Saying.CARD_OFFLINE, Ask(Plea.OTHER_CARD), OTHER)
    if scene.refused is not None:
        sentence, saying = _REFUSED.get(scene.refused.status, (Sentence.CARD_REFUSED, Saying.CARD_HERE))
        steps: tuple[Step, ...] = (Ask(Plea.CARD_NUMBER), Ask(Plea.OTHER_CARD), HandOver(Recipient.PROVIDER, Urgency.ROUTINE))
        return Reply(sentence=sentence, saying=saying, steps=steps, facts={"refused": Ago(scene.refused.at)})
    steps = (Ask(Plea.CARD_AGAIN), Ask(Plea.CARD_NUMBER), Ask(Plea.OTHER_CARD), HandOver(Recipient.PROVIDER, Urgency.ROUTINE))
    return Reply(sentence=Sentence.CARD_HERE, saying=Saying.CARD_HERE, steps=steps)


def _dark(scene: Scene) -> Reply:
    if not scene.here:
        return _as_seen(scene, Saying.POWER, Ask(Plea.LIGHT), _mender(scene, Urgency.TODAY), OTHER)
    steps = (Ask(Plea.STICKER), REFRESH, Ask(Plea.TRY_BADGE), Contradict(), ROUTINE)
    return Reply(sentence=Sentence.DARK_HERE, saying=Saying.DARK_HERE, steps=steps)


def _says_free(scene: Scene) -> Reply:
    if not scene.here:
        return _offline(scene)
    return _as_seen(scene, Saying.FINE, Ask(Plea.STICKER), REFRESH, *BY_BADGE, Contradict(), OTHER)


def _blocked(scene: Scene) -> Reply:
    return _as_seen(scene, Saying.BLOCKED, Ask(Plea.BAY), OTHER, HandOver(Recipient.OWNER, Urgency.ROUTINE))


def _other(scene: Scene) -> Reply:
    return _as_seen(scene, Saying.STICKER, Ask(Plea.STICKER))


_REPLIES: Final[Mapping[Symptom, Callable[[Scene], Reply]]] = {
    Symptom.CABLE_STUCK: _cable_stuck,
    Symptom.WILL_NOT_STOP: _will_not_stop,
    Symptom.WILL_NOT_START: _will_not_start,
    Symptom.CARD_REFUSED: _card_refused,
    Symptom.STOPPED: _stopped,
    Symptom.DARK: _dark,
    Symptom.SAYS_FREE: _says_free,
    Symptom.BLOCKED: _blocked,
    Symptom.OTHER: _other,
}
"""Danger and the emergency button are not here: they go before all that is seen."""
