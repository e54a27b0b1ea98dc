"""The lines of an iCalendar file that are let through to the parser: those of its events that are needed, and no others.

A file comes from outside. Of what a program adds beside the events, an alarm, an attachment, a note, nothing is read. Time zones
are known by their names and never taken from the file's own rules, which the parser would remember for the next file. What the
lines say is not looked at here: `calendar_events`. They may end in LF alone and be as long as they like; RFC 5545 §3.1 is stricter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from alerts.core.schedules import read_zone
from alerts.errors import CalendarError, ScheduleError

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES: Final = 1_000_000
PLACE: Final = "X-PLACE"
"""The property that carries an event's place in the file through its repetitions."""

_ONCE: Final = frozenset(("UID", "DTSTART", "DTEND", "DURATION", "SUMMARY", "STATUS", "SEQUENCE", "RECURRENCE-ID", "RRULE"))
_OFTEN: Final = frozenset(("ATTENDEE", "RDATE", "EXDATE"))
_NAME: Final = re.compile(r"([A-Za-z0-9-]+)[;:]")
_DATED: Final = frozenset(("DTSTART", "DTEND", "RECURRENCE-ID", "RDATE", "EXDATE"))
_ZONE: Final = re.compile(r";[ \t]*TZID[ \t]*=[ \t]*(?:\"([^\"]*)\"|([^;:\"]*))", re.IGNORECASE)
_EVENT: Final = ["VCALENDAR", "VEVENT"]


@dataclass(slots=True)
class _Lines:
    """What was let through so far."""

    kept: list[str] = field(default_factory=lambda: ["BEGIN:VCALENDAR"])
    components: list[str] = field(default_factory=list)
    """Those that are open, the outermost first."""
    seen: set[str] = field(default_factory=set)
    """The properties of the event under way that may come once."""
    place: str = ""
    events: int = 0

    def begin(self, component: str, number: int) -> None:
        self.components.append(component)
        if self.components == _EVENT:
            self.events += 1
            self.place = f"event {self.events} (line {number})"
            self.seen = set()
            self.kept += ["BEGIN:VEVENT", f"{PLACE}:{self.place}"]

    def end(self, component: str, number: int) -> None:
        if not self.components or self.components[-1] != component:
            message = f"line {number}: END:{component[:60]!r} ends nothing that is open: export the calendar again"
            raise CalendarError(message)
        if self.components == _EVENT:
            self.kept.append("END:VEVENT")
        self.components.pop()

    def add(self, name: str, line: str) -> None:
        """Let a property of an event through if it is needed."""
        if name in self.seen:
            message = f"{self.place}: {name} comes twice: write it once"
            raise CalendarError(message)
        if name in _ONCE:
            self.seen.add(name)
        if name in _ONCE or name in _OFTEN:
            if name in _DATED:
                _check_zone(line, self.place)
            self.kept.append(line)


def needed_lines(data: bytes) -> str:
    """Return a calendar of the events of a file and nothing else; each has its `PLACE`.

    Raises:
        CalendarError: when the file is too long or no calendar, when a property comes twice, or when a time zone is not known.
    """
    if len(data) > MOST_BYTES:
        message = f"the calendar has {len(data)} bytes: send at most {MOST_BYTES}"
        raise CalendarError(message)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"the calendar is not UTF-8 at byte {error.start}: export it as UTF-8"
        raise CalendarError(message) from None
    if not text.strip():
        raise CalendarError("the calendar is empty: send an iCalendar file")
    lines = _Lines()
    for number, line in _unfolded(text):
        named = _NAME.match(line)
        name = named[1].upper() if named else ""
        component = line.partition(":")[2].strip().upper()
        if not lines.components and line.strip() and name != "END" and (name, component) != ("BEGIN", _EVENT[0]):
            message = f"line {number}: {line[:60]!r} is outside of a calendar: send an iCalendar file, from BEGIN:VCALENDAR on"
            raise CalendarError(message)
        if name == "BEGIN":
            lines.begin(component, number)
        elif name == "END":
            lines.end(component, number)
        elif lines.components == _EVENT:
            lines.add(name, line)
    if lines.components:
        message = f"the calendar ends inside {lines.components[-1][:60]!r}: it was cut off, send it whole"
        raise CalendarError(message)
    return "".join(f"{line}\r\n" for line in (*lines.kept, "END:VCALENDAR"))


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Return the lines with their numbers, each with those that continue it."""
    begun, parts = 1, [""]
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if line[:1] in (" ", "\t"):
            parts.append(line[1:])
        else:
            yield begun, "".join(parts)
            begun, parts = number, [line]
    yield begun, "".join(parts)


def _check_zone(line: str, place: str) -> None:
    """Refuse a time zone that the parser would not know, or guess."""
    for quoted, plain in _ZONE.findall(line):
        name = quoted or plain.strip()
        if name not in WINDOWS_TO_OLSON:
            try:
                read_zone(name)
            except ScheduleError:
                message = f"{place}: time zone {name[:60]!r} is not known: write one such as Europe/Luxembourg, or times of UTC"
                raise CalendarError(message) from None
