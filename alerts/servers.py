"""`[[webhook]]` and `[[ntfy]]` of `alerts.toml`: programs that are told, and the secrets that they share with us.

They are the operator's own, so their addresses may be private ones. A secret stands in a file of its own or beside its server; no
error repeats it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from yarl import URL

from alerts.core.delivery import Server
from alerts.core.rules import party_key
from alerts.errors import RuleBookError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alerts.rulefile import NtfyPart, WebhookPart

_LONGEST: Final = 2000
"""Characters of an address, and bytes of a secret."""


def read_webhooks(parts: Iterable[WebhookPart]) -> dict[str, Server]:
    """Return the receivers by their names, which are unique already.

    Raises:
        RuleBookError: when one has no usable address or no secret.
    """
    return {one.name: _webhook(f"webhook {one.name!r}", one) for one in parts}


def read_ticket_desks(parts: Iterable[WebhookPart]) -> dict[str, str]:
    """Return the webhooks that take tickets, by the `party_key` of the owner or maintainer whose they are.

    Raises:
        RuleBookError: when somebody has two, or has no name.
    """
    found: dict[str, str] = {}
    for one in parts:
        place = f"webhook {one.name!r}, tickets_of"
        for party in one.tickets_of:
            key = party_key(party)
            if not key:
                raise _refusal(place, "an owner or a maintainer has a name: leave the empty one out")
            if found.setdefault(key, one.name) != one.name:
                why = f"{party!r} stands at {found[key]!r} as well: give each one"
                raise _refusal(place, why)
    return found


def _webhook(place: str, one: WebhookPart) -> Server:
    if not one.url or _url(one.url) is None:
        raise _refusal(place, f"url: {one.url!r} is no address: write https://HOST/PATH")
    return Server(url=one.url, secret=_secret(place, "secret", one.secret, one.secret_file))


def read_ntfy_servers(parts: Iterable[NtfyPart]) -> tuple[Server, ...]:
    """Return the servers that want a token.

    Raises:
        RuleBookError: when one has no usable address or no token, or stands there twice.
    """
    found: dict[tuple[object, ...], Server] = {}
    for number, one in enumerate(parts, 1):
        place = f"ntfy {number}"
        url = _url(one.url)
        if url is None or url != url.origin():
            raise _refusal(place, f"url: {one.url!r} is no server: write https://HOST, without a topic")
        known_by = url.scheme, url.host, url.port
        if known_by in found:
            raise _refusal(place, f"url: {one.url!r} stands there twice: a server has one token")
        found[known_by] = Server(url=one.url, secret=_secret(place, "token", one.token, one.token_file))
    return tuple(found.values())


def _url(text: str) -> URL | None:
    """Return the address that `text` is, ``None`` where it is none of HTTP."""
    try:
        url = URL(text) if len(text) <= _LONGEST and text.isprintable() and " " not in text else URL()
        fits = url.scheme in ("http", "https") and url.host and url.port
    except ValueError:
        return None
    return url if fits else None


def _secret(place: str, key: str, written: str, file: str) -> str:
    """Return the secret that is written beside its server, or stands in `file`."""
    if written and file:
        raise _refusal(place, f"{key} and {key}_file are both there: write one of them")
    if not written and not file:
        raise _refusal(place, f"it has no {key}: write {key}_file, the file that holds it")
    if written:
        return written
    try:
        found = Path(file).read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise _refusal(place, f"{key}_file {file!r}: {why}") from None
    if not found or len(found) > _LONGEST or not found.isprintable():
        raise _refusal(place, f"{key}_file {file!r}: it holds no single line of at most {_LONGEST} characters")
    return found


def _refusal(place: str, why: str) -> RuleBookError:
    return RuleBookError(f"alerts.toml: {place}: {why}")
