"""The calendar of a schedule: its shifts written as iCalendar for anybody's calendar, and a calendar read as temporary shifts.

Written is what is on call, a whole shift an event (RFC 5545). Read is who is to be on call: in the time of an event the people it
names, and no others, in place of the rotation; where events overlap, all of their people. What a calendar leaves free is left to
the rotation, and overrides stand over it as over every temporary shift. A repetition begins and ends at its times on the wall.
Whether what is read clashes with what is stored is asked of `changes.clashes`; nothing is stored here, and no calendar is fetched.

Reading a bad file of the greatest length takes seconds: it belongs into a thread.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import recurring_ical_events
from icalendar import Calendar, Event

from alerts.calendar_events import check, span, steps
from alerts.calendar_lines import PLACE, needed_lines
from alerts.core.changes import TemporaryShift
from alerts.core.oncall import shifts
from alerts.errors import CalendarError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from icalendar import Component

    from alerts.core.changes import Change
    from alerts.core.rotations import Schedule

MOST_OCCURRENCES: Final = 10_000
MOST_STEPS: Final = 100_000
"""How many days all rules together may name from their beginnings on: all of them are walked."""
PRODUCT: Final = "-//Bornewatch//on-call//EN"

_WRONG: Final = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError)
"""What the libraries raise over values that they did not expect."""
_MARGIN: Final = timedelta(days=2)
"""Looked at on both sides: a time on the wall may be a day apart from the same one in UTC."""


def write_calendar(
    schedule: Schedule, *, since: datetime, until: datetime, stamped: datetime, changes: Iterable[Change] = ()
) -> bytes:
    """Return the shifts between two instants as an iCalendar file; `stamped` is when it is written.

    The turns under way at both ends are written whole. An event keeps its UID as long as its person and its beginning stay; a
    shift of several people is an event for each.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", schedule.name)
    calendar.add("x-wr-calname", schedule.name)
    whole = schedule.begins(schedule.turn(since)), schedule.begins(schedule.turn(until - datetime.resolution) + 1)
    for shift in shifts(schedule, *whole, changes):
        for person in shift.people:
            event = Event()
            said = f"{schedule.name}\n{person}\n{shift.since.isoformat()}"
            event.add("uid", f"{sha256(said.encode()).hexdigest()[:32]}@bornewatch")
            event.add("dtstamp", stamped.astimezone(UTC))
            event.add("dtstart", shift.since)
            event.add("dtend", shift.until)
            event.add("summary", person)
            event.add("transp", "TRANSPARENT")
            calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def read_calendar(  # noqa: PLR0913  (what a page or a command asks with)
    data: bytes,
    *,
    schedule: Schedule,
    since: datetime,
    until: datetime,
    contacts: Mapping[str, str],
    by: str = "",
    why: str = "",
) -> tuple[TemporaryShift, ...]:
    """Return what an iCalendar file says of a schedule between two instants: temporary shifts, the first first, none overlapping.

    An event is about the contact that its SUMMARY names, or else about its ATTENDEEs, by name or mail address; case does not
    matter. `contacts` are all that there are, each with a mail address or an empty text. Cancelled events say nothing; a day
    without a time is one on the wall of the schedule's zone.

    Raises:
        CalendarError: when the file, or anything in it, cannot be followed; the message names the event and its line.
    """
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    calendar = _checked(data, schedule, since, until)
    known = {_folded(name): name for name in contacts} | {_folded(mail): name for name, mail in contacts.items() if mail}
    held: list[tuple[datetime, datetime, set[str]]] = []
    for event in _occurrences(calendar, since, until):
        begin, end = max(since, span(event, schedule.zone)[0]), min(until, span(event, schedule.zone)[1])
        if begin < end and str(event.get("STATUS", "")).upper() != "CANCELLED":
            if len(held) == MOST_OCCURRENCES:
                raise _too_many(event)
            held.append((begin, end, _people(event, known, begin)))
    return tuple(
        TemporaryShift(schedule=schedule.name, since=begin, until=end, people=people, by=by, why=why)
        for begin, end, people in _tidy(held)
    )


def _checked(data: bytes, schedule: Schedule, since: datetime, until: datetime) -> Calendar:
    """Return the events of a file when all of them can be followed."""
    try:
        calendar = Calendar.from_ical(needed_lines(data))
    except _WRONG as error:
        message = f"the calendar cannot be read ({str(error)[:100]!r}): export it again"
        raise CalendarError(message) from None
    seen: dict[tuple[str, Any], str] = {}
    walked = within = 0
    for event in calendar.walk("VEVENT"):
        place = str(event[PLACE])
        try:
            check(event, schedule.zone)
        except CalendarError as error:
            message = f"{place}: {error}"
            raise CalendarError(message) from None
        key = str(event["UID"]), event.get("RECURRENCE-ID").dt if "RECURRENCE-ID" in event else None
        if key in seen:
            message = f"{place}: its UID is that of {seen[key]} too: give each its own"
            raise CalendarError(message)
        seen[key] = place
        repeated = steps(event, since, until)
        walked, within = walked + repeated.walked, within + repeated.within
        if within > MOST_OCCURRENCES:
            raise _too_many(event)
        if walked > MOST_STEPS:
            message = f"{place}: the rules up to it name more than {MOST_STEPS} days since their DTSTART: let them begin later"
            raise CalendarError(message)
    return calendar


def _occurrences(calendar: Calendar, since: datetime, until: datetime) -> list[Component]:
    """Return the events, and the repetitions of events, in the time from `since` to `until`, and some beside it."""
    try:
        found: list[Component] = recurring_ical_events.of(calendar).between(since - _MARGIN, until + _MARGIN)
    except _WRONG as error:
        message = f"the repetitions of the calendar cannot be worked out ({str(error)[:100]!r}): write them as single events"
        raise CalendarError(message) from None
    return found


def _people(event: Component, known: Mapping[str, str], begin: datetime) -> set[str]:
    """Return the contacts whom an event is about."""
    summary = str(event.get("SUMMARY", ""))
    named = known.get(_folded(summary))
    if named is not None:
        return {named}
    invited = event.get("ATTENDEE", [])
    found = set()
    for attendee in invited if isinstance(invited, list) else [invited]:
        names = str(attendee.params.get("CN", "")), str(attendee).lower().removeprefix("mailto:")
        person = known.get(_folded(names[0])) or known.get(_folded(names[1]))
        if person is None:
            raise _unknown(event, begin, " ".join(filter(None, names)))
        found.add(person)
    if not found:
        raise _unknown(event, begin, summary)
    return found


def _tidy(
    held: Iterable[tuple[datetime, datetime, Iterable[str]]],
) -> Iterator[tuple[datetime, datetime, tuple[str, ...]]]:
    """Return who is named from when until when: times that do not overlap, neighbours with the same people as one."""
    edges: list[tuple[datetime, int, str]] = []
    for begin, end, people in held:
        for person in people:
            edges += [(begin, 1, person), (end, -1, person)]
    edges.sort()
    named: Counter[str] = Counter()
    begun = datetime.min.replace(tzinfo=UTC)
    before: tuple[str, ...] = ()
    for at, group in groupby(edges, key=itemgetter(0)):
        for _, more, person in group:
            named[person] += more
        people = tuple(sorted(person for person, times in named.items() if times))
        if people != before:
            if before:
                yield begun, at, before
            begun, before = at, people


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _unknown(event: Component, begin: datetime, named: str) -> CalendarError:
    return CalendarError(
        f"{event[PLACE]} on {begin:%Y-%m-%d %H:%M} UTC: {named[:60]!r} is no contact: write the name of one as SUMMARY or ATTENDEE"
    )


def _too_many(event: Component) -> CalendarError:
    return CalendarError(f"{event[PLACE]}: there are more than {MOST_OCCURRENCES} events in this time: ask for a shorter one")
