"""alerts.toml: what the contract shows is read, and each mistake is refused with its place and how to mend it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

import pytest

from alerts.core.delivery import Medium, Server
from alerts.core.matters import Kind
from alerts.core.rules import Target, TargetKind
from alerts.core.severity import Severity
from alerts.errors import RuleBookError
from alerts.rulebook import duration_s
from alerts.rulebook import read_rulebook as read_from
from tests.alerts.wards import PEOPLE

if TYPE_CHECKING:
    from pathlib import Path

    from alerts.core.rules import RuleBook

TODAY = date(2026, 5, 6)


def read_rulebook(text: str) -> RuleBook:
    return read_from(text, today=TODAY)


CONTRACT = """
[[contact]]
name = "anna"
language = "fr"
sms = "+352621000001"
voice = "+352621000001"
email = "anna@example.lu"
operator = "post"
[[contact]]
name = "ben"
language = "de"
sms = "+352691000002"
voice = "+352691000002"
operator = "tango"
[[schedule]]
name = "network"
timezone = "Europe/Luxembourg"
rotation = "weekly"
start = "2026-01-05"
handover = "monday 09:00"
people = ["anna", "ben"]
[[policy]]
name = "network"
steps = [ { notify = "schedule:network", by = ["sms"], after = "0s" }, { notify = "contact:ben", by = ["voice"], after = "5m" } ]
repeat = 2
[[rule]]
name = "borne-offline"
on = "breach"
for = "20m"
severity = "ticket"
[[route]]
match = { severity = "page" }
policy = "network"
"""


def test_what_the_contract_shows_is_read() -> None:
    book = read_rulebook(CONTRACT)
    assert book.people["anna"].addresses == {
        Medium.SMS: "+352621000001",
        Medium.VOICE: "+352621000001",
        Medium.EMAIL: "anna@example.lu",
    }
    policy = book.policies["network"]
    assert [(step.notify, step.by, step.after_s) for step in policy.steps] == [
        ((Target(kind=TargetKind.SCHEDULE, name="network"),), (Medium.SMS,), 0.0),
        ((Target(kind=TargetKind.CONTACT, name="ben"),), (Medium.VOICE,), 300.0),
    ]
    assert (policy.repeat, policy.round_s) == (2, 600.0)
    (rule,) = book.rules
    assert (rule.name, rule.on, rule.severity, rule.for_s) == ("borne-offline", Kind.BREACH, Severity.TICKET, {"": 1200.0})
    assert book.route_of({"severity": "page"}) is book.routes[0]
    assert book.route_of({"severity": "ticket"}) is None
    assert book.on_call("network", datetime(2026, 1, 5, 8, 30, tzinfo=UTC)) == ("anna",), "her first week"
    assert book.on_call("network", datetime(2026, 1, 12, 8, 30, tzinfo=UTC)) == ("ben",)
    assert book.on_call("nights", datetime(2026, 1, 12, 8, 30, tzinfo=UTC)) == ()


def test_a_schedule_without_a_start_begins_with_the_monday_of_the_first_reading() -> None:
    book = read_rulebook(CONTRACT.replace('start = "2026-01-05"\n', ""))
    assert book.schedules["network"].start == date(2026, 5, 4)


def test_a_file_without_rules_has_sensible_ones() -> None:
    book = read_rulebook(PEOPLE)
    assert {rule.on for rule in book.rules} == set(Kind)
    page, ticket = book.route_of({"severity": "page"}), book.route_of({"severity": "ticket"})
    assert page is not None
    assert ticket is not None
    assert (page.policy, page.hours, ticket.policy) == ("network", None, "network")
    assert ticket.hours is not None
    assert not ticket.hours.hold(datetime(2026, 5, 3, 12, tzinfo=UTC)), "a Sunday"
    assert read_rulebook("").route_of({"severity": "page"}) == read_rulebook("").routes[0]


def test_a_rule_may_wait_longer_on_one_bearer_than_on_another() -> None:
    book = read_rulebook(
        '[[rule]]\nname = "a"\non = "breach"\nseverity = "page"\nfor = { gprs = "1h30m", other = "90s" }\ngroup_by = ["site"]\n'
        'match = { region = ["Sud", "Nord"], owner = "!Ville", site = "~B.*", model = "!~X.*" }\nrunbook = "https://wiki.example/a"\n'
    )
    (rule,) = book.rules
    assert (rule.sustained_s({"bearer": "gprs"}), rule.sustained_s({"bearer": "lan"}), rule.sustained_s({})) == (5400.0, 90.0, 90.0)
    fits = {"region": "Sud", "owner": "Esch", "site": "Brill", "model": "Y1"}
    assert all(one.fits(fits) for one in rule.match)
    for label, value in (("region", "Est"), ("owner", "Ville"), ("site", "Gare"), ("model", "X1")):
        assert not all(one.fits(fits | {label: value}) for one in rule.match)


def test_owners_are_read() -> None:
    book = read_rulebook('[[owner]]\nname = "Ville"\nby = ["email", "sms"]\nafter = "1h"\n')
    owned = [rule for rule in book.rules if rule.audience == "Ville"]
    assert {(rule.on, rule.policy, rule.for_s[""]) for rule in owned} == {
        (Kind.BREACH, "owner:Ville", 3600.0),
        (Kind.INCIDENT, "owner:Ville", 3600.0),
    }


def test_programs_are_told_by_webhooks_and_servers_with_a_token(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    book = read_rulebook(
        f'{HOOK}secret_file = "{secret}"\n[[ntfy]]\nurl = "http://10.0.0.5:8080/"\ntoken = "tk_1"\n'
        '[[contact]]\nname = "glue"\nwebhook = "w"\nntfy = "http://10.0.0.5:8080/oncall"\n'
        + STEP
        % ("contact:glue", "webhook", "0s")
    )
    assert book.webhooks == {"w": Server(url="https://x", secret="s3cret")}
    assert book.ntfy == (Server(url="http://10.0.0.5:8080/", secret="tk_1"),)
    assert book.people["glue"].addresses == {Medium.NTFY: "http://10.0.0.5:8080/oncall", Medium.WEBHOOK: "w"}


def test_hours_are_days_and_times_of_a_place() -> None:
    def route(days: str, start: str, end: str) -> str:
        return f'[[route]]\nhours = {{ days = "{days}", from = "{start}", to = "{end}" }}\n'

    hours = read_rulebook(route("fri-mon", "22:00", "24:00")).routes[0].hours
    assert hours is not None
    assert (hours.days, hours.start, hours.end) == (frozenset({5, 6, 7, 1}), time(22), time(0))
    assert hours.hold(datetime(2026, 5, 3, 21, 30, tzinfo=UTC)), "23:30 of a Sunday in Luxembourg"
    assert hours.next(datetime(2026, 5, 5, 12, tzinfo=UTC)) == datetime(2026, 5, 8, 20, tzinfo=UTC)
    hours = read_rulebook(route("mon wed", "08:00", "09:00")).routes[0].hours
    assert hours is not None
    assert hours.next(datetime(2026, 5, 4, 6, 30, tzinfo=UTC)) == datetime(2026, 5, 4, 6, 30, tzinfo=UTC)
    assert hours.next(datetime(2026, 5, 4, 7, 0, tzinfo=UTC)) == datetime(2026, 5, 6, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(("text", "seconds"), [("0s", 0.0), ("90s", 90.0), ("20m", 1200.0), ("1h30m", 5400.0), ("2d", 172_800.0)])
def test_durations(text: str, seconds: float) -> None:
    assert duration_s(text, "here") == seconds


STEP = '[[policy]]\nname = "p"\nsteps = [ { notify = "%s", by = ["%s"], after = "%s" } ]\n'
CONTACT = '[[contact]]\nname = "anna"\nsms = "+352621000001"\n'
HOOK = '[[webhook]]\nname = "w"\nurl = "https://x"\n'
RULE = '[[rule]]\nname = "r"\non = "breach"\nseverity = "page"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[rule", r"alerts.toml is no TOML"),
        ("colour = 1", r"alerts.toml: .*unknown field `colour`"),
        (RULE + 'colour = "red"', r"rule 1: .*unknown field `colour`"),
        ('[[rule]]\nname = "r"\non = "weather"\nseverity = "page"', r"rule 1, on: Invalid enum value 'weather'"),
        (RULE + RULE, r"rule 2: the name 'r' is taken"),
        (RULE.replace('"r"', '""'), r"rule 1: it has no name"),
        (RULE + "match = { colour = 'red' }", r"rule 'r', match: colour: nothing has such a label; there are apn, bearer"),
        (RULE + "match = { site = 7 }", r"rule 'r', match: site: 7 is no text"),
        (RULE + "match = { site = [] }", r"rule 'r', match: site: \[\] is no text"),
        (RULE + "match = { site = ['a', '!b'] }", r"rule 'r', match: site: .* mixes"),
        (RULE + "match = { site = '~(' }", r"rule 'r', match: site: '\(' is no regular expression"),
        (RULE + "match = { severity = 'page' }", r"severity: nothing has such a label"),
        (RULE + "for = 'soon'", r"rule 'r', for: 'soon' is no duration: write 90s, 20m"),
        (RULE + "for = { dsl = '1m' }", r"rule 'r', for: there is no bearer 'dsl': gprs, lan, wifi or other"),
        (RULE + "group_by = ['colour']", r"rule 'r', group_by: nothing has a label 'colour'"),
        ('[[contact]]\nname = "a"\nsms = "0621 000001"', r"contact 'a', sms: '0621 000001' is not a number with its country"),
        ('[[contact]]\nname = "a"\nemail = "a\\nBcc: x@y.z"', r"contact 'a', email: .* is not a mail address"),
        ('[[contact]]\nname = "a"\nntfy = "topic"', r"contact 'a', ntfy: 'topic' is not the address of a topic"),
        ('[[policy]]\nname = "p"\nsteps = []', r"policy 'p': it has no steps, so it would tell nobody"),
        (STEP % ("contact:zoe", "sms", "0s"), r"policy 'p', step 1: there is no contact 'zoe': there is none at all"),
        (CONTACT + STEP % ("contact:zoe", "sms", "0s"), r"there is no contact 'zoe': anna"),
        (CONTACT + STEP % ("schedule:night", "sms", "0s"), r"there is no schedule 'night'"),
        (CONTACT + STEP % ("anna", "sms", "0s"), r"policy 'p', step 1: 'anna': write 'contact:NAME'"),
        (CONTACT + STEP % ("contact:anna", "voice", "0s"), r"policy 'p', step 1: anna has no voice: give the contact one"),
        (CONTACT + STEP % ("contact:anna", "sms", "5"), r"policy 'p', step 1, after: '5' is no duration"),
        (CONTACT + '[[policy]]\nname = "p"\nsteps = [ { notify = [], by = ["sms"] } ]', r"policy 'p', step 1: it tells nobody"),
        (
            CONTACT + '[[policy]]\nname = "p"\nsteps = [ { notify = "contact:anna", by = ["sms"], after = "5m" },'
            ' { notify = "contact:anna", by = ["sms"], after = "1m" } ]',
            r"policy 'p': a step comes before the one above it",
        ),
        (CONTACT + STEP % ("contact:anna", "sms", "0s") + "repeat = -1", r"policy 'p': repeat = -1"),
        ('[[route]]\npolicy = "p"', r"route 1: there is no policy 'p': there is none at all"),
        ("[[route]]\nmatch = { colour = 'red' }", r"route 1, match: colour: nothing has such a label"),
        ('[[route]]\nhours = { days = "someday", from = "08:00", to = "18:00" }', r"route 1, hours: 'someday' are no days"),
        ('[[route]]\nhours = { days = "mon-x", from = "08:00", to = "18:00" }', r"route 1, hours: 'mon-x' are no days"),
        ('[[route]]\nhours = { days = "mon", from = "8", to = "18h" }', r"route 1, hours: .* write times of day as 08:00"),
        ('[[route]]\nhours = { days = "mon", from = "18:00", to = "08:00" }', r"route 1, hours: they end at 08:00, before"),
        ('[[route]]\nhours = { days = "mon", from = "08:00", to = "18:00", timezone = "Mars" }', r"no timezone 'Mars'"),
        (CONTACT + '[[schedule]]\nname = "s"\npeople = []\nhandover = "monday 09:00"', r"schedule 's'.*people"),
        (
            CONTACT + '[[schedule]]\nname = "s"\npeople = ["zoe"]\nhandover = "monday 09:00"',
            r"schedule 's': there is no contact 'zoe'",
        ),
        (CONTACT + '[[schedule]]\nname = "s"\npeople = ["anna"]\nhandover = "noon"', r"schedule 's': handover 'noon'"),
        (
            CONTACT + '[[schedule]]\nname = "s"\npeople = ["anna"]\nhandover = "monday 09:00"\n'
            'layer = [ { people = ["anna"], hours = "x" } ]',
            r"schedule 's', hours 'x' are none",
        ),
        ('[[owner]]\nname = "Ville"\nby = ["voice"]', r"owner 'Ville': an owner is told by email or sms"),
        ('[[owner]]\nname = "Ville"\nby = []', r"owner 'Ville': an owner is told by email or sms"),
        (HOOK, r"webhook 'w': it has no secret: write secret_file, the file that holds it"),
        (HOOK + 'secret = "a"\nsecret_file = "b"', r"webhook 'w': secret and secret_file are both there"),
        (HOOK + 'secret_file = "/nowhere/at/all"', r"webhook 'w': secret_file '/nowhere/at/all': No such file or directory"),
        (HOOK + 'secret_file = "/dev/null"', r"webhook 'w': secret_file '/dev/null': it holds no single line"),
        (
            HOOK + 'secret = "a"\ntickets_of = ["Esch"]\n' + HOOK.replace('"w"', '"v"') + 'secret = "b"\ntickets_of = ["Esch"]',
            r"webhook 'v', tickets_of: 'Esch' stands at 'w' as well: give each one",
        ),
        (HOOK + 'secret = "a"\ntickets_of = [" "]', r"webhook 'w', tickets_of: an owner or a maintainer has a name"),
        (HOOK + 'secret = "a"\n' + HOOK + 'secret = "b"', r"webhook 2: the name 'w' is taken"),
        (HOOK.replace("https", "ftp") + 'secret = "a"', r"webhook 'w': url: 'ftp://x' is no address: write https://HOST/PATH"),
        (HOOK.replace("https://x", "") + 'secret = "a"', r"webhook 'w': url: '' is no address"),
        (HOOK.replace("x", "x y") + 'secret = "a"', r"webhook 'w': url: 'https://x y' is no address"),
        (HOOK.replace("https://x", "http://[::1") + 'secret = "a"', r"webhook 'w': url: 'http://\[::1' is no address"),
        ('[[contact]]\nname = "a"\nwebhook = "v"', r"contact 'a': there is no webhook 'v': there is none at all"),
        (HOOK + 'secret = "a"\n[[contact]]\nname = "a"\nwebhook = "v"', r"contact 'a': there is no webhook 'v': w"),
        ('[[ntfy]]\nurl = "https://x/topic"\ntoken = "t"', r"ntfy 1: url: 'https://x/topic' is no server: write https://HOST"),
        ('[[ntfy]]\nurl = "https://u:p@x"\ntoken = "t"', r"ntfy 1: url: .* is no server"),
        ('[[ntfy]]\nurl = "https://x"', r"ntfy 1: it has no token: write token_file"),
        (
            '[[ntfy]]\nurl = "https://x"\ntoken = "t"\n[[ntfy]]\nurl = "https://x:443/"\ntoken = "t"',
            r"ntfy 2: url: 'https://x:443/' stands there twice",
        ),
    ],
)
def test_a_mistake_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(RuleBookError, match=said):
        read_rulebook(text)
