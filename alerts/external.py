"""What an Alertmanager posts to its webhooks (version 4), read as claims: bounded, clean, and without what is an echo of our own.

Source: prometheus.io/docs/alerting/latest/configuration, "webhook_config". An alert of ours that was pushed there carries a page of
our console as its `generatorURL`; it is dropped when it comes back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from alerts.core.external import Claim
from alerts.errors import ForeignBodyError
from alerts.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION: Final = "4"
MOST_LABELS: Final = 64
LONGEST_NAME: Final = 100
LONGEST_VALUE: Final = 200
_LONGEST_FINGERPRINT: Final = 64
_NOTES: Final = ("summary", "description", "message")
"""Annotations that say what is wrong, the best first."""


class _Alert(msgspec.Struct, frozen=True, rename="camel"):
    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    starts_at: datetime
    ends_at: datetime | None = None
    annotations: dict[str, str] = {}
    generator_url: str = msgspec.field(name="generatorURL", default="")
    fingerprint: str = ""


class _Post(msgspec.Struct, frozen=True):
    version: str
    alerts: list[_Alert]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a post says: claims in their order, and how many alerts were echoes of ours."""

    claims: tuple[Claim, ...]
    echoes: int


_decode: Final = msgspec.json.Decoder(_Post).decode


def read_post(body: bytes, own_base: str) -> Heard:
    """Return what `body` says; alerts whose `generatorURL` is below `own_base` are ours.

    Raises:
        ForeignBodyError: when it is no such post, or of another version.
    """
    try:
        post = _decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        message = f"that is no post of an Alertmanager's webhook: {one_line(str(error), 200)}"
        raise ForeignBodyError(message) from None
    if post.version != VERSION:
        message = f"version {one_line(post.version, 20)!r} is not known here: this takes version {VERSION} of the webhook"
        raise ForeignBodyError(message)
    own = own_base.rstrip("/") + "/"
    foreign = [one for one in post.alerts if not one.generator_url.startswith(own)]
    return Heard(claims=tuple(_claim(one) for one in foreign), echoes=len(post.alerts) - len(foreign))


def _claim(one: _Alert) -> Claim:
    starts_at, ends_at = _utc(one.starts_at), None if one.ends_at is None else _utc(one.ends_at)
    firing = one.status == "firing"
    return Claim(
        fingerprint=_fingerprint(one),
        firing=firing,
        starts_at=starts_at,
        ended_at=None if firing or ends_at is None or ends_at < starts_at else ends_at,
        labels=_clean(one.labels),
        note=next((text for name in _NOTES if (text := one_line(one.annotations.get(name, ""), LONGEST_VALUE))), ""),
    )


def _fingerprint(one: _Alert) -> str:
    """Return its own name for the alert; what has none, or a strange one, is known by its labels."""
    if one.fingerprint.isascii() and one.fingerprint.isalnum() and len(one.fingerprint) <= _LONGEST_FINGERPRINT:
        return one.fingerprint
    return blake2b(repr(sorted(one.labels.items())).encode(errors="replace"), digest_size=8).hexdigest()


def _clean(labels: Mapping[str, str]) -> dict[str, str]:
    """Return the labels as text that may stand anywhere, the first so many of them by name; an empty one is none."""
    found: dict[str, str] = {}
    for name in sorted(labels)[:MOST_LABELS]:
        kept, value = one_line(name, LONGEST_NAME), one_line(labels[name], LONGEST_VALUE)
        if kept and value:
            found[kept] = value
    return found


def _utc(at: datetime) -> datetime:
    """Return an instant in UTC; one at the end of the calendar that has no UTC is none, and taken as it is written."""
    try:
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except OverflowError:
        return at.replace(tzinfo=UTC)
