"""What is handed to a channel, and what a channel answers: a sender says only whether it may be tried again.

Who is told, in which words and how often is decided before; that a message is tried again, or goes another way, afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  (a message is stored as JSON, which asks for its types when it runs)
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003
from enum import StrEnum
from typing import Protocol

from alerts.core.severity import Severity


class Medium(StrEnum):
    """A way to a person or a program."""

    SMS = "sms"
    VOICE = "voice"
    EMAIL = "email"
    NTFY = "ntfy"
    WEBHOOK = "webhook"
    ALERTMANAGER = "alertmanager"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A program that is told: where it is, and the secret that it shares with us (empty: none); no other server is shown that."""

    url: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One alert as programs want it: its labels (`alertname` is the rule), its sentences, since when, until when if it is over.

    `url` is its page of the console, by which we know it for ours when somebody tells us of it.
    """

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    since: datetime
    until: datetime | None = None
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A notification, put into words for one address.

    Attributes:
        id: that of the outbox row, the same at every attempt: by it a receiver tells a repetition, and a call-back its message.
        to: the address: a number in E.164 form, a mail address, a URL, the name of a webhook.
        language: that of the person, a tag such as ``fr``.
        short: one line of at most 150 characters, for a short message.
        spoken: one to three sentences that can be read out.
        title: one line.
        text: several lines.
        thread: what belongs together has the same.
        url: the page of the console where it is acknowledged; empty: none.
        severity: how much it presses.
        over: whether it is the all-clear.
        facts: the alerts in it.
        by_hand: whether a person wrote it, so that it is no machine's mail.
    """

    id: str
    to: str
    language: str = "en"
    short: str = ""
    spoken: str = ""
    title: str = ""
    text: str = ""
    thread: str = ""
    url: str = ""
    severity: Severity = Severity.PAGE
    over: bool = False
    facts: tuple[Fact, ...] = ()
    by_hand: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """It was taken; `reference` is the provider's name for it, by which it can be asked about, empty where there is none."""

    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """It was surely not taken and may be tried again, not before `after_s` seconds where the provider says so."""

    why: str
    after_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """It will never be taken: the address or the message is refused."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """It may have been taken: the connection broke, or the provider failed, after it was sent. `ask` tells more where it can."""

    why: str


Outcome = Sent | Retry | Rejected | Unknown


class Channel(Protocol):
    """One way to people or programs. It sends once, and is never asked to decide anything."""

    async def send(self, message: Message) -> Outcome:
        """Hand `message` over; what goes wrong is an outcome, never an exception."""
        ...

    async def ask(self, message: Message, since: datetime | None = None) -> Outcome:
        """Ask the provider what became of `message`, first sent at `since`; where that cannot be asked, `Unknown`."""
        ...
