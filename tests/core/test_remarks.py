"""What is told of a station and moves no verdict: each remark becomes an event, and what is no news becomes none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from monitor.core.events import (
    CallbackChanged,
    CommandMoved,
    ContestNoted,
    ProfileNoted,
    ProgressNoted,
    SecurityNoted,
    VolumeExceeded,
)
from monitor.core.health_state import Callback
from monitor.core.observations import (
    CallbackTold,
    CommandTold,
    IdentityContested,
    ProfileMissed,
    ProgressReported,
    SecurityReported,
    VolumeSeen,
    Work,
)
from tests.core.lives import Life

if TYPE_CHECKING:
    from monitor.core.events import Event
    from monitor.core.observations import Observation

HERE = "http://10.0.0.7:8080/cp"
THERE = "http://10.0.0.9:8080/cp"

REMARKS: list[tuple[type[Observation], type[Event], dict[str, Any]]] = [
    (SecurityReported, SecurityNoted, {"event": "InvalidCsmsCertificate", "info": "expired"}),
    (ProgressReported, ProgressNoted, {"work": Work.FIRMWARE, "status": "Downloading"}),
    (
        CommandTold,
        CommandMoved,
        {"command": "C1", "action": "reset", "state": "sent", "who": "anna", "said": "Accepted"},
    ),
    (VolumeSeen, VolumeExceeded, {"month": "2026-05", "octets": 60_000_000, "limit": 50_000_000}),
    (IdentityContested, ContestNoted, {"address": "10.0.0.8", "times": 3}),
    (ProfileMissed, ProfileNoted, {"address": "10.0.0.8", "times": 3}),
]


@pytest.mark.parametrize(("seen", "told", "fields"), REMARKS, ids=[seen.__name__ for seen, _, _ in REMARKS])
def test_a_remark_is_told_as_it_was_made_and_moves_no_verdict(
    seen: type[Observation], told: type[Event], fields: dict[str, Any]
) -> None:
    life = Life().online()
    before = life.state.state, life.state.since, life.state.evidence
    assert life.see(60, seen, **fields) == [told(at=life.instant(60), **fields)]
    assert (life.state.state, life.state.since, life.state.evidence) == before


def test_that_a_station_does_nothing_is_no_news() -> None:
    assert Life().online().see(60, ProgressReported, work=Work.DIAGNOSTICS, status="Idle") == []


# ---------------------------------------------------------------------------------------------------------- where it listens


def listening(*addresses: str) -> Life:
    """A station that says each minute where it listens."""
    life = Life().online()
    for minute, url in enumerate(addresses, 1):
        life.see(60 * minute, CallbackTold, url=url, protocol="1.5")
    return life


def test_an_address_that_is_told_again_is_no_news_and_keeps_since_when_it_has_been() -> None:
    life = listening(HERE, HERE)
    assert life.events == [CallbackChanged(at=life.instant(60), url=HERE)]
    assert life.state.callback == Callback(url=HERE, protocol="1.5", since=life.instant(60))


def test_another_address_is_news_and_says_which_one_was_before() -> None:
    life = listening(HERE, THERE)
    assert life.last(CallbackChanged) == CallbackChanged(at=life.instant(120), url=THERE, before=HERE)
    assert life.state.callback == Callback(url=THERE, protocol="1.5", since=life.instant(120))


def test_an_address_that_is_told_again_in_another_version_is_no_news_but_is_called_in_that() -> None:
    life = listening(HERE)
    assert life.see(120, CallbackTold, url=HERE, protocol="1.6", here="http://us/") == []
    assert life.state.callback == Callback(url=HERE, protocol="1.6", since=life.instant(60), here="http://us/")
