"""What the desk does, told as what operators expect: who hears of what, when, once."""

from __future__ import annotations

from datetime import time, timedelta
from zoneinfo import ZoneInfo

from alerts.core.delivery import Medium
from alerts.core.matching import read_matchers
from alerts.core.matters import Kind
from alerts.core.model import Condition, Silence
from alerts.core.orders import Acknowledge, Answer, Contradict, Escalate, HandOn, Hush, Release, Resolve, Snooze, Speak
from alerts.core.severity import Severity
from monitor.core.breaches import Cause
from monitor.core.events import SecurityNoted
from monitor.core.ids import StationId
from monitor.core.incidents import Scope
from monitor.core.registry import Bearer, Contact
from tests.alerts.wards import PEOPLE, Ward
from tests.support.clocks import START

WAIT = 5.0 / 60.0
"""Minutes for which others are waited for."""


def near(messages: list[tuple[float, str, str, str]]) -> list[tuple[float, str, str, str]]:
    return [(round(at, 2), *rest) for at, *rest in messages]  # type: ignore[misc]


def test_one_borne_offline_is_a_ticket_in_the_day_after_twenty_minutes() -> None:
    ward = Ward()
    ward.add(1, 2, site="Brill")
    ward.cut(10, 1)
    ward.wait(29.9)
    assert ward.messages() == []
    ward.wait(31)
    assert near(ward.messages()) == [(30.08, "raise", "anna", "sms")]
    (alert,) = ward.desk.alerts.values()
    assert (alert.rule, alert.severity, alert.since) == ("borne-offline", Severity.TICKET, ward.at(10))


def test_a_ticket_of_the_night_waits_for_the_morning() -> None:
    ward = Ward()
    ward.add(1, 2, site="Brill")
    night = 10 * 60
    ward.cut(night, 1)
    ward.wait(night + 60)
    assert ward.messages() == []
    assert ward.reasons()[-1] == "out_of_hours"
    ward.wait(24 * 60)
    ((at, *_),) = ward.messages()[:1]
    assert ward.at(at).astimezone(ZoneInfo("Europe/Luxembourg")).time() == time(8)


def test_the_last_working_borne_of_a_site_is_a_page_at_once_whatever_the_hour() -> None:
    ward = Ward()
    ward.add(1, 2, site="Brill")
    night = 10 * 60
    ward.cut(night, 1)
    ward.cut(night + 5, 2)
    ward.wait(night + 26)
    assert near(ward.messages())[0] == (night + 20.08, "raise", "anna", "sms")
    paged = [one for one in ward.desk.alerts.values() if one.severity is Severity.PAGE]
    assert [(one.rule, one.group) for one in paged] == [("site-offline", {"site": "Brill"})]
    assert [one.key for one in ward.desk.open_in(paged[0].id)] == ["breach/1/1", "breach/2/1"]


def test_a_ticket_that_becomes_a_page_is_not_over_and_whoever_was_told_hears_when_it_is() -> None:
    ward = Ward(
        PEOPLE + '[[policy]]\nname = "office"\nsteps = [ { notify = "contact:ben", by = ["sms"] } ]\n'
        '[[route]]\nmatch = { severity = "ticket" }\npolicy = "office"\n[[route]]\npolicy = "network"\n'
    )
    ward.add(1, 2, site="Brill")
    ward.cut(0, 1)
    ward.cut(30, 2)
    ward.wait(31)
    assert near(ward.messages()) == [(20.08, "raise", "ben", "sms"), (30.08, "raise", "anna", "sms")]
    assert [(alert.rule, alert.severity) for alert in ward.desk.alerts.values()] == [("site-offline", Severity.PAGE)]
    ward.order(32, Acknowledge(alert=2, who="anna"))
    ward.back(60, 1, 2)
    assert near(ward.messages())[2:] == [(60.0, "clear", "ben", "sms"), (60.0, "clear", "anna", "sms")]
    assert all(one.matters for one in ward.told)


def test_an_incident_is_one_page_and_its_thousand_bornes_say_nothing() -> None:
    ward = Ward()
    ward.add(*range(1, 1001), site="")
    ward.incident(1, "I1", *range(1, 1001))
    ward.cut(1.02, *range(1, 1001), cause=Cause.APN, incident="I1")
    ward.wait(4 * 60)
    raised = [one for one in ward.messages() if one[1] == "raise"]
    assert near(raised)[0] == (1.08, "raise", "anna", "sms")
    assert {alert.rule for alert in ward.alerts.values()} == {"incident"}
    assert len({(person, medium) for _, _, person, medium in raised}) == 2, "anna, and ben who is next"


def test_a_breach_that_is_ripe_just_before_its_incident_is_found_waits_and_is_muted() -> None:
    ward = Ward()
    ward.add(1, 2, 3, site="Brill")
    ward.cut(0, 1)
    ward.wait(20.01)
    ward.incident(20.05, "I1", 1, 2, 3)
    ward.wait(60)
    assert {one.alert for one in ward.told} == {alert.id for alert in ward.alerts.values() if alert.rule == "incident"}
    assert "muted" in ward.reasons()


def test_who_stays_away_when_the_incident_is_over_is_told_of_after_a_little_time() -> None:
    ward = Ward()
    ward.add(1, 2, 3, 4, site="Brill")
    ward.incident(0, "I1", 1, 2, 3)
    ward.cut(0, 1, 2, 3, cause=Cause.APN, incident="I1")
    ward.over(60, "I1")
    ward.back(60, 1, 2)
    ward.wait(64.9)
    assert [rule for rule in (alert.rule for alert in ward.alerts.values()) if rule != "incident"] == []
    ward.wait(66)
    assert [alert.rule for alert in ward.desk.alerts.values()] == ["borne-offline"]


def test_our_own_trouble_mutes_silences_but_not_what_stations_report() -> None:
    ward = Ward()
    ward.add(1, 2, site="Brill")
    ward.incident(0, "I1", 1, 2, scope=Scope.COLLECTOR, key="field")
    ward.cut(0, 1, 2, cause=Cause.OBSERVER, incident="I1")
    ward.faulted(1, 1, "GroundFailure")
    ward.wait(60)
    rules = [ward.alerts[one.alert].rule for one in ward.told if one.purpose == "raise"]
    assert set(rules) == {"danger", "observer"}
    assert ward.alerts[ward.told[0].alert].rule == "danger"


def test_a_fault_that_is_a_danger_is_a_page_at_once_and_others_a_ticket_later() -> None:
    ward = Ward()
    ward.add(1, 2, site="Brill")
    ward.faulted(1, 1, "OtherError", vendor_error="CX010, CX017")
    ward.faulted(1, 2, "ReaderFailure")
    ward.wait(2)
    assert [ward.alerts[one.alert].rule for one in ward.told] == ["danger"]
    ward.wait(17)
    rules = [ward.alerts[one.alert].rule for one in ward.told if one.person == "anna"]
    assert sorted(set(rules)) == ["danger", "fault"]
    assert rules.index("fault") == len(rules) - 1, "after its time"


def test_the_all_clear_comes_to_everybody_who_was_told_and_calls_nobody() -> None:
    ward = Ward()
    ward.add(1)
    ward.faulted(0, 1, "GroundFailure")
    ward.wait(6)
    ward.mended(7, 1)
    ward.wait(13)
    assert near(ward.messages()) == [
        (0.08, "raise", "anna", "sms"),
        (5.08, "raise", "ben", "voice"),
        (12.0, "clear", "anna", "sms"),
        (12.0, "clear", "ben", "sms"),
    ]
    assert ward.desk.alerts == {}


def test_what_is_over_before_anybody_was_told_is_told_to_nobody() -> None:
    ward = Ward()
    ward.add(1)
    ward.faulted(0, 1, "GroundFailure")
    ward.mended(0.05, 1)
    ward.wait(60)
    assert ward.messages() == []


# ---------------------------------------------------------------------------------------------------------- escalation


def test_it_goes_on_to_the_next_until_somebody_takes_it() -> None:
    ward = Ward()
    ward.add(1)
    ward.faulted(0, 1, "GroundFailure")
    ward.wait(12)
    assert near(ward.messages()) == [
        (0.08, "raise", "anna", "sms"),
        (5.08, "raise", "ben", "voice"),
        (10.08, "raise", "anna", "sms"),
    ]
    assert ward.order(13, Acknowledge(alert=1, who="anna")) is Answer.DONE
    ward.wait(24 * 60)
    assert len(ward.messages()) == 3
    assert ward.alerts[1].condition is Condition.ACKNOWLEDGED


def test_the_policy_ends_after_its_rounds_and_says_so() -> None:
    ward = Ward()
    ward.add(1)
    ward.faulted(0, 1, "GroundFailure")
    ward.wait(24 * 60)
    assert [person for _, _, person, _ in ward.messages()] == ["anna", "ben", "anna", "ben"]
    assert ward.reasons()[-1] == "exhausted"


def test_an_acknowledgement_that_runs_out_begins_the_escalation_again() -> None:
    ward = Ward(PEOPLE + 'acknowledged_for = "1h"\n')
    ward.add(1)
    ward.faulted(0, 1, "GroundFailure")
    ward.order(1, Acknowledge(alert=1, who="anna"))
    ward.wait(60.9)
    assert len(ward.messages()) == 1
    ward.wait(67)
    assert near(ward.messages())[1:] == [(61.0, "raise", "anna", "sms"), (66.0, "raise", "ben", "voice")]
    assert len({one.key for one in ward.told}) == 3


def test_orders_do_what_they_say() -> None:
    ward = Ward()
    ward.add(1)
    ward.faulted(0, 1, "GroundFailure")
    ward.wait(1)
    assert ward.order(2, Escalate(alert=1, who="anna")) is Answer.DONE
    assert near(ward.messages())[1:] == [(2.0, "raise", "ben", "voice")]
    assert ward.order(3, Snooze(alert=1, until=ward.at(30), who="ben")) is Answer.DONE
    ward.wait(29)
    assert len(ward.messages()) == 2
    ward.wait(31)
    assert near(ward.messages())[2][0] == 30.0
    assert ward.order(32, Acknowledge(alert=1, who="ben")) is Answer.DONE
    assert ward.order(33, Release(alert=1, who="ben")) is Answer.DONE
    assert near(ward.messages())[-1] == (33.0, "raise", "anna", "sms")
    assert ward.order(34, HandOn(alert=1, policy="nobody", who="ben")) is Answer.NO_SUCH_POLICY
    assert ward.order(34, HandOn(alert=1, policy="network", who="ben")) is Answer.DONE
    assert ward.order(35, Resolve(alert=1, cause="a loose lug", who="ben")) is Answer.DONE
    assert ward.order(36, Acknowledge(alert=1, who="anna")) is Answer.NO_SUCH_ALERT
    assert ward.alerts[1].cause == "a loose lug"
    ward.wait(24 * 60)
    assert [one for one in ward.messages() if one[1] == "clear"] == [], "he knows"


def test_what_was_resolved_by_hand_is_left_alone_until_it_comes_again() -> None:
    ward = Ward()
    ward.add(1)
    ward.faulted(0, 1, "GroundFailure")
    ward.order(1, Resolve(alert=1, cause="known", who="anna"))
    ward.faulted(2, 1, "GroundFailure")
    ward.wait(60)
    assert len(ward.messages()) == 1
    ward.mended(61, 1)
    ward.faulted(62, 1, "GroundFailure")
    ward.wait(63)
    assert len(ward.messages()) == 2


def test_instants_in_the_past_are_refused() -> None:
    ward = Ward()
    ward.add(1)
    ward.faulted(0, 1, "GroundFailure")
    past = ward.at(0)
    silence = Silence(id=0, matchers=(), since=past, until=past, who="anna", why="tests")
    assert ward.order(5, Snooze(alert=1, until=past, who="anna")) is Answer.IN_THE_PAST
    assert ward.order(5, Acknowledge(alert=1, until=past, who="anna")) is Answer.IN_THE_PAST
    assert ward.order(5, Hush(silence=silence, who="anna")) is Answer.IN_THE_PAST
    assert ward.order(5, Speak(silence=7, who="anna")) is Answer.NO_SUCH_SILENCE


# ---------------------------------------------------------------------------------------------------------- silences


def hush(ward: Ward, minutes: float, until: float, **match: str) -> None:
    silence = Silence(
        id=0, matchers=read_matchers(match), since=ward.at(minutes), until=ward.at(until), who="anna", why="the street is dug up"
    )
    assert ward.order(minutes, Hush(silence=silence, who="anna")) is Answer.DONE


def test_a_silence_holds_an_alert_until_it_ends() -> None:
    ward = Ward()
    ward.add(1, site="Brill")
    hush(ward, 0, 60, site="Brill")
    ward.faulted(1, 1, "GroundFailure")
    ward.wait(59)
    assert ward.messages() == []
    assert ward.reasons()[-1] == "silenced"
    assert len(ward.desk.alerts) == 1, "it is shown all the same"
    ward.wait(61)
    assert near(ward.messages()) == [(60.0, "raise", "anna", "sms")]


def test_a_silence_that_is_ended_early_lets_it_speak() -> None:
    ward = Ward()
    ward.add(1, site="Brill")
    hush(ward, 0, 60, site="~Br.*")
    ward.faulted(1, 1, "GroundFailure")
    assert ward.order(10, Speak(silence=1, who="anna")) is Answer.DONE
    assert near(ward.messages()) == [(10.0, "raise", "anna", "sms")]


def test_a_silence_of_others_changes_nothing() -> None:
    ward = Ward()
    ward.add(1, site="Brill")
    hush(ward, 0, 60, site="Gare")
    ward.faulted(1, 1, "GroundFailure")
    ward.wait(2)
    assert len(ward.messages()) == 1


def test_planned_work_mutes_breaches_but_no_danger() -> None:
    ward = Ward()
    ward.add(1, 2)
    ward.cut(0, 1, cause=Cause.PLANNED)
    ward.faulted(0, 2, "PowerSwitchFailure")
    ward.wait(60)
    assert {ward.alerts[one.alert].rule for one in ward.told} == {"danger"}
    assert "planned_work" in ward.reasons()


# ---------------------------------------------------------------------------------------------------------- people


ON_CALL = (
    PEOPLE.replace("contact:anna", "schedule:night") + '[[schedule]]\nname = "night"\npeople = ["ben"]\nhandover = "monday 09:00"\n'
)


def test_whoever_is_on_call_is_told() -> None:
    ward = Ward(ON_CALL)
    ward.add(1)
    ward.faulted(0, 1, "GroundFailure")
    ward.wait(1)
    assert near(ward.messages()) == [(0.08, "raise", "ben", "sms")]


def test_who_has_had_enough_gets_the_rest_as_one_when_more_may_come() -> None:
    ward = Ward(
        PEOPLE.replace('by = ["sms", "email"]', 'by = ["sms"]').replace(
            ', { notify = "contact:ben", by = ["voice"], after = "5m" }', ""
        )
    )
    ward.add(*range(1, 21))
    for number in range(1, 21):
        ward.faulted(number / 10, number, "GroundFailure")
        ward.order(number / 10 + 0.1, Acknowledge(alert=number, who="anna"))
    ward.wait(30)
    by_sms = [one for one in ward.told if one.ways[0].medium is Medium.SMS]
    assert len(by_sms) <= 10
    told = {number for one in by_sms for number in (one.alert, *one.along)}
    assert told >= {number for number in range(1, 21) if ward.alerts[number].condition is Condition.OPEN}


def test_the_owner_of_a_line_hears_of_his_own_and_of_nobody_elses() -> None:
    rules = PEOPLE + '[[owner]]\nname = "Ville"\nby = ["email"]\nafter = "30m"\n'
    ward = Ward(rules)
    ville = Contact(name="Ville", email="it@ville.example", phone="+352400000")
    other = Contact(name="Esch", email="it@esch.example")
    ward.owned(1, 2, owner=ville, site="Brill", bearer=Bearer.LAN)
    ward.owned(3, owner=other, site="Gare", bearer=Bearer.LAN)
    ward.owned(4, owner=ville, site="Parc", bearer=Bearer.GPRS)
    ward.cut(0, 1, 3, 4)
    ward.back(40, 1)
    ward.wait(60)
    to_owner = [(at, purpose, who) for at, purpose, who, _ in near(ward.messages()) if who.startswith("owner:")]
    assert to_owner == [(30.08, "raise", "owner:Ville"), (40.0, "clear", "owner:Ville")]
    assert {way.address for one in ward.told if one.person == "owner:Ville" for way in one.ways} == {"it@ville.example"}


def test_a_matter_of_the_moment_is_over_after_a_day() -> None:
    ward = Ward()
    ward.add(1)
    ward.happen(
        0, (1, SecurityNoted(at=START, event="TamperDetectionActivated")), (1, SecurityNoted(at=START, event="StartupOfTheDevice"))
    )
    assert [matter.kind for matter in ward.desk.matters.values()] == [Kind.SECURITY]
    ward.wait(60 * 24 + 1)
    assert ward.desk.alerts == {}
    assert ward.alerts[1].over_at == START + timedelta(days=1)


# ---------------------------------------------------------------------------------------------------------- callers


def test_what_callers_say_against_us_is_a_ticket_until_somebody_ends_it() -> None:
    ward = Ward()
    ward.add(1)
    assert ward.order(0, Contradict(station=StationId(1), who="anna", said="dead")) is Answer.DONE
    assert ward.order(1, Contradict(station=StationId(1), who="ben")) is Answer.DONE
    assert ward.order(1, Contradict(station=StationId(9), who="ben")) is Answer.NO_SUCH_STATION
    ward.wait(2)
    assert [(one.alert, one.severity.value) for one in ward.told] == [(1, "ticket")]
    (matter,) = ward.desk.open_in(1)
    assert (matter.times, matter.note) == (2, "dead")
    ward.order(3, Resolve(alert=1, who="anna", cause="a blown fuse"))
    assert ward.order(4, Contradict(station=StationId(1), who="ben", said="again")) is Answer.DONE
    assert list(ward.desk.alerts) == [2], "who calls after that is heard anew"
