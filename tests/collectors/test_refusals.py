"""Who is refused: in the same words and the same time whatever the reason, and a guesser never locks the genuine station out."""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from monitor.registry.attempts import Outcome
from tests.support.services import ask, basic, field_url, running_monitor, station_socket, until

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


@pytest.mark.parametrize(
    ("identity", "headers"),
    [
        ("CP9999", {}),
        ("CP2501", {}),
        ("CP2501", basic("CP2501", b"wrong")),
        ("CP2501", basic("CP2500", b"0123456789abcdef")),
        ("CP2501", {"Authorization": "Basic %%%"}),
        ("CP2501", {"Authorization": "Bearer x"}),
        ("CP2501", {"Authorization": "Basic " + "A" * 5000}),
        ("cp2500", {}),
    ],
)
async def test_every_refusal_is_the_same_401(tmp_path: Path, identity: str, headers: dict[str, str]) -> None:
    async with running_monitor(tmp_path) as monitor, aiohttp.ClientSession() as http:
        upgrade = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
            "Sec-WebSocket-Protocol": "ocpp1.6",
        }
        url = field_url(monitor, identity).replace("ws:", "http:")
        async with http.get(url, headers={**upgrade, **headers}) as answer:
            seen = (answer.status, await answer.text(), answer.headers["WWW-Authenticate"])
        assert seen == (401, "not admitted\n", 'Basic realm="charging stations", charset="UTF-8"')
        assert sum(monitor.doorbook.refusals.values()) == 1


async def test_a_flood_of_guesses_does_not_lock_the_genuine_station_out(tmp_path: Path) -> None:
    """The guesser even shares the address: the key is too long to be guessed, so who has it is let in."""
    async with running_monitor(tmp_path) as monitor:

        async def guess(number: int) -> None:
            with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
                async with station_socket(monitor, "CP2501", headers=basic("CP2501", b"wrong%d" % number)):
                    pass

        for start in range(0, 150, 30):
            await asyncio.gather(*(guess(start + number) for number in range(30)))
        genuine = station_socket(monitor, "CP2501", headers=basic("CP2501", b"0123456789abcdef"))
        async with asyncio.timeout(2), genuine as socket:
            assert (await ask(socket, "Heartbeat", {}))[0] == 3


async def test_a_weak_password_can_be_guessed_at_only_so_often(tmp_path: Path) -> None:
    weak = "sticker,identity,bearer,security_profile,password\nCP1,CP1,lan,1,short\n"
    async with running_monitor(tmp_path, stations=weak) as monitor:
        async with station_socket(monitor, "CP1", headers=basic("CP1", b"short")):
            pass
        await until(lambda: len(monitor.listener.links) == 0)
        for _ in range(12):
            with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
                async with station_socket(monitor, "CP1", headers=basic("CP1", b"wrong")):
                    pass
        async with station_socket(monitor, "CP1", headers=basic("CP1", b"short")) as socket:
            assert (await ask(socket, "Heartbeat", {}))[0] == 3, "it was admitted from here before"
        await until(lambda: len(monitor.listener.links) == 0)
        slot = next(iter(monitor.intake.slots.values()))
        assert slot.trace is not None
        slot.trace.address = "10.0.0.1"
        with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
            async with station_socket(monitor, "CP1", headers=basic("CP1", b"short")):
                pass
        assert monitor.doorbook.refusals[Outcome.TOO_MANY_GUESSES] == 1


@pytest.mark.parametrize(
    ("networks", "home", "cause"), [("", True, "credentials"), ("127.0.0.0/8", False, "credentials"), ("", False, "unknown")]
)
async def test_a_silent_station_that_dials_in_with_a_wrong_secret_has_a_cause(
    tmp_path: Path, networks: str, home: bool, cause: str
) -> None:
    stations = f"sticker,bearer,security_profile,password,allowed_networks\nCP1,lan,1,0123456789abcdef,{networks}\n"
    async with running_monitor(tmp_path, stations=stations) as monitor:
        async with station_socket(monitor, "CP1", headers=basic("CP1", b"0123456789abcdef")) as socket:
            await ask(socket, "Heartbeat", {})
        ((one, slot),) = monitor.intake.slots.items()
        await until(lambda: monitor.engine.health(one).breached)
        assert slot.trace is not None
        slot.trace.address = "127.0.0.1" if home else "10.0.0.1"
        with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
            async with station_socket(monitor, "CP1", headers=basic("CP1", b"0000000000000000")):
                pass
        await until(lambda: len(monitor.intake) == 0)
        await asyncio.sleep(0)
        breach = monitor.engine.health(one).breach
        assert breach is not None
        assert breach.cause == cause
