"""Connectors and sessions."""

from __future__ import annotations

import pytest

from monitor.core.events import ChargingEnded, ChargingStarted, ConnectorChanged
from monitor.core.health import step
from monitor.core.health_state import UNHEARD
from monitor.core.observations import ConnectorReported, SessionEnded, SessionStarted, Status
from monitor.core.policy import Policy
from monitor.core.service_state import MAX_CONNECTORS, MAX_ENDED
from tests.core.lives import Life, kinds
from tests.support.clocks import START


def test_a_changed_status_is_told_and_an_equal_one_only_confirms() -> None:
    life = Life().online()
    assert kinds(life.see(1, ConnectorReported, connector="1", status=Status.AVAILABLE)) == ["ConnectorChanged"]
    assert life.see(5, ConnectorReported, connector="1", status=Status.AVAILABLE) == []
    (one,) = life.state.connectors
    assert (one.since, one.reported_at) == (life.instant(1), life.instant(5))


def test_a_new_error_in_the_same_status_is_told_and_the_status_keeps_its_age() -> None:
    life = Life().online()
    life.see(1, ConnectorReported, connector="1", status=Status.FAULTED, error="OtherError")
    (changed,) = life.see(9, ConnectorReported, connector="1", status=Status.FAULTED, error="GroundFailure", info="RCD")
    assert isinstance(changed, ConnectorChanged)
    assert (changed.error, changed.info) == ("GroundFailure", "RCD")
    assert life.state.connectors[0].since == life.instant(1)


def test_connectors_stand_in_the_order_of_their_numbers() -> None:
    life = Life().online()
    for name in ("10", "2", "0"):
        life.see(1, ConnectorReported, connector=name, status=Status.AVAILABLE)
    assert [one.connector for one in life.state.connectors] == ["0", "2", "10"]


def test_a_station_that_names_endless_connectors_is_not_believed() -> None:
    life = Life().online()
    for number in range(MAX_CONNECTORS + 5):
        life.see(1, ConnectorReported, connector=str(number), status=Status.AVAILABLE)
    assert len(life.state.connectors) == MAX_CONNECTORS
    assert life.see(2, ConnectorReported, connector="999", status=Status.FAULTED) == [], "and writes no events for them"
    assert life.see(2, SessionStarted, connector="999", transaction="7") == []


def test_a_session_opens_and_ends_with_its_energy() -> None:
    life = Life().online()
    life.see(1, ConnectorReported, connector="1", status=Status.CHARGING)
    (started,) = life.see(2, SessionStarted, connector="1", transaction="7", meter_wh=1000)
    assert isinstance(started, ChargingStarted)
    assert life.see(3, SessionStarted, connector="1", transaction="7", meter_wh=1000) == []
    (ended,) = life.see(9, SessionEnded, transaction="7", meter_wh=3500, reason="EVDisconnected")
    assert isinstance(ended, ChargingEnded)
    assert (ended.connector, ended.energy_wh, ended.reason) == ("1", 2500, "EVDisconnected")
    assert life.state.connectors[0].session is None
    assert life.state.connectors[0].status is Status.CHARGING


def test_a_session_on_a_connector_that_never_reported_is_kept() -> None:
    life = Life().online()
    life.see(2, SessionStarted, connector="2", transaction="7")
    (one,) = life.state.connectors
    assert (one.connector, one.status) == ("2", Status.UNKNOWN)
    life.see(3, ConnectorReported, connector="2", status=Status.CHARGING)
    assert life.state.connectors[0].session is not None


def test_the_end_of_an_unknown_session_is_told_all_the_same() -> None:
    life = Life().online()
    (ended,) = life.see(9, SessionEnded, transaction="99", meter_wh=5)
    assert isinstance(ended, ChargingEnded)
    assert (ended.connector, ended.energy_wh) == ("", None)


def test_a_repeated_end_is_told_once() -> None:
    """A station that never saw the answer says it again under a new message id."""
    life = Life().online()
    life.see(2, SessionStarted, connector="1", transaction="7", meter_wh=1000)
    assert len(life.see(9, SessionEnded, transaction="7", meter_wh=3500)) == 1
    assert life.see(12, SessionEnded, transaction="7", meter_wh=3500) == []


@pytest.mark.parametrize("number", ["0", "-1"])
def test_transactions_without_a_number_are_others_each_time(number: str) -> None:
    life = Life().online()
    for at in (2, 20):
        (begun,) = life.see(at, SessionStarted, connector="1", transaction=number, meter_wh=at, stamped=life.instant(at))
        (ended,) = life.see(at + 5, SessionEnded, transaction=number, meter_wh=at + 100)
        assert isinstance(begun, ChargingStarted)
        assert isinstance(ended, ChargingEnded)
        assert ended.energy_wh == 100


def test_a_platform_that_gives_a_second_number_to_a_repeated_beginning_has_one_session() -> None:
    life = Life().online()
    life.see(2, SessionStarted, connector="1", transaction="7", meter_wh=1000, stamped=life.instant(1))
    assert life.see(6, SessionStarted, connector="1", transaction="8", meter_wh=1000, stamped=life.instant(1)) == []
    (ended,) = life.see(9, SessionEnded, transaction="8", meter_wh=3500)
    assert isinstance(ended, ChargingEnded)
    assert (ended.connector, ended.energy_wh) == ("1", 2500)


def test_a_late_message_opens_no_session_that_has_ended() -> None:
    life = Life().online()
    life.see(2, SessionStarted, connector="1", transaction="T")
    life.see(3, SessionEnded, transaction="T")
    assert life.see(4, SessionStarted, connector="1", transaction="T") == []
    assert life.state.connectors[0].session is None
    assert kinds(life.see(5, SessionEnded, transaction="early")) == ["ChargingEnded"]
    assert life.see(6, SessionStarted, connector="1", transaction="early") == [], "its end overtook it"
    for number in range(MAX_ENDED + 3):
        life.see(7, SessionEnded, transaction=f"other-{number}")
        life.see(7, SessionEnded, transaction=f"other-{number}")
    assert life.state.ended == tuple(f"other-{number}" for number in range(3, MAX_ENDED + 3))
    assert kinds(life.see(8, SessionStarted, connector="1", transaction="T")) == ["ChargingStarted"]


def test_a_meter_that_ran_backwards_gives_no_energy() -> None:
    life = Life().online()
    life.see(2, SessionStarted, connector="1", transaction="7", meter_wh=1000)
    (ended,) = life.see(9, SessionEnded, transaction="7", meter_wh=10)
    assert isinstance(ended, ChargingEnded)
    assert ended.energy_wh is None


# ---------------------------------------------------------------------------------------------------------- names of 2.x


def names(*said: str) -> list[str]:
    """Return how the connectors are called after each of `said` reported itself."""
    state = UNHEARD
    for name in said:
        seen = ConnectorReported(at=START, connector=name, status=Status.AVAILABLE)
        state = step(state, seen, Policy(), START).state
    return [one.connector for one in state.connectors]


@pytest.mark.parametrize(
    ("said", "known"),
    [
        (("1.1",), ["1"]),
        (("1.1", "1.1", "2.1"), ["1", "2"]),
        (("1.1", "1.2"), ["1.1", "1.2"]),
        (("1.2", "1.1"), ["1.1", "1.2"]),
        (("1.1", "1.2", "1.1"), ["1.1", "1.2"]),
        (("1.2",), ["1.2"]),
        (("1.2", "1"), ["1.2"]),
        (("1.1", "1"), ["1"]),
        (("1.1", "1.2", "1"), ["1", "1.1", "1.2"]),
        (("0", "1", "2"), ["0", "1", "2"]),
    ],
)
def test_an_evse_is_called_by_its_number_until_it_has_several_connectors(said: tuple[str, ...], known: list[str]) -> None:
    assert names(*said) == known


def test_a_connector_that_is_renamed_keeps_its_session() -> None:
    started = SessionStarted(at=START, connector="1.1", transaction="T")
    state = step(UNHEARD, started, Policy(), START).state
    state = step(state, ConnectorReported(at=START, connector="1.2", status=Status.AVAILABLE), Policy(), START).state
    assert [(one.connector, one.session is not None) for one in state.connectors] == [("1.1", True), ("1.2", False)]


def test_a_transaction_finds_its_place_later() -> None:
    state = step(UNHEARD, SessionStarted(at=START, connector="", transaction="T", meter_wh=5), Policy(), START).state
    assert [(one.connector, one.session is not None) for one in state.connectors] == [("", True)]
    judged = step(state, SessionStarted(at=START, connector="1", transaction="T"), Policy(), START)
    (point,) = judged.state.connectors
    assert point.session is not None
    assert (point.connector, point.session.meter_wh) == ("1", 5)
    assert [event for event in judged.events if isinstance(event, ChargingStarted)] == []
    moved = step(judged.state, SessionStarted(at=START, connector="2", transaction="T"), Policy(), START)
    assert [one.connector for one in moved.state.connectors] == ["1"], "where it is it stays"
    lost = step(state, SessionEnded(at=START, transaction="T"), Policy(), START)
    assert lost.state.connectors == ()
