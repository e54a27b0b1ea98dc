"""The command ``report``: an owner's continuity as PDF and CSV, and the uptime tables of the laws. It writes files, no data."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from monitor.cli.inputs import CommandError
from monitor.core.months import Month, midnight
from monitor.core.timeline import read_timeline
from monitor.core.uptime import LAWS, Continuity
from monitor.reports.continuity import KINDS, Question, ReportDraft
from monitor.reports.document import write_pdf
from monitor.reports.laws import LAW_KINDS, LawTable
from monitor.reports.owners import UnknownOwnerError, language_of, slug, stations_of
from monitor.reports.sheets import breach_sheet, finding_sheet, line_sheet, percentage

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping
    from datetime import date, datetime
    from fractions import Fraction

    from monitor.core.clock import Clock
    from monitor.core.registry import Bearer, Language, Station
    from monitor.settings import MonitorSettings
    from monitor.storage.chronicle import SqlChronicle
    from monitor.storage.registry import SqlRegistry


class Reporter:
    """Makes reports of a registry and a log."""

    def __init__(self, registry: SqlRegistry, chronicle: SqlChronicle, clock: Clock, settings: MonitorSettings) -> None:
        """Read from `registry` and `chronicle`."""
        self._registry = registry
        self._chronicle = chronicle
        self._settings = settings
        self._now = clock.now()

    async def write(self, args: Namespace) -> list[str]:
        """Do what ``report ACTION`` asks for."""
        if args.action == "uptime":
            return await self.uptime(law=args.law, until=args.until, zone=args.zone, owner=args.owner, out=args.out)
        return await self.continuity(
            owner=args.owner, month=args.month, zone=args.zone, goal=args.goal, language=args.language, out=args.out
        )

    async def continuity(  # noqa: PLR0913  (what can be asked)
        self, *, owner: str, month: Month, zone: str, goal: Fraction | None, language: Language | None, out: str
    ) -> list[str]:
        """Write the report of `owner` into the folder `out`: a PDF, and CSV of breaches, lines and findings.

        Raises:
            CommandError: when there is no such owner, the month is not there to report on, or a file cannot be written.
        """
        place = ZoneInfo(zone)
        period = month.span(place)
        if period.since >= self._now:
            message = f"--month {month} has not begun; ask for {self._this_month(place)} or an earlier one"
            raise CommandError(message)
        self._within_log(period.since, f"--month {month}")
        his = await self._stations(owner)
        question = Question(
            owner=his[0].owner.name,
            language=language or language_of(his),
            month=month,
            zone=place,
            law=Continuity(goal),
            read_at=self._now,
            networks=[ipaddress.ip_network(network) for network in self._settings.field.allowed_networks],
            graces=self._graces({station.bearer for station in his}),
        )
        draft = ReportDraft(question)
        watched = {station.id: station for station in his if station.watched}
        async for past in self._chronicle.pasts(list(watched), KINDS):
            draft.add(watched[past.station], past.records, past.now)
        report = draft.report([station for station in his if not station.watched])
        name = f"continuity-{slug(question.owner)}-{month}"
        files = {
            f"{name}.pdf": write_pdf(report),
            f"{name}.csv": breach_sheet(report),
            f"{name}-lines.csv": line_sheet(report),
            f"{name}-security.csv": finding_sheet(report),
        }
        shares = report.summary.shares
        known = "unknown" if shares is None or shares.known is None else f"{percentage(shares.known)} %"
        said = f"{question.owner}, {month}: {report.summary.lines} lines on LAN or WiFi, availability {known}"
        return [said, *write_files(out, files)]

    async def uptime(self, *, law: str, until: date, zone: str, owner: str | None, out: str) -> list[str]:
        """Write a row a port by the rules of `law` into the folder `out`.

        Raises:
            CommandError: when the period is not there to report on, or a file cannot be written.
        """
        place = ZoneInfo(zone)
        if midnight(until, place) > self._now:
            message = f"--until {until} has not come; the last day that can be asked for is {self._now.astimezone(place).date()}"
            raise CommandError(message)
        table = LawTable(LAWS[law], until, place, self._now)
        self._within_log(table.period.since, f"--law {law} --until {until}")
        chosen = await self._registry.stations() if owner is None else await self._stations(owner)
        watched = {station.id: station for station in chosen if station.watched}
        async for past in self._chronicle.pasts(list(watched), LAW_KINDS):
            table.add(watched[past.station], read_timeline(past.records, read_at=self._now, now=past.now))
        whose = "" if owner is None else f"-{slug(chosen[0].owner.name)}"
        return [*table.said(), *write_files(out, {f"uptime-{law}{whose}-{until}.csv": table.sheet()})]

    async def _stations(self, owner: str) -> list[Station]:
        try:
            return stations_of(await self._registry.stations(), owner)
        except UnknownOwnerError as error:
            raise CommandError(str(error)) from None

    def _graces(self, bearers: set[Bearer]) -> dict[Bearer, timedelta]:
        health = self._settings.health
        return {bearer: timedelta(seconds=health.of_bearer(bearer).grace_s) for bearer in sorted(bearers)}

    def _this_month(self, zone: ZoneInfo) -> Month:
        today = self._now.astimezone(zone)
        return Month(year=today.year, month=today.month)

    def _within_log(self, since: datetime, asked: str) -> None:
        """Refuse what begins before the log does: a past that was deleted would read as one without a breach."""
        days = self._settings.storage.retention_days
        first = self._now - timedelta(days=days)
        if since < first:
            message = (
                f"{asked} begins on {since.date()}, but events are kept for {days} days, since {first.date()}; "
                "ask for a later one, or raise storage.retention_days for the years to come"
            )
            raise CommandError(message)


def write_files(folder: str, files: Mapping[str, bytes]) -> list[str]:
    """Write `files` into `folder`, which is made where it is missing; return a line a file.

    Raises:
        CommandError: when one cannot be written.
    """
    written = []
    for name, data in files.items():
        path = Path(folder) / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        except OSError as error:
            message = f"{path}: {error.strerror}; name a folder that may be written with --out"
            raise CommandError(message) from None
        written.append(str(path))
    return written
