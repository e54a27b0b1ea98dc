"""Whether a request comes from Twilio: its signature over the address that Twilio was told, and over what it posted.

``X-Twilio-Signature`` is the base64 of HMAC-SHA1, under the account's token, of the address followed by the posted names and values
in order (twilio.com/docs/usage/webhooks/webhooks-security); it is computed by the library, and compared here in constant time. The
address is built from the configured public base, never from what a proxy left of the request. The signature says nothing of time:
that a call-back is not a repetition is seen by its SID and state. JSON bodies (`bodySHA256`) are not read, none is expected.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

from twilio.request_validator import RequestValidator

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from multidict import MultiMapping

_PORTS: Final = {"https": 443, "http": 80}


def signed_address(public_base: str, path: str) -> str:
    """Return the address that Twilio was told, from the configured base and the request's path with its query, as they came."""
    return public_base.rstrip("/") + path


def sign(address: str, form: Mapping[str, str], token: str) -> str:
    """Return the signature of `form`, posted to `address`, under `token`."""
    signature: str = RequestValidator(token).compute_signature(address, form)
    return signature


def is_genuine(address: str, form: MultiMapping[str], signature: str, tokens: Iterable[str]) -> bool:
    """Say whether `signature` belongs to `address` and `form` under one of `tokens`: while a token is changed, two are good.

    Twilio signs with or without the usual port, so both are tried. All is always computed, whatever fits.
    """
    given = signature.encode("utf-8", "replace")
    genuine = False
    for token in tokens:
        for written in _ways_to_write(address):
            computed: str = RequestValidator(token).compute_signature(written, form)
            genuine |= bool(token) and hmac.compare_digest(computed.encode(), given)
    return genuine


def _ways_to_write(address: str) -> list[str]:
    """Return `address` as it is, with its port and without; one with an unusual port is signed either way too."""
    parts = urlsplit(address)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    port = parts.port or _PORTS.get(parts.scheme, 443)
    return [address, *(urlunsplit(parts._replace(netloc=netloc)) for netloc in (f"{host}:{port}", host))]
