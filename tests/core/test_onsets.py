"""What the fleet's judge is told of one station: when, how deep, with which second signals, and what is not told at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from monitor.core.incidents import Scope
from monitor.core.observations import (
    Alive,
    CollectorDown,
    CollectorUp,
    IncidentJoined,
    MaintenanceSet,
    Probed,
    ProbeTarget,
    RadiusEvent,
    RadiusSeen,
    Refused,
)
from monitor.core.policy import Policy
from monitor.core.signals import Depth, Excuse, Hint, Onset, Recovery
from monitor.core.timing import fair_chance
from tests.core.lives import Life, kinds

if TYPE_CHECKING:
    from monitor.core.signals import Signal

LATE = 1000.0
"""Long after the fair chance that a station has when we begin to listen."""

SecondSign = RadiusSeen | Probed | Refused


def beating(policy: Policy | None = None) -> Life:
    """A station that has beaten every 300 s and was heard last at `LATE`."""
    life = Life(policy).online()
    life.beats(100, 300, 300, 300)
    assert life.state.last_seen == life.instant(LATE)
    assert life.signals == []
    return life


def onsets(life: Life) -> list[Onset]:
    return [signal for signal in life.signals if isinstance(signal, Onset)]


def said(life: Life) -> list[type[Signal]]:
    return [type(signal) for signal in life.signals]


def test_a_missed_sign_is_told_before_anybody_is_blamed_for_it() -> None:
    life = beating()
    life.wait(LATE + 300 + life.policy.late_s)
    (onset,) = onsets(life)
    assert (onset.since, onset.heard) == (life.instant(LATE + 300), life.instant(LATE))
    assert (onset.depth, onset.hints) == (Depth.OVERDUE, frozenset())
    assert life.events == []


def test_a_silence_is_told_deeper_as_it_lasts() -> None:
    life = beating()
    life.wait(LATE + 5000)
    assert [onset.depth for onset in onsets(life)] == [Depth.OVERDUE, Depth.SUSPECT, Depth.BREACH]
    assert {onset.since for onset in onsets(life)} == {life.instant(LATE + 300)}


def test_a_socket_that_closes_is_told_at_once() -> None:
    life = beating()
    life.disconnect(LATE + 50)
    (onset,) = onsets(life)
    assert (onset.since, onset.depth, onset.hints) == (life.instant(LATE + 50), Depth.SUSPECT, frozenset({Hint.SOCKET_CLOSED}))


def test_a_socket_that_closes_later_is_told_with_the_silence_that_it_belongs_to() -> None:
    life = beating()
    life.wait(LATE + 500)
    life.disconnect(LATE + 600)
    last = onsets(life)[-1]
    assert last.since == life.instant(LATE + 300)
    assert Hint.SOCKET_CLOSED in last.hints


def test_a_socket_that_closes_without_a_word_after_a_missed_sign_was_dead_since_then() -> None:
    life, clean = beating(), beating()
    life.disconnect(LATE + 320)
    assert onsets(life)[-1].since == life.instant(LATE + 300)
    clean.disconnect(LATE + 320, clean=True)
    assert onsets(clean)[-1].since == clean.instant(LATE + 320)


@pytest.mark.parametrize(
    ("seen", "hint"),
    [
        ((RadiusSeen, {"event": RadiusEvent.STOP}), Hint.SESSION_STOPPED),
        ((Probed, {"target": ProbeTarget.GATEWAY, "ok": False}), Hint.GATEWAY_SILENT),
        ((Probed, {"target": ProbeTarget.STATION, "ok": False}), Hint.STATION_SILENT),
        ((Probed, {"target": ProbeTarget.STATION, "ok": True}), Hint.LINE_ANSWERS),
        ((Probed, {"target": ProbeTarget.GATEWAY, "ok": True}), Hint.LINE_ANSWERS),
        ((Refused, {}), Hint.LINE_ANSWERS),
    ],
)
def test_each_new_second_signal_is_told_once(
    seen: tuple[type[RadiusSeen | Probed | Refused], dict[str, object]], hint: Hint
) -> None:
    life = beating()
    life.wait(LATE + 500)
    before = len(life.signals)
    life.see(LATE + 510, seen[0], **seen[1])
    life.see(LATE + 520, seen[0], **seen[1])
    (onset,) = onsets(life)[before:]
    assert (onset.depth, onset.hints) == (Depth.SUSPECT, frozenset({hint}))


def test_a_second_signal_in_a_breach_is_told_as_deep_as_that() -> None:
    life = beating()
    life.wait(LATE + 5000)
    life.see(LATE + 5010, Probed, target=ProbeTarget.GATEWAY, ok=False)
    assert (onsets(life)[-1].depth, onsets(life)[-1].hints) == (Depth.BREACH, frozenset({Hint.GATEWAY_SILENT}))


def test_good_news_takes_a_second_signal_back() -> None:
    life = beating()
    life.wait(LATE + 500)
    life.see(LATE + 510, RadiusSeen, event=RadiusEvent.STOP)
    life.see(LATE + 520, RadiusSeen, event=RadiusEvent.START)
    assert onsets(life)[-1].hints == frozenset()


def test_what_is_no_second_signal_is_not_told() -> None:
    life = beating()
    life.wait(LATE + 500)
    before = len(life.signals)
    life.see(LATE + 510, RadiusSeen, event=RadiusEvent.INTERIM)
    assert len(life.signals) == before


def test_bad_news_of_a_station_that_speaks_is_told_when_it_falls_silent() -> None:
    life = beating()
    life.see(LATE + 200, RadiusSeen, event=RadiusEvent.STOP)
    assert life.signals == []
    life.wait(LATE + 320)
    assert onsets(life)[0].hints == frozenset({Hint.SESSION_STOPPED})


def test_a_sign_of_life_ends_what_was_told_and_only_that() -> None:
    life = beating()
    life.see(LATE + 100, Alive)
    assert life.signals == []
    life.wait(LATE + 500)
    life.see(LATE + 510, Alive)
    life.see(LATE + 520, Alive)
    assert said(life) == [Onset, Recovery]
    assert life.signals[-1] == Recovery(at=life.instant(LATE + 510))


# ---------------------------------------------------------------------------------------------------------- what is not counted


def test_a_station_that_nobody_watches_tells_nothing_of_its_silence() -> None:
    life = beating(Policy(watched=False))
    life.disconnect(LATE + 50)
    life.wait(LATE + 5000)
    assert life.signals == []


def test_a_silence_in_planned_work_is_not_told_until_continuity_is_owed_again() -> None:
    life = beating()
    life.see(LATE + 10, MaintenanceSet, until=life.instant(LATE + 7200))
    life.disconnect(LATE + 50)
    life.wait(LATE + 7200)
    assert life.signals == []
    life.wait(LATE + 7200 + life.policy.grace_s)
    assert [onset.depth for onset in onsets(life)] == [Depth.BREACH]


def test_work_that_is_planned_during_a_silence_takes_it_back() -> None:
    life = beating()
    life.disconnect(LATE + 50)
    life.see(LATE + 60, MaintenanceSet, until=life.instant(LATE + 7200))
    assert said(life) == [Onset, Excuse]
    assert life.state.told, "it is the station's own silence still"
    life.see(LATE + 70, MaintenanceSet, until=life.instant(LATE + 9000))
    assert kinds(life.events).count("MaintenanceChanged") == 2
    life.connect(LATE + 100)
    assert life.signals[-1] == Recovery(at=life.instant(LATE + 100))


def test_work_that_is_over_or_was_taken_back_excuses_nothing() -> None:
    life = beating()
    life.disconnect(LATE + 50)
    life.see(LATE + 60, MaintenanceSet, until=life.instant(LATE))
    life.see(LATE + 61, MaintenanceSet, until=None)
    assert said(life) == [Onset]


def test_work_planned_for_a_station_that_speaks_tells_nothing() -> None:
    life = beating()
    life.see(LATE + 60, MaintenanceSet, until=life.instant(LATE + 7200))
    assert life.signals == []


def test_our_own_absence_takes_back_what_was_told() -> None:
    life = beating()
    life.disconnect(LATE + 50)
    life.see(LATE + 60, CollectorDown)
    assert said(life) == [Onset, Excuse]
    assert not life.state.told
    assert life.see(LATE + 61, CollectorDown) == []
    assert said(life) == [Onset, Excuse], "once"


def test_our_own_absence_takes_no_open_breach_back() -> None:
    life = beating()
    life.wait(LATE + 5000)
    life.signals.clear()
    life.see(LATE + 6000, CollectorDown)
    assert life.signals == []


def test_what_may_be_of_our_own_making_is_not_told() -> None:
    life = beating()
    life.see(LATE + 60, CollectorDown, sockets_kept=True)
    life.see(LATE + 100, CollectorUp)
    life.see(LATE + 101, Alive)
    life.disconnect(LATE + 102)
    assert life.signals == [], "sockets that died while we were away are read when we are back"
    life.wait(LATE + 5000)
    assert Depth.BREACH in {onset.depth for onset in onsets(life)}, "what lasts is told"


def test_after_our_absence_a_silence_is_told_when_its_fair_chance_is_over() -> None:
    life = beating()
    life.outage(LATE + 60, LATE + 2000)
    chance = fair_chance(life.state, life.policy)
    life.wait(LATE + 2000 + chance - 1)
    assert life.signals == []
    life.wait(LATE + 2000 + chance)
    (onset,) = onsets(life)
    assert (onset.since, onset.depth) == (life.instant(LATE + 2000), Depth.SUSPECT)


def test_a_silence_of_ours_is_not_told_again_while_we_do_not_hear() -> None:
    life = beating()
    life.wait(LATE + 320)
    life.see(LATE + 330, IncidentJoined, incident="I1", scope=Scope.COLLECTOR, since=life.instant(LATE + 100))
    before = len(life.signals)
    life.wait(LATE + 50_000)
    assert life.signals[before:] == []
