"""What an event of an iCalendar file must be before shifts are worked out from it: its times, its end, its rule of repetition.

A rule is one that surely meets a day again, in every period or on the next 29 February: so the search for it ends, and it is known
beforehand how many there are at most. RFC 5545 §3.3.10 allows more. Who the event is about, and what it does to a schedule, is said
in `calendars`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from icalendar import vCalAddress, vDDDLists, vDDDTypes, vInt, vRecur

from alerts.core.wall_clock import instant
from alerts.errors import CalendarError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from icalendar import Component

MOST_INTERVAL: Final = 1_000
LONGEST: Final = timedelta(days=366)

_SELDOM: Final = 50
"""As how many days a rule counts at least: one that meets seldom, on a 29 February, is looked for longest."""
_PERIODS: Final = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 28, "YEARLY": 365}
"""The days that a rule's period has at least."""
_PARTS: Final = {"DAILY": {"BYDAY"}, "WEEKLY": {"BYDAY"}, "MONTHLY": {"BYDAY", "BYMONTHDAY"}, "YEARLY": set[str]()}
"""What a rule may have beside the parts of any rule."""
_PARTS_OF_ANY: Final = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"}
_EVERY_MONTH: Final = 28
"""The last day that every month has."""
_FOUR_TIMES: Final = 4
"""How often every month has every weekday."""
_KINDS: Final = {
    "DTSTART": vDDDTypes,
    "DTEND": vDDDTypes,
    "DURATION": vDDDTypes,
    "RECURRENCE-ID": vDDDTypes,
    "RDATE": vDDDLists,
    "EXDATE": vDDDLists,
    "RRULE": vRecur,
    "ATTENDEE": vCalAddress,
    "SEQUENCE": vInt,
}
"""As what the library reads a property, unless the file says that it is something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """How many days the repetitions of an event have at most: those to walk from its beginning on, and those within a time.

    An event that is not repeated has none.
    """

    walked: int
    within: int


def span(event: Component, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return from when until when an event, or one of its repetitions, lasts, as UTC; a day is that on the wall of `zone`."""
    return _instant(event.get("DTSTART").dt, zone), _instant(_end(event), zone)


def check(event: Component, zone: ZoneInfo) -> None:
    """Refuse what cannot be followed.

    Raises:
        CalendarError: the message does not name the event.
    """
    wrong = [name or "a line" for name, _ in event.errors]
    for name in wrong + [name for name, kind in _KINDS.items() if not all(isinstance(said, kind) for said in _said(event, name))]:
        message = f"{name} cannot be read: write it as iCalendar has it (RFC 5545)"
        raise CalendarError(message)
    for name in ("UID", "DTSTART"):
        if not event.get(name):
            message = f"it has no {name}: export the calendar again, with {name}"
            raise CalendarError(message)
    if "DTEND" not in event and "DURATION" not in event:
        raise CalendarError("it has no end: write DTEND")
    for name in ("DTSTART", "DTEND", "RECURRENCE-ID", "RDATE", "EXDATE"):
        for at in _times(event, name):
            _check_time(name, at)
    _check_span(event, zone)
    if "RRULE" in event:
        _check_rule(event.get("RRULE"))


def steps(event: Component, since: datetime, until: datetime) -> Steps:
    """Return how far the repetitions of a checked event go, at most or nearly so, by `until` and from `since` to it."""
    named = len(_times(event, "RDATE"))
    rule = event.get("RRULE")
    if rule is None:
        return Steps(walked=named, within=named)
    period = _PERIODS[rule["FREQ"][0]]
    weekday = _FOUR_TIMES + 1 if rule["FREQ"][0] == "MONTHLY" else 1
    listed = sum(1 if day.relative else weekday for day in rule.get("BYDAY", ())) + len(rule.get("BYMONTHDAY", ()))
    each = max(1, min(listed, period))
    first, length = event.get("DTSTART").dt.toordinal(), _end(event).toordinal() - event.get("DTSTART").dt.toordinal()
    last: int = min(end.toordinal() for end in (until, *rule.get("UNTIL", ())))

    def met(begin: int) -> int:
        periods = max(0, (last - begin) // (period * _one(rule, "INTERVAL", 1)) + 1)
        return named + min(periods * each, _one(rule, "COUNT", periods * each))

    return Steps(walked=max(met(first), _SELDOM), within=met(max(first, since.toordinal() - length)))


def _check_span(event: Component, zone: ZoneInfo) -> None:
    try:
        if isinstance(event.get("DTSTART").dt, datetime) is not isinstance(_end(event), datetime):
            raise CalendarError("DTSTART is a day and its end a time, or the other way round: write both alike")
        since, until = span(event, zone)
    except OverflowError:
        raise CalendarError("its times are beyond the calendar: write years from 1 to 9999") from None
    if until <= since:
        message = f"it ends at {until:%Y-%m-%d %H:%M} UTC, not after it begins: let it end later"
        raise CalendarError(message)
    if until - since > LONGEST:
        message = f"it lasts {(until - since).days} days: let it last at most {LONGEST.days}"
        raise CalendarError(message)


def _check_rule(rule: vRecur) -> None:
    frequency = str(rule.get("FREQ", [""])[0])
    if frequency not in _PERIODS:
        message = f"RRULE repeats by FREQ={frequency[:60]}: write {', '.join(_PERIODS)}"
        raise CalendarError(message)
    for part in sorted(set(rule) - _PARTS_OF_ANY - _PARTS[frequency]):
        message = f"RRULE has {part[:60]!r}, which is not taken with FREQ={frequency}: write it without, or as several events"
        raise CalendarError(message)
    for part in ("INTERVAL", "COUNT"):
        if not 1 <= _one(rule, part, 1) <= MOST_INTERVAL:
            message = f"RRULE has {part}={_one(rule, part, 1)}: write a number from 1 to {MOST_INTERVAL}"
            raise CalendarError(message)
    if not all(isinstance(end, date) for end in rule.get("UNTIL", ())):
        raise CalendarError("RRULE has an UNTIL that is neither a day nor a time: write one")
    weekdays, days = rule.get("BYDAY", ()), rule.get("BYMONTHDAY", ())
    if weekdays and (days or (frequency == "DAILY" and _one(rule, "INTERVAL", 1) > 1)):
        raise CalendarError("RRULE has BYDAY beside BYMONTHDAY, or beside INTERVAL of days: write one of the two")
    if len({weekday.relative is None for weekday in weekdays}) > 1:
        raise CalendarError("RRULE has BYDAY with and without numbers: write two events")  # the library would look for both at once
    for weekday in weekdays:
        if weekday.relative is not None and (frequency != "MONTHLY" or not 1 <= abs(weekday.relative) <= _FOUR_TIMES):
            message = f"RRULE has BYDAY={weekday}, which not every period has: write it without the number, or 1 to 4 with MONTHLY"
            raise CalendarError(message)
    for day in days:
        if not 1 <= abs(day) <= _EVERY_MONTH:
            message = f"RRULE has BYMONTHDAY={day}, which not every month has: write 1 to {_EVERY_MONTH}, or -1 for the last"
            raise CalendarError(message)


def _one(rule: vRecur, part: str, otherwise: int) -> int:
    return int(rule[part][0]) if part in rule else otherwise


def _times(event: Component, name: str) -> list[Any]:
    """Return the times that a property says."""
    return [at.dt for said in _said(event, name) for at in getattr(said, "dts", [said])]


def _said(event: Component, name: str) -> list[Any]:
    """Return the values of a property, as often as it comes."""
    said = event.get(name, [])
    return said if isinstance(said, list) else [said]


def _check_time(name: str, at: object) -> None:
    if not isinstance(at, date):
        message = f"{name} is neither a day nor a time: write one"
        raise CalendarError(message)
    if isinstance(at, datetime) and at.tzinfo is None:
        message = f"{name} has a time without a zone, {at:%Y-%m-%d %H:%M}: write TZID=Europe/Luxembourg, or UTC with a Z"
        raise CalendarError(message)


def _end(event: Component) -> date:
    """Return the end of an event; a duration is one on the wall."""
    if "DTEND" in event:
        end: date = event.get("DTEND").dt
        return end
    begin: date = event.get("DTSTART").dt
    lasts = event.get("DURATION").dt
    if not isinstance(lasts, timedelta):
        raise CalendarError("DURATION is none: write DTEND")
    return begin + lasts


def _instant(at: date, zone: ZoneInfo) -> datetime:
    return at.astimezone(UTC) if isinstance(at, datetime) else instant(datetime.combine(at, time()), zone)
