"""The letter with which a ticket is handed over: the facts are filled in, in the language of who gets it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hotline.core.sentences import marked
from hotline.web import call_words, words
from hotline.web.wording import clipped

if TYPE_CHECKING:
    from hotline.core.tickets import Addressee, Ticket
    from hotline.web.wording import Wording
    from monitor.core.health_state import HealthState
    from monitor.core.registry import Station

TITLE: Final = marked("Charger %(sticker)s: %(subject)s")
CALLERS: Final = marked("Callers who told us: %(count)s")
STATE: Final = marked("As we see it now: %(state)s since %(since)s")
NEVER: Final = marked("As we see it now: %(state)s")
BACK: Final = marked("Please tell us by when: hotline %(phone)s, ticket %(ticket)s.")
SERIAL: Final = marked("serial number")


def title_of(wording: Wording, ticket: Ticket, station: Station) -> str:
    """Return the subject of the letter."""
    line = wording.say(TITLE) % {"sticker": station.sticker, "subject": ticket.subject}
    return f"[{wording.say(call_words.URGENT)}] {line}" if ticket.urgent else line


def labels_of(ticket: Ticket, station: Station | None, to: Addressee) -> dict[str, str]:
    """Return what a ticket is about, for a program; what is not known is left out."""
    found = {
        "kind": "ticket",
        "ticket": str(ticket.id),
        "station": "" if station is None else station.sticker,
        "connector": ticket.connector,
        "cause": ticket.cause,
        "urgent": "yes" if ticket.urgent else "no",
        "callers": str(ticket.calls),
        "for": to.value,
        "serial": "" if station is None else station.serial,
    }
    return {name: value for name, value in found.items() if value}


def letter_of(  # noqa: PLR0913, PLR0917  (the facts that are filled in)
    wording: Wording, ticket: Ticket, station: Station, health: HealthState, verdict: str, phone: str
) -> str:
    """Return the letter, a fact a line; the agent may change it before it goes. `verdict` is what we see, not what callers say."""
    say = wording.say
    place = ", ".join(part for part in (station.address, station.site) if part)
    make = " ".join(part for part in (station.vendor, station.model) if part)
    point = f" · {say(call_words.POINT)} {ticket.connector}" if ticket.connector else ""
    seen = {"state": say(words.STATES[health.state])}
    if health.last_seen is not None and health.since is not None:
        seen_so = say(STATE) % {**seen, "since": wording.exact(health.since)}
    else:
        seen_so = say(NEVER) % seen
    lines = [
        f"{station.sticker}{f' · {place}' if place else ''}{point}",
        f"{make}{f' · {say(SERIAL)} {station.serial}' if station.serial else ''}" if make else "",
        ticket.subject,
        seen_so,
        verdict if verdict != ticket.subject else "",
        say(CALLERS) % {"count": ticket.calls},
        say(BACK) % {"phone": phone, "ticket": ticket.id} if phone else "",
    ]
    return "\n".join(clipped(line) for line in lines if line)
