"""What the network knows about its stations on paper: who owns them, how they reach us, where they stand.

The fields are those of the import columns of the contract. Nothing here says how a station *is*; that is `health`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.core.ids import Identity, StationId, Sticker


class Bearer(StrEnum):
    """What carries the station's packets to us."""

    GPRS = "gprs"
    LAN = "lan"
    WIFI = "wifi"


class LifeCycle(StrEnum):
    """Where a station is between its order and its scrap."""

    PLANNED = "planned"
    COMMISSIONING = "commissioning"
    WATCHED = "watched"
    RETIRED = "retired"


class Language(StrEnum):
    """Languages in which an owner is written to and a caller is spoken to."""

    FR = "fr"
    DE = "de"
    LB = "lb"
    EN = "en"
    PT = "pt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody who answers for a station: its owner or its maintainer."""

    name: str = ""
    phone: str = ""
    email: str = ""
    language: Language | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sim:
    """The SIM in the modem and the private APN it opens (GPRS only)."""

    apn: str = ""
    iccid: str = ""
    imsi: str = ""
    msisdn: str = ""
    operator: str = ""
    cell: str = ""


NO_CONTACT = Contact()
NO_SIM = Sim()


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """One cabinet (*borne*) as the registry has it.

    `lat` and `lon` are degrees (WGS 84), `heartbeat_s` seconds or ``None`` for the network's default, `connectors` a count,
    `allowed_networks` CIDR blocks from which profile 0 is accepted (empty: the network's default). `protocol` is an
    expectation, never a gate; `provisional` says that the sticker is one of ours, until the real one is known,
    `former_sticker` the one that it wore before.
    """

    id: StationId
    sticker: Sticker
    identity: Identity
    bearer: Bearer
    life_cycle: LifeCycle = LifeCycle.WATCHED
    protocol: str = ""
    site: str = ""
    region: str = ""
    address: str = ""
    lat: float | None = None
    lon: float | None = None
    owner: Contact = NO_CONTACT
    maintainer: Contact = NO_CONTACT
    grid_operator: str = ""
    feeder: str = ""
    sim: Sim = NO_SIM
    probe_host: str = ""
    allowed_networks: tuple[str, ...] = ()
    vendor: str = ""
    model: str = ""
    serial: str = ""
    connectors: int | None = None
    security_profile: int = 0
    key_hash: bytes | None = field(default=None, repr=False)
    heartbeat_s: int | None = None
    tap: bool = False
    provisional: bool = False
    former_sticker: str = ""

    @property
    def watched(self) -> bool:
        """Whether its silence is anybody's business."""
        return self.life_cycle is LifeCycle.WATCHED

    @property
    def admitted(self) -> bool:
        """Whether it may connect at all: everything but a retired one."""
        return self.life_cycle is not LifeCycle.RETIRED
