"""A network on paper: stations, sites, cells, feeders, APNs, operators and models, drawn by a seed.

Most sites are small, as in Luxembourg (four in five have one station); every group that can fail has a name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from monitor.core.incidents import Scope
from monitor.core.registry import Bearer

if TYPE_CHECKING:
    from random import Random

SITE_SIZES: Final = (1, 1, 1, 1, 1, 1, 2, 2, 3, 4, 6, 8)
_APNS: Final = (("apn.north", "post", 5), ("apn.south", "post", 3), ("apn.east", "tango", 2))
_MODELS: Final = ("AlphaPost 22", "AlphaPost 11", "Borne B7", "CityCharge 2", "Duo 44")
_CELL: Final = 30
_FEEDER: Final = 4
_ON_FEEDER: Final = 0.3
"""Share of the sites of which it is known what feeds them."""
_SAME_MAKE: Final = 0.8
"""Share of the stations of a site that are of one model."""


class Voice(StrEnum):
    """How a station speaks: with a socket, by SOAP, and whether its boots say why."""

    SOAP = "1.5"
    JSON_16 = "1.6"
    JSON_201 = "2.0.1"

    @property
    def has_socket(self) -> bool:
        """Whether it keeps a connection."""
        return self is not Voice.SOAP


@dataclass(slots=True, kw_only=True)
class Borne:
    """One station on paper; `radius`, `gateway_probed` and `probed` say what is seen of it beside OCPP."""

    name: str
    bearer: Bearer
    site: str
    model: str
    voice: Voice
    heartbeat_s: float
    apn: str = ""
    operator: str = ""
    cell: str = ""
    feeder: str = ""
    radius: bool = False
    gateway_probed: bool = False
    probed: bool = False

    def key(self, scope: Scope) -> str:
        """Return the group of that kind that it belongs to, empty for none."""
        keys = {Scope.SITE: self.site, Scope.CELL: self.cell, Scope.FEEDER: self.feeder, Scope.APN: self.apn}
        keys |= {Scope.OPERATOR: self.operator, Scope.MODEL: self.model, Scope.COLLECTOR: "field"}
        return keys[scope]


@dataclass(slots=True)
class World:
    """All stations, and who belongs together."""

    bornes: list[Borne] = field(default_factory=list)

    def group(self, scope: Scope, key: str, bearer: Bearer | None = None) -> list[Borne]:
        """Return the stations of a group; those of a site by their bearer."""
        return [one for one in self.bornes if one.key(scope) == key and bearer in (None, one.bearer)]

    def sites(self, least: int) -> list[tuple[str, Bearer]]:
        """Return the sites that have at least `least` stations on one bearer."""
        counts: dict[tuple[str, Bearer], int] = {}
        for one in self.bornes:
            counts[one.site, one.bearer] = counts.get((one.site, one.bearer), 0) + 1
        return sorted(site for site, count in counts.items() if count >= least)


def build(
    rng: Random, stations: int, *, heartbeats_s: tuple[float, ...] = (300.0, 300.0, 60.0), soap: float = 0.2, seen: float = 1.0
) -> World:
    """Return a network of `stations`; `soap` is the share of those without a socket, `seen` of those watched beside OCPP too."""
    world = World()
    site = 0
    while len(world.bornes) < stations:
        site += 1
        bearer = rng.choices(list(Bearer), (6, 3, 1))[0]
        apn, operator = "", ""
        cell = ""
        if bearer is Bearer.GPRS:
            apn, operator, _ = rng.choices(_APNS, [weight for _, _, weight in _APNS])[0]
            cell = f"{operator}-{len(world.bornes) // _CELL}"
        feeder = f"F{site // _FEEDER}" if rng.random() < _ON_FEEDER else ""
        model = rng.choice(_MODELS)
        watched = rng.random() < seen
        for _ in range(min(rng.choice(SITE_SIZES), stations - len(world.bornes))):
            world.bornes.append(
                Borne(
                    name=f"CP{len(world.bornes) + 1:05}",
                    bearer=bearer,
                    site=f"S{site}",
                    model=model if rng.random() < _SAME_MAKE else rng.choice(_MODELS),
                    voice=Voice.SOAP if rng.random() < soap else rng.choice((Voice.JSON_16, Voice.JSON_16, Voice.JSON_201)),
                    heartbeat_s=rng.choice(heartbeats_s),
                    apn=apn,
                    operator=operator,
                    cell=cell,
                    feeder=feeder,
                    radius=bearer is Bearer.GPRS and watched,
                    gateway_probed=bearer is not Bearer.GPRS and watched,
                    probed=bearer is not Bearer.GPRS and watched,
                )
            )
    return world
