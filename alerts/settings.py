"""Alerts' part of the configuration: ``[alerts]``, ``[smtp]`` and ``[alertmanager]`` of the contract. An absent section is off."""

from __future__ import annotations

from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator


class AlertsSettings(BaseModel):
    """`[alerts]`: where the rules are, and how long alerts of one cause are waited for."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    ABSENT: ClassVar[dict[str, Any]] = {"file": ""}

    file: str = "alerts.toml"
    group_wait_s: float = Field(default=5.0, ge=0.0, le=600.0, allow_inf_nan=False)


class SmtpSettings(BaseModel):
    """`[smtp]`: the server that takes our mail; without a host none is sent."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    host: str = ""
    port: int = Field(default=587, ge=1, le=65535)
    from_: str = Field(default="", alias="from")
    user: str = ""
    password: SecretStr = SecretStr("")

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
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname):
            message = f"{value!r} is no address: write http://HOST:9093"
            raise ValueError(message)
        return value.rstrip("/")
