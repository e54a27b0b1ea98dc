"""Texts from outside are shown with everything unseen written out, and on one line."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.core.legible import legible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Borne n° 7 – Esch", "Borne n° 7 – Esch"),
        ("a\u202eb\u2066", "a⟨U+202E⟩b⟨U+2066⟩"),
        ("a\r\n\tb\x00\x1b[31m", "a⟨U+000D⟩⟨U+000A⟩⟨U+0009⟩b⟨U+0000⟩⟨U+001B⟩[31m"),
        ("\u200b\ufeff\u2028\x85", "⟨U+200B⟩⟨U+FEFF⟩⟨U+2028⟩⟨U+0085⟩"),
        ("\ud800", "⟨U+D800⟩"),
    ],
)
def test_the_unseen_is_seen(text: str, shown: str) -> None:
    assert legible(text) == shown


@given(st.text(st.characters(codec=None)))
def test_nothing_unseen_is_left(text: str) -> None:
    told = legible(text)
    assert not {unicodedata.category(sign) for sign in told} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert told.encode().decode() == told
    assert legible(told) == told
