"""What an agent asks of a station: first what it would do and to whom, then, confirmed, the command; its outcome is on the page.

Everything is judged anew when it is confirmed: what has become dangerous or impossible meanwhile is not sent.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import structlog
from aiohttp import web

from hotline.core.legible import typed
from hotline.core.logins import LONGEST_PASSWORD, well_formed_name
from hotline.core.sentences import marked
from hotline.errors import OverloadedError
from hotline.web import command_words
from hotline.web.api import station_asked
from hotline.web.at_hand import call_at_hand
from hotline.web.command_api import LONGEST_REASON
from hotline.web.context import context_of, visitor_of
from hotline.web.deeds import deed_of
from hotline.web.diagnosing import Diagnosed, complaint_of, diagnosed, events_of
from hotline.web.links import complaint_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hotline.core.offers import Offer
    from hotline.web.diagnosing import Complaint
    from monitor.core.registry import Station

log = structlog.get_logger("hotline")

GONE: Final = marked("Not sent: it is not possible any more. See why below.")
REASON: Final = marked("Not sent: write the reason.")
SECOND: Final = marked("Not sent: name and password of the second person do not fit.")
SAME: Final = marked("Not sent: the second person is somebody else.")


async def preview(request: web.Request) -> web.Response:
    """``GET /stations/{sticker}/ask?action=&type=``: what it would do, and to whom."""
    station = await station_asked(request)
    made, complaint = await _judged(request, station, request.query)
    offer = _asked_for(made, request.query)
    return await _page(request, station, offer, complaint)


async def ask(request: web.Request) -> web.StreamResponse:
    """``POST /stations/{sticker}/ask``: ask for it; the agent is led back to the station, where its outcome is shown."""
    context, visitor = context_of(request), visitor_of(request)
    form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    station = await station_asked(request)
    made, complaint = await _judged(request, station, form)
    offer = _asked_for(made, form)
    reason, second = typed(form.get("reason", ""), LONGEST_REASON), ""
    forced = offer.barred is not None and offer.forceable and form.get("force") == "1"
    if offer.agreeable:
        agreed = await _second(request, form)
        if agreed.startswith("!"):
            return await _page(request, station, offer, complaint, wrong=SAME if agreed == "!same" else SECOND, reason=reason)
        second = agreed
        made, _ = await _judged(request, station, form, seconded=True)
        offer = _asked_for(made, form)
    if offer.barred is not None and not forced:
        return await _page(request, station, offer, complaint, wrong=GONE, reason=reason)
    if forced and not reason:
        return await _page(request, station, offer, complaint, wrong=REASON, reason=reason)
    who = f"{visitor.name} + {second}" if second else visitor.name
    command = await context.commands.request(station, offer.order, who=who, reason=reason, force=forced)
    await context.desk.enter(who, "command", station.sticker, deed_of(command))
    raise web.HTTPSeeOther(complaint_path(station.sticker, complaint.symptom, complaint.connector))


async def _page(  # noqa: PLR0913  (what the page shows)
    request: web.Request, station: Station, offer: Offer, complaint: Complaint, *, wrong: str = "", reason: str = ""
) -> web.Response:
    return context_of(request).pages.render(
        request,
        "ask.html",
        status=409 if wrong else 200,
        command_words=command_words,
        complaint=complaint,
        offer=offer,
        reason=reason,
        second=offer.agreeable,
        station=station,
        wrong=wrong,
    )


async def _judged(
    request: web.Request, station: Station, given: Mapping[str, Any], *, seconded: bool = False
) -> tuple[Diagnosed, Complaint]:
    """Return what is so now, as the caller's words in `given` or in the agent's call have it."""
    context = context_of(request)
    complaint = complaint_of(given, station, await call_at_hand(request))
    records, past, dangers = await asyncio.gather(
        events_of(context, station), context.commands.of(station.id), context.desk.dangers()
    )
    told = station.id in dangers
    made = await diagnosed(context, visitor_of(request), station, records, complaint, past=past, told=told, seconded=seconded)
    return made, complaint


def _asked_for(made: Diagnosed, given: Mapping[str, Any]) -> Offer:
    """Return the offer that is asked for.

    Raises:
        HTTPNotFound: when nothing of that kind is ever offered.
    """
    wanted = str(given.get("action", "")), str(given.get("type", ""))
    found = next((one for one in made.offers if (one.action.value, one.type) == wanted), None)
    if found is None:
        raise web.HTTPNotFound
    return found


async def _second(request: web.Request, form: Mapping[str, str]) -> str:
    """Return who agrees, by name and password; ``!`` when nobody does, ``!same`` when it is the agent again.

    Wrong passwords are slowed as at the login.
    """
    context = context_of(request)
    name, address = well_formed_name(form.get("second", "")) or "", request.remote or ""
    if name == visitor_of(request).name:
        return "!same"
    if not name or context.throttle.wait_s(name, address, context.clock.monotonic()) > 0:
        return "!"
    context.throttle.failed(name, address, context.clock.monotonic())
    account = await context.accounts.account(name)
    encoded = None if account is None else account.password_hash
    try:
        fits = await context.passwords.matches(encoded, form.get("password", "")[:LONGEST_PASSWORD])
    except OverloadedError:
        return "!"
    if not fits or account is None:
        log.warning("a second person did not agree", name=name)
        return "!"
    context.throttle.succeeded(name, address)
    return name
