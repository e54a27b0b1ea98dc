"""What shows that a command was done, and what does not: a row an action and a thing that may be seen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from monitor.core.commands import Action, Order
from monitor.core.confirmations import Evidence, Sent, Uploaded, sight_of
from monitor.core.observations import (
    Alive,
    Booted,
    ConnectorReported,
    ProgressReported,
    SessionEnded,
    SessionStarted,
    Status,
    Work,
)
from tests.support.clocks import START

LATER = START + timedelta(seconds=5)
LONG_AGO = START - timedelta(hours=1)


def status(word: Status, connector: str = "1", error: str = "") -> ConnectorReported:
    return ConnectorReported(at=LATER, connector=connector, status=word, error=error)


def progress(work: Work, word: str) -> ProgressReported:
    return ProgressReported(at=LATER, work=work, status=word)


ALIVE, BOOT = Alive(at=LATER), Booted(at=LATER)
OUT = {"type": "inoperative", "connector": "1"}
ROWS: list[tuple[Action, dict[str, Any], Evidence, tuple[bool, str] | None]] = [
    (Action.REFRESH, {}, status(Status.AVAILABLE, "2"), (True, "2: Available")),
    (Action.REFRESH, {"connector": "1"}, status(Status.AVAILABLE, "2"), None),
    (Action.REFRESH, {"connector": "1"}, status(Status.AVAILABLE, "1.1"), (True, "1: Available")),
    (Action.REFRESH, {"connector": "2.1"}, status(Status.AVAILABLE, "2"), (True, "2.1: Available")),
    (Action.REFRESH, {}, ALIVE, None),
    (Action.UNLOCK, {"connector": "1"}, status(Status.AVAILABLE), (True, "1: Available")),
    (Action.UNLOCK, {"connector": "1"}, status(Status.OCCUPIED), None),
    (Action.UNLOCK, {"connector": "1"}, status(Status.FAULTED, error="GroundFailure"), None),
    (
        Action.UNLOCK,
        {"connector": "1"},
        status(Status.FAULTED, error="ConnectorLockFailure"),
        (False, "1: Faulted ConnectorLockFailure"),
    ),
    (Action.UNLOCK, {"connector": "1"}, BOOT, None),
    (Action.REMOTE_START, {}, SessionStarted(at=LATER, connector="2", transaction="7"), (True, "2: transaction 7")),
    (Action.REMOTE_START, {"connector": "1"}, SessionStarted(at=LATER, connector="2", transaction="7"), None),
    (Action.REMOTE_START, {"connector": "1"}, SessionStarted(at=LATER, connector="", transaction="7"), (True, "1: transaction 7")),
    (Action.REMOTE_START, {}, SessionStarted(at=LATER, connector="", transaction="7"), (True, "transaction 7")),
    (Action.REMOTE_START, {}, SessionStarted(at=LATER, connector="2", transaction="7", stamped=LONG_AGO), None),
    (Action.REMOTE_START, {}, BOOT, None),
    (Action.REMOTE_STOP, {}, SessionEnded(at=LATER, transaction="9", reason="Remote"), (True, "Remote")),
    (Action.REMOTE_STOP, {}, SessionEnded(at=LATER, transaction="8"), None),
    (Action.RESET, {"type": "soft"}, BOOT, (True, "")),
    (Action.RESET, {"type": "soft"}, Booted(at=LATER, reason="Triggered"), None),
    (Action.RESET, {"type": "soft"}, ALIVE, None),
    (Action.CHANGE_AVAILABILITY, OUT, status(Status.UNAVAILABLE), (True, "1: Unavailable")),
    (Action.CHANGE_AVAILABILITY, OUT, status(Status.AVAILABLE), None),
    (Action.CHANGE_AVAILABILITY, OUT, status(Status.FAULTED), None),  # a fault hides whether it is out of service
    (Action.CHANGE_AVAILABILITY, OUT, ALIVE, None),
    (Action.CHANGE_AVAILABILITY, OUT | {"type": "operative"}, status(Status.CHARGING), (True, "1: Charging")),
    (Action.CHANGE_AVAILABILITY, OUT | {"type": "operative"}, status(Status.FAULTED), None),
    (Action.DIAGNOSTICS, {}, Uploaded("d.zip", 7), (True, "d.zip 7 bytes")),
    (Action.DIAGNOSTICS, {}, progress(Work.DIAGNOSTICS, "Uploaded"), None),
    (Action.DIAGNOSTICS, {"location": "ftp://x/"}, progress(Work.DIAGNOSTICS, "Uploaded"), (True, "Uploaded")),
    (Action.DIAGNOSTICS, {}, progress(Work.DIAGNOSTICS, "UploadFailed"), (False, "UploadFailed")),
    (Action.DIAGNOSTICS, {}, progress(Work.FIRMWARE, "Installed"), None),
    (Action.FIRMWARE, {"location": "x"}, progress(Work.FIRMWARE, "Installed"), (True, "Installed")),
    (Action.FIRMWARE, {"location": "x"}, progress(Work.FIRMWARE, "InvalidSignature"), (False, "InvalidSignature")),
    (Action.FIRMWARE, {"location": "x"}, Booted(at=LATER, firmware="2.0"), (True, "2.0")),
    (Action.FIRMWARE, {"location": "x"}, Booted(at=LATER, firmware="1.0"), None),
    (Action.FIRMWARE, {"location": "x"}, ALIVE, None),
    (Action.CLEAR_CACHE, {}, BOOT, None),
]


@pytest.mark.parametrize(("action", "fields", "seen", "sight"), ROWS)
def test_what_is_seen(action: Action, fields: dict[str, Any], seen: Evidence, sight: tuple[bool, str] | None) -> None:
    sent = Sent(order=Order(action=action, **fields), at=START, transaction="9", firmware="1.0")
    found = sight_of(sent, seen)
    assert (None if found is None else (found.done, found.said)) == sight
