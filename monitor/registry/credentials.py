"""Station passwords: stored as keyed fast hashes and compared in constant time.

A station's key is random and long, so a fast keyed hash is enough (OWASP ASVS 5.0 §6.5.2), and a storm of reconnects does not
become a denial of service of our own, as it would with a slow password hash. People's passwords are the console's matter.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from monitor.core.registry import Station

PEPPER_BYTES: Final = 32
KEY_BYTES: Final = 128
"""Longest password taken, in bytes (the security whitepaper asks for 16 to 20, OCPP 2.0.1 for 16 to 40 characters)."""
DIGEST_BYTES: Final = 32
STRONG_BYTES: Final = 16
"""From this length on a key counts as unguessable: the least that the security whitepaper allows (A00.FR.205)."""
HEX_PREFIX: Final = "hex:"


class MalformedKeyError(ValueError):
    """A password that cannot be a station's key; the message says why and never shows it."""


def read_password(text: str) -> bytes:
    """Return the key that the import column `password` means: text as UTF-8, or binary written ``hex:…``.

    Raises:
        MalformedKeyError: when the hex digits are broken or the key is too long.
    """
    if text.startswith(HEX_PREFIX):
        try:
            key = bytes.fromhex(text.removeprefix(HEX_PREFIX))
        except ValueError:
            message = "password: after 'hex:' an even number of hexadecimal digits is expected"
            raise MalformedKeyError(message) from None
    else:
        key = text.encode()
    if not 0 < len(key) <= KEY_BYTES:
        message = f"password: 1 to {KEY_BYTES} bytes are taken, this has {len(key)}"
        raise MalformedKeyError(message)
    return key


def hash_key(pepper: bytes, key: bytes) -> bytes:
    """Return what is stored of `key`: its keyed hash and, in one more byte, its length."""
    return _digest(pepper, key) + bytes((len(key),))


def matches(pepper: bytes, key: bytes, stored: bytes | None) -> bool:
    """Say whether `key` is the one that `stored` was made of, in a time that depends on neither."""
    expected = stored[:DIGEST_BYTES] if stored is not None else bytes(DIGEST_BYTES)
    return hmac.compare_digest(_digest(pepper, key), expected) and stored is not None


def is_strong(stored: bytes | None) -> bool:
    """Say whether `stored` was made of a key too long to be guessed; one stored without its length is taken as weak."""
    return stored is not None and len(stored) > DIGEST_BYTES and stored[DIGEST_BYTES] >= STRONG_BYTES


def _digest(pepper: bytes, key: bytes) -> bytes:
    return hashlib.blake2b(key, key=pepper, digest_size=DIGEST_BYTES).digest()


def proof_of(station: Station) -> tuple[object, ...]:
    """Return what `station` proves itself by; when it changes, its open socket is no longer proven."""
    return (station.identity, station.security_profile, station.key_hash, station.allowed_networks, station.serial)
