"""Frames without what identifies a driver or opens something: cards, passwords, keys, certificates, the vendors' own data.

Whether a value is shown depends on its key, in whatever spelling and order: some are hidden, some are known to be harmless, and of
all others whatever looks like the number of a card is blotted out. Where a frame was cut, what its missing part could have made a
secret is hidden; of a text that is no JSON nothing is shown after the first word that speaks of a secret.

It knows the names of OCPP 1.2 to 2.1 and judges no frame. A card that a station writes as its message id or in letters only where
no card belongs is not known for one.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from monitor.runtime.scanner import Node, Scanner, folded

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOT: Final = "…"
HINT: Final = 2
"""Characters of a card's number that stay, so that two cards can be told apart."""
_HINT_FROM: Final = 8
_LONGEST_ID: Final = 64
_MANY_DIGITS: Final = 7
_MANY_IN_A_KEY: Final = 6

_CARDS: Final = re.compile(r"idtag(?!info)|idtoken(?!info)|emaid|customeridentifier|rfid|card|tagid|uid$")
_SECRETS: Final = re.compile(
    r"passw|passphrase|secret|credential|token(?!info|type)|iccid|imsi|msisdn|simpin|^pin(code)?$|^puk|^user|username|login|bearer"
    r"|^csr$|exire|ocspre|signedmeterdata|certificate(chain)?$|hash$|location$|urls?$|^data$|customdata|(?<=.)(?<!unknown)(?<!configuration)key$"
)
_VALUES: Final = frozenset({"value", "attributevalue", "actualvalue"})
"""Whether these may be shown depends on the name beside them: `key` in OCPP 1.x, `variable` in 2.x."""
_SECRET_NAMES: Final = re.compile(
    r"passw|passphrase|pwd|psk|secret|credential|token|cert|privat|login|user|iccid|imsi|msisdn|rfid|card|emaid|idtag|apikey|url|uri"
)
_SECRET_WORDS: Final = frozenset({"key", "keys", "pin", "puk", "uid", "tag", "tags", "pass"})
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_HARMLESS: Final = frozenset(
    {
        *("chargeboxserialnumber", "chargepointmodel", "chargepointserialnumber", "chargepointvendor", "errorcode", "eventid"),
        *("evseid", "filename", "firmwareversion", "id", "interval", "limit", "listversion", "measurand", "meterserialnumber"),
        *("meterstart", "meterstop", "model", "remotestartid", "requestid", "reservationid", "retryinterval", "seqno"),
        *("serialnumber", "techcode", "transactionid", "unit", "vendorerrorcode", "vendorid", "vendorname"),
    }
)
"""Keys whose values may have many digits and say nothing of a driver."""
_KINDS: Final = {
    "type": frozenset(
        {
            *("Central", "DirectPayment", "eMAID", "EVCCID", "ISO14443", "ISO15693", "KeyCode", "Local", "MacAddress"),
            *("NoAuthorization", "VIN"),
        }
    ),
    "location": frozenset({"Body", "Cable", "EV", "Inlet", "Outlet", "Upstream"}),
}
"""Words of the specification that stand among secrets and are none."""

_CARD_LIKE: Final = re.compile(
    r"(?:(?=(?:[A-Za-z]*\d){3})[0-9A-Za-z]{6,}|[0-9A-Fa-f]{8,}|[0-9A-Fa-f]{2}(?:[-:. ][0-9A-Fa-f]{2}){3,}|\d+(?:[- ]\d+){2,})"
    r"(?:-[0-9A-Za-z]+)*"
)
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d\d:?\d\d)?)?")
_NUMBER: Final = re.compile(r"-?\d{1,12}(?:\.\d{0,12})?(?:[eE][+-]?\d{1,3})?")
_HEAD: Final = re.compile(r'\s*\[\s*\d\s*,\s*"[^"\\]{1,64}"\s*,')
_ESCAPE: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
_MENTION: Final = re.compile(
    r"id.{0,2}tag|token|passw|pwd|secret|credential|emaid|iccid|imsi|msisdn|key|pin\b|cert|card|rfid|uid|csr|\bdata|\bvalue|user|login",
    re.IGNORECASE,
)
"""Words after which nothing is shown of a text that cannot be read."""


class _Sort(Enum):
    """How a value is shown."""

    PLAIN = auto()
    DOUBTED = auto()
    """Without what looks like a card."""
    CARD = auto()
    """Its first characters."""
    SECRET = auto()
    """Not at all."""


def redact(text: str) -> str:
    """Return `text`, a frame or the beginning of one, with what identifies a driver or opens something blotted out."""
    scanner = Scanner(text)
    if not scanner.read():
        return _redact_unread(text)
    shown: list[str] = []
    place = 0
    for start, end, put in sorted([*_in_keys(scanner), *_in_values(scanner)]):
        shown += (text[place:start], put)
        place = end
    return "".join((*shown, text[place:]))


def _redact_unread(text: str) -> str:
    """Return what may be shown of a text that is no JSON."""
    plain = _ESCAPE.sub(_unescaped, text)
    head = _HEAD.match(plain)
    begin = 0 if head is None else head.end()
    mention = _MENTION.search(plain, begin)
    end = len(plain) if mention is None else mention.end()
    return plain[:begin] + _CARD_LIKE.sub(BLOT, plain[begin:end]) + (BLOT if plain[end:] else "")


def _unescaped(found: re.Match[str]) -> str:
    sign = chr(int(found[1], 16))
    return sign if sign.isprintable() else found[0]


def _in_keys(scanner: Scanner) -> Iterator[tuple[int, int, str]]:
    for start, end, said in scanner.keys:
        if sum(sign.isdigit() for sign in said) >= _MANY_IN_A_KEY and _CARD_LIKE.search(said):
            yield start, end, f'"{BLOT}"'


def _in_values(scanner: Scanner) -> Iterator[tuple[int, int, str]]:
    for leaf in scanner.leaves:
        put = _put(leaf, scanner.text[leaf.start : leaf.end])
        if put is not None:
            yield leaf.start, leaf.end, put


def _put(leaf: Node, raw: str) -> str | None:
    """Return what is shown instead of `raw`, ``None`` for itself."""
    if raw[0] != '"':
        return _number(leaf, raw)
    sort = _sort_of(leaf)
    if sort is _Sort.PLAIN or not leaf.said:
        return None
    close = '"' if leaf.whole else ""
    if sort is _Sort.DOUBTED:
        return _doubted(leaf.said, raw)
    if sort is _Sort.CARD and "\\" not in raw and len(leaf.said) >= _HINT_FROM:
        return f'"{leaf.said[:HINT]}{BLOT}{close}'
    return f'"{BLOT}{close}'


def _number(leaf: Node, raw: str) -> str | None:
    if raw[0] not in "-0123456789":
        return None
    sort = _sort_of(leaf)
    many = len(raw.lstrip("-").partition(".")[0]) >= _MANY_DIGITS
    return f'"{BLOT}"' if sort in (_Sort.CARD, _Sort.SECRET) or (sort is _Sort.DOUBTED and many) else None


def _doubted(said: str, raw: str) -> str | None:
    """Return a text without what looks like a card; nothing of one that is written in escapes or holds an address."""
    if _INSTANT.fullmatch(said):
        return None
    addressed = "@" in said or "://" in said
    if not addressed and not _CARD_LIKE.search(said):
        return None
    if addressed or "\\" in raw.replace('\\"', ""):
        return raw[0] + BLOT + (raw[-1] if raw.endswith('"') and len(raw) > 1 else "")
    return _CARD_LIKE.sub(BLOT, raw)


def _sort_of(leaf: Node) -> _Sort:
    parent = leaf.parent
    if parent is not None and parent.parent is None and parent.opener == "[":
        place = len(parent.children) if leaf is parent.children[-1] else parent.children.index(leaf) + 1
        return _Sort.PLAIN if place <= 2 and len(leaf.said) <= _LONGEST_ID else _Sort.DOUBTED  # noqa: PLR2004  (type and id)
    if leaf.whole and leaf.said in _KINDS.get(leaf.key, ()):
        return _Sort.PLAIN
    for node in (leaf, *leaf.around()):
        if _CARDS.search(node.key):
            return _Sort.CARD
        if _SECRETS.search(node.key) or (node.key == "key" and not _is_name(node)):
            return _Sort.SECRET
    if leaf.key in _VALUES:
        return _by_name(leaf)
    return _Sort.PLAIN if leaf.key in _HARMLESS else _Sort.DOUBTED


def _is_name(node: Node) -> bool:
    """Say whether `node`, whose key is `key`, is the name of a setting (OCPP 1.6 §6.7, §6.23); elsewhere it opens something."""
    holder = next((one for one in node.around() if one.opener == "{"), None)
    if holder is None or holder.parent is None:
        return False
    return holder.key == "configurationkey" or holder.parent.parent is None


def _by_name(leaf: Node) -> _Sort:
    """Return how the value of a setting or variable is shown: hidden, unless it is told whose it is and that is harmless."""
    names = [name for holder in leaf.around() for name in _names_in(holder)]
    if names:
        return _Sort.DOUBTED if all(name.whole and not is_secret(name.said) for name in names) else _Sort.SECRET
    measured = any(node.key == "sampledvalue" for node in leaf.around())
    return _Sort.PLAIN if measured and _NUMBER.fullmatch(leaf.said) else _Sort.SECRET


def _names_in(holder: Node) -> Iterator[Node]:
    if holder.opener != "{":
        return
    for child in holder.children:
        if child.key == "key" and not child.opener:
            yield child
        elif child.key == "variable":
            yield from (name for name in child.children if name.key == "name")


def is_secret(name: str) -> bool:
    """Say whether a setting of that name opens something or names somebody."""
    words = {word.casefold() for word in _WORDS.findall(name)}
    return bool(words & _SECRET_WORDS) or _SECRET_NAMES.search(folded(name)) is not None
