"""The JSON API: the same data as the pages, for programs. Times are RFC 3339 UTC, names are the contract's (DESIGN §4)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from hotline.core.diagnosis.steps import Ask, Elsewhere, HandOver, Send
from hotline.core.frames import entries_of, of_action
from hotline.core.legible import typed
from hotline.core.points import confirmed
from hotline.core.sightings import LONGEST_ASKED
from hotline.readmodel.days import day_of
from hotline.web.context import context_of, visitor_of
from hotline.web.diagnosing import diagnosed, events_of, read_complaint
from hotline.web.openapi import DOCUMENT
from hotline.web.pages import wording_of
from hotline.web.stream import public_event
from hotline.web.views.seen import sighting_of
from hotline.web.wording import clipped
from monitor.core.docket import instant
from monitor.core.ids import Sticker, breach_name
from monitor.core.incidents import confidence_of
from monitor.core.ladder import Rung, evidence_of, findings_of, ladder_of

if TYPE_CHECKING:
    from hotline.core.diagnosis.steps import Step
    from hotline.core.frames import Entry
    from hotline.core.overview import OpenBreach
    from hotline.readmodel.stations import Row
    from hotline.web.wording import Wording
    from monitor.core.health_state import Connector, HealthState
    from monitor.core.ledger import OpenIncident
    from monitor.core.registry import Contact, Station
    from monitor.registry.attempts import Knock
    from monitor.registry.directory import Directory
    from monitor.runtime.trace import Contact as Line

_SPECIFICATION = msgspec.json.encode(DOCUMENT)


def answer(body: object) -> web.Response:
    """Return `body` as JSON."""
    return web.Response(body=msgspec.json.encode(body), content_type="application/json")


async def stations(request: web.Request) -> web.Response:
    """``GET /api/v1/stations?q=``: at most twenty rows, the best first; without a query none."""
    book = context_of(request).book
    return answer([_row(row) for row in book.rows(await book.search(request.query.get("q", "")))])


async def station(request: web.Request) -> web.Response:
    """``GET /api/v1/stations/{sticker}?symptom=&connector=``: one station, with its verdict in the caller's language."""
    found = await station_asked(request)
    context = context_of(request)
    try:
        complaint = read_complaint(request.query.get("symptom", ""), request.query.get("connector", ""))
    except ValueError as error:
        raise web.HTTPBadRequest(reason=str(error)) from None
    health = context.book.health(found)
    wording = wording_of(request)
    records, past, dangers = await asyncio.gather(events_of(context, found), context.commands.of(found.id), context.desk.dangers())
    told = found.id in dangers
    verdict = (await diagnosed(context, visitor_of(request), found, records, complaint, past=past, told=told)).verdict
    body = _facts(found) | {
        "state": health.state,
        "health": _health(health),
        "connectors": [_connector(connector, health) for connector in health.connectors],
        "ladder": [_rung(rung) for rung in ladder_of(health)],
        "breach": _breach(found.sticker, health),
        "contact": _line(context.contacts.contact(found.id, framed=False), health),
        "verdict": wording.verdict(verdict),
        "say": wording.saying(verdict),
        "safety": verdict.safety,
        "cause": verdict.cause,
        "technical": [clipped(code) for code in verdict.technical],
        "steps": [_step(step, wording) for step in verdict.steps],
        "language": wording.speech,
    }
    response = answer(body)
    response.headers["Content-Language"] = wording.speech
    response.headers["Vary"] = "Accept-Language, Cookie"
    return response


async def timeline(request: web.Request) -> web.Response:
    """``GET /api/v1/stations/{sticker}/timeline``: states and events of the last twenty-four hours."""
    context = context_of(request)
    found = await station_asked(request)
    day = await day_of(context.history, found, context.book.health(found), context.clock.now())
    body = {
        "station": found.sticker,
        "from": day.start,
        "until": day.end,
        "states": [{"state": part.state, "from": part.start, "until": part.end} for part in day.segments],
        "events": [public_event(record, context.directory) for record in day.records],
    }
    return answer(body)


async def frames(request: web.Request) -> web.Response:
    """``GET /api/v1/stations/{sticker}/frames?action=``: the last frames, newest first, redacted and cut."""
    found = await station_asked(request)
    entries = entries_of(context_of(request).contacts.contact(found.id).frames)
    shown = of_action(entries, request.query.get("action", ""))
    return answer({"station": found.sticker, "frames": [_entry(entry) for entry in shown]})


async def breaches(request: web.Request) -> web.Response:
    """``GET /api/v1/breaches``: every open breach, longest first."""
    return answer([_open_breach(row) for row in context_of(request).book.overview().breaches])


async def incidents(request: web.Request) -> web.Response:
    """``GET /api/v1/incidents``: every open incident with its stations, the oldest first."""
    context = context_of(request)
    return answer([_incident(one, context.directory) for one in context.incidents.incidents()])


def _incident(one: OpenIncident, directory: Directory) -> dict[str, Any]:
    known = (directory.by_id(station) for station in one.stations)
    return {
        "incident": one.name,
        "scope": one.scope,
        "key": one.key,
        "since": instant(one.since),
        "detected_at": instant(one.opened_at),
        "probability": one.probability,
        "confidence": confidence_of(one.probability),
        "stations": sorted(station.sticker for station in known if station is not None),
        "back": len(one.returned),
    }


async def attempts(request: web.Request) -> web.Response:
    """``GET /api/v1/attempts?q=``: the last attempts to connect of an identity, a sticker or an address, newest first."""
    query = typed(request.query.get("q", ""), LONGEST_ASKED)
    if not query:
        raise web.HTTPBadRequest(reason="q: name an identity, a sticker or an address")
    sighting = await sighting_of(context_of(request), query)
    return answer(
        {
            "asked": sighting.asked,
            "answer": sighting.answer,
            "since": sighting.since,
            "station": None if sighting.station is None else sighting.station.sticker,
            "attempts": [
                {
                    "at": one.at,
                    "identity": one.identity,
                    "address": one.address,
                    "offered": one.offered,
                    "outcome": one.outcome,
                }
                for one in sighting.attempts
            ],
            "near": [_knock(knock) for knock in sighting.near],
        }
    )


async def strangers(request: web.Request) -> web.Response:
    """``GET /api/v1/strangers``: identities that knock without being registered, the latest first."""
    return answer([_knock(knock) for knock in context_of(request).attempts.strangers()])


def _knock(knock: Knock) -> dict[str, Any]:
    return {
        "identity": knock.identity,
        "first": knock.first,
        "last": knock.last,
        "count": knock.count,
        "addresses": knock.addresses,
        "offered": knock.offered,
        "reason": knock.reason,
    }


async def specification(_request: web.Request) -> web.Response:
    """``GET /api/v1/openapi.json``."""
    return web.Response(body=_SPECIFICATION, content_type="application/json")


async def station_asked(request: web.Request) -> Station:
    """Return the station of the path.

    Raises:
        web.HTTPNotFound: nobody wears that sticker.
    """
    found = await context_of(request).book.find(request.match_info["sticker"])
    if found is None:
        raise web.HTTPNotFound(reason="There is no station with that sticker")
    return found


def _row(row: Row) -> dict[str, Any]:
    found = row.station
    return {"sticker": found.sticker, "site": found.site, "address": found.address, "state": row.health.state}


def _facts(found: Station) -> dict[str, Any]:
    return {
        "sticker": found.sticker,
        "provisional": found.provisional,
        "former_sticker": found.former_sticker,
        "identity": found.identity,
        "life_cycle": found.life_cycle,
        "bearer": found.bearer,
        "protocol": found.protocol,
        "site": found.site,
        "region": found.region,
        "address": found.address,
        "lat": found.lat,
        "lon": found.lon,
        "owner": _contact(found.owner),
        "maintainer": _contact(found.maintainer),
        "grid_operator": found.grid_operator,
        "vendor": found.vendor,
        "model": found.model,
        "serial": found.serial,
        "sim": {"apn": found.sim.apn, "iccid": found.sim.iccid, "msisdn": found.sim.msisdn, "operator": found.sim.operator},
    }


def _contact(contact: Contact) -> dict[str, Any]:
    return {"name": contact.name, "phone": contact.phone, "email": contact.email, "language": contact.language}


def _health(health: HealthState) -> dict[str, Any]:
    return {
        "state": health.state,
        "reason": health.reason,
        "since": health.since,
        "last_seen": health.last_seen,
        "link": {"state": health.link, "since": health.link_since},
        "decided_by": health.deadline,
        "maintenance_until": health.maintenance_until,
    }


def _rung(rung: Rung) -> dict[str, Any]:
    return {
        "level": rung.level,
        "grade": rung.grade,
        "source": rung.source,
        "since": rung.since,
        "at": rung.at,
        "rtt_s": rung.rtt_s,
    }


def _line(line: Line, health: HealthState) -> dict[str, Any]:
    return {
        "opened_at": line.opened_at,
        "address": line.address,
        "protocol": line.protocol,
        "pongs": line.pongs or health.pongs,
        "answers": line.answers,
        "rtt_s": line.rtt_s,
        "last_rtt_s": line.last_rtt_s,
        "gap_s": line.gap_s,
        "messages": line.messages,
        "invalid": line.invalid,
        "ended": [{"at": end.at, "code": end.code} for end in line.ended],
        "quirks": [
            {"quirk": habit.quirk, "first_at": habit.first_at, "last_at": habit.last_at, "detail": habit.detail}
            for habit in health.habits
        ],
    }


def _step(step: Step, wording: Wording) -> dict[str, Any]:
    """Return a step: what it is, in words, and the order (also one that is handed over) or the recipient that it names."""
    order = step if isinstance(step, Send) else step.what if isinstance(step, HandOver) else None
    place = step.connector if isinstance(step, Ask | Elsewhere) else ""
    return {
        "kind": step.kind,
        "text": wording.step(step),
        "action": "" if order is None else order.action,
        "type": "" if order is None else order.type,
        "connector": place if order is None else order.connector,
        "to": step.to if isinstance(step, HandOver) else "",
        "urgency": step.urgency if isinstance(step, HandOver) else "",
    }


def _entry(entry: Entry) -> dict[str, Any]:
    frame = entry.frame
    return {
        "at": frame.at,
        "direction": frame.direction,
        "kind": entry.kind,
        "action": entry.action,
        "id": entry.id,
        "text": frame.text,
        "cut": frame.cut,
        "close_code": frame.code,
    }


def _connector(connector: Connector, health: HealthState) -> dict[str, Any]:
    return {
        "connector": connector.connector,
        "status": connector.status,
        "since": connector.since,
        "reported_at": connector.reported_at,
        "confirmed": confirmed(connector, health),
        "error": connector.error,
        "info": connector.info,
        "vendor_error": connector.vendor_error,
        "session": connector.session,
    }


def _breach(sticker: Sticker, health: HealthState) -> dict[str, Any] | None:
    breach = health.breach
    if breach is None or not health.cut_off:
        return None
    return {
        "breach": breach_name(sticker, breach.number),
        "since": breach.since,
        "detected_at": breach.detected_at,
        "cause": breach.cause,
        "party": breach.party,
        "incident": breach.incident,
        "findings": findings_of(evidence_of(health)),
    }


def _open_breach(row: OpenBreach) -> dict[str, Any]:
    breach = row.breach
    return {
        "breach": breach_name(row.station.sticker, breach.number),
        "station": row.station.sticker,
        "bearer": row.station.bearer,
        "since": breach.since,
        "detected_at": breach.detected_at,
        "cause": breach.cause,
        "party": breach.party,
        "incident": breach.incident,
    }
