"""The life of a command: written down, sent, answered, seen to be done or not. On virtual time, against a scripted station."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from monitor.commands.ports import NoOutcomeError, NotSentError, RefusedError
from monitor.core.commands import CONFIRM_S, Action, CommandState, Why
from monitor.core.health_state import Connector, HealthState, Session
from monitor.core.observations import Booted, ConnectorReported, ProgressReported, SessionEnded, SessionStarted, Status, Work
from monitor.runtime.journal import TransientStoreError

from .conftest import Desk, at_work

OK = ("accepted", "", "Accepted")


def connector(name: str = "1", transaction: str = "", status: Status = Status.AVAILABLE) -> Connector:
    at = Desk().clock
    now = at.now()
    session = Session(transaction=transaction, since=now) if transaction else None
    return Connector(connector=name, status=status, since=now, reported_at=now, session=session)


def reported(desk: Desk, status: Status, name: str = "1", error: str = "") -> ConnectorReported:
    return ConnectorReported(at=desk.clock.now(), connector=name, status=status, error=error)


async def test_a_reset_is_confirmed_by_the_boot_that_follows(desk: Desk) -> None:
    command = await desk.ask(Action.RESET, type="soft")
    assert command.state is CommandState.REQUESTED
    await asyncio.sleep(1)
    assert desk.wire.asked == [("Reset", {"type": "Soft"})]
    assert await desk.life(command) == [("requested", "", ""), ("sent", "", ""), OK]
    await asyncio.sleep(40)
    desk.saw(Booted(at=desk.clock.now(), reason="RemoteReset"))
    await asyncio.sleep(1)
    assert (await desk.life(command))[-1] == ("confirmed", "", "RemoteReset")
    found = await desk.store.find(command.id)
    assert found is not None
    assert (found.over, found.who, found.reason, found.protocol) == (True, "anna", "call 17", "1.6")
    assert (found.steps[-1].at - found.steps[-2].at).total_seconds() == pytest.approx(40, abs=1.5)
    assert desk.told() == ["sent", "accepted", "confirmed"], "the history is told of what happened to the station"
    assert desk.intake.slot(desk.station.id).watch is None, "nobody listens when nothing is waited for"


async def test_what_is_not_seen_in_time_is_not_confirmed(desk: Desk) -> None:
    command = await desk.ask(Action.RESET, type="hard")
    await asyncio.sleep(CONFIRM_S[Action.RESET] + 2)
    assert (await desk.life(command))[-1] == ("unconfirmed", "not_seen", "")


async def test_a_refusal_ends_it_and_what_follows_by_chance_says_nothing(desk: Desk) -> None:
    desk.wire.script["Reset"] = {"status": "Rejected"}
    command = await desk.ask(Action.RESET, type="soft")
    await asyncio.sleep(1)
    desk.saw(Booted(at=desk.clock.now()))
    await asyncio.sleep(400)
    assert (await desk.life(command))[-1] == ("refused", "", "Rejected")


@pytest.mark.parametrize(
    ("answer", "last"),
    [
        (NoOutcomeError(Why.NO_ANSWER), ("unknown", "no_answer", "")),
        (NoOutcomeError(Why.LINK_LOST), ("unknown", "link_lost", "")),
        (NotSentError(Why.NOT_CONNECTED, "refused"), ("cannot", "not_connected", "refused")),
        (RefusedError("InternalError"), ("refused", "error", "InternalError")),
        ([1], ("unknown", "wrong_answer", "")),
        ({"status": 7}, ("unknown", "wrong_answer", "")),
        ({}, ("unknown", "wrong_answer", "")),
        (None, ("unknown", "wrong_answer", "")),
        (ZeroDivisionError(), ("unknown", "wrong_answer", "")),
    ],
)
async def test_an_answer_that_is_none_leaves_it_unknown_and_is_never_asked_for_again(
    desk: Desk, answer: Any, last: tuple[str, str, str]
) -> None:
    desk.wire.script["Reset"] = lambda _payload: answer
    command = await desk.ask(Action.RESET, type="soft")
    await asyncio.sleep(1000)
    assert (await desk.life(command))[-1] == last
    assert len(desk.wire.asked) == 1
    kept = await desk.store.find(command.id)
    assert kept is not None
    assert kept.over


async def test_what_was_not_answered_may_yet_be_seen(desk: Desk) -> None:
    desk.wire.script["Reset"] = NoOutcomeError(Why.LINK_LOST)
    command = await desk.ask(Action.RESET, type="soft")
    await asyncio.sleep(60)
    desk.saw(Booted(at=desk.clock.now()))
    await asyncio.sleep(1)
    assert [step[0] for step in await desk.life(command)] == ["requested", "sent", "unknown", "confirmed"]


async def test_what_is_seen_before_the_answer_counts(desk: Desk) -> None:
    def unlocks(_payload: Any) -> Any:
        desk.saw(reported(desk, Status.AVAILABLE))
        return {"status": "Unlocked"}

    desk.wire.script["UnlockConnector"] = unlocks
    command = await desk.ask(Action.UNLOCK, connector="1")
    await asyncio.sleep(1)
    assert (await desk.life(command))[-2:] == [("accepted", "", "Unlocked"), ("confirmed", "", "1: Available")]


UNLOCKED = {"UnlockConnector": {"status": "Unlocked"}}


@pytest.mark.parametrize(
    ("said", "last"),
    [
        ((Status.FINISHING, "1", ""), ("confirmed", "", "1: Finishing")),
        ((Status.PREPARING, "1", ""), ("unconfirmed", "not_seen", "")),
        ((Status.AVAILABLE, "2", ""), ("unconfirmed", "not_seen", "")),
        ((Status.AVAILABLE, "0", ""), ("unconfirmed", "not_seen", "")),
        ((Status.FAULTED, "1", "ConnectorLockFailure"), ("unconfirmed", "otherwise", "1: Faulted ConnectorLockFailure")),
    ],
)
async def test_an_unlock_is_judged_by_the_status_of_its_own_connector(
    desk: Desk, said: tuple[Status, str, str], last: tuple[str, str, str]
) -> None:
    desk.wire.script |= UNLOCKED
    command = await desk.ask(Action.UNLOCK, connector="1")
    await asyncio.sleep(1)
    desk.saw(reported(desk, *said))
    await asyncio.sleep(CONFIRM_S[Action.UNLOCK] + 1)
    assert (await desk.life(command))[-1] == last


async def test_a_start_is_confirmed_by_a_session_that_began_afterwards(desk: Desk) -> None:
    command = await desk.ask(Action.REMOTE_START, id_tag="04A1B2C3D4", connector="2")
    await asyncio.sleep(1)
    now = desk.clock.now()
    desk.saw(SessionStarted(at=now, connector="1", transaction="8", stamped=now))
    desk.saw(SessionStarted(at=now, connector="2", transaction="7", stamped=command.requested_at.replace(year=2025)))
    await asyncio.sleep(1)
    assert (await desk.life(command))[-1] == OK, "another connector, and a record that was queued"
    desk.saw(SessionStarted(at=now, connector="2", transaction="9", stamped=now))
    await asyncio.sleep(1)
    assert (await desk.life(command))[-1] == ("confirmed", "", "2: transaction 9")
    kept = await desk.store.find(command.id)
    assert kept is not None
    assert kept.order.id_tag == "04…", "a card is nobody's business"
    assert desk.wire.asked == [("RemoteStartTransaction", {"idTag": "04A1B2C3D4", "connectorId": 2})]


async def test_a_stop_is_of_the_session_at_the_connector(desk: Desk) -> None:
    desk.health_state = HealthState(connectors=(connector("1", "41"), connector("2", "42")))
    command = await desk.ask(Action.REMOTE_STOP, connector="2")
    await asyncio.sleep(1)
    assert desk.wire.asked == [("RemoteStopTransaction", {"transactionId": 42})]
    desk.saw(SessionEnded(at=desk.clock.now(), transaction="41", reason="Local"))
    await asyncio.sleep(1)
    assert (await desk.life(command))[-1] == OK
    desk.saw(SessionEnded(at=desk.clock.now(), transaction="42", reason="Remote"))
    await asyncio.sleep(1)
    assert (await desk.life(command))[-1] == ("confirmed", "", "Remote")


async def test_availability_that_is_scheduled_is_waited_for_while_the_cars_charge(desk: Desk) -> None:
    desk.wire.script["ChangeAvailability"] = {"status": "Scheduled"}
    command = await desk.ask(Action.CHANGE_AVAILABILITY, type="inoperative", connector="1")
    await asyncio.sleep(3600)
    assert (await desk.life(command))[-1] == ("accepted", "", "Scheduled")
    desk.saw(reported(desk, Status.AVAILABLE), reported(desk, Status.UNAVAILABLE))
    await asyncio.sleep(1)
    assert (await desk.life(command))[-1] == ("confirmed", "", "1: Unavailable")


async def test_a_refresh_is_confirmed_by_a_status_that_is_no_news(desk: Desk) -> None:
    command = await desk.ask(Action.REFRESH)
    await asyncio.sleep(1)
    desk.saw(reported(desk, Status.CHARGING, "2"))
    await asyncio.sleep(1)
    assert (await desk.life(command))[-1] == ("confirmed", "", "2: Charging")


async def test_a_change_is_proven_by_reading_it_back(desk: Desk) -> None:
    def reads(value: str | None) -> Any:
        return lambda payload: {"configurationKey": [{"key": payload["key"][0], "readonly": False, "value": value}]}

    desk.wire.script["GetConfiguration"] = reads("120")
    command = await desk.ask(Action.CHANGE_CONFIGURATION, key="HeartbeatInterval", value="120")
    await asyncio.sleep(1)
    assert desk.wire.asked[1] == ("GetConfiguration", {"key": ["HeartbeatInterval"]})
    assert (await desk.life(command))[-1] == ("confirmed", "", "HeartbeatInterval = 120")
    desk.wire.script["GetConfiguration"] = reads("300")
    command = await desk.ask(Action.CHANGE_CONFIGURATION, key="HeartbeatInterval", value="60", force=True)
    await asyncio.sleep(1)
    assert (await desk.life(command))[-1] == ("unconfirmed", "otherwise", "HeartbeatInterval = 300")
    desk.wire.script["GetConfiguration"] = {"unknownKey": ["AuthorizationKey"]}
    command = await desk.ask(Action.CHANGE_CONFIGURATION, key="AuthorizationKey", value="0011223344556677")
    await asyncio.sleep(1)
    assert (await desk.life(command))[-1] == OK, "a key that nobody may read proves nothing"
    kept = await desk.store.find(command.id)
    assert kept is not None
    assert (kept.over, kept.order.value) == (True, "…")
    assert desk.wire.asked[-2][1]["value"] == "0011223344556677"


async def test_what_was_read_is_kept_without_what_opens_something(desk: Desk) -> None:
    entries = [{"key": "HeartbeatInterval", "readonly": False, "value": "300"}, {"key": "AuthorizationKey", "value": "secret"}]
    desk.wire.script["GetConfiguration"] = {"configurationKey": entries, "unknownKey": ["Colour"]}
    command = await desk.ask(Action.READ_CONFIGURATION, keys=("HeartbeatInterval", "AuthorizationKey", "Colour"))
    await asyncio.sleep(1)
    kept = await desk.store.find(command.id)
    assert kept is not None
    assert kept.state is CommandState.CONFIRMED
    assert kept.result == {"configuration": {"HeartbeatInterval": "300", "AuthorizationKey": "…"}, "unknown": ["Colour"]}


async def test_diagnostics_have_come_when_the_file_is_here(desk: Desk) -> None:
    desk.wire.script["GetDiagnostics"] = {"fileName": "d.zip"}
    command = await desk.ask(Action.DIAGNOSTICS)
    await asyncio.sleep(1)
    assert desk.wire.asked == [("GetDiagnostics", {"location": "http://10.0.0.1:9000/uploads/t/"})]
    desk.saw(ProgressReported(at=desk.clock.now(), work=Work.DIAGNOSTICS, status="Uploaded"))
    await asyncio.sleep(1)
    assert (await desk.life(command))[-1] == ("accepted", "", "d.zip"), "that it says so is not enough"
    desk.commands.carrier.uploaded(desk.station.id, "d.zip", 4711)
    await asyncio.sleep(1)
    assert (await desk.life(command))[-1] == ("confirmed", "", "d.zip 4711 bytes")


@pytest.mark.parametrize(
    ("status", "last"),
    [
        ("Installed", ("confirmed", "", "Installed")),
        ("DownloadFailed", ("unconfirmed", "otherwise", "DownloadFailed")),
        ("Downloading", ("unconfirmed", "not_seen", "")),
    ],
)
async def test_a_firmware_is_judged_by_what_its_station_tells(desk: Desk, status: str, last: tuple[str, str, str]) -> None:
    desk.wire.script["UpdateFirmware"] = {}
    command = await desk.ask(Action.FIRMWARE, location="https://example.org/f.bin")
    await asyncio.sleep(1)
    desk.saw(
        ProgressReported(at=desk.clock.now(), work=Work.DIAGNOSTICS, status=status),
        ProgressReported(at=desk.clock.now(), work=Work.FIRMWARE, status=status),
    )
    await asyncio.sleep(CONFIRM_S[Action.FIRMWARE] + 1)
    assert (await desk.life(command))[-1] == last


async def test_another_firmware_in_a_boot_shows_that_it_is_installed(desk: Desk) -> None:
    desk.health_state = HealthState(boot=Booted(at=desk.clock.now(), firmware="1.0"))
    desk.wire.script["UpdateFirmware"] = {}
    command = await desk.ask(Action.FIRMWARE, location="https://example.org/f.bin")
    await asyncio.sleep(1)
    desk.saw(Booted(at=desk.clock.now(), firmware="1.0"), Booted(at=desk.clock.now(), firmware="1.1"))
    await asyncio.sleep(1)
    assert (await desk.life(command))[-1] == ("confirmed", "", "1.1")


async def test_a_list_of_cards_is_proven_by_its_version(desk: Desk) -> None:
    desk.cards = [("04A1", "Accepted"), ("04B2", "Blocked")]
    desk.wire.script["GetLocalListVersion"] = lambda _payload: {"listVersion": desk.wire.asked[0][1]["listVersion"]}
    command = await desk.ask(Action.SEND_LOCAL_LIST)
    await asyncio.sleep(1)
    sent = desk.wire.asked[0][1]
    assert [entry["idTag"] for entry in sent["localAuthorizationList"]] == ["04A1", "04B2"]
    assert sent["updateType"] == "Full"
    assert (await desk.life(command))[-1] == ("confirmed", "", str(sent["listVersion"]))


# ---------------------------------------------------------------------------------------------------------- 2.x


async def test_a_refresh_in_2x_asks_for_one_connector_after_the_other(desk: Desk) -> None:
    desk.wire.version = "2.0.1"
    desk.health_state = HealthState(connectors=(connector("0"), connector("1"), connector("2.2")))
    await desk.ask(Action.REFRESH)
    await asyncio.sleep(1)
    assert [payload["evse"] for _, payload in desk.wire.asked] == [{"connectorId": 1, "id": 1}, {"connectorId": 2, "id": 2}]


async def test_a_variable_is_set_and_read_back_in_2x(desk: Desk) -> None:
    desk.wire.version = "2.1"
    place = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
    desk.wire.script["SetVariables"] = {"setVariableResult": [{"attributeStatus": "Accepted", **place}]}
    read = {"attributeStatus": "Accepted", "attributeValue": "60", **place}
    desk.wire.script["GetVariables"] = {"getVariableResult": [read]}
    command = await desk.ask(Action.CHANGE_CONFIGURATION, key="OCPPCommCtrlr.HeartbeatInterval", value="60")
    await asyncio.sleep(1)
    assert [action for action, _ in desk.wire.asked] == ["SetVariables", "GetVariables"]
    assert (await desk.life(command))[-1] == ("confirmed", "", "OCPPCommCtrlr.HeartbeatInterval = 60")


# ---------------------------------------------------------------------------------------------------------- order, crashes


async def test_one_at_a_time_goes_to_a_station(desk: Desk) -> None:
    async def slowly() -> Any:
        await asyncio.sleep(5)
        return {"status": "Accepted"}

    desk.wire.script = {"TriggerMessage": lambda _payload: slowly(), "ClearCache": lambda _payload: slowly()}
    first = await desk.ask(Action.REFRESH)
    second = await desk.ask(Action.CLEAR_CACHE)
    await asyncio.sleep(1)
    assert (await desk.life(second))[-1][0] == "requested"
    await asyncio.sleep(10)
    assert desk.wire.most_at_once == 1
    assert (await desk.life(first))[-1] == OK
    assert (await desk.life(second))[-1] == OK
    assert [action for action, _ in desk.wire.asked] == ["TriggerMessage", "ClearCache"]


async def test_nothing_is_sent_that_could_not_be_written_down(desk: Desk) -> None:
    desk.store.away = True
    with pytest.raises(TransientStoreError):
        await desk.ask(Action.RESET, type="soft")
    desk.store.away = False
    command = await desk.ask(Action.RESET, type="soft")
    desk.store.away = True
    await asyncio.sleep(1)
    assert desk.wire.asked == []
    assert (await desk.life(command))[-1] == ("cannot", "not_stored", "")
    desk.store.away = False
    await asyncio.sleep(3)
    assert desk.store.states() == [CommandState.CANNOT], "stored as soon as the store is back"


@pytest.mark.parametrize(
    ("before", "seen", "last"),
    [
        ("requested", None, ("cannot", "stopped", "")),
        ("sent", None, ("unknown", "stopped", "")),
        ("sent", Booted, ("confirmed", "", "")),
        ("accepted", None, ("unconfirmed", "not_seen", "")),
        ("accepted", Booted, ("confirmed", "", "")),
    ],
)
async def test_a_restart_takes_up_what_was_left_behind(before: str, seen: type[Booted] | None, last: Any) -> None:
    desk = Desk()

    async def never() -> Any:
        await asyncio.sleep(10_000)

    if before == "sent":
        desk.wire.script["Reset"] = lambda _payload: never()
    if before == "requested":
        command = await desk.ask(Action.RESET, type="soft")
    else:
        async with at_work(desk):
            command = await desk.ask(Action.RESET, type="soft")
            await asyncio.sleep(5)
    assert desk.store.states() == [CommandState(before)]
    desk.commands = desk.facade()
    async with at_work(desk):
        await asyncio.sleep(5)
        if seen is not None:
            desk.saw(seen(at=desk.clock.now()))
        await asyncio.sleep(400)
        assert (await desk.life(command))[-1] == last
        assert len(desk.wire.asked) <= 1, "nothing is sent again"
    desk.commands = desk.facade()
    assert await desk.store.unfinished() == []
