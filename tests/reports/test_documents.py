"""The PDF: read back as a reader sees it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from monitor.core.months import Month
from monitor.core.registry import Bearer, Language
from monitor.reports import document
from monitor.reports.continuity import ReportDraft
from monitor.reports.document import Page, write_pdf
from tests.reports.examples import BEGIN, LATER, ZONE, question, report
from tests.support.logs import DAY, HOUR, Log, station, utc
from tests.support.papers import text_of

if TYPE_CHECKING:
    from monitor.reports.continuity import ContinuityReport, Question


def quiet(asked: Question) -> ContinuityReport:
    """Return the report of one line on which nothing happened."""
    draft = ReportDraft(asked)
    draft.add(station(), Log().heard(utc(2025, 1, 1)).records, None)
    return draft.report()


def facts(asked: Question | None = None) -> dict[str, object]:
    return Page(report(asked)).facts()


def test_the_report_says_what_happened() -> None:
    text = text_of(write_pdf(report()))
    for said in (
        *("Continuity of the lines", "Ville d'Esch", "October 2026", "2 lines on LAN or WiFi"),
        *("Line or mobile link", "grid operator", "still open", "began before this month"),
        *("04/10/2026 00:00:00 CEST", "1 d 00:00:00", "New public address: 94.252.10.7", "Not watched, and left out: CP4."),
        *("745 hours in Europe/Luxembourg", "shorter than 15 / 20 minutes", "page 1 of"),
    ):
        assert said in text, said


def test_what_people_wrote_is_text_and_no_markup() -> None:
    text = text_of(write_pdf(report()))
    assert '#strong[Lycée] *x* $y$ \\ "q" <a> @b [c]' in text
    assert '=HYPERLINK("x")' in text


def test_the_same_report_is_the_same_file() -> None:
    assert write_pdf(report()) == write_pdf(report())
    assert write_pdf(report())[:5] == b"%PDF-"


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("fr", "Continuité des lignes"),
        ("de", "Kontinuität der Leitungen"),
        ("lb", "Kontinuitéit vun de Leitungen"),
        ("en", "Continuity of the lines"),
        ("pt", "Continuidade das linhas"),
    ],
)
def test_every_language_can_be_set(language: str, title: str) -> None:
    text = text_of(write_pdf(report(question(Language(language)))))
    assert title in text
    assert "{" not in text, "every value stands in its place"


def test_bounds_are_told_where_we_were_deaf_and_not_else() -> None:
    assert "Between" in str(facts()["bounds"])
    assert Page(quiet(question())).facts()["bounds"] == ""


@pytest.mark.parametrize(
    ("goal", "verdict"), [(Fraction(90, 100), "reached"), (Fraction(1), "not reached"), (Fraction(9718, 10000), "cannot be said")]
)
def test_what_was_agreed_was_reached_or_not_or_cannot_be_said(goal: Fraction, verdict: str) -> None:
    sentences = facts(question(goal=goal))["sentences"]
    assert isinstance(sentences, list)
    assert verdict in sentences[1]
    assert str(facts()["sentences"]).count("Agreed") == 0


def test_a_month_under_way_says_so() -> None:
    assert facts(question(read_at=BEGIN + 2 * DAY))["partial"] == "as far as the month has come, up to 03/10/2026 00:00 CEST"
    assert facts()["partial"] == ""


def test_a_month_without_a_change_of_clocks_has_plain_times() -> None:
    made = Page(report(question(month=Month(year=2026, month=11), read_at=utc(2026, 12, 24)))).facts()
    assert {row["since"] for row in made["breaches"]} == {"30/10/2026 23:00:00"}


def test_a_quiet_month_says_that_it_was() -> None:
    text = text_of(write_pdf(quiet(question())))
    assert "There was no breach of continuity in this month." in text
    assert "Nothing was found" in text
    assert "One line on LAN or WiFi" in text
    assert "100.000 %" in text


def test_an_owner_without_a_line_of_his_own_has_no_figures() -> None:
    draft = ReportDraft(question())
    draft.add(station(1, Bearer.GPRS), Log(1, Bearer.GPRS).heard(BEGIN).records, None)
    made = draft.report()
    assert Page(made).facts()["cards"] == []
    text = text_of(write_pdf(made))
    assert "No station of this owner comes in by LAN or WiFi" in text
    assert "All lines" not in text


def test_a_line_that_was_never_heard_has_no_share() -> None:
    draft = ReportDraft(question(goal=Fraction(1, 2)))
    draft.add(station(), [], None)
    made = Page(draft.report()).facts()
    assert made["cards"][0]["value"] == "–"
    assert len(made["sentences"]) == 1, "nothing can be said of the goal"
    assert made["stations"][0]["strip"] == [[0.0, 1.0, "unseen"]]


def test_a_breach_that_lost_no_time_is_listed() -> None:
    """It lay wholly in a time in which nobody listened."""
    log = Log().heard(BEGIN).blind(BEGIN + DAY, BEGIN + 2 * DAY).breach(BEGIN + DAY + HOUR, BEGIN + DAY + 2 * HOUR)
    draft = ReportDraft(question())
    draft.add(station(), log.records, None)
    made = Page(draft.report()).facts()
    assert [(row["lost"], row["bar"]) for row in made["causes"]] == [("00:00:00", 0.0)]
    assert [row["length"] for row in made["breaches"]] == ["00:00:00"]


def test_the_strip_has_every_piece_in_its_place() -> None:
    made = Page(report()).facts()["stations"][0]["strip"]
    month = (LATER - LATER) + 745 * HOUR
    assert [kind for *_, kind in made] == ["planned", "blind", "owner", "other", "owner"]
    assert made[3][:2] == [round(3 * DAY / month, 5), round(4 * DAY / month, 5)]
    assert made[4][:2] == [round(30 * DAY / month, 5), 1.0]


def test_of_very_many_breaches_the_longest_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "MOST_LISTED", 2)
    made = facts()
    assert made["listed"] == "The 2 longest of 4 breaches are shown; all of them are in the CSV file."
    breaches = made["breaches"]
    assert isinstance(breaches, list)
    lengths = [row["length"].replace("\N{NO-BREAK SPACE}", " ") for row in breaches]
    assert lengths == ["1 d 00:00:00", "1 d 01:00:00"]
    assert str(ZONE) in str(made["notes"])
