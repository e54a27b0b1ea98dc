"""A station without a breach, or never heard: what is asked of it is answered with nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from monitor.core.continuity import clear_breach, recause, relapse
from monitor.core.health_state import UNHEARD, HealthState
from monitor.core.incidents import Scope
from monitor.core.membership import joined
from monitor.core.observations import IncidentJoined
from monitor.core.policy import Policy
from monitor.core.timing import listened_until
from monitor.core.turn import Turn
from tests.support.clocks import START

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("change", [clear_breach, recause, relapse])
def test_without_a_breach_there_is_nothing_to_change(change: Callable[[HealthState, Turn], HealthState]) -> None:
    turn = Turn(Policy(), START)
    assert change(UNHEARD, turn) is UNHEARD
    assert turn.events == []


def test_who_was_never_heard_is_not_waited_for() -> None:
    assert listened_until(UNHEARD, Policy(), UNHEARD.last_seen) is None


def test_who_was_never_heard_is_silent_since_its_incident_was_told() -> None:
    turn = Turn(Policy(), START)
    seen = IncidentJoined(at=START, incident="I1", scope=Scope.APN, since=START)
    after = joined(HealthState(told=True), seen, turn)
    assert after.breached
    assert after.silent_since == START
