"""What seldom happens to an alert: rules and people that are gone, orders at its end, planned work, one that presses more later."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from alerts.core.delivery import Rejected, Retry, Sent, Unknown
from alerts.core.orders import Answer, Escalate
from alerts.core.outbox import Report, Stand, leased, reported, settle
from alerts.core.sentences import SEVERAL, SEVERAL_ANYWHERE, saying_of
from alerts.core.severity import Severity
from alerts.pipeline import keep_pace
from alerts.rulebook import read_rulebook
from monitor.core.breaches import Cause
from monitor.core.events import MaintenanceChanged
from monitor.core.registry import Bearer, Contact
from tests.alerts.test_outbox import SMS, queued
from tests.alerts.wards import PEOPLE, Ward
from tests.support.clocks import START

if TYPE_CHECKING:
    from monitor.core.events import Event

VILLE = PEOPLE + '[[owner]]\nname = "Ville"\nby = ["email"]\nafter = "30m"\n'


def told(ward: Ward) -> list[tuple[float, str, str]]:
    return [(round(at, 2), purpose, person) for at, purpose, person, _ in ward.messages()]


def reworded(ward: Ward, rules: str) -> None:
    ward.desk.rules = read_rulebook(rules, today=START.date())


def test_a_fault_that_presses_more_after_ten_minutes_is_raised_then() -> None:
    later = '[[rule]]\nname = "{}"\non = "fault"\nseverity = "{}"\nfor = "{}"\n'
    route = '[[route]]\npolicy = "network"\n'
    ward = Ward(PEOPLE + later.format("soon", "ticket", "0s") + later.format("long", "page", "10m") + route)
    ward.add(1)
    ward.faulted(0, 1, "ReaderFailure")
    ward.wait(11)
    assert [
        (round(at, 2), severity) for (at, *_), severity in zip(told(ward), (one.severity for one in ward.told), strict=True)
    ] == [
        (0.08, Severity.TICKET),
        (5.08, Severity.TICKET),
        (10.08, Severity.PAGE),
    ]
    assert "raised" in ward.reasons()


def test_planned_work_at_every_station_mutes_what_is_no_danger_until_it_ends() -> None:
    def planned(minutes: float | None) -> Event:
        return MaintenanceChanged(at=ward.now, until=None if minutes is None else ward.at(minutes))

    ward = Ward()
    ward.add(1, 2)
    ward.happen(0, (1, planned(60)), (2, planned(60)))
    ward.cut(1, 1, 2)
    ward.wait(59)
    assert told(ward) == []
    assert ward.reasons()[-1] == "planned_work"
    ward.happen(59.5, (2, planned(None)))
    ward.wait(61)
    assert [at for at, *_ in told(ward)][:2] == [59.58, 60.08]


def test_who_has_only_a_telephone_is_not_called_because_it_is_over() -> None:
    ward = Ward(PEOPLE.replace('sms = "+352691000002"\n', ""))
    ward.add(1)
    ward.faulted(0, 1, "GroundFailure")
    ward.wait(6)
    ward.mended(7, 1)
    ward.wait(13)
    assert told(ward)[1:] == [(5.08, "raise", "ben"), (12.0, "clear", "anna")]


def test_an_owner_who_is_no_longer_registered_is_told_nothing() -> None:
    ward = Ward(VILLE)
    ward.owned(1, owner=Contact(name="Ville", email="it@ville.example"), site="Brill", bearer=Bearer.LAN)
    ward.cut(0, 1)
    ward.wait(29)
    ward.stations.clear()
    ward.wait(31)
    assert [one for one in told(ward) if one[2] == "owner:Ville"] == []
    assert "no_address" in ward.reasons()


def test_an_alert_whose_route_or_policy_is_gone_says_so_and_goes_on_when_it_is_back() -> None:
    ward = Ward()
    ward.add(1, 2)
    ward.faulted(0, 1, "GroundFailure")
    ward.wait(1)
    other = PEOPLE.replace('name = "network"', 'name = "other"')
    reworded(ward, other)
    ward.looked_over(2)
    assert ward.reasons()[-1] == "no_route", "its policy"
    reworded(ward, other + '[[route]]\nmatch = { severity = "ticket" }\npolicy = "other"\n')
    ward.faulted(3, 2, "GroundFailure")
    ward.wait(4)
    assert ward.reasons()[-1] == "no_route", "no route at all"
    assert len(ward.told) == 1
    reworded(ward, PEOPLE)
    ward.looked_over(6)
    assert [person for *_, person in told(ward)] == ["anna", "ben", "anna"]


def test_what_is_over_while_it_waits_for_who_had_enough_comes_along_with_nothing() -> None:
    ward = Ward(PEOPLE.replace('by = ["sms", "email"]', 'by = ["sms"]'))
    ward.add(*range(1, 8))
    for number in range(1, 8):
        ward.faulted(0, number, "GroundFailure")
    ward.wait(1)
    assert set(ward.desk.waiting["anna"]) == {6, 7}
    ward.mended(2, 7)
    ward.wait(8)
    assert 7 not in ward.desk.waiting["anna"]
    assert 6 in ward.desk.waiting["anna"]
    ward.wait(20)
    assert [number for one in ward.told for number in one.along if number == 7] == []


def test_the_next_is_told_again_from_the_first_when_the_policy_has_come_to_its_end() -> None:
    ward = Ward()
    ward.add(1)
    ward.faulted(0, 1, "GroundFailure")
    ward.wait(60)
    assert len(ward.told) == 4
    assert ward.order(61, Escalate(alert=1, who="ben")) is Answer.DONE
    assert told(ward)[4:] == [(61.0, "raise", "anna")]


def test_what_came_along_after_its_step_was_done_by_others_is_not_hastened() -> None:
    both = PEOPLE.replace(
        'notify = "contact:anna", by = ["sms", "email"]', 'notify = ["contact:anna", "contact:ben"], by = ["sms"]'
    )
    ward = Ward(both)
    ward.add(*range(1, 8))
    for number in range(1, 6):
        ward.faulted(0, number, "GroundFailure")
    ward.wait(1)
    ward.desk.sent["ben", SMS.medium].clear()
    ward.faulted(1, 6, "GroundFailure")
    ward.wait(1.5)
    waiting = ward.desk.alerts[6]
    assert [one.person for one in waiting.told] == ["ben"], "anna has had enough"
    ward.wait(15.2)
    assert any(6 in one.along for one in ward.told if one.person == "anna")
    assert {one.person for one in ward.desk.alerts[6].told} == {"anna", "ben"}


def test_a_clock_that_is_set_back_moves_what_is_over_too() -> None:
    ward = Ward()
    ward.add(1)
    ward.faulted(60, 1, "GroundFailure")
    ward.wait(61)
    ward.mended(62, 1)
    ward.wait(63)
    ward.now -= timedelta(hours=1)
    ward._note(keep_pace(ward.desk, timedelta(hours=-1), ward.now))
    ward.wait(8)
    assert told(ward)[-1] == (7.0, "clear", "anna"), "five minutes after it was over"


def test_a_revision_of_a_breach_that_nobody_knows_is_nothing() -> None:
    ward = Ward()
    ward.add(1)
    ward.breaches[ward.add(2)[0]] = 7
    ward.revised(0, 2, Cause.POWER)
    assert ward.desk.matters == {}
    ward.cut(1, 1)
    ward.revised(2, 1, Cause.APN, "I1")
    assert ward.desk.matters["breach/1/1"].labels["incident"] == "I1"


def test_several_breaches_in_one_alert_are_counted_with_their_site_or_without() -> None:
    ward = Ward()
    ward.add(1, 2, 3, site="Brill")
    ward.add(4, 5)
    ward.cut(0, 1, 2, 4, 5)
    matters = ward.desk.matters
    of_site = saying_of([matters["breach/1/1"], matters["breach/2/1"]])
    assert (of_site.sentence, of_site.facts) == (SEVERAL, {"count": "2", "site": "Brill"})
    assert saying_of([matters["breach/4/1"], matters["breach/5/1"]]).sentence == SEVERAL_ANYWHERE


def test_what_its_provider_has_said_for_good_stays_whatever_comes_of_asking() -> None:
    taken = leased(queued(), START)
    for report, stand in ((Report.DELIVERED, Stand.DELIVERED), (Report.TAKEN, Stand.SENT)):
        known, more = reported(taken, report, "", START)
        assert (known.stand, more) == (stand, None)
        for outcome in (Unknown(why="no answer"), Retry(why="it has not got it"), Rejected(why="no")):
            assert settle(known, outcome, START) == (known, None)
    assert settle(reported(taken, Report.TAKEN, "", START)[0], Sent(reference="SM1"), START)[0].reference == "SM1"
    assert reported(known, Report.TAKEN, "", START)[0] is known
