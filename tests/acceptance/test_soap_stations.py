"""SOAP stations of every version, each played by zeep from the official service descriptions: a charge, and every command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.acceptance.test_commands import outcome
from tests.support.commanded import ORDERS
from tests.support.sites import Site, running_site
from tests.support.zeep_station import DIAGNOSTICS, WSDL, ZeepStation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not WSDL.exists(), reason="the service descriptions are not beside this checkout"),
]

VERSIONS = ("1.2", "1.5", "1.6")
SHEET = "sticker,bearer\n" + "".join(f"S-{version},gprs\n" for version in VERSIONS)


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="site")
async def soap_site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(tmp_path_factory.mktemp("soap"), SHEET) as site:
        yield site


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_charge_and_every_command(site: Site, version: str) -> None:
    sticker = f"S-{version}"
    station = ZeepStation(version, sticker, f"http://127.0.0.1:{site.house.field}/ocpp/soap")
    async with station.listening():
        booted = await station.boot()
        assert booted.status == "Accepted"
        await station.status("Available")
        assert (await station.tell("Heartbeat")).tzinfo is not None
        assert (await station.tell("Authorize", idTag="04A2B3")).status == "Accepted"
        await station.start(1, "04A2B3")
        await station.meter(3000)
        shown = await site.station(sticker)
        assert [one["session"]["transaction"] for one in shown["connectors"] if one["session"]] == [str(station.transaction)]
        await station.stop(station.transaction)
        events = (await site.station(sticker, "/timeline"))["events"]
        assert [one.get("energy_wh") for one in events if one["type"] == "charging_ended"] == [4000]
        assert [one["url"] for one in events if one["type"] == "callback_changed"] == [station.url]
        assert await every_command(site, sticker) == expected(version, station)
        assert shown["contact"]["protocol"] == f"{version} SOAP"
        (file,) = (site.house.folder / "uploads").glob(f"{sticker}-*")
        assert file.read_bytes() == DIAGNOSTICS


async def every_command(site: Site, sticker: str) -> list[tuple[str, str, str]]:
    return [(one["action"], one["state"], one["said"]) for body in ORDERS for one in [await outcome(site, sticker, **body)]]


def expected(version: str, station: ZeepStation) -> list[tuple[str, str, str]]:
    """Return how each command ends; what the version does not have is known beforehand."""
    no_reading = version == "1.2"

    def has(action: str, state: str, said: str, *, missing: bool = False) -> tuple[str, str, str]:
        return (action, "cannot", version) if missing else (action, state, said)

    return [
        has("probe", "confirmed", "Accepted" if version == "1.6" else "", missing=no_reading),
        has("refresh", "confirmed", "1: Available", missing=version != "1.6"),
        has("unlock", "confirmed", "1: Available"),
        has("remote_start", "confirmed", f"1: transaction {station.transaction}"),
        has("remote_stop", "confirmed", "Remote" if version == "1.6" else ""),
        has("reset", "confirmed", ""),
        has("change_availability", "confirmed", "1: Unavailable"),
        has("change_availability", "confirmed", "1: Available"),
        has("clear_cache", "accepted", "Accepted"),
        has("read_configuration", "confirmed", "", missing=no_reading),
        has(
            "change_configuration",
            "accepted" if no_reading else "confirmed",
            "Accepted" if no_reading else "HeartBeatInterval = 120",
        ),
        has("local_list", "confirmed", "0", missing=no_reading),
        has("send_local_list", "confirmed", str(station.list_version), missing=no_reading),
        has("diagnostics", "confirmed", f"diag.log {len(DIAGNOSTICS)} bytes"),
        has("firmware", "confirmed", "Installed"),
    ]
