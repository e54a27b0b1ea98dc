"""An alert's history as PDF. Python says what is in it, `aftermath.typ` how it looks.

What people and stations wrote goes to Typst as data and is never taken for markup. Only the fonts inside Typst are used and no time
but that of the alert, so that the same history is the same file. PDF/A-2b: it is kept for years.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import typst

from hotline.core.aftermath import delays_of
from hotline.core.ages import age_of
from hotline.web import alert_words
from hotline.web.languages import DAY_SIGNS
from hotline.web.wording import ZONE, clipped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from alerts.ports import File
    from hotline.core.aftermath import Moment
    from hotline.web.wording import Wording
    from monitor.registry.directory import Directory

MOST_STATIONS: Final = 500
"""Chargers that are listed on paper."""
_ABSENT: Final = "–"


def aftermath_pdf(wording: Wording, file: File, moments: Sequence[Moment], sentence: str, directory: Directory) -> bytes:
    """Return the history of an alert as a PDF in the language of `wording`."""
    source = (resources.files("hotline.web") / "aftermath.typ").read_bytes()
    facts = _facts(wording, file, moments, sentence, directory)
    made = typst.compile(
        source,
        format="pdf",
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"aftermath": json.dumps(facts, ensure_ascii=False)},
        pdf_standards="a-2b",
        timestamp=int((file.alert.over_at or wording.now).timestamp()),
    )
    return bytes(made)


def _facts(wording: Wording, file: File, moments: Sequence[Moment], sentence: str, directory: Directory) -> dict[str, Any]:
    """Return all that is on paper, in words."""
    alert, say = file.alert, wording.say
    delays = delays_of(alert, moments)
    stations = sorted({station for one in file.matters for station in one.stations})
    known = [one for one in map(directory.by_id, stations) if one is not None]
    summary = [
        (alert_words.PAPER_RULE, alert.rule),
        (alert_words.PAPER_SEVERITY, say(alert_words.SEVERITIES[alert.severity])),
        (alert_words.PAPER_SINCE, wording.exact(alert.since)),
        (alert_words.PAPER_KNOWN, f"{wording.exact(alert.opened_at)} ({_length(wording, delays.known)})"),
        (alert_words.PAPER_TOLD, _length(wording, delays.told)),
        (alert_words.PAPER_TAKEN, _length(wording, delays.taken)),
        (alert_words.PAPER_OVER, _ABSENT if alert.over_at is None else wording.exact(alert.over_at)),
        (alert_words.PAPER_CHARGERS, str(len(stations))),
        (alert_words.PAPER_CAUSE, ", ".join(alert_words.causes(wording, file.matters)) or _ABSENT),
        (alert_words.PAPER_REMARK, f"{alert.cause} ({alert.resolved_by})" if alert.cause else _ABSENT),
    ]
    return {
        "language": wording.speech.value,
        "title": f"{say(alert_words.PAPER_TITLE)} {alert.id}",
        "sentence": sentence,
        "summary": [[say(label), value] for label, value in summary],
        "history_head": say(alert_words.PAPER_HISTORY),
        "history": _by_day(wording, moments),
        "chargers_head": say(alert_words.PAPER_CHARGERS),
        "chargers": [[one.sticker, clipped(one.address or one.site)] for one in known[:MOST_STATIONS]],
        "more": max(0, len(stations) - MOST_STATIONS),
        "page": say(alert_words.PAPER_PAGE),
        "as_of": "" if alert.over_at else say(alert_words.PAPER_AS_OF) % {"time": wording.exact(wording.now)},
    }


def _by_day(wording: Wording, moments: Sequence[Moment]) -> list[dict[str, Any]]:
    """Return the moments of each day under its date; where the clocks change a day has two parts."""
    found: list[dict[str, Any]] = []
    for one in moments:
        local = one.at.astimezone(ZONE)
        day = f"{wording.date(one.at)} ({local.tzname()})"
        if not found or found[-1]["day"] != day:
            found.append({"day": day, "moments": []})
        found[-1]["moments"].append([f"{local:%H:%M:%S}", alert_words.moment(wording, one)])
    return found


def _length(wording: Wording, length: timedelta | None) -> str:
    return _ABSENT if length is None else age_of(wording.now - length, wording.now, day=DAY_SIGNS[wording.speech])


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
