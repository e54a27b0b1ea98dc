"""What a station does otherwise than its specification says, remembered so that it is known and allowed for.

A quirk is a habit of a make, not a fault of the moment: it is kept once, with the first and the latest time, and never judged.
That a station answers pings is remembered by `HealthState.pongs`.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec


class Quirk(StrEnum):
    """A habit seen at the edge; the words are shown to technicians."""

    NO_SUBPROTOCOL = "no_subprotocol"
    """Offers no sub-protocol in its handshake (OCPP-J 1.6 §3.1.2)."""
    WRONG_CLOCK = "wrong_clock"
    """Stamps its messages with a time that cannot be."""
    UNKNOWN_VALUE = "unknown_value"
    """Uses a word that the version does not list."""
    VENDOR_FIELD = "vendor_field"
    """Sends fields that the version does not have."""
    NULL_VALUE = "null_value"
    """Sends null where a value, an object or nothing belongs."""
    LONG_TEXT = "long_text"
    """Sends texts longer than the version allows."""
    WRONG_ANSWER = "wrong_answer"
    """Answers our requests by something that their schema does not allow."""
    REPEATED_ID = "repeated_id"
    """Sends a message again under the id that it had."""
    NO_BOOT = "no_boot"
    """Speaks without ever having sent a BootNotification."""
    EARLY_FRAME = "early_frame"
    """Sends other messages before its BootNotification was answered (OCPP 1.6 §4.2)."""
    SEQUENCE_GAP = "sequence_gap"
    """Leaves out numbers in the messages of a transaction: some were lost (OCPP 2.0.1 part 2, E01, `seqNo`)."""
    NO_CLOSE_FRAME = "no_close_frame"
    """Ends its connections without a close frame (RFC 6455 §7.1.1)."""
    NO_TRIGGER = "no_trigger"
    """Refuses to be asked for a message (TriggerMessage)."""


class Habit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One quirk of one station: first and latest seen (aware UTC), `detail` as of the latest, at most 80 characters."""

    quirk: Quirk
    first_at: datetime
    last_at: datetime
    detail: str = ""


DETAIL_LENGTH: Final = 80


def with_habit(habits: tuple[Habit, ...], quirk: Quirk, at: datetime, detail: str) -> tuple[Habit, ...]:
    """Return `habits` with `quirk` seen at `at`, sorted by the quirk."""
    known = next((habit for habit in habits if habit.quirk is quirk), None)
    first_at = at if known is None else min(known.first_at, at)
    seen = Habit(quirk=quirk, first_at=first_at, last_at=at, detail=detail[:DETAIL_LENGTH])
    others = [habit for habit in habits if habit.quirk is not quirk]
    return tuple(sorted([*others, seen], key=lambda habit: habit.quirk))
