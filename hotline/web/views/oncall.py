"""The operators' pages of who is on call, what is silenced, and what was sent."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from aiohttp import web

from alerts.core.changes import Change, Override, TemporaryShift
from alerts.core.matching import MatcherError, gathered, read_matchers
from alerts.core.orders import Answer
from alerts.errors import ScheduleError
from hotline.core.legible import typed
from hotline.core.sentences import marked
from hotline.web import alert_words
from hotline.web.alerts_api import commands_of, operators_only
from hotline.web.context import context_of, visitor_of
from hotline.web.dates import ZONE
from hotline.web.drawing import Week, week_of
from hotline.web.oncall_api import LONGEST_WHY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from alerts.ports import Told

ROWS: Final = 100
_FURTHEST: Final = timedelta(days=3_650)


# ---------------------------------------------------------------------------------------------------------- on call


async def oncall(request: web.Request) -> web.Response:
    """``GET /on-call?from=``: who is on call now and next, and a week that can be read across a room."""
    operators_only(request)
    return _week(request)


async def change(request: web.Request) -> web.StreamResponse:
    """``POST /on-call``: somebody takes another's place, others are on call, or that is taken back."""
    operators_only(request)
    form = await _form(request)
    commands, who = commands_of(request), visitor_of(request).name
    if form.get("order") == "withdraw":
        number = form.get("change", "")
        done = await commands.take_back(int(number), who) if number.isascii() and number.isdigit() else Answer.NO_SUCH_CHANGE
        if done is not Answer.DONE:
            return _week(request, wrong=_WRONG[done], form=form)
        raise web.HTTPSeeOther("/on-call")
    made = _change(request, form)
    if isinstance(made, str):
        return _week(request, wrong=made, form=form)
    clash = commands.clash([made])
    done = await commands.change_shifts([made], who)
    if done is not Answer.DONE:
        return _week(request, wrong=clash or _WRONG.get(done, done.value), form=form)
    raise web.HTTPSeeOther("/on-call")


_WRONG: Final = {
    Answer.NO_SUCH_SCHEDULE: marked("There is no such schedule."),
    Answer.NO_SUCH_CONTACT: marked("There is no such person in alerts.toml."),
    Answer.NO_SUCH_CHANGE: marked("That change is over, or somebody has taken it back."),
    Answer.NO_SUCH_SILENCE: marked("That silence is over."),
    Answer.IN_THE_PAST: marked("That time is in the past."),
    Answer.FAILED: marked("An error in the program kept it from being done; its log says more."),
}


def _change(request: web.Request, form: Mapping[str, str]) -> Change | str:
    """Return the change that a form asks for, or what is wrong with it."""
    schedule = commands_of(request).rules.schedules.get(form.get("schedule", ""))
    if schedule is None:
        return marked("There is no such schedule.")
    until = _on_wall(form.get("until", ""), schedule.zone)
    since = _on_wall(form["since"], schedule.zone) if form.get("since") else context_of(request).clock.now()
    if since is None or until is None:
        return marked("Write from when until when.")
    why, name = typed(form.get("why", ""), LONGEST_WHY), schedule.name
    try:
        if form.get("order") == "shift":
            people = tuple(form.get("people", "").split(","))
            return TemporaryShift(schedule=name, since=since, until=until, people=people, why=why)
        leaves, takes_over = form.get("leaves") or None, form.get("takes_over", "")
        return Override(schedule=name, since=since, until=until, leaves=leaves, takes_over=takes_over, why=why)
    except ScheduleError as error:
        return str(error)


def _week(request: web.Request, *, wrong: str = "", form: Mapping[str, str] | None = None) -> web.Response:
    context, commands = context_of(request), commands_of(request)
    now = context.clock.now()
    monday = _monday(request.query.get("from", ""), now)
    begins, ends = (datetime.combine(day, time(), ZONE).astimezone(UTC) for day in (monday, monday + timedelta(days=7)))
    rotas = commands.rotas(now, begins, ends)
    weeks: list[Week] = [week_of(one, begins, ends, now) for one in rotas]
    return context.pages.render(
        request,
        "oncall.html",
        status=400 if wrong else 200,
        after=monday + timedelta(days=7),
        alert_words=alert_words,
        before=monday - timedelta(days=7),
        days=[begins, *(datetime.combine(monday + timedelta(days=n), time(), ZONE) for n in range(1, 7))],
        people=sorted(commands.rules.people),
        typed=form or {},
        weeks=weeks,
        wrong=wrong,
    )


def _monday(text: str, now: datetime) -> date:
    """Return the Monday of the week that is asked for, of this one where that is none."""
    today = now.astimezone(ZONE).date()
    try:
        asked = date.fromisoformat(text)
    except ValueError:
        asked = today
    if abs(asked - today) > _FURTHEST:
        asked = today
    return asked - timedelta(days=asked.weekday())


def _on_wall(text: str, zone: ZoneInfo) -> datetime | None:
    """Return the instant of a date and time as a browser sends it, on the wall of `zone`."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


# ---------------------------------------------------------------------------------------------------------- silences


async def silences(request: web.Request) -> web.Response:
    """``GET /silences``: what nobody is told of, until when and why."""
    operators_only(request)
    return _silences(request)


async def hush(request: web.Request) -> web.StreamResponse:
    """``POST /silences``: enter one, or end one."""
    operators_only(request)
    form = await _form(request)
    commands, who = commands_of(request), visitor_of(request).name
    if form.get("order") == "end":
        number = form.get("silence", "")
        done = await commands.speak(int(number), who) if number.isascii() and number.isdigit() else Answer.NO_SUCH_SILENCE
        if done is not Answer.DONE:
            return _silences(request, wrong=_WRONG[done], form=form)
        raise web.HTTPSeeOther("/silences")
    until = _on_wall(form.get("until", ""), ZONE)
    if until is None or not form.get("why"):
        return _silences(request, wrong=marked("Write until when, and why."), form=form)
    try:
        matchers = read_matchers(_wanted(form.get("match", "")))
    except MatcherError as error:
        return _silences(request, wrong=str(error), form=form)
    if not matchers:
        return _silences(request, wrong=marked("Write what is to be silenced, such as site=Parking Brill."), form=form)
    now = context_of(request).clock.now()
    done = await commands.hush(matchers, now, until, who, typed(form["why"], LONGEST_WHY))
    if done is not Answer.DONE:
        return _silences(request, wrong=_WRONG[done], form=form)
    raise web.HTTPSeeOther("/silences")


def _wanted(text: str) -> dict[str, object]:
    """Return the matchers of a text with one ``label=value`` a line; the same label again is one more value."""
    written = (line.partition("=") for line in text.splitlines())
    return gathered((label.strip(), value.strip()) for label, _, value in written if label.strip())


def _silences(request: web.Request, *, wrong: str = "", form: Mapping[str, str] | None = None) -> web.Response:
    context = context_of(request)
    return context.pages.render(
        request,
        "silences.html",
        status=400 if wrong else 200,
        silences=commands_of(request).silences(context_of(request).clock.now()),
        typed=form or {},
        wrong=wrong,
    )


# ---------------------------------------------------------------------------------------------------------- deliveries


async def deliveries(request: web.Request) -> web.Response:
    """``GET /deliveries?before=``: what was sent, to whom, and what became of it."""
    operators_only(request)
    context = context_of(request)
    found = await commands_of(request).deliveries(ROWS + 1, _before(request.query.get("before", "")))
    shown: list[Told] = found[:ROWS]
    return context.pages.render(
        request, "deliveries.html", alert_words=alert_words, shown=shown, more=shown[-1] if len(found) > ROWS else None
    )


def _before(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


async def _form(request: web.Request) -> dict[str, str]:
    """Return the fields of a form; several of one name with commas between."""
    sent = await request.post()
    return {name: ",".join(str(value).strip() for value in sent.getall(name)) for name in sent}
