"""Drafts of what an authority is to be told of a significant incident: facts are filled in, judgements are left to people.

Directive (EU) 2022/2555 (NIS 2), article 23(4): an early warning within 24 hours after one became aware, a notification within 72
hours, a final report within a month after the notification. Whether an incident is significant (article 23(3)) is not decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hotline.core.aftermath import Step
from hotline.core.sentences import marked
from hotline.web import alert_words
from hotline.web.wording import clipped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from alerts.ports import File
    from hotline.core.aftermath import Moment
    from hotline.web.wording import Wording
    from monitor.registry.directory import Directory

EARLY: Final = timedelta(hours=24)
NOTIFICATION: Final = timedelta(hours=72)
FINAL: Final = timedelta(days=30)
"""A month after the notification, counted so that it is never too late."""
MOST_PLACES: Final = 12
_GAP: Final = "[…]"
"""Left for whoever sends it."""

EARLY_WARNING: Final = marked("Early warning")
INCIDENT_NOTIFICATION: Final = marked("Incident notification")
FINAL_REPORT: Final = marked("Final report")
WHAT: Final = marked("What happened: %(what)s")
BEGAN: Final = marked("Began: %(at)s")
AWARE: Final = marked("Known to us: %(at)s")
ENDED: Final = marked("Over: %(at)s")
GOES_ON: Final = marked("It goes on.")
REACH: Final = marked("Reach: %(count)s charging stations, %(points)s charging points. Places: %(places)s")
MORE_PLACES: Final = marked("and %(count)s more")
UNLAWFUL: Final = marked("Suspected to be unlawful or malicious: %(gap)s")
BORDERS: Final = marked("Effects in other member states: %(gap)s")
SEVERITY: Final = marked("First assessment of severity and effects: %(gap)s")
COMPROMISE: Final = marked("Signs of compromise: %(gap)s")
CAUSE: Final = marked("Cause, as we judge it now: %(cause)s")
WRITTEN: Final = marked("Cause, as it was written down: %(cause)s")
MEASURES: Final = marked("Measures taken and under way: %(gap)s")
COURSE: Final = marked("Course of events:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One of the three, until when it is due, and its lines."""

    title: str
    due: datetime
    text: str


def draft(wording: Wording, file: File, moments: Sequence[Moment], sentence: str, directory: Directory) -> list[Draft]:
    """Return the three drafts of an alert's incident in the language of `wording`."""
    alert, aware = file.alert, file.alert.opened_at
    ended = wording.say(GOES_ON) if alert.over_at is None else _said(wording, ENDED, at=wording.exact(alert.over_at))
    known = [
        _said(wording, WHAT, what=sentence),
        _said(wording, BEGAN, at=wording.exact(alert.since)),
        _said(wording, AWARE, at=wording.exact(aware)),
        _reach(wording, file, directory),
        ended,
    ]
    judged = [_said(wording, one, gap=_GAP) for one in (UNLAWFUL, BORDERS)]
    causes = _causes(wording, file)
    course = [
        wording.say(COURSE),
        *(f"- {wording.exact(one.at)}: {alert_words.moment(wording, one)}" for one in moments if _matters(one)),
    ]
    parts = (
        (EARLY_WARNING, aware + EARLY, [*known, *judged]),
        (
            INCIDENT_NOTIFICATION,
            aware + NOTIFICATION,
            [*known, *judged, *(_said(wording, one, gap=_GAP) for one in (SEVERITY, COMPROMISE)), *causes],
        ),
        (FINAL_REPORT, aware + NOTIFICATION + FINAL, [*known, *judged, *causes, _said(wording, MEASURES, gap=_GAP), *course]),
    )
    return [Draft(title=wording.say(title), due=due, text="\n".join(lines)) for title, due, lines in parts]


def _matters(moment: Moment) -> bool:
    return moment.step not in {Step.HELD, Step.WENT_ON, Step.BEYOND, Step.ARRIVED, Step.JOINED}


def _reach(wording: Wording, file: File, directory: Directory) -> str:
    stations = {station for one in file.matters for station in one.stations}
    known = [one for one in map(directory.by_id, stations) if one is not None]
    places = sorted({clipped(one.site or one.address) for one in known if one.site or one.address})
    named = ", ".join(places[:MOST_PLACES]) or _GAP
    if len(places) > MOST_PLACES:
        named = f"{named} {_said(wording, MORE_PLACES, count=str(len(places) - MOST_PLACES))}"
    points = str(sum(one.connectors or 0 for one in known) or _GAP)
    return _said(wording, REACH, count=str(len(stations)), points=points, places=named)


def _causes(wording: Wording, file: File) -> list[str]:
    lines = [_said(wording, CAUSE, cause=", ".join(alert_words.causes(wording, file.matters)) or _GAP)]
    return [*lines, _said(wording, WRITTEN, cause=file.alert.cause)] if file.alert.cause else lines


def _said(wording: Wording, sentence: str, **facts: str) -> str:
    return wording.say(sentence) % facts
