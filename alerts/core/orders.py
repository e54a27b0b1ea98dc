"""What people do with alerts: take one, put it off, pass it on, end it; hush what they know of. Who may is decided elsewhere."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

import msgspec
from msgspec.structs import replace

from alerts.core.changes import Change, left_by, named_in
from alerts.core.delivery import Medium
from alerts.core.desk import OURS
from alerts.core.escalating import anew, finish
from alerts.core.external import Claim, hear
from alerts.core.matters import CONTRADICTIONS, request_key
from alerts.core.model import Condition, Letter, Notification, Purpose, Reason, Silence, Stage, Way
from alerts.core.outbox import letter_key
from alerts.core.reading import contradicted, requested
from alerts.core.severity import Severity
from alerts.core.shifts import clash_of, take_back, take_over
from monitor.core.ids import StationId

if TYPE_CHECKING:
    from alerts.core.desk import Turn
    from alerts.core.model import Alert


class Answer(StrEnum):
    """What became of an order."""

    DONE = "done"
    NO_SUCH_ALERT = "no_such_alert"
    NO_SUCH_STATION = "no_such_station"
    NO_SUCH_SILENCE = "no_such_silence"
    NO_SUCH_POLICY = "no_such_policy"
    NO_SUCH_SCHEDULE = "no_such_schedule"
    NO_SUCH_CONTACT = "no_such_contact"
    NO_SUCH_CHANGE = "no_such_change"
    CLASH = "clash"
    IN_THE_PAST = "in_the_past"
    TOO_MANY = "too_many"
    NO_RULE = "no_rule"
    NO_MAIL = "no_mail"
    NO_DESK = "no_desk"
    BAD_ADDRESS = "bad_address"
    FAILED = "failed"


class _Order(msgspec.Struct, frozen=True, kw_only=True, tag_field="order"):
    who: str


class Acknowledge(_Order, tag="acknowledge", frozen=True, kw_only=True):
    """Take an alert: nobody else is told, for as long as its policy says, or until `until`."""

    alert: int
    until: datetime | None = None


class Release(_Order, tag="release", frozen=True, kw_only=True):
    """Give an alert back: its escalation begins again."""

    alert: int


class Snooze(_Order, tag="snooze", frozen=True, kw_only=True):
    """Have nobody told of an alert until `until`."""

    alert: int
    until: datetime


class Escalate(_Order, tag="escalate", frozen=True, kw_only=True):
    """Have the next people told now."""

    alert: int


class HandOn(_Order, tag="hand_on", frozen=True, kw_only=True):
    """Give an alert to another policy, from its beginning."""

    alert: int
    policy: str


class Resolve(_Order, tag="resolve", frozen=True, kw_only=True):
    """End an alert, with its cause; what goes on in it is left alone until it is over."""

    alert: int
    cause: str


class Hush(_Order, tag="hush", frozen=True, kw_only=True):
    """Enter a silence; its `id` is given by the desk."""

    silence: Silence


class Speak(_Order, tag="speak", frozen=True, kw_only=True):
    """End a silence before its time."""

    silence: int


class Substitute(_Order, tag="substitute", frozen=True, kw_only=True):
    """Change who is on call for a time: overrides and temporary shifts; the desk gives each its `id`. All are entered or none."""

    changes: tuple[Change, ...]


class Withdraw(_Order, tag="withdraw", frozen=True, kw_only=True):
    """Take back a change of a schedule; of one that has begun, what was stays."""

    change: int


class Hear(_Order, tag="hear", frozen=True, kw_only=True):
    """Take what an Alertmanager says of alerts of others."""

    claims: tuple[Claim, ...]


class Contradict(_Order, tag="contradict", frozen=True, kw_only=True):
    """Know that a caller says that a station does not work which we see healthy; `said` are his words."""

    station: StationId
    said: str = ""


class Summon(_Order, tag="summon", frozen=True, kw_only=True):
    """Ask the operator on call for help with a station, for a ticket of the hotline; `said` are the agent's words."""

    station: StationId
    ticket: int
    said: str = ""
    urgent: bool = False


class StandDown(_Order, tag="stand_down", frozen=True, kw_only=True):
    """Know that no help is needed with a ticket any more: it is done."""

    ticket: int


class Write(_Order, tag="write", frozen=True, kw_only=True):
    """Send a letter to somebody outside by `medium`, once for a `key`, whatever else is said with it again."""

    key: str
    name: str
    address: str
    letter: Letter
    medium: Medium = Medium.EMAIL


_Changing = Acknowledge | Release | Snooze | Escalate | HandOn | Resolve
_Arranging = Hush | Speak | Substitute | Withdraw
_Telling = Hear | Contradict | Summon | StandDown
Order = _Changing | _Arranging | _Telling | Write


def act(turn: Turn, order: Order) -> Answer:
    """Carry out `order`; one that cannot be changes nothing."""
    if isinstance(order, _Arranging):
        return _arrange(turn, order)
    if isinstance(order, _Telling):
        return _learn(turn, order)
    if isinstance(order, Write):
        return _write(turn, order)
    alert = turn.desk.alerts.get(order.alert)
    if alert is None or alert.id < 0:  # the canary's are nobody's
        return Answer.NO_SUCH_ALERT
    turn.alerts.add(alert.id)
    return _change(turn, alert, order)


def _arrange(turn: Turn, order: _Arranging) -> Answer:
    """Carry out what is about silences and schedules."""
    match order:
        case Hush():
            return _hush(turn, order)
        case Speak():
            return _speak(turn, order)
        case Substitute():
            return _substitute(turn, order)
        case Withdraw():
            return _withdraw(turn, order)
        case _:
            assert_never(order)


def _learn(turn: Turn, order: _Telling) -> Answer:
    """Carry out what tells us of something."""
    match order:
        case Contradict():
            return _contradict(turn, order)
        case Summon():
            return _summon(turn, order)
        case StandDown():
            return _stand_down(turn, order)
        case Hear():
            return Answer.DONE if hear(turn, order.claims) else Answer.TOO_MANY
        case _:
            assert_never(order)


def _change(turn: Turn, alert: Alert, order: _Changing) -> Answer:
    match order:
        case Acknowledge():
            return _take(turn, alert, order)
        case Release():
            turn.keep(anew(alert))
            turn.say(alert.id, Stage.ESCALATION, Reason.ESCALATED, who=order.who)
        case Snooze():
            if order.until <= turn.now:
                return Answer.IN_THE_PAST
            turn.keep(replace(alert, snoozed_until=order.until))
            turn.say(alert.id, Stage.SILENCES, Reason.SNOOZED, until=order.until, who=order.who)
        case Escalate():
            _hasten(turn, alert)
            turn.say(alert.id, Stage.ESCALATION, Reason.ESCALATED, who=order.who)
        case HandOn():
            if order.policy not in turn.desk.rules.policies:
                return Answer.NO_SUCH_POLICY
            turn.keep(replace(anew(alert), policy=order.policy, snoozed_until=None))
            turn.say(alert.id, Stage.ESCALATION, Reason.HANDED_ON, who=order.who, detail=order.policy)
        case Resolve():
            finish(turn, alert, by=order.who, cause=order.cause)
        case _:
            assert_never(order)
    return Answer.DONE


def _take(turn: Turn, alert: Alert, order: Acknowledge) -> Answer:
    """Note who took it; one who comes second takes it over."""
    policy = turn.desk.rules.policies.get(alert.policy)
    until = order.until
    if until is None and policy is not None and policy.ack_s > 0.0:
        until = turn.now + timedelta(seconds=policy.ack_s)
    if until is not None and until <= turn.now:
        return Answer.IN_THE_PAST
    turn.keep(replace(alert, condition=Condition.ACKNOWLEDGED, taken_by=order.who, taken_at=turn.now, taken_until=until))
    turn.say(alert.id, Stage.ESCALATION, Reason.ACKNOWLEDGED, until=until, who=order.who)
    return Answer.DONE


def _hasten(turn: Turn, alert: Alert) -> None:
    """Make the next step of the escalation due now, or its first again after the last; whoever had taken it has not."""
    policy = turn.desk.rules.policies.get(alert.policy)
    if policy is None or alert.began_at is None or alert.round > policy.repeat:
        turn.keep(replace(anew(alert), snoozed_until=None))
        return
    due = alert.round * policy.round_s + policy.steps[alert.step].after_s
    hastened = replace(alert, condition=Condition.OPEN, taken_by="", taken_at=None, taken_until=None, snoozed_until=None)
    turn.keep(replace(hastened, began_at=min(alert.began_at, turn.now - timedelta(seconds=due))))


def _hush(turn: Turn, order: Hush) -> Answer:
    silence = order.silence
    if silence.until <= turn.now or silence.until <= silence.since:
        return Answer.IN_THE_PAST
    turn.desk.last_silence += 1
    silence = replace(silence, id=turn.desk.last_silence)
    turn.desk.silences[silence.id] = silence
    turn.decision.silences[silence.id] = silence
    turn.alerts.update(turn.desk.alerts)
    return Answer.DONE


def _speak(turn: Turn, order: Speak) -> Answer:
    silence = turn.desk.silences.pop(order.silence, None)
    if silence is None:
        return Answer.NO_SUCH_SILENCE
    turn.decision.silences[silence.id] = replace(silence, until=turn.now)
    turn.alerts.update(turn.desk.alerts)
    return Answer.DONE


def _substitute(turn: Turn, order: Substitute) -> Answer:
    """Enter changes from now on; what would have been before is past."""
    rules = turn.desk.rules
    if any(one.schedule not in rules.schedules for one in order.changes):
        return Answer.NO_SUCH_SCHEDULE
    if any(not named_in(one) | left_by(one) <= rules.people.keys() for one in order.changes):
        return Answer.NO_SUCH_CONTACT
    if any(one.until <= turn.now for one in order.changes) or not order.changes:
        return Answer.IN_THE_PAST
    first = turn.desk.last_change + 1
    changes = [
        replace(one, id=number, since=max(one.since, turn.now), by=order.who) for number, one in enumerate(order.changes, first)
    ]
    if clash_of(turn.desk, changes) is not None:
        return Answer.CLASH
    turn.desk.last_change += len(changes)
    take_over(turn, changes)
    return Answer.DONE


def _withdraw(turn: Turn, order: Withdraw) -> Answer:
    change = turn.desk.changes.get(order.change)
    if change is None or change.until <= turn.now:
        return Answer.NO_SUCH_CHANGE
    take_back(turn, change, replace(change, until=turn.now) if change.since < turn.now else None)
    return Answer.DONE


def _contradict(turn: Turn, order: Contradict) -> Answer:
    """Take down what a caller says; who says so again only counts."""
    station = turn.desk.paper.by_id(order.station)
    if station is None:
        return Answer.NO_SUCH_STATION
    about = (key for key in turn.desk.about.get(order.station, ()) if key.startswith(CONTRADICTIONS))
    before = next((turn.desk.matters[key] for key in about if not turn.desk.matters[key].dismissed), None)
    turn.put(contradicted(station, order.said, turn.now, before))
    return Answer.DONE


def _summon(turn: Turn, order: Summon) -> Answer:
    """Take down that somebody asks for help; where no rule is for that nothing is, for nobody would hear of it.

    The same ticket again only counts. Once its alert was resolved by hand, it is asked for anew.
    """
    station = turn.desk.paper.by_id(order.station)
    if station is None:
        return Answer.NO_SUCH_STATION
    before = turn.desk.matters.get(request_key(order.ticket))
    matter = requested(station, order.ticket, order.said, turn.now, before, urgent=order.urgent)
    if not any(rule.audience == OURS and rule.asks(matter, matter.labels) for rule in turn.desk.rules.rules):
        return Answer.NO_RULE
    turn.put(matter)
    return Answer.DONE


def _stand_down(turn: Turn, order: StandDown) -> Answer:
    """End what was asked for, if it still is."""
    matter = turn.desk.matters.get(request_key(order.ticket))
    if matter is not None:
        turn.put(replace(matter, until=turn.now))
    return Answer.DONE


def _write(turn: Turn, order: Write) -> Answer:
    """Have a letter sent; it is no alert's, and nobody's limits are asked or used up."""
    if order.medium is Medium.WEBHOOK and order.address not in turn.desk.rules.webhooks:
        return Answer.NO_DESK
    key = letter_key(order.key)
    turn.decision.notifications.append(
        Notification(
            key=key,
            alert=0,
            purpose=Purpose.LETTER,
            person=order.name,
            ways=(Way(medium=order.medium, address=order.address),),
            severity=Severity.TICKET,
            at=turn.now,
            letter=order.letter,
        )
    )
    turn.say(0, Stage.DELIVERY, Reason.NOTIFIED, who=order.who, detail=key)
    return Answer.DONE
