"""Chargy's KML: every device a station, what disagrees with itself refused, and nothing that an XML document may hold does harm."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.registry.imports import Sheet, UnreadableImportError
from monitor.registry.kml import LONGEST_TEXT, read_kml

CHARGY = Path(__file__).parents[3] / "shared/data/chargy"
chargy = pytest.mark.skipif(not CHARGY.is_dir(), reason="Chargy's public data are not here")


def device(name: str = "CP2500", *powers: float, listed: str = "connectors", **more: Any) -> str:
    points = [{"id": n, "name": f"{name} - {n}", "maxchspeed": power, "connector": n} for n, power in enumerate(powers, 1)]
    return json.dumps({"id": 1, "name": name, "numberOfConnectors": len(points), listed: points, **more})


def placemark(*devices: str, name: str = "Brill", count: str = "", description: str = "", point: str = "5.98,49.49") -> str:
    escape = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
    data = "".join(f'<Data name="chargingdevice"><value>{one.translate(escape)}</value></Data>' for one in devices)
    counted = f'<Data name="CPnum"><value>{count}</value></Data>' if count else ""
    return (
        f"<Placemark><name>{name.translate(escape)}</name><address>Rue 1</address>"
        f"<description>{description.translate(escape)}</description><ExtendedData>{counted}{data}</ExtendedData>"
        f"<Point><coordinates>{point}</coordinates></Point></Placemark>"
    )


def kml(*placemarks: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
    body = "\n".join(placemarks)
    return f'{head}\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>\n{body}\n</Document></kml>'.encode()


def reasons(sheet: Sheet) -> list[str]:
    return [f"{clash.line}: {clash.why}" for clash in sheet.bad]


@chargy
def test_the_valid_example_is_a_station() -> None:
    sheet = read_kml((CHARGY / "valid_station_with_one_charging_point.kml").read_bytes())
    (row,) = sheet.rows
    assert (row.values["sticker"], row.values["connectors"], row.provisional, sheet.bad) == ("CP5007", 2, False, ())
    assert (row.values["lat"], row.values["lon"], row.assumed["bearer"]) == (49.8, 5.8, "gprs")


@chargy
@pytest.mark.parametrize("path", sorted(CHARGY.glob("broken_*.kml")), ids=lambda path: path.stem)
def test_each_broken_example_is_a_bad_row_with_its_line(path: Path) -> None:
    sheet = read_kml(path.read_bytes())
    assert sheet.rows == ()
    assert [clash.line for clash in sheet.bad] == [29]


def test_devices_of_a_site_are_stations_of_their_own() -> None:
    two = placemark(
        device("CP1", 22.08, 22.08), device("demo entry?", 11.0, listed="chargingPointList"), name="Chargy Ok - R&amp;D"
    )
    one, other = read_kml(kml(two), "wifi").rows
    assert (one.values["sticker"], one.values["site"], one.values["owner"], one.values["bearer"]) == (
        *("CP1", "Chargy Ok - R&D", "R&D"),
        "wifi",
    )
    assert (other.provisional, other.values["connectors"], other.values["sticker"].startswith("P-")) == (True, 1, True)


@pytest.mark.parametrize(
    ("site", "why"),
    [
        (placemark(), "no chargingdevice"),
        (placemark("nonsense"), "chargingdevice: not JSON"),
        (placemark("[1]"), "chargingdevice: not a JSON object"),
        (placemark(device("CP1", 22.0, numberOfConnectors=3)), "numberOfConnectors is 3, 1 are listed"),
        (placemark(device("CP1")), "numberOfConnectors is 0, 0 are listed"),
        (placemark(device("CP1", 22.0), count="2"), "CPnum is '2', the devices have 1 connectors"),
        (
            placemark(device("CP1", 22.0), description="1 connectors with 11kW and Type 2 connector"),
            "1 × 11 kW; the devices have 1 × 22",
        ),
        (placemark(device("CP1", 22.0), description="1 connector with 22kW and Schuko connector"), "'Schuko' is no connector type"),
        (placemark(device("CP1", 22.0), point="5.98;49.49"), "coordinates '5.98;49.49'"),
        (placemark(device("CP1", 22.0), point="5.98,490"), "lat '490'"),
        (placemark(device("CP1", 22.0), name="x" * 201), "site"),
        (placemark(device("CP1", 22.0), name="a\u202eb"), "direction character"),
    ],
)
def test_a_site_that_disagrees_with_itself_is_a_bad_row(site: str, why: str) -> None:
    good = placemark(device("CP9", 22.0))
    sheet = read_kml(kml(site, good))
    assert [row.values["sticker"] for row in sheet.rows] == ["CP9"]
    (said,) = reasons(sheet)
    assert said.startswith("3: ")
    assert why in said


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no element found"),
        (b"<kml><Document><Placemark>", "no element found"),
        (kml(placemark(device("CP1", 22.0)))[:-200], "not well-formed XML"),
        (b"<html><body>Moved</body></html>", "the root element is not 'kml'"),
        (kml("<name>caf\xe9</name>").decode().encode("latin-1"), "not well-formed XML"),
        (kml(head='<?xml version="1.0" encoding="EBCDIC-XX"?>'), "unknown encoding"),
        (b'<!DOCTYPE kml SYSTEM "http://127.0.0.1/x"><kml/>', "DOCTYPE"),
        (b'<!DOCTYPE kml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><kml>&b;</kml>', "DOCTYPE"),
        (b"<kml>&undefined;</kml>", "undefined entity"),
        (b"<kml>" + b"<a>" * 40, "nested deeper"),
        (kml(placemark("x" * (LONGEST_TEXT + 1))), "a text is longer"),
    ],
)
def test_what_is_no_such_document_is_refused_in_one_line(data: bytes, why: str) -> None:
    with pytest.raises(UnreadableImportError, match=why) as caught:
        read_kml(data)
    assert "\n" not in str(caught.value)


def test_a_document_in_another_declared_encoding_is_read() -> None:
    text = kml(placemark(device("CP1", 22.0), name="Käerch"), head='<?xml version="1.0" encoding="UTF-16"?>').decode()
    assert read_kml(text.encode("utf-16")).rows[0].values["site"] == "Käerch"


def test_coordinates_are_those_of_a_point() -> None:
    line = placemark(device("CP1", 22.0)).replace("Point>", "LineString>")
    (row,) = read_kml(kml(line)).rows
    assert "lat" not in row.values


@given(st.binary(max_size=300))
def test_no_bytes_harm(noise: bytes) -> None:
    whole = kml(placemark(device("CP1", 22.0), name="Brill"))
    for data in (noise, whole[:120] + noise + whole[120:], whole[: len(noise) * 2]):
        with suppress(UnreadableImportError):
            read_kml(data)
