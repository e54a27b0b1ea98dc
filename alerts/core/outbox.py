"""The life of one delivery: from the decision to tell somebody to what the provider says became of it.

A table of transitions and nothing else: who is told in which words was decided before, and who sends is elsewhere. At least once
and at most twice: after an outcome that is not known the provider is asked, and only where it cannot say is it sent again, once.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import Final, assert_never

import msgspec
from msgspec.structs import replace

from alerts.core.delivery import Fact, Message, Outcome, Rejected, Retry, Sent, Unknown
from alerts.core.model import Letter, Notification, Way
from alerts.core.severity import Severity

RETRIES_S: Final = (1.0, 5.0, 15.0, 30.0, 60.0)
"""Pauses before it is tried again; the last again and again."""
SECOND_WAY_S: Final = 30.0
"""A way whose next try, or question about it, would come later than this is joined by the next one at once: either may take half a
minute (`courier.SEND_S`), and the next way is to be tried within a minute."""
GIVE_UP_S: Final = 900.0
"""So long after it was first tried a way is given up; the escalation has gone on meanwhile."""
LETTERS_PAUSE_S: Final = 900.0
LETTER_GIVE_UP_S: Final = 86_400.0
"""A letter has no other way, and nobody is told instead: after the usual pauses it is tried every quarter of an hour, for a day."""
ASK_S: Final = 5.0
"""How long a provider is given before it is asked what became of a message."""
MOST_ASKED: Final = 3
LEASE_S: Final = 60.0
"""Whoever sends has so long; a delivery whose sender died is taken up after that, or when the next courier begins."""

FARTHEST: Final = timedelta(seconds=GIVE_UP_S + LEASE_S)
"""Nothing waits for longer; what seems to has had the clock set back under it."""
LETTERS: Final = "letter/"
"""What the keys of letters begin with."""
SHORT: Final = 150
"""Characters of a letter's subject where only a line of it is shown."""


class Stand(StrEnum):
    """Where a delivery is."""

    QUEUED = "queued"
    LEASED = "leased"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"


FINAL: Final = frozenset({Stand.DELIVERED, Stand.FAILED})
WAITING: Final = frozenset({Stand.QUEUED, Stand.LEASED, Stand.UNKNOWN})
"""Stands in which something is still to be done."""


class Report(StrEnum):
    """What a provider says later of a message, each of which proves that it took it."""

    TAKEN = "taken"
    DELIVERED = "delivered"
    FAILED = "failed"


class Delivery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message on its way.

    Attributes:
        id: unguessable enough to stand in an address, the same for the same decision and way.
        notification: the key of what was decided.
        alert: its alert; 0: it is of none.
        person: who is told.
        way: how.
        rest: the ways that are tried after this one.
        message: the words.
        created_at: when it was decided, `begun_at` when it was first tried.
        stand: where it is, and `next_at` when something is to be done (of a leased one: when the lease ends).
        attempts: how often it was sent; `asked` how often the provider was asked about the last one.
        reference: the provider's name for it.
        opened: whether the next way has been opened.
        repeated: whether it was sent again after a doubt.
        why: what was wrong last.
    """

    id: str
    notification: str
    alert: int
    person: str
    way: Way
    message: Message
    created_at: datetime
    next_at: datetime
    rest: tuple[Way, ...] = ()
    stand: Stand = Stand.QUEUED
    attempts: int = 0
    asked: int = 0
    begun_at: datetime | None = None
    reference: str = ""
    opened: bool = False
    repeated: bool = False
    why: str = ""

    @property
    def is_letter(self) -> bool:
        """Whether it is a letter, which is no alert's."""
        return self.notification.startswith(LETTERS)


def delivery_id(notification: str, way: Way) -> str:
    """Return the id of what is sent by `way` because of a decision; a letter has one way, and is the same whatever its address."""
    return _hashed(notification if notification.startswith(LETTERS) else f"{notification}|{way.medium}|{way.address}")


def letter_key(key: str) -> str:
    """Return the key of what was decided for the letter that its writer calls `key`."""
    return f"{LETTERS}{key}"


def letter_id(key: str) -> str:
    """Return the id of the delivery of that letter."""
    return _hashed(letter_key(key))


def _hashed(text: str) -> str:
    return blake2b(text.encode(), digest_size=15).hexdigest()


def as_written(letter: Letter) -> Message:
    """Return a letter as it goes out: in its own words; a program reads what it is about in its only fact."""
    words = {"summary": letter.title, "description": letter.text}
    told = () if letter.since is None else (Fact(labels=letter.labels, annotations=words, since=letter.since, url=letter.url),)
    return Message(
        id="",
        to="",
        language=letter.language,
        short=letter.title[:SHORT],
        title=letter.title,
        text=letter.text,
        severity=Severity.TICKET,
        thread=letter.thread,
        url=letter.url,
        facts=told,
        by_hand=True,
    )


def delivery_of(notification: Notification, message: Message) -> Delivery:
    """Return the first delivery of a notification, in the words of `message`."""
    way, *rest = notification.ways
    return _opened(notification.key, notification.alert, notification.person, way, tuple(rest), message, notification.at)


def _opened(  # noqa: PLR0913, PLR0917  (what a delivery consists of)
    key: str, alert: int, person: str, way: Way, rest: tuple[Way, ...], message: Message, at: datetime
) -> Delivery:
    number = delivery_id(key, way)
    return Delivery(
        id=number,
        notification=key,
        alert=alert,
        person=person,
        way=way,
        rest=rest,
        message=dataclasses.replace(message, id=number, to=way.address),
        created_at=at,
        next_at=at,
    )


def leased(delivery: Delivery, now: datetime) -> Delivery:
    """Return `delivery` in the hands of a sender."""
    return replace(
        delivery,
        stand=Stand.LEASED,
        attempts=delivery.attempts + 1,
        asked=0,
        begun_at=delivery.begun_at or now,
        next_at=now + timedelta(seconds=LEASE_S),
    )


def inherited(delivery: Delivery, now: datetime) -> Delivery:
    """Return a waiting `delivery` as the next courier takes it over: what was in the hands of the last one is in doubt at once."""
    if delivery.stand is Stand.LEASED:
        return abandoned(delivery, now)
    if delivery.stand is Stand.UNKNOWN:
        return replace(delivery, next_at=min(delivery.next_at, now + timedelta(seconds=ASK_S)))
    return delivery


def abandoned(delivery: Delivery, now: datetime) -> Delivery:
    """Return `delivery` after its sender died: nobody knows whether it went out."""
    ask_at = now + timedelta(seconds=ASK_S)
    return replace(delivery, stand=Stand.UNKNOWN, asked=1, next_at=ask_at, why="the sender was interrupted")


def settle(delivery: Delivery, outcome: Outcome, now: datetime) -> tuple[Delivery, Delivery | None]:
    """Return `delivery` after `outcome` of sending it or of asking about it, and the delivery by the next way that this opens.

    What its provider has said of it meanwhile stays.
    """
    if delivery.stand in FINAL or (delivery.stand is Stand.SENT and not isinstance(outcome, Sent)):
        return delivery, None
    match outcome:
        case Sent():
            return replace(delivery, stand=Stand.SENT, reference=outcome.reference, why=""), None
        case Rejected():
            return _next_way(replace(delivery, stand=Stand.FAILED, why=outcome.why), now)
        case Retry():
            return _again(replace(delivery, why=outcome.why), outcome.after_s or 0.0, now)
        case Unknown():
            return _doubtful(replace(delivery, why=outcome.why), now)
        case _:
            assert_never(outcome)


def _again(delivery: Delivery, least_s: float, now: datetime) -> tuple[Delivery, Delivery | None]:
    """Try it again after a pause, and the next way beside it when it takes too long."""
    pauses, give_up_s = ((*RETRIES_S, LETTERS_PAUSE_S), LETTER_GIVE_UP_S) if delivery.is_letter else (RETRIES_S, GIVE_UP_S)
    pause = max(least_s, pauses[min(delivery.attempts, len(pauses)) - 1])
    next_at = now + timedelta(seconds=pause)
    if next_at > (delivery.begun_at or delivery.created_at) + timedelta(seconds=give_up_s):
        return _next_way(replace(delivery, stand=Stand.FAILED), now)
    waiting = replace(delivery, stand=Stand.QUEUED, next_at=next_at)
    return _next_way(waiting, now) if _too_late(waiting) else (waiting, None)


def _too_late(delivery: Delivery) -> bool:
    return delivery.next_at > delivery.created_at + timedelta(seconds=SECOND_WAY_S)


def _doubtful(delivery: Delivery, now: datetime) -> tuple[Delivery, Delivery | None]:
    """Ask the provider a few times, the next way beside it when that takes long; where there is none, send it again once."""
    if delivery.asked < MOST_ASKED:
        ask_at = now + timedelta(seconds=ASK_S * (delivery.asked + 1))
        doubted = replace(delivery, stand=Stand.UNKNOWN, asked=delivery.asked + 1, next_at=ask_at)
        return _next_way(doubted, now) if _too_late(doubted) else (doubted, None)
    if delivery.rest and not delivery.opened:
        return _next_way(replace(delivery, stand=Stand.FAILED), now)
    if delivery.repeated or delivery.opened:
        return replace(delivery, stand=Stand.FAILED), None
    return replace(delivery, stand=Stand.QUEUED, next_at=now, repeated=True), None


def _next_way(delivery: Delivery, now: datetime) -> tuple[Delivery, Delivery | None]:
    if delivery.opened or not delivery.rest:
        return delivery, None
    way, *rest = delivery.rest
    after = _opened(delivery.notification, delivery.alert, delivery.person, way, tuple(rest), delivery.message, now)
    return replace(delivery, opened=True), after


def reported(delivery: Delivery, report: Report, why: str, now: datetime) -> tuple[Delivery, Delivery | None]:
    """Return `delivery` after what its provider says of it, in whatever order that comes: what is final stays."""
    if delivery.stand in FINAL:
        return delivery, None
    match report:
        case Report.TAKEN:
            return (delivery if delivery.stand is Stand.SENT else replace(delivery, stand=Stand.SENT, why="")), None
        case Report.DELIVERED:
            return replace(delivery, stand=Stand.DELIVERED, why=""), None
        case Report.FAILED:
            return _next_way(replace(delivery, stand=Stand.FAILED, why=why), now)
        case _:
            assert_never(report)
