"""Commands over the JSON API: asked for, and what became of them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiohttp import web

from hotline.core.legible import typed
from hotline.core.offers import refused
from hotline.core.permissions import role_for
from hotline.web.api import answer, station_asked
from hotline.web.context import context_of, visitor_of
from hotline.web.deeds import deed_of
from hotline.web.diagnosing import Complaint, events_of, verdict_of
from hotline.web.pages import wording_of
from hotline.web.step_words import BARS
from monitor.core.commands import Action, Order, wrong_with

if TYPE_CHECKING:
    from monitor.core.commands import Command
    from monitor.core.registry import Station

LONGEST_REASON: Final = 500


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


_decode: Final = msgspec.json.Decoder(Asked).decode


def read_asked(body: bytes) -> Asked:
    """Read the body of a request.

    Raises:
        web.HTTPBadRequest: with what is wrong.
    """
    try:
        asked = _decode(body)
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
    context, visitor = context_of(request), visitor_of(request)
    station = await station_asked(request)
    asked = read_asked(await request.read())
    order = asked.order()
    needed = role_for(order, force=asked.force)
    if visitor.role is None or not visitor.role.covers(needed):
        raise web.HTTPForbidden(reason=f"This needs the role {needed}")
    await _refuse(request, station, order, force=asked.force)
    command = await context.commands.request(
        station, order, who=visitor.name, reason=typed(asked.reason, LONGEST_REASON), force=asked.force
    )
    await context.desk.enter(visitor.name, "command", station.sticker, deed_of(command))
    response = answer(_command(command, station.sticker))
    response.set_status(web.HTTPAccepted.status_code)
    response.headers["Location"] = f"/api/v1/commands/{command.id}"
    return response


async def _refuse(request: web.Request, station: Station, order: Order, *, force: bool) -> None:
    """Refuse what the pages refuse for the sake of whoever stands there, or of the station.

    Raises:
        web.HTTPConflict: with the reason in words.
    """
    context = context_of(request)
    records = await events_of(context, station)
    verdict = verdict_of(context, station, records, Complaint(connector=order.connector))
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
