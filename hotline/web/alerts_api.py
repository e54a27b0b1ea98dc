"""Alerts over the JSON API: what is open, why and who was told, and what an operator does with it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiohttp import web

from alerts.errors import ForeignBodyError
from hotline.core.legible import typed
from hotline.core.roles import Role
from hotline.web.api import answer
from hotline.web.bodies import body_of, number_asked, read_body
from hotline.web.context import context_of, visitor_of
from hotline.web.openapi_alerts import ORDERS
from hotline.web.refusals import refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alerts.commands import AlertCommands
    from alerts.core.matters import Matter
    from alerts.core.model import Alert
    from alerts.ports import File, Told

LONGEST_CAUSE: Final = 500


class Asked(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The body of an order: `until` for an acknowledgement or a snooze, `policy` to hand on, `cause` to resolve."""

    until: datetime | None = None
    policy: str = ""
    cause: str = ""


_decoder: Final = msgspec.json.Decoder(Asked)


async def alerts(request: web.Request) -> web.Response:
    """``GET /api/v1/alerts``: the open ones, the newest first."""
    return answer([_alert(alert, matters) for alert, matters in commands_of(request).open()])


async def alert(request: web.Request) -> web.Response:
    """``GET /api/v1/alerts/{id}``: one alert, over or not, with every decision and delivery."""
    found = await commands_of(request).file(number_asked(request))
    if found is None:
        raise web.HTTPNotFound(reason="There is no such alert")
    return answer(_file(found))


async def order(request: web.Request) -> web.Response:
    """``POST /api/v1/alerts/{id}/{order}``: take it, give it back, put it off, pass it on, end it."""
    operators_only(request)
    what = request.match_info["order"]
    if what not in ORDERS:
        raise web.HTTPNotFound(reason=f"There is no such order; there are {', '.join(ORDERS)}")
    return await _obey(request, number_asked(request), what)


async def hear(request: web.Request) -> web.Response:
    """``POST /api/v1/alertmanager``: the webhook of an Alertmanager; 200 says that all of it is stored."""
    operators_only(request)
    commands = commands_of(request)
    try:
        heard = await commands.hear(await body_of(request), visitor_of(request).name)
    except ForeignBodyError as error:
        raise web.HTTPBadRequest(reason=" ".join(typed(str(error), 300).split())) from None
    refuse(heard.answer)
    return answer({"firing": heard.firing, "resolved": heard.resolved, "echoes": heard.echoes})


async def acknowledge_incident(request: web.Request) -> web.Response:
    """``POST /api/v1/incidents/{id}/ack``: take the alert of an incident."""
    operators_only(request)
    found = commands_of(request).of_incident(request.match_info["id"])
    if found is None:
        raise web.HTTPNotFound(reason="No alert is open for such an incident")
    return await _obey(request, found.id, "acknowledge")


async def _obey(request: web.Request, number: int, what: str) -> web.Response:
    commands, who = commands_of(request), visitor_of(request).name
    asked = read_body(await request.read(), _decoder)
    match what:
        case "acknowledge":
            done = await commands.acknowledge(number, who, asked.until)
        case "release":
            done = await commands.release(number, who)
        case "snooze" if asked.until is not None:
            done = await commands.snooze(number, who, asked.until)
        case "escalate":
            done = await commands.escalate(number, who)
        case "hand-on" if asked.policy:
            done = await commands.hand_on(number, who, asked.policy)
        case "resolve" if asked.cause.strip():
            done = await commands.resolve(number, who, typed(asked.cause, LONGEST_CAUSE))
        case _:
            missing = {"snooze": "until", "hand-on": "policy", "resolve": "cause"}[what]
            raise web.HTTPBadRequest(reason=f"{missing}: this order needs it")
    refuse(done)
    found = await commands.file(number)
    assert found is not None  # noqa: S101  (it was just changed)
    return answer(_file(found))


def operators_only(request: web.Request) -> None:
    """Refuse whoever is no operator.

    Raises:
        HTTPForbidden: then.
    """
    if not visitor_of(request).operates:
        raise web.HTTPForbidden(reason=f"This needs the role {Role.OPERATOR}")


def commands_of(request: web.Request) -> AlertCommands:
    """Return the alerts.

    Raises:
        HTTPNotFound: where none are configured.
    """
    found = context_of(request).alerts
    if found is None:
        raise web.HTTPNotFound(reason="No alerts are configured: [alerts] file names the rules")
    return found


def _alert(one: Alert, matters: Sequence[Matter]) -> dict[str, Any]:
    return {
        "alert": one.id,
        "rule": one.rule,
        "severity": one.severity,
        "state": one.condition,
        "owner": one.audience,
        "labels": one.group,
        "since": one.since,
        "opened_at": one.opened_at,
        "policy": one.policy,
        "taken_by": one.taken_by,
        "taken_until": one.taken_until,
        "snoozed_until": one.snoozed_until,
        "told": sorted({told.person for told in one.told}),
        "over_at": one.over_at,
        "cause": one.cause,
        "matters": [
            {"kind": matter.kind, "since": matter.since, "until": matter.until, "labels": matter.labels, "note": matter.note}
            for matter in matters
        ],
    }


def _file(found: File) -> dict[str, Any]:
    return _alert(found.alert, found.matters) | {
        "decisions": [
            {"at": one.at, "stage": one.stage, "reason": one.reason, "until": one.until, "who": one.who, "detail": one.detail}
            for one in found.entries
        ],
        "deliveries": [delivery(one) for one in found.told],
    }


def delivery(one: Told) -> dict[str, Any]:
    """Return a delivery with its log."""
    return {
        "person": one.delivery.person,
        "by": one.delivery.way.medium,
        "at": one.delivery.created_at,
        "state": one.delivery.stand,
        "text": one.delivery.message.short,
        "log": [{"at": line.at, "what": line.what, "state": line.stand, "why": line.why} for line in one.log],
    }
