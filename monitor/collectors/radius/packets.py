"""Accounting packets read and answered: pyrad knows their form and their authenticators, this names their fields.

The attributes are those of RFC 2865, 2866, 2869 and 3162 and the IMSI of 3GPP TS 29.061 §16.4.7, as far as they are used here.
"""

from __future__ import annotations

import io
import ipaddress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from pyrad.dictionary import Dictionary
from pyrad.packet import AccountingRequest, AcctPacket, PacketError

from monitor.core.accounting import Record
from monitor.core.observations import RadiusEvent

LARGEST: Final = 4096
"""Octets of a packet (RFC 2866 §3)."""
_ATTRIBUTES: Final = """\
ATTRIBUTE User-Name 1 string
ATTRIBUTE NAS-IP-Address 4 ipaddr
ATTRIBUTE Framed-IP-Address 8 ipaddr
ATTRIBUTE Vendor-Specific 26 octets
ATTRIBUTE Called-Station-Id 30 string
ATTRIBUTE Calling-Station-Id 31 string
ATTRIBUTE NAS-Identifier 32 string
ATTRIBUTE Acct-Status-Type 40 integer
ATTRIBUTE Acct-Delay-Time 41 integer
ATTRIBUTE Acct-Input-Octets 42 integer
ATTRIBUTE Acct-Output-Octets 43 integer
ATTRIBUTE Acct-Session-Id 44 string
ATTRIBUTE Acct-Session-Time 46 integer
ATTRIBUTE Acct-Terminate-Cause 49 integer
ATTRIBUTE Acct-Input-Gigawords 52 integer
ATTRIBUTE Acct-Output-Gigawords 53 integer
ATTRIBUTE Event-Timestamp 55 date
ATTRIBUTE Message-Authenticator 80 octets
VENDOR 3GPP 10415
BEGIN-VENDOR 3GPP
ATTRIBUTE 3GPP-IMSI 1 string
END-VENDOR 3GPP
"""
_DICTIONARY: Final = Dictionary(io.StringIO(_ATTRIBUTES))
_EVENTS: Final = {1: RadiusEvent.START, 2: RadiusEvent.STOP, 3: RadiusEvent.INTERIM}
_GATEWAY: Final = frozenset({7, 8})
"""Accounting-On and -Off (RFC 2866 §5.1)."""
CAUSES: Final = {
    1: "User Request",
    2: "Lost Carrier",
    3: "Lost Service",
    4: "Idle Timeout",
    5: "Session Timeout",
    6: "Admin Reset",
    7: "Admin Reboot",
    8: "Port Error",
    9: "NAS Error",
    10: "NAS Request",
    11: "NAS Reboot",
    12: "Port Unneeded",
    13: "Port Preempted",
    14: "Port Suspended",
    15: "Service Unavailable",
    16: "Callback",
    17: "User Error",
    18: "Host Request",
}
"""Acct-Terminate-Cause (RFC 2866 §5.10)."""
_LONGEST: Final = 128
_LATEST: Final = timedelta(days=2)
"""A record that says that it is older was made by a clock that is wrong."""


class BadPacketError(Exception):
    """A datagram that is no accounting request of that client; `reason` is counted."""

    def __init__(self, reason: str) -> None:
        """Say why in one word."""
        super().__init__(reason)
        self.reason = reason


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a packet says: a `record` of a SIM, or of its gateway as a whole (``None``)."""

    record: Record | None
    gateway: str
    imsi: str = ""
    msisdn: str = ""
    address: str = ""


def read_packet(data: bytes, secret: bytes) -> AcctPacket:
    """Read an Accounting-Request and prove that its client knows `secret`.

    Raises:
        BadPacketError: it is none, or was made with another secret.
    """
    if len(data) > LARGEST:
        raise BadPacketError("malformed")
    try:
        packet = AcctPacket(dict=_DICTIONARY, secret=secret, packet=data)
        if packet.code != AccountingRequest:
            raise BadPacketError("malformed")
        proven = packet.VerifyAcctRequest() and (not packet.message_authenticator or packet.verify_message_authenticator())
    except (PacketError, ValueError, IndexError, KeyError, TypeError) as error:
        raise BadPacketError("malformed") from error
    if not proven:
        raise BadPacketError("wrong_secret")
    return packet


def read_told(packet: AcctPacket, source: str, now: datetime) -> Told:
    """Return what a proven `packet` from `source`, received `now`, says.

    Raises:
        BadPacketError: it lacks what every record has (RFC 2866 §5.13).
    """
    kind = _number(packet, "Acct-Status-Type")
    gateway = (_text(packet, "NAS-Identifier") or _text(packet, "NAS-IP-Address") or source)[:_LONGEST]
    if kind in _GATEWAY:
        return Told(record=None, gateway=gateway)
    event, session = _EVENTS.get(kind or 0), _text(packet, "Acct-Session-Id")[:_LONGEST]
    if event is None or not session:
        raise BadPacketError("malformed")
    high = _number(packet, "Acct-Input-Gigawords"), _number(packet, "Acct-Output-Gigawords")
    record = Record(
        event=event,
        session=f"{gateway}/{session}",
        gateway=gateway,
        made_at=_made_at(packet, now),
        received=((high[0] or 0) << 32) + (_number(packet, "Acct-Input-Octets") or 0),
        sent=((high[1] or 0) << 32) + (_number(packet, "Acct-Output-Octets") or 0),
        whole=high != (None, None),
        session_s=_number(packet, "Acct-Session-Time"),
        address=_address(packet),
        cause=CAUSES.get(_number(packet, "Acct-Terminate-Cause") or 0, "") if event is RadiusEvent.STOP else "",
    )
    return Told(
        record=record,
        gateway=gateway,
        imsi=_digits(_text(packet, "3GPP-IMSI")),
        msisdn=_digits(_text(packet, "Calling-Station-Id")),
        address=record.address,
    )


def answer_to(packet: AcctPacket) -> bytes:
    """Return the Accounting-Response (RFC 2866 §4.2)."""
    return bytes(packet.CreateReply().ReplyPacket())


def _value(packet: AcctPacket, name: str) -> Any:  # noqa: ANN401  (pyrad has no types)
    try:
        return packet[name][0]
    except (KeyError, IndexError, ValueError, TypeError, UnicodeError, AttributeError):
        return None


def _number(packet: AcctPacket, name: str) -> int | None:
    value = _value(packet, name)
    return value if type(value) is int else None


def _text(packet: AcctPacket, name: str) -> str:
    value = _value(packet, name)
    return value.rstrip("\0") if isinstance(value, str) else ""


def _digits(text: str) -> str:
    """Return the digits of a number as it is dialled: ``+352 621`` and ``00352621`` are one."""
    return "".join(sign for sign in text if sign.isdigit()).lstrip("0")[:32]


def _address(packet: AcctPacket) -> str:
    try:
        return str(ipaddress.ip_address(_text(packet, "Framed-IP-Address")))
    except ValueError:
        return ""


def _made_at(packet: AcctPacket, now: datetime) -> datetime:
    """Return when the gateway made the record: by its own stamp, else by how long it has tried to send it (RFC 2866 §5.2)."""
    stamp = _number(packet, "Event-Timestamp")
    if stamp is not None:
        made_at = datetime.fromtimestamp(stamp, UTC)
    else:
        made_at = now - timedelta(seconds=_number(packet, "Acct-Delay-Time") or 0)
    return made_at if now - _LATEST <= made_at <= now else now
