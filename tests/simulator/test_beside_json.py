"""What a fleet has beside JSON: stations on SOAP that can be called, accounting of their SIMs, TLS, and answers that are none."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from monitor.core.commands import Action, Order
from monitor.core.events import State
from monitor.core.ids import Identity, StationId, Sticker
from monitor.runtime.clock import SystemClock
from monitor.settings import RadiusSettings
from monitor.simulator import link, soap_link
from monitor.simulator.demo import nameplate
from monitor.simulator.dialect import Nameplate, Version
from monitor.simulator.faults import FaultKind
from monitor.simulator.fleet import FleetPlan, run_fleet
from monitor.simulator.mix import HEALTHY_MIX, Mix, parse_mix
from tests.support.certificates import make_files
from tests.support.services import running_monitor, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from monitor.core.commands import Command
    from monitor.service import Monitor
    from monitor.simulator.report import FleetReport

SOAP = ("1.2", "1.5", "1.6")
WORDS = {"1.2": Version.V15, "1.5": Version.V15, "1.6": Version.V16}


def plates() -> tuple[Nameplate, ...]:
    return tuple(
        Nameplate(
            identity=Identity(f"S{soap}"), sticker=Sticker(f"S{soap}"), version=WORDS[soap], soap=soap, imsi=f"27001000000000{n}"
        )
        for n, soap in enumerate(SOAP, 1)
    )


STATIONS = "sticker,bearer,sim_imsi\n" + "".join(f"{one.sticker},gprs,{one.imsi}\n" for one in plates())


@asynccontextmanager
async def fleet(monitor: Monitor, **plan: Any) -> AsyncIterator[list[FleetReport]]:
    """Run a fleet against `monitor`; the list holds its report at the end."""
    stop, reports = asyncio.Event(), list["FleetReport"]()
    url = f"ws://127.0.0.1:{monitor.field_port}/ocpp"
    wanted = FleetPlan(
        **{"url": url, "roll": plates(), "stations": 3, "mix": HEALTHY_MIX, "spread_s": 0.0, "heartbeat_s": 0.5, **plan}
    )
    running = asyncio.create_task(run_fleet(wanted, SystemClock(), stop=stop))
    try:
        yield reports
    finally:
        stop.set()
        reports.append(await running)


async def over(monitor: Monitor, number: int, action: Action, **fields: Any) -> Command:
    station = monitor.directory.by_id(StationId(number))
    assert station is not None
    command = await monitor.commanding.commands.request(station, Order(action=action, **fields), who="anna")
    async with asyncio.timeout(15):
        while not (found := await monitor.commanding.commands.find(command.id)) or not (found.over or found.state == "accepted"):
            await asyncio.sleep(0.02)
    return found


def online(monitor: Monitor, count: int = 3) -> bool:
    return sum(monitor.engine.health(StationId(number)).state is State.ONLINE for number in range(1, count + 1)) == count


async def test_stations_on_soap_speak_and_can_be_called(tmp_path: Path) -> None:
    async with running_monitor(tmp_path, stations=STATIONS) as monitor, fleet(monitor, idle_s=1.0, time_scale=60.0) as reports:
        await until(lambda: online(monitor))
        for number, soap in enumerate(SOAP, 1):
            await until(lambda one=number: monitor.engine.health(StationId(one)).callback is not None)
            assert (await over(monitor, number, Action.CHANGE_CONFIGURATION, key="ResetRetries", value="3")).steps[-1].said in (
                "Accepted",
                "ResetRetries = 3",
            )
            refused = await over(monitor, number, Action.DIAGNOSTICS)
            assert refused.state in ("accepted", "refused"), (soap, refused)
        await until(lambda: any(one.session for n in (1, 2, 3) for one in monitor.engine.health(StationId(n)).connectors))
        await until(lambda: all(monitor.messages[soap, "MeterValues"] for soap in SOAP))
        invalid = [slot.invalid for slot in monitor.intake.slots.values()]
        assert invalid == [0, 0, 0]
    assert dict(reports[0].errors) == {}
    assert reports[0].asked["ChangeConfiguration"] == 3


@pytest.mark.parametrize("kind", [FaultKind.LATE, FaultKind.WRONG, FaultKind.MUTE])
async def test_answers_that_are_none(tmp_path: Path, kind: FaultKind, monkeypatch: pytest.MonkeyPatch) -> None:
    from monitor.collectors.ocppj import calls  # noqa: PLC0415  (only its patience is changed)

    monkeypatch.setattr(calls, "ANSWER_S", 1.0)
    monkeypatch.setattr(link, "LATE_S", 2.0)
    json_plate = Nameplate(identity=Identity("S1.6"), sticker=Sticker("S1.6"))
    async with (
        running_monitor(tmp_path, stations=STATIONS) as monitor,
        fleet(monitor, mix=Mix(faults=((kind, 1.0),)), stations=1, roll=(json_plate,)) as reports,
    ):
        await until(lambda: monitor.engine.health(StationId(3)).state is State.ONLINE)
        await until(lambda: reports == [] and monitor.listener.links.link(StationId(3)) is not None)
        await asyncio.sleep(3.5)
        command = await over(monitor, 3, Action.CHANGE_CONFIGURATION, key="ResetRetries", value="3")
        wanted = {FaultKind.LATE: "no_answer", FaultKind.MUTE: "no_answer", FaultKind.WRONG: "wrong_answer"}
        assert (command.state, command.steps[-1].why) == ("unknown", wanted[kind])
    assert reports[0].faults[kind] == 1


async def test_a_soap_station_answers_late_wrongly_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soap_link, "LATE_S", 0.1)
    async with running_monitor(tmp_path, stations=STATIONS) as monitor:
        for kind, state in ((FaultKind.LATE, "accepted"), (FaultKind.WRONG, "unknown"), (FaultKind.MUTE, "unknown")):
            async with fleet(monitor, mix=Mix(faults=((kind, 1.0),))):
                await until(lambda: online(monitor) and monitor.engine.health(StationId(2)).callback is not None)
                await asyncio.sleep(3.5)
                monitor.soap._lines[StationId(2)].told_at -= 60
                await asyncio.sleep(1.0)
                assert (await over(monitor, 2, Action.CLEAR_CACHE)).state == state


async def test_sims_have_sessions_while_their_stations_are_connected(tmp_path: Path) -> None:
    settings = RadiusSettings.model_validate(
        {"listen": "127.0.0.1:0", "client": [{"address": "127.0.0.1", "secret": "between us"}]}
    )
    async with running_monitor(tmp_path, stations=STATIONS, radius=settings) as monitor:
        async with fleet(monitor, radius=("127.0.0.1", monitor.radius_port, b"between us"), time_scale=200.0):
            await until(lambda: len(monitor.radius.accounts) == 3 and all(one.up for one in monitor.radius.accounts.values()))
            await until(lambda: monitor.radius.outcomes["taken"] >= 6)
        assert monitor.radius.outcomes["wrong_secret"] == 0


async def test_stations_of_profile_2_and_3_speak_over_tls(tmp_path: Path) -> None:
    """One has a password, one a certificate, and one no certificate yet: it is refused, and that is told."""
    files = make_files(tmp_path)
    files.keep_client(tmp_path, "T3")
    secret = "0123456789abcdef"
    sheet = f"sticker,bearer,security_profile,password\nT2,lan,2,{secret}\nT3,lan,3,\nT4,lan,3,\n"
    roll = tuple(
        Nameplate(identity=Identity(name), sticker=Sticker(name), password=secret if name == "T2" else "")
        for name in ("T2", "T3", "T4")
    )
    listener = files.section(client_ca=str(files.client_ca))
    async with running_monitor(tmp_path, stations=sheet, tls=[listener]) as monitor:
        over_tls = {"url": f"wss://localhost:{monitor.tls_ports[0]}/ocpp", "roll": roll, "certificates": str(tmp_path)}
        async with fleet(monitor, **over_tls, ca=str(files.client_ca)) as reports:
            await until(lambda: online(monitor, 2))
            await until(lambda: monitor.attempts.of_identity("T4"))
        distrustful: list[FleetReport] = []
        while not distrustful or not distrustful[0].failures:  # what a fleet met is told at its end
            async with fleet(monitor, **over_tls) as distrustful:
                await asyncio.sleep(0.5)
            assert distrustful[0].connected == 0
    assert (reports[0].connected, reports[0].refusals["401"] > 0, reports[0].failures) == (2, True, {})
    assert list(distrustful[0].failures) == ["ClientConnectorCertificateError"]


def test_who_speaks_soap_stands_in_the_mix_or_in_the_file() -> None:
    assert parse_mix("soap=0.25").soap == 0.25
    assert parse_mix("healthy=1").soap == 0
    plate = nameplate({"sticker": "CP1", "protocol": "1.2"})
    assert (plate.soap, plate.version) == ("1.2", Version.V15)
    assert nameplate({"sticker": "CP1", "protocol": "1.5"}).soap == ""
