"""An owner's month: his lines, their sum and what was found, made of pasts by the pure rules of `core`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.core import findings, timeline
from monitor.core.events import ConnectorChanged
from monitor.core.findings import Finding, Network, read_findings
from monitor.core.guarantee import Line, Summary, read_line, sum_up
from monitor.core.timeline import read_timeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta, tzinfo

    from monitor.core.events import EventRecord
    from monitor.core.health_state import HealthState
    from monitor.core.months import Month
    from monitor.core.registry import Bearer, Language, Station
    from monitor.core.spans import Span
    from monitor.core.uptime import Continuity

KINDS = (timeline.KINDS - {ConnectorChanged}) | findings.KINDS
"""Events that the report is made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked for.

    Attributes:
        owner: his name as the registry spells it.
        language: what he reads.
        month: which month of the calendar of `zone`.
        law: the guarantee, with the share that was agreed, if any.
        read_at: when the log is read, aware UTC.
        networks: from where stations may come that have no networks of their own.
        graces: the silence that makes a breach, by bearer.
    """

    owner: str
    language: Language
    month: Month
    zone: tzinfo
    law: Continuity
    read_at: datetime
    networks: Sequence[Network]
    graces: Mapping[Bearer, timedelta]

    @property
    def period(self) -> Span:
        """The whole month."""
        return self.month.span(self.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuityReport:
    """The answer: `lines` of all watched stations by sticker, `summary` of those that the owner guarantees."""

    question: Question
    lines: tuple[Line, ...]
    summary: Summary
    found: tuple[tuple[Station, Finding], ...]
    left_out: tuple[Station, ...]


class ReportDraft:
    """A report that is made station by station, so that no more than one past is held at a time."""

    def __init__(self, question: Question) -> None:
        """Answer `question`."""
        self._question = question
        self._lines: list[Line] = []
        self._found: list[tuple[Station, Finding]] = []

    def add(self, station: Station, records: Sequence[EventRecord], now: HealthState | None) -> None:
        """Add a station with its events and its state at the time of reading."""
        asked = self._question
        past = read_timeline(records, read_at=asked.read_at, now=now)
        self._lines.append(read_line(asked.law, station, past, asked.period))
        self._found += [(station, one) for one in read_findings(records, station, asked.networks, asked.period)]

    def report(self, left_out: Sequence[Station] = ()) -> ContinuityReport:
        """Return the report; `left_out` are the owner's stations that are not watched."""
        return ContinuityReport(
            question=self._question,
            lines=tuple(self._lines),
            summary=sum_up(self._question.law, [line for line in self._lines if line.guaranteed]),
            found=tuple(sorted(self._found, key=lambda pair: (pair[1].first, pair[0].sticker))),
            left_out=tuple(left_out),
        )
