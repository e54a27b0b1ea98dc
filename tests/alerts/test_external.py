"""Alerts of others: what an Alertmanager posts is a claim that is read, cleaned, and known again when it comes again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.core.external import MOST_OPEN, Claim
from alerts.core.matching import MatcherError, read_matchers
from alerts.core.matters import Kind
from alerts.core.model import Condition, Silence
from alerts.core.orders import Answer, Hear, Hush, Resolve
from alerts.errors import ForeignBodyError
from alerts.external import LONGEST_VALUE, MOST_LABELS, Heard, read_post
from alerts.wording import LANGUAGES, ZONE, Phrasebook
from tests.alerts.channels.messages import HOSTILE
from tests.alerts.wards import PEOPLE, Ward
from tests.support.clocks import START

OURS = "https://watch.example"
PRINT = "8c5d0a3b1f2e4d67"


def alert(**fields: Any) -> dict[str, Any]:
    """Return an alert as Alertmanager 0.25 writes one."""
    usual = {
        "status": "firing",
        "labels": {"alertname": "HostDown", "instance": "db1", "severity": "critical"},
        "annotations": {"summary": "db1 is down"},
        "startsAt": "2026-05-04T05:58:00.123456789Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example:9090/graph?g0.expr=up",
        "fingerprint": PRINT,
    }
    return usual | fields


def post(*alerts: dict[str, Any], **fields: Any) -> bytes:
    usual = {
        "version": "4", "groupKey": '{}:{alertname="HostDown"}', "truncatedAlerts": 0, "status": "firing", "receiver": "bornewatch",
        "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "http://alertmanager.example:9093",
        "alerts": list(alerts),
    }  # fmt: skip
    return msgspec.json.encode(usual | fields)


def heard(*alerts: dict[str, Any]) -> Heard:
    return read_post(post(*alerts), OURS)


def claim(**fields: Any) -> Claim:
    usual: dict[str, Any] = {
        "fingerprint": PRINT, "firing": True, "starts_at": START, "labels": {"alertname": "HostDown", "severity": "critical"},
        "note": "db1 is down",
    }  # fmt: skip
    return Claim(**usual | fields)


def told(ward: Ward, minutes: float, *claims: Claim) -> Answer:
    return ward.order(minutes, Hear(claims=claims, who="alertmanager"))


# ---------------------------------------------------------------------------------------------------------- reading


def test_a_post_is_read() -> None:
    (one,) = heard(alert()).claims
    assert one == Claim(
        fingerprint=PRINT,
        firing=True,
        starts_at=datetime(2026, 5, 4, 5, 58, 0, 123457, tzinfo=UTC),
        labels={"alertname": "HostDown", "instance": "db1", "severity": "critical"},
        note="db1 is down",
    )
    (over,) = heard(alert(status="resolved", endsAt="2026-05-04T08:10:00+02:00", annotations={"description": "db1"})).claims
    assert (over.firing, over.ended_at, over.note) == (False, datetime(2026, 5, 4, 6, 10, tzinfo=UTC), "db1")
    (over,) = heard(alert(status="resolved")).claims
    assert over.ended_at is None, "Go's zero time is none"


@pytest.mark.parametrize("url", [f"{OURS}/alerts/12", f"{OURS}/"])
def test_what_is_ours_is_dropped(url: str) -> None:
    assert heard(alert(generatorURL=url), alert()) == Heard(claims=heard(alert()).claims, echoes=1)


@pytest.mark.parametrize("url", ["", "https://watch.example.evil/alerts/12", "http://watch.example/alerts/12"])
def test_what_only_looks_like_ours_is_not(url: str) -> None:
    assert heard(alert(generatorURL=url)).echoes == 0


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "no post of an Alertmanager's webhook"),
        (b"\xff\xfe", "no post"),
        (b"[" * 100_000, "no post"),
        (b"[]", "no post"),
        (b'{"version":"4"}', "missing required field `alerts`"),
        (post(version="3"), "version '3' is not known here: this takes version 4"),
        (post(version=4), "Expected `str`"),
        (post(alert(status="burning")), "Invalid enum value 'burning'"),
        (post(alert(labels={"alertname": 7})), "Expected `str`"),
        (post(alert(labels=None)), "Expected `object`"),
        (post(alert(startsAt="yesterday")), "Invalid RFC3339"),
        (post({"status": "firing"}), "missing required field `labels`"),
    ],
)
def test_what_is_no_such_post_is_refused_in_one_short_line(body: bytes, said: str) -> None:
    with pytest.raises(ForeignBodyError, match=said) as refused:
        read_post(body, OURS)
    assert len(str(refused.value)) < 300
    assert "\n" not in str(refused.value)


def test_labels_are_bounded_and_clean() -> None:
    many = {f"label_{number:03}": "x" for number in range(100)}
    (one,) = heard(alert(labels={"alertname": HOSTILE.replace("\ud800", ""), "a": "x" * 5000, "": "x", "e": " "} | many)).claims
    assert len(one.labels) <= MOST_LABELS
    assert max(len(value) for value in one.labels.values()) == LONGEST_VALUE
    assert one.labels["alertname"].startswith("CP2500 Bcc: x@evil.example <Hangup/>")
    assert all(value.isprintable() and name for name, value in one.labels.items())
    assert "e" not in one.labels


def test_an_alert_without_a_fingerprint_is_known_by_its_labels() -> None:
    first, again, other = heard(
        alert(fingerprint=""), alert(fingerprint="../../x"), alert(fingerprint="", labels={"alertname": "Other"})
    ).claims
    assert first.fingerprint == again.fingerprint != other.fingerprint
    assert first.fingerprint.isalnum()


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-05-04T05:58:00"])
def test_instants_at_the_ends_of_the_calendar_are_instants(at: str) -> None:
    (one,) = heard(alert(status="resolved", startsAt=at, endsAt=at)).claims
    assert one.starts_at.tzinfo is UTC
    ward = Ward()
    assert told(ward, 0, claim(starts_at=one.starts_at)) is Answer.DONE
    (matter,) = ward.desk.matters.values()
    assert START - timedelta(days=366) <= matter.since <= START


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_stands_in_a_body_is_claims_or_a_refusal(body: Any) -> None:
    for value in (body, {"version": "4", "alerts": body}, {"version": "4", "alerts": [alert(labels=body)]}):
        try:
            read_post(msgspec.json.encode(value), OURS)
        except (ForeignBodyError, UnicodeEncodeError):
            continue


# ---------------------------------------------------------------------------------------------------------- matters


def test_it_is_a_page_when_it_is_critical_and_over_when_that_is_said() -> None:
    ward = Ward()
    assert told(ward, 0, claim()) is Answer.DONE
    ward.wait(1)
    told(ward, 10, claim(firing=False, ended_at=ward.at(9)))
    assert (ward.told[0].at, ward.messages()[0][1:]) == (START + timedelta(seconds=5), ("raise", "anna", "sms"))
    assert [(purpose, person) for minute, purpose, person, _ in ward.messages() if minute == 10] == [
        ("clear", "anna"), ("clear", "ben"),
    ]  # fmt: skip
    assert ward.alerts[1].rule == "external-page"
    assert ward.alerts[1].condition is Condition.RESOLVED
    assert ward.desk.matters == {}


@pytest.mark.parametrize(
    ("severity", "rule"),
    [("page", "external-page"), ("critical", "external-page"), ("warning", "external"), ("ticket", "external"), ("", "external"),
     ("error", "external"), ("info", "external-info"), ("none", "external-info")],
)  # fmt: skip
def test_how_much_it_presses_is_said_by_its_label(severity: str, rule: str) -> None:
    ward = Ward()
    told(ward, 0, claim(labels={"alertname": "HostDown"} | ({"severity": severity} if severity else {})))
    assert [one.rule for one in ward.desk.alerts.values()] == [rule]


def test_the_same_again_is_the_same() -> None:
    ward = Ward()
    for minute in (0, 1, 2, 60):
        told(ward, minute, claim(), claim())
    assert len(ward.alerts) == 1
    assert len([one for one in ward.told if one.person == "anna" and one.at < ward.at(5)]) == 1
    told(ward, 61, claim(starts_at=ward.at(-30)), claim(note="db1 is still down"))
    (matter,) = ward.desk.matters.values()
    assert (matter.since, matter.note) == (START, "db1 is still down"), (
        "a second source with an earlier beginning is no other alert"
    )
    told(ward, 62, claim(firing=False, starts_at=ward.at(-30), ended_at=ward.at(62)))
    told(ward, 63, claim(firing=False, starts_at=ward.at(-30), ended_at=ward.at(62)))
    assert ward.desk.matters == {}
    told(ward, 64, claim(firing=False, fingerprint="never0heard"))
    assert len(ward.alerts) == 1


def test_an_end_that_comes_late_does_not_end_what_began_after_it() -> None:
    ward = Ward()
    told(ward, 0, claim())
    told(ward, 5, claim(firing=False, ended_at=ward.at(5)))
    told(ward, 20, claim(starts_at=ward.at(20)))
    told(ward, 21, claim(firing=False, ended_at=ward.at(5)))
    assert len(ward.desk.matters) == 1
    assert len(ward.alerts) == 2


def test_what_never_said_when_it_began_ends_by_a_clock_that_is_behind_ours() -> None:
    ward = Ward()
    never = datetime(1, 1, 1, tzinfo=UTC)
    told(ward, 10, claim(starts_at=never))
    told(ward, 11, claim(starts_at=never, firing=False, ended_at=ward.at(9)))
    assert ward.desk.matters == {}


def test_it_stays_until_it_is_over_and_what_is_ended_by_hand_is_left_alone() -> None:
    ward = Ward()
    told(ward, 0, claim())
    ward.wait(60 * 24 * 30)
    assert len(ward.desk.alerts) == 1
    ward.order(60 * 24 * 30, Resolve(alert=1, who="anna", cause="that rule is wrong"))
    told(ward, 60 * 24 * 30 + 1, claim())
    assert ward.desk.alerts == {}
    told(ward, 60 * 24 * 30 + 2, claim(firing=False), claim())
    assert len(ward.desk.alerts) == 1, "it fires anew"


def test_a_rule_goes_by_any_label_of_theirs() -> None:
    ward = Ward(
        PEOPLE + '[[rule]]\nname = "db"\non = "external"\nseverity = "page"\nfor = "10m"\n'
        'match = { "my.team" = "dba", instance = "~db.*" }\ngroup_by = ["instance"]\n'
    )
    fits = {"alertname": "HostDown", "my.team": "dba", "instance": "db1"}
    told(ward, 0, claim(labels=fits), claim(fingerprint="b", labels=fits | {"instance": "web1"}))
    ward.wait(11)
    (one,) = ward.desk.alerts.values()
    assert (one.group, one.opened_at) == ({"instance": "db1"}, ward.at(10))


def test_a_route_and_a_silence_that_ask_for_them_go_by_any_label_of_theirs() -> None:
    ward = Ward(PEOPLE + '[[route]]\nmatch = { kind = "external", team = "dba" }\npolicy = "network"\n')
    labels = claim().labels
    told(ward, 0, claim(labels=labels | {"team": "dba"}), claim(fingerprint="b", labels=labels | {"alertname": "Other"}))
    ward.wait(1)
    assert [one.alert for one in ward.told] == [1]
    with pytest.raises(MatcherError, match="team: nothing has such a label"):
        read_matchers({"team": "dba"})
    wanted = {"kind": "external", "alertname": "HostDown"}
    silence = Silence(id=0, matchers=read_matchers(wanted), since=START, until=ward.at(60), who="anna", why="moving house")
    ward.order(2, Hush(silence=silence, who="anna"))
    ward.wait(50)
    assert [one.alert for one in ward.told] == [1]


def test_our_own_words_in_their_labels_mean_nothing_but_silences_go_by_them() -> None:
    ward = Ward(PEOPLE.replace('"fr"', '"en"'))
    ward.add(1, site="Brill")
    labels = {"alertname": "X", "severity": "critical", "kind": "breach", "site": "Brill", "site_working": "0", "cause": "planned",
              "party": "owner", "safety": "danger", "incident": "I1", "scope": "apn", "station": "CP1"}  # fmt: skip
    told(ward, 0, claim(labels=labels))
    (matter,) = ward.desk.matters.values()
    assert (matter.kind, matter.labels["kind"], matter.stations) == (Kind.EXTERNAL, "external", ())
    ward.wait(1)
    assert [one.person for one in ward.told] == ["anna"]
    book = Phrasebook(ZONE, str)
    assert book.words(ward.told[0], ward.alerts[1], ward.desk).title == "[page] X (Alertmanager): db1 is down. Since 08:00."
    silence = Silence(id=0, matchers=read_matchers({"station": "CP1"}), since=START, until=ward.at(100), who="a", why="b")
    ward.order(2, Hush(silence=silence, who="a"))
    ward.wait(90)
    assert len(ward.told) == 1


def test_many_of_one_name_are_one_page_and_every_language_says_so() -> None:
    ward = Ward()
    told(ward, 0, *(claim(fingerprint=f"f{number}", labels=claim().labels | {"instance": f"db{number}"}) for number in range(300)))
    ward.wait(1)
    assert [one.person for one in ward.told] == ["anna"]
    book = Phrasebook(ZONE, str)
    for language in LANGUAGES:
        ward.desk.rules = Ward(PEOPLE.replace('language = "fr"', f'language = "{language}"')).desk.rules
        assert "HostDown (Alertmanager), 300" in book.words(ward.told[0], ward.alerts[1], ward.desk).text


def test_more_than_there_is_room_for_is_not_taken() -> None:
    ward = Ward()
    many = [claim(fingerprint=f"f{number}") for number in range(MOST_OPEN)]
    assert told(ward, 0, *many) is Answer.DONE
    assert told(ward, 1, claim(fingerprint="one0more")) is Answer.TOO_MANY
    assert told(ward, 2, *many[:3]) is Answer.DONE, "what is known already is no more"
    assert len(ward.desk.matters) == MOST_OPEN
    assert told(ward, 3, claim(fingerprint="f1", firing=False)) is Answer.DONE
    assert told(ward, 4, claim(fingerprint="one0more")) is Answer.DONE
