"""What a fleet did: counted while it runs, told at the end."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from monitor.core.ids import Identity, Sticker
    from monitor.simulator.faults import FaultKind

KEPT_INJECTIONS: Final = 10_000
"""Injections told one by one; of a longer run only the latest, the counts stay whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Injection:
    """A fault as it was done to a station; `ended` is ``None`` when the run ended first."""

    identity: Identity
    sticker: Sticker
    kind: FaultKind
    began: datetime
    ended: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Tally:
    """The running count, shared by the stations of one fleet."""

    open: int = 0
    connects: int = 0
    met: set[Identity] = field(default_factory=set)
    refusals: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    timeouts: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    injections: deque[Injection] = field(default_factory=lambda: deque(maxlen=KEPT_INJECTIONS))

    def connected(self, identity: Identity) -> None:
        """Count an accepted connection."""
        self.open += 1
        self.connects += 1
        self.met.add(identity)


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetReport:
    """What a fleet did.

    Attributes:
        stations: how many there were.
        connected: how many of them were accepted at least once.
        open_at_end: how many had a connection when the run ended.
        connects: accepted connections in all; those beyond a station's first are `reconnects`.
        refusals: handshakes answered with an HTTP status, by it.
        failures: dials that got no HTTP answer, by the kind of error.
        messages: CALLs sent, by action.
        errors: CALLERRORs received, by code.
        asked: CALLs of the central system, by action.
        timeouts: CALLs that were never answered.
        faults: injected faults, by kind.
        injections: each of them with its station and times.
        seconds: how long it ran, of our time.
    """

    stations: int
    connected: int
    open_at_end: int
    connects: int
    refusals: Mapping[str, int]
    failures: Mapping[str, int]
    messages: Mapping[str, int]
    errors: Mapping[str, int]
    asked: Mapping[str, int]
    timeouts: int
    faults: Mapping[str, int]
    injections: tuple[Injection, ...]
    seconds: float

    @property
    def reconnects(self) -> int:
        """Connections beyond each station's first."""
        return self.connects - self.connected


def conclude(tally: Tally, *, stations: int, open_at_end: int, seconds: float) -> FleetReport:
    """Freeze `tally` into a report."""
    return FleetReport(
        stations=stations,
        connected=len(tally.met),
        open_at_end=open_at_end,
        connects=tally.connects,
        refusals=dict(tally.refusals),
        failures=dict(tally.failures),
        messages=dict(tally.messages),
        errors=dict(tally.errors),
        asked=dict(tally.asked),
        timeouts=tally.timeouts,
        faults=dict(tally.faults),
        injections=tuple(tally.injections),
        seconds=seconds,
    )


def _rows(report: FleetReport) -> list[tuple[str, str, str]]:
    rows = [
        ("stations", "", str(report.stations)),
        ("connected at least once", "", str(report.connected)),
        ("connected at the end", "", str(report.open_at_end)),
        ("reconnects", "", str(report.reconnects)),
        ("unanswered calls", "", str(report.timeouts)),
    ]
    counted = (
        ("handshake refused", report.refusals),
        ("dial failed", report.failures),
        ("message sent", report.messages),
        ("error answered to us", report.errors),
        ("call answered by us", report.asked),
        ("fault injected", report.faults),
    )
    rows += [(what, which, str(count)) for what, by in counted for which, count in sorted(by.items())]
    return rows


def _injection_rows(report: FleetReport, limit: int) -> list[tuple[str, str, str]]:
    return [
        (
            f"{injection.kind} {injection.sticker}",
            f"{injection.began:%H:%M:%S}",
            f"{injection.ended:%H:%M:%S}" if injection.ended else "at the end",
        )
        for injection in report.injections[:limit]
    ]


def table(report: FleetReport, *, injections: int = 40) -> str:
    """Return `report` as plain text, with the first so many injections one by one (times in UTC)."""
    sections = [[("what", "which", "count"), *_rows(report)]]
    if report.injections and injections:
        sections.append([("fault and station", "from", "to"), *_injection_rows(report, injections)])
    left = len(report.injections) - injections
    parts = [_columns(section) for section in sections]
    if injections and left > 0:
        parts.append(f"... and {left} more faults")
    return "\n\n".join([*parts, f"ran {report.seconds:.1f} s"])


def _columns(rows: list[tuple[str, str, str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]:>{widths[2]}}" for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)
