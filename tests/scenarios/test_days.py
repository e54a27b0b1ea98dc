"""Two days of a network of 200 stations: what happened is known, what was told of it is compared, and it takes under a minute."""

from __future__ import annotations

import time
from random import Random
from typing import TYPE_CHECKING, Final

import pytest

from tests.support.network.scenario import network
from tests.support.network.service import CALM

if TYPE_CHECKING:
    from pathlib import Path

STATIONS: Final = 200
DAYS: Final = 2
HEARTBEAT_S: Final = 900
PING_S: Final = 300
GRACE_S: Final = 900
CLOSED_S: Final = 660
CUTS_A_ROUND: Final = 5


@pytest.mark.slow
async def test_two_days_tell_exactly_what_happened(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chance = Random(1)  # noqa: S311  (a story must repeat itself)
    began = time.monotonic()
    cuts: dict[tuple[str, int], tuple[float, float]] = {}
    async with network(folder, pace=CALM, ping_s=PING_S) as net:
        fleet = await net.stations(STATIONS, bearer="gprs", heartbeat_s=HEARTBEAT_S, spread_s=300)
        for number in range(DAYS * 6):
            await net.until(number * 4 * 3600 + 3600)
            away = chance.sample(fleet, CUTS_A_ROUND)
            cut_s = net.now_s
            net.cut(away)
            await net.sleep(hours=chance.uniform(0.5, 2))
            net.restore(away)
            cuts |= {(borne.sticker, number): (cut_s, net.now_s) for borne in away}
        await net.until(DAYS * 86_400)
        breaches = await net.chronicle.breaches()
    real_s = time.monotonic() - began
    with capsys.disabled():
        print(f"\n{STATIONS} stations, {DAYS} days: {real_s:.0f} s")  # noqa: T201  (the figure is what it is for)

    assert len(breaches) == len(cuts)
    for (sticker, _), (cut_s, restored_s) in cuts.items():
        (breach,) = [one for one in breaches if one.sticker == sticker and cut_s - 1 < one.detected_s < restored_s]
        # The first ping that is lost leaves within one interval, and our kernel repeats it for two minutes before it tells us.
        assert cut_s - 1 < breach.since_s < cut_s + PING_S + 120 + 10
        # The grace is counted from the last answer before the cut, which may have been on its way for some seconds, and a socket
        # that is seen to close late leaves so much from its closing.
        due_s = max(cut_s + GRACE_S, breach.since_s + CLOSED_S)
        assert cut_s + GRACE_S - PING_S - 10 < breach.detected_s < due_s + CALM.sweep_s + 10
        assert breach.until_s is not None
        # The latest sign of life is the heartbeat after which it notices that its connection is gone.
        assert restored_s < breach.until_s < restored_s + HEARTBEAT_S + 120
