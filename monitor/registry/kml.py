"""Reading Chargy's sites as KML: a Placemark a site, whose `chargingdevice` data are JSON, a device each.

A device's name is the number on its sticker. `CPnum` counts the charging points of the site; where that number, the powers or the
sockets of the description disagree with the devices, the Placemark is a bad row. The document is read as it streams by expat: a
DOCTYPE is refused, with it every entity, and depth and text are bounded. Nothing is written here.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from xml.parsers import expat

import msgspec

from monitor.core.ids import MalformedIdError, parse_sticker
from monitor.registry.columns import Row, read_row
from monitor.registry.geojson import THIRD_PARTY
from monitor.registry.imports import ASSUMED_BEARER, MAX_BYTES, Clash, Sheet, UnreadableImportError, given
from monitor.registry.provisional import provisional_sticker

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST: Final = 32
LONGEST_TEXT: Final = 256 * 1024
"""Characters of one element that are read."""
SOCKETS: Final = ("Type 2", "CCS", "CHAdeMO")
"""Connector types that devices of the network have."""
_GROUP: Final = re.compile(r"(\d+) connectors? with (\d+(?:\.\d+)?) ?kW and (.{1,60}?) connector")
_TAG: Final = re.compile(r"<[^<>]*>")


class _BadPlacemarkError(ValueError):
    """A Placemark that is no site; the message says why."""


@dataclass(slots=True)
class _Placemark:
    """What was read of a site: `line` is where it begins."""

    line: int
    texts: dict[str, str] = field(default_factory=dict)
    devices: list[str] = field(default_factory=list)
    points: str = ""


def read_kml(data: bytes, bearer: str | None = None) -> Sheet:
    """Read `data` as the KML of the network; all stations get `bearer`, new ones `ASSUMED_BEARER` where it is ``None``.

    Raises:
        UnreadableImportError: when it is not well-formed XML, or has a DOCTYPE.
    """
    if len(data) > MAX_BYTES:
        message = f"the file has {len(data)} bytes, at most {MAX_BYTES} are read"
        raise UnreadableImportError(message)
    reader = _Reader(bearer)
    try:
        reader.parser.Parse(data, True)  # noqa: FBT003  (expat takes no keywords)
    except (expat.ExpatError, LookupError, ValueError) as error:  # the latter two for encodings that expat cannot have
        message = f"not well-formed XML: {error}"
        raise UnreadableImportError(message) from None
    if not reader.is_kml:
        raise UnreadableImportError("not KML: the root element is not 'kml'")
    return Sheet(rows=tuple(reader.rows), bad=tuple(reader.bad))


class _Reader:
    """Handlers of the parser, and the rows that they found."""

    def __init__(self, bearer: str | None) -> None:
        self.rows: list[Row] = []
        self.bad: list[Clash] = []
        self.is_kml = False
        self._bearer = bearer
        self._path: list[str] = []
        self._data = ""
        self._text: list[str] = []
        self._length = 0
        self._site: _Placemark | None = None
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def _doctype(self, *_: object) -> None:
        raise UnreadableImportError("a DOCTYPE is not read: it can hold entities; remove it")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        if not self._path:
            self.is_kml = tag == "kml"
        self._path.append(tag)
        if len(self._path) > DEEPEST:
            message = f"line {self.parser.CurrentLineNumber}: nested deeper than {DEEPEST}"
            raise UnreadableImportError(message)
        self._text.clear()
        self._length = 0
        if tag == "Placemark":
            self._site = _Placemark(self.parser.CurrentLineNumber)
        elif tag == "Data":
            self._data = attributes.get("name", "")

    def _characters(self, text: str) -> None:
        if self._site is None:
            return
        self._length += len(text)
        if self._length > LONGEST_TEXT:
            message = f"line {self.parser.CurrentLineNumber}: a text is longer than {LONGEST_TEXT} characters"
            raise UnreadableImportError(message)
        self._text.append(text)

    def _end(self, _name: str) -> None:
        tag = self._path.pop()
        site = self._site
        if site is None:
            return
        text = "".join(self._text).strip()
        self._text.clear()
        parent = self._path[-1] if self._path else ""
        if tag == "Placemark":
            self._take(site)
            self._site = None
        elif tag == "value" and self._data == "chargingdevice":
            site.devices.append(text)
        elif tag == "value" and self._data == "CPnum":
            site.points = text
        elif (parent == "Placemark" and tag in ("name", "address", "description")) or (parent == "Point" and tag == "coordinates"):
            site.texts[tag] = text

    def _take(self, site: _Placemark) -> None:
        rows = []
        try:
            for texts, ours in _stations(site):
                row, wrong = read_row(site.line, given(texts, self._bearer), {"bearer": ASSUMED_BEARER, "provisional": ours})
                if row is None:
                    raise _BadPlacemarkError("; ".join(wrong))
                rows.append(row)
        except _BadPlacemarkError as error:
            self.bad.append(Clash(line=site.line, why=str(error)))
        else:
            self.rows += rows


def _stations(site: _Placemark) -> Iterator[tuple[dict[str, str], bool]]:
    """Yield the import row of each device of a site, and whether we made its sticker."""
    name = html.unescape(site.texts.get("name", "")).strip()
    if not site.devices:
        raise _BadPlacemarkError("no chargingdevice")
    devices = [_device(text) for text in site.devices]
    powers = [_power(point) for device in devices for point in _points(device)]
    _check_count(site, len(powers))
    _check_description(html.unescape(site.texts.get("description", "")), powers)
    lon, lat = _place(site.texts.get("coordinates", ""))
    for number, device in enumerate(devices, 1):
        sticker = _sticker(device)
        row = {
            "sticker": sticker or provisional_sticker(name, number),
            "site": name,
            "address": html.unescape(site.texts.get("address", "")),
            "lat": lat,
            "lon": lon,
            "owner": name.removeprefix(THIRD_PARTY) if name.startswith(THIRD_PARTY) else "",
            "connectors": str(len(_points(device))),
        }
        yield row, sticker is None


def _device(text: str) -> dict[str, Any]:
    try:
        device = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        message = f"chargingdevice: not JSON: {str(error)[:80]}"
        raise _BadPlacemarkError(message) from None
    if not isinstance(device, dict):
        raise _BadPlacemarkError("chargingdevice: not a JSON object")
    points = _points(device)
    said = device.get("numberOfConnectors")
    if not points or (said is not None and said != len(points)):
        message = f"chargingdevice {str(device.get('name'))[:40]!r}: numberOfConnectors is {said}, {len(points)} are listed"
        raise _BadPlacemarkError(message)
    return device


def _points(device: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the connectors; an older form calls the list `chargingPointList`."""
    listed = device.get("connectors", device.get("chargingPointList"))
    return [point for point in listed if isinstance(point, dict)] if isinstance(listed, list) else []


def _power(point: dict[str, Any]) -> int | None:
    """Return the power of a connector in whole kW, as descriptions write it."""
    value = point.get("maxchspeed")
    return int(value) if isinstance(value, int | float) and 0 < value < 10_000 else None  # noqa: PLR2004  (kW nobody has)


def _check_count(site: _Placemark, listed: int) -> None:
    if site.points and site.points != str(listed):
        message = f"CPnum is {site.points[:20]!r}, the devices have {listed} connectors"
        raise _BadPlacemarkError(message)


def _check_description(description: str, powers: list[int | None]) -> None:
    """Compare the powers and sockets that the description counts with those of the devices."""
    groups = _GROUP.findall(_TAG.sub("", description))
    if not groups:
        return
    said: Counter[int] = Counter()
    for count, power, socket in groups:
        if not any(known in socket for known in SOCKETS):
            message = f"description: {socket[:40]!r} is no connector type of the network"
            raise _BadPlacemarkError(message)
        said[int(float(power))] += int(count)
    listed = Counter(power for power in powers if power is not None)
    if said != listed:
        message = f"description: {_counted(said)}; the devices have {_counted(listed)}"
        raise _BadPlacemarkError(message)


def _counted(powers: Counter[int]) -> str:
    return ", ".join(f"{count} × {power} kW" for power, count in sorted(powers.items())) or "none"


def _place(text: str) -> tuple[str, str]:
    """Return longitude and latitude; none of them where the site has no point."""
    parts = [part.strip() for part in text.split(",")]
    if not text:
        return "", ""
    if len(parts) not in (2, 3):
        message = f"coordinates {text[:40]!r}: longitude,latitude are expected"
        raise _BadPlacemarkError(message)
    return parts[0], parts[1]


def _sticker(device: dict[str, Any]) -> str | None:
    """Return the sticker of a device, which is its name; ``None`` where it has none that a sticker could be."""
    try:
        return parse_sticker(str(device.get("name") or ""))
    except MalformedIdError:
        return None
