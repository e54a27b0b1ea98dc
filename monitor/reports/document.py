"""The continuity report as PDF. Python says what is in it, `continuity.typ` how it looks.

What people and stations wrote goes to Typst as data and is never taken for markup. Only the fonts inside Typst are used, and no
time but that of the report, so that the same report is the same file everywhere, byte for byte. PDF/A-2b: it is kept for years.
"""

from __future__ import annotations

import json
from datetime import timedelta
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import typst

from monitor.core.breaches import Party
from monitor.reports.figures import Figures, words

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from monitor.core.guarantee import Line, MonthBreach
    from monitor.core.spans import Span
    from monitor.reports.continuity import ContinuityReport

MOST_LISTED: Final = 1000
"""Breaches listed on paper; the CSV has all."""
LABELS: Final = (
    *("title", "summary", "by_cause", "no_breaches", "stations", "list", "security", "no_findings", "method", "cause_head"),
    *(
        "party_head",
        "count_head",
        "lost_head",
        "his_lost_head",
        "station_head",
        "line_head",
        "month_head",
        "since_head",
        "until_head",
    ),
    *("length_head", "seen_head", "times_head", "finding_head", "share_head", "breaches", "total", "page"),
)
"""Words that the template needs as they are."""
_VERDICTS: Final = {True: "kept", False: "missed", None: "undecided"}
_KINDS: Final = ("owner", "other", "blind", "planned", "unseen")


def write_pdf(report: ContinuityReport) -> bytes:
    """Return the report as a PDF."""
    source = (resources.files("monitor.reports") / "continuity.typ").read_bytes()
    said = json.dumps(Page(report).facts(), ensure_ascii=False)
    made = typst.compile(
        source,
        format="pdf",
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"report": said},
        pdf_standards="a-2b",
        timestamp=int(report.question.read_at.timestamp()),
    )
    return bytes(made)


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


class Page:
    """A report in its reader's words: texts and positions only, nothing to compute."""

    def __init__(self, report: ContinuityReport) -> None:
        """Write `report`."""
        self._report = report
        asked = report.question
        self._period = asked.period
        self._words = words(asked.language)
        offsets = {at.astimezone(asked.zone).utcoffset() for at in (self._period.since, self._period.until)}
        self._figures = Figures(language=asked.language, zone=asked.zone, doubtful=len(offsets) > 1)

    def facts(self) -> dict[str, Any]:
        """Return everything that the template shows."""
        report, asked, figures = self._report, self._report.question, self._figures
        partial = asked.read_at < self._period.until
        return {
            "lang": asked.language.value,
            "words": {name: self._words[name] for name in LABELS},
            "owner": asked.owner,
            "month": figures.month(self._period.since),
            "partial": self._say("until_now", at=figures.minute(asked.read_at)) if partial else "",
            "sentences": self._sentences(),
            "cards": self._cards() if report.summary.lines else [],
            "bounds": self._bounds(),
            "causes": self._causes(),
            "legend": [[kind, self._words[f"legend_{kind}"]] for kind in _KINDS],
            "stations": [self._station(line) for line in report.lines],
            "total": self._total(),
            **self._breaches(),
            "findings": self._findings(),
            "notes": self._notes(),
        }

    def _say(self, name: str, **values: object) -> str:
        return str(self._words[name]).format(**values)

    def _sentences(self) -> list[str]:
        summary, asked, figures = self._report.summary, self._report.question, self._figures
        if not summary.lines:
            return [self._words["no_lines"]]
        until = min(self._period.until, asked.read_at)
        name = "lines_one" if summary.lines == 1 else "lines"
        since = figures.minute(self._period.since)
        said = [self._say(name, count=figures.number(summary.lines), since=since, until=figures.minute(until))]
        if asked.law.goal and summary.shares is not None:
            verdict = self._words[_VERDICTS[asked.law.kept(summary.shares)]]
            said.append(f"{self._say('goal', goal=figures.percent(asked.law.goal))} {verdict}")
        return said

    def _cards(self) -> list[dict[str, str]]:
        summary, figures = self._report.summary, self._figures
        shares = summary.shares
        known = None if shares is None else shares.known
        return [
            {"label": self._words["availability"], "value": figures.percent(known), "hint": self._words["availability_hint"]},
            {
                "label": self._words["breaches"],
                "value": figures.number(summary.count),
                "hint": self._say("breaches_hint", count=figures.number(summary.his)),
            },
            {
                "label": self._words["longest"],
                "value": figures.duration(summary.longest),
                "hint": self._words["longest_hint"],
            },
            {
                "label": self._words["blind"],
                "value": figures.duration(summary.account.unknown),
                "hint": self._words["blind_hint"],
            },
        ]

    def _bounds(self) -> str:
        """Return what the availability could be at least and at most, where that differs."""
        shares = self._report.summary.shares
        if shares is None or shares.least == shares.most:
            return ""
        return self._say("between", least=self._figures.percent(shares.least), most=self._figures.percent(shares.most))

    def _causes(self) -> list[dict[str, Any]]:
        tallies = self._report.summary.tallies
        most = max((tally.lost for tally in tallies), default=timedelta())
        return [
            {
                "cause": self._words["cause"][tally.cause.value],
                "party": self._words["party"][tally.party.value],
                "owner": tally.party is Party.OWNER,
                "count": self._figures.number(tally.count),
                "lost": self._figures.duration(tally.lost),
                "bar": tally.lost / most if most else 0.0,
            }
            for tally in tallies
        ]

    # ------------------------------------------------------------------------------------------------ stations

    def _station(self, line: Line) -> dict[str, Any]:
        station = line.station
        return {
            "sticker": station.sticker,
            "place": ", ".join(filter(None, (station.site, station.address))),
            "bearer": self._words["bearer"][station.bearer.value],
            "guaranteed": line.guaranteed,
            "availability": self._figures.percent(None if line.shares is None else line.shares.known),
            "count": self._figures.number(sum(breach.begun for breach in line.breaches)),
            "lost": self._figures.duration(line.account.down),
            "strip": self._strip(line),
        }

    def _total(self) -> dict[str, str]:
        summary = self._report.summary
        return {
            "availability": self._figures.percent(None if summary.shares is None else summary.shares.known),
            "count": self._figures.number(summary.count),
            "lost": self._figures.duration(summary.account.down),
        }

    def _strip(self, line: Line) -> list[list[Any]]:
        """Return the month as pieces: where each begins and ends (0 to 1) and of which kind it is."""
        pieces = [
            *((span, "unseen") for span in line.never_seen),
            *((span, "planned") for span in line.planned),
            *((span, "blind") for span in line.blind),
            *(
                (span, "owner" if breach.outage.party is Party.OWNER else "other")
                for breach in line.breaches
                for span in breach.spans
            ),
        ]
        told = [[*self._place(span), kind] for span, kind in pieces]
        read_to = self._at(self._report.question.read_at)
        return told if read_to >= 1.0 else [*told, [read_to, 1.0, "ahead"]]

    def _place(self, span: Span) -> tuple[float, float]:
        return self._at(span.since), self._at(span.until)

    def _at(self, instant: datetime) -> float:
        return round((instant - self._period.since) / self._period.length, 5)

    # ------------------------------------------------------------------------------------------------ lists

    def _breaches(self) -> dict[str, Any]:
        pairs = [(line, breach) for line in self._report.lines for breach in line.breaches]
        shown = sorted(pairs, key=lambda pair: pair[1].lost, reverse=True)[:MOST_LISTED]
        shown.sort(key=lambda pair: (pair[1].outage.since, pair[0].station.sticker))
        listed = ""
        if len(shown) < len(pairs):
            listed = self._say("listed", shown=self._figures.number(len(shown)), count=self._figures.number(len(pairs)))
        return {"breaches": [self._breach(line, breach) for line, breach in shown], "listed": listed}

    def _breach(self, line: Line, breach: MonthBreach) -> dict[str, Any]:
        outage, figures = breach.outage, self._figures
        return {
            "station": line.station.sticker,
            "since": figures.instant(outage.since),
            "before": "" if breach.begun else self._words["before"],
            "until": self._words["still_open"] if outage.until is None else figures.instant(outage.until),
            "length": figures.duration(breach.lost),
            "cause": self._words["cause"][outage.cause.value],
            "party": self._words["party"][outage.party.value],
            "owner": outage.party is Party.OWNER,
        }

    def _findings(self) -> list[dict[str, str]]:
        return [
            {
                "station": station.sticker,
                "text": str(self._words["finding"][one.kind.value]).format(detail=one.detail),
                "first": self._figures.instant(one.first),
                "last": "" if one.last == one.first else self._figures.instant(one.last),
                "times": self._figures.number(one.times),
            }
            for station, one in self._report.found
        ]

    def _notes(self) -> list[str]:
        asked, figures, notes = self._report.question, self._figures, self._words["notes"]
        minutes = sorted({grace / timedelta(minutes=1) for grace in asked.graces.values()})
        said = {
            "at": figures.minute(asked.read_at),
            "hours": figures.number(self._period.length / timedelta(hours=1)),
            "zone": str(asked.zone),
            "since": figures.minute(self._period.since),
            "until": figures.minute(self._period.until),
            "minutes": " / ".join(figures.number(round(value, 1)) for value in minutes),
            "stations": ", ".join(station.sticker for station in self._report.left_out),
        }
        return [notes[name].format(**said) for name in self._note_names()]

    def _note_names(self) -> Iterable[str]:
        yield from ("source", "month", "breach", "formula", "blind", "counted", "planned")
        if any(not line.guaranteed for line in self._report.lines):
            yield "gprs"
        if self._report.left_out:
            yield "left_out"
        yield from ("security", "rounding")
