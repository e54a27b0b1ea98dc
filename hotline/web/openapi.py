"""What the API promises, as an OpenAPI 3.1 document written by hand. A test holds it against the routes and the answers."""

from __future__ import annotations

from typing import Any, Final

from hotline.core.diagnosis import Safety, Symptom
from hotline.core.diagnosis.steps import Kind, Recipient, Urgency
from hotline.core.frames import Kind as FrameKind
from hotline.core.sightings import Answer
from hotline.web import openapi_alerts, openapi_calls
from hotline.web.openapi_words import (
    COUNT,
    DEGREES,
    INSTANT,
    INSTANT_OR_NULL,
    SECONDS,
    TEXT,
    answer,
    get,
    in_path,
    list_of,
    object_of,
    one_of,
    post,
    ref,
)
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

_ASKED: Final = {
    "name": "q",
    "in": "query",
    "required": True,
    "schema": TEXT,
    "description": "An identity as it is spelt, a sticker, or an IP address",
}
_STICKER: Final = in_path("sticker", "The number on the sticker, in any spelling")
_COMMAND: Final = in_path("id", "The command's id")
_ACTION: Final = {"name": "action", "in": "query", "schema": TEXT, "description": "Only frames of this action, and answers to it"}
_QUERY: Final = {"name": "q", "in": "query", "schema": TEXT, "description": "A sticker, or words of site, address or owner"}
_STATION: Final = {"name": "station", "in": "query", "schema": TEXT, "description": "Only events of the station with this sticker"}

_SYMPTOM: Final = {"name": "symptom", "in": "query", "schema": one_of(Symptom), "description": "What the caller calls about"}
_PLACE: Final = {"name": "connector", "in": "query", "schema": TEXT, "description": "Where the caller stands, as 1 or 2.1"}

_ORDER: Final[dict[str, Any]] = {
    "action": one_of(Action),
    "connector": {"type": ["integer", "string", "null"], "description": "As in 1 or 2.1; absent: the whole station"},
    "type": TEXT | {"description": "soft or hard for reset, operative or inoperative for change_availability"},
    "keys": list_of(TEXT) | {"description": "What read_configuration reads; absent: all, in 2.x the usual ones"},
    "key": TEXT,
    "value": TEXT,
    "id_tag": TEXT,
    "transaction": {"type": ["integer", "string", "null"], "description": "Absent: the only session at the connector"},
    "location": TEXT | {"description": "URL of a firmware, or for diagnostics of another place than ours"},
    "at": INSTANT_OR_NULL,
    "reason": TEXT,
    "force": {
        "type": "boolean",
        "description": "Sent although it is better not, though never against a danger; needs a reason",
    },
}

_SCHEMAS: Final[dict[str, Any]] = {
    "Problem": object_of(type=TEXT, title=TEXT, status={"type": "integer"}) | {"description": "RFC 9457"},
    "State": one_of(State),
    "Row": object_of(sticker=TEXT, site=TEXT, address=TEXT, state=ref("State")),
    "Contact": object_of(name=TEXT, phone=TEXT, email=TEXT, language={"type": ["string", "null"]}),
    "Health": object_of(
        state=ref("State"),
        reason=one_of(Reason),
        since=INSTANT_OR_NULL,
        last_seen=INSTANT_OR_NULL,
        link=object_of(state=one_of(Link), since=INSTANT_OR_NULL),
        decided_by=INSTANT_OR_NULL,
        maintenance_until=INSTANT_OR_NULL,
    ),
    "Session": {"type": ["object", "null"], "required": ["transaction", "since"]},
    "Connector": object_of(
        connector=TEXT,
        status=one_of(Status),
        since=INSTANT,
        reported_at=INSTANT,
        confirmed={"type": "boolean"},
        error=TEXT,
        info=TEXT,
        vendor_error=TEXT,
        session=ref("Session"),
    ),
    "Breach": object_of(
        breach=TEXT,
        since=INSTANT,
        detected_at=INSTANT,
        cause=one_of(Cause),
        party=one_of(Party),
        incident={"type": ["string", "null"]},
    ),
    "OwnBreach": {"allOf": [ref("Breach"), object_of(findings=list_of(one_of(Finding)))]},
    "OpenBreach": {"allOf": [ref("Breach"), object_of(station=TEXT, bearer=one_of(Bearer))]},
    "Station": object_of(
        sticker=TEXT,
        provisional={"type": "boolean"},
        former_sticker=TEXT,
        identity=TEXT,
        life_cycle=one_of(LifeCycle),
        bearer=one_of(Bearer),
        protocol=TEXT,
        site=TEXT,
        region=TEXT,
        address=TEXT,
        lat=DEGREES,
        lon=DEGREES,
        owner=ref("Contact"),
        maintainer=ref("Contact"),
        grid_operator=TEXT,
        vendor=TEXT,
        model=TEXT,
        serial=TEXT,
        sim=object_of(apn=TEXT, iccid=TEXT, msisdn=TEXT, operator=TEXT),
        state=ref("State"),
        health=ref("Health"),
        connectors=list_of(ref("Connector")),
        breach={"anyOf": [ref("OwnBreach"), {"type": "null"}]},
        contact=ref("Line"),
        ladder=list_of(ref("Rung")) | {"description": "Evidence: bearer, transport, application, service"},
        verdict=TEXT,
        say=TEXT,
        safety=one_of(Safety)
        | {"description": "danger: nobody may touch it, and nothing but to take it out of service is asked of it"},
        cause=TEXT | {"description": "The word of the fault or of the breach that speaks, empty for neither"},
        technical=list_of(TEXT) | {"description": "Codes as the station sent them"},
        steps=list_of(ref("Step")) | {"description": "What to do, in this order"},
        language=TEXT,
    ),
    "Step": object_of(
        kind=one_of(Kind),
        text=TEXT,
        action={"type": "string", "enum": ["", *Action]},
        type=TEXT,
        connector=TEXT,
        to={"type": "string", "enum": ["", *Recipient]},
        urgency={"type": "string", "enum": ["", *Urgency]},
    ),
    "Line": object_of(
        opened_at=INSTANT_OR_NULL,
        address=TEXT,
        protocol=TEXT,
        pongs={"type": "boolean"},
        answers={"type": ["boolean", "null"], "description": "Whether it does what we ask for; null while we have not asked"},
        rtt_s=SECONDS | {"description": "Of our pings, smoothed (RFC 6298)"},
        last_rtt_s=SECONDS,
        gap_s=SECONDS | {"description": "Between its messages, smoothed"},
        messages=COUNT,
        invalid=COUNT,
        ended=list_of(object_of(at=INSTANT, code=COUNT)) | {"description": "Newest first; close codes of RFC 6455"},
        quirks=list_of(object_of(quirk=one_of(Quirk), first_at=INSTANT, last_at=INSTANT, detail=TEXT)),
    )
    | {"description": "What is known of the line since the service started"},
    "Frames": object_of(
        station=TEXT,
        frames=list_of(
            object_of(
                at=INSTANT,
                direction=one_of(Direction),
                kind=one_of(FrameKind),
                action=TEXT,
                id=TEXT,
                text=TEXT,
                cut={"type": "boolean"},
                close_code={"type": ["integer", "null"]},
            )
        ),
    ),
    "Incident": object_of(
        incident=TEXT,
        scope=one_of(Scope),
        key=TEXT,
        since=INSTANT,
        detected_at=INSTANT,
        probability={"type": "number", "description": "How sure it is that the silences have one cause, 0 to 1"},
        confidence=one_of(Confidence),
        stations=list_of(TEXT),
        back=COUNT | {"description": "Times that a member came back"},
    ),
    "Rung": object_of(
        level=one_of(Level),
        grade=one_of(Grade),
        source=one_of(Source),
        since=INSTANT_OR_NULL,
        at=INSTANT_OR_NULL,
        rtt_s=SECONDS,
    ),
    "Knock": object_of(
        identity=TEXT,
        first=INSTANT,
        last=INSTANT,
        count=COUNT,
        addresses=list_of(TEXT),
        offered=TEXT,
        reason=one_of(Outcome),
    ),
    "Sighting": object_of(
        asked=TEXT,
        answer=one_of(Answer),
        since=INSTANT_OR_NULL,
        station={"type": ["string", "null"]},
        attempts=list_of(object_of(at=INSTANT, identity=TEXT, address=TEXT, offered=TEXT, outcome=one_of(Outcome))),
        near=list_of(ref("Knock")) | {"description": "Strangers whose identity is almost the one asked for"},
    ),
    "Order": {"type": "object", "required": ["action"], "additionalProperties": False, "properties": _ORDER},
    "Orders": {
        "type": "object",
        "required": ["action", "stations"],
        "additionalProperties": False,
        "properties": _ORDER
        | {
            "stations": {
                "type": "array",
                "items": TEXT,
                "minItems": 1,
                "maxItems": 200,
                "description": "Their stickers, in any spelling",
            }
        },
    },
    "Ordered": object_of(
        commands=list_of(
            {
                "type": "object",
                "required": ["station"],
                "properties": {
                    "station": TEXT,
                    "id": TEXT,
                    "state": one_of(CommandState),
                    "refused": TEXT | {"description": "Why nothing was written down; then there is no id"},
                },
            }
        )
    ),
    "Command": object_of(
        id=TEXT,
        station=TEXT,
        action=one_of(Action),
        connector=TEXT,
        type=TEXT,
        key=TEXT,
        state=one_of(CommandState),
        why=one_of(Why),
        said=TEXT | {"description": "What the station said or did, in its own words"},
        over={"type": "boolean", "description": "Nothing more is waited for"},
        who=TEXT,
        reason=TEXT,
        force={"type": "boolean"},
        protocol=TEXT,
        requested_at=INSTANT,
        steps=list_of(object_of(at=INSTANT, state=one_of(CommandState), why=one_of(Why), said=TEXT)),
        result={"type": "object", "description": "What was read"},
    ),
    "Commands": object_of(
        station=TEXT,
        cannot={"type": "object", "additionalProperties": one_of(Why)} | {"description": "Action to why it would not be sent"},
        commands=list_of(ref("Command")),
    ),
    "Ingested": object_of(taken=COUNT, repeated=COUNT, bad=list_of(object_of(line=COUNT, why=TEXT))),
    "Event": object_of(seq={"type": "integer"}, station=TEXT, type=TEXT, at=INSTANT) | {"additionalProperties": True},
    "Timeline": object_of(
        station=TEXT,
        until=INSTANT,
        states=list_of(object_of(state={"anyOf": [ref("State"), {"type": "null"}]}, until=INSTANT)),
        events=list_of(ref("Event")),
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
        "/stations": get(
            "searchStations", "At most 20 stations, exact sticker first", answer("Rows", list_of(ref("Row"))), [_QUERY]
        ),
        "/stations/{sticker}": get(
            "getStation",
            "One station, diagnosed",
            answer("The station", ref("Station")),
            [_STICKER, _SYMPTOM, _PLACE],
            also=(400, 404),
        ),
        "/stations/{sticker}/timeline": get(
            "getTimeline", "The last 24 hours of one station", answer("The day", ref("Timeline")), [_STICKER], also=(404,)
        ),
        "/stations/{sticker}/frames": get(
            "getFrames",
            "The last frames, newest first. Cards, passwords, keys and certificates are blotted out, long frames are cut.",
            answer("The frames", ref("Frames")),
            [_STICKER, _ACTION],
            also=(404,),
        ),
        "/stations/{sticker}/commands": get(
            "listCommands",
            "The last commands, the latest first, and what the station cannot do now",
            answer("The commands", ref("Commands")),
            [_STICKER],
            also=(404,),
        )
        | post(
            "askStation",
            "Ask the station for something. 202: it is written down; its outcome follows. 409: somebody may be in "
            "danger, it is retired, or another platform runs its sessions; and unless it is forced, a fault forbids it, or a "
            "session runs where one is to be started.",
            ref("Order"),
            answer("The command", ref("Command")),
            [_STICKER],
            also=(409,),
        ),
        "/commands": post(
            "askStations",
            "Ask many stations for the same; takes a senior. 202 says of each what was written down, or why it was refused.",
            ref("Orders"),
            answer("The commands, in the order of the stations", ref("Ordered")),
            [],
        ),
        "/commands/{id}": get("getCommand", "One command", answer("The command", ref("Command")), [_COMMAND], also=(404,)),
        "/ingest": post(
            "mirror",
            "Observations and frames that somebody else has heard, a JSON object a line; each counts once, by its `id`",
            TEXT | {"description": "At most 4 MiB and 10,000 lines; see monitor/README.md for their fields"},
            answer("What became of the lines; those that are not named are stored", ref("Ingested")),
            [],
            status=200,
            content_type="application/x-ndjson",
        ),
        "/breaches": get("listBreaches", "Open breaches, longest first", answer("Breaches", list_of(ref("OpenBreach")))),
        "/incidents": get("listIncidents", "Open incidents, oldest first", answer("Incidents", list_of(ref("Incident")))),
        "/attempts": get(
            "getAttempts",
            "The last attempts to connect of an identity, a sticker or an address, newest first",
            answer("What is known", ref("Sighting")),
            [_ASKED],
            also=(400,),
        ),
        "/strangers": get(
            "listStrangers",
            "Identities that knock without being registered, the latest first; at most 1,000",
            answer("Strangers", list_of(ref("Knock"))),
        ),
        "/events": get(
            "followEvents",
            "Events as they happen. `id` is the event's `seq`; `alive` comes every 15 s; past events are not replayed.",
            answer("Server-Sent Events, each with an `Event` as its data", TEXT, "text/event-stream"),
            [_STATION],
            also=(404,),
        ),
        "/openapi.json": get("getDocument", "This document", answer("OpenAPI 3.1", {"type": "object"})),
    }
    | openapi_alerts.PATHS
    | openapi_calls.PATHS,
    "components": {
        "schemas": _SCHEMAS | openapi_alerts.SCHEMAS | openapi_calls.SCHEMAS,
        "securitySchemes": {
            "token": {"type": "http", "scheme": "bearer"},
            "session": {"type": "apiKey", "in": "cookie", "name": "bornewatch"},
        },
    },
}
