"""`alerts.toml` as it is written: its tables and keys, and what stands for those that are absent.

An unknown key or a value of the wrong kind is refused here, with its place; whether the parts fit together is `rulebook`'s matter.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

import msgspec

from alerts.core.delivery import Medium
from alerts.core.matters import Kind
from alerts.core.rules import USUAL_NOTICES
from alerts.core.severity import Severity
from alerts.errors import RuleBookError


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file; a key that it does not have is an error."""


class ContactPart(Part, frozen=True, kw_only=True):
    """`[[contact]]`: a person, and how each way reaches them."""

    name: str
    language: str = "en"
    sms: str = ""
    voice: str = ""
    email: str = ""
    ntfy: str = ""
    webhook: str = ""
    operator: str = ""


class WebhookPart(Part, frozen=True, kw_only=True):
    """`[[webhook]]`: a program that is told in JSON; it takes the tickets of the owners and maintainers in `tickets_of`."""

    name: str
    url: str
    secret: str = ""
    secret_file: str = ""
    tickets_of: list[str] = []


class NtfyPart(Part, frozen=True, kw_only=True):
    """`[[ntfy]]`: a server that wants a token."""

    url: str
    token: str = ""
    token_file: str = ""


class LayerPart(Part, frozen=True, kw_only=True):
    """People who take over at certain hours of certain days."""

    people: list[str]
    days: list[str] | None = None
    hours: str = "00:00-24:00"


class SchedulePart(Part, frozen=True, kw_only=True):
    """`[[schedule]]`: who is on call when."""

    name: str
    people: list[str]
    handover: str
    start: str = ""
    timezone: str = "Europe/Luxembourg"
    rotation: str = "weekly"
    every: int = 1
    layer: list[LayerPart] = []
    holidays: list[str] = []
    notices: list[Medium] = msgspec.field(default_factory=lambda: list(USUAL_NOTICES))
    notice_before: str = "0s"


class StepPart(Part, frozen=True, kw_only=True):
    """A step of a policy: whom to tell, by which ways, how long after the beginning."""

    notify: str | list[str]
    by: list[Medium]
    after: str = "0s"


class PolicyPart(Part, frozen=True, kw_only=True):
    """`[[policy]]`: an escalation."""

    name: str
    steps: list[StepPart]
    repeat: int = 0
    acknowledged_for: str = "0s"


class RulePart(Part, frozen=True, kw_only=True):
    """`[[rule]]`: which matters are an alert."""

    name: str
    on: Kind
    severity: Severity
    for_: str | dict[str, str] = msgspec.field(name="for", default="0s")
    match: dict[str, Any] = msgspec.field(default_factory=dict)
    group_by: list[str] = msgspec.field(default_factory=list)
    keep_firing_for: str | None = None
    runbook: str = ""


class HoursPart(Part, frozen=True, kw_only=True):
    """The hours of a route."""

    days: str
    start: str = msgspec.field(name="from")
    end: str = msgspec.field(name="to")
    timezone: str = "Europe/Luxembourg"


class RoutePart(Part, frozen=True, kw_only=True):
    """`[[route]]`: which policy an alert goes to."""

    match: dict[str, Any] = msgspec.field(default_factory=dict)
    policy: str = ""
    hours: HoursPart | None = None


class OwnerPart(Part, frozen=True, kw_only=True):
    """`[[owner]]`: an owner who wants to hear of his own line."""

    name: str
    by: list[Medium]
    after: str = "20m"


class RuleFile(Part, frozen=True, kw_only=True):
    """The whole file."""

    contact: list[ContactPart] = []
    schedule: list[SchedulePart] = []
    policy: list[PolicyPart] = []
    rule: list[RulePart] | None = None
    route: list[RoutePart] | None = None
    owner: list[OwnerPart] = []
    webhook: list[WebhookPart] = []
    ntfy: list[NtfyPart] = []


def parse(text: str) -> RuleFile:
    """Return what `text` says.

    Raises:
        RuleBookError: when it is no TOML, or has a key or a value that it cannot have.
    """
    try:
        return msgspec.convert(tomllib.loads(text), RuleFile)
    except tomllib.TOMLDecodeError as error:
        message = f"alerts.toml is no TOML: {error}"
        raise RuleBookError(message) from None
    except msgspec.ValidationError as error:
        message = f"alerts.toml: {_placed(str(error))}"
        raise RuleBookError(message) from None


def _placed(error: str) -> str:
    """Return what msgspec says with the place first, counted as people do: ``rule 2, for: …``."""
    what, _, place = error.partition(" - at `$")
    parts = re.findall(r"\.([a-z_]+)|\[(\d+)\]", place.rstrip("`"))
    named = "".join(f", {name}" if name else f" {int(number) + 1}" for name, number in parts).removeprefix(", ")
    return f"{named}: {what}" if named else what


DEFAULTS: Final = """
[[rule]]
name = "danger"
on = "fault"
match = { safety = "danger" }
severity = "page"
group_by = ["station"]

[[rule]]
name = "incident"
on = "incident"
severity = "page"
group_by = ["incident"]

[[rule]]
name = "site-offline"
on = "breach"
match = { site_working = "0" }
for = "20m"
severity = "page"
group_by = ["site"]

[[rule]]
name = "borne-offline"
on = "breach"
for = "20m"
severity = "ticket"
group_by = ["site", "station"]

[[rule]]
name = "fault"
on = "fault"
match = { safety = "none" }
for = "15m"
severity = "ticket"
group_by = ["station"]

[[rule]]
name = "security"
on = "security"
severity = "ticket"
group_by = ["station"]

[[rule]]
name = "observer"
on = "observer"
for = "2m"
severity = "page"

[[rule]]
name = "volume"
on = "volume"
severity = "ticket"
group_by = ["station"]

[[rule]]
name = "contradiction"
on = "contradiction"
severity = "ticket"
group_by = ["station"]

[[rule]]
name = "hotline-urgent"
on = "request"
match = { urgent = "yes" }
severity = "page"

[[rule]]
name = "hotline"
on = "request"
severity = "ticket"

[[rule]]
name = "external-page"
on = "external"
match = { severity = ["page", "critical"] }
severity = "page"
group_by = ["alertname"]

[[rule]]
name = "external"
on = "external"
match = { severity = ["!page", "!critical", "!info", "!none"] }
severity = "ticket"
group_by = ["alertname"]

[[rule]]
name = "external-info"
on = "external"
match = { severity = ["info", "none"] }
severity = "info"
group_by = ["alertname"]
"""
"""The rules where a file has none of its own."""
