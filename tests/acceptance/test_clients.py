"""The field listener with charge points that we did not write: the `ocpp` package's clients of 1.6, 2.0.1 and 2.1.

Whatever they send is validated by the package on its way out, and our answer on its way in. The service is a process of its own,
one for all tests here; every test has a station of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
import websockets
from ocpp.messages import CallError, CallResult
from prometheus_client.parser import text_string_to_metric_families

from tests.support.clients import BY_STATION, PACKAGES, barest_and_richest, credentials, exchange, point_of
from tests.support.programs import until_true
from tests.support.raw_sockets import raw_socket, raw_station
from tests.support.sites import Site, running_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "0123456789abcdef"
RETURN_S = 15.0
"""A genuine station beside its own dead socket is admitted within so many seconds (DESIGN §4, field)."""
STATIONS = [
    f"{purpose}-{version}" for version in PACKAGES for purpose in ("all", "life", "contest", "mute", "frozen", "deaf", "fickle")
]
SHEET = "sticker,bearer,security_profile,password\n" + "".join(f"{name},gprs,1,{PASSWORD}\n" for name in STATIONS)

CONNECTORS = {"1.6": ("1", "2"), "2.0.1": ("1", "2.1", "2.2"), "2.1": ("1", "2.1", "2.2")}
"""How the stations of the lives below call their connectors by the contract: EVSE 1 has one, EVSE 2 has two."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="site")
async def clients_site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(tmp_path_factory.mktemp("clients"), SHEET) as site:
        yield site


def stamp(seconds_ago: float = 0) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds_ago)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@pytest.mark.parametrize("version", list(PACKAGES))
async def test_every_action_is_answered_by_what_the_package_holds_for_valid(site: Site, version: str) -> None:
    """In its barest and in its richest form; what only a central system sends is recognised and not supported."""
    package = PACKAGES[version]
    assert set(package.actions) >= BY_STATION[version]
    async with point_of(site.house, version, f"all-{version}", PASSWORD) as point:
        for action in sorted(package.actions, key=lambda one: one != "BootNotification"):
            for number, payload in enumerate(barest_and_richest(version, action)):
                answer = await exchange(point, version, action, payload, f"{action}-{number}")
                if action in BY_STATION[version]:
                    assert isinstance(answer, CallResult), f"{action}: {answer}"
                else:
                    assert isinstance(answer, CallError), f"{action}: {answer}"
                    assert answer.error_code == "NotSupported"
        unknown = await exchange(point, version, "Dance", {}, "dance")
        assert unknown.error_code == "NotImplemented"
    seen = await site.station(f"all-{version}")
    assert [one["quirk"] for one in seen["contact"]["quirks"]] == [], "a valid message is no quirk"


# ------------------------------------------------------------------------------------------------------ lives


async def life_16(point: Any) -> list[str]:
    """A day of a 1.6 station; return the transactions that it had."""
    call = PACKAGES["1.6"].call
    answer = await point.call(
        call.BootNotification(charge_point_model="Duo 22", charge_point_vendor="Elektra", firmware_version="1.4"), suppress=False
    )
    assert (answer.status, answer.interval) == ("Accepted", 1)
    for connector in (0, 1, 2):
        await point.call(
            call.StatusNotification(connector_id=connector, error_code="NoError", status="Available", timestamp=stamp()),
            suppress=False,
        )
    assert (await point.call(call.Authorize(id_tag="04A2B3"), suppress=False)).id_tag_info["status"] == "Accepted"
    begin = call.StartTransaction(connector_id=2, id_tag="04A2B3", meter_start=1200, timestamp=stamp())
    started = await point.call(begin, suppress=False)
    await point.call(call.StatusNotification(connector_id=2, error_code="NoError", status="Charging"), suppress=False)
    sample = {"timestamp": stamp(), "sampled_value": [{"value": "1.9", "unit": "kWh"}]}
    values = call.MeterValues(connector_id=2, transaction_id=started.transaction_id, meter_value=[sample])
    await point.call(values, suppress=False)
    assert (await point.call(call.Heartbeat(), suppress=False)).current_time.endswith("Z")
    end = call.StopTransaction(
        transaction_id=started.transaction_id, meter_stop=8200, timestamp=stamp(), reason="EVDisconnected", id_tag="04A2B3"
    )
    assert (await point.call(end, suppress=False)).id_tag_info["status"] == "Accepted"
    late = call.StartTransaction(connector_id=1, id_tag="04A2B3", meter_start=5, timestamp=stamp(3600))
    queued = await point.call(late, suppress=False)
    await point.call(
        call.StatusNotification(connector_id=1, error_code="GroundFailure", status="Faulted", info="RCD"), suppress=False
    )
    await point.call(call.StatusNotification(connector_id=2, error_code="NoError", status="Available"), suppress=False)
    alarm = call.SecurityEventNotification(type="TamperDetectionActivated", timestamp=stamp(), tech_info="lid")
    await point.call(alarm, suppress=False)
    await point.call(call.LogStatusNotification(status="Uploaded", request_id=3), suppress=False)
    return [str(started.transaction_id), str(queued.transaction_id)]


async def life_2x(point: Any, call: Any) -> list[str]:
    """A day of a 2.x station whose first EVSE has one connector and whose second has two."""
    station = {"vendor_name": "Elektra", "model": "Trio 50", "firmware_version": "2.4"}
    answer = await point.call(call.BootNotification(charging_station=station, reason="PowerUp"), suppress=False)
    assert (answer.status, answer.interval) == ("Accepted", 1)
    for evse, connector in ((1, 1), (2, 1), (2, 2)):
        status = call.StatusNotification(timestamp=stamp(), connector_status="Available", evse_id=evse, connector_id=connector)
        await point.call(status, suppress=False)
    transactions = []
    for name, age, offline in (("tx-live", 0, False), ("tx-queued", 3600, True)):
        for number, turn in enumerate(TURNS):
            event = transaction_event(call, name, (number, *turn), stamp(age - number))
            event.offline = offline
            answered = await point.call(event, suppress=False)
            assert (answered.id_token_info is not None) == (number == 0), "the card is named once"
        transactions.append(name)
    assert (await point.call(call.Heartbeat(), suppress=False)).current_time.endswith("Z")
    await reports(point, call)
    return transactions


TURNS = [("Started", "Authorized", 1200), ("Updated", "MeterValuePeriodic", 4000), ("Ended", "EVDeparted", 8200)]
"""Kind of event, what triggered it, and the import register in Wh."""


def transaction_event(call: Any, name: str, turn: tuple[int, str, str, int], at: str) -> Any:
    """Return a TransactionEvent of EVSE 2, connector 2; the first one names the card."""
    number, kind, reason, register = turn
    info = {"transaction_id": name, "charging_state": "Charging"}
    return call.TransactionEvent(
        event_type=kind,
        timestamp=at,
        trigger_reason=reason,
        seq_no=number,
        transaction_info=info | ({"stopped_reason": "EVDisconnected"} if kind == "Ended" else {}),
        evse={"id": 2, "connector_id": 2},
        id_token={"id_token": "04A2B3C4", "type": "ISO14443"} if kind == "Started" else None,
        meter_value=[{"timestamp": at, "sampled_value": [{"value": register}]}],
    )


async def reports(point: Any, call: Any) -> None:
    """What a 2.x station says of its components and its security."""
    event = {
        "event_id": 1,
        "timestamp": stamp(),
        "trigger": "Alerting",
        "actual_value": "true",
        "event_notification_type": "HardWiredNotification",
        "component": {"name": "RCD", "evse": {"id": 1}},
        "variable": {"name": "Problem"},
        "tech_code": "E17",
    }
    fault = {
        **event,
        "event_id": 2,
        "trigger": "Delta",
        "actual_value": "Faulted",
        "component": {"name": "Connector", "evse": {"id": 1, "connector_id": 1}},
        "variable": {"name": "AvailabilityState"},
    }
    await point.call(call.NotifyEvent(generated_at=stamp(), seq_no=0, event_data=[event, fault]), suppress=False)
    variable = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
    data = [{**variable, "variable_attribute": [{"type": "Actual", "value": "1"}]}]
    report = call.NotifyReport(request_id=1, generated_at=stamp(), seq_no=0, tbc=False, report_data=data)
    await point.call(report, suppress=False)
    await point.call(call.SecurityEventNotification(type="SettingSystemTime", timestamp=stamp()), suppress=False)
    sample = {"timestamp": stamp(), "sampled_value": [{"value": 230.1, "measurand": "Voltage"}]}
    await point.call(call.MeterValues(evse_id=1, meter_value=[sample]), suppress=False)


@pytest.mark.parametrize("version", list(PACKAGES))
async def test_a_life_is_told_alike_by_page_api_and_metrics(site: Site, version: str) -> None:
    sticker = f"life-{version}"
    async with point_of(site.house, version, sticker, PASSWORD) as point:
        transactions = await (life_16(point) if version == "1.6" else life_2x(point, PACKAGES[version].call))
        told = await site.station(sticker)
        assert (told["state"], told["contact"]["protocol"], told["contact"]["invalid"]) == ("online", version, 0)
        assert told["contact"]["quirks"] == []
        connectors = {one["connector"]: one for one in told["connectors"] if one["connector"] != "0"}
        assert tuple(connectors) == CONNECTORS[version]
        assert connectors["1"]["status"] == "Faulted"
        timeline = (await site.station(sticker, "/timeline"))["events"]
        begun = {one["transaction"]: one["connector"] for one in timeline if one["type"] == "charging_started"}
        ended = {one["transaction"]: one.get("energy_wh") for one in timeline if one["type"] == "charging_ended"}
        assert list(begun) == transactions
        assert begun[transactions[0]] == CONNECTORS[version][-1]
        assert ended[transactions[0]] == 7000
        assert [one["event"] for one in timeline if one["type"] == "security_noted"] == [
            "TamperDetectionActivated" if version == "1.6" else "SettingSystemTime"
        ]
        noted = [(one["component"], one["connector"], one["code"]) for one in timeline if one["type"] == "equipment_noted"]
        assert noted == ([] if version == "1.6" else [("RCD", "1", "E17")])
        await page_and_metrics_agree(site, sticker, version, {name: one["status"] for name, one in connectors.items()})


async def page_and_metrics_agree(site: Site, sticker: str, version: str, statuses: dict[str, str]) -> None:
    """What Prometheus reads and what an agent sees is what the API says."""
    families = {one.name: one.samples for one in text_string_to_metric_families(await site.house.metrics())}
    shown = {
        one.labels["connector"]: one.labels["status"]
        for one in families["bornewatch_connector_status"]
        if one.labels["station"] == sticker and one.labels["connector"] != "0"
    }
    assert shown == statuses
    health = {one.labels["state"]: one.value for one in families["bornewatch_station_health"] if one.labels["station"] == sticker}
    assert (health["online"], sum(health.values())) == (1, 1)
    counted = {one.labels["action"]: one.value for one in families["bornewatch_ocpp_messages"] if one.labels["protocol"] == version}
    assert counted["BootNotification"] >= 1
    frames = (await site.station(sticker, "/frames"))["frames"]
    assert {"in", "out"} <= {one["direction"] for one in frames}
    assert "SecurityEventNotification" in {one["action"] for one in frames}
    http = await site.log_in()
    async with http:
        for path, words in ((f"/stations/{sticker}", ("Elektra", *statuses)), (f"/stations/{sticker}/frames", ("MeterValues",))):
            async with http.get(path) as page:
                assert page.status == 200
                html = await page.text()
                assert [word for word in words if word not in html] == []


# ------------------------------------------------------------------------------------------------------ contested places


@pytest.mark.parametrize("version", list(PACKAGES))
async def test_a_living_client_keeps_its_place_and_answers_what_it_is_asked(site: Site, version: str) -> None:
    sticker = f"contest-{version}"
    async with point_of(site.house, version, sticker, PASSWORD) as genuine:
        for _ in range(2):
            with pytest.raises(websockets.InvalidStatus, match="401"):
                async with point_of(site.house, version, sticker, PASSWORD):
                    pass
        await until_true(lambda: was_asked(genuine, 2))
        assert (await genuine.call(PACKAGES[version].call.Heartbeat(), suppress=False)).current_time
        await until_true(lambda: in_timeline(site, sticker, "contest_noted"))
        told = await site.station(sticker)
        assert (told["state"], told["contact"]["invalid"]) == ("online", 0)
        assert {one["quirk"] for one in told["contact"]["quirks"]} == {"no_boot"}, "what it answers us is right"


async def was_asked(point: Any, times: int) -> bool:
    return bool(point.asked == ["Heartbeat"] * times)


async def in_timeline(site: Site, sticker: str, kind: str) -> bool:
    return kind in [one["type"] for one in (await site.station(sticker, "/timeline"))["events"]]


async def has_quirk(site: Site, sticker: str, quirk: str) -> bool:
    return quirk in [one["quirk"] for one in (await site.station(sticker))["contact"]["quirks"]]


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])  # the package's client of 2.1 leaves such a request unanswered
async def test_a_client_that_refuses_to_be_asked_lives_all_the_same(site: Site, version: str) -> None:
    sticker = f"mute-{version}"
    async with point_of(site.house, version, sticker, PASSWORD, obliging=False) as genuine:
        with pytest.raises(websockets.InvalidStatus, match="401"):
            async with point_of(site.house, version, sticker, PASSWORD):
                pass
        await genuine.call(PACKAGES[version].call.Heartbeat(), suppress=False)
        await until_true(lambda: has_quirk(site, sticker, "no_trigger"))


# ------------------------------------------------------------------------------------------------------ places of the dead


async def test_a_client_comes_back_beside_its_dead_self(site: Site) -> None:
    """All at once, as after an outage: beside stopped processes, and beside sockets that answer nothing."""
    took = await asyncio.gather(*(back(site, version) for version in PACKAGES for back in (beside_a_frozen_one, beside_a_mute_one)))
    assert max(took) < RETURN_S, took
    assert min(took) > 1, "none of them was thought dead at once"


async def beside_a_frozen_one(site: Site, version: str) -> float:
    """Its old self is a process that is stopped: its kernel still acknowledges, it reads and answers nothing."""
    sticker = f"frozen-{version}"
    script = Path(__file__).parents[1] / "support" / "frozen_client.py"
    url = f"ws://127.0.0.1:{site.house.field}/ocpp/{sticker}"
    old = await asyncio.create_subprocess_exec(
        *(sys.executable, str(script), version, url, PASSWORD), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        assert old.stdout is not None
        assert await asyncio.wait_for(old.stdout.readline(), 30) == b"Accepted\n"
        old.send_signal(signal.SIGSTOP)
        return await seconds_to_return(site, version, sticker)
    finally:
        old.kill()
        await old.wait()


async def beside_a_mute_one(site: Site, version: str) -> float:
    """Its old self has done its handshake and answers nothing that it is asked."""
    sticker = f"deaf-{version}"
    async with raw_station(site.house.field, sticker, version, list(credentials(sticker, PASSWORD).items())):
        return await seconds_to_return(site, version, sticker)


async def test_a_newcomer_that_gives_up_while_it_waits_is_forgotten(site: Site) -> None:
    """Its place is nobody's: whoever is there is not cut off for it, and nothing fails."""
    headers = list(credentials("fickle-1.6", PASSWORD).items())
    async with raw_station(site.house.field, "fickle-1.6", "1.6", headers):
        async with raw_socket(site.house.field) as newcomer:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(newcomer.knock(b"/ocpp/fickle-1.6", headers), 0.5)
        with contextlib.suppress(TimeoutError):
            await until_true(lambda: is_gone(site, "fickle-1.6"), 4)
        assert "Traceback" not in site.log()
        assert not await is_gone(site, "fickle-1.6")


async def is_gone(site: Site, sticker: str) -> bool:
    return (await site.station(sticker))["contact"]["opened_at"] is None


async def seconds_to_return(site: Site, version: str, sticker: str) -> float:
    """Connect and boot as the genuine station, once, and return how long it took."""
    began = time.monotonic()
    async with point_of(site.house, version, sticker, PASSWORD) as point:
        took = time.monotonic() - began
        call = PACKAGES[version].call
        await point.call(call.Heartbeat(), suppress=False)
        told = await site.station(sticker)
        assert (told["state"], told["health"]["link"]["state"]) == ("online", "open")
    return took
