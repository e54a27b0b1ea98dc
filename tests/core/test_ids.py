"""What may be a sticker, and what an identity."""

from __future__ import annotations

import pytest

from monitor.core.ids import BreachNumber, MalformedIdError, Sticker, breach_name, fold_sticker, parse_identity, parse_sticker


@pytest.mark.parametrize("text", ["CP2500", "cp 2500", "  CP2500 ", "1", "LU-0.12/3", "A" * 32])
def test_a_sticker(text: str) -> None:
    assert parse_sticker(text) == " ".join(text.split())


@pytest.mark.parametrize("text", ["", " ", "-1", "CP2500-", "A" * 33, "CP\u202e2500", "<b>", "CP\x002500", "Ü1"])
def test_no_sticker(text: str) -> None:
    with pytest.raises(MalformedIdError, match="sticker"):
        parse_sticker(text)


def test_the_case_of_a_sticker_does_not_matter() -> None:
    assert fold_sticker(Sticker("Cp2500")) == fold_sticker(Sticker("cP2500"))


@pytest.mark.parametrize("text", ["CP2500", "a:b", "{urn}", "A" * 48, "~!*"])
def test_an_identity(text: str) -> None:
    assert parse_identity(text) == text


@pytest.mark.parametrize("text", ["", "a b", "a/b", "A" * 49, "é", "a\x00", "a\n", "\u202e"])
def test_no_identity(text: str) -> None:
    with pytest.raises(MalformedIdError, match="identity"):
        parse_identity(text)


def test_a_breach_has_a_name_of_its_own() -> None:
    assert breach_name(Sticker("CP2500"), BreachNumber(3)) == "CP2500-3"
