"""Chargy's sites as GeoJSON: a station a device, each with a sticker of ours, and what is no such site refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.ids import parse_sticker
from monitor.registry.geojson import read_geojson
from monitor.registry.imports import UnreadableImportError
from monitor.registry.provisional import PREFIX, provisional_sticker

REAL = Path(__file__).parents[3] / "shared/data/chargy/charging_stations_2024-12-23.geojson"
POINT = {"type": "Point", "coordinates": [5.98, 49.49]}


def feature(geometry: Any = POINT, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": {"name": "Esch - Brill", "devices": 1, **properties}}


def geojson(*features: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


@pytest.mark.skipif(not REAL.is_file(), reason="Chargy's public data are not here")
def test_the_real_file_is_read_whole() -> None:
    sheet = read_geojson(REAL.read_bytes())
    assert (len(sheet.rows), sheet.bad) == (934, ())
    assert len({row.values["sticker"] for row in sheet.rows}) == 934
    assert len({row.values["site"] for row in sheet.rows}) == 523
    assert sum(row.values["connectors"] for row in sheet.rows) == 1801
    assert all(row.provisional and row.assumed["bearer"] == "gprs" for row in sheet.rows)
    third_party = {row.values["site"]: row.values["owner"] for row in sheet.rows if row.values["site"].startswith("Chargy Ok")}
    assert len(third_party) == 143
    assert not any(owner.startswith("Chargy") for owner in third_party.values())


def test_sockets_are_shared_among_the_devices() -> None:
    rows = read_geojson(geojson(feature(devices=3, capacity=5)), "lan").rows
    assert [row.values["connectors"] for row in rows] == [2, 2, 1]
    assert {row.values["bearer"] for row in rows} == {"lan"}
    (unsaid,) = read_geojson(geojson(feature())).rows
    assert "connectors" not in unsaid.values


@pytest.mark.parametrize(
    ("site", "why"),
    [
        (
            feature({"type": "Polygon", "coordinates": [[[6, 49], [6, 50], [7, 49], [6, 49]]]}),
            "geometry 'Polygon': a site is a Point",
        ),
        (feature({"type": "MultiPoint", "coordinates": [[6, 49]]}), "geometry 'MultiPoint'"),
        (feature(None), "geometry 'None'"),
        (feature("Point"), "geometry 'None'"),
        (feature({"type": "Point", "coordinates": []}), "coordinates"),
        (feature({"type": "Point", "coordinates": ["6", "49"]}), "coordinates"),
        (feature({"type": "Point", "coordinates": [6, 490]}), "lat '490.0'"),
        (feature({"type": "Point", "coordinates": [True, 49]}), "coordinates"),
        (feature(devices=0), "devices '0'"),
        (feature(devices="2"), "devices '2'"),
        (feature(devices=10**9), "devices"),
        (feature(devices=None), "devices"),
        (feature(devices=2, capacity=1), "capacity 1: 2 devices"),
        (feature(capacity=2, **{"socket:type2": 3}), "the sockets come to another number"),
        (feature(name=""), "name: is required"),
        (feature(name="x" * 300), "site"),
        (feature(name={"a": 1}, devices=1, operator="\u202e"), "owner"),
        ({"type": "Feature", "geometry": POINT}, "not a Feature with properties"),
        (7, "not a Feature with properties"),
    ],
)
def test_what_is_no_site_is_a_bad_row(site: Any, why: str) -> None:
    sheet = read_geojson(geojson(feature(name="Good"), site))
    assert [row.values["site"] for row in sheet.rows] == ["Good"]
    (clash,) = sheet.bad
    assert clash.line == 2
    assert why in clash.why


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not GeoJSON"),
        (b'{"type":"FeatureCollection","features":[', "not GeoJSON"),
        (geojson(feature())[:-5], "not GeoJSON"),
        (b"[]", "a FeatureCollection with 'features' is expected"),
        (b'{"features":7}', "a FeatureCollection"),
        ('{"features":["caf\xe9"]}'.encode("latin-1"), "not GeoJSON"),
        (b'{"features":' + b"[" * 100_000, "not GeoJSON"),
    ],
)
def test_what_is_no_such_document_is_refused_in_one_line(data: bytes, why: str) -> None:
    with pytest.raises(UnreadableImportError, match=why) as caught:
        read_geojson(data)
    assert "\n" not in str(caught.value)


@given(st.text(min_size=1), st.integers(1, 500))
def test_a_provisional_sticker_is_one_and_stays_the_same(site: str, number: int) -> None:
    sticker = provisional_sticker(site, number)
    assert parse_sticker(sticker) == sticker
    assert sticker.startswith(PREFIX)
    assert sticker.endswith(f"-{number}")
    assert provisional_sticker(f"  {site.upper() if site.upper().casefold() == site.casefold() else site} ", number) == sticker


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "name", "devices"]), inner),
        max_leaves=8,
    )
)
def test_no_json_harms(value: Any) -> None:
    sheet = read_geojson(geojson(value, {"properties": value, "geometry": value}, feature(devices=value)))
    assert all(clash.why for clash in sheet.bad)
