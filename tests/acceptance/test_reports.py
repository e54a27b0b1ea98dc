"""Reports from the command line, beside a service that runs, and everything that can be asked wrongly."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from monitor.core.breaches import Cause, Party
from monitor.core.health_state import HealthState
from monitor.core.observations import Status
from monitor.storage.database import SqlDatabase
from monitor.storage.judgements import SqlJudgementStore
from monitor.storage.servers import open_engine
from tests.support.logs import HOUR, Log
from tests.support.papers import text_of
from tests.support.programs import Installation, installation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

NOW = datetime.now(UTC)
MONTH = (NOW.replace(day=1) - timedelta(days=1)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
"""The month before this one, so that the whole of it has passed."""
NAME = f"{MONTH:%Y-%m}"
STATIONS = """sticker,bearer,owner,owner_language,site,connectors
CP1,lan,Ville d'Esch,de,Brill,2
CP2,wifi,Ville d'Esch,de,=cmd,1
CP3,gprs,Commune de Sanem,,,1
"""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Installation]:
    """Return an installation with three stations, the first of which has a past."""
    async with installation(tmp_path) as opened:
        await opened.must("station", "import", "-", given=STATIONS)
        await tell(tmp_path)
        yield opened


async def tell(folder: Path) -> None:
    """Store what happened: a breach of two hours, the mobile network's fault by the last word."""
    begin = MONTH - timedelta(days=3)
    log = Log().heard(begin).status(begin, "1", Status.AVAILABLE).link(begin, "10.0.0.1")
    since = MONTH + timedelta(days=4)
    log.breach(since, since + 2 * HOUR).link(since + 2 * HOUR, "94.252.10.7")
    log.breach(since + 5 * HOUR, since + 6 * HOUR).revise(since + 7 * HOUR, Cause.POWER, Party.GRID)
    database = SqlDatabase(open_engine(f"sqlite:///{folder}/house.db"))
    try:
        await SqlJudgementStore(database).save({log.station: HealthState()}, [(one.station, one.event) for one in log.records])
    finally:
        await database.stop()


async def refused(house: Installation, code: int, *arguments: str) -> str:
    """Run a command that has to fail with `code` and one line; return the line."""
    found, out, err = await house.run("report", *arguments)
    assert (found, out) == (code, ""), err or out
    assert err.count("\n") == 1, err
    return err


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""), strict=True))


async def test_a_report_beside_a_service_that_runs(house: Installation) -> None:
    await house.start()
    said = await house.must(
        "report", "continuity", "--owner", "ville d'ésch", "--month", NAME, "--out", "for/esch", "--goal", "99.9"
    )
    assert said.startswith(f"Ville d'Esch, {NAME}: 2 lines on LAN or WiFi, availability 99.")
    assert said.count("\n") == 5
    folder = house.folder / "for" / "esch"
    name = f"continuity-ville-d-esch-{NAME}"
    assert sorted(path.name for path in folder.iterdir()) == [
        *(f"{name}-lines.csv", f"{name}-security.csv", f"{name}.csv", f"{name}.pdf"),
    ]
    breaches = rows(folder / f"{name}.csv")
    assert [(row["station"], row["party"], row["lost_s"]) for row in breaches] == [
        ("CP1", "owner", "7200"),
        ("CP1", "grid", "3600"),
    ]
    one, two, total = rows(folder / f"{name}-lines.csv")
    assert (one["down_s"], one["others_down_s"], total["down_s"], two["site"]) == ("7200", "3600", "7200", "'=cmd")
    assert [row["finding"] for row in rows(folder / f"{name}-security.csv")] == ["new_public_address", "outside_networks"]
    assert "Kontinuität der Leitungen" in text_of(folder / f"{name}.pdf")
    assert await house.stop() == 0


async def test_the_ports_by_each_law(house: Installation) -> None:
    for law in ("nevi", "uk", "afirev"):
        said = await house.must("report", "uptime", "--law", law, "--until", f"{NOW:%Y-%m-%d}", "--owner", "Ville d'Esch")
        assert "ports, on average" in said
        found = rows(house.folder / f"uptime-{law}-ville-d-esch-{NOW:%Y-%m-%d}.csv")
        assert [(row["station"], row["port"]) for row in found] == [("CP1", "1"), ("CP1", "2"), ("CP2", "1")]
    await house.must("report", "uptime", "--law", "uk", "--until", f"{NOW:%Y-%m-%d}")
    assert len(rows(house.folder / f"uptime-uk-{NOW:%Y-%m-%d}.csv")) == 4


@pytest.mark.parametrize(
    ("code", "arguments", "reason"),
    [
        (2, ("continuity", "--month", NAME), "--owner"),
        (2, ("continuity", "--owner", "x", "--month", "2026-13"), "'2026-13' is not a month"),
        (2, ("continuity", "--owner", "x", "--month", NAME, "--goal", "0"), "'0' is not a percentage"),
        (2, ("continuity", "--owner", "x", "--month", NAME, "--goal", "many"), "'many' is not a percentage"),
        (2, ("continuity", "--owner", "x", "--month", NAME, "--zone", "Mars/Base"), "'Mars/Base' is not a time zone"),
        (2, ("continuity", "--owner", "x", "--month", NAME, "--zone", "../x"), "'../x' is not a time zone"),
        (2, ("continuity", "--owner", "x", "--month", NAME, "--language", "xx"), "xx"),
        (2, ("uptime", "--law", "mine", "--until", "2026-01-01"), "mine"),
        (2, ("uptime", "--law", "uk", "--until", "tomorrow"), "'tomorrow' is not a day"),
        (1, ("continuity", "--owner", "Vile d'Esh", "--month", NAME), 'did you mean "Ville d\'Esch"'),
        (1, ("continuity", "--owner", "Ville d'Esch", "--month", "2999-01"), "--month 2999-01 has not begun"),
        (1, ("continuity", "--owner", "Ville d'Esch", "--month", "1999-01"), "events are kept for 400 days"),
        (1, ("continuity", "--owner", "Ville d'Esch", "--month", NAME, "--out", "bornewatch.toml"), "--out"),
        (1, ("uptime", "--law", "uk", "--until", "2999-01-01"), "--until 2999-01-01 has not come"),
        (1, ("uptime", "--law", "uk", "--until", "1999-01-01"), "events are kept for 400 days"),
    ],
)
async def test_what_is_asked_wrongly_is_said_in_one_line(
    house: Installation, code: int, arguments: tuple[str, ...], reason: str
) -> None:
    assert reason in await refused(house, code, *arguments)


async def test_the_month_under_way_is_told_up_to_now(house: Installation) -> None:
    said = await house.must("report", "continuity", "--owner", "Commune de Sanem", "--month", f"{NOW:%Y-%m}", "--language", "en")
    assert "0 lines on LAN or WiFi, availability unknown" in said
    (pdf,) = house.folder.glob("continuity-commune-de-sanem-*.pdf")
    text = text_of(pdf)
    assert "as far as the month has come" in text
    assert "there is no guarantee" in text
