"""Hotline's part of the configuration: sections ``[console]``, ``[public]`` and ``[hotline]`` of the contract."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

_MOST_PORTS = 65535


class ListenerSettings(BaseModel):
    """Where a listener for browsers listens, and under which address they reach it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    listen: str
    base_url: str

    @field_validator("listen")
    @classmethod
    def _listen(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or int(port) > _MOST_PORTS:
            message = f"{value!r} is no address: write HOST:PORT, as in 127.0.0.1:8080"
            raise ValueError(message)
        return value

    @field_validator("base_url")
    @classmethod
    def _base_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path.strip("/") or parts.query or parts.fragment:
            message = f"{value!r} is no base address: write http(s)://HOST[:PORT] without a path"
            raise ValueError(message)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def secure(self) -> bool:
        """Whether browsers reach it over TLS."""
        return self.base_url.startswith("https://")


class ConsoleSettings(ListenerSettings):
    """The listener for agents and operators."""

    listen: str = "127.0.0.1:8080"
    base_url: str = "http://127.0.0.1:8080"


class PublicSettings(ListenerSettings):
    """The listener that is reached from the Internet: what needs no login."""

    listen: str = "127.0.0.1:8081"
    base_url: str = "http://127.0.0.1:8081"


class NetworkSettings(BaseModel):
    """Another network: its name, its hotline's number, and what its stickers begin with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=100)]
    phone: Annotated[str, Field(max_length=40)] = ""
    prefixes: tuple[Annotated[str, Field(min_length=2, max_length=20)], ...]


class HotlineSettings(BaseModel):
    """The hotline itself.

    `phone` is the number that callers dial, empty until it is known; `telephone` the agents' own, rung for who called through
    Twilio; `network` are others
    whose stickers callers read to us; `grafana` where the supervisor's page leads for plots. Who
    called is forgotten after `forget_callers_days`, what was noted after `forget_notes_days`; what came of a call stays.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    phone: str = ""
    telephone: Annotated[str, Field(pattern=r"^(\+[1-9][0-9]{4,14})?$")] = ""
    grafana: str = ""
    network: tuple[NetworkSettings, ...] = ()
    forget_callers_days: Annotated[int, Field(ge=1, le=3650)] = 90
    forget_notes_days: Annotated[int, Field(ge=1, le=3650)] = 365

    @field_validator("grafana")
    @classmethod
    def _grafana(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"http", "https"}:
            message = f"{value!r} is no address of a page: write http(s)://…"
            raise ValueError(message)
        return value


SECTIONS: Final[dict[str, type[BaseModel]]] = {"console": ConsoleSettings, "public": PublicSettings, "hotline": HotlineSettings}
"""The sections of the configuration, by name."""
