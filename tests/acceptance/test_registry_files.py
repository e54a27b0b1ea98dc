"""A registry that exists already, taken in, looked over, changed and given back; and who knocks without being in it."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

from tests.support.programs import Installation, installation, until_true

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CHARGY = Path(__file__).parents[3] / "shared/data/chargy"
chargy = pytest.mark.skipif(not CHARGY.is_dir(), reason="Chargy's public data are not here")
REAL = str(CHARGY / "charging_stations_2024-12-23.geojson")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Installation]:
    async with installation(tmp_path) as made:
        yield made


@chargy
async def test_the_real_network_is_taken_in_looked_over_first_and_given_back(house: Installation, tmp_path: Path) -> None:
    looked = await house.must("station", "import", REAL, "--dry-run")
    assert looked.count("\nadd ") == 933
    assert looked.startswith("add     P-")
    assert "934 stations read: 934 added" in looked
    assert "nothing was written" in looked
    assert "no stations" in await house.must("station", "list")
    assert "934 stations read: 934 added" in await house.must("station", "import", REAL)
    assert "0 added, 0 updated, 934 unchanged" in await house.must("station", "import", REAL)
    listed = await house.must("station", "list")
    assert listed.count("sticker provisional") == 934
    sticker = next(line.split()[0] for line in listed.splitlines() if "Place de la Résistance" in line)
    changed = await house.must("station", "set", sticker, "--sticker", "CP2500", "--identity", "ELD-7", "--bearer", "lan")
    assert f"sticker {sticker} → CP2500" in changed
    assert "0 added, 0 updated, 934 unchanged" in await house.must("station", "import", REAL), "a real sticker is not undone"
    assert "lan" in await house.must("station", "show", sticker.lower()), "the provisional sticker still finds it"
    out = tmp_path / "all.csv"
    assert "934 stations exported" in await house.must("station", "export", str(out))
    assert "0 added, 0 updated, 934 unchanged" in await house.must("station", "import", str(out))
    assert (await house.must("station", "export")).encode() == out.read_bytes()


@chargy
async def test_a_broken_placemark_is_refused_or_left_out(house: Installation) -> None:
    path = CHARGY / "broken_socket_type_count.kml"
    code, _, err = await house.run("station", "import", str(path))
    assert (code, err.count("\n")) == (1, 2)
    assert "1 bad rows, nothing imported (--skip-bad leaves them out):\n  line 29: " in err
    said = await house.must("station", "import", str(path), "--skip-bad", "--bearer", "wifi")
    assert said.startswith("0 stations read")
    assert "1 rows left out" in said


async def test_the_kind_of_a_file_is_known_by_its_beginning_too(house: Installation, tmp_path: Path) -> None:
    point = '{"type":"Point","coordinates":[6,49]}'
    site = f'{{"features":[{{"properties":{{"name":"Brill","devices":2}},"geometry":{point}}}]}}'
    assert "2 added" in await house.must("station", "import", "-", "--bearer", "lan", given=site)
    device = '{"name":"CP1","connectors":[{}]}'
    kml = f'<kml><Placemark><name>A</name><Data name="chargingdevice"><value>{device}</value></Data></Placemark></kml>'
    assert "1 added" in await house.must("station", "import", "-", given=kml)
    code, _, err = await house.run("station", "import", "-", "--bearer", "lan", given="sticker,bearer\nCP2,gprs\n")
    assert (code, err.count("\n")) == (2, 1)
    assert "a CSV names the bearer" in err
    packed = tmp_path / "doc.kmz"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("doc.kml", kml)
    code, _, err = await house.run("station", "import", str(packed))
    assert code == 1
    assert "unpack it" in err


@pytest.mark.parametrize(
    ("name", "data"), [("big.kml", b"<kml>" + b" " * 50_000_000), ("big.geojson", b'{"features":[' + b"0," * 25_000_000)]
)
async def test_fifty_megabytes_of_nothing_are_one_line(house: Installation, tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    code, _, err = await house.run("station", "import", str(tmp_path / name))
    assert (code, err.count("\n")) == (1, 1)


async def test_a_stranger_is_listed_and_let_in_by_one_command(house: Installation) -> None:
    await house.start()
    url = f"ws://127.0.0.1:{house.field}/ocpp/ELD-0071"
    async with aiohttp.ClientSession() as http:
        for _ in range(2):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await http.ws_connect(url, protocols=["ocpp2.0.1"])
            assert refused.value.status == 401
        line = await until_true(lambda: _knock(house, "ELD-0071"), 10)
        assert "2" in line.split()
        assert "127.0.0.1  ocpp2.0.1  unknown identity" in line
        said = await house.must("station", "register", "ELD-0071", "--bearer", "lan", "--site", "Brill")
        assert "registered as P-" in said
        assert await _knock(house, "ELD-0071") == ""

        async def comes_in() -> bool:
            try:
                async with http.ws_connect(url, protocols=["ocpp2.0.1"]) as socket:
                    return socket.protocol == "ocpp2.0.1"
            except aiohttp.WSServerHandshakeError:
                return False

        await until_true(comes_in, 3)
    code, _, err = await house.run("station", "register", "ELD-0071", "--bearer", "lan")
    assert code == 1
    assert "is registered already, as P-" in err
    provisional = said.split("registered as ")[1].split(",")[0]
    await house.must("station", "set", provisional, "--sticker", "CP7")
    code, _, err = await house.run("station", "register", "ELD-71", "--bearer", "lan", "--sticker", "cp7")
    assert "station set CP7 --identity ELD-71" in err


async def _knock(house: Installation, identity: str) -> str:
    listed = await house.must("station", "knocks")
    return next((line for line in listed.splitlines() if line.startswith(identity)), "")
