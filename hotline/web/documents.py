"""An alert's history and the contact register as PDF. Python says what is in them, `*.typ` how they look.

What people and stations wrote goes to Typst as data and is never taken for markup. Only the fonts inside Typst are used and no time
but that of what is told, so that the same facts are the same file. PDF/A-2b: they are kept for years.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import typst

from hotline.core.aftermath import delays_of
from hotline.core.ages import age_of
from hotline.core.calls import Outcome
from hotline.web import alert_words, call_words, cause_words
from hotline.web.dates import ZONE
from hotline.web.wording import clipped
from hotline.web.wording import span as span_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from alerts.ports import File
    from hotline.core.aftermath import Moment
    from hotline.core.register import Figures
    from hotline.web.wording import Wording
    from monitor.core.ids import StationId, Sticker
    from monitor.core.spans import Span
    from monitor.registry.directory import Directory

MOST_STATIONS: Final = 500
"""Chargers that are listed on paper."""
MOST_ROWS: Final = 50
_RARE: Final = "\u0180"
"""The first sign after Latin-1 and Latin Extended-A, in which all five languages are written."""
_COMMON: Final = frozenset("–—…’‘“”•·≤≥€⟨⟩")
_ABSENT: Final = "–"


def aftermath_pdf(wording: Wording, file: File, moments: Sequence[Moment], sentence: str, directory: Directory) -> bytes:
    """Return the history of an alert as a PDF in the language of `wording`."""
    facts = _facts(wording, file, moments, sentence, directory)
    return _made("aftermath", facts, int((file.alert.over_at or wording.now).timestamp()))


def _made(name: str, facts: dict[str, Any], timestamp: int) -> bytes:
    """Return the paper; PDF/A wants a glyph for every sign, so where the fonts lack one it is made with ``?`` for all rare ones."""
    told = json.dumps(facts, ensure_ascii=False)
    try:
        return _compiled(name, told, timestamp)
    except typst.TypstError:
        return _compiled(name, "".join(sign if sign < _RARE or sign in _COMMON else "?" for sign in told), timestamp)


def _compiled(name: str, told: str, timestamp: int) -> bytes:
    made = typst.compile(
        (resources.files("hotline.web") / f"{name}.typ").read_bytes(),
        format="pdf",
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={name: told},
        pdf_standards="a-2b",
        timestamp=timestamp,
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


def register_pdf(wording: Wording, name: str, span: Span, figures: Figures, stickers: Mapping[StationId, Sticker]) -> bytes:
    """Return the contact register of `span`, called `name`, as a PDF in the language of `wording`."""
    facts = _register_facts(wording, name, span, figures, stickers)
    return _made("register", facts, int(span.until.timestamp()))


def _register_facts(
    wording: Wording, name: str, span: Span, figures: Figures, stickers: Mapping[StationId, Sticker]
) -> dict[str, Any]:
    say, silent = wording.say, wording.say(call_words.NOT_SAID)
    named = {stickers[one]: count for one, count in figures.stations.items() if one is not None and one in stickers}
    outcomes = {say(call_words.OUTCOMES[Outcome(one)]): count for one, count in figures.outcomes.items()}
    rankings = (
        (call_words.BY_OUTCOME, outcomes),
        (call_words.BY_CAUSE, {cause_words.cause(wording, one): count for one, count in figures.causes.items()}),
        (call_words.BY_SYMPTOM, {cause_words.symptom(wording, one): count for one, count in figures.symptoms.items()}),
        (call_words.BY_CHARGER, named),
        (call_words.BY_OWNER, figures.owners),
    )
    return {
        "language": wording.speech.value,
        "title": f"{say(call_words.REGISTER)} {name}",
        "span": f"{wording.exact(span.since)} – {wording.exact(span.until)}",
        "summary": _summary(wording, figures),
        "rankings": [
            [say(head), [[clipped(str(key)) or silent, str(count)] for key, count in list(rows.items())[:MOST_ROWS]]]
            for head, rows in rankings
            if rows
        ],
        "page": say(alert_words.PAPER_PAGE),
    }


def _summary(wording: Wording, figures: Figures) -> list[list[str]]:
    """Return the lines of the register's first table."""
    say = wording.say
    summary: list[list[str]] = [[say(call_words.CONTACTS), str(figures.contacts), ""]]
    summary += [
        [say(text), _ABSENT if one.percent is None else f"{one.percent:.0f} %", f"{one.part} / {one.whole}"]
        for text, one in (
            (call_words.ANSWERED, figures.answered),
            (call_words.SOLVED, figures.solved),
            (call_words.SOLVED_FIRST, figures.first),
        )
    ]
    summary += [
        [
            say(text),
            _ABSENT if one.middle is None else span_of(one.middle),
            "" if one.long is None else f"≤ {span_of(one.long)} (95 %)",
        ]
        for text, one in (
            (call_words.UNTIL_ANSWERED, figures.waited),
            (call_words.UNTIL_VERDICT, figures.to_verdict),
            (call_words.CONVERSATION, figures.talked),
        )
    ]
    return summary


def _length(wording: Wording, length: timedelta | None) -> str:
    return _ABSENT if length is None else age_of(wording.now - length, wording.now, day=wording.day_sign)


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
