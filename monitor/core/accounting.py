"""What the gateway of an APN tells of a SIM's sessions, kept as an account: pure, one record after the other (RFC 2866).

Records come by UDP: late, twice, out of order, or not at all. A session is known by its name; what was told of one that is over
changes nothing, and the late end of an old session says nothing of its successor. Octets are added up by how far the counters of a
session rose, so that no record counts twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec
from msgspec.structs import replace

from monitor.core.observations import RadiusEvent

REMEMBERED: Final = 16
"""Sessions that are over and remembered."""
MOST_OLD: Final = 4
"""Sessions that have a successor and were not ended by their gateway yet."""
_WRAP: Final = 1 << 32
"""Where a counter of 32 bits begins again (RFC 2869 §5.1)."""
_HIGH: Final = 3 << 30
_LOW: Final = 1 << 30


class Booking(StrEnum):
    """What became of a record."""

    TAKEN = "taken"
    REPEATED = "repeated"
    """It says what is known, or is of a session that is over."""
    FALLEN = "fallen"
    """Its counters are lower than before; they are counted on from there."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One accounting record.

    `session` is unique in the network; `made_at` when its `gateway` made the record, `session_s` its seconds since it began;
    `received` and `sent` octets from and to the SIM, which wrap at 32 bits unless `whole`; `cause` of a stop in the words of
    RFC 2866 §5.10.
    """

    event: RadiusEvent
    session: str
    gateway: str
    made_at: datetime
    received: int = 0
    sent: int = 0
    whole: bool = False
    session_s: int | None = None
    address: str = ""
    cause: str = ""


class Counters(msgspec.Struct, frozen=True):
    """Octets of one session as of its newest record, made at `made_at`."""

    session: str
    received: int
    sent: int
    made_at: datetime | None = None


class Account(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of one SIM.

    Attributes:
        up: whether its session `counters.session` at `gateway` is open, since `since`; `address` is that of the last one.
        made_at: when the newest record was made.
        old: sessions that have a successor and are not over.
        ended: names of those that are.
        received, sent: octets since we count.
        month: of `month_octets`, as 2026-11 (UTC); `warned`: that they are too many has been told.
    """

    up: bool = False
    since: datetime | None = None
    made_at: datetime | None = None
    gateway: str = ""
    address: str = ""
    counters: Counters = Counters("", 0, 0)
    old: tuple[Counters, ...] = ()
    ended: tuple[str, ...] = ()
    received: int = 0
    sent: int = 0
    month: str = ""
    month_octets: int = 0
    warned: bool = False


UNKNOWN: Final = Account()


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """The account after a record: what became of it, and what the health model is to see (``None``: nothing)."""

    account: Account
    booking: Booking = Booking.TAKEN
    seen: RadiusEvent | None = None


def book(account: Account, record: Record, now: datetime) -> Booked:
    """Return `account` after `record`, received `now`."""
    name = record.session
    if name in account.ended:
        return Booked(account=account, booking=Booking.REPEATED)
    if account.up and name == account.counters.session:
        return _current(account, record, now)
    before = next((one for one in account.old if one.session == name), None)
    if before is not None:
        return _older(account, before, record, now)
    if account.made_at is not None and record.made_at < account.made_at:
        return _older(account, _first(record, now), record, now)
    return _new(account, record, now)


def _current(account: Account, record: Record, now: datetime) -> Booked:
    """A record of the session under way."""
    told = account.made_at is not None and record.made_at <= account.made_at
    if record.event is RadiusEvent.START or (
        told and record.event is RadiusEvent.INTERIM and _octets(record) <= account.counters.received + account.counters.sent
    ):
        return Booked(account=account, booking=Booking.REPEATED)
    counters, gained, fell = _counted(account.counters, record)
    after = replace(_added(account, gained, now), counters=counters, made_at=_latest(account, record))
    if record.address:
        after = replace(after, address=record.address)
    booking = Booking.FALLEN if fell else Booking.TAKEN
    if record.event is RadiusEvent.INTERIM:
        return Booked(account=after, booking=booking, seen=RadiusEvent.INTERIM)
    return Booked(account=_ended(replace(after, up=False), record.session), booking=booking, seen=RadiusEvent.STOP)


def _older(account: Account, before: Counters, record: Record, now: datetime) -> Booked:
    """A record of a session that has a successor: its octets count, and nothing else."""
    counters, gained, fell = _counted(before, record)
    others = tuple(one for one in account.old if one.session != record.session)
    after = _added(account, gained, now)
    if record.event is RadiusEvent.STOP:
        after = _ended(replace(after, old=others), record.session)
    else:
        after = replace(after, old=(*others, counters)[-MOST_OLD:])
    return Booked(account=after, booking=Booking.FALLEN if fell else Booking.TAKEN)


def _new(account: Account, record: Record, now: datetime) -> Booked:
    """A record of a session that is not known; its start may have been lost."""
    counters, gained, _ = _counted(_first(record, now), record)
    after = replace(_added(account, gained, now), made_at=_latest(account, record), address=record.address or account.address)
    if account.up:
        after = replace(after, old=(*account.old, account.counters)[-MOST_OLD:])
    if record.event is RadiusEvent.STOP:
        if account.up:
            return Booked(account=_ended(replace(after, old=account.old), record.session))
        return Booked(account=_ended(replace(after, up=False), record.session), seen=RadiusEvent.STOP)
    began = record.made_at - timedelta(seconds=record.session_s or 0)
    after = replace(after, up=True, since=began, gateway=record.gateway, counters=counters)
    return Booked(account=after, seen=RadiusEvent.START)


def gateway_down(account: Account, gateway: str, at: datetime) -> Booked:
    """Return `account` after its `gateway` said that it starts or ends (Accounting-On, -Off): it has no sessions then."""
    if not account.up or account.gateway != gateway:
        return Booked(account=account, booking=Booking.REPEATED)
    after = _ended(replace(account, up=False, made_at=at), account.counters.session)
    return Booked(account=after, seen=RadiusEvent.STOP)


def _ended(account: Account, session: str) -> Account:
    return replace(account, ended=(*account.ended, session)[-REMEMBERED:])


def _latest(account: Account, record: Record) -> datetime:
    return record.made_at if account.made_at is None else max(record.made_at, account.made_at)


def _octets(record: Record) -> int:
    return record.received + record.sent


def _first(record: Record, now: datetime) -> Counters:
    """Return from where a session is counted of which nothing is known: from its beginning, if that was in this month."""
    began = record.made_at - timedelta(seconds=record.session_s or 0)
    if (began.year, began.month) == (now.year, now.month):
        return Counters(record.session, 0, 0)
    return Counters(record.session, record.received, record.sent)


def _counted(before: Counters, record: Record) -> tuple[Counters, tuple[int, int], bool]:
    """Return the counters after `record`, what was gained, and whether one fell; in a record that comes late none does."""
    late = before.made_at is not None and record.made_at <= before.made_at
    received, more, fell = _risen(before.received, record.received, whole=record.whole)
    sent, sent_more, sent_fell = _risen(before.sent, record.sent, whole=record.whole)
    if late and (fell or sent_fell):
        return before, (0, 0), False
    made_at = before.made_at if late else record.made_at
    return Counters(record.session, received, sent, made_at), (more, sent_more), fell or sent_fell


def _risen(before: int, told: int, *, whole: bool) -> tuple[int, int, bool]:
    """Return a counter as it is now, how far it rose, and whether it fell; one of 32 bits may have begun again."""
    if not whole:
        told += before - before % _WRAP
        if told < before and before % _WRAP > _HIGH and told % _WRAP < _LOW:
            told += _WRAP
    if told >= before:
        return told, told - before, False
    return told, 0, True


def _added(account: Account, gained: tuple[int, int], now: datetime) -> Account:
    month = f"{now.year:04}-{now.month:02}"
    same = month == account.month
    return replace(
        account,
        received=account.received + gained[0],
        sent=account.sent + gained[1],
        month=month,
        month_octets=(account.month_octets if same else 0) + sum(gained),
        warned=account.warned and same,
    )
