"""The answers to records that are sent again."""

from __future__ import annotations

from monitor.core.ids import StationId
from monitor.desk import repeats
from monitor.desk.repeats import A_STATION, Replies

ONE, TWO = StationId(1), StationId(2)


def test_the_same_words_under_the_same_id_get_the_same_answer() -> None:
    replies = Replies()
    replies.keep(ONE, "7", "text", b"answer")
    assert replies.find(ONE, "7", "text") == b"answer"
    assert replies.find(ONE, "7", "other text") is None, "ids begin anew after a restart"
    assert replies.find(ONE, "8", "text") is None
    assert replies.find(TWO, "7", "text") is None


def test_what_could_not_be_stored_is_forgotten() -> None:
    replies = Replies()
    replies.keep(ONE, "7", "text", b"answer")
    replies.keep(ONE, "8", "text", b"other")
    replies.forget(ONE, "7")
    replies.forget(TWO, "7")
    assert replies.find(ONE, "7", "text") is None
    assert replies.find(ONE, "8", "text") == b"other"


def test_memory_is_bounded() -> None:
    replies = Replies()
    for number in range(A_STATION + 1):
        replies.keep(ONE, str(number), "text", b"answer")
    assert replies.find(ONE, "0", "text") is None
    assert replies.find(ONE, str(A_STATION), "text") == b"answer"
    for number in range(repeats.STATIONS):
        replies.keep(StationId(number + 2), "1", "text", b"answer")
    assert replies.find(ONE, str(A_STATION), "text") is None
