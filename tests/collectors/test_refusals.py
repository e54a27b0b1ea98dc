"""Every refusal of a station takes the same time, whatever its reason: who guesses learns nothing from the clock."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

import aiohttp

from monitor.registry.attempts import Outcome
from tests.support.services import basic, field_url, running_monitor

if TYPE_CHECKING:
    from pathlib import Path

STATIONS = (
    "sticker,bearer,state,security_profile,password,allowed_networks\n"
    "SECURED,lan,watched,1,0123456789abcdef,\n"
    "RETIRED,lan,retired,1,0123456789abcdef,\n"
    "CONFINED,lan,watched,0,,10.0.0.0/8\n"
)
ROUNDS = 150
REASONS = {
    Outcome.UNKNOWN: "NOBODY",
    Outcome.WRONG_CREDENTIALS: "SECURED",
    Outcome.RETIRED: "RETIRED",
    Outcome.WRONG_NETWORK: "CONFINED",
}


async def test_no_reason_shows_in_the_time_or_the_words_of_a_refusal(tmp_path: Path) -> None:
    took: dict[Outcome, list[float]] = {reason: [] for reason in REASONS}
    answers: set[Any] = set()
    async with running_monitor(tmp_path, stations=STATIONS) as monitor, aiohttp.ClientSession() as http:
        for _ in range(ROUNDS):
            for reason, identity in REASONS.items():
                url = field_url(monitor, identity).replace("ws://", "http://")
                headers = {**basic(identity, b"another-key-0000"), "Connection": "Upgrade", "Upgrade": "websocket"}
                began = time.perf_counter()
                async with http.get(url, headers=headers) as answer:
                    told = await answer.text()
                took[reason].append(time.perf_counter() - began)
                kept = tuple(sorted((name, value) for name, value in answer.headers.items() if name != "Date"))
                answers.add((answer.status, told, kept))
        for reason, identity in REASONS.items():
            assert {one.outcome for one in monitor.attempts.of_identity(identity)} == {reason}
    ((status, _, _),) = answers
    assert status == 401
    medians = {reason: statistics.median(times) for reason, times in took.items()}
    assert max(medians.values()) < 1.3 * min(medians.values()), medians
