"""What can go wrong in the alerts package and is somebody's to mend. A message is one line: what is wrong, and how to mend it."""

from __future__ import annotations


class AlertsError(Exception):
    """Root of the package's errors."""


class RuleBookError(AlertsError):
    """`alerts.toml` cannot be used; the message names the place, the value and how to mend it."""


class MailServerError(AlertsError):
    """`[smtp]` names what cannot be used; the message says which key and why."""


class ScheduleError(AlertsError):
    """A schedule, or a change of one, that cannot be followed as it is written; writing it the same way fails again."""


class ForeignBodyError(AlertsError):
    """What somebody's program posted is not what is taken; the message says what is wrong, and the same again fails again."""


class OrderRefusedError(AlertsError):
    """What a command asked for is not done; the message says why and how to mend it."""


class CalendarError(AlertsError):
    """An iCalendar file that is not taken; the message names the event and its line."""
