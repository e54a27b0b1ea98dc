"""What a network's collectors would have recorded of one station that suffers its troubles: lines in the form of a replay.

Beats with jitter, lost and late ones; sockets that close at once, late or never; boots, queued records, RADIUS and probes, each
as the trouble at hand makes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from monitor.core.observations import ProbeTarget, RadiusEvent
from monitor.runtime.replay import Line
from monitor.simulator.scenarios.troubles import Kind
from monitor.simulator.scenarios.world import Borne, Voice

if TYPE_CHECKING:
    from random import Random

LOSS: Final = 0.005
"""Share of beats that are lost."""
LATE: Final = 0.01
LATE_S: Final = 20.0
"""Share of beats that are late, and by how much in the mean."""
_REBOOTS: Final = frozenset({Kind.POWER, Kind.FEEDER, Kind.HANG, Kind.MODEL})
_AT_ONCE: Final = {Kind.POWER: 0.5, Kind.FEEDER: 0.5, Kind.DROP: 0.3, Kind.FLAPPING: 1.0, Kind.SITE: 0.3, Kind.NIGHT: 1.0}
_OF_POWER: Final = frozenset({Kind.POWER, Kind.FEEDER})
_INTERIM_S: Final = 900.0
_PROBE_S: Final = 300.0
_QUEUED: Final = 0.7
"""Chance that a station that lived while it was cut off has something to tell of that time."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A time, in seconds from the start of the record, in which a station cannot be heard."""

    kind: Kind
    start: float
    end: float


class Tape:
    """Writes the lines of one station."""

    def __init__(self, borne: Borne, rng: Random, start: datetime, *, loss: float = LOSS, passive: bool = False) -> None:
        """Record `borne` from `start`; `passive`: no socket closes and nothing but OCPP is seen, as behind a mute line."""
        self._borne = borne
        self._rng = rng
        self._start = start
        self._loss = loss
        self._passive = passive
        self._socket = borne.voice.has_socket
        self._beat = 0.0
        self.lines: list[Line] = []

    def _say(self, at: float, kind: str, **fields: Any) -> None:  # noqa: ANN401  (whatever a line has)
        self.lines.append(Line(at=self._start + timedelta(seconds=at), type=kind, station=self._borne.name, **fields))

    def introduce(self) -> None:
        """Say who the station is."""
        one = self._borne
        self._say(
            0.0,
            "station",
            bearer=one.bearer,
            site=one.site,
            model=one.model,
            protocol=one.voice.value,
            heartbeat_s=one.heartbeat_s,
            apn=one.apn,
            operator=one.operator,
            cell=one.cell,
            feeder=one.feeder,
        )

    def record(self, cuts: list[Cut], seconds: float) -> list[Line]:
        """Return the lines of `seconds` with `cuts`, which are in order and do not overlap."""
        rng = self._rng
        at = rng.uniform(1.0, self._borne.heartbeat_s)
        self._come(at, Kind.POWER, first=True)
        for cut in cuts:
            self._speak(at, cut.start)
            self._fall_silent(cut)
            at = self._return(cut)
        self._speak(at, seconds)
        if not self._passive:
            self._beside(cuts, seconds)
        return self.lines

    def _speak(self, start: float, end: float) -> None:
        """Beat from `start` to `end`, and say something else now and then."""
        rng, interval = self._rng, self._borne.heartbeat_s
        self._beat = start
        at = start + interval
        while at < end:
            came = at + abs(rng.gauss(0.0, 0.3))
            if rng.random() < LATE:
                came += rng.expovariate(1.0 / LATE_S)
            if rng.random() >= self._loss and came < end:
                self._say(came, "message", action="Heartbeat")
            if rng.random() < 0.03:  # noqa: PLR2004  (a car comes or goes about eight times a day)
                other = at + rng.uniform(0.0, interval)
                if other < end:
                    self._say(other, "message", action="StatusNotification")
            at += interval

    def _fall_silent(self, cut: Cut) -> None:
        """Let the socket close as the trouble makes it: at once, when our pings fail, or never."""
        if not self._socket or self._passive:
            return
        rng = self._rng
        if rng.random() < _AT_ONCE.get(cut.kind, 0.0):
            self._say(cut.start, "link_closed", clean=False)
        elif rng.random() < 0.5:  # noqa: PLR2004
            late = cut.start + rng.uniform(60.0, 120.0)
            if late < cut.end:
                self._say(late, "link_closed", clean=False)

    def _return(self, cut: Cut) -> float:
        """Come back after `cut`; return when."""
        rng = self._rng
        if cut.kind in _REBOOTS:
            at = cut.end + rng.uniform(20.0, 90.0)
        elif cut.kind in (Kind.DROP, Kind.FLAPPING, Kind.NIGHT):
            at = cut.end + rng.uniform(1.0, 20.0)
        else:
            at = cut.end + rng.uniform(2.0, 60.0)
        if not self._socket and cut.kind not in _REBOOTS:
            # It never knew that nobody heard it: it goes on beating as it did.
            at = self._beat + ceil((cut.end - self._beat) / self._borne.heartbeat_s) * self._borne.heartbeat_s
        self._come(at, cut.kind)
        if cut.kind not in _REBOOTS and cut.end - cut.start > 900.0 and rng.random() < _QUEUED:  # noqa: PLR2004
            self._say(at + 1.0, "backlog", generated_at=self._start + timedelta(seconds=rng.uniform(cut.start + 30.0, cut.end)))
        return at

    def _come(self, at: float, kind: Kind, *, first: bool = False) -> None:
        """Dial in, and boot if it started anew."""
        if self._socket:
            self._say(at, "link_opened", protocol=self._borne.voice.value)
        if kind in _REBOOTS:
            reason = None
            if self._borne.voice is Voice.JSON_201:
                reason = "PowerUp" if kind in _OF_POWER else "Watchdog"
            self._say(at + 1.0, "boot", reason=reason)
        elif not self._socket and not first:
            self._say(at, "message", action="Heartbeat")

    # ------------------------------------------------------------------------------------------------ beside OCPP

    def _beside(self, cuts: list[Cut], seconds: float) -> None:
        one, rng = self._borne, self._rng
        if one.radius:
            self._account(cuts, seconds)
        for wanted, target in ((one.gateway_probed, ProbeTarget.GATEWAY), (one.probed, ProbeTarget.STATION)):
            at = rng.uniform(0.0, _PROBE_S)
            while wanted and at < seconds:
                cut = next((cut for cut in cuts if cut.start <= at < cut.end), None)
                ok = cut is None or _answers(cut.kind, target)
                self._say(at, "probe", target=target, ok=ok, rtt_s=rng.uniform(0.01, 0.1) if ok else None)
                at += _PROBE_S

    def _account(self, cuts: list[Cut], seconds: float) -> None:
        """Write accounting records: a session lives through a hang, and ends some minutes after its modem or its network did."""
        rng = self._rng
        self._say(0.5, "radius", event=RadiusEvent.START)
        stopped: list[tuple[float, float]] = []
        for cut in cuts:
            if cut.kind in (Kind.HANG, Kind.MODEL, Kind.DROP, Kind.NIGHT, Kind.PLANNED, Kind.FLAPPING):
                continue
            stop = cut.start + rng.uniform(10.0, 600.0)
            if stop < cut.end:
                self._say(stop, "radius", event=RadiusEvent.STOP)
                self._say(cut.end + 1.0, "radius", event=RadiusEvent.START)
                stopped.append((cut.start, cut.end))
        at = rng.uniform(0.0, _INTERIM_S)
        while at < seconds:
            if not any(start <= at <= end for start, end in stopped):
                self._say(at, "radius", event=RadiusEvent.INTERIM)
            at += _INTERIM_S


def _answers(kind: Kind, target: ProbeTarget) -> bool:
    """Say whether a probe is answered during a trouble."""
    if target is ProbeTarget.GATEWAY:
        return kind in (Kind.POWER, Kind.HANG, Kind.MODEL, Kind.PLANNED, Kind.NIGHT, Kind.FLAPPING)
    return kind in (Kind.HANG, Kind.MODEL, Kind.NIGHT)
