"""Calls, callers, tickets, the trail and the register: rules only, no clock and no store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hotline.core import calls, register, tickets, trail
from hotline.core.callers import LONGEST, e164, hashed, masked
from hotline.core.calls import Call, CallError, Outcome, Source, Stage
from hotline.core.tickets import Addressee, Standing, Step, TicketError
from monitor.core.ids import StationId

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
BRILL, GARE = StationId(7), StationId(8)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def wrapped(number: int, outcome: Outcome | None = Outcome.ADVISED, *, at_s: float = 0.0, **more: object) -> Call:
    begun = replace(calls.answered(calls.rung(f"r{number}", after(at_s)), "anna", after(at_s + 10)), id=number, station=BRILL)
    over = calls.ended(begun, after(at_s + 100))
    return replace(over if outcome is None else calls.closed(over, outcome, after(at_s + 130)), **more)


# ---------------------------------------------------------------------------------------------------------- a call


def test_a_call_from_its_first_ring_to_its_wrap_up() -> None:
    call = calls.rung("CA1", NOW)
    assert (call.stage, call.at_desk, call.waited_s, call.verdict_s) == (Stage.WAITING, False, None, None)
    call = calls.answered(call, "anna", after(12))
    assert (call.stage, call.at_desk, call.waited_s) == (Stage.RUNNING, True, 12.0)
    call = calls.complained(calls.about(call, BRILL, "1"), "cable_stuck")
    call = calls.judged(call, "in_use", after(19))
    assert (call.verdict_s, call.seen) == (7.0, "in_use")
    call = calls.ended(call, after(200))
    assert call.stage is Stage.ENDED
    call = calls.noted(call, "car first, then it came off")
    call = calls.closed(call, Outcome.ADVISED, after(230), cause="lock")
    assert (call.stage, call.at_desk, call.outcome, call.cause, call.symptom) == (
        *(Stage.CLOSED, False, Outcome.ADVISED, "lock", "cable_stuck"),
    )


def test_the_last_cause_that_was_seen_is_kept() -> None:
    call = calls.about(calls.clicked("anna", NOW), BRILL, "1")
    call = calls.judged(call, "one_free", after(5))
    assert (call.seen, call.cause) == ("one_free", "")
    call = calls.judged(call, "internal", after(9), "internal")
    assert (call.seen, call.judged_at, call.cause) == ("one_free", after(5), "internal")
    assert calls.judged(call, "some_free", after(60)).cause == "internal", "a restart has cleared it"
    assert calls.complained(call, "", "1").cause == "internal", "nothing else was said"
    assert calls.complained(call, "cable_stuck").cause == ""
    assert calls.about(call, BRILL).cause == "internal"
    assert calls.about(call, GARE).cause == ""
    over = calls.ended(call, after(90))
    assert calls.judged(over, "offline", after(95), "unknown").cause == "internal", "nobody was on the telephone"
    assert calls.closed(over, Outcome.REMOTE, after(99)).cause == "internal"


def test_a_caller_who_hangs_up_first_was_missed() -> None:
    call = calls.ended(calls.rung("CA1", NOW), after(40))
    assert call.stage is Stage.MISSED
    with pytest.raises(CallError, match="hung up"):
        calls.answered(call, "anna", after(41))
    with pytest.raises(CallError, match="nobody"):
        calls.closed(call, Outcome.ADVISED, after(50))


def test_a_call_that_somebody_unnamed_took_is_his_who_says_so() -> None:
    call = calls.connected(calls.rung("CA1", NOW), after(5))
    assert (call.stage, call.agent, call.waited_s) == (Stage.RUNNING, "", 5.0)
    assert calls.connected(call, after(9)) == call
    assert calls.answered(calls.ended(call, after(60)), "anna", after(90)).agent == "anna"
    late = calls.connected(calls.ended(calls.rung("CA1", NOW), after(20)), after(30))
    assert (late.stage, late.answered_at) == (Stage.ENDED, after(20)), "told after the end"


def test_one_agent_has_a_call() -> None:
    call = calls.answered(calls.rung("CA1", NOW), "anna", after(3))
    with pytest.raises(CallError, match="anna has taken"):
        calls.answered(call, "ben", after(4))
    assert calls.answered(call, "anna", after(9)) == call


def test_a_call_by_click_has_no_waiting() -> None:
    call = calls.clicked("anna", NOW, language="fr")
    assert (call.stage, call.waited_s, call.source) == (Stage.RUNNING, None, Source.CLICK)


@given(st.lists(st.sampled_from(["answer", "end", "judge", "about", "note"]), max_size=8), st.integers(0, 7))
def test_what_is_done_twice_changes_nothing_the_second_time(order: list[str], last: int) -> None:
    deeds: dict[str, Callable[[Call, datetime], Call]] = {
        "answer": lambda call, at: calls.answered(call, "anna", at) if call.ended_at is None or call.agent else call,
        "end": calls.ended,
        "judge": lambda call, at: calls.judged(call, "in_use", at),
        "about": lambda call, _at: calls.about(call, BRILL),
        "note": lambda call, _at: calls.noted(call, "words"),
    }
    call = calls.rung("CA1", NOW)
    for number, name in enumerate(order):
        call = deeds[name](call, after(number))
    for name in order[-1:]:
        assert deeds[name](call, after(last + 100)) == call
    assert call.ended_at is None or call.ended_at >= (call.answered_at or call.began_at)


def test_the_verdict_is_that_of_the_station_that_it_is_about() -> None:
    call = calls.judged(calls.about(calls.clicked("anna", NOW), BRILL), "in_use", after(5))
    again = calls.judged(call, "offline", after(60))
    assert (again.seen, again.verdict_s) == ("in_use", 5.0), "the first look counts"
    assert calls.about(call, BRILL, "2").connector == "2"
    other = calls.about(call, GARE)
    assert (other.seen, other.connector, other.judged_at) == ("", "", None)
    assert calls.judged(calls.ended(other, after(61)), "offline", after(70)).judged_at is None, "nobody was on the telephone"


def test_a_call_that_was_never_hung_up_is_over_some_day() -> None:
    call = calls.answered(calls.rung("CA1", NOW), "anna", after(3))
    assert calls.given_up(call, after(60)) == call
    assert calls.given_up(call, NOW + calls.ABANDONED).ended_at == after(3)
    assert calls.given_up(calls.rung("CA1", NOW), NOW + calls.ABANDONED).stage is Stage.MISSED


def test_who_called_is_forgotten_before_what_was_said() -> None:
    call = replace(wrapped(1), caller="ab", caller_shown="+352 … 456", notes="words", keyed="99")
    assert (calls.forgotten(call, notes=False).caller, calls.forgotten(call, notes=False).notes) == ("", "words")
    assert (calls.forgotten(call, notes=True).notes, calls.forgotten(call, notes=True).keyed) == ("", "")
    assert calls.forgotten(call, notes=True).outcome is Outcome.ADVISED


def test_an_outcome_is_corrected_by_a_later_one() -> None:
    call = wrapped(1)
    assert calls.closed(call, Outcome.UNSOLVED, after(900)).closed_at == call.closed_at


# ---------------------------------------------------------------------------------------------------------- callers


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        *(("621 123 456", "+352621123456"), ("00352 621-123-456", "+352621123456"), ("+352 621 123 456", "+352621123456")),
        *(("8006 2020", "+35280062020"), ("+33 (0)6 12 34 56 78", "+33612345678"), ("anonymous", ""), ("", ""), ("12", "")),
        *(("+266696687", ""), ("9" * 500, ""), ("+352621123456;ext=1" + "9" * 90, "")),
    ],
)
def test_a_number_is_read_however_it_is_written(typed: str, number: str) -> None:
    assert e164(typed) == number


@given(st.text(max_size=2 * LONGEST))
def test_no_text_upsets_the_reading_of_numbers(text: str) -> None:
    assert e164(text) == "" or e164(text).startswith("+")


def test_of_a_number_little_is_shown_and_nothing_can_be_found_out_without_the_key() -> None:
    assert masked("+352621123456") == "+352 … 456"
    assert masked("") == hashed("", b"k") == ""
    assert hashed("+352621123456", b"a" * 32) != hashed("+352621123456", b"b" * 32)
    assert hashed("+352621123456", b"a" * 32) == hashed("+352621123456", b"a" * 32)


# ---------------------------------------------------------------------------------------------------------- tickets


def test_a_ticket_from_the_call_to_the_word_that_it_is_done() -> None:
    ticket, line = tickets.opened(BRILL, " Cable held \n at point 1 ", "anna", NOW, connector="1", urgent=True)
    assert (ticket.subject, ticket.has, ticket.standing, line.step) == (
        *("Cable held at point 1", Addressee.DESK, Standing.OPEN, Step.OPENED),
    )
    ticket, line = tickets.handed_over(ticket, Addressee.MAINTAINER, "fix@example.lu", "the letter", "anna", after(60))
    assert (ticket.has, ticket.standing, line.text) == (Addressee.MAINTAINER, Standing.HANDED_OVER, "the letter")
    ticket, _ = tickets.promised(ticket, after(3600), "anna", after(120), "by this evening")
    assert (ticket.overdue(after(3599)), ticket.overdue(after(3601))) == (False, True)
    ticket, line = tickets.noted(ticket, "ben", after(200), "second caller")
    assert line.step is Step.NOTED
    ticket, _ = tickets.done(ticket, "anna", after(4000), "lock replaced")
    assert (ticket.open, ticket.overdue(after(9000)), ticket.result) == (False, False, "lock replaced")
    with pytest.raises(TicketError, match="done"):
        tickets.done(ticket, "anna", after(4001), "again")
    with pytest.raises(TicketError, match="done"):
        tickets.handed_over(ticket, Addressee.OWNER, "", "", "anna", after(4001))
    ticket, line = tickets.joined(ticket, "ben", after(5000))
    assert (ticket.open, ticket.calls, ticket.has, ticket.result) == (True, 2, Addressee.DESK, ""), "it was not done"
    with pytest.raises(TicketError, match="open"):
        tickets.reopened(ticket, "ben", after(5001))
    ticket, _ = tickets.joined(ticket, "ben", after(5002))
    assert ticket.calls == 3
    again, line = tickets.reopened(tickets.done(ticket, "anna", after(6000), "")[0], "ben", after(6001), "not mended")
    assert (again.open, line.step) == (True, Step.REOPENED)


def test_a_ticket_says_what_is_to_be_done_and_a_promise_is_ahead() -> None:
    with pytest.raises(TicketError, match="few words"):
        tickets.opened(BRILL, " \n", "anna", NOW)
    ticket, _ = tickets.opened(BRILL, "x" * 999, "anna", NOW)
    assert len(ticket.subject) == tickets.LONGEST_SUBJECT
    with pytest.raises(TicketError, match="past"):
        tickets.promised(ticket, NOW, "anna", NOW)


# ---------------------------------------------------------------------------------------------------------- trail


def note(number: int) -> trail.Note:
    return trail.Note(who="anna", what="reset", about=f"CP{number}", detail="soft")


def chain(length: int) -> list[trail.Entry]:
    entries: list[trail.Entry] = []
    for number in range(length):
        entries.append(trail.sealed(entries[-1] if entries else None, note(number), after(number)))
    return entries


@given(st.integers(0, 5), st.sampled_from(["who", "what", "about", "detail"]))
def test_a_changed_entry_is_found(which: int, field: str) -> None:
    entries = chain(6)
    assert trail.first_broken(entries) is None
    entries[which] = replace(entries[which], **{field: "else"})
    assert trail.first_broken(entries) == entries[which].number


@given(st.integers(0, 4))
def test_a_missing_entry_is_found(which: int) -> None:
    entries = chain(6)
    del entries[which]
    assert trail.first_broken(entries) == entries[which].number
    assert trail.first_broken(chain(6)[which:], before=chain(6)[which - 1].seal if which else trail.FIRST) is None


def test_a_gap_that_was_sealed_anew_is_found() -> None:
    first, second = chain(2)
    assert trail.first_broken([first, trail.sealed(replace(first, number=5), note(1), second.at)]) == 6
    assert trail.first_broken([]) is None


# ---------------------------------------------------------------------------------------------------------- register


def test_the_register_in_figures() -> None:
    rows = [
        wrapped(1, caller="x", cause="lock", symptom="cable_stuck", language="fr"),
        wrapped(2, Outcome.REMOTE, at_s=1000, caller="y"),
        wrapped(3, Outcome.UNSOLVED, at_s=2000, caller="x"),
        wrapped(4, Outcome.WRONG_NUMBER, at_s=3000, station=None),
        wrapped(5, None, at_s=4000, station=GARE),
        replace(calls.ended(calls.rung("r6", after(5000)), after(5100)), id=6),
        replace(calls.clicked("anna", after(6000)), id=7),
    ]
    seen = register.figures_of(rows, {BRILL: "Ville d'Esch"})
    assert seen.contacts == 7
    assert (seen.answered.part, seen.answered.whole) == (5, 6)
    assert (seen.waited.middle, seen.waited.long, seen.waited.count) == (10.0, 10.0, 5)
    assert (seen.solved.part, seen.solved.whole) == (2, 3)
    assert (seen.first.part, seen.first.whole) == (1, 3), "x called again about the same station"
    assert seen.solved.percent == pytest.approx(66.67, abs=0.01)
    assert seen.stations == {BRILL: 3, GARE: 1}
    assert seen.owners == {"Ville d'Esch": 3, "": 1}
    assert seen.causes[""] == 6
    assert seen.outcomes == {"advised": 1, "remote": 1, "unsolved": 1, "wrong_number": 1}
    assert (seen.talked.middle, seen.to_verdict.count) == (90.0, 0)


def test_a_call_of_last_week_counts_against_the_first_call() -> None:
    earlier = wrapped(1, at_s=-6 * 86_400, caller="x")
    assert register.figures_of([wrapped(2, caller="x")], {}, around=[earlier]).first.part == 0
    long_ago = wrapped(1, at_s=-8 * 86_400, caller="x")
    assert register.figures_of([wrapped(2, caller="x")], {}, around=[long_ago]).first.part == 1
    assert register.figures_of([wrapped(2), wrapped(3)], {}).first.part == 2, "who is not known is not known again"


def test_of_nothing_there_is_no_share() -> None:
    empty = register.figures_of([], {})
    assert (empty.contacts, empty.solved.percent, empty.waited.middle) == (0, None, None)


@pytest.mark.parametrize("text", ["2026-Q5", "2026", "Q1", "1999-Q1", "9999-Q4", "2026-Q", "", "２０２６-Q1"])
def test_what_is_no_quarter(text: str) -> None:
    assert register.quarter(text, ZoneInfo("Europe/Luxembourg")) is None


def test_a_quarter_begins_and_ends_on_the_walls_of_luxembourg() -> None:
    span = register.quarter("2026-q4", ZoneInfo("Europe/Luxembourg"))
    assert span is not None
    assert (span.since, span.until) == (datetime(2026, 9, 30, 22, tzinfo=UTC), datetime(2026, 12, 31, 23, tzinfo=UTC))
    assert register.quarter("2026Q1", ZoneInfo("Europe/Luxembourg")) == register.quarter("2026-Q1", ZoneInfo("Europe/Luxembourg"))
