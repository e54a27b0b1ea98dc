"""Alerts' part of the configuration: ``[alerts]``, ``[smtp]`` and ``[alertmanager]`` of the contract. An absent section is off."""

from __future__ import annotations

import re
from email.utils import parseaddr
from typing import Any, ClassVar, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

_ADDRESS: Final = re.compile(r"[^@\s,;<>\"]+@[A-Za-z0-9.-]+")


class AlertsSettings(BaseModel):
    """`[alerts]`: where the rules are, and how long alerts of one cause are waited for.

    `canary_s` is how often the alerts try their own way, in seconds; 0: never. `watchdog_url` is pinged every `watchdog_s` seconds
    while that way works; empty: nobody watches it from outside. What is over is deleted after `keep_days`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    ABSENT: ClassVar[dict[str, Any]] = {"file": ""}

    file: str = "alerts.toml"
    group_wait_s: float = Field(default=5.0, ge=0.0, le=600.0, allow_inf_nan=False)
    keep_days: int = Field(default=400, ge=1, le=36_500)
    canary_s: float = Field(default=300.0, ge=0.0, le=86_400.0, allow_inf_nan=False)
    watchdog_url: SecretStr = SecretStr("")
    watchdog_s: float = Field(default=60.0, ge=1.0, le=3600.0, allow_inf_nan=False)

    @field_validator("watchdog_url")
    @classmethod
    def _address(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not _is_web(value.get_secret_value()):
            message = "it is no address: write https://HOST/PATH"
            raise ValueError(message)
        return value


class SmtpSettings(BaseModel):
    """`[smtp]`: the server that takes our mail; without a host none is sent.

    `tls` is how the connection is encrypted: `offered` (STARTTLS where the server has it; a password is never sent without),
    `required`, `implicit` (from the first byte, port 465) or `none`. `ca` is a file of authorities trusted besides the usual ones.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    host: str = ""
    port: int = Field(default=587, ge=1, le=65535)
    from_: str = Field(default="", alias="from")
    user: str = ""
    password: SecretStr = SecretStr("")
    tls: Literal["offered", "required", "implicit", "none"] = "offered"
    ca: str = ""

    @field_validator("from_")
    @classmethod
    def _sender(cls, value: str) -> str:
        if value and not (value.isprintable() and _ADDRESS.fullmatch(parseaddr(value)[1])):
            message = f"{value!r} is no sender: write NAME <address@domain> or address@domain"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.host) is not bool(self.from_):
            message = "host and from belong together"
            raise ValueError(message)
        return self


class AlertmanagerSettings(BaseModel):
    """`[alertmanager]`: every alert is pushed there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = ""

    @field_validator("url")
    @classmethod
    def _url(cls, value: str) -> str:
        if value and not _is_web(value):
            message = f"{value!r} is no address: write http://HOST:9093"
            raise ValueError(message)
        return value.rstrip("/")


def _is_web(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and text.isprintable()


SECTIONS: Final[dict[str, type[BaseModel]]] = {
    "alerts": AlertsSettings,
    "smtp": SmtpSettings,
    "alertmanager": AlertmanagerSettings,
}
"""The sections of the configuration, by name."""
