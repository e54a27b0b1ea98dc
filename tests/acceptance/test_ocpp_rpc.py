"""The field listener with npm's `ocpp-rpc`, which holds schemas of its own and in strict mode judges our answers by them.

tools/npm.sh brings it; where it could not be had, the tests are skipped. What it holds for an error of ours is the class of error
that the version's code stands for.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import pytest_asyncio

from tests.acceptance.test_commands import outcome
from tests.support.clients import BY_STATION, PACKAGES, barest_and_richest, credentials
from tests.support.commanded import DIAGNOSTICS, ORDERS
from tests.support.npm import needs_npm, running_peer
from tests.support.sites import Site, running_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PASSWORD = "0123456789abcdef"
SHEET = "sticker,bearer,security_profile,password\n" + "".join(f"rpc-{one},lan,1,{PASSWORD}\n" for one in ("1.5", *PACKAGES))

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    needs_npm,
]

MISSING = {"1.6": "RPCOccurenceConstraintViolationError", "2.0.1": "RPCOccurrenceConstraintViolationError"}
"""1.6 misspells it (OCPP-J 1.6 table 7), and the library knows both."""
UNREADABLE = {"1.6": "RPCFormationViolationError", "2.0.1": "RPCFormatViolationError"}
MISTAKES: list[tuple[str, Any, str | dict[str, str]]] = [
    ("Dance", {}, "RPCNotImplementedError"),
    ("Reset", {"type": "Soft"}, "RPCNotSupportedError"),
    ("BootNotification", {}, MISSING),
    ("Heartbeat", [], UNREADABLE),
    ("Heartbeat", "now", UNREADABLE),
    ("SecurityEventNotification", {"type": 7, "timestamp": "2026-11-01T00:00:00Z"}, "RPCTypeConstraintViolationError"),
    ("FirmwareStatusNotification", {"status": "Baked"}, "RPCPropertyConstraintViolationError"),
    ("MeterValues", {"connectorId": 1, "evseId": 1, "meterValue": []}, MISSING),
    ("DataTransfer", {"vendorId": "x", "messageId": "m" * 51}, "RPCPropertyConstraintViolationError"),
    ("Heartbeat", {"uptime": 12}, ""),
]
"""Action, payload, and the error of the library; ``""``: a field of a vendor's own costs no meaning and is passed over."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="site")
async def rpc_site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(tmp_path_factory.mktemp("ocpp-rpc"), SHEET) as site:
        yield site


class Peer:
    """The library in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def said(self) -> Any:
        """Return its next line."""
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), 30)
        assert line, "it ended"
        return json.loads(line)

    def tell(self, action: str, payload: Any, *, strict: bool) -> None:
        """Have it send a request."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"action": action, "payload": payload, "strict": strict}).encode() + b"\n")

    async def leave(self) -> list[Any]:
        """Let it end and return what it still said."""
        rest, _ = await asyncio.wait_for(self._process.communicate(b""), 30)
        assert self._process.returncode == 0
        return [json.loads(line) for line in rest.splitlines()]


@contextlib.asynccontextmanager
async def peer_of(site: Site, version: str, script: str = "ocpp_rpc_client.mjs") -> AsyncIterator[Peer]:
    """Start the library as the station of `version`."""
    url = f"ws://127.0.0.1:{site.house.field}/ocpp"
    async with running_peer(script, url, f"rpc-{version}", PASSWORD, f"ocpp{version}") as process:
        peer = Peer(process)
        assert await peer.said() == {"open": f"ocpp{version}"}
        yield peer


@pytest.mark.parametrize("version", list(PACKAGES))
async def test_every_action_is_answered_as_its_strict_mode_wants_it(site: Site, version: str) -> None:
    actions = sorted(BY_STATION[version], key=lambda one: (one != "BootNotification", one))
    async with peer_of(site, version) as peer:
        for action in actions:
            for payload in barest_and_richest(version, action):
                known = json.loads(json.dumps(payload).replace('"Hertz"', '"Percent"'))  # a unit of the `ocpp` package alone
                peer.tell(action, known, strict=True)
        said = await peer.leave()
    assert [one for one in said if "result" not in one] == []
    assert [one["action"] for one in said] == [action for action in actions for _ in range(2)]


@pytest.mark.parametrize("version", list(PACKAGES))
async def test_an_error_of_ours_is_of_the_class_that_it_knows(site: Site, version: str) -> None:
    async with peer_of(site, version) as peer:
        for action, payload, _ in MISTAKES:
            peer.tell(action, payload, strict=False)
        said = await peer.leave()
    spelling = "1.6" if version == "1.6" else "2.0.1"
    wanted = [error if isinstance(error, str) else error[spelling] for _, _, error in MISTAKES]
    assert [one.get("error", "") for one in said] == wanted
    assert all(one["description"] for one in said if "error" in one)


@pytest.mark.parametrize("version", list(PACKAGES))
async def test_it_is_asked_whether_it_lives_and_says_so(site: Site, version: str) -> None:
    """Its strict mode judges our request and its own answer; the newcomer is refused."""
    identity = f"rpc-{version}"
    async with peer_of(site, version) as peer, aiohttp.ClientSession() as http:
        url = f"ws://127.0.0.1:{site.house.field}/ocpp/{identity}"
        with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
            await http.ws_connect(url, protocols=(f"ocpp{version}",), headers=credentials(identity, PASSWORD))
        assert await peer.said() == {"asked": "TriggerMessage", "params": {"requestedMessage": "Heartbeat"}}
        assert await peer.leave() == []


OUTCOMES_15: tuple[tuple[str, str], ...] = (
    ("confirmed", ""),
    ("cannot", "1.5"),
    ("confirmed", "1: Available"),
    ("confirmed", r"1: transaction \d+"),
    ("confirmed", ""),
    ("confirmed", ""),
    ("confirmed", "1: Unavailable"),
    ("confirmed", "1: Available"),
    ("accepted", "Accepted"),
    ("confirmed", ""),
    ("confirmed", "HeartBeatInterval = 120"),
    ("confirmed", "0"),
    ("confirmed", r"\d+"),
    ("confirmed", f"diag.log {len(DIAGNOSTICS)} bytes"),
    ("confirmed", "Installed"),
)
"""State of each of `ORDERS` at its end, and what is said of it."""


async def test_a_station_of_1_5_over_json_is_commanded(site: Site) -> None:
    """The `ocpp` package has no 1.5; this library carries any version."""
    async with peer_of(site, "1.5", "ocpp_rpc_station.mjs"):
        for body, (state, said) in zip(ORDERS, OUTCOMES_15, strict=True):
            told = await outcome(site, "rpc-1.5", **body)
            assert (told["action"], told["state"]) == (body["action"], state)
            assert re.fullmatch(said, told["said"]), told
        shown = await site.station("rpc-1.5")
        assert shown["contact"]["protocol"] == "1.5"
        events = (await site.station("rpc-1.5", "/timeline"))["events"]
        assert [one.get("energy_wh") for one in events if one["type"] == "charging_ended"] == [4000]
