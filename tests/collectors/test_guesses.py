"""Who may be wrong how often, and that a guesser never locks the genuine station out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.collectors.ocppj.guesses import MOST_OF_ADDRESS, MOST_OF_PAIR, REMEMBERED, WINDOW_S, Guesses


def failed(guesses: Guesses, times: int, address: str = "10.0.0.9", identity: str = "CP1", at: float = 0.0) -> None:
    for _ in range(times):
        guesses.failed(address, identity, at)


def test_an_address_that_is_wrong_about_one_station_is_exhausted_for_that_one_only() -> None:
    guesses = Guesses()
    failed(guesses, MOST_OF_PAIR - 1)
    assert not guesses.exhausted("10.0.0.9", "CP1", 1.0)
    failed(guesses, 1)
    assert guesses.exhausted("10.0.0.9", "CP1", 1.0)
    assert not guesses.exhausted("10.0.0.9", "CP2", 1.0)
    assert not guesses.exhausted("10.0.0.8", "CP1", 1.0), "never by identity alone"


def test_an_address_that_is_wrong_about_everybody_is_exhausted() -> None:
    guesses = Guesses()
    for number in range(MOST_OF_ADDRESS):
        guesses.failed("10.0.0.9", f"CP{number}", 0.0)
    assert guesses.exhausted("10.0.0.9", "another", 1.0)


def test_it_is_forgotten_after_its_window() -> None:
    guesses = Guesses()
    failed(guesses, MOST_OF_PAIR)
    assert guesses.exhausted("10.0.0.9", "CP1", WINDOW_S - 0.1)
    assert not guesses.exhausted("10.0.0.9", "CP1", WINDOW_S)
    failed(guesses, 1, at=WINDOW_S)
    assert not guesses.exhausted("10.0.0.9", "CP1", WINDOW_S)


def test_neighbours_of_one_ipv6_network_are_one_sender() -> None:
    guesses = Guesses()
    for number in range(MOST_OF_PAIR):
        guesses.failed(f"2001:db8::{number:x}", "CP1", 0.0)
    assert guesses.exhausted("2001:db8::ffff", "CP1", 0.0)
    assert not guesses.exhausted("2001:db8:0:1::1", "CP1", 0.0)
    guesses.failed("not:an:address", "CP1", 0.0)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=300))
def test_a_sender_is_never_judged_by_what_others_did(failures: list[tuple[int, int]]) -> None:
    guesses = Guesses()
    for sender, identity in failures:
        guesses.failed(f"10.0.0.{sender}", f"CP{identity}", 0.0)
    assert not guesses.exhausted("10.1.0.1", "CP1", 0.0)
    for sender, identity in failures:
        mine = sum(1 for one, of in failures if (one, of) == (sender, identity))
        all_mine = sum(1 for one, _ in failures if one == sender)
        assert guesses.exhausted(f"10.0.0.{sender}", f"CP{identity}", 0.0) == (mine >= MOST_OF_PAIR or all_mine >= MOST_OF_ADDRESS)


def test_a_flood_of_addresses_is_bounded() -> None:
    guesses = Guesses()
    for number in range(REMEMBERED):
        guesses.failed(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", "CP1", 0.0)
    assert len(guesses) == REMEMBERED
