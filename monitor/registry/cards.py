"""Who may charge: the three ways of `field.authorize`, and the reading of a card file.

Standing alone the service must say something to an Authorize; in tap mode the platform behind it answers (not its business).
"""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from monitor.decode.dialect import Authorization
from monitor.registry.imports import Clash, UnreadableImportError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.core.clock import Clock

TAG_LENGTH: Final = 20
"""Longest idToken of OCPP 1.6 §7.28."""
COLUMNS: Final = ("id_tag", "status", "expires_at", "holder")


class AuthorizeMode(StrEnum):
    """`field.authorize`."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    LIST = "list"


class Authorizer:
    """Answers for cards; `cards` is replaced as a whole when the list changes."""

    def __init__(self, mode: AuthorizeMode, clock: Clock) -> None:
        """Answer by `mode`."""
        self._mode = mode
        self._clock = clock
        self.cards: Mapping[str, tuple[Authorization, datetime | None]] = {}

    def authorize(self, id_tag: str) -> Authorization:
        """Say whether the card `id_tag` may charge; its case does not matter (OCPP 1.6 §7.28, CiString)."""
        match self._mode:
            case AuthorizeMode.ACCEPT:
                return Authorization.ACCEPTED
            case AuthorizeMode.REFUSE:
                return Authorization.INVALID
            case AuthorizeMode.LIST:
                status, expires_at = self.cards.get(id_tag.upper(), (Authorization.INVALID, None))
                if status is Authorization.ACCEPTED and expires_at is not None and expires_at <= self._clock.now():
                    return Authorization.EXPIRED
                return status

    @property
    def keeps_list(self) -> bool:
        """Whether our list decides."""
        return self._mode is AuthorizeMode.LIST

    def known(self, id_tag: str) -> tuple[Authorization, datetime | None] | None:
        """Return what the list says of a card as of now and until when that holds, ``None`` for one that is not on it."""
        if id_tag.upper() not in self.cards:
            return None
        status, until = self.cards[id_tag.upper()]
        over = status is Authorization.ACCEPTED and until is not None and until <= self._clock.now()
        return (Authorization.EXPIRED if over else status), until

    def listed(self) -> list[tuple[str, str]]:
        """Return each card of the list with its status as of now, for a station's own list."""
        now = self._clock.now()
        return [
            (tag, Authorization.EXPIRED if status is Authorization.ACCEPTED and until is not None and until <= now else status)
            for tag, (status, until) in self.cards.items()
        ]


def read_cards(data: bytes) -> tuple[list[dict[str, Any]], list[Clash]]:
    """Read a card CSV with the columns id_tag (required), status, expires_at (RFC 3339), holder.

    Raises:
        UnreadableImportError: when it is not text or its header is wrong.
    """
    try:
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
        names = [name.strip() for name in reader.fieldnames or []]
    except (UnicodeDecodeError, csv.Error) as error:
        message = f"not a CSV file in UTF-8: {error}"
        raise UnreadableImportError(message) from None
    unknown = [name for name in names if name not in COLUMNS]
    if unknown or "id_tag" not in names:
        message = f"column {unknown[0]!r} is not known" if unknown else "column 'id_tag' is missing in the header"
        message = f"{message}; known are {', '.join(COLUMNS)}"
        raise UnreadableImportError(message)
    reader.fieldnames = names
    cards: dict[str, dict[str, Any]] = {}
    bad: list[Clash] = []
    for fields in reader:
        try:
            card = _card({name: (value or "").strip() for name, value in fields.items() if name})
        except ValueError as error:
            bad.append(Clash(line=reader.line_num, why=str(error)))
            continue
        cards[card["id_tag"]] = card
    return list(cards.values()), bad


def _card(fields: Mapping[str, str]) -> dict[str, Any]:
    tag = fields["id_tag"]
    if not 0 < len(tag) <= TAG_LENGTH or not tag.isprintable():
        message = f"id_tag {tag[:40]!r}: use 1 to {TAG_LENGTH} printable characters"
        raise ValueError(message)
    word = fields.get("status") or Authorization.ACCEPTED.value
    try:
        status = Authorization(word.capitalize())
    except ValueError:
        message = f"status {word!r}: use one of {', '.join(Authorization)}"
        raise ValueError(message) from None
    return {"id_tag": tag.upper(), "status": status.value, "expires_at": _expiry(fields), "holder": fields.get("holder", "")}


def _expiry(fields: Mapping[str, str]) -> datetime | None:
    text = fields.get("expires_at", "")
    if not text:
        return None
    try:
        expires = datetime.fromisoformat(text)
    except ValueError:
        message = f"expires_at {text!r}: use a time such as 2027-01-31T00:00:00Z"
        raise ValueError(message) from None
    return expires.replace(tzinfo=UTC) if expires.tzinfo is None else expires.astimezone(UTC)
