"""What the API promises of calls, tickets, the register and the trail: a part of `openapi.DOCUMENT`."""

from __future__ import annotations

from typing import Any, Final

from hotline.core.calls import Outcome, Source, Stage
from hotline.core.tickets import Addressee, By, Standing, Step
from hotline.web.calling import CALL_ORDERS, TICKET_ORDERS
from hotline.web.languages import Speech
from hotline.web.openapi_words import (
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

_NUMBER: Final[dict[str, Any]] = {"type": "integer"}
_YES: Final[dict[str, Any]] = {"type": "boolean"}
_COUNTS: Final[dict[str, Any]] = {"type": "object", "additionalProperties": _NUMBER}
_SHARE: Final = object_of(of=_NUMBER, count=_NUMBER, percent=SECONDS)
_TIMES: Final = object_of(median=SECONDS, p95=SECONDS, of=_NUMBER)

_CALL: Final[dict[str, Any]] = {
    "call": _NUMBER,
    "state": one_of(Stage),
    "source": one_of(Source),
    "began_at": INSTANT,
    "answered_at": INSTANT_OR_NULL,
    "judged_at": INSTANT_OR_NULL | {"description": "When the agent first saw a verdict"},
    "ended_at": INSTANT_OR_NULL,
    "closed_at": INSTANT_OR_NULL,
    "agent": TEXT,
    "language": TEXT,
    "caller": TEXT | {"description": "What may be shown of the number"},
    "station": TEXT,
    "keyed": TEXT | {"description": "The number that the caller gave, where no station wears it"},
    "connector": TEXT,
    "symptom": TEXT,
    "seen": TEXT | {"description": "The verdict that the agent saw first"},
    "notes": TEXT,
    "cause": TEXT,
    "outcome": {"anyOf": [one_of(Outcome), {"type": "null"}]},
    "ticket": {"type": ["integer", "null"]},
}
_TICKET: Final[dict[str, Any]] = {
    "ticket": _NUMBER,
    "state": one_of(Standing),
    "station": TEXT,
    "connector": TEXT,
    "subject": TEXT,
    "cause": TEXT,
    "urgent": _YES,
    "opened_at": INSTANT,
    "opened_by": TEXT,
    "has": one_of(Addressee),
    "address": TEXT | {"description": "Where it was sent: a mail address, or the name of the webhook that is a ticket system"},
    "promised_at": INSTANT_OR_NULL,
    "done_at": INSTANT_OR_NULL,
    "done_by": TEXT,
    "result": TEXT,
    "calls": _NUMBER | {"description": "How many callers stand behind it"},
}
_ENTRY: Final = object_of(number=_NUMBER, at=INSTANT, who=TEXT, what=TEXT, about=TEXT, detail=TEXT, seal=TEXT)


def _order(**properties: Any) -> dict[str, Any]:  # noqa: ANN401  (JSON Schema)
    return {"type": "object", "additionalProperties": False, "properties": properties}


SCHEMAS: Final[dict[str, Any]] = {
    "Call": object_of(**_CALL),
    "CallFile": object_of(**_CALL, earlier=list_of(ref("Call"))),
    "CallOrder": _order(
        number=TEXT | {"description": "Of a call that begins: the caller's, which is hashed and not kept"},
        language=one_of(Speech),
        station=TEXT | {"description": "A sticker, in any spelling"},
        connector=TEXT,
        symptom=TEXT,
        notes=TEXT,
        outcome=one_of(Outcome),
        cause=TEXT,
    ),
    "Ticket": object_of(**_TICKET),
    "TicketFile": object_of(**_TICKET, history=list_of(object_of(at=INSTANT, who=TEXT, what=one_of(Step), text=TEXT))),
    "TicketOrder": _order(
        station=TEXT,
        connector=TEXT,
        subject=TEXT,
        cause=TEXT,
        urgent=_YES,
        call={"type": ["integer", "null"]},
        to=one_of(Addressee),
        how=one_of(By) | {"description": "Of a hand-over; empty: by their ticket system, unless a mail address is named"},
        address=TEXT | {"description": "A mail address"},
        by=INSTANT | {"description": "By when it is promised"},
        text=TEXT,
    ),
    "Register": object_of(
        **{"from": INSTANT},
        until=INSTANT,
        contacts=_NUMBER,
        answered=_SHARE,
        waited_s=_TIMES,
        to_verdict_s=_TIMES,
        talked_s=_TIMES,
        solved=_SHARE,
        solved_at_first_call=_SHARE,
        outcomes=_COUNTS,
        causes=_COUNTS,
        symptoms=_COUNTS,
        languages=_COUNTS,
        owners=_COUNTS,
        stations=_COUNTS,
    ),
    "TrailHead": object_of(
        head={"anyOf": [_ENTRY, {"type": "null"}]},
        broken_at={"type": ["integer", "null"], "description": "The first entry that does not fit those before it"},
    ),
}
_CALL_ID: Final = in_path("id", "The call's number")
_TICKET_ID: Final = in_path("id", "The ticket's number")
_BEFORE: Final = {"name": "before", "in": "query", "schema": _NUMBER, "description": "Only numbers below this one"}
_ALL: Final = {"name": "all", "in": "query", "schema": one_of(["1"]), "description": "Those that are done too, the newest first"}
_STATION: Final = {"name": "station", "in": "query", "schema": TEXT, "description": "Only those of this sticker"}
_QUARTER: Final = {"name": "quarter", "in": "query", "required": True, "schema": TEXT, "description": "As 2026-Q4"}
_AFTER: Final = {"name": "after", "in": "query", "schema": _NUMBER, "description": "Only entries after this number"}

PATHS: Final[dict[str, Any]] = {
    "/calls": get("listCalls", "The last calls, the newest first", answer("Calls", list_of(ref("Call"))), [_BEFORE], also=(400,))
    | post(
        "startCall", "A call begins at the agent's telephone", ref("CallOrder"), answer("The call", ref("Call")), [], status=201
    ),
    "/calls/{id}": get(
        "getCall", "One call, with the caller's earlier ones", answer("The call", ref("CallFile")), [_CALL_ID], also=(404,)
    ),
    "/calls/{id}/{order}": post(
        "orderCall",
        "Take a call, hang up, say what it is about, write notes, wrap it up (`outcome`); 409 where that does not fit",
        ref("CallOrder"),
        answer("The call", ref("Call")),
        [_CALL_ID, in_path("order", "What is to be done") | {"schema": one_of(CALL_ORDERS)}],
        status=200,
    ),
    "/tickets": get(
        "listTickets",
        "Open tickets, the oldest first",
        answer("Tickets", list_of(ref("Ticket"))),
        [_STATION, _ALL, _BEFORE],
        also=(400, 404),
    )
    | post("openTicket", "Open a ticket", ref("TicketOrder"), answer("The ticket", ref("Ticket")), [], status=201),
    "/tickets/{id}": get(
        "getTicket", "One ticket with its history", answer("The ticket", ref("TicketFile")), [_TICKET_ID], also=(404,)
    ),
    "/tickets/{id}/{order}": post(
        "orderTicket",
        "One more caller, hand over (`to`, `address`, `text`), promise (`by`), note, done, open again; 409 where that does not fit",
        ref("TicketOrder"),
        answer("The ticket", ref("TicketFile")),
        [_TICKET_ID, in_path("order", "What is to be done") | {"schema": one_of(TICKET_ORDERS)}],
        status=200,
    ),
    "/register": get(
        "getRegister", "The contact register of a quarter", answer("Figures", ref("Register")), [_QUARTER], also=(400, 403)
    ),
    "/trail": get(
        "readTrail",
        "What people did, in its order; at most 1,000 entries, each sealed with all before it",
        answer("Entries", list_of(_ENTRY)),
        [_AFTER],
        also=(400, 403),
    ),
    "/trail/head": get(
        "getTrailHead",
        "The last entry, to be kept elsewhere, and whether all before it fit",
        answer("The head", ref("TrailHead")),
        also=(403,),
    ),
}
