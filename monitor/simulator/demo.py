"""A network for demos: the import rows of invented stations at real places (columns of the contract, DESIGN §4).

Owners, companies and numbers are invented; mail addresses are under example.lu.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from monitor.core.ids import parse_identity, parse_sticker
from monitor.core.registry import Bearer
from monitor.simulator.communes import COMMUNES, Commune
from monitor.simulator.dialect import Nameplate, Version
from monitor.simulator.plan import FleetPlan, seeded, versions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

ONLY_SOAP: Final = "1.2"
"""The version that is spoken over SOAP only."""
FIRST_STICKER: Final = 2500
COLUMNS: Final = (
    *("sticker", "identity", "bearer", "protocol", "site", "region", "address", "lat", "lon"),
    *("owner", "owner_phone", "owner_email", "owner_language"),
    *("maintainer", "maintainer_phone", "maintainer_email"),
    *("grid_operator", "apn", "sim_iccid", "sim_imsi", "sim_msisdn", "sim_operator", "cell", "feeder"),
    *("vendor", "model", "serial", "connectors", "security_profile", "password", "heartbeat_s"),
)

_STREETS: Final = (
    *("rue de l'Église", "rue Principale", "place de la Mairie", "rue de la Gare", "rue du Moulin", "route d'Arlon"),
    *("rue des Écoles", "am Duerf", "op der Gare", "Haaptstrooss", "rue de Luxembourg", "rue du Stade", "rue des Champs"),
    *("place du Marché", "rue de la Piscine", "rue Jean-Pierre Kirch", "beim Schlass", "route de Longwy", "Parking Centre"),
)
_FAMILIES: Final = ("Thill", "Weber-Reuland", "Kieffer", "Schmit", "Hoffmann", "Majerus", "Da Silva", "Wagener", "Faber", "Peiffer")
_TRADES: Final = ("Garage", "Hôtel", "Supermarché", "Boulangerie", "Centre commercial", "Menuiserie", "Restaurant")
_LANGUAGES: Final = ("fr", "fr", "fr", "de", "lb", "lb", "en", "pt")
_SITE_SIZES: Final = (1, 1, 1, 1, 2, 2, 2, 3, 4, 6, 8)
_OWN_GRIDS: Final = {
    "Esch-sur-Alzette": "Sudstroum",
    "Mersch": "Electris",
    "Diekirch": "Ville de Diekirch",
    "Ettelbruck": "Ville d'Ettelbruck",
}
_OPERATORS: Final = (*[("POST", "01", "621")] * 3, ("Tango", "77", "691"), ("Orange", "99", "661"))
_MAINTAINERS: Final = (
    ("Elektro Nord Service", "+35226950101", "dispatch.nord@example.lu"),
    ("Minett Bornes", "+35226550202", "service.minett@example.lu"),
    ("Stroum & Co", "+35226330303", "hotline.stroum@example.lu"),
)
_MAKES: Final = {
    Version.V15: (("Elektra", "Uno 11", "ELU", 1, "300"), ("Nordlader", "Duo Alt", "NLD", 2, "900")),
    Version.V16: (
        ("Elektra", "Duo 22", "ELD", 2, "300"),
        ("Volthaus", "Mast 2x22", "VHM", 2, "600"),
        ("Nordlader", "Solo 11", "NLS", 1, "900"),
        ("Ampero", "Street 22", "AMP", 2, ""),
    ),
    Version.V201: (("Volthaus", "Mast Neo", "VHN", 2, "600"), ("Ampero", "Street 22 S", "AMS", 2, "")),
    Version.V21: (("Elektra", "Duo 22 V", "EDV", 2, "300"), ("Ampero", "Plaza 50", "APL", 1, "600")),
}
"""Vendor, model, begin of its serial numbers, connectors, heartbeat in seconds: a model speaks one version."""
_LETTERS: Final = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    name: str
    commune: Commune
    address: str
    lat: float
    lon: float
    bearer: Bearer
    owner: tuple[str, str, str, str]
    maintainer: tuple[str, str, str]
    size: int


def demo_registry(plan: FleetPlan) -> list[dict[str, str]]:
    """Return one import row a station, the same ones for the same seed, number of stations, bearers and versions."""
    rng = seeded(plan, "registry")
    rows: list[dict[str, str]] = []
    spoken = versions(plan, plan.stations)
    counts = dict.fromkeys((bearer for bearer, _ in plan.mix.bearers), 0)
    while len(rows) < plan.stations:
        # The bearer that is furthest behind its share, so that even a small fleet keeps the shares.
        bearer = max(plan.mix.bearers, key=lambda share: share[1] * (len(rows) + 1) - counts[share[0]])[0]
        site = _site(rng, bearer, min(rng.choice(_SITE_SIZES), plan.stations - len(rows)), len(rows))
        counts[bearer] += site.size
        first = len(rows)
        rows += [_row(rng, site, number, spoken[number], plan) for number in range(first, first + site.size)]
    return rows


def nameplate(row: Mapping[str, str]) -> Nameplate:
    """Return the station that an import row describes; only ``sticker`` must be there.

    Raises:
        MalformedIdError: for a sticker or identity that cannot be one.
        ValueError: for a count of connectors that is no number, and for a version of OCPP that cannot be simulated.
    """
    sticker = parse_sticker(row["sticker"])
    plain = Nameplate(identity=parse_identity(row.get("identity") or sticker), sticker=sticker)
    return Nameplate(
        identity=plain.identity,
        sticker=sticker,
        version=_version(row.get("protocol") or ""),
        soap=ONLY_SOAP if (row.get("protocol") or "").strip() == ONLY_SOAP else "",
        password=row.get("password") or "",
        vendor=row.get("vendor") or plain.vendor,
        model=row.get("model") or plain.model,
        serial=row.get("serial") or "",
        iccid=row.get("sim_iccid") or "",
        imsi=row.get("sim_imsi") or "",
        connectors=int(row.get("connectors") or plain.connectors),
    )


def _version(text: str) -> Version:
    if text.strip() == ONLY_SOAP:
        return Version.V15
    word = text.strip().lower().removeprefix("ocpp").removesuffix("j").strip("- ")
    try:
        return Version(word or Version.V16)
    except ValueError:
        message = f"protocol {text!r} cannot be simulated, only {ONLY_SOAP}, {', '.join(Version)}"
        raise ValueError(message) from None


def _site(rng: Random, bearer: Bearer, size: int, number: int) -> _Site:
    commune, street = rng.choice(COMMUNES), rng.choice(_STREETS)
    return _Site(
        name=f"{commune.name} {street} {number + 1}",
        commune=commune,
        address=f"{rng.randint(1, 140)}, {street}, {commune.name}",
        lat=commune.lat + rng.uniform(-0.006, 0.006),
        lon=commune.lon + rng.uniform(-0.006, 0.006),
        bearer=bearer,
        owner=_owner(rng, commune),
        maintainer=rng.choice(_MAINTAINERS),
        size=size,
    )


def _owner(rng: Random, commune: Commune) -> tuple[str, str, str, str]:
    phone, language = f"+35226{rng.randrange(10**6):06d}", rng.choice(_LANGUAGES)
    if rng.random() < 0.6:  # noqa: PLR2004  communes own most public stations
        return (f"Commune de {commune.name}", phone, f"bornes.{_slug(commune.name)}@example.lu", language)
    trade, family = rng.choice(_TRADES), rng.choice(_FAMILIES)
    return (f"{trade} {family}", phone, f"{_slug(trade)}.{_slug(family)}@example.lu", language)


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return "-".join("".join(letter if letter.isalnum() else " " for letter in plain).split())


def _row(rng: Random, site: _Site, number: int, version: Version, plan: FleetPlan) -> dict[str, str]:
    vendor, model, prefix, connectors, heartbeat_s = rng.choice(_MAKES[version])
    sticker, serial = f"CP{FIRST_STICKER + number}", f"{prefix}{rng.randrange(21, 27)}{rng.randrange(10**6):06d}"
    secured = rng.random() < 0.25  # noqa: PLR2004  a quarter of them, see the brief of the demo
    password = "".join(rng.choices(_LETTERS, k=20)) if secured else ""
    grid = _OWN_GRIDS.get(site.commune.name, "Creos")
    row = dict.fromkeys(COLUMNS, "") | {
        "sticker": sticker,
        "identity": f"{serial}-{number}" if prefix == "NLS" else sticker,
        "bearer": site.bearer.value,
        "protocol": version.value,
        "site": site.name,
        "region": site.commune.canton,
        "address": site.address,
        "lat": f"{site.lat:.5f}",
        "lon": f"{site.lon:.5f}",
        **dict(zip(("owner", "owner_phone", "owner_email", "owner_language"), site.owner, strict=True)),
        **dict(zip(("maintainer", "maintainer_phone", "maintainer_email"), site.maintainer, strict=True)),
        "grid_operator": grid,
        "feeder": f"{_slug(site.commune.name).upper()[:8]}-{rng.randint(1, 3):02d}",
        "vendor": vendor,
        "model": model,
        "serial": serial,
        "connectors": str(connectors),
        "security_profile": "1" if secured else "0",
        "password": password,
        "heartbeat_s": heartbeat_s if plan.heartbeat_s is None else str(max(1, round(plan.heartbeat_s))),
    }
    return row | _sim(rng, site, grid) if site.bearer is Bearer.GPRS else row


def _sim(rng: Random, site: _Site, grid: str) -> dict[str, str]:
    operator, network, prefix = rng.choice(_OPERATORS)
    body = f"89352{network}{rng.randrange(10**11):011d}"
    area = 1000 + COMMUNES.index(site.commune)
    return {
        "apn": f"bornes.{_slug(grid)}",
        "sim_iccid": body + _luhn(body),
        "sim_imsi": f"270{network}{rng.randrange(10**10):010d}",
        "sim_msisdn": f"+352{prefix}{rng.randrange(10**6):06d}",
        "sim_operator": operator,
        "cell": f"270-{network}-{area}-{area * 10 + rng.randint(1, 2)}",
    }


def _luhn(body: str) -> str:
    """Return the check digit of an ICCID (ITU-T E.118 §4.1.1)."""
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body))]
    return str(-sum(number // 10 + number % 10 for number in doubled) % 10)
