"""Identifiers of the trade, as types of their own, and the one place that says what a well-formed one is.

A *sticker* is the number on the cabinet that a driver reads aloud; an *identity* is the name the station uses in OCPP
(the last path segment of its WebSocket URL, OCPP-J 1.6 §3.1.1); a *station id* is ours and never changes.
This module does not look anything up.
"""

from __future__ import annotations

import re
from typing import Final, NewType

Sticker = NewType("Sticker", str)
Identity = NewType("Identity", str)
StationId = NewType("StationId", int)
NETWORK: Final = StationId(0)
"""Under this number stands what happened to the network as a whole; no station ever has it."""
CANARY: Final = StationId(-1)
"""Under this number the alerts try their own way; no station ever has it, and no registry, list, figure or incident knows it."""
BreachNumber = NewType("BreachNumber", int)
"""The n-th breach of its station, from 1; unique together with the station."""

STICKER_LENGTH: Final = 32
"""Longest sticker taken, in characters."""
IDENTITY_LENGTH: Final = 48
"""Longest identity taken, in characters (OCPP 2.0.1 part 4 §3.1.1; 1.6 names no limit)."""

_STICKER = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z ._/-]*[0-9A-Za-z])?")
_IDENTITY = re.compile(r"[!-.0-9:-~]+")


class MalformedIdError(ValueError):
    """A text that cannot be a sticker or an identity; the message names the text and the rule."""


def parse_sticker(text: str) -> Sticker:
    """Take `text` as a sticker: letters, digits and inner ``. _ / -`` or space, at most 32 characters; its case is kept.

    Raises:
        MalformedIdError: when it is empty, too long or holds another character.
    """
    trimmed = " ".join(text.split())
    if len(trimmed) > STICKER_LENGTH or not _STICKER.fullmatch(trimmed):
        message = f"sticker {trimmed[:40]!r}: use 1 to {STICKER_LENGTH} letters, digits, '.', '-', '_', '/' or inner spaces"
        raise MalformedIdError(message)
    return Sticker(trimmed)


def fold_sticker(sticker: str) -> str:
    """Return the form under which two spellings of one sticker are the same: people do not read out upper and lower case."""
    return sticker.casefold()


def parse_identity(text: str) -> Identity:
    """Take `text` as an OCPP identity: 1 to 48 printable ASCII characters without space or ``/``.

    Raises:
        MalformedIdError: when it is empty, too long or holds another character.
    """
    if len(text) > IDENTITY_LENGTH or not _IDENTITY.fullmatch(text):
        message = f"identity {text[:60]!r}: use 1 to {IDENTITY_LENGTH} printable ASCII characters without space or '/'"
        raise MalformedIdError(message)
    return Identity(text)


def breach_name(station: Sticker | StationId, number: BreachNumber) -> str:
    """Return the name of a breach that is unique in the whole network, as API, replay and storage write it."""
    return f"{station}-{number}"
