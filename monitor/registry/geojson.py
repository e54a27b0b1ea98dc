"""Reading Chargy's sites as GeoJSON: a Feature a site, with its name, its place and how many devices and sockets it has.

It names no station, so each unit of `devices` becomes one with a provisional sticker. Nothing is written here.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, Final

import msgspec

from monitor.registry.columns import Row, read_row
from monitor.registry.imports import ASSUMED_BEARER, MAX_BYTES, Clash, Sheet, UnreadableImportError, given
from monitor.registry.provisional import provisional_sticker

if TYPE_CHECKING:
    from collections.abc import Iterator

THIRD_PARTY: Final = "Chargy Ok - "
"""How the name of a site begins that belongs to somebody else; what follows names its owner."""
MOST_DEVICES: Final = 500
"""Devices of one site that are believed."""


class _BadFeatureError(ValueError):
    """A feature that is no site; the message says why."""


def read_geojson(data: bytes, bearer: str | None = None) -> Sheet:
    """Read `data` as a FeatureCollection of sites; all their stations get `bearer`, new ones `ASSUMED_BEARER` where it is ``None``.

    Raises:
        UnreadableImportError: when it is not JSON, or not a FeatureCollection.
    """
    if len(data) > MAX_BYTES:
        message = f"the file has {len(data)} bytes, at most {MAX_BYTES} are read"
        raise UnreadableImportError(message)
    try:
        document = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        message = f"not GeoJSON: {str(error)[:120]}"
        raise UnreadableImportError(message) from None
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise UnreadableImportError("not GeoJSON: a FeatureCollection with 'features' is expected")
    rows: list[Row] = []
    bad: list[Clash] = []
    for number, feature in enumerate(features, 1):
        try:
            rows += _rows(number, feature, bearer)
        except _BadFeatureError as error:
            bad.append(Clash(line=number, why=str(error)))
    return Sheet(rows=tuple(rows), bad=tuple(bad), unit="feature")


def _rows(number: int, feature: Any, bearer: str | None) -> list[Row]:  # noqa: ANN401  (any JSON value)
    """Return a row for each station of a site, all of them or none."""
    rows = []
    for texts in _stations(feature):
        row, wrong = read_row(number, given(texts, bearer), {"bearer": ASSUMED_BEARER, "provisional": True})
        if row is None:
            raise _BadFeatureError("; ".join(wrong))
        rows.append(row)
    return rows


def _stations(feature: Any) -> Iterator[dict[str, str]]:  # noqa: ANN401  (any JSON value)
    """Yield the import row of each station of a site."""
    if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
        raise _BadFeatureError("not a Feature with properties")
    properties = feature["properties"]
    name = html.unescape(str(properties.get("name") or "")).strip()
    if not name:
        raise _BadFeatureError("name: is required")
    lon, lat = _place(feature.get("geometry"))
    devices = _count(properties, "devices")
    connectors = _sockets(properties, devices)
    owner = name.removeprefix(THIRD_PARTY) if name.startswith(THIRD_PARTY) else str(properties.get("operator") or "")
    for place in range(devices):
        share = "" if connectors is None else str(connectors // devices + (place < connectors % devices))
        yield {
            "sticker": provisional_sticker(name, place + 1),
            "site": name,
            "lat": str(lat),
            "lon": str(lon),
            "owner": owner,
            "connectors": share,
        }


def _place(geometry: Any) -> tuple[float, float]:  # noqa: ANN401  (any JSON value)
    """Return longitude and latitude of a Point (RFC 7946 §3.1.2)."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind != "Point":
        message = f"geometry {str(kind)[:40]!r}: a site is a Point"
        raise _BadFeatureError(message)
    numbers = geometry.get("coordinates")
    if not isinstance(numbers, list) or len(numbers) not in (2, 3) or not all(type(one) in (int, float) for one in numbers):
        raise _BadFeatureError("coordinates: longitude and latitude are expected")
    return float(numbers[0]), float(numbers[1])


def _count(properties: dict[str, Any], name: str) -> int:
    value = properties.get(name)
    if type(value) is not int or not 1 <= value <= MOST_DEVICES:
        message = f"{name} {str(value)[:20]!r}: use a whole number from 1 to {MOST_DEVICES}"
        raise _BadFeatureError(message)
    return value


def _sockets(properties: dict[str, Any], devices: int) -> int | None:
    """Return how many connectors the site has; what its figures say of them must agree."""
    if "capacity" not in properties:
        return None
    capacity = _count(properties, "capacity")
    sockets = [value for key, value in properties.items() if key.startswith("socket:") and key.count(":") == 1]
    if sockets and sum(value for value in sockets if type(value) is int) != capacity:
        message = f"capacity {capacity}: the sockets come to another number"
        raise _BadFeatureError(message)
    if capacity < devices:
        message = f"capacity {capacity}: {devices} devices have at least as many connectors"
        raise _BadFeatureError(message)
    return capacity
