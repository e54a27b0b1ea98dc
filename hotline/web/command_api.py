"""Commands over the JSON API: asked for, and what became of them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import msgspec
from aiohttp import web

from hotline.core.legible import typed
from hotline.core.offers import refused
from hotline.core.permissions import Need, need_of, role_for
from hotline.core.search import LONGEST_QUERY
from hotline.web.api import answer, station_asked
from hotline.web.context import context_of, visitor_of
from hotline.web.deeds import deed_of
from hotline.web.diagnosing import Complaint, events_of, verdict_of
from hotline.web.pages import wording_of
from hotline.web.step_words import BARS
from monitor.core.commands import Action, Order, wrong_with

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.core.commands import Command
    from monitor.core.registry import Station

LONGEST_REASON: Final = 500
MOST_STATIONS: Final = 200
"""Stations of one request."""


class Asked(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The body of a request; `connector` and `transaction` are numbers or texts."""

    action: Action
    connector: int | str | None = None
    type: str = ""
    keys: list[str] = []
    key: str = ""
    value: str = ""
    id_tag: str = ""
    transaction: int | str | None = None
    location: str = ""
    at: datetime | None = None
    reason: str = ""
    force: bool = False

    def order(self) -> Order:
        """Return it as an order."""
        return Order(
            action=self.action,
            connector="" if self.connector is None else str(self.connector),
            type=self.type,
            keys=tuple(self.keys),
            key=self.key,
            value=self.value,
            id_tag=self.id_tag,
            transaction="" if self.transaction is None else str(self.transaction),
            location=self.location,
            at=self.at,
        )


class AskedOfMany(Asked):
    """The same, of the stations with these stickers."""

    stations: Annotated[list[str], msgspec.Meta(min_length=1, max_length=MOST_STATIONS)]


_decode: Final = msgspec.json.Decoder(Asked).decode
_decode_many: Final = msgspec.json.Decoder(AskedOfMany).decode
_Read = TypeVar("_Read", bound=Asked)


def read_asked(body: bytes, decode: Callable[[bytes], _Read]) -> _Read:
    """Read the body of a request.

    Raises:
        web.HTTPBadRequest: with what is wrong.
    """
    try:
        asked = decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise web.HTTPBadRequest(reason=_line(str(error))) from None
    wrong = wrong_with(asked.order())
    if wrong is None and asked.at is not None and asked.at.tzinfo is None:
        wrong = "at: write it with its zone, as 2026-05-04T08:00:00Z"
    if wrong is None and len(asked.reason) > LONGEST_REASON:
        wrong = f"reason: use at most {LONGEST_REASON} characters"
    if wrong is None and asked.force and not asked.reason.strip():
        wrong = "reason: what is forced needs one"
    if wrong is not None:
        raise web.HTTPBadRequest(reason=_line(wrong))
    return asked


def _line(text: str) -> str:
    return " ".join(typed(text, 300).split())


async def ask(request: web.Request) -> web.Response:
    """``POST /api/v1/stations/{sticker}/commands``: ask the station for something; 202 says that it is written down."""
    visitor = visitor_of(request)
    station = await station_asked(request)
    asked = read_asked(await request.read(), _decode)
    needed = role_for(asked.order(), force=asked.force)
    if visitor.role is None or not visitor.role.covers(needed):
        raise web.HTTPForbidden(reason=f"This needs the role {needed}")
    command = await _sent(request, station, asked)
    response = answer(_command(command, station.sticker))
    response.set_status(web.HTTPAccepted.status_code)
    response.headers["Location"] = f"/api/v1/commands/{command.id}"
    return response


async def ask_many(request: web.Request) -> web.Response:
    """``POST /api/v1/commands``: ask many stations for the same; 202 says of each what was written down, or why nothing was."""
    context, visitor = context_of(request), visitor_of(request)
    asked = read_asked(await request.read(), _decode_many)
    spelt = {text: await context.book.find(text) for text in asked.stations}
    stations = {one.id for one in spelt.values() if one is not None}
    need = None if visitor.role is None else need_of(asked.order(), visitor.role, force=asked.force, stations=len(stations))
    if visitor.role is None or need is not None:
        raise web.HTTPForbidden(reason=f"This needs the role {Need.SENIOR if need is Need.SECOND_PERSON else need}")
    told: list[dict[str, str]] = []
    for text, station in spelt.items():
        if station is None:
            told.append({"station": typed(text, LONGEST_QUERY), "refused": "There is no station with that sticker"})
        elif station.id in stations:
            stations.remove(station.id)
            told.append(await _asked_of(request, station, asked))
    response = answer({"commands": told})
    response.set_status(web.HTTPAccepted.status_code)
    return response


async def _asked_of(request: web.Request, station: Station, asked: Asked) -> dict[str, str]:
    try:
        command = await _sent(request, station, asked)
    except web.HTTPConflict as refusal:
        return {"station": station.sticker, "refused": refusal.reason}
    return {"station": station.sticker, "id": command.id, "state": command.state}


async def _sent(request: web.Request, station: Station, asked: Asked) -> Command:
    """Write a command down and have it sent.

    Raises:
        web.HTTPConflict: it is refused.
    """
    context, visitor, order = context_of(request), visitor_of(request), asked.order()
    await _refuse(request, station, order, force=asked.force)
    command = await context.commands.request(
        station, order, who=visitor.name, reason=typed(asked.reason, LONGEST_REASON), force=asked.force
    )
    await context.desk.enter(visitor.name, "command", station.sticker, deed_of(command))
    return command


async def _refuse(request: web.Request, station: Station, order: Order, *, force: bool) -> None:
    """Refuse what the pages refuse for the sake of whoever stands there, or of the station.

    Raises:
        web.HTTPConflict: with the reason in words.
    """
    context = context_of(request)
    records = await events_of(context, station)
    told = station.id in await context.desk.dangers()
    verdict = verdict_of(context, station, records, Complaint(connector=order.connector), told=told)
    barred = refused(order, context.book.health(station), station, verdict=verdict, force=force)
    if barred is not None:
        raise web.HTTPConflict(reason=wording_of(request).say(BARS[barred]))


async def command(request: web.Request) -> web.Response:
    """``GET /api/v1/commands/{id}``: one command with its life."""
    context = context_of(request)
    found = await context.commands.find(request.match_info["id"])
    if found is None:
        raise web.HTTPNotFound(reason="There is no such command")
    station = context.directory.by_id(found.station)
    return answer(_command(found, "" if station is None else station.sticker))


async def commands(request: web.Request) -> web.Response:
    """``GET /api/v1/stations/{sticker}/commands``: the last commands, the latest first, and what the station cannot do now."""
    context = context_of(request)
    station = await station_asked(request)
    past = await context.commands.of(station.id)
    cannot = await context.commands.hindrances(station.id, past)
    return answer(
        {
            "station": station.sticker,
            "cannot": dict(sorted(cannot.items())),
            "commands": [_command(one, station.sticker) for one in past],
        }
    )


def _command(command: Command, sticker: str) -> dict[str, Any]:
    order, last = command.order, command.steps[-1]
    return {
        "id": command.id,
        "station": sticker,
        "action": order.action,
        "connector": order.connector,
        "type": order.type,
        "key": order.key,
        "state": last.state,
        "why": last.why,
        "said": last.said,
        "over": command.over,
        "who": command.who,
        "reason": command.reason,
        "force": command.force,
        "protocol": command.protocol,
        "requested_at": command.requested_at,
        "steps": [{"at": step.at, "state": step.state, "why": step.why, "said": step.said} for step in command.steps],
        "result": command.result,
    }
