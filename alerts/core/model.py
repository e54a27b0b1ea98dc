"""Alerts and what is said of them: the records that are stored, and the words for every decision.

An alert is what people see, take and end: the matters of one rule that belong together. It outlives no decision of its own here.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from alerts.core.delivery import Medium
from alerts.core.matching import Matchers, all_fit
from alerts.core.matters import Matter
from alerts.core.severity import Severity


class Condition(StrEnum):
    """Where an alert is in its life."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Stage(StrEnum):
    """The stages of the pipeline, in their order."""

    RULES = "rules"
    SUSTAINED = "sustained"
    MAINTENANCE = "maintenance"
    INHIBITION = "inhibition"
    GROUPING = "grouping"
    SILENCES = "silences"
    ROUTING = "routing"
    ESCALATION = "escalation"
    THROTTLE = "throttle"
    DELIVERY = "delivery"


class Reason(StrEnum):
    """Why something was decided: every stage says one."""

    NO_RULE = "no_rule"
    NOT_YET = "not_yet"
    PLANNED_WORK = "planned_work"
    PART_OF_INCIDENT = "part_of_incident"
    SITE_IS_CUT = "site_is_cut"
    OBSERVER_TROUBLE = "observer_trouble"
    RESOLVED_BY_HAND = "resolved_by_hand"
    OPENED = "opened"
    JOINED = "joined"
    RAISED = "raised"
    MATTER_OVER = "matter_over"
    GATHERING = "gathering"
    SILENCED = "silenced"
    SNOOZED = "snoozed"
    MUTED = "muted"
    NO_ROUTE = "no_route"
    NOBODY_WANTED = "nobody_wanted"
    OUT_OF_HOURS = "out_of_hours"
    ACKNOWLEDGED = "acknowledged"
    ACK_EXPIRED = "ack_expired"
    NO_ADDRESS = "no_address"
    THROTTLED = "throttled"
    PASSED_ON = "passed_on"
    OVER_LIMIT = "over_limit"
    NOTIFIED = "notified"
    EXHAUSTED = "exhausted"
    ESCALATED = "escalated"
    HANDED_ON = "handed_on"
    KEPT = "kept"
    OVER = "over"
    SHIFT = "shift"


class Purpose(StrEnum):
    """What a notification is for."""

    RAISE = "raise"
    CLEAR = "clear"
    HANDOVER = "handover"
    TEST = "test"
    LETTER = "letter"


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """An address and what carries a message there."""

    medium: Medium
    address: str


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Who was told, and by which way."""

    person: str
    way: Way


class Alert(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An alert.

    Attributes:
        id: its number.
        rule: the name of the rule that its matters are for.
        audience: the operators (``""``), or the owner who is told of his own line.
        severity: how much it presses.
        group: the labels that its matters have in common by the rule.
        since: the earliest beginning of its matters.
        opened_at: when the first of them was ripe.
        ready_at: until when others are waited for before anybody is told.
        policy: the escalation that it follows; empty: nobody is told.
        condition: where it is in its life.
        began_at: when its escalation began; the time of a step counts from then.
        cycle: how often its escalation began anew.
        round: which round of the policy it is in, from 0.
        step: the next step of that round.
        taken_by: who acknowledged it, `taken_until` how long that holds.
        snoozed_until: until when nobody is told.
        told: who was told by which way, each once.
        over_at: when it ended: its matters were over and stayed so, or somebody resolved it (`resolved_by`, `cause`).
    """

    id: int
    rule: str
    severity: Severity
    group: dict[str, str]
    since: datetime
    opened_at: datetime
    ready_at: datetime
    audience: str = ""
    policy: str = ""
    condition: Condition = Condition.OPEN
    began_at: datetime | None = None
    cycle: int = 0
    round: int = 0
    step: int = 0
    taken_by: str = ""
    taken_at: datetime | None = None
    taken_until: datetime | None = None
    snoozed_until: datetime | None = None
    told: tuple[Told, ...] = ()
    over_at: datetime | None = None
    resolved_by: str = ""
    cause: str = ""

    @property
    def alive(self) -> bool:
        """Whether it is not over."""
        return self.condition is not Condition.RESOLVED


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody is told of what fits, from `since` to `until`; `who` wanted it, and `why`."""

    id: int
    matchers: Matchers
    since: datetime
    until: datetime
    who: str
    why: str

    def covers(self, labels: dict[str, str], at: datetime) -> bool:
        """Say whether a matter of these labels is silenced at `at`."""
        return self.since <= at < self.until and all_fit(self.matchers, labels)


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """A shift that begins: from `since`, to `until` if that is known, `people` are on call; the person told `comes`, or leaves."""

    schedule: str
    since: datetime
    until: datetime | None
    people: tuple[str, ...]
    comes: bool


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What a person writes to somebody outside: a subject, a text of several lines, the language of both (a tag such as ``fr``).

    A program is told more: `labels` say what it is about, `since` when that began, `url` is its page of the console, and what is of
    one `thread` belongs together.
    """

    title: str
    text: str
    language: str
    labels: dict[str, str] = {}
    since: datetime | None = None
    url: str = ""
    thread: str = ""


class Notification(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody is to be told, by the first of `ways` that works.

    `key` says what was decided, and the same is decided once; `matters` are those of the alert that go on, of one that is over all.
    The alerts `along` had to wait until the person may be told again. One of a shift is of no alert (0) and has a `duty`; so is a
    letter, which goes out in its own words.
    """

    key: str
    alert: int
    along: tuple[int, ...] = ()
    purpose: Purpose
    person: str
    ways: tuple[Way, ...]
    severity: Severity
    at: datetime
    matters: tuple[Matter, ...] = ()
    duty: Duty | None = None
    letter: Letter | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of the decision log: what was decided at which stage and why, of a matter or an alert, until when that holds."""

    at: datetime
    stage: Stage
    reason: Reason
    matter: str = ""
    alert: int = 0
    until: datetime | None = None
    who: str = ""
    detail: str = ""
