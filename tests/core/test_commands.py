"""A command as a value: which states follow which, and what is well asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.commands import (
    LONGEST_SAID,
    NEXT,
    Action,
    Command,
    CommandState,
    Order,
    Step,
    Why,
    WrongMoveError,
    cooling_s,
    moved,
    patience_s,
    wrong_with,
)
from monitor.core.ids import StationId
from tests.support.clocks import START


def command(action: Action = Action.RESET) -> Command:
    steps = (Step(at=START, state=CommandState.REQUESTED),)
    return Command(id="c", station=StationId(1), order=Order(action=action), who="anna", steps=steps)


@given(st.lists(st.tuples(st.sampled_from(CommandState), st.integers(-5, 5)), max_size=8))
def test_a_life_follows_the_table_and_no_time_runs_backwards(moves: list[tuple[CommandState, int]]) -> None:
    one = command()
    for state, seconds in moves:
        if state in NEXT[one.state]:
            one = moved(one, state, START + timedelta(seconds=seconds), said="x" * 500)
            assert one.state is state
            assert one.over is (not NEXT[state])
            assert len(one.steps[-1].said) == LONGEST_SAID
        else:
            before = one
            with pytest.raises(WrongMoveError, match=f"{one.state} cannot become {state}"):
                moved(one, state, START)
            assert one is before
    assert [step.at for step in one.steps] == sorted(step.at for step in one.steps)
    assert patience_s(one) == 0 or not one.over


def test_every_state_can_be_reached_and_some_end() -> None:
    assert set(NEXT) == set(CommandState)
    assert {state for following in NEXT.values() for state in following} == set(CommandState) - {CommandState.REQUESTED}


def test_what_is_scheduled_is_waited_for_much_longer() -> None:
    sent = moved(command(), CommandState.SENT, START)
    assert patience_s(moved(sent, CommandState.ACCEPTED, START, said="Accepted")) == 300
    assert patience_s(moved(sent, CommandState.ACCEPTED, START, said="Scheduled")) == 4 * 3600
    listed = moved(command(Action.CLEAR_CACHE), CommandState.SENT, START)
    assert patience_s(moved(listed, CommandState.ACCEPTED, START, said="Scheduled")) == 0, "nothing can be seen of it"


def test_cooling_down() -> None:
    assert cooling_s(Action.RESET, START, START) == 60
    assert cooling_s(Action.RESET, START, START + timedelta(seconds=45)) == 15
    assert cooling_s(Action.RESET, START, START + timedelta(seconds=61)) == 0
    assert cooling_s(Action.PROBE, START, START) == 2


@pytest.mark.parametrize(
    ("order", "wrong"),
    [
        (Order(action=Action.RESET), "type: '' is not one of soft, hard"),
        (Order(action=Action.RESET, type="warm"), "type: 'warm' is not one of soft, hard"),
        (Order(action=Action.RESET, type="soft"), None),
        (Order(action=Action.CHANGE_AVAILABILITY, type="soft"), "type: 'soft' is not one of operative, inoperative"),
        (Order(action=Action.UNLOCK), "connector: unlock needs it"),
        (Order(action=Action.UNLOCK, connector="0"), "connector: 0 is the whole station, an unlock needs one of its connectors"),
        (Order(action=Action.UNLOCK, connector="2.1"), None),
        (Order(action=Action.UNLOCK, connector="left"), "connector: 'left' is not a connector, as 1 or 2.1"),
        (Order(action=Action.UNLOCK, connector="1.1.1"), "connector: '1.1.1' is not a connector, as 1 or 2.1"),
        (Order(action=Action.UNLOCK, connector=".1"), "connector: '.1' is not a connector, as 1 or 2.1"),
        (Order(action=Action.UNLOCK, connector="1."), "connector: '1.' is not a connector, as 1 or 2.1"),
        (Order(action=Action.UNLOCK, connector="1" * 20), f"connector: '{'1' * 20}' is not a connector, as 1 or 2.1"),
        (Order(action=Action.REMOTE_START), "id_tag: remote_start needs it"),
        (Order(action=Action.CHANGE_CONFIGURATION), "key: change_configuration needs it"),
        (Order(action=Action.CHANGE_CONFIGURATION, key="k", value="v" * 513), "a text is longer than 512 characters"),
        (Order(action=Action.READ_CONFIGURATION, keys=("k" * 513,)), "a text is longer than 512 characters"),
        (Order(action=Action.FIRMWARE), "location: firmware needs it"),
        (Order(action=Action.FIRMWARE, location="ftp://10.0.0.1/f.bin"), None),
        (Order(action=Action.PROBE), None),
    ],
)
def test_what_is_well_asked(order: Order, wrong: str | None) -> None:
    assert wrong_with(order) == wrong


def test_what_shows_that_a_station_does_not_know_a_request() -> None:
    sent = moved(command(), CommandState.SENT, START)
    assert not sent.answered
    assert sent.sent_at == START
    assert moved(sent, CommandState.REFUSED, START, Why.ERROR, "NotImplemented").unable
    assert moved(sent, CommandState.REFUSED, START, said="NotSupported").unable
    assert not moved(sent, CommandState.REFUSED, START, said="Rejected").unable
    assert not moved(sent, CommandState.UNKNOWN, START, Why.NO_ANSWER).answered
    assert command().sent_at is None
