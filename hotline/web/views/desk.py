"""The supervisor's page: how the hotline does, and the contact register as a page, as CSV and as PDF."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from aiohttp import web

from hotline.core.calls import Stage
from hotline.core.register import quarter
from hotline.core.roles import Role
from hotline.core.sentences import marked
from hotline.web import call_words, cause_words
from hotline.web.calling import needs
from hotline.web.context import context_of
from hotline.web.dates import ZONE
from hotline.web.documents import register_pdf
from hotline.web.pages import wording_of
from hotline.web.registers import figures_in
from hotline.web.wording import rfc3339
from monitor.core.spans import Span
from monitor.registry.columns import spreadsheet_safe

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from hotline.core.calls import Call
    from hotline.web.context import Context

SPANS: Final = {"today": marked("Today"), "week": marked("7 days"), "month": marked("30 days")}
_DAYS: Final = {"today": 0, "week": 6, "month": 29}
WORST: Final = 15
QUARTERS: Final = 5
COLUMNS: Final = (
    *("call", "began_at", "source", "waited_s", "verdict_s", "talked_s", "language", "station", "owner", "connector"),
    *("symptom", "seen", "cause", "outcome", "agent", "ticket"),
)


async def desk(request: web.Request) -> web.Response:
    """``GET /desk?span=``: calls waiting, answered and solved, by charger and cause, of a time."""
    needs(request, Role.SENIOR)
    context = context_of(request)
    name, span = _span(request)
    figures = await figures_in(context, span)
    waiting = [one for one in await context.desk.waiting() if one.stage is Stage.WAITING]
    worst = ((context.directory.by_id(one), count) for one, count in figures.stations.items() if one is not None)
    return context.pages.render(
        request,
        "desk.html",
        call_words=call_words,
        cause_words=cause_words,
        figures=figures,
        grafana=context.hotline.grafana,
        name=name,
        oldest=waiting[0].began_at if waiting else None,
        quarters=_quarters(context.clock.now()),
        span=span,
        spans=SPANS,
        waiting=len(waiting),
        worst=[(one, count) for one, count in worst if one is not None][:WORST],
    )


async def register_csv(request: web.Request) -> web.Response:
    """``GET /desk/register.csv?span=``: every contact of a time, a line each, without anything by which a caller could be known."""
    needs(request, Role.SENIOR)
    context = context_of(request)
    name, span = _span(request)
    calls = await context.desk.between(span.since, span.until)
    text = await asyncio.to_thread(_written, [_row(context, one) for one in calls])
    return _file(text.encode("utf-8"), "text/csv", f"contacts-{name}.csv")


async def register_paper(request: web.Request) -> web.Response:
    """``GET /desk/register.pdf?span=``: the register in figures, on paper."""
    needs(request, Role.SENIOR)
    context = context_of(request)
    name, span = _span(request)
    figures = await figures_in(context, span)
    stations = {one: found.sticker for one in figures.stations if one is not None and (found := context.directory.by_id(one))}
    made = await asyncio.to_thread(register_pdf, wording_of(request), name, span, figures, stations)
    return _file(made, "application/pdf", f"contacts-{name}.pdf")


def _span(request: web.Request) -> tuple[str, Span]:
    """Return the time that is asked for, and what it is called; today where that cannot be read."""
    asked, now = request.query.get("span", ""), context_of(request).clock.now()
    whole = quarter(asked, ZONE)
    if whole is not None:
        return asked[:7].upper(), whole
    name = asked if asked in _DAYS else "today"
    first = now.astimezone(ZONE).date() - timedelta(days=_DAYS[name])
    return name, Span(since=datetime.combine(first, time(), ZONE).astimezone(UTC), until=now + timedelta(seconds=1))


def _quarters(now: datetime) -> list[str]:
    """Return the names of this quarter and of those before it."""
    local = now.astimezone(ZONE)
    count = local.year * 4 + (local.month - 1) // 3
    return [f"{number // 4}-Q{number % 4 + 1}" for number in range(count, count - QUARTERS, -1)]


def _row(context: Context, one: Call) -> dict[str, Any]:
    station = None if one.station is None else context.directory.by_id(one.station)
    talked = None if one.answered_at is None or one.ended_at is None else (one.ended_at - one.answered_at).total_seconds()
    return {
        "call": one.id,
        "began_at": rfc3339(one.began_at),
        "source": one.source.value,
        "waited_s": _whole(one.waited_s),
        "verdict_s": _whole(one.verdict_s),
        "talked_s": _whole(talked),
        "language": one.language,
        "station": "" if station is None else station.sticker,
        "owner": "" if station is None else station.owner.name,
        "connector": one.connector,
        "symptom": one.symptom,
        "seen": one.seen,
        "cause": one.cause,
        "outcome": one.outcome.value if one.outcome is not None else one.stage.value,
        "agent": one.agent,
        "ticket": "" if one.ticket is None else one.ticket,
    }


def _whole(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.0f}"


def _written(rows: Iterable[dict[str, Any]]) -> str:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows([spreadsheet_safe(str(row[name])) for name in COLUMNS] for row in rows)
    return file.getvalue()


def _file(body: bytes, content_type: str, name: str) -> web.Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(
        body=body, content_type=content_type, charset="utf-8" if content_type == "text/csv" else None, headers=headers
    )
