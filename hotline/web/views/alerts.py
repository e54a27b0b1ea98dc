"""The operators' pages of alerts: what is open, with a map and a line of time; one alert, what is done with it, and how it went."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from alerts.core.matching import Matcher
from alerts.core.orders import Answer
from hotline.core.aftermath import delays_of, moments_of
from hotline.core.legible import typed
from hotline.core.sentences import marked
from hotline.readmodel.alarms import judgements, map_of, rows_of, told_apart
from hotline.web import alert_words
from hotline.web.alerts_api import LONGEST_CAUSE, commands_of, operators_only
from hotline.web.bodies import number_asked
from hotline.web.context import context_of, visitor_of
from hotline.web.documents import aftermath_pdf
from hotline.web.drawing import Lane, lanes
from hotline.web.links import alert_path
from hotline.web.notices import draft
from hotline.web.pages import speech_of, wording_of
from hotline.web.views.home import page_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from alerts.core.matters import Matter
    from alerts.core.model import Alert
    from alerts.ports import File

ROWS_A_PAGE: Final = 50
MOST_DRAWN: Final = 12
"""Open alerts on the line of time; the list has all."""
LATELY: Final = 50
"""Alerts that are over which are listed."""
SPANS: Final = {"30m": timedelta(minutes=30), "2h": timedelta(hours=2), "8h": timedelta(hours=8), "1d": timedelta(days=1)}
"""For how long an alert can be put off or silenced with a click."""
SCOPES: Final = ("station", "site", "owner", "apn")
"""Labels of an alert by which it can be silenced with a click; any other is a matter of the page of silences."""
_WRONG: Final = {
    Answer.NO_SUCH_ALERT: marked("The alert is over."),
    Answer.NO_SUCH_POLICY: marked("There is no such policy."),
    Answer.IN_THE_PAST: marked("That time is in the past."),
    Answer.FAILED: marked("An error in the program kept it from being done; its log says more."),
}


async def alerts(request: web.Request) -> web.Response:
    """``GET /alerts``: the open ones; with ``?part=live`` only what changes."""
    operators_only(request)
    context, commands = context_of(request), commands_of(request)
    now = context.clock.now()
    everything = rows_of(commands.open())
    rows, explained = told_apart(everything)
    page, pages = page_of(request, rows, ROWS_A_PAGE)
    drawn = [(row, await commands.file(row.alert.id)) for row in rows[:MOST_DRAWN]]
    since = min([now - timedelta(hours=1), *(max(row.alert.since, now - timedelta(days=7)) for row, _ in drawn)])
    tracks = [Lane.of(row.alert.id, row.alert.since, now, moments_of(file)) for row, file in drawn if file is not None]
    recent = [one for one in await commands.recent(LATELY + len(everything)) if not one.alive][:LATELY]
    return context.pages.render(
        request,
        "alerts_live.html" if request.query.get("part") == "live" else "alerts.html",
        alert_words=alert_words,
        explained=explained,
        lanes=lanes(tracks, since, now),
        network=map_of(context.directory, [matter for row in everything for matter in row.matters]),
        over=recent,
        rotas=commands.rotas(now, now, now + timedelta(days=1)),
        page=page,
        pages=pages,
        rows=rows[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE],
        sentence=partial(_sentence, request),
        total=len(rows),
        silences=commands.silences(now),
    )


async def alert(request: web.Request) -> web.Response:
    """``GET /alerts/{id}``: one alert, over or not; with ``?part=live`` only what changes."""
    operators_only(request)
    file = await _file(request)
    return await _page(request, file, "alert_live.html" if request.query.get("part") == "live" else "alert.html")


async def order(request: web.Request) -> web.StreamResponse:
    """``POST /alerts/{id}``: take it, give it back, put it off, pass it on, silence it, end it."""
    operators_only(request)
    number = number_asked(request)
    form = {name: str(value).strip() for name, value in (await request.post()).items()}
    wrong = await _obey(request, number, form)
    if wrong:
        return await _page(request, await _file(request), "alert.html", wrong=wrong, form=form)
    raise web.HTTPSeeOther("/alerts" if form.get("back") == "list" else alert_path(number))


async def report(request: web.Request) -> web.Response:
    """``GET /alerts/{id}/report.pdf``: how it went, on paper."""
    operators_only(request)
    file = await _file(request)
    wording = wording_of(request)
    moments = await _moments(request, file)
    page = await asyncio.to_thread(
        aftermath_pdf, wording, file, moments, _sentence_of(request, file), context_of(request).directory
    )
    name = f'attachment; filename="alert-{file.alert.id}.pdf"'
    return web.Response(body=page, content_type="application/pdf", headers={"Content-Disposition": name})


async def notice(request: web.Request) -> web.Response:
    """``GET /alerts/{id}/notice``: drafts of what the authority is to be told of a significant incident (NIS 2, article 23)."""
    operators_only(request)
    file = await _file(request)
    context = context_of(request)
    moments = await _moments(request, file)
    parts = draft(wording_of(request), file, moments, _sentence_of(request, file), context.directory)
    return context.pages.render(request, "notice.html", alert=file.alert, parts=parts)


# ---------------------------------------------------------------------------------------------------------- one alert


async def _file(request: web.Request) -> File:
    found = await commands_of(request).file(number_asked(request))
    if found is None:
        raise web.HTTPNotFound
    return found


async def _moments(request: web.Request, file: File) -> list[Any]:
    return moments_of(file, await judgements(context_of(request).history, file.matters))


async def _page(
    request: web.Request, file: File, template: str, *, wrong: str = "", form: Mapping[str, str] | None = None
) -> web.Response:
    context, commands = context_of(request), commands_of(request)
    moments = await _moments(request, file)
    return context.pages.render(
        request,
        template,
        status=400 if wrong else 200,
        alert=file.alert,
        alert_words=alert_words,
        delays=delays_of(file.alert, moments),
        known={one.id: one for one in map(context.directory.by_id, _stations(file)) if one is not None},
        matters=sorted(file.matters, key=lambda one: (one.since, one.key)),
        moments=moments,
        network=map_of(context.directory, file.matters),
        policies=sorted(name for name in commands.rules.policies if ":" not in name),
        rule=next((one for one in commands.rules.rules if one.name == file.alert.rule), None),
        scopes=_scopes(file),
        sentence=_sentence_of(request, file),
        spans=SPANS,
        typed=form or {},
        wrong=wrong,
    )


def _stations(file: File) -> set[Any]:
    return {station for one in file.matters for station in one.stations}


def _scopes(file: File) -> dict[str, str]:
    """Return by which labels the whole alert can be silenced: those that all its matters share."""
    shared = {}
    for label in SCOPES:
        values = {one.labels.get(label, "") for one in file.matters}
        if len(values) == 1 and (value := values.pop()):
            shared[label] = value
    return shared


def _sentence_of(request: web.Request, file: File) -> str:
    going_on = [one for one in file.matters if one.open]
    return _sentence(request, file.alert, going_on or file.matters)


def _sentence(request: web.Request, one: Alert, matters: Sequence[Matter]) -> str:
    """Return what is so, in the language of the page."""
    return commands_of(request).sentence(matters, speech_of(request).value) if matters else one.rule


# ---------------------------------------------------------------------------------------------------------- orders


async def _obey(request: web.Request, number: int, form: Mapping[str, str]) -> str:  # noqa: PLR0911  (one a wish)
    """Carry out what a form asks for; return what is wrong with it."""
    commands, who, now = commands_of(request), visitor_of(request).name, context_of(request).clock.now()
    match form.get("order", ""):
        case "acknowledge":
            return _why(await commands.acknowledge(number, who))
        case "release":
            return _why(await commands.release(number, who))
        case "escalate":
            return _why(await commands.escalate(number, who))
        case "snooze" if form.get("span") in SPANS:
            return _why(await commands.snooze(number, who, now + SPANS[form["span"]]))
        case "hand-on" if form.get("policy"):
            return _why(await commands.hand_on(number, who, form["policy"]))
        case "resolve" if form.get("cause"):
            return _why(await commands.resolve(number, who, typed(form["cause"], LONGEST_CAUSE)))
        case "silence" if form.get("why") and form.get("span") in SPANS:
            return await _hush(request, form, now)
        case "resolve" | "silence":
            return marked("Say why, for those who come after you.")
        case _:
            raise web.HTTPBadRequest(reason="There is no such order")


async def _hush(request: web.Request, form: Mapping[str, str], now: datetime) -> str:
    value = _scopes(await _file(request)).get(form.get("scope", ""))
    if value is None:
        raise web.HTTPBadRequest(reason="Not all of the alert shares that")
    matchers = (Matcher(label=form["scope"], values=(value,)),)
    why, who = typed(form["why"], LONGEST_CAUSE), visitor_of(request).name
    return _why(await commands_of(request).hush(matchers, now, now + SPANS[form["span"]], who, why))


def _why(done: Answer) -> str:
    return "" if done is Answer.DONE else _WRONG.get(done, done.value)
