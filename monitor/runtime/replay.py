"""Recorded observations through the very core that runs live, on the clock of the record: `bornewatch replay`.

One JSON object a line in, sorted by `at`; one event a line out. Deadlines that come due between two lines are judged at their
own instant, so that an event carries the time at which a live system would have said it. The same bytes at every run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from monitor.core.correlate import Blindness, CanaryAnswers, CanarySilent, Seen, Sight, correlate
from monitor.core.events import (
    BreachCleared,
    BreachOpened,
    BreachUpdated,
    Event,
    HealthChanged,
    IncidentCleared,
    IncidentOpened,
    IncidentUpdated,
)
from monitor.core.groups import Groups, keys_of
from monitor.core.health import step
from monitor.core.health_state import UNHEARD, HealthState, Link
from monitor.core.ids import BreachNumber, StationId, Sticker, breach_name
from monitor.core.observations import (
    Alive,
    Backlog,
    Booted,
    CollectorDown,
    CollectorUp,
    ConnectorReported,
    LinkClosed,
    LinkOpened,
    MaintenanceSet,
    Observation,
    Probed,
    ProbeTarget,
    RadiusEvent,
    RadiusSeen,
    Tick,
)
from monitor.core.policy import BY_BEARER, Policy
from monitor.core.registry import Bearer
from monitor.decode.claims import write_instant
from monitor.decode.status_map import read_error, read_status
from monitor.runtime.agenda import Agenda

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

LONGEST_HEARTBEAT_S: Final = 10_000_000
LISTENERS: Final = ("radius", "probes")
"""Collectors that do not hear stations speak: their absence excuses no silence."""

_NOTHING: Final[tuple[bytes, ...]] = ()
_FLEET: Final = 0
"""Stands for the whole fleet among the stations' numbers, and before them all."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a record; which fields count depends on `type` (DESIGN §4, replay)."""

    at: datetime
    type: str
    station: str = ""
    bearer: Bearer = Bearer.GPRS
    site: str = ""
    apn: str = ""
    operator: str = ""
    cell: str = ""
    feeder: str = ""
    model: str = ""
    protocol: str = ""
    heartbeat_s: float | None = None
    collector: str = ""
    clean: bool = False
    action: str = ""
    reason: str | None = None
    connector: str | int = 0
    status: str = ""
    error: str = ""
    event: RadiusEvent = RadiusEvent.INTERIM
    target: ProbeTarget = ProbeTarget.STATION
    ok: bool = True
    rtt_s: float | None = None
    generated_at: datetime | None = None
    until: datetime | None = None


class BadLineError(Exception):
    """A line that cannot be read; the message says why."""


PolicyOf = Callable[[Bearer, str, str], Policy]
"""The policy of a station: by its bearer, its site and its name."""

_decoder: Final = msgspec.json.Decoder(Line)
_encode: Final = msgspec.json.Encoder().encode


def read_line(text: str | bytes) -> Line:
    """Read one line of a record.

    Raises:
        BadLineError: when it is not JSON, lacks a field, or has a time without a zone.
    """
    try:
        line = _decoder.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise BadLineError(str(error)) from None
    for name in ("at", "generated_at", "until"):
        instant = getattr(line, name)
        if instant is not None and instant.tzinfo is None:
            message = f"{name} has no zone: write RFC 3339 with Z"
            raise BadLineError(message)
        if instant is not None and not 1970 <= instant.year < 2200:  # noqa: PLR2004  (what any record can be about)
            message = f"{name} is not within 1970 to 2199"
            raise BadLineError(message)
    if line.heartbeat_s is not None and not 0 <= line.heartbeat_s <= LONGEST_HEARTBEAT_S:
        message = f"heartbeat_s {line.heartbeat_s} is not within 0 to {LONGEST_HEARTBEAT_S}"
        raise BadLineError(message)
    if not line.station and line.type not in ("collector_up", "collector_down", "canary", "end"):
        message = f"type {line.type!r} needs a station"
        raise BadLineError(message)
    if line.type == "backlog" and line.generated_at is None:
        message = "type 'backlog' needs generated_at"
        raise BadLineError(message)
    return line


@dataclass(slots=True)
class _Watched:
    """A station of the record: its number, its policy and what is remembered of it."""

    number: StationId
    name: str
    policy: Policy
    state: HealthState


class Replay:
    """A network on the clock of a record. Feed it lines in order; it tells what a live system would have said."""

    def __init__(self, policy_of: PolicyOf | None = None) -> None:
        """Judge by `policy_of` a bearer, a site and a station, by the defaults of the bearer without it."""
        self._policy_of = policy_of or (lambda bearer, _site, _station: BY_BEARER[bearer])
        self._stations: dict[str, _Watched] = {}
        self._numbered: list[_Watched] = []
        self._agenda = Agenda()
        self._deaf: set[str] = set()
        self._collector = "field"
        self._groups = Groups(self._heard)
        self._out: list[bytes] = []

    def states(self) -> list[HealthState]:
        """Return how every station is now, in the order in which they were introduced."""
        return [watched.state for watched in self._numbered]

    def _heard(self, station: StationId) -> float | None:
        seen = self._numbered[station - 1].state.last_seen
        return None if seen is None else seen.timestamp()

    def feed(self, line: Line) -> Sequence[bytes]:
        """Return, as JSON lines, everything that is said up to and by `line`."""
        self._take(line)
        if not self._out:
            return _NOTHING
        out, self._out = self._out, []
        return out

    def _take(self, line: Line) -> None:
        at = line.at.astimezone(UTC)
        due = self._agenda.first()
        if due is not None and due <= at:
            self._sweep(at, inclusive=line.type == "end")
        match line.type:
            case "station":
                self._introduce(line, at)
            case "collector_up" | "collector_down":
                self._collectors(line, at)
            case "canary":
                self._canary(line, at)
            case "end":
                return
            case _:
                watched = self._stations.get(line.station)
                seen = observation_of(line, at, watched.state if watched else UNHEARD)
                if watched is None or seen is None:
                    return
                self._judge(watched, seen, at)

    def _introduce(self, line: Line, at: datetime) -> None:
        base = self._policy_of(line.bearer, line.site, line.station)
        heartbeat_s = line.heartbeat_s if line.heartbeat_s is not None and line.heartbeat_s > 0 else base.heartbeat_s
        policy = replace(base, heartbeat_s=heartbeat_s)
        known = self._stations.get(line.station)
        if known is None:
            known = _Watched(StationId(len(self._numbered) + 1), line.station, policy, UNHEARD)
            self._stations[line.station] = known
            self._numbered.append(known)
            self._place(known, line)
            if not self._deaf:
                self._judge(known, CollectorUp(at=at), at)
            return
        known.policy = policy
        self._place(known, line)

    def _place(self, watched: _Watched, line: Line) -> None:
        keys = keys_of(
            bearer=line.bearer,
            site=line.site,
            cell=line.cell,
            feeder=line.feeder,
            apn=line.apn,
            operator=line.operator,
            model=line.model,
            collector=self._collector,
        )
        self._groups.place(watched.number, keys, watched.policy.heartbeat_s)

    def _collectors(self, line: Line, at: datetime) -> None:
        if line.collector in LISTENERS:
            return
        before = bool(self._deaf)
        if line.type == "collector_down":
            self._deaf.add(line.collector)
        else:
            self._deaf.discard(line.collector)
        if bool(self._deaf) is before:
            return
        seen: Observation = (
            CollectorDown(at=at, collector=line.collector) if self._deaf else CollectorUp(at=at, collector=line.collector)
        )
        for watched in self._numbered:
            self._judge(watched, seen, at)
        blind = Blindness(since=at, collector=line.collector) if self._deaf else Sight(until=at)
        self._correlate(blind, at)

    def _canary(self, line: Line, at: datetime) -> None:
        if line.ok:
            self._correlate(CanaryAnswers(bearer=line.bearer), at)
            return
        stations = {one.number: one.policy.heartbeat_s for one in self._numbered if one.policy.bearer is line.bearer}
        self._correlate(CanarySilent(bearer=line.bearer, stations=stations), at)

    def _sweep(self, until: datetime, *, inclusive: bool) -> None:
        """Judge every deadline before `until`, each at its own instant, in their order; what is said at `until` comes first."""
        while (at := self._agenda.first()) is not None and (at < until or (inclusive and at == until)):
            number = self._agenda.take()
            if number == _FLEET:
                self._correlate(None, at)
                continue
            watched = self._numbered[number - 1]
            deadline = watched.state.deadline
            if deadline is not None and deadline > at:
                self._agenda.put(deadline, number)
            elif deadline is not None:
                self._judge(watched, Tick(at=at), at)

    def _judge(self, watched: _Watched, seen: Observation, at: datetime) -> None:
        judged = step(watched.state, seen, watched.policy, at)
        watched.state = judged.state
        if judged.state.deadline is not None:
            self._agenda.put(judged.state.deadline, watched.number)
        for event in judged.events:
            said = _said(watched.name, event)
            if said is not None:
                self._out.append(_encode(said))
        for signal in judged.signals:
            self._correlate((watched.number, signal), at)

    def _correlate(self, seen: Seen, at: datetime) -> None:
        """Have the fleet judged, and its stations told what follows."""
        answer = correlate(self._groups, seen, at)
        if answer.look_at is not None:
            self._agenda.put(answer.look_at, _FLEET)
        for event in answer.events:
            self._out.append(_encode(self._said_of_fleet(event)))
        for station, told in answer.answers:
            self._judge(self._numbered[station - 1], told, at)

    def _said_of_fleet(self, event: IncidentOpened | IncidentUpdated | IncidentCleared) -> dict[str, Any]:
        """Return an incident's event in the contract's words."""
        said: dict[str, Any] = {"at": write_instant(event.at), "type": event.__struct_config__.tag, "incident": event.incident}
        if isinstance(event, IncidentCleared):
            return said | {"until": write_instant(event.until), "merged_into": event.merged_into}
        return said | {
            "scope": event.scope,
            "key": event.key,
            "since": write_instant(event.since),
            "stations": sorted(self._numbered[number - 1].name for number in event.stations),
            "probability": event.probability,
        }


def observation_of(line: Line, at: datetime, state: HealthState) -> Observation | None:  # noqa: PLR0911  one arm a type
    """Return what `line` says of a station that is in `state`; ``None`` for a line that says nothing of one."""
    match line.type:
        case "message":
            return Alive(at=at, action=line.action)
        case "link_opened":
            return LinkOpened(at=at, epoch=state.link_epoch + 1, protocol=line.protocol)
        case "link_closed":
            # A record has no epochs: what closes in the very instant in which a socket opened is the one before it.
            late = state.link is Link.OPEN and state.link_since == at
            return LinkClosed(at=at, epoch=state.link_epoch - late, clean=line.clean)
        case "boot":
            return Booted(at=at, reason=line.reason)
        case "connector_status":
            return ConnectorReported(
                at=at, connector=str(line.connector), status=read_status(line.status), error=read_error(line.error)
            )
        case "radius":
            return RadiusSeen(at=at, event=line.event)
        case "probe":
            return Probed(at=at, target=line.target, ok=line.ok, rtt_s=line.rtt_s)
        case "backlog" if line.generated_at is not None:
            return Backlog(at=at, generated_at=line.generated_at)
        case "maintenance":
            return MaintenanceSet(at=at, until=line.until)
        case _:
            return None


def _said(station: str, event: Event) -> dict[str, Any] | None:
    """Return `event` in the contract's words; ``None`` for one that a record does not have."""
    said: dict[str, Any] = {"at": write_instant(event.at)}
    match event:
        case HealthChanged():
            return said | {
                "type": "health_changed", "station": station, "from": event.origin, "to": event.to, "reason": event.reason
            }  # fmt: skip
        case BreachOpened():
            return said | {
                "type": "breach_opened",
                "breach": _name(station, event.breach),
                "station": station,
                "bearer": event.bearer,
                "since": write_instant(event.since),
                "cause": event.cause,
                "party": event.party,
                "incident": event.incident,
            }
        case BreachUpdated():
            return said | {
                "type": "breach_updated",
                "breach": _name(station, event.breach),
                "cause": event.cause,
                "party": event.party,
                "incident": event.incident,
            }
        case BreachCleared():
            return said | {
                "type": "breach_cleared",
                "breach": _name(station, event.breach),
                "station": station,
                "since": write_instant(event.since),
                "until": write_instant(event.until),
                "cause": event.cause,
                "party": event.party,
            }
        case _:
            return None


def _name(station: str, number: BreachNumber) -> str:
    return breach_name(Sticker(station), number)


def replay(lines: Iterable[Line], policy_of: PolicyOf | None = None) -> Iterator[bytes]:
    """Yield, as JSON lines, what a live system would have said of `lines`."""
    network = Replay(policy_of)
    for line in lines:
        yield from network.feed(line)
