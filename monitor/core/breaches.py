"""A continuity breach: since when, why, who answers for it, and how late evidence revises the answer.

The decision table is written as a table, first match wins. It judges one station by its own evidence and by the scope of the
incident that it is part of; who is part of one is decided elsewhere. Causes and parties are those of the contract (DESIGN §4).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

from monitor.core.ids import BreachNumber
from monitor.core.incidents import Scope
from monitor.core.registry import Bearer

if TYPE_CHECKING:
    from collections.abc import Callable


class Cause(StrEnum):
    """What broke."""

    POWER = "power"
    BEARER = "bearer"
    STATION = "station"
    SITE = "site"
    APN = "apn"
    CREDENTIALS = "credentials"
    OBSERVER = "observer"
    PLANNED = "planned"
    UNKNOWN = "unknown"


class Party(StrEnum):
    """Who answers for it."""

    GRID = "grid"
    NETWORK = "network"
    OWNER = "owner"
    STATION = "station"
    US = "us"
    UNKNOWN = "unknown"


_PARTY: Final[dict[Cause, Party]] = {
    Cause.POWER: Party.GRID,
    Cause.APN: Party.NETWORK,
    Cause.SITE: Party.OWNER,
    Cause.STATION: Party.STATION,
    Cause.CREDENTIALS: Party.STATION,
    Cause.OBSERVER: Party.US,
    Cause.PLANNED: Party.US,
    Cause.UNKNOWN: Party.UNKNOWN,
}


def party_of(cause: Cause, bearer: Bearer) -> Party:
    """Return who answers for `cause`: a broken bearer is the network's on GPRS (its SIM and APN), else the owner's line."""
    if cause is Cause.BEARER:
        return Party.NETWORK if bearer is Bearer.GPRS else Party.OWNER
    return _PARTY[cause]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What was learnt since the last sign of life, or about that gap afterwards.

    `boot` is the first boot after the gap: ``None`` for none, an empty text for one that gave no reason. `session_up` is the
    bearer's own session by RADIUS, the two probes their last outcome; ``None`` means not observed. `unanswered` says that the
    first probe of the station failed: one that boots answers the last ones before it speaks. `weak` says that the last it told of
    itself was a weak signal (``WeakSignal``, ChargePointErrorCode of OCPP 1.5 and 1.6). `scope` is that of the incident that
    the silence is part of.
    """

    boot: str | None = None
    backlog: bool = False
    session_up: bool | None = None
    session_stopped: bool = False
    station_answers: bool | None = None
    unanswered: bool = False
    gateway_answers: bool | None = None
    refused: bool = False
    weak: bool = False
    scope: Scope | None = None


NO_EVIDENCE: Final = Evidence()
POWER_UP: Final = "PowerUp"
"""BootReasonEnumType of OCPP 2.0.1 §3.5 for a start after power came back."""


_NEARBY: Final = frozenset({None, Scope.SITE, Scope.CELL, Scope.FEEDER})
"""Scopes that a power cut explains as well; a network or a model that fails turns nobody's mains off."""


def _rebooted_silently(seen: Evidence) -> bool:
    return seen.boot == "" and (seen.session_stopped or seen.unanswered or seen.station_answers is False)


def _lived_on_feeder(seen: Evidence) -> bool:
    return seen.scope is Scope.FEEDER and seen.backlog and seen.boot is None


def _of_scope(*scopes: Scope) -> Callable[[Evidence], bool]:
    return lambda seen: seen.scope in scopes


DECISIONS: Final[tuple[tuple[str, Callable[[Evidence], bool], Cause], ...]] = (
    ("it booted and says that power came back", lambda seen: seen.boot == POWER_UP and seen.scope in _NEARBY, Cause.POWER),
    (
        "its site went silent and booted, and its line had not failed",
        lambda seen: seen.scope is Scope.SITE and seen.gateway_answers is True and _rebooted_silently(seen),
        Cause.POWER,
    ),
    ("its feeder was said to have failed, but it kept records without a boot: it had power", _lived_on_feeder, Cause.BEARER),
    ("its feeder failed", _of_scope(Scope.FEEDER), Cause.POWER),
    ("its APN or its operator failed", _of_scope(Scope.APN, Scope.OPERATOR), Cause.APN),
    ("its cell failed", _of_scope(Scope.CELL), Cause.BEARER),
    ("its site failed", _of_scope(Scope.SITE), Cause.SITE),
    ("its whole model failed", _of_scope(Scope.MODEL), Cause.STATION),
    ("we failed", _of_scope(Scope.COLLECTOR), Cause.OBSERVER),
    ("it booted for a reason of its own", lambda seen: bool(seen.boot), Cause.STATION),
    ("it booted, and its bearer had failed with it", _rebooted_silently, Cause.POWER),
    ("it booted, and nothing else had failed", lambda seen: seen.boot == "", Cause.STATION),
    ("it kept records while cut off, without a boot", lambda seen: seen.backlog, Cause.BEARER),
    ("it was refused with wrong credentials", lambda seen: seen.refused, Cause.CREDENTIALS),
    ("the gateway in front of it is silent", lambda seen: seen.gateway_answers is False, Cause.BEARER),
    ("its bearer's session ended", lambda seen: seen.session_stopped, Cause.BEARER),
    ("it answers a probe but says nothing", lambda seen: seen.station_answers is True, Cause.STATION),
    (
        "the gateway answers, it does not",
        lambda seen: seen.station_answers is False and seen.gateway_answers is True,
        Cause.STATION,
    ),
    ("its bearer's session lives on", lambda seen: seen.session_up is True, Cause.STATION),
    ("it had told of a weak signal", lambda seen: seen.weak, Cause.BEARER),
)
"""Evidence to cause, first match wins; none: unknown."""


def cause_of(seen: Evidence) -> Cause:
    """Return the cause that `seen` points to."""
    for _, holds, cause in DECISIONS:
        if holds(seen):
            return cause
    return Cause.UNKNOWN


class Breach(msgspec.Struct, frozen=True, kw_only=True):
    """One breach of continuity of one station.

    `since` is when the evidence says that it began, `detected_at` when we knew, `until` when the station was back
    (``None`` while it is open). `back_at` is the first sign of life of a station that is back and not yet believed, `relapses` how
    often it was back and fell silent again.
    """

    number: BreachNumber
    bearer: Bearer
    since: datetime
    detected_at: datetime
    cause: Cause
    party: Party
    until: datetime | None = None
    incident: str | None = None
    back_at: datetime | None = None
    relapses: int = 0


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the last breach's silence, kept to revise its cause: from the last sign of life before it."""

    quiet_from: datetime
    evidence: Evidence


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """Breaches of one bearer and party that will not be revised any more: how many, and their seconds of downtime."""

    bearer: Bearer
    party: Party
    count: int
    seconds: float


def settle(tallies: tuple[Settled, ...], breach: Breach) -> tuple[Settled, ...]:
    """Return `tallies` with a cleared `breach` added."""
    seconds = ((breach.until or breach.since) - breach.since).total_seconds()
    others = [one for one in tallies if (one.bearer, one.party) != (breach.bearer, breach.party)]
    same = [one for one in tallies if (one.bearer, one.party) == (breach.bearer, breach.party)]
    count = 1 + sum(one.count for one in same)
    total = seconds + sum(one.seconds for one in same)
    return (*others, Settled(bearer=breach.bearer, party=breach.party, count=count, seconds=total))
