"""What must be seen after a command for it to be done: pure, one function an action.

It sees what a station says from the sending on, before it is judged and whether or not it is news: a status that is the same as
before confirms a refresh. What a station queued while it was cut off was made before and confirms nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec

from monitor.core.commands import Action, Order
from monitor.core.observations import (
    Booted,
    ConnectorReported,
    Observation,
    ProgressReported,
    SessionEnded,
    SessionStarted,
    Status,
    Work,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Sight(msgspec.Struct, frozen=True):
    """What was seen: it was `done`, or it was not; `said` is what the station said or did, in its own words."""

    done: bool
    said: str


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A command on its way: when it was sent, the transaction that it is about, the firmware that the station had."""

    order: Order
    at: datetime
    transaction: str = ""
    firmware: str = ""


class Uploaded(msgspec.Struct, frozen=True):
    """A file that came to the address which the command gave; `size` in bytes."""

    name: str
    size: int


Evidence = Observation | Uploaded
"""What can speak for a command or against it."""


_STILL_IN: Final = frozenset({Status.PREPARING, Status.CHARGING, Status.SUSPENDED_EV, Status.SUSPENDED_EVSE, Status.OCCUPIED})
"""Statuses in which the plug is still held."""
_BY_ITSELF: Final = "Triggered"
"""Reason of a Boot that was asked for and is no start (OCPP 2.0.1 part 2, BootReasonEnumType)."""
_EARLIER_S: Final = 60.0
"""A record that its station stamped so much before the sending was made before; a smaller difference may be the clocks'."""


def sight_of(sent: Sent, seen: Evidence) -> Sight | None:
    """Return what `seen` says of the command, ``None`` if it says nothing."""
    judge = _JUDGES.get(sent.order.action)
    return None if judge is None else judge(sent, seen)


def _at(order: Order, connector: str) -> bool:
    """Say whether what happened at `connector` is about the order's; an EVSE with one connector goes by both names."""
    wanted = order.connector
    if wanted in ("", "0"):
        return True
    return connector in (wanted, f"{wanted}.1") or f"{connector}.1" == wanted


def _made_before(sent: Sent, stamped: datetime | None) -> bool:
    return stamped is not None and (sent.at - stamped).total_seconds() > _EARLIER_S


def _words(sent: Sent, seen: ConnectorReported) -> str:
    return f"{_name(sent.order, seen.connector)}: {seen.status}" + (f" {seen.error}" if seen.error else "")


def _name(order: Order, connector: str) -> str:
    """Return what happened at `connector` as the order spells it: a message of 2.x names more than the house does."""
    return order.connector if order.connector not in ("", "0") else connector


def _refresh(sent: Sent, seen: Evidence) -> Sight | None:
    if isinstance(seen, ConnectorReported) and _at(sent.order, seen.connector):
        return Sight(done=True, said=_words(sent, seen))
    return None


def _unlock(sent: Sent, seen: Evidence) -> Sight | None:
    if not isinstance(seen, ConnectorReported) or seen.connector == "0" or not _at(sent.order, seen.connector):
        return None
    if seen.error == "ConnectorLockFailure":
        return Sight(done=False, said=_words(sent, seen))
    return None if seen.status in _STILL_IN or seen.status is Status.FAULTED else Sight(done=True, said=_words(sent, seen))


def _started(sent: Sent, seen: Evidence) -> Sight | None:
    """A session may say later where it is (OCPP 2.0.1 part 2, E02)."""
    if not isinstance(seen, SessionStarted) or _made_before(sent, seen.stamped):
        return None
    if seen.connector and not _at(sent.order, seen.connector):
        return None
    return Sight(done=True, said=f"{_name(sent.order, seen.connector)}: transaction {seen.transaction}".lstrip(": "))


def _stopped(sent: Sent, seen: Evidence) -> Sight | None:
    if isinstance(seen, SessionEnded) and seen.transaction == sent.transaction:
        return Sight(done=True, said=seen.reason)
    return None


def _reset(_sent: Sent, seen: Evidence) -> Sight | None:
    if isinstance(seen, Booted) and seen.reason != _BY_ITSELF:
        return Sight(done=True, said=seen.reason or "")
    return None


def _available(sent: Sent, seen: Evidence) -> Sight | None:
    if not isinstance(seen, ConnectorReported) or not _at(sent.order, seen.connector):
        return None
    out = seen.status is Status.UNAVAILABLE
    if out is (sent.order.type == "inoperative") and seen.status is not Status.FAULTED:
        return Sight(done=True, said=_words(sent, seen))
    return None


def _diagnostics(sent: Sent, seen: Evidence) -> Sight | None:
    """A file that was to come to us has come when it is here, not when the station says so."""
    if isinstance(seen, Uploaded):
        return Sight(done=True, said=f"{seen.name} {seen.size} bytes")
    return _work(seen, Work.DIAGNOSTICS, frozenset({"Uploaded"}) if sent.order.location else frozenset())


def _firmware(sent: Sent, seen: Evidence) -> Sight | None:
    """Some stations say that it is installed, others only start with another one."""
    if isinstance(seen, Booted) and seen.firmware and sent.firmware not in ("", seen.firmware):
        return Sight(done=True, said=seen.firmware)
    return _work(seen, Work.FIRMWARE, frozenset({"Installed"}))


def _work(seen: Evidence, work: Work, done: frozenset[str]) -> Sight | None:
    if not isinstance(seen, ProgressReported) or seen.work is not work:
        return None
    if seen.status in done:
        return Sight(done=True, said=seen.status)
    return Sight(done=False, said=seen.status) if seen.status in FAILURES else None


FAILURES: Final = frozenset(
    {
        *("UploadFailed", "UploadFailure", "BadMessage", "NotSupportedOperation", "PermissionDenied"),
        *("DownloadFailed", "InstallationFailed", "InstallVerificationFailed", "InvalidSignature", "RevokedCertificate"),
        "InvalidCertificate",
    }
)
"""Ends of an upload or of an installation that are none (OCPP 1.6 §7.24 and §7.25 and its security whitepaper, 2.0.1 part 2)."""
_JUDGES: Final[Mapping[Action, Callable[[Sent, Evidence], Sight | None]]] = {
    Action.REFRESH: _refresh,
    Action.UNLOCK: _unlock,
    Action.REMOTE_START: _started,
    Action.REMOTE_STOP: _stopped,
    Action.RESET: _reset,
    Action.CHANGE_AVAILABILITY: _available,
    Action.DIAGNOSTICS: _diagnostics,
    Action.FIRMWARE: _firmware,
}
