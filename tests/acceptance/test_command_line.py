"""The command line as a stranger uses it, wrongly on purpose as well: exit codes, and an error is one line."""

from __future__ import annotations

import asyncio
import json
import socket
import sqlite3
from typing import TYPE_CHECKING

import pytest

from tests.support.programs import Installation, installation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Installation]:
    async with installation(tmp_path) as opened:
        yield opened


async def refused(house: Installation, code: int, *arguments: str, given: str = "", **environment: str) -> str:
    """Run a command that has to fail with `code` and one line; return the line."""
    found, out, err = await house.run(*arguments, given=given, **environment)
    assert (found, out) == (code, ""), err or out
    assert err.count("\n") == 1, err
    assert err.startswith("bornewatch: ")
    return err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "COMMAND"),
        (("dance",), "dance"),
        (("station",), "ACTION"),
        (("station", "add", "CP1"), "--bearer"),
        (("serve", "--role", "king"), "king"),
        (("serve", "--log.level", "loud"), "loud"),
        (("maintenance", "add", "--until", "2h"), "required"),
        (("user", "add", "x", "--role", "king"), "king"),
        (("simulate",), "--url"),
        (("demo", "--stations", "0"), "not a number of stations"),
        (("--config.file", "none.toml", "station", "list"), "none.toml: No such file"),
        (("station", "list", "--config.file", "none.toml"), "none.toml: No such file"),
    ],
)
async def test_wrong_usage_and_configuration_is_2(house: Installation, arguments: tuple[str, ...], reason: str) -> None:
    assert reason in await refused(house, 2, *arguments)


async def test_a_wrong_key_and_an_unknown_variable_are_2(house: Installation) -> None:
    assert "BORNEWATCH_FEILD__X" in await refused(house, 2, "config", "check", BORNEWATCH_FEILD__X="1")
    house.config.write_text("[field]\nhartbeat_s = 5\n")
    assert "field.hartbeat_s" in await refused(house, 2, "serve")


async def test_the_configuration_can_be_checked(house: Installation) -> None:
    assert "good" in await house.must("config", "check")
    assert "storage.url" in await refused(house, 1, "config", "check", BORNEWATCH_STORAGE__URL="mysql://x")
    house.config.write_text("[[field.tls]]\nlisten = '127.0.0.1:0'\ncertificate = 'nobody.pem'\nkey = 'nobody.key'\n")
    for command in (("config", "check"), ("serve",)):
        assert "field.tls[0]: nobody.pem" in await refused(house, 2, *command)


async def test_the_registry_from_the_command_line(house: Installation) -> None:
    assert "no stations" in await house.must("station", "list")
    await house.must(
        "station", "add", "CP1", "--bearer", "gprs", "--site", "Brill", "--security-profile", "1", "--password", "s3cret"
    )
    shown = await house.must("station", "show", "cp1")
    assert "Brill" in shown
    assert "with password" in shown
    assert "s3cret" not in shown
    assert "exists already" in await refused(house, 1, "station", "add", "CP1", "--bearer", "lan")
    assert "use one of gprs, lan, wifi" in await refused(house, 1, "station", "add", "CP2", "--bearer", "fax")
    assert "not registered" in await refused(house, 1, "station", "show", "CP9")
    assert "sticker '<b>'" in await refused(house, 1, "station", "retire", "<b>")
    assert "retired" in await house.must("station", "retire", "CP1")
    assert "retired" in await house.must("station", "list")


async def test_an_import_is_all_or_nothing(house: Installation, tmp_path: Path) -> None:
    rows = tmp_path / "stations.csv"
    rows.write_text("sticker,bearer\nCP1,gprs\nCP2,fax\n,lan\n")
    code, _, err = await house.run("station", "import", str(rows))
    assert code == 1
    assert "line 3: bearer 'fax'" in err
    assert "line 4: sticker: is required" in err
    assert "no stations" in await house.must("station", "list")
    said = await house.must("station", "import", str(rows), "--skip-bad")
    assert said.startswith("1 stations read: 1 added")
    assert "0 added, 0 updated, 1 unchanged" in await house.must("station", "import", str(rows), "--skip-bad")
    assert "No such file" in await refused(house, 1, "station", "import", "none.csv")
    assert "colour" in await refused(house, 1, "station", "import", "-", given="sticker,bearer,colour\n")


async def test_ten_thousand_rows_are_imported_in_seconds(house: Installation) -> None:
    rows = "sticker,bearer,site\n" + "".join(f"CP{n},gprs,Site {n // 3}\n" for n in range(10_000))
    async with asyncio.timeout(30):
        assert "10000 added" in await house.must("station", "import", "-", given=rows)


async def test_planned_work_names_stations_sites_or_apns(house: Installation) -> None:
    await house.must("station", "import", "-", given="sticker,bearer,site,apn\nCP1,gprs,A,apn1\nCP2,gprs,A,apn2\n")
    assert "of 1 stations" in await house.must("maintenance", "add", "CP1", "--until", "90m")
    assert "of 2 stations" in await house.must("maintenance", "add", "--site", "A", "--until", "2d")
    assert "of 1 stations" in await house.must("maintenance", "add", "--apn", "apn2", "--until", "2030-01-01T00:00")
    assert "no station has site 'B'" in await refused(house, 1, "maintenance", "add", "--site", "B", "--until", "2h")
    assert "not in the future" in await refused(house, 1, "maintenance", "add", "CP1", "--until", "2020-01-01T00:00:00Z")
    assert "write a time" in await refused(house, 1, "maintenance", "add", "CP1", "--until", "soon")


async def test_cards_from_the_command_line(house: Installation) -> None:
    assert "no cards" in await house.must("card", "list")
    assert "2 cards" in await house.must("card", "import", "-", given="id_tag,status\nA1,\nB2,blocked\n")
    assert "Blocked" in await house.must("card", "list")
    code, _, err = await house.run("card", "import", "-", given="id_tag,status\nA1,dancing\n")
    assert code == 1
    assert "line 2: status 'dancing'" in err


async def test_people_and_tokens(house: Installation) -> None:
    assert "added as agent" in await house.must(
        "user", "add", "anna", "--role", "agent", "--password-file", "-", given="long enough\n"
    )
    assert "anna" in await refused(
        house, 1, "user", "add", "anna", "--role", "agent", "--password-file", "-", given="long enough\n"
    )
    await refused(house, 1, "user", "add", "ben", "--role", "agent", "--password-file", "-", given="short\n")
    assert "with password " in await house.must("user", "add", "eve", "--role", "admin")
    token = await house.must("token", "create", "grafana", "--role", "agent")
    assert len(token.split()) == 1


async def test_the_database_from_the_command_line(house: Installation, tmp_path: Path) -> None:
    assert "run 'bornewatch db upgrade'" in await refused(house, 1, "db", "check")
    assert "monitor: nothing" in await house.must("db", "upgrade")
    assert "up to date" in await house.must("db", "upgrade")
    assert "fits" in await house.must("db", "check")
    with sqlite3.connect(tmp_path / "house.db") as database:
        database.execute("UPDATE alembic_version_monitor SET version_num = '9999'")
    assert "newer than this program" in await refused(house, 1, "serve")
    assert "unable to open" in await refused(house, 1, "serve", BORNEWATCH_STORAGE__URL=f"sqlite:///{tmp_path}/no/x.db")


async def test_a_database_that_is_no_database_is_one_line(house: Installation, tmp_path: Path) -> None:
    (tmp_path / "house.db").write_text("this is not a database, it is a text that is long enough to be looked at" * 30)
    assert "not a database" in await refused(house, 1, "serve")


@pytest.mark.parametrize("listener", ["field", "console", "ops"])
async def test_a_port_in_use_is_one_line(house: Installation, listener: str) -> None:
    with socket.create_server(("127.0.0.1", getattr(house, listener))):
        line = await refused(house, 1, "serve", "--log.level", "error")
        assert f"{listener}.listen" in line
        assert "in use" in line


async def test_replay_reads_files_and_pipes(house: Installation, tmp_path: Path) -> None:
    record = tmp_path / "r.ndjson"
    good = '{"at":"2026-05-04T06:00:00Z","type":"station","station":"A","bearer":"lan"}\n'
    good += '{"at":"2026-05-04T06:00:01Z","type":"message","station":"A"}\n'
    record.write_text(good)
    for arguments, given in (((str(record),), ""), (("-",), good)):
        said = await house.must("replay", *arguments, given=given)
        assert [json.loads(one)["to"] for one in said.splitlines()] == ["online"]
    record.write_text(good + "oops\n" + '{"at":"2026-05-04T05:00:00Z","type":"end"}\n')
    code, out, err = await house.run("replay", str(record))
    assert (code, out.count("\n")) == (1, 1)
    assert "line 3: " in err
    code, _, err = await house.run("replay", str(record), "--skip-bad")
    assert code == 0
    assert "line 4: at" in err
    assert "No such file" in await refused(house, 1, "replay", "none.ndjson")


async def test_the_version_and_the_help(house: Installation) -> None:
    assert (await house.must("--version")).startswith("bornewatch ")
    assert "replay" in await house.must("--help")
    assert "--skip-bad" in await house.must("station", "import", "--help")


async def test_a_simulated_fleet_drives_a_service_and_says_what_it_did(house: Installation, tmp_path: Path) -> None:
    rows = tmp_path / "stations.csv"
    rows.write_text("sticker,bearer,security_profile,password\nCP1,gprs,1,0123456789abcdef\nCP2,lan,,\n")
    await house.must("station", "import", str(rows))
    await house.start()
    url = f"ws://127.0.0.1:{house.field}/ocpp"
    report = await house.must("simulate", "--url", url, "--from-csv", str(rows), "--mix", "healthy=1", "--duration", "4")
    assert "BootNotification" in report
    text = await house.metrics()
    assert 'bornewatch_ocpp_messages_total{action="BootNotification",protocol="1.6"} 2.0' in text
    assert "healthy" in await refused(house, 1, "simulate", "--url", url, "--mix", "happy=1")
    assert "none.csv" in await refused(house, 1, "simulate", "--url", url, "--from-csv", "none.csv")


async def test_two_services_never_share_a_database(house: Installation) -> None:
    await house.start()
    line = await refused(house, 1, "serve", "--log.level", "error", BORNEWATCH_FIELD__LISTEN="127.0.0.1:0")
    assert "another bornewatch serves from it" in line
    await house.must("station", "list")
