"""What is not sent, and why: known beforehand by version, by what a station has shown, by who charges, by what was just sent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from monitor.commands.ports import RefusedError
from monitor.commands.station_commands import MOST_WAITING
from monitor.core.commands import Action, Why
from monitor.core.health_state import HealthState
from monitor.core.observations import Booted

from .test_carrier import connector

if TYPE_CHECKING:
    from .conftest import Desk


async def last(desk: Desk, action: Action, **fields: Any) -> tuple[str, str, str]:
    command = await desk.ask(action, **fields)
    await asyncio.sleep(1)
    return (await desk.life(command))[-1]


async def test_a_station_that_nothing_reaches_is_not_asked(desk: Desk) -> None:
    desk.wire.version = None
    assert await last(desk, Action.RESET, type="soft") == ("cannot", "not_connected", "")
    assert await last(desk, Action.RESET, type="soft", force=True) == ("cannot", "not_connected", "")
    assert set((await desk.commands.hindrances(desk.station.id)).values()) == {Why.NOT_CONNECTED}
    assert desk.wire.asked == []


@pytest.mark.parametrize(
    ("version", "missing"),
    [
        ("1.2", {Action.REFRESH, Action.PROBE, Action.READ_CONFIGURATION, Action.LOCAL_LIST, Action.SEND_LOCAL_LIST}),
        ("1.5", {Action.REFRESH}),
        ("1.6", set()),
        ("2.0.1", set()),
        ("2.1", set()),
    ],
)
async def test_each_version_can_be_asked_for_what_it_has(desk: Desk, version: str, missing: set[Action]) -> None:
    desk.wire.version = version
    assert await desk.commands.hindrances(desk.station.id) == dict.fromkeys(missing, Why.VERSION)
    if Action.REFRESH in missing:
        assert await last(desk, Action.REFRESH) == ("cannot", "version", version)
        assert desk.wire.asked == []
        assert (await last(desk, Action.REFRESH, force=True))[0] == "accepted"
        assert desk.wire.asked == [("TriggerMessage", {"requestedMessage": "StatusNotification"})], "an audit may want to see it"


async def test_what_a_station_has_shown_is_remembered_until_it_has_another_firmware(desk: Desk) -> None:
    desk.health_state = HealthState(boot=Booted(at=desk.clock.now(), firmware="1.0"))
    desk.wire.script["TriggerMessage"] = RefusedError("NotImplemented")
    assert await last(desk, Action.REFRESH) == ("refused", "error", "NotImplemented")
    await asyncio.sleep(60)
    assert await last(desk, Action.REFRESH) == ("cannot", "shown", "TriggerMessage")
    assert await desk.commands.hindrances(desk.station.id) == {Action.REFRESH: Why.SHOWN, Action.PROBE: Why.SHOWN}
    assert len(desk.wire.asked) == 1
    assert (await last(desk, Action.REFRESH, force=True))[0] == "refused"
    await asyncio.sleep(60)
    desk.health_state = HealthState(boot=Booted(at=desk.clock.now(), firmware="1.1"))
    desk.wire.script["TriggerMessage"] = {"status": "Accepted"}
    assert (await last(desk, Action.REFRESH))[0] == "accepted"


async def test_a_refusal_for_another_reason_is_not_held_against_it(desk: Desk) -> None:
    desk.wire.script["TriggerMessage"] = {"status": "Rejected"}
    assert (await last(desk, Action.REFRESH))[0] == "refused"
    await asyncio.sleep(60)
    assert (await last(desk, Action.REFRESH))[0] == "refused"
    assert len(desk.wire.asked) == 2


async def test_a_probe_that_is_refused_shows_that_the_station_is_there(desk: Desk) -> None:
    desk.wire.script["TriggerMessage"] = RefusedError("NotImplemented")
    assert await last(desk, Action.PROBE) == ("confirmed", "", "NotImplemented")


@pytest.mark.parametrize("kind", ["soft", "hard"])
async def test_nobody_is_cut_off_while_a_car_charges(desk: Desk, kind: str) -> None:
    desk.health_state = HealthState(connectors=(connector("1"), connector("2", "42")))
    assert await last(desk, Action.RESET, type=kind) == ("cannot", "charging", "2")
    assert desk.wire.asked == []
    assert (await last(desk, Action.RESET, type=kind, force=True))[0] == "accepted"


async def test_a_session_of_which_the_place_is_not_known_counts_too(desk: Desk) -> None:
    desk.health_state = HealthState(connectors=(connector("", "42"), connector("1")))
    assert await last(desk, Action.RESET, type="hard") == ("cannot", "charging", "")
    assert desk.wire.asked == []


async def test_the_same_is_not_sent_twice_in_a_moment(desk: Desk) -> None:
    desk.wire.script["Reset"] = {"status": "Rejected"}
    assert (await last(desk, Action.RESET, type="soft"))[0] == "refused"
    assert await last(desk, Action.RESET, type="soft") == ("cannot", "cooling", "59 s")
    assert (await last(desk, Action.RESET, type="hard"))[0] == "refused", "a hard one after a soft one that failed"
    await asyncio.sleep(60)
    assert (await last(desk, Action.RESET, type="soft"))[0] == "refused"


async def test_of_two_clicks_one_counts(desk: Desk) -> None:
    both = await asyncio.gather(desk.ask(Action.UNLOCK, connector="1"), desk.ask(Action.UNLOCK, connector="1"))
    await asyncio.sleep(1)
    assert sorted([(await desk.life(one))[-1][:2] for one in both]) == [("accepted", ""), ("cannot", "cooling")]
    assert len(desk.wire.asked) == 1
    assert (await last(desk, Action.UNLOCK, connector="2"))[0] == "accepted"


async def test_a_stop_needs_a_session(desk: Desk) -> None:
    desk.health_state = HealthState(connectors=(connector("1", "41"), connector("2", "42")))
    assert await last(desk, Action.REMOTE_STOP, connector="3") == ("cannot", "no_session", "")
    assert await last(desk, Action.REMOTE_STOP) == ("cannot", "no_session", ""), "which of them?"
    assert await last(desk, Action.REMOTE_STOP, transaction="x7") == ("cannot", "no_session", "x7"), "1.x has numbers only"
    assert (await last(desk, Action.REMOTE_STOP, transaction="43"))[0] == "accepted"
    desk.wire.version = "2.0.1"
    assert (await last(desk, Action.REMOTE_STOP, transaction="x7"))[0] == "accepted"


async def test_nothing_is_asked_for_that_could_not_be_received(desk: Desk) -> None:
    desk.uploads.address = None
    assert await last(desk, Action.DIAGNOSTICS) == ("cannot", "no_uploads", "")
    desk.wire.script["GetDiagnostics"] = {"fileName": "d"}
    assert (await last(desk, Action.DIAGNOSTICS, location="ftp://10.0.0.9/"))[0] == "accepted"


async def test_a_station_is_not_buried_in_requests(desk: Desk) -> None:
    async def slowly() -> Any:
        await asyncio.sleep(30)
        return {}

    desk.wire.script = {"ChangeConfiguration": lambda _payload: slowly()}
    keys = [f"Key{number}" for number in range(MOST_WAITING + 1)]
    asked = [await desk.ask(Action.CHANGE_CONFIGURATION, key=key, value="1") for key in keys]
    lives = [(await desk.life(one))[-1][:2] for one in asked]
    assert lives.count(("cannot", "busy")) == 1
    assert lives[-1] == ("cannot", "busy")
    await asyncio.sleep(1000)
    assert (await last(desk, Action.CHANGE_CONFIGURATION, key="Key0", value="1"))[0] == "sent"
