"""What the desk offers to ask of a station: the recommended one first, and a reason at each that is not to be asked for now.

Pure. What the station's version can do and what was sent before are arguments (`monitor.commands`: ``hindrances``, ``of``); the
waiting times are those by which the facade itself refuses, so that no button promises what would not be sent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hotline.core.diagnosis.limits import OUT, Barred, Limits, place_of
from hotline.core.diagnosis.plans import sayable, tellable
from hotline.core.diagnosis.steps import HandOver, Recipient, Send, Step, Urgency
from hotline.core.permissions import FORCING, Need, need_of
from monitor.core.commands import Action, CommandState, Order, Why, cooling_s

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from hotline.core.diagnosis.verdict import Verdict
    from hotline.core.roles import Role
    from monitor.core.commands import Command
    from monitor.core.health_state import HealthState
    from monitor.core.registry import Station

OFFERED: Final = (
    (Action.REFRESH, ""),
    (Action.REMOTE_STOP, ""),
    (Action.UNLOCK, ""),
    (Action.RESET, "soft"),
    (Action.RESET, "hard"),
    (Action.CHANGE_AVAILABILITY, OUT),
    (Action.CHANGE_AVAILABILITY, "operative"),
    (Action.REMOTE_START, ""),
)
"""What is offered, in the order in which it is tried."""
_FAILED: Final = frozenset({CommandState.REFUSED, CommandState.UNCONFIRMED, CommandState.UNKNOWN})
"""How a soft restart ends that was none, or of which it is not known whether it was one."""
_WAITING: Final = frozenset({CommandState.REQUESTED, CommandState.SENT})
_FIRST: Final = frozenset({Barred.RETIRED, Barred.SAFETY, Barred.OFFLINE})
"""What is said before that the station cannot do it."""
_FORCEABLE: Final = frozenset({Barred.NEIGHBOUR, Barred.SESSION, Barred.COOLING})
"""What a senior may have sent all the same, with a reason: what the facade sends when it is forced."""

HELD: Final = frozenset({Barred.COOLING, Barred.UNDER_WAY})
"""What bars an order for a moment only: it keeps its place among the steps, and they their numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Somebody else's session that would be cut off, and since when it runs."""

    connector: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """Who asks and what is known at the desk; the fields are arguments of `offers`."""

    now: datetime
    role: Role
    cannot: Mapping[Action, Why]
    past: Sequence[Command]
    seconded: bool

    @property
    def forces(self) -> bool:
        return self.role.covers(FORCING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One thing that can be asked of a station.

    Attributes:
        action: what; `type` its kind, `connector` where, empty for the whole charger.
        recommended: it is the next thing to do.
        barred: why it is not to be asked for now, ``None`` if it may be.
        until: when the same may be sent again, where that is what bars it.
        why: why the station cannot do it, where that is what bars it.
        needs: who may, where that is not every agent.
        affected: sessions of others that it would cut off.
        forceable: a senior may have it sent all the same, with a reason.
    """

    action: Action
    type: str = ""
    connector: str = ""
    recommended: bool = False
    barred: Barred | None = None
    until: datetime | None = None
    why: Why = Why.NONE
    needs: Need | None = None
    affected: tuple[Neighbour, ...] = ()
    forceable: bool = False

    @property
    def agreeable(self) -> bool:
        """Whether a second person who agrees is all that is missing."""
        return self.barred is Barred.ROLE and self.needs is Need.SECOND_PERSON

    @property
    def order(self) -> Order:
        """Return what would be asked."""
        return Order(action=self.action, type=self.type, connector=self.connector)


def offers(  # noqa: PLR0913  (all that bears on it)
    health: HealthState,
    station: Station,
    now: datetime,
    *,
    verdict: Verdict,
    role: Role,
    connector: str = "",
    cannot: Mapping[Action, Why] | None = None,
    past: Sequence[Command] = (),
    seconded: bool = False,
) -> tuple[Offer, ...]:
    """Return what can be asked of `station`: what is recommended, what may be asked, and last what may not, each with its reason.

    Args:
        health: how it is.
        station: its entry in the register.
        now: the present, aware UTC.
        verdict: what was diagnosed of it, for the same `connector`.
        role: who asks.
        connector: the point where the caller stands, empty while that is not known.
        cannot: for each action why the station cannot do it now.
        past: its last commands, the latest first.
        seconded: a second person has agreed.
    """
    ordered = [step for step in verdict.steps if isinstance(step, Send)]
    limits = _limits(health, station, verdict, _place(health, connector, ordered))
    desk = _Desk(now=now, role=role, cannot=cannot or {}, past=past, seconded=seconded)
    made = [_offer(_send(action, kind, ordered, limits.place), limits, desk) for action, kind in OFFERED]
    first = next((step for step in ordered for one in made if one.barred is None and _same(one, step)), None)
    hard_next = any(one.type == "hard" and one.barred is None for one in made) and _wants_restart(ordered)
    shown = [
        replace(
            one, recommended=one.type == "hard" if hard_next else first is not None and one.barred is None and _same(one, first)
        )
        for one in made
    ]
    return tuple(sorted(shown, key=lambda one: (not one.recommended, one.barred is not None)))


def refused(order: Order, health: HealthState, station: Station, *, verdict: Verdict, force: bool = False) -> Barred | None:
    """Return why `order` of a program is refused, ``None``: the facade has the last word.

    A danger, a retired station and another platform's sessions bar it as on the pages; a fault that a restart does not cure and a
    session under way bar it unless it is forced. What the facade finds by itself it says in the command's own life, and it puts one
    command behind the other. `verdict` is of the order's point.
    """
    limits = _limits(health, station, verdict, order.connector)
    seen = limits.forbids(order.action, order.type)
    if seen is None and order.action is Action.REMOTE_START and limits.own is not None:
        seen = Barred.SESSION
    return None if force and seen in (Barred.FAULT, Barred.SESSION) else seen


def _limits(health: HealthState, station: Station, verdict: Verdict, place: str) -> Limits:
    return Limits(
        health=health,
        station=station,
        place=place,
        safety=verdict.safety,
        resettable=verdict.resettable,
        startable=verdict.startable,
    )


def within(verdict: Verdict, made: Iterable[Offer]) -> Verdict:
    """Return `verdict` with only those orders among its steps that are offered, and with nothing said of others.

    What takes more than the agent's role is handed to somebody who may, at once.
    """
    bars = {(one.action, one.type): one.barred for one in made}
    kept: list[Step] = []
    for step in verdict.steps:
        if not isinstance(step, Send):
            kept.append(step)
            continue
        match bars.get((step.action, step.type)):
            case Barred.ROLE:
                kept.append(HandOver(Recipient.SENIOR, Urgency.NOW, step))
            case None:
                kept.append(step)
            case Barred.SESSION if step.after_stop:
                kept.append(step)
            case bar if bar in HELD:
                kept.append(step)
            case _:
                pass
    steps = tuple(kept)
    return replace(verdict, steps=steps, sentence=tellable(verdict.sentence, steps), saying=sayable(verdict.saying, steps))


def _place(health: HealthState, connector: str, ordered: Sequence[Send]) -> str:
    """Return where the caller stands, as the steps have it."""
    named = (step.connector for step in ordered if step.connector and step.action is not Action.CHANGE_AVAILABILITY)
    return place_of(health, connector) or next(named, "")


def _send(action: Action, kind: str, ordered: Iterable[Send], place: str) -> Send:
    """Return what is asked: where a step says so, else at the caller's point; a restart is of the whole charger."""
    step = next((one for one in ordered if (one.action, one.type) == (action, kind)), None)
    if step is not None:
        return Send(action, kind, step.connector)
    return Send(action, kind, "" if action is Action.RESET else place)


def _same(offer: Offer, step: Send) -> bool:
    return (offer.action, offer.type) == (step.action, step.type)


def _wants_restart(ordered: Iterable[Send]) -> bool:
    return any(step.action is Action.RESET for step in ordered)


def _offer(send: Send, limits: Limits, desk: _Desk) -> Offer:
    plain = Offer(action=send.action, type=send.type, connector=send.connector)
    need = need_of(plain.order, desk.role, seconded=desk.seconded)
    affected: tuple[Neighbour, ...] = ()
    if send.action is Action.RESET:
        affected = tuple(Neighbour(connector=one.connector, since=one.session.since) for one in limits.neighbours if one.session)
    offer = replace(plain, needs=need, affected=affected)
    seen = limits.of(send)
    if seen not in _FIRST:
        seen = _unable(send.action, desk.cannot) or seen
    if seen is not None:
        why = desk.cannot.get(send.action, Why.NONE) if seen is Barred.CANNOT else Why.NONE
        return replace(offer, barred=seen, why=why, forceable=seen in _FORCEABLE and desk.forces)
    timed = _timed(offer, desk)
    if need is None or (need is Need.SECOND_PERSON and timed.barred is not None):
        return timed  # nobody is fetched to agree to what would not be sent then
    return replace(offer, barred=Barred.ROLE)


def _unable(action: Action, cannot: Mapping[Action, Why]) -> Barred | None:
    why = cannot.get(action)
    if why is None:
        return None
    return Barred.OFFLINE if why is Why.NOT_CONNECTED else Barred.CANNOT


def _timed(offer: Offer, desk: _Desk) -> Offer:
    """Return `offer` barred by what was sent before; what takes out of service waits for nothing but its own double click."""
    for before in desk.past:
        if before.state is not CommandState.CANNOT and before.order.likeness == offer.order.likeness:
            sent = before.sent_at or before.requested_at
            left = cooling_s(offer.action, sent, desk.now)
            if left > 0:
                until = desk.now + timedelta(seconds=left)
                return replace(offer, barred=Barred.COOLING, until=until, forceable=desk.forces)
            break
    if offer.type != OUT and any(_under_way(one) for one in desk.past):
        return replace(offer, barred=Barred.UNDER_WAY)
    if offer.type == "hard" and not _softly_failed(desk.past):
        return replace(offer, barred=Barred.SOFT_FIRST)
    return offer


def _under_way(command: Command) -> bool:
    """Return whether `command` is on its way, or a restart that was accepted and not yet seen."""
    restarting = command.order.action is Action.RESET and command.state is CommandState.ACCEPTED and not command.over
    return command.state in _WAITING or restarting


def _softly_failed(past: Sequence[Command]) -> bool:
    """Return whether the last restart that was sent was a soft one, and failed."""
    sent = (one for one in past if one.order.action is Action.RESET and one.state is not CommandState.CANNOT)
    last = next(sent, None)
    return last is not None and last.order.type == "soft" and last.state in _FAILED
