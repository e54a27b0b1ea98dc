"""Calls, tickets, the register and the trail over the JSON API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiohttp import web

from hotline.core.register import quarter
from hotline.core.roles import Role
from hotline.core.trail import first_broken
from hotline.web.api import answer
from hotline.web.bodies import number_asked, read_body
from hotline.web.calling import (
    CallAsked,
    TicketAsked,
    needs,
    obey_call,
    obey_ticket,
    open_ticket,
    start_call,
    station_of,
)
from hotline.web.context import context_of
from hotline.web.dates import ZONE
from hotline.web.registers import figures_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hotline.core.calls import Call
    from hotline.core.register import Figures, Seconds, Share
    from hotline.core.tickets import Line, Ticket
    from monitor.registry.directory import Directory

ROWS: Final = 100
MOST_ROWS: Final = 1000
_call: Final = msgspec.json.Decoder(CallAsked)
_ticket: Final = msgspec.json.Decoder(TicketAsked)


async def calls(request: web.Request) -> web.Response:
    """``GET /api/v1/calls?before=``: the last calls, the newest first; those that wait are among them."""
    context = context_of(request)
    found = await context.desk.recent(ROWS, _number(request, "before"))
    return answer([call_body(one, context.directory) for one in found])


async def start(request: web.Request) -> web.Response:
    """``POST /api/v1/calls``: a call begins at the visitor's telephone."""
    call = await start_call(request, read_body(await request.read(), _call))
    return _made(f"/api/v1/calls/{call.id}", call_body(call, context_of(request).directory))


async def call(request: web.Request) -> web.Response:
    """``GET /api/v1/calls/{id}``: one call, with the caller's earlier ones."""
    context = context_of(request)
    found = await context.desk.call(number_asked(request, "call"))
    if found is None:
        raise web.HTTPNotFound(reason="There is no such call")
    earlier = [call_body(one, context.directory) for one in await context.desk.earlier(found)]
    return answer(call_body(found, context.directory) | {"earlier": earlier})


async def order(request: web.Request) -> web.Response:
    """``POST /api/v1/calls/{id}/{order}``: take it, hang up, say what it is about, note, wrap it up."""
    asked = read_body(await request.read(), _call)
    done = await obey_call(request, number_asked(request, "call"), request.match_info["order"], asked)
    return answer(call_body(done, context_of(request).directory))


async def tickets(request: web.Request) -> web.Response:
    """``GET /api/v1/tickets?station=&all=&before=``: the open ones, the oldest first; with ``all=1`` all, the newest first."""
    context = context_of(request)
    sticker = request.query.get("station", "")
    station = (await station_of(request, sticker)).id if sticker else None
    if request.query.get("all") == "1":
        found = await context.desk.recent_tickets(ROWS, _number(request, "before"), station)
    else:
        found = await context.desk.tickets(station)
    return answer([ticket_body(one, context.directory) for one in found])


async def open_one(request: web.Request) -> web.Response:
    """``POST /api/v1/tickets``: open one."""
    ticket = await open_ticket(request, read_body(await request.read(), _ticket))
    return _made(f"/api/v1/tickets/{ticket.id}", ticket_body(ticket, context_of(request).directory))


async def ticket(request: web.Request) -> web.Response:
    """``GET /api/v1/tickets/{id}``: one ticket with its history."""
    return await _whole_ticket(request, number_asked(request, "ticket"))


async def ticket_order(request: web.Request) -> web.Response:
    """``POST /api/v1/tickets/{id}/{order}``: one more caller, hand over, promise, note, done, open again."""
    asked = read_body(await request.read(), _ticket)
    done = await obey_ticket(request, number_asked(request, "ticket"), request.match_info["order"], asked)
    return await _whole_ticket(request, done.id)


async def _whole_ticket(request: web.Request, number: int) -> web.Response:
    context = context_of(request)
    found = await context.desk.ticket(number)
    if found is None:
        raise web.HTTPNotFound(reason="There is no such ticket")
    one, lines = found
    return answer(ticket_body(one, context.directory) | {"history": [_line(line) for line in lines]})


async def register(request: web.Request) -> web.Response:
    """``GET /api/v1/register?quarter=2026-Q4``: the contact register in figures."""
    needs(request, Role.SENIOR)
    span = quarter(request.query.get("quarter", ""), ZONE)
    if span is None:
        raise web.HTTPBadRequest(reason="quarter: write it as 2026-Q4")
    context = context_of(request)
    found = await figures_in(context, span)
    return answer({"from": span.since, "until": span.until} | _figures(found, context.directory))


async def trail(request: web.Request) -> web.Response:
    """``GET /api/v1/trail?after=``: what people did, in its order, each entry sealed with all before it."""
    needs(request, Role.OPERATOR)
    return answer(await context_of(request).desk.trail_after(_number(request, "after") or 0, MOST_ROWS))


async def trail_head(request: web.Request) -> web.Response:
    """``GET /api/v1/trail/head``: the last entry, to be kept elsewhere, and whether all before it fit."""
    needs(request, Role.OPERATOR)
    desk = context_of(request).desk
    head, broken = await desk.trail_head(), None
    after, before = 0, None
    while broken is None and (piece := await desk.trail_after(after, MOST_ROWS)):
        broken = first_broken(piece) if before is None else first_broken(piece, before.seal)
        after, before = piece[-1].number, piece[-1]
    return answer({"head": head, "broken_at": broken})


def _made(path: str, body: Mapping[str, Any]) -> web.Response:
    response = answer(body)
    response.set_status(web.HTTPCreated.status_code)
    response.headers["Location"] = path
    return response


def _number(request: web.Request, name: str) -> int | None:
    text = request.query.get(name, "")
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:  # noqa: PLR2004  (a 64-bit number)
        raise web.HTTPBadRequest(reason=f"{name}: write a number")
    return int(text)


def call_body(one: Call, directory: Directory) -> dict[str, Any]:
    """Return a call as programs see it."""
    station = None if one.station is None else directory.by_id(one.station)
    return {
        "call": one.id,
        "state": one.stage,
        "source": one.source,
        "began_at": one.began_at,
        "answered_at": one.answered_at,
        "judged_at": one.judged_at,
        "ended_at": one.ended_at,
        "closed_at": one.closed_at,
        "agent": one.agent,
        "language": one.language,
        "caller": one.caller_shown,
        "station": "" if station is None else station.sticker,
        "keyed": one.keyed,
        "connector": one.connector,
        "symptom": one.symptom,
        "seen": one.seen,
        "notes": one.notes,
        "cause": one.cause,
        "outcome": one.outcome,
        "ticket": one.ticket,
    }


def ticket_body(one: Ticket, directory: Directory) -> dict[str, Any]:
    """Return a ticket as programs see it."""
    station = directory.by_id(one.station)
    return {
        "ticket": one.id,
        "state": one.standing,
        "station": "" if station is None else station.sticker,
        "connector": one.connector,
        "subject": one.subject,
        "cause": one.cause,
        "urgent": one.urgent,
        "opened_at": one.opened_at,
        "opened_by": one.opened_by,
        "has": one.has,
        "address": one.address,
        "promised_at": one.promised_at,
        "done_at": one.done_at,
        "done_by": one.done_by,
        "result": one.result,
        "calls": one.calls,
    }


def _line(one: Line) -> dict[str, Any]:
    return {"at": one.at, "who": one.who, "what": one.step, "text": one.text}


def _figures(found: Figures, directory: Directory) -> dict[str, Any]:
    known = ((directory.by_id(station), count) for station, count in found.stations.items() if station is not None)
    return {
        "contacts": found.contacts,
        "answered": _share(found.answered),
        "waited_s": _seconds(found.waited),
        "to_verdict_s": _seconds(found.to_verdict),
        "talked_s": _seconds(found.talked),
        "solved": _share(found.solved),
        "solved_at_first_call": _share(found.first),
        "outcomes": found.outcomes,
        "causes": found.causes,
        "symptoms": found.symptoms,
        "languages": found.languages,
        "owners": found.owners,
        "stations": {station.sticker: count for station, count in known if station is not None},
    }


def _share(one: Share) -> dict[str, Any]:
    return {"of": one.whole, "count": one.part, "percent": one.percent}


def _seconds(one: Seconds) -> dict[str, Any]:
    return {"median": one.middle, "p95": one.long, "of": one.count}
