"""Who calls, without knowing who: a number becomes a keyed hash, by which it is known again, and a few figures to show.

The numbers of a country can all be hashed in an afternoon; so the hash is keyed (HMAC, RFC 2104), and the key is the house's own.
"""

from __future__ import annotations

import hmac
from typing import Final

import phonenumbers

HOME: Final = "LU"
"""A number without a country is one of here; Luxembourg has no trunk prefix to take off."""
KEY_BYTES: Final = 32
LONGEST: Final = 40
_SHOWN: Final = 3


def e164(text: str) -> str:
    """Return a number in E.164 form (ITU-T E.164 §6); empty where it is none, as for a caller who withholds it."""
    try:
        number = phonenumbers.parse(text[:LONGEST], HOME)
    except phonenumbers.NumberParseException:
        return ""
    return (
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if phonenumbers.is_possible_number(number) else ""
    )


def masked(number: str) -> str:
    """Return what may be shown of a number in E.164 form: its first figures and its last three (``+352 … 456``)."""
    return f"{number[:4]} … {number[-_SHOWN:]}" if number else ""


def hashed(number: str, key: bytes) -> str:
    """Return the keyed hash of a number in E.164 form, as 32 hexadecimal figures; empty for none."""
    return hmac.new(key, number.encode(), "sha256").hexdigest()[:32] if number else ""
