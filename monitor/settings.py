"""What of `bornewatch.toml` belongs to monitor: storage, field, ops and health, with the contract's defaults.

A key that the contract names but that this version does not serve yet is refused with a sentence, never passed over.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from monitor.core.endpoints import read_endpoint
from monitor.core.policy import BY_BEARER
from monitor.core.registry import Bearer
from monitor.decode.dialects import SUBPROTOCOLS
from monitor.registry.cards import AuthorizeMode

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.core.policy import Policy

BROKER_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}


def read_broker(url: str) -> tuple[str, int, bool]:
    """Return host, port and whether TLS is spoken of ``mqtt://HOST:PORT`` or ``mqtts://HOST:PORT``.

    Raises:
        ValueError: it is not such an address.
    """
    parts = urlsplit(url)
    if parts.scheme not in BROKER_PORTS or not parts.hostname or parts.path.strip("/") or parts.username is not None:
        message = f"{url!r}: write mqtt://HOST:PORT, or mqtts:// over TLS; topic, user and password are keys of their own"
        raise ValueError(message)
    return parts.hostname, parts.port or BROKER_PORTS[parts.scheme], parts.scheme == "mqtts"


def read_address(value: str) -> tuple[str, int]:
    """Return host and port of ``HOST:PORT`` (IPv6 in brackets).

    Raises:
        ValueError: when it is not of that form.
    """
    host, colon, port = value.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not colon or not bare or not port.isdecimal() or int(port) > 65535:  # noqa: PLR2004  (the highest port)
        message = f"{value!r} is not an address: write HOST:PORT, such as 127.0.0.1:8080"
        raise ValueError(message)
    return bare, int(port)


def _address(value: str) -> str:
    read_address(value)
    return value


def _network(value: str) -> str:
    ipaddress.ip_network(value)
    return value


def _subprotocol(value: str) -> str:
    if value and value not in SUBPROTOCOLS:
        message = f"{value!r} is not served: use one of {', '.join(SUBPROTOCOLS)} or leave it empty"
        raise ValueError(message)
    return value


def _endpoint(value: str) -> str:
    read_endpoint(value)
    return value


def _base_url(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query):
        message = f"{text!r} is not an address such as http://10.0.0.1:9000"
        raise ValueError(message)
    return text


def _websocket(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in ("ws", "wss") or not parts.hostname or parts.query):
        message = f"{text!r} is not an address such as wss://platform.example/ocpp"
        raise ValueError(message)
    return text


def _not_yet(value: list[Any]) -> list[Any]:
    if value:
        message = "is not served by this version yet: leave it out"
        raise ValueError(message)
    return value


Address = Annotated[str, AfterValidator(_address)]


class Section(BaseModel):
    """A section of the configuration: keys it does not know are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StorageSettings(Section):
    """`[storage]`."""

    url: str = "sqlite:///bornewatch.db"
    retention_days: int = Field(default=400, ge=1, le=36_500)


class TlsSettings(Section):
    """One `[[field.tls]]`: certificate chain and key in PEM, and with `client_ca` client certificates.

    `legacy` opens old versions and suites for stations that have no others, and then `allowed_networks` says from where.
    """

    listen: Address
    certificate: Path
    key: Path
    client_ca: str = ""
    legacy: bool = False
    allowed_networks: list[Annotated[str, AfterValidator(_network)]] = []

    @model_validator(mode="after")
    def _fenced(self) -> Self:
        if self.legacy and not self.allowed_networks:
            message = "legacy without allowed_networks: name the networks of the stations that need old suites"
            raise ValueError(message)
        return self


class FieldSettings(Section):
    """`[field]`, reached by stations."""

    listen: Address = "0.0.0.0:9000"
    trusted_proxies: Annotated[list[str], AfterValidator(_not_yet)] = []
    tls: list[TlsSettings] = []
    unknown_stations: Literal["refuse", "admit"] = "refuse"
    allowed_networks: list[Annotated[str, AfterValidator(_network)]] = [
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
    ]
    authorize: AuthorizeMode = AuthorizeMode.ACCEPT
    heartbeat_s: int = Field(default=300, ge=1, le=86_400)
    ping_s: float = Field(default=60, ge=0, le=86_400, allow_inf_nan=False)
    default_subprotocol: Annotated[str, AfterValidator(_subprotocol)] = ""
    uploads: str = "uploads"
    """Folder for the diagnostics that stations upload; empty: none are taken."""
    upload_url: Annotated[str, AfterValidator(_base_url)] = ""
    """Address, without a path, at which stations reach us for uploads; empty: the one that each has dialled."""


class OpsSettings(Section):
    """`[ops]`, reached by Prometheus and the orchestrator."""

    listen: Address = "127.0.0.1:9880"


class CanarySettings(Section):
    """One `[[probes.canary]]`: a device of ours on a bearer, whose silence makes our own deafness to that bearer possible."""

    bearer: Bearer
    host: Annotated[str, AfterValidator(_endpoint)]


class ProbeSettings(Section):
    """`[probes]`: whether lines of stations with a `probe_host` are probed, and canaries."""

    enabled: bool = True
    canary: list[CanarySettings] = []


class TapSettings(Section):
    """`[tap]`: the platform to which stations marked `tap` are passed on; empty: none."""

    upstream: Annotated[str, AfterValidator(_websocket)] = ""


class IngestSettings(Section):
    """`[ingest]`: mirrored lines beside those that are posted to the API: a file and a topic of an MQTT broker; empty: none.

    `client` is who we are to the broker, which keeps for us what is published while we are away: no two installations share it.
    """

    file: str = ""
    broker: str = ""
    topic: str = ""
    client: str = "bornewatch"
    user: str = ""
    password: SecretStr = SecretStr("")
    ca: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.broker) is not bool(self.topic):
            message = "broker and topic belong together"
            raise ValueError(message)
        if self.broker:
            read_broker(self.broker)
        return self


class TwilioSettings(Section):
    """`[twilio]`: the account that sends short messages; without a `from` number none are sent."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    account_sid: str = ""
    auth_token: SecretStr = SecretStr("")
    from_: str = Field(default="", alias="from")
    api_base: str = "https://api.twilio.com"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        given = bool(self.account_sid), bool(self.auth_token.get_secret_value()), bool(self.from_)
        if any(given) and not all(given):
            message = "account_sid, auth_token and from belong together"
            raise ValueError(message)
        return self


class RadiusClientSettings(Section):
    """One `[[radius.client]]`: a gateway of the APN, by its address or network, and the secret that it shares with us."""

    address: Annotated[str, AfterValidator(_network)]
    secret: SecretStr = Field(min_length=1)


class RadiusSettings(Section):
    """`[radius]`: accounting records of SIMs; without a client nothing listens."""

    listen: Address = "0.0.0.0:1813"
    client: list[RadiusClientSettings] = []
    month_mb: float = Field(default=200, ge=0, le=1e9, allow_inf_nan=False)
    """Megabytes of a SIM in a month from which on it is told; 0: never."""


_MOST: Final = 100_000_000
"""Largest threshold taken, some three years in seconds."""

_Seconds = Annotated[float, Field(gt=0, le=_MOST, allow_inf_nan=False)]
_Some = Annotated[float, Field(ge=0, le=_MOST, allow_inf_nan=False)]


class Thresholds(Section):
    """`[health.gprs]`, `[health.site."NAME"]`, `[health.station.STICKER]`: the thresholds of `Policy` that are set there."""

    grace_s: _Seconds | None = None
    missed: int | None = Field(default=None, ge=1, le=1000)
    closed_s: _Some | None = None
    late_s: _Some | None = None
    overdue_ratio: _Some | None = None
    overdue_s: _Some | None = None
    reconnect_s: _Seconds | None = None
    steady_s: _Some | None = None
    boot_settle_s: _Some | None = None
    settle_s: _Some | None = None
    flap_limit: _Seconds | None = None
    flap_reuse: _Seconds | None = None
    flap_half_life_s: float | None = Field(default=None, ge=1, le=_MOST, allow_inf_nan=False)
    rtt_s: _Seconds | None = None
    irregular: float | None = Field(default=None, gt=0, le=1, allow_inf_nan=False)


class HealthSettings(Section):
    """`[health]`: thresholds by bearer, and those that a site or a station has of its own; the narrowest counts."""

    gprs: Thresholds = Thresholds()
    lan: Thresholds = Thresholds()
    wifi: Thresholds = Thresholds()
    site: dict[str, Thresholds] = {}
    station: dict[str, Thresholds] = {}

    def of_bearer(self, bearer: Bearer) -> Policy:
        """Return the policy of a bearer."""
        thresholds: Thresholds = getattr(self, bearer.value)
        return replace(BY_BEARER[bearer], **thresholds.model_dump(exclude_none=True))

    def policy(  # noqa: PLR0913  (a station by everything that its policy depends on)
        self, bearer: Bearer, site: str, sticker: str, *, watched: bool, heartbeat_s: float, ping_s: float
    ) -> Policy:
        """Return the policy of a station on `bearer` at `site`."""
        own = {
            **self.site.get(site, _NONE).model_dump(exclude_none=True),
            **self.station.get(sticker, _NONE).model_dump(exclude_none=True),
        }
        return replace(self.of_bearer(bearer), watched=watched, heartbeat_s=heartbeat_s, ping_s=ping_s, **own)

    def recorded(self, *, heartbeat_s: float) -> Callable[[Bearer, str, str], Policy]:
        """Return the policy of a watched station in a record, by bearer, site and sticker: without pings, for a record has none."""

        def policy_of(bearer: Bearer, site: str, sticker: str) -> Policy:
            return self.policy(bearer, site, sticker, watched=True, heartbeat_s=heartbeat_s, ping_s=0.0)

        return policy_of


_NONE: Final = Thresholds()


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorSettings:
    """The sections of the configuration that are monitor's."""

    storage: StorageSettings
    field: FieldSettings
    ops: OpsSettings
    health: HealthSettings
    probes: ProbeSettings
    radius: RadiusSettings
    tap: TapSettings
    ingest: IngestSettings
    twilio: TwilioSettings


SECTIONS: Final[dict[str, type[Section]]] = {
    "storage": StorageSettings,
    "field": FieldSettings,
    "ops": OpsSettings,
    "health": HealthSettings,
    "probes": ProbeSettings,
    "radius": RadiusSettings,
    "tap": TapSettings,
    "ingest": IngestSettings,
    "twilio": TwilioSettings,
}
"""The sections by their names, which are those of `MonitorSettings`."""
