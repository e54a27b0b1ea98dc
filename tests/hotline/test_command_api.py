"""Commands over the API: well asked or not, by whom, and what is told of their lives."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from hotline.core.permissions import NEEDED, role_for
from hotline.core.roles import Role
from hotline.service import desk_of
from hotline.web import command_words
from monitor.commands.ports import RefusedError
from monitor.core.commands import Action, CommandState, Order, Why
from monitor.core.health_state import Connector, HealthState, Session
from monitor.core.observations import Status, Work
from monitor.core.registry import LifeCycle

from .reading import Reader, online
from .support import NOW, station

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .support import Browser, House


@pytest.fixture
async def carried(house: House) -> AsyncIterator[House]:
    house.put(station(1), online())
    running = asyncio.create_task(house.commands.run())
    yield house
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def ask(browser: Browser, body: Any, sticker: str = "CP0001") -> tuple[int, Any]:
    response = await browser.session.post(
        f"{browser.base}/api/v1/stations/{sticker}/commands", json=body, headers={"Sec-Fetch-Site": "same-origin"}
    )
    return response.status, await response.json()


async def told(browser: Browser, name: str) -> Any:
    response = await browser.get(f"/api/v1/commands/{name}")
    assert response.status == 200
    return await response.json()


async def test_a_command_is_taken_and_its_life_can_be_followed(carried: House) -> None:
    browser = await carried.visitor(Role.AGENT)
    status, body = await ask(browser, {"action": "reset", "type": "soft", "reason": "screen frozen, call 17"})
    assert status == 202
    assert (body["state"], body["station"], body["who"], body["reason"]) == (
        "requested",
        "CP0001",
        "a-agent",
        "screen frozen, call 17",
    )
    async with asyncio.timeout(5):
        while (life := await told(browser, body["id"]))["state"] != "accepted":
            await asyncio.sleep(0.01)
    assert [step["state"] for step in life["steps"]] == ["requested", "sent", "accepted"]
    assert life["said"] == "Accepted"
    assert life["over"] is False
    listed = await (await browser.get("/api/v1/stations/CP0001/commands")).json()
    assert [one["id"] for one in listed["commands"]] == [body["id"]]
    assert listed["cannot"] == {}
    assert (await browser.get("/api/v1/commands/nothing")).status == 404


async def test_the_stations_page_shows_the_life_of_a_command(carried: House) -> None:
    browser = await carried.visitor(Role.SENIOR)
    assert "What we asked of it" not in Reader(await browser.page("/stations/CP0001")).words
    hostile = "<img src=x onerror=alert(1)>"
    carried.wire.script = {"UnlockConnector": {"status": hostile}}
    await ask(browser, {"action": "unlock", "connector": 1, "reason": hostile, "force": True})
    async with asyncio.timeout(5):
        while "refused by the charger" not in (page := Reader(await browser.page("/stations/CP0001?part=live"))).words:
            await asyncio.sleep(0.01)
    assert "What we asked of it 08:40 Unlock: refused by the charger" in page.words
    assert "Point 1 · a-senior · forced: <img" in page.words
    assert "sent, waiting for the answer 08:40" in page.words
    assert "img" not in {tag for tag, _ in page.tags}


async def test_how_long_the_same_must_wait_is_told(carried: House) -> None:
    browser = await carried.visitor(Role.AGENT)
    carried.wire.script = {"UnlockConnector": {"status": "UnlockFailed"}}
    for _ in range(2):
        _, body = await ask(browser, {"action": "unlock", "connector": 1})
        async with asyncio.timeout(5):
            while not (await told(browser, body["id"]))["over"]:
                await asyncio.sleep(0.01)
    page = Reader(await browser.page("/stations/CP0001?part=live"))
    assert "Unlock: not sent, the same was sent a moment ago again in" in page.words


async def test_what_a_station_cannot_do_is_told_beforehand(carried: House) -> None:
    browser = await carried.visitor(Role.AGENT)
    carried.wire.version = "1.2"
    listed = await (await browser.get("/api/v1/stations/CP0001/commands")).json()
    assert listed["cannot"]["refresh"] == "version"
    assert "unlock" not in listed["cannot"]
    status, body = await ask(browser, {"action": "refresh"})
    assert (status, body["state"], body["why"]) == (202, "cannot", "version")
    carried.wire.version = None
    status, body = await ask(browser, {"action": "unlock", "connector": 1})
    assert (status, body["state"], body["why"]) == (202, "cannot", "not_connected")
    carried.wire.version, carried.wire.script = "1.6", {"UnlockConnector": RefusedError("NotImplemented")}
    _, body = await ask(browser, {"action": "unlock", "connector": "1"})
    async with asyncio.timeout(5):
        while (await told(browser, body["id"]))["state"] != "refused":
            await asyncio.sleep(0.01)
    listed = await (await browser.get("/api/v1/stations/CP0001/commands")).json()
    assert listed["cannot"] == {"unlock": "shown"}


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({}, "`action`"),
        ({"action": "explode"}, "explode"),
        ({"action": "reset"}, "type"),
        ({"action": "reset", "type": "soft", "forced": True}, "forced"),
        ({"action": "unlock"}, "connector"),
        ({"action": "unlock", "connector": "left"}, "connector"),
        ({"action": "unlock", "connector": 1, "force": True}, "reason"),
        ({"action": "unlock", "connector": 1, "force": True, "reason": "  "}, "reason"),
        ({"action": "unlock", "connector": 1, "reason": "x" * 501}, "reason"),
        ({"action": "firmware", "location": "ftp://x/y", "at": "2026-05-04T08:00:00"}, "at"),
        ([1], "object"),
        ("x\r\nSet-Cookie: a=1", "object"),
    ],
)
async def test_what_is_asked_badly_is_refused_in_one_line(carried: House, body: Any, detail: str) -> None:
    browser = await carried.visitor(Role.ADMIN)
    status, answer = await ask(browser, body)
    assert status == 400
    assert detail in answer["detail"]
    assert carried.wire.asked == []


async def test_who_may_ask_for_what(carried: House) -> None:
    assert set(NEEDED) == set(Action)
    assert role_for(Order(action=Action.RESET, type="soft"), force=False) is Role.AGENT
    assert role_for(Order(action=Action.RESET, type="hard"), force=False) is Role.SENIOR
    assert role_for(Order(action=Action.UNLOCK, connector="1"), force=True) is Role.SENIOR
    assert role_for(Order(action=Action.FIRMWARE), force=True) is Role.OPERATOR
    browser = await carried.visitor(Role.AGENT)
    status, answer = await ask(browser, {"action": "reset", "type": "hard", "reason": "x"})
    assert (status, answer["detail"]) == (403, "This needs the role senior")
    status, answer = await ask(browser, {"action": "change_configuration", "key": "k", "value": "v"})
    assert (status, answer["detail"]) == (403, "This needs the role operator")
    assert carried.wire.asked == []


FAULTED = {
    error: online(
        connectors=(Connector(connector="1", status=Status.FAULTED, since=NOW, reported_at=NOW, error=error),),
    )
    for error in ("PowerSwitchFailure", "GroundFailure", "OverCurrentFailure")
}


@pytest.mark.parametrize(
    ("health", "more", "body", "detail"),
    [
        (FAULTED["PowerSwitchFailure"], {}, {"action": "reset", "type": "soft"}, "Not now: somebody may be in danger."),
        (FAULTED["PowerSwitchFailure"], {}, {"action": "unlock", "connector": 1}, "Not now: somebody may be in danger."),
        (FAULTED["PowerSwitchFailure"], {}, {"action": "firmware", "location": "ftp://x/y"}, "Not now: somebody may be in danger."),
        (online(), {"life_cycle": LifeCycle.RETIRED}, {"action": "refresh"}, "Not possible: it is retired."),
        (
            online(),
            {"tap": True},
            {"action": "remote_start", "connector": 1, "id_tag": "04A2"},
            "Another platform runs its sessions.",
        ),
    ],
)
async def test_what_harms_is_refused_to_programs_too_and_by_no_force(
    carried: House, health: HealthState, more: dict[str, Any], body: dict[str, Any], detail: str
) -> None:
    carried.put(station(1, **more), health)
    browser = await carried.visitor(Role.ADMIN)
    for asked in (body, body | {"force": True, "reason": "x"}):
        status, told = await ask(browser, asked)
        assert (status, told["title"], told["detail"]) == (409, "Conflict", detail)
    assert carried.wire.asked == []
    assert (await (await browser.get("/api/v1/stations/CP0001/commands")).json())["commands"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"action": "refresh"},
        {"action": "read_configuration"},
        {"action": "change_availability", "type": "inoperative"},
        {"action": "diagnostics", "location": "ftp://x/y"},
    ],
)
async def test_in_danger_it_may_be_asked_and_taken_out_of_service(carried: House, body: dict[str, Any]) -> None:
    carried.put(station(1), FAULTED["PowerSwitchFailure"])
    browser = await carried.visitor(Role.ADMIN)
    assert (await ask(browser, body))[0] == 202


@pytest.mark.parametrize("body", [{"action": "reset", "type": "soft"}, {"action": "change_availability", "type": "operative"}])
async def test_against_a_fault_that_a_restart_does_not_cure_it_takes_force(carried: House, body: dict[str, Any]) -> None:
    carried.put(station(1), FAULTED["OverCurrentFailure"])
    browser = await carried.visitor(Role.ADMIN)
    status, told = await ask(browser, body)
    assert (status, told["detail"]) == (409, "Not with the fault that it reports.")
    assert (await ask(browser, body | {"force": True, "reason": "the fitter is there"}))[0] == 202


async def test_a_session_that_runs_is_not_started_twice_by_a_program(carried: House) -> None:
    session = Session(transaction="41", since=NOW)
    busy = Connector(connector="1", status=Status.CHARGING, since=NOW, reported_at=NOW, session=session)
    carried.put(station(1), online(connectors=(busy,)))
    browser = await carried.visitor(Role.ADMIN)
    body = {"action": "remote_start", "connector": 1, "id_tag": "04A2"}
    status, told = await ask(browser, body)
    assert (status, told["detail"]) == (409, "A session is open there; end it first.")
    assert (await ask(browser, body | {"force": True, "reason": "it hangs"}))[0] == 202


async def ask_all(browser: Browser, body: dict[str, Any]) -> tuple[int, Any]:
    response = await browser.session.post(f"{browser.base}/api/v1/commands", json=body, headers={"Sec-Fetch-Site": "same-origin"})
    return response.status, await response.json()


async def test_many_are_asked_for_the_same_by_a_senior_and_each_is_answered_for(carried: House) -> None:
    carried.put(station(2), FAULTED["PowerSwitchFailure"])
    carried.put(station(3), online())
    browser = await carried.visitor(Role.SENIOR)
    stations = ["CP0003", "cp 0001", "CP0002", "nobody", "CP0001"]
    status, body = await ask_all(browser, {"stations": stations, "action": "reset", "type": "soft", "reason": "new firmware"})
    assert status == 202
    told_of = {one["station"]: one.get("refused") or one["state"] for one in body["commands"]}
    assert list(told_of) == ["CP0003", "CP0001", "CP0002", "nobody"]
    assert told_of == {
        "CP0003": "requested",
        "CP0001": "requested",
        "CP0002": "Not now: somebody may be in danger.",
        "nobody": "There is no station with that sticker",
    }
    for one in body["commands"][:2]:
        assert (await told(browser, one["id"]))["reason"] == "new firmware"
    trail = await desk_of(carried.database, carried.clock).trail_after(0, 100)
    deeds = [entry.about for entry in trail if entry.what == "command"]
    assert deeds == ["CP0003", "CP0001"]


async def test_many_take_a_senior_and_one_does_not(carried: House) -> None:
    carried.put(station(3), online())
    browser = await carried.visitor(Role.AGENT)
    status, body = await ask_all(browser, {"stations": ["CP0001", "CP0003"], "action": "refresh"})
    assert (status, body["detail"]) == (403, "This needs the role senior")
    assert carried.wire.asked == []
    assert (await ask_all(browser, {"stations": ["CP0001", "cp0001"], "action": "refresh"}))[0] == 202


@pytest.mark.parametrize("stations", [[], ["CP0001"] * 201, "CP0001", [7]])
async def test_many_are_named_and_not_too_many(carried: House, stations: Any) -> None:
    browser = await carried.visitor(Role.ADMIN)
    assert (await ask_all(browser, {"stations": stations, "action": "refresh"}))[0] == 400


async def test_nobody_asks_from_another_site_or_without_a_login(carried: House) -> None:
    browser = await carried.visitor(Role.AGENT)
    forged = await browser.session.post(
        f"{browser.base}/api/v1/stations/CP0001/commands",
        json={"action": "reset", "type": "soft"},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert forged.status == 403
    stranger = carried.browser()
    status, _ = await ask(stranger, {"action": "reset", "type": "soft"})
    assert status == 401
    status, _ = await ask(browser, {"action": "reset", "type": "soft"}, sticker="CP9999")
    assert status == 404
    assert carried.wire.asked == []


def test_everything_has_words() -> None:
    assert set(command_words.ACTIONS) == set(Action)
    assert set(command_words.STATES) == set(CommandState)
    assert set(command_words.WHYS) == set(Why)
    assert set(command_words.WORKS) == set(Work)
