"""What the API promises of alerts, for `openapi.DOCUMENT`: schemas, and the paths made with that module's own words."""

from __future__ import annotations

from typing import Any, Final

from alerts.core.delivery import Medium
from alerts.core.matters import Kind
from alerts.core.model import Condition, Reason, Stage
from alerts.core.severity import Severity

_INSTANT: Final = {"type": "string", "format": "date-time"}
_INSTANT_OR_NULL: Final = {"type": ["string", "null"], "format": "date-time"}
_TEXT: Final = {"type": "string"}
_LABELS: Final = {"type": "object", "additionalProperties": _TEXT}


def _words(words: type) -> dict[str, Any]:
    return {"type": "string", "enum": [str(word) for word in words]}  # type: ignore[attr-defined]


def _object(**properties: Any) -> dict[str, Any]:  # noqa: ANN401  (JSON Schema)
    return {"type": "object", "required": list(properties), "properties": properties}


_ALERT: Final[dict[str, Any]] = {
    "alert": {"type": "integer"},
    "rule": _TEXT,
    "severity": _words(Severity),
    "state": _words(Condition),
    "owner": _TEXT | {"description": "The owner who is told of his own line; empty: the operators"},
    "labels": _LABELS,
    "since": _INSTANT,
    "opened_at": _INSTANT,
    "policy": _TEXT,
    "taken_by": _TEXT,
    "taken_until": _INSTANT_OR_NULL,
    "snoozed_until": _INSTANT_OR_NULL,
    "told": {"type": "array", "items": _TEXT},
    "over_at": _INSTANT_OR_NULL,
    "cause": _TEXT,
    "matters": {
        "type": "array",
        "items": _object(kind=_words(Kind), since=_INSTANT, until=_INSTANT_OR_NULL, labels=_LABELS, note=_TEXT),
    },
}
_DECISION: Final = _object(at=_INSTANT, stage=_words(Stage), reason=_words(Reason), until=_INSTANT_OR_NULL, who=_TEXT, detail=_TEXT)
_LINE: Final = _object(at=_INSTANT, what=_TEXT, state=_TEXT, why=_TEXT)
_DELIVERY: Final = _object(
    person=_TEXT, by=_words(Medium), at=_INSTANT, state=_TEXT, text=_TEXT, log={"type": "array", "items": _LINE}
)
_COUNT: Final = {"type": "integer"}
_FOREIGN: Final = _object(status={"type": "string", "enum": ["firing", "resolved"]}, labels=_LABELS, startsAt=_INSTANT)

SCHEMAS: Final[dict[str, Any]] = {
    "Alert": _object(**_ALERT),
    "AlertFile": _object(
        **_ALERT, decisions={"type": "array", "items": _DECISION}, deliveries={"type": "array", "items": _DELIVERY}
    ),
    "Webhook": _object(version={"const": "4"}, alerts={"type": "array", "items": _FOREIGN})
    | {"description": "An Alertmanager's webhook, version 4; at most 4 MiB"},
    "Heard": {
        "description": "How many alerts of others fire, are over, and were our own, which are dropped",
        **_object(firing=_COUNT, resolved=_COUNT, echoes=_COUNT),
    },
    "AlertOrder": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "until": _INSTANT | {"description": "Of an acknowledgement or a snooze"},
            "policy": _TEXT | {"description": "To whom it is handed on"},
            "cause": _TEXT | {"description": "Why it is resolved"},
        },
    },
}
ID: Final = {"name": "id", "in": "path", "required": True, "schema": _TEXT, "description": "The alert's number"}
INCIDENT: Final = {"name": "id", "in": "path", "required": True, "schema": _TEXT, "description": "The incident's name"}
ORDER: Final = {
    "name": "order",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "enum": ["acknowledge", "release", "snooze", "escalate", "hand-on", "resolve"]},
}
