"""What `config check` and the log say of rules that are right and will fail all the same one day."""

from __future__ import annotations

import pytest

from alerts.core.canary import with_canary
from alerts.core.delivery import Medium
from alerts.core.foresight import foresee, sim_operators, ways
from alerts.rulebook import read_rulebook
from monitor.core.registry import LifeCycle, Sim
from tests.alerts.wards import Ward
from tests.support.clocks import START

ALL = frozenset(Medium)
ANNA = '[[contact]]\nname = "anna"\nsms = "+352621000001"\nvoice = "+352621000001"\nemail = "anna@example.lu"\noperator = "post"\n'
BEN = '[[contact]]\nname = "ben"\nsms = "+352691000002"\noperator = "tango"\n'
WEEK = '[[schedule]]\nname = "week"\nhandover = "monday 09:00"\npeople = ["anna", "ben"]\n'
TWO = 'steps = [ { notify = "contact:anna", by = ["sms"] }, { notify = "contact:anna", by = ["email"], after = "5m" } ]\n'


def policy(steps: str, name: str = "network") -> str:
    return f'[[policy]]\nname = "{name}"\n{steps}'


def said(rules: str, configured: frozenset[Medium] = ALL, **sims: int) -> list[str]:
    return foresee(with_canary(read_rulebook(rules, today=START.date())), configured, sims)


def test_what_is_well_arranged_bodes_no_ill() -> None:
    steps = TWO.replace('"contact:anna", by = ["sms"]', '"schedule:week", by = ["sms", "email"]')
    assert said(ANNA + BEN + WEEK + policy(steps), post=480) == []


@pytest.mark.parametrize(
    ("by", "configured", "what"),
    [
        ('["sms"]', ways(smtp=True, twilio=False), "nothing sends by sms, so it tells nobody: write the section [twilio]"),
        (
            '["sms", "email"]',
            ways(smtp=True, twilio=False),
            "nothing sends by sms, so it goes by email alone: write the section [twilio]",
        ),
        (
            '["email", "voice"]',
            ways(smtp=False, twilio=True),
            "nothing sends by email, so it goes by voice alone: write the section [smtp]",
        ),
    ],
)
def test_a_way_that_nothing_sends_by_is_named_with_its_section(by: str, configured: frozenset[Medium], what: str) -> None:
    found = said(ANNA + policy(f'steps = [ {{ notify = "contact:anna", by = {by} }} ]\n'), configured)
    assert f"policy 'network', step 1: {what}" in found


def test_somebody_in_a_schedule_whom_a_step_cannot_reach_is_named() -> None:
    steps = TWO.replace('"contact:anna", by = ["email"]', '"schedule:week", by = ["voice", "email"]')
    assert said(ANNA + BEN + WEEK + policy(steps))[0] == (
        "policy 'network', step 2: ben, of schedule 'week', has no voice or email: give the contact one, or another way in 'by'"
    )


def test_a_policy_that_knows_one_way_only_is_named() -> None:
    rules = ANNA + BEN + policy('steps = [ { notify = ["contact:anna", "contact:ben"], by = ["sms"] } ]\n')
    assert said(rules) == [
        "policy 'network': every step goes by sms: give one another way in 'by', or nobody hears while that is down"
    ]


def test_one_operator_of_all_who_are_paged_is_a_shared_fate() -> None:
    rules = (
        ANNA
        + BEN.replace("tango", "Post")
        + policy(TWO + "repeat = 1\n").replace('"contact:anna", by = ["sms"]', '["contact:anna", "contact:ben"], by = ["sms"]')
    )
    mend = "give one of them a number of another operator, or add a contact with one"
    assert said(rules) == [f"whoever is paged by telephone (anna, ben) are all with the operator 'post': {mend}"]
    assert said(rules, tango=9) == said(rules)
    (found,) = said(rules, POST=312, tango=9)
    assert ", as are the SIMs of 312 bornes: what silences these silences the page: give one of them" in found
    assert said(ANNA + policy(TWO), post=1)[0].startswith(
        "whoever is paged by telephone (anna) is with the operator 'post', as are"
    )


@pytest.mark.parametrize(
    "other",
    [
        BEN,
        BEN.replace('operator = "tango"\n', ""),
    ],
    ids=["of another", "that is not named"],
)
def test_another_operator_is_none_and_one_that_is_not_named_is_not_guessed(other: str) -> None:
    steps = TWO.replace('"contact:anna", by = ["sms"]', '["contact:anna", "contact:ben"], by = ["sms"]')
    assert said(ANNA + other + policy(steps)) == []


def test_only_policies_that_a_page_goes_to_count() -> None:
    routes = (
        '[[route]]\nmatch = { severity = "!page" }\npolicy = "day"\n[[route]]\nmatch = { severity = "page" }\npolicy = "night"\n'
    )
    rules = ANNA + BEN + policy(TWO, "day") + policy(TWO.replace('anna", by = ["email"]', 'ben", by = ["sms"]'), "night")
    assert [one for one in said(rules + routes) if "operator" in one] == []
    assert [
        one for one in said(rules + routes.replace('"!page"', '"ticket"').replace('= "page"', '= "info"')) if "operator" in one
    ] == []
    swapped = routes.replace('"day"', '"x"').replace('"night"', '"day"').replace('"x"', '"night"')
    assert "(anna) is with the operator 'post'" in said(rules + swapped)[-1]


def test_sims_of_stations_that_are_not_watched_do_not_count() -> None:
    ward = Ward()
    ward.add(1, 2, sim=Sim(operator="post"))
    ward.add(3, sim=Sim(operator="post"), life_cycle=LifeCycle.RETIRED)
    ward.add(4)
    assert sim_operators(ward.stations.values()) == {"post": 2}


@pytest.mark.parametrize(
    ("notices", "configured", "what"),
    [
        (
            'notices = ["sms", "email"]\n',
            ways(smtp=False, twilio=True),
            "nothing sends by email, so people hear of their shifts by sms alone: write the section [smtp]",
        ),
        (
            'notices = ["sms", "email"]\n',
            ways(smtp=False, twilio=False),
            "nothing sends by sms or email, so nobody hears of a shift: write the section [twilio] and [smtp]",
        ),
        ("", ways(smtp=True, twilio=False), "nothing sends by sms, so ben hears of no shift: write the section [twilio]"),
        (
            "",
            ways(smtp=False, twilio=False),
            "nothing sends by sms or email, so anna, ben hear of no shift: write the section [twilio] and [smtp]",
        ),
    ],
)
def test_notices_of_shifts_by_a_way_that_nothing_sends_by_are_named(notices: str, configured: frozenset[Medium], what: str) -> None:
    assert said(ANNA + BEN + WEEK + notices, configured) == [f"schedule 'week', notices: {what}"]


def test_notices_that_reach_everybody_bode_no_ill_whatever_else_is_not_configured() -> None:
    assert said(ANNA + BEN + WEEK, ways(smtp=False, twilio=True)) == []
    assert said(ANNA + BEN + WEEK + "notices = []\n", ways(smtp=False, twilio=False)) == []
