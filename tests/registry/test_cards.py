"""Who may charge, and the reading of a card file."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.decode.dialect import Authorization
from monitor.registry.cards import AuthorizeMode, Authorizer, read_cards
from monitor.registry.imports import UnreadableImportError
from tests.support.clocks import START, SetClock


@pytest.mark.parametrize(("mode", "said"), [(AuthorizeMode.ACCEPT, "Accepted"), (AuthorizeMode.REFUSE, "Invalid")])
def test_everybody_or_nobody(mode: AuthorizeMode, said: str) -> None:
    assert Authorizer(mode, SetClock()).authorize("A1") == said


def test_the_list_knows_its_cards_in_any_case_and_their_expiry() -> None:
    clock = SetClock()
    authorizer = Authorizer(AuthorizeMode.LIST, clock)
    authorizer.cards = {
        "A1": (Authorization.ACCEPTED, None),
        "B2": (Authorization.BLOCKED, START - timedelta(days=1)),
        "C3": (Authorization.ACCEPTED, START + timedelta(seconds=10)),
    }
    assert [authorizer.authorize(tag) for tag in ("a1", "b2", "c3", "zz")] == ["Accepted", "Blocked", "Accepted", "Invalid"]
    clock.advance(10)
    assert authorizer.authorize("C3") is Authorization.EXPIRED


def test_a_card_file() -> None:
    cards, bad = read_cards(
        b"id_tag,status,expires_at,holder\na1,,,Anna\nB2,blocked,2027-01-31T00:00:00Z,\nB2,expired,2027-01-31,x\n"
    )
    assert bad == []
    assert [(card["id_tag"], card["status"]) for card in cards] == [("A1", "Accepted"), ("B2", "Expired")]
    assert cards[1]["expires_at"].isoformat() == "2027-01-31T00:00:00+00:00"


def test_bad_cards_have_their_line() -> None:
    _, bad = read_cards(f"id_tag,status,expires_at\n{'x' * 21},,\nA,dancing,\nB,,soon\n,,\n".encode())
    assert [clash.line for clash in bad] == [2, 3, 4, 5]


@pytest.mark.parametrize("data", [b"", b"tag\nx\n", b"id_tag,colour\n", b"\xff\xfe"])
def test_no_card_file(data: bytes) -> None:
    with pytest.raises(UnreadableImportError):
        read_cards(data)
