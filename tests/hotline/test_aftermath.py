"""How an alert went, made of what was stored of it."""

from __future__ import annotations

from datetime import timedelta

from alerts.core.delivery import Medium, Message
from alerts.core.model import Alert, Entry, Reason, Stage, Way
from alerts.core.outbox import Delivery, Stand
from alerts.core.severity import Severity
from alerts.ports import Attempt, File, Told
from hotline.core.aftermath import Moment, Step, delays_of, moments_of
from hotline.web.alert_words import moment
from hotline.web.languages import Languages, Speech
from hotline.web.wording import Wording
from monitor.core.breaches import Cause

from .support import NOW


def entry(seconds: float, reason: Reason, who: str = "") -> Entry:
    return Entry(at=NOW + timedelta(seconds=seconds), stage=Stage.ESCALATION, reason=reason, alert=1, who=who)


def told(*stands: tuple[float, Stand]) -> Told:
    sent = Delivery(
        id="d",
        notification="1/0/0/0/raise/anna",
        alert=1,
        person="anna",
        way=Way(medium=Medium.SMS, address="+352621000001"),
        message=Message(id="d", to="+352621000001"),
        created_at=NOW,
        next_at=NOW,
    )
    log = [Attempt(delivery="d", at=NOW + timedelta(seconds=at), what="sent", stand=stand) for at, stand in stands]
    return Told(delivery=sent, log=log)


def file(*entries: Entry, sent: Told | None = None) -> File:
    alert = Alert(
        id=1,
        rule="danger",
        severity=Severity.PAGE,
        group={},
        since=NOW - timedelta(seconds=30),
        opened_at=NOW,
        ready_at=NOW,
    )
    return File(alert=alert, matters=[], entries=entries, told=[] if sent is None else [sent])


def steps(found: list[Moment]) -> list[tuple[Step, int]]:
    return [(one.step, one.count) for one in found]


def test_those_that_join_one_after_the_other_are_one_moment() -> None:
    entries = (
        entry(0, Reason.OPENED),
        entry(1, Reason.JOINED),
        entry(2, Reason.JOINED),
        entry(3, Reason.JOINED),
        entry(4, Reason.OVER),
    )
    assert steps(moments_of(file(*entries))) == [(Step.BEGAN, 1), (Step.KNOWN, 1), (Step.JOINED, 3), (Step.OVER, 1)]


def test_what_only_leads_to_another_moment_is_none() -> None:
    entries = (
        entry(0, Reason.OPENED),
        entry(1, Reason.GATHERING),
        entry(2, Reason.NOTIFIED, "anna"),
        entry(3, Reason.ACKNOWLEDGED),
    )
    assert [step for step, _ in steps(moments_of(file(*entries)))] == [Step.BEGAN, Step.KNOWN]


def test_a_message_is_told_of_when_it_went_when_it_arrived_and_when_it_did_not() -> None:
    arrived = told((1, Stand.UNKNOWN), (2, Stand.SENT), (3, Stand.SENT), (4, Stand.DELIVERED))
    assert steps(moments_of(file(sent=arrived))) == [(Step.BEGAN, 1), (Step.TOLD, 1), (Step.ARRIVED, 1)]
    assert steps(moments_of(file(sent=told((1, Stand.QUEUED), (2, Stand.FAILED))))) == [(Step.BEGAN, 1), (Step.NOT_TOLD, 1)]


def test_what_was_judged_anew_stands_where_it_was() -> None:
    judged = Moment(at=NOW + timedelta(seconds=1), step=Step.REJUDGED, cause=Cause.BEARER)
    entries = (entry(0, Reason.OPENED), entry(2, Reason.OVER))
    assert [step for step, _ in steps(moments_of(file(*entries), [judged]))] == [Step.BEGAN, Step.KNOWN, Step.REJUDGED, Step.OVER]


def test_how_long_it_took_to_be_known_told_and_taken() -> None:
    asked = file(entry(0, Reason.OPENED), entry(60, Reason.ACKNOWLEDGED, "anna"), sent=told((5, Stand.SENT)))
    delays = delays_of(asked.alert, moments_of(asked))
    assert (delays.known, delays.told, delays.taken) == (timedelta(seconds=30), timedelta(seconds=5), timedelta(seconds=60))
    nobody = delays_of(asked.alert, [])
    assert (nobody.told, nobody.taken) == (None, None)


def test_a_page_that_found_people_worn_out_says_so() -> None:
    found = moments_of(file(entry(0, Reason.OPENED), entry(1, Reason.PASSED_ON), entry(2, Reason.OVER_LIMIT, "anna")))
    assert [(one.step, one.who) for one in found[2:]] == [(Step.WENT_ON, ""), (Step.BEYOND, "anna")]
    english = Wording(Speech.ENGLISH, Languages().of(Speech.ENGLISH), NOW)
    assert moment(english, found[3]) == "Everybody had had enough messages; anna was told all the same."
