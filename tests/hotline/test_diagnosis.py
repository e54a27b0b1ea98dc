"""One sentence for every state, reason, cause and excuse: true, short, in every language."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from hotline.core.diagnosis import CUTS, Ago, At, Fact, Verdict, Where, diagnose, spoken
from hotline.core.points import Use, confirmed, points_of, use_of
from hotline.core.sentences import VERDICTS, Saying, Sentence
from hotline.web.languages import Languages, Speech
from hotline.web.wording import Wording
from monitor.core.breaches import Breach, Cause, Party, party_of
from monitor.core.events import Reason, State
from monitor.core.health_state import UNHEARD, Connector, HealthState, Link, Session
from monitor.core.ids import BreachNumber, Sticker
from monitor.core.observations import Status
from monitor.core.registry import Bearer, LifeCycle

from .support import NOW, station

if TYPE_CHECKING:
    from datetime import datetime

LANGUAGES = Languages()
HERE = station(1)
MOST_WORDS = 18


def ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


def health(state: State, reason: Reason = Reason.SPOKE, **more: Any) -> HealthState:
    plain: dict[str, Any] = {
        "since": ago(hours=6, minutes=26),
        "last_seen": ago(seconds=8),
        "link": Link.OPEN,
        "link_since": ago(hours=9),
        "listening_since": ago(days=3),
    }
    return HealthState(state=state, reason=reason, **(plain | more))


def point(name: str, status: Status, **more: Any) -> Connector:
    return Connector(connector=name, status=status, since=ago(minutes=50), reported_at=ago(minutes=5), **more)


def breach(cause: Cause, party: Party, **more: Any) -> Breach:
    return Breach(
        number=BreachNumber(1), bearer=Bearer.GPRS, since=ago(hours=6), detected_at=ago(hours=5), cause=cause, party=party, **more
    )


def english(verdict: Verdict) -> str:
    return Wording(Speech.ENGLISH, LANGUAGES.of(Speech.ENGLISH), NOW).verdict(verdict)


def count(text: str) -> int:
    """Count words: whatever has a letter or digit between two blanks; a no-break space is a blank."""
    return sum(any(sign.isalnum() for sign in word) for word in text.split())


@pytest.mark.parametrize(
    ("points", "sentence", "saying"),
    [
        ((), Sentence.POINTS_UNKNOWN, Saying.FINE),
        (("1:Available", "2:Charging"), Sentence.ONE_FREE, Saying.FREE),
        (("1:Available", "2:Available"), Sentence.SOME_FREE, Saying.FINE),
        (("1:Occupied", "2:Charging"), Sentence.IN_USE, Saying.IN_USE),
        (("1:Faulted", "2:Available"), Sentence.FAULT_ONE_FREE, Saying.FAULT_ELSE_FREE),
        (("1:Faulted", "2:Faulted", "3:Available"), Sentence.FAULTS_ONE_FREE, Saying.FAULT_ELSE_FREE),
        (("1:Faulted", "2:Charging"), Sentence.FAULT, Saying.FAULT),
        (("1:Faulted", "2:Faulted"), Sentence.FAULTS, Saying.FAULT),
        (("1:Unavailable",), Sentence.OUT_OF_SERVICE, Saying.OUT_OF_SERVICE),
        (("0:Unavailable", "1:Available"), Sentence.OUT_OF_SERVICE, Saying.OUT_OF_SERVICE),
        (("0:Faulted", "1:Available"), Sentence.STATION_FAULT, Saying.FAULT),
        (("0:Available", "1:Unknown"), Sentence.POINTS_UNKNOWN, Saying.FINE),
    ],
)
def test_online_tells_what_a_driver_can_do(points: tuple[str, ...], sentence: Sentence, saying: Saying) -> None:
    said = tuple(point(text.partition(":")[0], Status(text.partition(":")[2])) for text in points)
    verdict = diagnose(health(State.ONLINE, connectors=said), HERE, NOW)
    assert (verdict.sentence, verdict.saying) == (sentence, saying)


def test_the_sentence_carries_the_age_of_its_evidence() -> None:
    verdict = diagnose(health(State.ONLINE, connectors=(point("1", Status.AVAILABLE),)), HERE, NOW)
    assert english(verdict) == "We see it healthy: it answered 8 s ago and point 1 is free."
    assert verdict.facts["heard"] == Ago(ago(seconds=8))


DUE = NOW + timedelta(minutes=11)


@pytest.mark.parametrize(
    ("state", "facts", "sentence", "saying"),
    [
        (health(State.DEGRADED, Reason.FLAPPING), {}, Sentence.UNSTEADY, Saying.UNSTEADY),
        (health(State.ONLINE, maintenance_until=DUE), {}, Sentence.WORK_HERE, Saying.WORK),
        (health(State.ONLINE, maintenance_until=ago(hours=1)), {}, Sentence.POINTS_UNKNOWN, Saying.FINE),
        (health(State.SUSPECT, Reason.LINK_CLOSED, deadline=DUE), {}, Sentence.DROPPED, Saying.SILENT),
        (health(State.SUSPECT, Reason.OVERDUE, deadline=DUE), {}, Sentence.OVERDUE, Saying.SILENT),
        (health(State.SUSPECT, Reason.STILL_SILENT, deadline=DUE), {}, Sentence.STILL_SILENT, Saying.SILENT),
        (health(State.SUSPECT, Reason.OVERDUE, deadline=NOW), {}, Sentence.UNCERTAIN, Saying.SILENT),
        (health(State.SUSPECT, Reason.OVERDUE), {}, Sentence.UNCERTAIN, Saying.SILENT),
        (health(State.SUSPECT, Reason.OVERDUE, maintenance_until=DUE), {}, Sentence.WORK_SILENT, Saying.WORK),
        (health(State.OFFLINE, Reason.GRACE_OVER, maintenance_until=DUE), {}, Sentence.WORK_SILENT, Saying.WORK),
        (health(State.OFFLINE, Reason.GRACE_OVER), {}, Sentence.SILENT_UNJUDGED, Saying.SILENT),
        (
            health(State.OFFLINE, Reason.GRACE_OVER),
            {"life_cycle": LifeCycle.COMMISSIONING},
            Sentence.SILENT_UNWATCHED,
            Saying.NOT_YET,
        ),
        (
            health(State.OFFLINE, breach=breach(Cause.UNKNOWN, Party.UNKNOWN, until=NOW)),
            {},
            Sentence.SILENT_UNJUDGED,
            Saying.SILENT,
        ),
        (health(State.UNKNOWN, Reason.NOT_LISTENING, listening_since=None), {}, Sentence.DEAF, Saying.UNSEEN),
        (health(State.UNKNOWN, Reason.NOT_LISTENING, chance_until=DUE), {}, Sentence.CHANCE, Saying.UNSEEN),
        (health(State.UNKNOWN, Reason.NOT_LISTENING, deadline=DUE), {}, Sentence.CHANCE, Saying.UNSEEN),
        (health(State.UNKNOWN, Reason.NOT_LISTENING), {}, Sentence.CHANCE_OPEN, Saying.UNSEEN),
        (health(State.UNKNOWN, breach=breach(Cause.POWER, Party.GRID)), {}, Sentence.DEAF_CUT, Saying.SILENT),
        (UNHEARD, {}, Sentence.NEVER, Saying.NEVER),
        (UNHEARD, {"life_cycle": LifeCycle.PLANNED}, Sentence.NOT_YET, Saying.NOT_YET),
        (health(State.ONLINE), {"life_cycle": LifeCycle.RETIRED}, Sentence.RETIRED, Saying.RETIRED),
    ],
)
def test_every_other_situation(state: HealthState, facts: dict[str, Any], sentence: Sentence, saying: Saying) -> None:
    verdict = diagnose(state, station(1, **facts), NOW)
    assert (verdict.sentence, verdict.saying) == (sentence, saying)


@pytest.mark.parametrize(("cause", "bearer"), list(product(Cause, Bearer)))
def test_an_open_breach_is_told_by_its_cause_and_whoever_can_mend_it(cause: Cause, bearer: Bearer) -> None:
    party = party_of(cause, bearer)
    verdict = diagnose(health(State.OFFLINE, Reason.GRACE_OVER, breach=breach(cause, party)), HERE, NOW)
    assert (verdict.sentence, verdict.saying) == CUTS[cause, party]


def test_a_pair_that_nobody_foresaw_is_told_as_unknown() -> None:
    verdict = diagnose(health(State.OFFLINE, breach=breach(Cause.POWER, Party.US)), HERE, NOW)
    assert verdict.sentence is Sentence.CUT_UNKNOWN


def test_an_open_breach_outweighs_planned_work() -> None:
    verdict = diagnose(health(State.OFFLINE, breach=breach(Cause.POWER, Party.GRID), maintenance_until=DUE), HERE, NOW)
    assert verdict.sentence is Sentence.CUT_POWER


@pytest.mark.parametrize(("state", "reason"), list(product(State, Reason)))
def test_every_state_and_reason_has_a_sentence_whatever_else_is_known(state: State, reason: Reason) -> None:
    for last_seen, deadline, until in product((None, ago(days=3)), (None, DUE), (None, DUE)):
        bare = HealthState(state=state, reason=reason, last_seen=last_seen, deadline=deadline, maintenance_until=until)
        verdict = diagnose(bare, HERE, NOW)
        assert verdict.sentence in VERDICTS
        assert "%" not in english(verdict)


@pytest.mark.parametrize(("sentence", "speech"), list(product(Sentence, Speech)))
def test_a_verdict_never_has_more_than_eighteen_words(sentence: Sentence, speech: Speech) -> None:
    """With the longest age and times of another day."""
    tomorrow = At(NOW + timedelta(days=1))
    longest = Ago(ago(days=23, hours=14))
    facts: dict[str, Fact] = {"heard": longest, "silent": longest, "until": tomorrow, "due": tomorrow}
    facts |= {"since": tomorrow, "told": tomorrow, "session": longest, "refused": longest}
    facts |= {"point": "2", "fault": "1", "free": "2", "faults": "2", "count": "1801", "tripped": "12"}
    for where in ("", "0", "2", "12.1"):
        verdict = Verdict(sentence=sentence, saying=Saying.FINE, facts=facts | {"where": Where(where)})
        text = Wording(speech, LANGUAGES.of(speech), NOW).verdict(verdict)
        assert count(text) <= MOST_WORDS, text
        assert not {"OCPP", "GPRS", "APN", "SIM", "WebSocket", "RADIUS"} & set(text.split()), text
        assert not re.search(r"\b(CX|[AF]0)\d|Failure\b", text), text


@pytest.mark.parametrize(("saying", "speech"), list(product(Saying, Speech)))
def test_what_is_said_is_at_most_two_sentences(saying: Saying, speech: Speech) -> None:
    facts: dict[str, Fact] = {"point": "1", "fault": "2", "sticker": "CP 25 00", "until": At(NOW)}
    text = Wording(speech, LANGUAGES.of(speech), NOW).saying(Verdict(sentence=Sentence.NEVER, saying=saying, facts=facts))
    assert sum(text.count(sign) for sign in ".?!") <= 2, text


@pytest.mark.parametrize(
    ("sticker", "aloud"),
    [("CP2500", "CP 25 00"), ("CP500", "CP 5 00"), ("2500", "25 00"), ("ESCH", "ESCH"), ("ESCH-1A", "ESCH-1A"), ("A1B2", "A1B2")],
)
def test_a_sticker_is_grouped_as_it_is_spoken(sticker: str, aloud: str) -> None:
    assert spoken(Sticker(sticker)) == aloud


def test_every_status_has_a_use() -> None:
    assert {use_of(status) for status in Status} == set(Use)


@pytest.mark.parametrize(
    ("state", "sure"),
    [
        (health(State.ONLINE), True),
        (health(State.DEGRADED), True),
        (health(State.ONLINE, link_since=ago(minutes=1)), False),
        (health(State.ONLINE, link=Link.NONE, link_since=None), True),
        (health(State.ONLINE, link=Link.CLOSED), False),
        (health(State.SUSPECT), False),
        (health(State.OFFLINE), False),
        (health(State.UNKNOWN), False),
    ],
)
def test_a_status_is_believed_only_while_the_station_is_here_and_said_it_over_this_socket(
    state: HealthState, *, sure: bool
) -> None:
    assert confirmed(point("1", Status.AVAILABLE), state) is sure


def test_unconfirmed_points_do_not_count() -> None:
    session = Session(transaction="7", since=ago(minutes=3))
    state = health(State.ONLINE, link_since=ago(minutes=1), connectors=(point("1", Status.CHARGING, session=session),))
    assert points_of(state).busy == ()
    assert diagnose(state, HERE, NOW).sentence is Sentence.POINTS_UNKNOWN
