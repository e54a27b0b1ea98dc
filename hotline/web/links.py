"""The addresses of pages, built in one place so that a sticker with a slash or a space stays one path segment."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from hotline.core.offers import Offer
    from hotline.web.diagnosing import Complaint
    from monitor.core.events import State
    from monitor.core.ids import Sticker


def station_path(sticker: Sticker) -> str:
    """Return the path of a station's page."""
    return f"/stations/{quote(sticker, safe='')}"


def driver_path(sticker: Sticker) -> str:
    """Return the path of the driver's page on the public listener, which the code on the sticker leads to."""
    return f"/b/{quote(sticker, safe='')}"


def frames_path(sticker: Sticker, action: str = "", form: str = "") -> str:
    """Return the path of a station's frames, those of one action or all, as a page or in another `form`."""
    asked = {name: value for name, value in (("action", action), ("as", form)) if value}
    return f"{station_path(sticker)}/frames{'?' if asked else ''}{urlencode(asked)}"


def stations_path(state: State | None = None, page: int = 1) -> str:
    """Return the path of the list of stations in `state`, or of all."""
    asked = ({} if state is None else {"state": state.value}) | ({} if page == 1 else {"page": str(page)})
    return f"/stations?{urlencode(asked)}" if asked else "/stations"


def seen_path(asked: str) -> str:
    """Return the path of the page that says whether an identity or an address is seen."""
    return f"/seen?{urlencode({'q': asked})}"


def dialled(phone: str) -> str:
    """Return `phone` as a ``tel:`` link dials it (RFC 3966): digits, and the plus in front."""
    number = "".join(sign for sign in phone if sign in "0123456789")
    return f"+{number}" if phone.strip().startswith("+") else number


def breach_path(page: int = 1) -> str:
    """Return the path of the list of open breaches."""
    return "/breaches" if page == 1 else f"/breaches?page={page}"


def ask_path(sticker: Sticker, offer: Offer, complaint: Complaint) -> str:
    """Return the path of the page that says what an order would do, and sends it."""
    asked = {"action": offer.action.value, "type": offer.type, "symptom": complaint.symptom or "", "point": complaint.connector}
    return f"{station_path(sticker)}/ask?{urlencode({name: text for name, text in asked.items() if text})}"


def complaint_path(sticker: Sticker, symptom: str | None, point: str) -> str:
    """Return the path of a station's page for a caller who says so, at that point."""
    asked = {name: text for name, text in (("symptom", symptom or ""), ("point", point)) if text}
    return f"{station_path(sticker)}{'?' if asked else ''}{urlencode(asked)}"


def call_path(call: int) -> str:
    """Return the path of a call."""
    return f"/calls/{call}"


def ticket_path(ticket: int) -> str:
    """Return the path of a ticket."""
    return f"/tickets/{ticket}"


def alert_path(alert: int, part: str = "") -> str:
    """Return the path of an alert, or of a part of it such as its report."""
    return f"/alerts/{alert}/{part}" if part else f"/alerts/{alert}"
