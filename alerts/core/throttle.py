"""How many messages one person may get by one way: after that they wait, and what waited comes as one.

The limits are GoAlert's, which people have found bearable: short messages 5 in 15 minutes, 11 in an hour, 21 in three; calls 3, 7
and 15. Of mail and push a person reads more; programs are not limited. What presses less never holds up what presses more. Beyond
the limits there is one message a minute, for a page that has reached nobody.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from alerts.core.delivery import Medium
from alerts.core.severity import Severity, presses_more

if TYPE_CHECKING:
    from collections.abc import Sequence

LIMITS: Final[dict[Medium, tuple[tuple[int, timedelta], ...]]] = {
    Medium.SMS: ((5, timedelta(minutes=15)), (11, timedelta(hours=1)), (21, timedelta(hours=3))),
    Medium.VOICE: ((3, timedelta(minutes=15)), (7, timedelta(hours=1)), (15, timedelta(hours=3))),
    Medium.EMAIL: ((20, timedelta(minutes=15)), (60, timedelta(hours=3))),
    Medium.NTFY: ((20, timedelta(minutes=15)), (60, timedelta(hours=3))),
}
"""Messages in a time, by way."""
OVER: Final = ((1, timedelta(minutes=1)),)
"""The same for a page that nobody could be told of within those limits."""
LONGEST: Final = timedelta(hours=3)


class Earlier(NamedTuple):
    """A message that somebody got before: when, and how much it pressed."""

    at: datetime
    severity: Severity


def free_at(medium: Medium, severity: Severity, before: Sequence[Earlier], now: datetime, *, over: bool = False) -> datetime:
    """Return when one more of that severity may be sent, `now` if it may; `over`: beyond the limits.

    `before` are those they got, in order; what pressed less does not count.
    """
    sent = [one.at for one in before if not presses_more(severity, one.severity)]
    free = now
    for most, span in OVER if over else LIMITS.get(medium, ()):
        if len(sent) >= most:
            free = max(free, sent[-most] + span)
    return free
