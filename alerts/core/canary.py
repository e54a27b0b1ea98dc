"""The canary: a station that does not exist falls silent every few minutes, and its breach goes the whole way, but to nobody.

It has one rule and one policy, and an audience of its own, so that no rule, route or silence of the operators' is about it. Its
alerts have numbers below nought: what people see, count and name begins at one. When it is silent is decided elsewhere.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING, Final

from alerts.core.delivery import Medium
from alerts.core.matters import Kind, breach_key
from alerts.core.rules import Policy, Rule, Step, Target, TargetKind
from alerts.core.severity import Severity
from monitor.core.ids import CANARY
from monitor.core.policy import Policy as Thresholds
from monitor.core.registry import Bearer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alerts.core.matters import Matter
    from alerts.core.rules import RuleBook

NAME: Final = "bornewatch:canary"
"""Its audience, its rule, its policy, who is told, and at which address: nothing of anybody else's is called so."""
ADDRESSES: Final[Mapping[Medium, str]] = {Medium.WEBHOOK: NAME}
BEAT_S: Final = 1.0
"""It speaks so often."""
THRESHOLDS: Final = Thresholds(
    bearer=Bearer.LAN,
    heartbeat_s=BEAT_S,
    ping_s=0.0,
    grace_s=2.0 * BEAT_S,
    missed=2,
    late_s=0.5 * BEAT_S,
    overdue_ratio=0.5,
    overdue_s=0.5 * BEAT_S,
    reconnect_s=2.0 * BEAT_S,
    settle_s=0.0,
    flap_limit=inf,
    irregular=inf,
)
"""A station's, but of seconds: two and a half after its last word it has a breach, and however often, it is no worse for it."""
_PREFIX: Final = breach_key(CANARY, 0)[:-1]
_RULE: Final = Rule(name=NAME, on=Kind.BREACH, severity=Severity.INFO, audience=NAME, policy=NAME)
_STEP: Final = Step(notify=(Target(kind=TargetKind.CONTACT, name=NAME),), by=(Medium.WEBHOOK,), after_s=0.0)


def with_canary(book: RuleBook) -> RuleBook:
    """Return `book` with what the canary goes by."""
    return replace(book, rules=(*book.rules, _RULE), policies={**book.policies, NAME: Policy(name=NAME, steps=(_STEP,))})


def is_canary(key: str) -> bool:
    """Say whether the matter of that key is the canary's."""
    return key.startswith(_PREFIX)


def number_of(matter: Matter) -> int:
    """Return the number of the alert that a matter of the canary's opens: a new one each time, below nought."""
    return -int(matter.since.timestamp() * 1_000)
