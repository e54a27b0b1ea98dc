"""What is kept of a station's line: bounded, cut, smoothed, and redacted before anybody sees it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.runtime.trace import ENDS, FRAME_LENGTH, FRAMES, Direction, Trace

START = datetime(2026, 5, 4, 6, tzinfo=UTC)
BEAT = '[2,"{}","Heartbeat",{{}}]'


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def gap(trace: Trace) -> float | None:
    return trace.contact(pongs=False, invalid=0).gap_s


def texts(trace: Trace) -> list[str]:
    return [frame.text for frame in trace.contact(pongs=False, invalid=0).frames]


def beat(trace: Trace, number: int) -> None:
    trace.heard(after(number), BEAT.format(number), beat=True)
    trace.said(after(number), f'[3,"{number}",{{}}]'.encode())


def test_nothing_is_known_at_first() -> None:
    line = Trace().contact(pongs=False, invalid=0)
    assert (line.opened_at, line.rtt_s, line.last_rtt_s, line.gap_s, line.messages) == (None, None, None, None, 0)
    assert (line.frames, line.ended) == ((), ())


def test_the_ring_is_bounded_and_keeps_the_latest() -> None:
    trace = Trace()
    for number in range(3 * FRAMES):
        trace.heard(after(number), f"[{number}]")
        trace.closed(after(number), 1000 + number)
    line = trace.contact(pongs=True, invalid=7)
    assert len(line.frames) == FRAMES
    assert line.frames[-2].text == f"[{3 * FRAMES - 1}]"
    assert [end.code for end in line.ended] == [1000 + 3 * FRAMES - 1 - n for n in range(ENDS)], "newest first"
    assert (line.pongs, line.invalid, line.messages) == (True, 7, 3 * FRAMES)


def test_frames_are_left_out_where_nobody_reads_them() -> None:
    trace = Trace()
    trace.heard(START, "[1]")
    line = trace.contact(pongs=False, invalid=0, framed=False)
    assert (line.messages, line.frames) == (1, ())


@pytest.mark.parametrize("length", [FRAME_LENGTH - 1, FRAME_LENGTH, FRAME_LENGTH + 1, 60_000])
def test_a_long_frame_is_cut_and_says_so(length: int) -> None:
    trace = Trace()
    text = "x" * length
    trace.heard(START, text)
    trace.said(START, text.encode())
    for frame in trace.contact(pongs=False, invalid=0).frames:
        assert frame.text == text[:FRAME_LENGTH]
        assert frame.cut is (length > FRAME_LENGTH)
    assert all(len(str(kept)) < 2 * FRAME_LENGTH for *_, kept in trace.frames), "no more is kept than is shown"


def test_a_cut_within_a_letter_is_no_harm() -> None:
    trace = Trace()
    trace.said(START, ("x" * FRAME_LENGTH + "é").encode())
    trace.said(START, ("x" * (FRAME_LENGTH - 1) + "éé").encode())
    assert [frame[:8] for frame in texts(trace)] == ["xxxxxxxx", "xxxxxxxx"]


def test_of_heartbeats_in_a_row_the_first_and_the_latest_stay() -> None:
    trace = Trace()
    trace.opened(START, "1.6", "10.0.0.1")
    for number in range(1, 6):
        beat(trace, number)
    assert texts(trace) == ["1.6 from 10.0.0.1", BEAT.format(1), '[3,"1",{}]', BEAT.format(5), '[3,"5",{}]']
    trace.heard(after(6), "[2]")
    beat(trace, 7)
    beat(trace, 8)
    beat(trace, 9)
    assert texts(trace)[-5:] == ["[2]", BEAT.format(7), '[3,"7",{}]', BEAT.format(9), '[3,"9",{}]']
    assert trace.messages == 9


def test_what_came_between_heartbeats_is_not_dropped_with_them() -> None:
    trace = Trace()
    for number in range(1, 3):
        beat(trace, number)
    trace.said(after(2), b'[3,"late",{}]')
    beat(trace, 3)
    assert '[3,"late",{}]' in texts(trace)
    trace.break_row()
    trace.said(after(3), b'[2,"ours","TriggerMessage",{}]')
    for number in range(4, 9):
        beat(trace, number)
    assert '[2,"ours","TriggerMessage",{}]' in texts(trace)
    assert texts(trace)[-4:] == [BEAT.format(4), '[3,"4",{}]', BEAT.format(8), '[3,"8",{}]']


def test_heartbeats_without_an_answer_are_kept_until_the_ring_is_full() -> None:
    trace = Trace()
    for number in range(4):
        trace.heard(after(number), BEAT.format(number), beat=True)
    assert len(texts(trace)) == 4


def test_the_round_trip_is_smoothed() -> None:
    trace = Trace()
    trace.round_trip(0.1)
    assert (trace.rtt_s, trace.last_rtt_s) == (0.1, 0.1)
    trace.round_trip(0.9)
    assert trace.rtt_s == pytest.approx(0.2)
    assert trace.last_rtt_s == 0.9


def test_the_gap_is_between_messages_of_one_socket() -> None:
    trace = Trace()
    trace.opened(START, "1.6", "")
    trace.heard(after(10), "a")
    assert gap(trace) is None
    trace.heard(after(50), "b")
    assert gap(trace) == 40
    trace.closed(after(60), 1006)
    trace.opened(after(9000), "1.6", "")
    trace.heard(after(9010), "c")
    assert gap(trace) == 40, "the time without a socket is no cadence"
    trace.heard(after(9018), "d")
    assert gap(trace) == 36


def test_a_socket_is_remarked_upon() -> None:
    trace = Trace()
    trace.opened(START, "2.0.1", "10.0.0.1")
    line = trace.contact(pongs=False, invalid=0)
    assert (line.opened_at, line.protocol, line.address) == (START, "2.0.1", "10.0.0.1")
    trace.closed(after(5), 1001)
    line = trace.contact(pongs=False, invalid=0)
    assert line.opened_at is None
    assert [(one.direction, one.text, one.code) for one in line.frames] == [
        (Direction.REMARK, "2.0.1 from 10.0.0.1", None),
        (Direction.REMARK, "code 1001", 1001),
    ]


@given(st.integers(0, FRAME_LENGTH + 40), st.booleans())
def test_a_card_is_gone_wherever_the_ring_cuts(padding: int, ours: bool) -> None:
    trace = Trace()
    text = f'[2,"1","StartTransaction",{{"note":"{"x" * padding}","idTag":"04A2B3C4D5E680","meterStart":1}}]'
    if ours:
        trace.said(START, text.encode())
    else:
        trace.heard(START, text)
    assert "A2B3" not in texts(trace)[0]
