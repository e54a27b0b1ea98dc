"""Text as it may travel."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from alerts.plain import lines, one_line
from tests.alerts.channels.messages import HOSTILE

ANY = st.text(st.characters(categories=None, exclude_categories=()))


def test_a_line_has_no_breaks_and_no_controls() -> None:
    line = one_line(HOSTILE, 500)
    assert line.startswith("CP2500 Bcc: x@evil.example <Hangup/>&amp; {{7*7}}")
    assert line.encode().decode() == line


def test_lines_stay_lines() -> None:
    assert lines("one\r\ntwo\rthree\x0bfour\tfive\x07", 100) == "one\ntwo\nthree\nfour\tfive"


def test_what_is_too_long_says_so() -> None:
    assert one_line("a" * 20, 10) == "aaaaaaaaa…"
    assert one_line("a" * 20, 10, "...") == "aaaaaaa..."
    assert lines("a" * 20, 10) == "aaaaaaaaa…"
    assert one_line("a" * 10, 10) == "a" * 10


@given(ANY, st.integers(3, 50))
def test_whatever_comes_can_be_written(text: str, most: int) -> None:
    for kept in (one_line(text, most), lines(text, most)):
        kept.encode()
        assert len(kept) <= most
        assert all(unicodedata.category(sign) not in ("Cc", "Cs") or sign in "\n\t" for sign in kept)
    assert len(one_line(text, most).splitlines()) <= 1


@given(ANY)
def test_what_was_cleaned_stays_as_it_is(text: str) -> None:
    assert one_line(one_line(text, 1000), 1000) == one_line(text, 1000)
