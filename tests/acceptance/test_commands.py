"""Every command over the API to charge points that we did not write, each with the outcome that was observed."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import pytest_asyncio

from tests.support.clients import PACKAGES
from tests.support.commanded import DIAGNOSTICS, obedient
from tests.support.sites import Site, running_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHEET = "sticker,bearer\n" + "".join(f"CP-{version},gprs\n" for version in PACKAGES)
KEY = {"1.6": "HeartbeatInterval", "2.0.1": "OCPPCommCtrlr.HeartbeatInterval", "2.1": "OCPPCommCtrlr.HeartbeatInterval"}
TRANSACTION = {"1.6": "1: transaction 1", "2.0.1": "1: transaction tx-1", "2.1": "1: transaction tx-1"}


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="site")
async def commanding_site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(tmp_path_factory.mktemp("commands"), SHEET) as site:
        yield site


async def post(site: Site, sticker: str, body: dict[str, Any]) -> Any:
    async with aiohttp.ClientSession() as http:
        url = f"http://127.0.0.1:{site.house.console}/api/v1/stations/{sticker}/commands"
        async with http.post(url, json=body, headers={"Authorization": f"Bearer {site.token}"}) as response:
            assert response.status == 202, await response.text()
            return await response.json()


async def outcome(site: Site, sticker: str, **body: Any) -> Any:
    """Ask, and return the command when it is over."""
    asked = await post(site, sticker, body)
    for _ in range(500):
        told = await site.house.api(f"/commands/{asked['id']}", site.token)
        if told["over"]:
            return told
        await asyncio.sleep(0.02)
    pytest.fail(f"{body} is not over: {told}")


@pytest.mark.parametrize("version", list(PACKAGES))
async def test_every_command_ends_by_what_was_seen(site: Site, version: str) -> None:
    sticker = f"CP-{version}"
    async with obedient(site.house, version, sticker) as point:
        await point.boot()
        await point.tell(1, "Available")
        told: list[tuple[str, str, str]] = []
        for body in (
            {"action": "probe"},
            {"action": "refresh", "connector": 1},
            {"action": "unlock", "connector": 1},
            {"action": "remote_start", "connector": 1, "id_tag": "04A2B3"},
            {"action": "remote_stop", "connector": 1},
            {"action": "reset", "type": "soft"},
            {"action": "change_availability", "type": "inoperative", "connector": 1},
            {"action": "change_availability", "type": "operative", "connector": 1},
            {"action": "clear_cache"},
            {"action": "read_configuration", "keys": [KEY[version], "Nothing.Known"]},
            {"action": "change_configuration", "key": KEY[version], "value": "120"},
            {"action": "local_list"},
            {"action": "send_local_list"},
            {"action": "diagnostics"},
            {"action": "firmware", "location": "http://127.0.0.1/firmware.bin"},
        ):
            one = await outcome(site, sticker, **body)
            told.append((one["action"], one["state"], one["said"]))
            if one["action"] == "read_configuration":
                assert one["result"] == {"configuration": {KEY[version]: "300"}, "unknown": ["Nothing.Known"]}, one
        listed = str(point.list_version)
        assert told == [
            ("probe", "confirmed", "Accepted"),
            ("refresh", "confirmed", "1: Available"),
            ("unlock", "confirmed", "1: Available"),
            ("remote_start", "confirmed", TRANSACTION[version]),
            ("remote_stop", "confirmed", "Remote"),
            ("reset", "confirmed", "RemoteReset" if version != "1.6" else ""),
            ("change_availability", "confirmed", "1: Unavailable"),
            ("change_availability", "confirmed", "1: Available"),
            ("clear_cache", "accepted", "Accepted"),
            ("read_configuration", "confirmed", ""),
            ("change_configuration", "confirmed", f"{KEY[version]} = 120"),
            ("local_list", "confirmed", "0"),
            ("send_local_list", "confirmed", listed),
            ("diagnostics", "confirmed", f"diag.log {len(DIAGNOSTICS)} bytes"),
            ("firmware", "confirmed", "Installed"),
        ]
        (file,) = (site.house.folder / "uploads").glob(f"{sticker}-*")
        assert file.read_bytes() == DIAGNOSTICS
        events = (await site.station(sticker, "/timeline"))["events"]
        moved = [one["state"] for one in events if one["type"] == "command_moved" and one["action"] == "reset"]
        assert moved == ["sent", "accepted", "confirmed"]
    assert (await outcome(site, sticker, action="unlock", connector=1))["why"] == "not_connected"


async def test_a_command_outlives_the_kill_of_our_service(site: Site) -> None:
    """What was accepted is waited for after the restart, and the boot that comes then confirms it."""
    async with obedient(site.house, "1.6", "CP-1.6") as point:
        await point.boot()
        obeyed = point.answers()
        point.answers = lambda: {
            **obeyed,
            "Reset": (lambda **_: PACKAGES["1.6"].call_result.Reset(status="Accepted"), None),
        }
        asked = await post(site, "CP-1.6", {"action": "reset", "type": "hard", "reason": "frozen"})
        async with asyncio.timeout(10):
            while (await site.house.api(f"/commands/{asked['id']}", site.token))["state"] != "accepted":
                await asyncio.sleep(0.02)
    await site.house.stop(signal.SIGKILL)
    await site.house.start()
    async with obedient(site.house, "1.6", "CP-1.6") as point:
        await point.boot()
        async with asyncio.timeout(10):
            while (told := await site.house.api(f"/commands/{asked['id']}", site.token))["state"] != "confirmed":
                await asyncio.sleep(0.02)
    assert [step["state"] for step in told["steps"]] == ["requested", "sent", "accepted", "confirmed"]
