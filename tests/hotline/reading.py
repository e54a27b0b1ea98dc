"""Pages read as a person does, and stations in the states that pages show."""

from __future__ import annotations

from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any

from monitor.core.breaches import Breach, Cause, Party
from monitor.core.events import (
    Reason,
    State,
)
from monitor.core.health_state import Connector, HealthState, Link
from monitor.core.ids import BreachNumber
from monitor.core.observations import Status
from monitor.core.quirks import Habit, Quirk
from monitor.core.registry import Bearer
from monitor.runtime.trace import Contact as Line
from monitor.runtime.trace import Direction, Ended, Frame

from .support import NOW, Browser


def ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


def online(**more: Any) -> HealthState:
    plain: dict[str, Any] = {"state": State.ONLINE, "reason": Reason.SPOKE, "since": ago(hours=3), "last_seen": ago(seconds=8)}
    return HealthState(**(plain | {"link": Link.OPEN, "link_since": ago(hours=2)} | more))


def offline(hours: float = 6, cause: Cause = Cause.STATION, party: Party = Party.STATION) -> HealthState:
    since = ago(hours=hours)
    breach = Breach(number=BreachNumber(3), bearer=Bearer.GPRS, since=since, detected_at=since, cause=cause, party=party)
    return HealthState(
        state=State.OFFLINE,
        reason=Reason.GRACE_OVER,
        since=since,
        last_seen=since,
        link=Link.CLOSED,
        link_since=since,
        breach=breach,
        connectors=(Connector(connector="1", status=Status.CHARGING, since=since, reported_at=since),),
    )


class Reader(HTMLParser):
    """Collects what a page is made of, so that tests do not depend on its spelling."""

    def __init__(self, page: str) -> None:
        """Read `page`."""
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._hidden = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember the tag."""
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._hidden += tag == "title"
        self.text += " " if tag in {"dt", "dd", "li", "p", "td", "th", "div"} else ""

    def handle_endtag(self, tag: str) -> None:
        """Leave the tag."""
        self._hidden -= tag == "title"

    def handle_data(self, data: str) -> None:
        """Keep what a reader sees."""
        if not self._hidden:
            self.text += data

    @property
    def words(self) -> str:
        """The text with single spaces."""
        return " ".join(self.text.split())


async def read(browser: Browser, path: str, **options: Any) -> Reader:
    return Reader(await browser.page(path, **options))


def line(**more: Any) -> Line:
    """Return the line of a station that was looked at: a few frames, two ends, a round trip."""

    def frame(seconds: float, direction: Direction, text: str, **said: Any) -> Frame:
        return Frame(at=ago(seconds=seconds), direction=direction, text=text, **said)

    plain: dict[str, Any] = {
        "opened_at": ago(hours=2),
        "address": "10.20.0.7",
        "protocol": "1.6",
        "pongs": True,
        "rtt_s": 0.0484,
        "last_rtt_s": 0.0612,
        "gap_s": 42.3,
        "messages": 1204,
        "invalid": 3,
        "ended": (Ended(at=ago(hours=2), code=1006), Ended(at=ago(hours=5), code=1001)),
        "frames": (
            frame(7300, Direction.REMARK, "code 1006", code=1006),
            frame(7200, Direction.REMARK, "1.6 from 10.20.0.7"),
            frame(90, Direction.IN, '[2,"17","Authorize",{"idTag":"04…"}]'),
            frame(89.877, Direction.OUT, '[3,"17",{"idTagInfo":{"status":"Accepted"}}]'),
            frame(
                60, Direction.IN, '[2,"18","StatusNotification",{"connectorId":1,"status":"Faulted","errorCode":"GroundFailure"}]'
            ),
            frame(59.5, Direction.OUT, '[4,"18","PropertyConstraintViolation","errorCode: not known",{}]'),
            frame(30, Direction.IN, '[2,"19","MeterValues",{"connectorId":1,"meterValue":[{"time', cut=True),
            frame(29, Direction.IN, "hello?"),
            frame(8, Direction.IN, '[3,"bornewatch-1-4",{"status":"Accepted"}]'),
        ),
    }
    return Line(**(plain | more))


HABITS = (
    Habit(quirk=Quirk.NO_SUBPROTOCOL, first_at=ago(hours=30), last_at=ago(hours=2), detail="taken as ocpp1.6"),
    Habit(quirk=Quirk.WRONG_CLOCK, first_at=ago(hours=1), last_at=ago(hours=1)),
)
