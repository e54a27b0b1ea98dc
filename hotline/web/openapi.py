"""What the API promises, as an OpenAPI 3.1 document written by hand. A test holds it against the routes and the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hotline.core.frames import Kind
from hotline.core.sightings import Answer
from hotline.web import openapi_alerts
from monitor.core.breaches import Cause, Party
from monitor.core.commands import Action, CommandState, Why
from monitor.core.events import Reason, State
from monitor.core.health_state import Link
from monitor.core.incidents import Confidence, Scope
from monitor.core.ladder import Finding, Grade, Level, Source
from monitor.core.observations import Status
from monitor.core.quirks import Quirk
from monitor.core.registry import Bearer, LifeCycle
from monitor.registry.attempts import Outcome
from monitor.runtime.trace import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable

_INSTANT: Final = {"type": "string", "format": "date-time"}
_INSTANT_OR_NULL: Final = {"type": ["string", "null"], "format": "date-time"}
_TEXT: Final = {"type": "string"}
_SECONDS: Final = {"type": ["number", "null"]}
_COUNT: Final = {"type": "integer"}
_DEGREES: Final = {"type": ["number", "null"]}


def _one_of(words: Iterable[str]) -> dict[str, Any]:
    return {"type": "string", "enum": [str(word) for word in words]}


def _object(**properties: Any) -> dict[str, Any]:  # noqa: ANN401  (JSON Schema)
    return {"type": "object", "required": list(properties), "properties": properties}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _answer(description: str, schema: dict[str, Any], content_type: str = "application/json") -> dict[str, Any]:
    return {"description": description, "content": {content_type: {"schema": schema}}}


def _get(
    name: str,
    summary: str,
    ok: dict[str, Any],
    parameters: list[dict[str, Any]] | None = None,
    *,
    also: tuple[int, ...] = (),
) -> dict[str, Any]:
    problem = _answer("Not possible; see `detail`", _ref("Problem"), "application/problem+json")
    responses = {"200": ok, "401": problem} | {str(status): problem for status in also}
    return {"get": {"operationId": name, "summary": summary, "parameters": parameters or [], "responses": responses}}


def _post(  # noqa: PLR0913  (one argument a part)
    name: str,
    summary: str,
    body: dict[str, Any],
    ok: dict[str, Any],
    parameters: list[dict[str, Any]],
    *,
    status: int = 202,
    content_type: str = "application/json",
) -> dict[str, Any]:
    problem = _answer("Not possible; see `detail`", _ref("Problem"), "application/problem+json")
    responses = {str(status): ok} | {str(other): problem for other in (400, 401, 403, 404, 413, 503)}
    content = {content_type: {"schema": body}}
    return {
        "post": {
            "operationId": name,
            "summary": summary,
            "parameters": parameters,
            "requestBody": {"required": True, "content": content},
            "responses": responses,
        }
    }


_ASKED: Final = {
    "name": "q",
    "in": "query",
    "required": True,
    "schema": _TEXT,
    "description": "An identity as it is spelt, a sticker, or an IP address",
}
_STICKER: Final = {
    "name": "sticker",
    "in": "path",
    "required": True,
    "schema": _TEXT,
    "description": "The number on the sticker, in any spelling",
}
_COMMAND: Final = {"name": "id", "in": "path", "required": True, "schema": _TEXT, "description": "The command's id"}
_ACTION: Final = {"name": "action", "in": "query", "schema": _TEXT, "description": "Only frames of this action, and answers to it"}
_QUERY: Final = {"name": "q", "in": "query", "schema": _TEXT, "description": "A sticker, or words of site, address or owner"}
_STATION: Final = {"name": "station", "in": "query", "schema": _TEXT, "description": "Only events of the station with this sticker"}

_SCHEMAS: Final[dict[str, Any]] = {
    "Problem": _object(type=_TEXT, title=_TEXT, status={"type": "integer"}) | {"description": "RFC 9457"},
    "State": _one_of(State),
    "Row": _object(sticker=_TEXT, site=_TEXT, address=_TEXT, state=_ref("State")),
    "Contact": _object(name=_TEXT, phone=_TEXT, email=_TEXT, language={"type": ["string", "null"]}),
    "Health": _object(
        state=_ref("State"),
        reason=_one_of(Reason),
        since=_INSTANT_OR_NULL,
        last_seen=_INSTANT_OR_NULL,
        link=_object(state=_one_of(Link), since=_INSTANT_OR_NULL),
        decided_by=_INSTANT_OR_NULL,
        maintenance_until=_INSTANT_OR_NULL,
    ),
    "Session": {"type": ["object", "null"], "required": ["transaction", "since"]},
    "Connector": _object(
        connector=_TEXT,
        status=_one_of(Status),
        since=_INSTANT,
        reported_at=_INSTANT,
        confirmed={"type": "boolean"},
        error=_TEXT,
        info=_TEXT,
        vendor_error=_TEXT,
        session=_ref("Session"),
    ),
    "Breach": _object(
        breach=_TEXT,
        since=_INSTANT,
        detected_at=_INSTANT,
        cause=_one_of(Cause),
        party=_one_of(Party),
        incident={"type": ["string", "null"]},
    ),
    "OwnBreach": {"allOf": [_ref("Breach"), _object(findings=_list(_one_of(Finding)))]},
    "OpenBreach": {"allOf": [_ref("Breach"), _object(station=_TEXT, bearer=_one_of(Bearer))]},
    "Station": _object(
        sticker=_TEXT,
        provisional={"type": "boolean"},
        former_sticker=_TEXT,
        identity=_TEXT,
        life_cycle=_one_of(LifeCycle),
        bearer=_one_of(Bearer),
        protocol=_TEXT,
        site=_TEXT,
        region=_TEXT,
        address=_TEXT,
        lat=_DEGREES,
        lon=_DEGREES,
        owner=_ref("Contact"),
        maintainer=_ref("Contact"),
        grid_operator=_TEXT,
        vendor=_TEXT,
        model=_TEXT,
        serial=_TEXT,
        sim=_object(apn=_TEXT, iccid=_TEXT, msisdn=_TEXT, operator=_TEXT),
        state=_ref("State"),
        health=_ref("Health"),
        connectors=_list(_ref("Connector")),
        breach={"anyOf": [_ref("OwnBreach"), {"type": "null"}]},
        contact=_ref("Line"),
        ladder=_list(_ref("Rung")) | {"description": "Evidence: bearer, transport, application, service"},
        verdict=_TEXT,
        say=_TEXT,
        language=_TEXT,
    ),
    "Line": _object(
        opened_at=_INSTANT_OR_NULL,
        address=_TEXT,
        protocol=_TEXT,
        pongs={"type": "boolean"},
        answers={"type": ["boolean", "null"], "description": "Whether it does what we ask for; null while we have not asked"},
        rtt_s=_SECONDS | {"description": "Of our pings, smoothed (RFC 6298)"},
        last_rtt_s=_SECONDS,
        gap_s=_SECONDS | {"description": "Between its messages, smoothed"},
        messages=_COUNT,
        invalid=_COUNT,
        ended=_list(_object(at=_INSTANT, code=_COUNT)) | {"description": "Newest first; close codes of RFC 6455"},
        quirks=_list(_object(quirk=_one_of(Quirk), first_at=_INSTANT, last_at=_INSTANT, detail=_TEXT)),
    )
    | {"description": "What is known of the line since the service started"},
    "Frames": _object(
        station=_TEXT,
        frames=_list(
            _object(
                at=_INSTANT,
                direction=_one_of(Direction),
                kind=_one_of(Kind),
                action=_TEXT,
                id=_TEXT,
                text=_TEXT,
                cut={"type": "boolean"},
                close_code={"type": ["integer", "null"]},
            )
        ),
    ),
    "Incident": _object(
        incident=_TEXT,
        scope=_one_of(Scope),
        key=_TEXT,
        since=_INSTANT,
        detected_at=_INSTANT,
        probability={"type": "number", "description": "How sure it is that the silences have one cause, 0 to 1"},
        confidence=_one_of(Confidence),
        stations=_list(_TEXT),
        back=_COUNT | {"description": "Times that a member came back"},
    ),
    "Rung": _object(
        level=_one_of(Level),
        grade=_one_of(Grade),
        source=_one_of(Source),
        since=_INSTANT_OR_NULL,
        at=_INSTANT_OR_NULL,
        rtt_s=_SECONDS,
    ),
    "Knock": _object(
        identity=_TEXT,
        first=_INSTANT,
        last=_INSTANT,
        count=_COUNT,
        addresses=_list(_TEXT),
        offered=_TEXT,
        reason=_one_of(Outcome),
    ),
    "Sighting": _object(
        asked=_TEXT,
        answer=_one_of(Answer),
        since=_INSTANT_OR_NULL,
        station={"type": ["string", "null"]},
        attempts=_list(_object(at=_INSTANT, identity=_TEXT, address=_TEXT, offered=_TEXT, outcome=_one_of(Outcome))),
        near=_list(_ref("Knock")) | {"description": "Strangers whose identity is almost the one asked for"},
    ),
    "Order": {
        "type": "object",
        "required": ["action"],
        "additionalProperties": False,
        "properties": {
            "action": _one_of(Action),
            "connector": {"type": ["integer", "string", "null"], "description": "As in 1 or 2.1; absent: the whole station"},
            "type": _TEXT | {"description": "soft or hard for reset, operative or inoperative for change_availability"},
            "keys": _list(_TEXT) | {"description": "What read_configuration reads; absent: all, in 2.x the usual ones"},
            "key": _TEXT,
            "value": _TEXT,
            "id_tag": _TEXT,
            "transaction": {"type": ["integer", "string", "null"], "description": "Absent: the only session at the connector"},
            "location": _TEXT | {"description": "URL of a firmware, or for diagnostics of another place than ours"},
            "at": _INSTANT_OR_NULL,
            "reason": _TEXT,
            "force": {"type": "boolean", "description": "Sent although it is better not; needs a reason"},
        },
    },
    "Command": _object(
        id=_TEXT,
        station=_TEXT,
        action=_one_of(Action),
        connector=_TEXT,
        type=_TEXT,
        key=_TEXT,
        state=_one_of(CommandState),
        why=_one_of(Why),
        said=_TEXT | {"description": "What the station said or did, in its own words"},
        over={"type": "boolean", "description": "Nothing more is waited for"},
        who=_TEXT,
        reason=_TEXT,
        force={"type": "boolean"},
        protocol=_TEXT,
        requested_at=_INSTANT,
        steps=_list(_object(at=_INSTANT, state=_one_of(CommandState), why=_one_of(Why), said=_TEXT)),
        result={"type": "object", "description": "What was read"},
    ),
    "Commands": _object(
        station=_TEXT,
        cannot={"type": "object", "additionalProperties": _one_of(Why)} | {"description": "Action to why it would not be sent"},
        commands=_list(_ref("Command")),
    ),
    "Ingested": _object(taken=_COUNT, repeated=_COUNT, bad=_list(_object(line=_COUNT, why=_TEXT))),
    "Event": _object(seq={"type": "integer"}, station=_TEXT, type=_TEXT, at=_INSTANT) | {"additionalProperties": True},
    "Timeline": _object(
        station=_TEXT,
        until=_INSTANT,
        states=_list(_object(state={"anyOf": [_ref("State"), {"type": "null"}]}, until=_INSTANT)),
        events=_list(_ref("Event")),
    ),
}

DOCUMENT: Final[dict[str, Any]] = {
    "openapi": "3.1.0",
    "info": {
        "title": "Bornewatch",
        "version": "1",
        "description": "How the stations are, and since when. Times are UTC. `bornewatch token create` makes a bearer token.",
    },
    "servers": [{"url": "/api/v1"}],
    "security": [{"token": []}, {"session": []}],
    "paths": {
        "/stations": _get(
            "searchStations", "At most 20 stations, exact sticker first", _answer("Rows", _list(_ref("Row"))), [_QUERY]
        ),
        "/stations/{sticker}": _get("getStation", "One station", _answer("The station", _ref("Station")), [_STICKER], also=(404,)),
        "/stations/{sticker}/timeline": _get(
            "getTimeline", "The last 24 hours of one station", _answer("The day", _ref("Timeline")), [_STICKER], also=(404,)
        ),
        "/stations/{sticker}/frames": _get(
            "getFrames",
            "The last frames, newest first. Cards, passwords, keys and certificates are blotted out, long frames are cut.",
            _answer("The frames", _ref("Frames")),
            [_STICKER, _ACTION],
            also=(404,),
        ),
        "/stations/{sticker}/commands": _get(
            "listCommands",
            "The last commands, the latest first, and what the station cannot do now",
            _answer("The commands", _ref("Commands")),
            [_STICKER],
            also=(404,),
        )
        | _post(
            "askStation",
            "Ask the station for something. 202: it is written down; its outcome follows.",
            _ref("Order"),
            _answer("The command", _ref("Command")),
            [_STICKER],
        ),
        "/commands/{id}": _get("getCommand", "One command", _answer("The command", _ref("Command")), [_COMMAND], also=(404,)),
        "/ingest": _post(
            "mirror",
            "Observations and frames that somebody else has heard, a JSON object a line; each counts once, by its `id`",
            _TEXT | {"description": "At most 4 MiB and 10,000 lines; see monitor/README.md for their fields"},
            _answer("What became of the lines; those that are not named are stored", _ref("Ingested")),
            [],
            status=200,
            content_type="application/x-ndjson",
        ),
        "/breaches": _get("listBreaches", "Open breaches, longest first", _answer("Breaches", _list(_ref("OpenBreach")))),
        "/incidents": _get("listIncidents", "Open incidents, oldest first", _answer("Incidents", _list(_ref("Incident")))),
        "/incidents/{id}/ack": _post(
            "acknowledgeIncident",
            "Take the alert of an incident",
            _ref("AlertOrder"),
            _answer("Its alert", _ref("AlertFile")),
            [openapi_alerts.INCIDENT],
            status=200,
        ),
        "/alerts": _get("listAlerts", "Open alerts, the newest first", _answer("Alerts", _list(_ref("Alert"))), also=(404,)),
        "/alerts/{id}": _get(
            "getAlert",
            "One alert with every decision and delivery",
            _answer("The alert", _ref("AlertFile")),
            [openapi_alerts.ID],
            also=(404,),
        ),
        "/alerts/{id}/{order}": _post(
            "orderAlert",
            "Take an alert, give it back, put it off, pass it on, or end it",
            _ref("AlertOrder"),
            _answer("The alert", _ref("AlertFile")),
            [openapi_alerts.ID, openapi_alerts.ORDER],
            status=200,
        ),
        "/alertmanager": _post(
            "hear", "What an Alertmanager says", _ref("Webhook"), _answer("All of it is stored", _ref("Heard")), [], status=200
        ),
        "/attempts": _get(
            "getAttempts",
            "The last attempts to connect of an identity, a sticker or an address, newest first",
            _answer("What is known", _ref("Sighting")),
            [_ASKED],
            also=(400,),
        ),
        "/strangers": _get(
            "listStrangers",
            "Identities that knock without being registered, the latest first; at most 1,000",
            _answer("Strangers", _list(_ref("Knock"))),
        ),
        "/events": _get(
            "followEvents",
            "Events as they happen. `id` is the event's `seq`; `alive` comes every 15 s; past events are not replayed.",
            _answer("Server-Sent Events, each with an `Event` as its data", _TEXT, "text/event-stream"),
            [_STATION],
            also=(404,),
        ),
        "/openapi.json": _get("getDocument", "This document", _answer("OpenAPI 3.1", {"type": "object"})),
    },
    "components": {
        "schemas": _SCHEMAS | openapi_alerts.SCHEMAS,
        "securitySchemes": {
            "token": {"type": "http", "scheme": "bearer"},
            "session": {"type": "apiKey", "in": "cookie", "name": "bornewatch"},
        },
    },
}
