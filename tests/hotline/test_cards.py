"""The SIM that a charger reports beside the register's."""

from __future__ import annotations

import pytest

from hotline.core.cards import other_sim
from monitor.core.observations import Booted
from monitor.core.registry import Sim
from tests.support.clocks import START

KNOWN = Sim(iccid="8935201000000000001", imsi="270011234567890")


@pytest.mark.parametrize(
    ("iccid", "imsi", "said"),
    [
        ("8935201000000000001", "270011234567890", ""),
        ("89352010000000000017", "", ""),
        ("8935 2010 0000 0000 001", "270011234567890", ""),
        ("", "", ""),
        ("8935201000000000002", "", "8935201000000000002"),
        ("", "270770000000001", "270770000000001"),
        ("8935201000000000001", "270770000000001", "8935201000000000001 · 270770000000001"),
    ],
)
def test_a_card_that_is_not_the_registers_is_named(iccid: str, imsi: str, said: str) -> None:
    assert other_sim(KNOWN, Booted(at=START, iccid=iccid, imsi=imsi)) == said


def test_nothing_is_said_of_what_is_not_known() -> None:
    assert other_sim(KNOWN, None) == ""
    assert other_sim(Sim(), Booted(at=START, iccid="8935201000000000002", imsi="270770000000001")) == ""
