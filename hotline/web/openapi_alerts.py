"""What the API promises of alerts, of silences and of who is on call: a part of `openapi.DOCUMENT`."""

from __future__ import annotations

from typing import Any, Final

from alerts.core.delivery import Medium
from alerts.core.matters import Kind
from alerts.core.model import Condition, Reason, Stage
from alerts.core.outbox import Stand
from alerts.core.severity import Severity
from hotline.web.openapi_words import (
    INSTANT,
    INSTANT_OR_NULL,
    TEXT,
    answer,
    delete,
    get,
    in_path,
    list_of,
    object_of,
    one_of,
    post,
    ref,
)

ORDERS: Final = ("acknowledge", "release", "snooze", "escalate", "hand-on", "resolve")
_NUMBER: Final[dict[str, Any]] = {"type": "integer"}
_LABELS: Final[dict[str, Any]] = {"type": "object", "additionalProperties": TEXT}
_NAMES: Final = list_of(TEXT)

_ALERT: Final[dict[str, Any]] = {
    "alert": _NUMBER,
    "rule": TEXT,
    "severity": one_of(Severity),
    "state": one_of(Condition),
    "owner": TEXT | {"description": "The owner who is told of his own line; empty: the operators"},
    "labels": _LABELS,
    "since": INSTANT,
    "opened_at": INSTANT,
    "policy": TEXT,
    "taken_by": TEXT,
    "taken_until": INSTANT_OR_NULL,
    "snoozed_until": INSTANT_OR_NULL,
    "told": _NAMES,
    "over_at": INSTANT_OR_NULL,
    "cause": TEXT,
    "matters": list_of(object_of(kind=one_of(Kind), since=INSTANT, until=INSTANT_OR_NULL, labels=_LABELS, note=TEXT)),
}
_DECISION: Final = object_of(at=INSTANT, stage=one_of(Stage), reason=one_of(Reason), until=INSTANT_OR_NULL, who=TEXT, detail=TEXT)
_LINE: Final = object_of(at=INSTANT, what=TEXT, state=one_of(Stand), why=TEXT)
_DELIVERY: Final = {
    "person": TEXT,
    "by": one_of(Medium),
    "at": INSTANT,
    "state": one_of(Stand),
    "text": TEXT,
    "log": list_of(_LINE),
}
_CHANGE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["change", "since", "until", "by", "why"],
    "properties": {
        "change": _NUMBER,
        "since": INSTANT,
        "until": INSTANT,
        "by": TEXT,
        "why": TEXT,
        "people": _NAMES | {"description": "Of a temporary shift: exactly these are on call"},
        "takes_over": TEXT | {"description": "Of an override: who is on call instead"},
        "leaves": {"type": ["string", "null"], "description": "Of an override: in whose place; null: everybody's"},
    },
}

_FOREIGN: Final = object_of(status={"type": "string", "enum": ["firing", "resolved"]}, labels=_LABELS, startsAt=INSTANT)

SCHEMAS: Final[dict[str, Any]] = {
    "Alert": object_of(**_ALERT),
    "AlertFile": object_of(**_ALERT, decisions=list_of(_DECISION), deliveries=list_of(object_of(**_DELIVERY))),
    "Webhook": object_of(version={"const": "4"}, alerts=list_of(_FOREIGN))
    | {"description": "An Alertmanager's webhook, version 4; at most 4 MiB"},
    "Heard": object_of(firing=_NUMBER, resolved=_NUMBER, echoes=_NUMBER)
    | {"description": "How many alerts of others fire, are over, and were our own, which are dropped"},
    "AlertOrder": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "until": INSTANT | {"description": "Of an acknowledgement or a snooze"},
            "policy": TEXT | {"description": "To whom it is handed on"},
            "cause": TEXT | {"description": "Why it is resolved"},
        },
    },
    "Delivery": object_of(**_DELIVERY, alert={"type": ["integer", "null"], "description": "null: it is about a shift"}),
    "Silence": object_of(
        silence=_NUMBER,
        match=list_of(object_of(label=TEXT, values=_NAMES, regex={"type": "boolean"}, negated={"type": "boolean"})),
        since=INSTANT,
        until=INSTANT,
        who=TEXT,
        why=TEXT,
    ),
    "SilenceOrder": {
        "type": "object",
        "additionalProperties": False,
        "required": ["match", "until", "why"],
        "properties": {
            "match": {"type": "object", "description": "Labels and what they are to be, as in alerts.toml"},
            "since": INSTANT,
            "until": INSTANT,
            "why": TEXT,
        },
    },
    "Rota": object_of(
        schedule=TEXT,
        timezone=TEXT,
        people=_NAMES,
        until=INSTANT_OR_NULL,
        then=_NAMES,
        shifts=list_of(object_of(people=_NAMES, since=INSTANT, until=INSTANT)),
        changes=list_of(_CHANGE),
    ),
    "ChangeOrder": {
        "type": "object",
        "additionalProperties": False,
        "required": ["until"],
        "properties": {
            "since": INSTANT | {"description": "Absent: now"},
            "until": INSTANT,
            "takes_over": TEXT,
            "leaves": {"type": ["string", "null"]},
            "people": _NAMES,
            "why": TEXT,
        },
    },
}
_ID: Final = in_path("id", "The alert's number")
_ORDER: Final = in_path("order", "What is to be done") | {"schema": one_of(ORDERS)}
_SCHEDULE: Final = in_path("schedule", "The name of a schedule in alerts.toml")
_DAYS: Final = {"name": "days", "in": "query", "schema": _NUMBER, "description": "How many days from now on, 1 to 366"}
_LIMIT: Final = {"name": "limit", "in": "query", "schema": _NUMBER, "description": "At most so many, 1 to 1000; 100 if absent"}
_ROTAS: Final = answer("Every schedule", list_of(ref("Rota")))
_SILENCES: Final = answer("The silences", list_of(ref("Silence")))

PATHS: Final[dict[str, Any]] = {
    "/stations/{sticker}/contradictions": post(
        "contradictStation",
        "A caller says that the station does not work, though we see it healthy; 409 where we do not",
        object_of(said=TEXT) | {"required": []},
        answer("What was taken down", object_of(station=TEXT, said=TEXT)),
        [in_path("sticker", "The number on the sticker, in any spelling")],
        status=200,
    ),
    "/incidents/{id}/ack": post(
        "acknowledgeIncident",
        "Take the alert of an incident",
        ref("AlertOrder"),
        answer("Its alert", ref("AlertFile")),
        [in_path("id", "The incident's name")],
        status=200,
    ),
    "/alerts": get("listAlerts", "Open alerts, the newest first", answer("Alerts", list_of(ref("Alert"))), also=(404,)),
    "/alerts/{id}": get(
        "getAlert", "One alert with every decision and delivery", answer("The alert", ref("AlertFile")), [_ID], also=(404,)
    ),
    "/alerts/{id}/report.pdf": get(
        "printAlert", "How an alert went, on paper", answer("PDF/A", TEXT, "application/pdf"), [_ID], also=(403, 404)
    ),
    "/alerts/{id}/{order}": post(
        "orderAlert",
        "Take an alert, give it back, put it off, pass it on, or end it",
        ref("AlertOrder"),
        answer("The alert", ref("AlertFile")),
        [_ID, _ORDER],
        status=200,
    ),
    "/alertmanager": post(
        "hear", "What an Alertmanager says", ref("Webhook"), answer("All of it is stored", ref("Heard")), [], status=200
    ),
    "/deliveries": get(
        "listDeliveries",
        "What was sent and what became of it, the newest first",
        answer("Deliveries", list_of(ref("Delivery"))),
        [_LIMIT],
        also=(400, 404),
    ),
    "/silences": get("listSilences", "Silences that hold or are to come, by their end", _SILENCES, also=(404,))
    | post("silence", "Have nobody told of what fits, for a time", ref("SilenceOrder"), _SILENCES, [], status=200),
    "/silences/{id}": delete("endSilence", "End a silence", _SILENCES, [in_path("id", "The silence's number")]),
    "/on-call": get("listRotas", "Who is on call now, next, and over the days to come", _ROTAS, [_DAYS], also=(400, 404)),
    "/on-call/{schedule}/changes": post(
        "changeShifts",
        "Have one person take another's place (`takes_over`), or others be on call in place of the rotation (`people`); "
        "409 where that contradicts another change",
        ref("ChangeOrder"),
        _ROTAS,
        [_SCHEDULE],
        status=200,
    ),
    "/on-call/changes/{id}": delete("withdrawChange", "Take back a change", _ROTAS, [in_path("id", "The change's number")]),
    "/on-call/{schedule}/shifts.ics": get(
        "exportShifts", "The shifts as iCalendar", answer("RFC 5545", TEXT, "text/calendar"), [_SCHEDULE, _DAYS], also=(400, 404)
    )
    | post(
        "importShifts",
        "An iCalendar file as temporary shifts, all or none",
        TEXT | {"description": "RFC 5545, at most 1 MiB; an event names a contact in its SUMMARY or as an ATTENDEE"},
        _ROTAS,
        [_SCHEDULE, _DAYS],
        status=200,
        content_type="text/calendar",
    ),
}
