"""The operator's rules as data: which matter is an alert, whom it goes to, by which way, and when.

Read from `alerts.toml` elsewhere; here nothing is decided.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

from alerts.core.delivery import Medium
from alerts.core.matching import Matchers, all_fit
from alerts.core.oncall import on_call

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from alerts.core.changes import Change
    from alerts.core.delivery import Server
    from alerts.core.hours import Hours
    from alerts.core.matters import Kind, Matter
    from alerts.core.rotations import Schedule
    from alerts.core.severity import Severity

USUAL_NOTICES: Final = (Medium.SMS, Medium.NTFY, Medium.EMAIL)
"""How people hear of their shifts where the file does not say."""
LEAST_ROUND_S: Final = 300.0
"""A round of escalation ends no sooner than so long after its last step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Which matters are an alert, and from when on.

    `for_s` are seconds from `since` on, by bearer; under ``""`` for every other. Matters of one rule whose labels `group_by` are
    equal are one alert; without, each is one. An alert in which nothing goes on is kept for `keep_s` seconds: what comes back joins
    it, and nobody is told again. `audience` is empty, or the owner who is told of his own line, and `policy` then whom
    that is, whatever the routes. `runbook` is what to do, in the operator's words or as an address.
    """

    name: str
    on: Kind
    severity: Severity
    for_s: Mapping[str, float] = field(default_factory=dict)
    match: Matchers = ()
    group_by: tuple[str, ...] = ()
    keep_s: float = 0.0
    runbook: str = ""
    audience: str = ""
    policy: str = ""

    def asks(self, matter: Matter, labels: Mapping[str, str]) -> bool:
        """Say whether `matter`, as it is labelled now, is one for this rule, however long it has lasted."""
        return matter.kind is self.on and all_fit(self.match, labels)

    def sustained_s(self, labels: Mapping[str, str]) -> float:
        """Return how long a matter must have lasted."""
        return self.for_s.get(labels.get("bearer", ""), self.for_s.get("", 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where alerts go whose labels fit: to a policy, in its hours.

    Without a policy nobody is told; programs that are told of every alert still are.
    """

    match: Matchers = ()
    policy: str = ""
    hours: Hours | None = None


class TargetKind(StrEnum):
    """Who can be told."""

    CONTACT = "contact"
    SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A contact, or whoever is on call in a schedule."""

    kind: TargetKind
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Whom to tell `after_s` seconds after the alert was first told of, and by which ways, the first that works first."""

    notify: tuple[Target, ...]
    by: tuple[Medium, ...]
    after_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Steps of an escalation, done `repeat` times more; `ack_s` is how long an acknowledgement holds (0: for good)."""

    name: str
    steps: tuple[Step, ...]
    repeat: int = 0
    ack_s: float = 0.0

    @property
    def round_s(self) -> float:
        """Return how long one round takes: the last step waits as long as the one before it did."""
        times = [step.after_s for step in self.steps]
        gap = times[-1] - times[-2] if len(times) > 1 else 0.0
        return times[-1] + max(gap, LEAST_ROUND_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A contact: how each way reaches them, in which language, and which operator carries their mobile number."""

    name: str
    language: str = "en"
    addresses: Mapping[Medium, str] = field(default_factory=dict)
    operator: str = ""


def party_key(name: str) -> str:
    """Return by what an owner or a maintainer is known whose name is typed twice: once at his stations, once in a file of rules."""
    return " ".join(normalize("NFC", name).split()).casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """How people hear of their shifts, `before_s` seconds before these begin: by the first way of `by` that they have."""

    by: tuple[Medium, ...]
    before_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """Everything of one `alerts.toml`.

    `notices` are by schedule, of one without them nobody hears; `webhooks` by name; `ntfy` the servers that want a token.
    `ticket_desks` are the webhooks that take tickets, by the `party_key` of the owner or maintainer whose they are.
    """

    rules: tuple[Rule, ...] = ()
    routes: tuple[Route, ...] = ()
    policies: Mapping[str, Policy] = field(default_factory=dict)
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    notices: Mapping[str, Notices] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    webhooks: Mapping[str, Server] = field(default_factory=dict)
    ticket_desks: Mapping[str, str] = field(default_factory=dict)
    ntfy: tuple[Server, ...] = ()
    group_wait_s: float = 5.0

    def on_call(self, schedule: str, at: datetime, changes: Iterable[Change] = ()) -> Sequence[str]:
        """Return who is on call in `schedule` at `at`; nobody in one that is not there."""
        known = self.schedules.get(schedule)
        return () if known is None else on_call(known, at, changes)

    def route_of(self, labels: Mapping[str, str]) -> Route | None:
        """Return the first route that `labels` fit, ``None`` when there is none."""
        return next((route for route in self.routes if all_fit(route.match, labels)), None)
