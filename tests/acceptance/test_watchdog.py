"""The program watches its own way: pings stop when the database takes nothing and come back with it; the canary is nobody's."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

from tests.acceptance.test_alerts import RULES
from tests.support.programs import until_true
from tests.support.receivers import receiving
from tests.support.sites import running_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.support.receivers import Receiver
    from tests.support.sites import Site

SHEET = "sticker,bearer,site\nCP2500,gprs,Parking Brill\n"


@asynccontextmanager
async def pinging(folder: Path, more: str = "") -> AsyncIterator[tuple[Site, Receiver]]:
    """Run the service with somebody outside who is pinged every second; the address stands in a file of its own."""
    async with receiving() as outside:
        (folder / "alerts.toml").write_text(RULES)
        alerts = (
            f'[alerts]\nfile = "{folder}/alerts.toml"\ngroup_wait_s = 0.2\nwatchdog_url = "{outside.url}/uuid"\nwatchdog_s = 1\n'
        )
        async with running_site(folder, SHEET, more=alerts + more) as site:
            yield site, outside


async def pings(outside: Receiver, more_than: int) -> None:
    async def enough() -> bool:
        return len(outside.asked) > more_than

    await until_true(enough, 30.0)


async def logged(site: Site, text: str) -> None:
    async def found() -> bool:
        return text in site.log()

    await until_true(found, 30.0)


async def test_pings_stop_while_the_database_takes_nothing_and_come_back(tmp_path: Path) -> None:
    async with pinging(tmp_path) as (site, outside):
        await pings(outside, 2)
        assert {one.path for one in outside.asked} == {"/uuid"}
        with closing(sqlite3.connect(tmp_path / "house.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # nobody else can write
            await logged(site, "the dead man's switch is not pinged")
            before = len(outside.asked)
            await logged(site, "trying again")
            assert len(outside.asked) == before
            other.execute("ROLLBACK")
        await pings(outside, before)
        assert site.log().count("the dead man's switch is not pinged") == 1
        await logged(site, "the dead man's switch is pinged again")
        assert "bornewatch_alerts_watchdog_timestamp_seconds 1." in await site.house.metrics()


async def test_a_canary_comes_back_and_leaves_no_trace_that_people_see(tmp_path: Path) -> None:
    async with pinging(tmp_path, "canary_s = 1\n") as (site, outside):

        async def returned() -> bool:
            return _figure(await site.house.metrics(), 'alerts_canaries_total{outcome="returned"}') >= 3

        await until_true(returned, 30.0)
        await pings(outside, 0)
        shown = await site.house.metrics()
        assert _figure(shown, 'alerts_canaries_total{outcome="lost"}') == 0
        assert 0.0 < _figure(shown, "alerts_canary_duration_seconds") < 5.0
        assert _figure(shown, "alerts_canary_timestamp_seconds") > 1.7e9
        assert [line for line in shown.splitlines() if 'station="' in line and "CP2500" not in line] == []
        fleet = [line for line in shown.splitlines() if line.startswith("bornewatch_fleet_stations{")]
        assert sum(float(line.rpartition(" ")[2]) for line in fleet) == 1
        assert _figure(shown, "detection_delay_seconds_count") == 0
        assert not [line for line in shown.splitlines() if line.startswith("bornewatch_incident")]
        assert not [
            line for line in shown.splitlines() if line.startswith("bornewatch_notifications_total") and not line.endswith(" 0.0")
        ]
        for path in ("/alerts", "/alerts?state=all", "/breaches", "/incidents", "/deliveries"):
            assert await site.house.api(path, site.token) == [], path
        assert "CP2500" in (printed := await site.house.must("station", "list"))
        assert len(printed.splitlines()) == 2, printed
        assert await site.house.must("alerts", "test", "--since", "1h") == "nothing would have been sent\n"
        await in_flight(tmp_path)
        await site.house.stop(signal.SIGKILL)
        await site.house.start()
        await until_true(returned, 30.0)
        left = rows(tmp_path, "SELECT count(*) FROM alerts_alert WHERE id < 0 AND alive")
        breach = "SELECT count(*) FROM event WHERE station_id = -1 AND kind = ?"
        opened, cleared = (rows(tmp_path, breach, kind) for kind in ("breach_opened", "breach_cleared"))
        assert left <= 1, "that of the flight under way; what the one that was killed left is over"
        assert opened >= 6
        assert 0 <= opened - cleared <= 1


async def in_flight(folder: Path) -> None:
    async def found() -> bool:
        return rows(folder, "SELECT count(*) FROM alerts_alert WHERE id < 0 AND alive") > 0

    await until_true(found, 30.0)


def rows(folder: Path, count: str, *given: str) -> int:
    with closing(sqlite3.connect(folder / "house.db")) as database:
        return int(database.execute(count, given).fetchone()[0])


def _figure(shown: str, name: str) -> float:
    return next((float(line.rpartition(" ")[2]) for line in shown.splitlines() if line.startswith(f"bornewatch_{name} ")), 0.0)
