"""The columns of a station import: what each may hold, and how a row of text becomes a station.

The names are the contract's. A bad value is reported with its column, its value and the rule; it is never guessed.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from monitor.core.endpoints import EndpointError, read_endpoints
from monitor.core.ids import MalformedIdError, parse_identity, parse_sticker
from monitor.core.registry import Bearer, Language, LifeCycle
from monitor.registry.credentials import MalformedKeyError, read_password

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TEXT_LENGTH: Final = 200
FORMULA: Final = frozenset("=+-@")
"""Signs with which a spreadsheet takes a text for a formula."""
PROTOCOLS: Final = ("1.2", "1.5", "1.6", "2.0.1", "2.1")
_PHONE: Final = re.compile(r"\+?[0-9][0-9 ()./-]{2,30}")
_EMAIL: Final = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")
_DIGITS: Final = re.compile(r"[0-9]{5,22}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class BadValueError(ValueError):
    """A value that its column does not take; the message has no column name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One accepted row: `values` by storage column, only those that the file gave; `key` the plain password, if any.

    What a row does not give is left alone where the station is there already; for a new one, see `new_station`. `assumed` are
    values that no file gave: they are taken for a new station only.
    """

    line: int
    values: Mapping[str, Any]
    assumed: Mapping[str, Any] = field(default_factory=dict)
    key: bytes | None = field(default=None, repr=False)

    @property
    def provisional(self) -> bool:
        """Whether the sticker was made by us."""
        return bool(self.assumed.get("provisional"))


def spreadsheet_safe(value: str) -> str:
    """Return `value` so that no spreadsheet takes it for a formula: an export puts an apostrophe before it."""
    return f"'{value}" if value.lstrip("'")[:1] in FORMULA else value


def _as_meant(value: str) -> str:
    """Take back what `spreadsheet_safe` did."""
    return value[1:] if value[:1] == "'" and value.lstrip("'")[:1] in FORMULA else value


def _former(value: str) -> str:
    return parse_sticker(value) if value else ""


def _text(value: str) -> str:
    if len(value) > TEXT_LENGTH:
        message = f"longer than {TEXT_LENGTH} characters"
        raise BadValueError(message)
    if _CONTROL.search(value):
        message = "holds a control or direction character"
        raise BadValueError(message)
    return value


def _probed(value: str) -> str:
    try:
        read_endpoints(_text(value), Bearer.GPRS)
    except EndpointError as error:
        raise BadValueError(str(error)) from None
    return value


def _one_of(words: tuple[str, ...]) -> Callable[[str], str]:
    def take(value: str) -> str:
        if value.lower() not in words:
            message = f"use one of {', '.join(words)}"
            raise BadValueError(message)
        return value.lower()

    return take


def _matching(pattern: re.Pattern[str], what: str) -> Callable[[str], str]:
    def take(value: str) -> str:
        if value and not pattern.fullmatch(value):
            message = f"not {what}"
            raise BadValueError(message)
        return value

    return take


def _number(low: float, high: float) -> Callable[[str], float | None]:
    def take(value: str) -> float | None:
        if not value:
            return None
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not low <= number <= high:
            message = f"use a number from {low:g} to {high:g}"
            raise BadValueError(message)
        return number

    return take


def _whole(low: int, high: int) -> Callable[[str], int | None]:
    def take(value: str) -> int | None:
        if not value:
            return None
        if not re.fullmatch(r"[0-9]{1,7}", value) or not low <= int(value) <= high:
            message = f"use a whole number from {low} to {high}"
            raise BadValueError(message)
        return int(value)

    return take


def _networks(value: str) -> str:
    try:
        return " ".join(str(ipaddress.ip_network(part, strict=False)) for part in value.split())
    except ValueError as error:
        raise BadValueError(str(error)) from None


def _truth(value: str) -> bool:
    if value.lower() not in ("", "true", "false"):
        message = "use true or false"
        raise BadValueError(message)
    return value.lower() == "true"


def _protocol(value: str) -> str:
    bare = value.lower().removeprefix("ocpp").rstrip("js").strip("- ")
    if bare and bare not in PROTOCOLS:
        message = f"use one of {', '.join(PROTOCOLS)}"
        raise BadValueError(message)
    return bare


_phone = _matching(_PHONE, "a telephone number")
_email = _matching(_EMAIL, "an e-mail address")
_sim = _matching(_DIGITS, "5 to 22 digits")

COLUMNS: Final[dict[str, Callable[[str], Any]]] = {
    "sticker": parse_sticker,
    "identity": parse_identity,
    "state": _one_of(tuple(LifeCycle)),
    "bearer": _one_of(tuple(Bearer)),
    "protocol": _protocol,
    "site": _text,
    "region": _text,
    "address": _text,
    "lat": _number(-90, 90),
    "lon": _number(-180, 180),
    "owner": _text,
    "owner_phone": _phone,
    "owner_email": _email,
    "owner_language": _one_of(("", *Language)),
    "maintainer": _text,
    "maintainer_phone": _phone,
    "maintainer_email": _email,
    "grid_operator": _text,
    "apn": _text,
    "sim_iccid": _sim,
    "sim_imsi": _sim,
    "sim_msisdn": _phone,
    "sim_operator": _text,
    "cell": _text,
    "feeder": _text,
    "probe_host": _probed,
    "allowed_networks": _networks,
    "vendor": _text,
    "model": _text,
    "serial": _text,
    "connectors": _whole(0, 64),
    "security_profile": _whole(0, 3),
    "password": read_password,
    "heartbeat_s": _whole(1, 86_400),
    "tap": _truth,
    "provisional": _truth,
    "former_sticker": _former,
}
"""Column to the function that takes its text; it raises `BadValueError` or one of the malformed errors."""

REQUIRED: Final = ("sticker", "bearer")


def new_station(row: Row) -> dict[str, Any]:
    """Return the values of `row` for a station that is not there yet, with the contract's defaults."""
    defaults = {"identity": row.values["sticker"], "state": LifeCycle.WATCHED.value, "security_profile": 0}
    return {**defaults, **row.assumed, **row.values}


def read_row(line: int, texts: Mapping[str, str], assumed: Mapping[str, Any] | None = None) -> tuple[Row | None, list[str]]:
    """Read one row; return it, or ``None`` with what is wrong, a reason a column. `assumed` are values, not texts."""
    assumed = assumed or {}
    values: dict[str, Any] = {}
    wrong = [f"{name}: is required" for name in REQUIRED if name not in assumed and not texts.get(name, "").strip()]
    for name, text in texts.items():
        trimmed = _as_meant(text.strip())
        if not trimmed and name in ("sticker", "bearer", "identity", "state", "security_profile", "password"):
            continue
        try:
            values[name] = COLUMNS[name](trimmed)
        except (BadValueError, MalformedIdError, MalformedKeyError) as error:
            wrong.append(_complaint(name, trimmed, error))
    key = values.pop("password", None)
    wrong = wrong or _contradictions(values)
    return (None, wrong) if wrong else (Row(line=line, values=values, assumed=assumed, key=key), [])


def _complaint(name: str, text: str, error: ValueError) -> str:
    if isinstance(error, BadValueError):
        return f"{name} {text[:60]!r}: {error}"
    return f"{error}" if str(error).startswith(name) else f"{name}: {error}"


def _contradictions(values: Mapping[str, Any]) -> list[str]:
    wrong = []
    identity = values.get("identity", values["sticker"])
    try:
        parse_identity(identity)
    except MalformedIdError:
        wrong.append(f"identity: is required, for the sticker {identity!r} cannot be one")
    if values.get("security_profile") in (1, 2) and ":" in identity:
        wrong.append(f"identity {identity!r}: a ':' cannot work with a password (security profile 1 or 2)")
    if (values.get("lat") is None) != (values.get("lon") is None):
        wrong.append("lat, lon: give both or neither")
    return wrong
