"""What is remembered of one station between two observations: a value, replaced and never changed.

It is stored as it stands (JSON by msgspec), so a new field needs a default and a removed one is ignored on reading.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from monitor.core.breaches import NO_EVIDENCE, Breach, Evidence, Gap, Settled, settle
from monitor.core.events import Event, Reason, State
from monitor.core.incidents import Scope
from monitor.core.observations import Booted, Status
from monitor.core.quirks import Habit
from monitor.core.rhythm import NO_RHYTHM, Rhythm
from monitor.core.signals import Signal


class Link(StrEnum):
    """The socket, as the station's protocol has one; ``none`` for SOAP or before the first."""

    NONE = "none"
    OPEN = "open"
    CLOSED = "closed"


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A charging session that is open; `since` is when we were told, `stamped` the station's own time of it.

    `meter_wh` is what its register showed at the start, `latest_wh` what it showed at `metered_at`, when it was last told.
    """

    transaction: str
    since: datetime
    meter_wh: int | None = None
    stamped: datetime | None = None
    latest_wh: int | None = None
    metered_at: datetime | None = None


class Connector(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The last that a connector said; `since` is when this status was first received, `reported_at` when last."""

    connector: str
    status: Status
    since: datetime
    reported_at: datetime
    error: str = ""
    info: str = ""
    vendor_error: str = ""
    session: Session | None = None


class Sign(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The last that was seen of a source beside OCPP: good or bad `since`, last looked at `at`."""

    ok: bool
    since: datetime
    at: datetime


class Callback(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a SOAP station says that it listens, in which version, since when; `here` is where it reaches us."""

    url: str
    protocol: str
    since: datetime
    here: str = ""


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """The incident that the silence under way is part of."""

    incident: str
    scope: Scope
    since: datetime


class HealthState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One station's health.

    Attributes:
        state: the verdict, entered at `since` for `reason`.
        last_seen: when we last had a sign of life (a message or a pong).
        deadline: when silence must be judged again; ``None``: never by itself.
        interval_s: heartbeat interval that our Boot reply put in force.
        link: the socket, in its `link_epoch`, since `link_since`; `pongs`: it has answered a ping of ours.
        silent_since: first bad evidence of the silence under way.
        listening_since: since when silence counts; ``None`` while nobody listens.
        chance_until: until when a station has its fair chance to speak after our own absence.
        maintenance_until: end of planned work.
        evidence: what was learnt since the last sign of life.
        breach: the last breach, open or cleared; `breaches` counts them; `gap` is what explains it once it is cleared,
            and `settled` counts those before it.
        flap_merit: figure of merit as of `flap_at`.
        rhythm: its own pace; `rtt_s`: smoothed round trip of pings and probes, seconds.
        told: the fleet's judge knows of the silence under way; `incident`: the incident that it is part of.
        session, gateway, probe: what was last seen of the bearer's session, of its gateway and of its own address.
        close_code: how its last socket ended (RFC 6455 §7.4).
        connectors: sorted by their name; `ended`: the last transactions that ended; `boot`: what the station last said of itself.
        habits: its quirks, sorted.
        callback: where it says that it listens, a SOAP station.
    """

    state: State = State.NEVER_SEEN
    reason: Reason = Reason.NEVER_HEARD
    since: datetime | None = None
    last_seen: datetime | None = None
    deadline: datetime | None = None
    interval_s: int | None = None
    link: Link = Link.NONE
    link_epoch: int = 0
    link_since: datetime | None = None
    pongs: bool = False
    silent_since: datetime | None = None
    listening_since: datetime | None = None
    chance_until: datetime | None = None
    maintenance_until: datetime | None = None
    evidence: Evidence = NO_EVIDENCE
    breach: Breach | None = None
    breaches: int = 0
    gap: Gap | None = None
    settled: tuple[Settled, ...] = ()
    flap_merit: float = 0.0
    flap_at: datetime | None = None
    rhythm: Rhythm = NO_RHYTHM
    rtt_s: float | None = None
    told: bool = False
    incident: Membership | None = None
    session: Sign | None = None
    gateway: Sign | None = None
    probe: Sign | None = None
    close_code: int | None = None
    connectors: tuple[Connector, ...] = ()
    ended: tuple[str, ...] = ()
    boot: Booted | None = None
    habits: tuple[Habit, ...] = ()
    callback: Callback | None = None

    @property
    def breached(self) -> bool:
        """Whether a breach is open."""
        return self.breach is not None and self.breach.until is None

    @property
    def cut_off(self) -> bool:
        """Whether a breach is open and the station has not come back from it."""
        return self.breach is not None and self.breach.until is None and self.breach.back_at is None

    def settled_by(self, now: datetime, settle_s: float) -> tuple[Settled, ...]:
        """Return the breaches that cannot be revised any more at `now`, the last one with them once it is old enough."""
        last = self.breach
        if last is None or last.until is None or (now - last.until).total_seconds() < settle_s:
            return self.settled
        return settle(self.settled, last)


UNHEARD: Final = HealthState()
"""A station of which nothing is known."""


class Judgement(msgspec.Struct, frozen=True):
    """What `step` returns: the next state with its deadline, and the events that led to it.

    `durable` says that the change must survive a crash: it has events, or evidence that a later verdict needs. `signals` are
    for the fleet's judge.
    """

    state: HealthState
    events: tuple[Event, ...] = ()
    durable: bool = False
    signals: tuple[Signal, ...] = ()
