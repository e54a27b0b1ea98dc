"""The words of a mix and the shares they become."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.registry import Bearer
from monitor.simulator.dialect import Version
from monitor.simulator.faults import FaultKind
from monitor.simulator.mix import DEMO_MIX, MixError, apportion, parse_mix


def test_shares_of_faults_and_bearers_are_read() -> None:
    mix = parse_mix("healthy=0.85, flapping=0.05,silent=0.1,gprs=0.5,wifi=0.5")
    assert mix.faults == ((FaultKind.FLAPPING, 0.05), (FaultKind.SILENT, 0.1))
    assert mix.bearers == ((Bearer.GPRS, 0.5), (Bearer.WIFI, 0.5))


def test_shares_of_versions_are_read() -> None:
    mix = parse_mix("2.1=0.25,1.5=0.75,silent=0.5")
    assert mix.versions == ((Version.V21, 0.25), (Version.V15, 0.75))
    assert mix.faults == ((FaultKind.SILENT, 0.5),)
    assert mix.bearers == DEMO_MIX.bearers


def test_what_is_not_said_is_the_demos() -> None:
    assert parse_mix("") == DEMO_MIX
    assert parse_mix("lan=1").faults == DEMO_MIX.faults
    assert parse_mix("healthy=1").faults == ()
    assert parse_mix("silent=0.2").bearers == DEMO_MIX.bearers
    assert parse_mix("silent=0.2").versions == DEMO_MIX.versions


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("sleepy=0.1", "'sleepy' is unknown"),
        ("healthy", "no share"),
        ("silent=much", "no share"),
        ("silent=1.5", "no share"),
        ("silent=nan", "no share"),
        ("silent=0.1,silent=0.2", "given twice"),
        ("healthy=0.9,silent=0.2", "come to 1.1"),
        ("silent=0.9,power=0.2", "come to 1.1"),
        ("gprs=0.5", "bearers come to 0.5"),
        ("1.6=0.5,2.1=0.6", "versions come to 1.1"),
        ("1.2=1", "'1.2' is unknown"),
    ],
)
def test_a_wrong_mix_is_named_in_one_line(text: str, complaint: str) -> None:
    with pytest.raises(MixError, match=complaint) as caught:
        parse_mix(text)
    assert "\n" not in str(caught.value)


def test_a_demo_of_two_hundred_shows_every_fault() -> None:
    counts = Counter(apportion(list(DEMO_MIX.faults), 200, None))
    assert counts[None] == 157
    assert set(counts) == {*FaultKind, None}


@given(st.lists(st.floats(0, 1), max_size=6), st.integers(0, 500))
def test_every_item_gets_its_share_to_within_one(weights: list[float], total: int) -> None:
    whole = max(1.0, sum(weights))
    shares = [(str(number), weight / whole) for number, weight in enumerate(weights)]
    counts = Counter(apportion(shares, total, "rest"))
    assert sum(counts.values()) == total
    assert all(abs(counts[item] - share * total) <= 1 + 1e-6 for item, share in shares)
