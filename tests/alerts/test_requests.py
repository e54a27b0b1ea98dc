"""What the hotline asks the operator on call for: a page where it is urgent, one alert a ticket, over when the ticket is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from alerts.commands import LONGEST_SAID, AlertCommands
from alerts.core.delivery import Medium
from alerts.core.matters import Kind, request_key
from alerts.core.orders import Acknowledge, Answer, Resolve, StandDown, Summon
from alerts.core.sentences import saying_of
from alerts.storage.archive import SqlArchive
from alerts.wording import ZONE, Phrasebook
from monitor.core.events import MaintenanceChanged, SecurityNoted
from monitor.core.findings import SECURITY_EVENTS
from monitor.core.ids import StationId
from tests.alerts.channels.messages import HOSTILE
from tests.alerts.desks import House, running_house
from tests.alerts.wards import PEOPLE, Ward
from tests.support.clocks import SetClock
from tests.support.services import until

if TYPE_CHECKING:
    from alerts.core.matters import Matter
    from monitor.storage.database import SqlDatabase

DAY: Final = 24 * 60
"""Minutes."""
ONLY_BREACHES: Final = (
    PEOPLE
    + """
[[rule]]
name = "borne-offline"
on = "breach"
severity = "ticket"
"""
)


def asked(ticket: int = 17, said: str = "the cable is stuck", *, station: int = 1, urgent: bool = False) -> Summon:
    return Summon(station=StationId(station), ticket=ticket, said=said, urgent=urgent, who="zoe")


def watched(rules: str = PEOPLE) -> Ward:
    ward = Ward(rules)
    ward.add(1, 2, site="Brill", region="Sud")
    return ward


def only(ward: Ward) -> Matter:
    (matter,) = ward.desk.matters.values()
    return matter


# ---------------------------------------------------------------------------------------------------- who is asked


def test_an_urgent_request_is_a_page_at_once() -> None:
    ward = watched()
    assert ward.order(0, asked(urgent=True)) is Answer.DONE
    ward.wait(1)
    assert ward.messages() == [(5 / 60, "raise", "anna", "sms")]
    (alert,) = ward.desk.alerts.values()
    assert (alert.rule, alert.severity) == ("hotline-urgent", "page")
    ward.wait(6)
    assert ward.messages()[1:] == [(5 + 5 / 60, "raise", "ben", "voice")], "it escalates as any page does"


def test_another_one_is_a_ticket() -> None:
    ward = watched()
    assert ward.order(0, asked()) is Answer.DONE
    (alert,) = ward.desk.alerts.values()
    assert (alert.rule, alert.severity) == ("hotline", "ticket")


def test_a_request_goes_by_its_station_and_its_ticket() -> None:
    ward = watched()
    ward.order(0, asked())
    matter = only(ward)
    assert (matter.key, matter.kind, matter.note, matter.stations) == ("request/17", Kind.REQUEST, "the cable is stuck", (1,))
    wanted = {"kind": "request", "station": "CP1", "site": "Brill", "region": "Sud", "ticket": "17", "urgent": "no"}
    assert wanted.items() <= matter.labels.items()


def test_rules_go_by_its_labels() -> None:
    ward = watched(
        PEOPLE + '[[rule]]\nname = "south"\non = "request"\nmatch = { region = "Sud", urgent = "yes" }\nseverity = "info"\n'
    )
    assert ward.order(0, asked()) is Answer.NO_RULE
    assert ward.order(0, asked(urgent=True)) is Answer.DONE
    assert [one.rule for one in ward.desk.alerts.values()] == ["south"]


def test_where_no_rule_is_for_requests_nothing_is_kept() -> None:
    ward = watched(ONLY_BREACHES)
    assert ward.order(0, asked(urgent=True)) is Answer.NO_RULE
    assert (ward.desk.matters, ward.desk.alerts, ward.log) == ({}, {}, [])


def test_a_station_that_is_none_has_no_requests() -> None:
    ward = watched()
    assert ward.order(0, asked(station=99)) is Answer.NO_SUCH_STATION
    assert ward.desk.matters == {}


def test_planned_work_does_not_mute_who_asks_for_help() -> None:
    ward = watched()
    ward.happen(0, (1, MaintenanceChanged(at=ward.at(0), until=ward.at(DAY))))
    ward.order(1, asked(urgent=True))
    ward.wait(2)
    assert [one[1:3] for one in ward.messages()] == [("raise", "anna")]


# ---------------------------------------------------------------------------------------------------- asked again


def test_the_same_ticket_again_counts_and_tells_nobody() -> None:
    ward = watched()
    ward.order(0, asked(urgent=True))
    ward.wait(1)
    assert ward.order(1, asked(said="he is still there", urgent=True)) is Answer.DONE
    assert ward.order(1, asked(said="", urgent=True)) is Answer.DONE
    ward.wait(2)
    assert (only(ward).times, only(ward).note, only(ward).since) == (3, "he is still there", ward.at(0))
    assert (len(ward.desk.alerts), len(ward.told)) == (1, 1)


def test_another_ticket_is_another_alert() -> None:
    ward = watched()
    ward.order(0, asked(17))
    ward.order(0, asked(18))
    assert sorted(ward.desk.matters) == ["request/17", "request/18"]
    assert len(ward.desk.alerts) == 2


def test_what_becomes_urgent_is_a_page_and_stays_urgent() -> None:
    ward = watched()
    ward.order(0, asked())
    ward.order(1, asked(urgent=True))
    ward.order(2, asked())
    (alert,) = ward.desk.alerts.values()
    assert (alert.rule, only(ward).labels["urgent"]) == ("hotline-urgent", "yes")
    ward.wait(3)
    assert [one[:3] for one in ward.messages() if one[0] >= 1] == [(1 + 5 / 60, "raise", "anna")]


def test_one_that_was_resolved_by_hand_is_asked_for_anew() -> None:
    ward = watched()
    ward.order(0, asked(urgent=True))
    ward.order(1, Resolve(alert=1, who="anna", cause="opened it from afar"))
    assert ward.desk.alerts == {}
    ward.order(2, asked(said="it is locked again", urgent=True))
    ward.wait(3)
    assert (list(ward.desk.alerts), only(ward).times) == ([2], 2)
    assert [one[:3] for one in ward.messages()][1:] == [(2 + 5 / 60, "raise", "anna")]


# ---------------------------------------------------------------------------------------------------- over


def test_a_ticket_that_is_done_ends_its_alert_and_who_was_told_hears_of_it() -> None:
    ward = watched()
    ward.order(0, asked(urgent=True))
    ward.order(1, Acknowledge(alert=1, who="anna"))
    assert ward.order(2, StandDown(ticket=17, who="zoe")) is Answer.DONE
    assert (ward.desk.alerts, ward.desk.matters) == ({}, {})
    assert ward.messages()[1:] == [(2.0, "clear", "anna", "sms")]
    assert ward.alerts[1].over_at == ward.at(2)


def test_ending_it_twice_or_what_nobody_asked_for_is_harmless() -> None:
    ward = watched()
    ward.order(0, asked(urgent=True))
    ward.wait(1)
    for ticket in (17, 17, 99):
        assert ward.order(2, StandDown(ticket=ticket, who="zoe")) is Answer.DONE
    assert [one[1] for one in ward.messages()] == ["raise", "clear"]


def test_one_that_was_resolved_by_hand_and_then_done_tells_nobody() -> None:
    ward = watched()
    ward.order(0, asked(urgent=True))
    ward.order(1, Resolve(alert=1, who="anna", cause="opened it from afar"))
    ward.order(2, StandDown(ticket=17, who="zoe"))
    assert ward.desk.matters == {}
    assert [one[1] for one in ward.messages()] == ["raise"]


def test_a_ticket_that_is_opened_again_is_an_alert_again() -> None:
    ward = watched()
    ward.order(0, asked(urgent=True))
    ward.order(1, StandDown(ticket=17, who="zoe"))
    ward.order(2, asked(said="it is back", urgent=True))
    assert (list(ward.desk.alerts), only(ward).times, only(ward).since) == ([2], 1, ward.at(2))


def test_a_request_lasts_as_long_as_its_ticket() -> None:
    ward = watched()
    ward.order(0, asked(urgent=True))
    ward.order(1, Acknowledge(alert=1, who="anna"))
    ward.wait(5 * DAY)
    ward.looked_over(5 * DAY + 1)
    assert (list(ward.desk.alerts), only(ward).until) == ([1], None)
    ward.order(6 * DAY, StandDown(ticket=17, who="zoe"))
    ward.wait(6 * DAY + 1)
    assert (ward.desk.alerts, ward.desk.matters) == ({}, {})


def test_what_is_over_after_a_day_stays_over_when_all_is_looked_at_again() -> None:
    ward = watched()
    ward.happen(0, (1, SecurityNoted(at=ward.at(0), event=min(SECURITY_EVENTS))))
    ward.wait(DAY + 1)
    assert (ward.desk.alerts, ward.desk.matters) == ({}, {})
    said = len(ward.told)
    ward.looked_over(DAY + 2)
    ward.wait(2 * DAY)
    assert (ward.desk.alerts, len(ward.told)) == ({}, said)


# ---------------------------------------------------------------------------------------------------- in words


def sentence(said: str, language: str = "en") -> str:
    ward = watched()
    ward.order(0, asked(said=said))
    return Phrasebook(ZONE, str).sentence([only(ward)], language)


@pytest.mark.parametrize(
    ("said", "ending"),
    [
        ("the cable is stuck", ": the cable is stuck."),
        ("the cable is stuck.", ": the cable is stuck."),
        ("may he pull it?", ": may he pull it?"),
        ("he  is\ncaught!", ": he is caught!"),
        ("", "."),
        ("x" * 79, ": " + "x" * 79 + "."),
        ("x" * 200, ": " + "x" * 79 + "…"),
    ],
)
def test_an_agents_words_end_as_a_sentence_does(said: str, ending: str) -> None:
    assert sentence(said) == f"The hotline asks for help with CP1 (ticket 17){ending}"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "La hotline demande de l’aide pour CP1 (ticket 17)\u00a0: il est coincé."),
        ("de", "Die Hotline bittet um Hilfe mit CP1 (Ticket 17): il est coincé."),
        ("lb", "D’Hotline freet ëm Hëllef mat CP1 (Ticket 17): il est coincé."),
        ("pt", "A linha de apoio pede ajuda com CP1 (ocorrência 17): il est coincé."),
    ],
)
def test_it_is_told_in_the_language_of_who_gets_it(language: str, words: str) -> None:
    assert sentence("il est coincé", language) == words


def test_nothing_of_what_is_said_is_more_than_text() -> None:
    said = sentence(HOSTILE)
    assert said.isprintable()
    assert "\n" not in said


def test_what_has_lost_its_ticket_can_be_told_all_the_same() -> None:
    ward = watched()
    ward.order(0, asked())
    matter = only(ward)
    del matter.labels["ticket"]
    assert saying_of([matter]).facts["ticket"] == "?"


# ---------------------------------------------------------------------------------------------------- as people ask


def facade(house: House, database: SqlDatabase) -> AlertCommands:
    return AlertCommands(house.engine, SqlArchive(database), Phrasebook(ZONE, str))


async def test_a_request_is_stored_when_it_is_answered_and_outlives_a_restart(database: SqlDatabase) -> None:
    clock = SetClock()
    async with running_house(database, clock) as house:
        said = "stuck\x00 at\r\nplace 4 " + "x" * LONGEST_SAID
        assert await facade(house, database).summon(StationId(1), 17, "zoe", said, urgent=True) is Answer.DONE
    async with running_house(database, clock) as house:
        commands = facade(house, database)
        ((alert, (matter,)),) = commands.open()
        assert (alert.rule, matter.key) == ("hotline-urgent", request_key(17))
        assert matter.note.startswith("stuck at place 4 xxx")
        assert len(matter.note) == LONGEST_SAID
        await house.let_pass(5)
        await until(lambda: house.went_by(Medium.SMS) == ["1/0/0/0/raise/anna"])
        assert await commands.summon(StationId(1), 17, "zoe", "") is Answer.DONE
        assert len(commands.open()) == 1
        assert await commands.end_request(17, "zoe") is Answer.DONE
        await until(lambda: house.went_by(Medium.SMS)[1:] == ["1/0/0/1/clear/anna"])
        assert await commands.end_request(17, "zoe") is Answer.DONE
        assert commands.open() == []
    async with running_house(database, clock) as house:
        assert house.engine.desk.matters == {}
        file = await facade(house, database).file(1)
        assert file is not None
        assert [(one.key, one.until) for one in file.matters] == [("request/17", clock.now())]


async def test_where_no_rule_is_for_it_nothing_is_stored(database: SqlDatabase) -> None:
    async with running_house(database, SetClock(), ONLY_BREACHES) as house:
        assert await facade(house, database).summon(StationId(1), 17, "zoe", "stuck") is Answer.NO_RULE
    async with running_house(database, SetClock()) as house:
        assert house.engine.desk.matters == {}
