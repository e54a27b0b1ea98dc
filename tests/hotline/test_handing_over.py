"""A ticket goes to whoever must act, with the facts filled in; he is told once, and what became of that stands in its history."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from alerts.core.delivery import Medium, Rejected
from alerts.core.matters import Kind
from hotline.core.roles import Role
from hotline.service import desk_of
from hotline.storage.tickets import StoredTickets
from hotline.web.handing import stand_down
from monitor.core.registry import Contact, Language

from .alarms import RULES, Alarms
from .reading import Reader, offline, read
from .support import House, hidden, station

if TYPE_CHECKING:
    from aiohttp import ClientResponse

    from .support import Browser

OWNER = Contact(name="Ville d'Esch", email="bornes@esch.example.lu", language=Language.DE)
ADDRESSES = {"owner": OWNER.email, "maintainer": "fix@example.lu"}


@pytest.fixture
async def alarms(house: House) -> Alarms:
    alarms = await Alarms(house).open()
    house.put(station(1, owner=OWNER, maintainer=Contact(name="Elektro Muller", email="fix@example.lu")), offline())
    return alarms


async def press(browser: Browser, order: str, query: str = "", **form: str) -> ClientResponse:
    token = hidden(await browser.page(f"/tickets/1{query}"), "form_token")
    return await browser.post("/tickets/1", {"form_token": token, "order": order, **form})


async def opened(house: House, *, urgent: bool = False) -> Browser:
    browser = await house.visitor(Role.AGENT)
    token = hidden(await browser.page("/stations/CP0001"), "form_token")
    form = {"form_token": token, "station": "CP0001", "subject": "Cable held", "connector": "1"}
    await browser.post("/tickets", form | ({"urgent": "1"} if urgent else {}))
    return browser


async def letter(browser: Browser, to: str) -> str:
    page = await browser.page(f"/tickets/1?to={to}")
    return page.split('<textarea name="text"', 1)[1].split(">", 1)[1].split("</textarea>", 1)[0]


async def has(house: House) -> str:
    found = await StoredTickets(house.database).find(1)
    assert found is not None
    return found[0].has.value


async def test_the_owner_gets_a_letter_in_his_language_and_the_ticket_says_that_it_went(house: House, alarms: Alarms) -> None:
    browser = await opened(house, urgent=True)
    text = await letter(browser, "owner")
    assert "Wie wir sie jetzt sehen" in text or "offline" in text
    answer = await press(browser, "hand-over", "?to=owner", to="owner", address=OWNER.email, text="Bitte kommen Sie.\nDanke")
    assert answer.status == 303
    await alarms.let_pass(2)
    (sent,) = alarms.wires[Medium.EMAIL].took
    assert (sent.to, sent.language, sent.text) == (OWNER.email, "de", "Bitte kommen Sie.\nDanke")
    assert sent.title.startswith("[")
    assert "CP0001" in sent.title
    assert await has(house) == "owner"
    assert "sent" in (await read(browser, "/tickets/1")).words


async def test_a_letter_that_is_refused_says_so_on_the_ticket(house: House, alarms: Alarms) -> None:
    browser = await opened(house)
    alarms.wires[Medium.EMAIL].answers.append(Rejected(why="550 no such mailbox"))
    await press(browser, "hand-over", to="maintainer", address="fix@example.lu", text="Please come")
    await alarms.let_pass(2)
    words = (await read(browser, "/tickets/1")).words
    assert "550 no such mailbox" in words
    assert "the maintainer not reached" in words
    assert "the maintainer not reached" in (await read(browser, "/tickets")).words
    await press(browser, "promise", by="2030-01-01T10:00", text="rang them")
    assert "not reached" not in (await read(browser, "/tickets")).words


@pytest.mark.parametrize("address", ["not an address", "a@b@c", "x@example.lu\r\nBcc: all@example.lu", "<script>@x"])
async def test_what_is_no_address_leaves_the_ticket_where_it_is(house: House, alarms: Alarms, address: str) -> None:
    browser = await opened(house)
    answer = await press(browser, "hand-over", to="owner", address=address, text="Please come")
    if answer.status == 303:  # its signs that nobody can type were left out
        await alarms.let_pass(2)
        assert [one.to for one in alarms.wires[Medium.EMAIL].took] == ["x@example.luBcc: all@example.lu"]
        pytest.fail("an address with a second header was taken")
    assert answer.status == 400
    assert "Not handed over" in Reader(await answer.text()).words
    await alarms.let_pass(2)
    assert alarms.wires[Medium.EMAIL].took == []
    assert await has(house) == "desk"


async def test_without_an_address_it_is_handed_over_by_telephone(house: House, alarms: Alarms) -> None:
    browser = await opened(house)
    assert (await press(browser, "hand-over", to="maintainer", address="", text="rang them")).status == 303
    await alarms.let_pass(2)
    assert alarms.wires[Medium.EMAIL].took == []
    assert await has(house) == "maintainer"


async def test_the_operator_on_call_is_asked_once_and_hears_when_it_is_done(house: House, alarms: Alarms) -> None:
    browser = await opened(house, urgent=True)
    await press(browser, "hand-over", to="on_call", text="")
    ((alert, matters),) = alarms.commands.open()
    assert [one.kind for one in matters] == [Kind.REQUEST]
    assert "the operator on call: nobody has it" in (await read(browser, "/tickets/1")).words
    await alarms.commands.acknowledge(alert.id, "ben")
    assert "the operator on call: ben has it" in (await read(browser, "/tickets/1")).words
    assert alert.severity.value == "page"
    await press(browser, "hand-over", to="desk", text="back")
    await press(browser, "hand-over", to="on_call", text="again")
    assert len(alarms.commands.open()) == 1
    await press(browser, "done", text="freed by the operator")
    await alarms.let_pass(600)
    assert alarms.commands.open() == []
    assert await has(house) == "on_call"


async def test_a_request_whose_ticket_was_done_while_nobody_was_told_ends_with_the_next_tidying(
    house: House, alarms: Alarms
) -> None:
    browser = await opened(house)
    await press(browser, "hand-over", to="on_call", text="")
    desk = desk_of(house.database, house.clock)
    await stand_down(alarms.commands, desk)
    await alarms.let_pass(600)
    assert len(alarms.commands.open()) == 1, "the ticket is open"
    await desk.finish(1, "anna", "freed")
    await stand_down(alarms.commands, desk)
    await alarms.let_pass(600)
    assert alarms.commands.open() == []


async def test_every_hand_over_has_a_letter_of_its_own(house: House, alarms: Alarms) -> None:
    browser = await opened(house)
    for to in ("owner", "maintainer", "owner"):
        await press(browser, "hand-over", to=to, address=ADDRESSES[to], text=f"to {to}")
    await alarms.let_pass(2)
    assert sorted(one.text for one in alarms.wires[Medium.EMAIL].took) == ["to maintainer", "to owner", "to owner"]


# ---------------------------------------------------------------------------------------------------- ticket systems

DESK = RULES + '[[webhook]]\nname = "muller"\nurl = "http://10.0.0.5/in"\nsecret = "s"\ntickets_of = ["Elektro Muller"]\n'


@pytest.fixture
async def desks(house: House) -> Alarms:
    """Alerts by which the maintainer has a ticket system of its own."""
    alarms = await Alarms(house, DESK).open()
    house.put(station(1, owner=OWNER, maintainer=Contact(name="Elektro Muller", email="fix@example.lu"), serial="S-77"), offline())
    return alarms


async def test_a_party_with_a_ticket_system_is_told_there(house: House, desks: Alarms) -> None:
    browser = await opened(house, urgent=True)
    page = await browser.page("/tickets/1?to=maintainer")
    assert "Their ticket system (muller)" in page
    assert "Their ticket system" not in await browser.page("/tickets/1?to=owner")
    answer = await press(browser, "hand-over", to="maintainer", how="system", address="fix@example.lu", text="Please come")
    assert answer.status == 303
    await desks.let_pass(2)
    (sent,) = desks.wires[Medium.WEBHOOK].took
    assert (sent.to, sent.text, sent.thread) == ("muller", "Please come", "ticket/1")
    assert sent.url == f"{house.console.base_url}/tickets/1"
    (fact,) = sent.facts
    about = {
        "kind": "ticket",
        "ticket": "1",
        "station": "CP0001",
        "connector": "1",
        "urgent": "yes",
        "callers": "1",
        "for": "maintainer",
    }
    assert fact.labels == about | {"serial": "S-77"}
    assert (fact.since, fact.annotations["summary"]) == (house.clock.now() - timedelta(seconds=2), sent.title)
    assert desks.wires[Medium.EMAIL].took == []
    assert await has(house) == "maintainer"
    words = (await read(browser, "/tickets/1")).words
    assert "handed over · the maintainer" in words
    assert "sent muller" in words


async def test_he_may_still_be_written_to(house: House, desks: Alarms) -> None:
    browser = await opened(house)
    await press(browser, "hand-over", to="maintainer", how="mail", address="fix@example.lu", text="Please come")
    await desks.let_pass(2)
    assert [one.to for one in desks.wires[Medium.EMAIL].took] == ["fix@example.lu"]
    assert desks.wires[Medium.WEBHOOK].took == []


async def test_whoever_does_not_say_how_means_the_ticket_system_unless_there_is_an_address(house: House, desks: Alarms) -> None:
    await opened(house)
    headers = {"Authorization": f"Bearer {await house.token()}"}
    program = house.browser()
    for address in ("", "fix@example.lu"):
        order = {"to": "maintainer", "address": address, "text": "Please come"}
        answer = await program.session.post(f"{program.base}/api/v1/tickets/1/hand-over", json=order, headers=headers)
        assert answer.status == 200
    await desks.let_pass(2)
    assert [one.to for one in desks.wires[Medium.WEBHOOK].took] == ["muller"]
    assert [one.to for one in desks.wires[Medium.EMAIL].took] == ["fix@example.lu"]


@pytest.mark.parametrize("how", ["system", "mail"])
async def test_who_cannot_be_told_so_leaves_the_ticket_and_the_form_as_they_are(house: House, desks: Alarms, how: str) -> None:
    """The owner has no ticket system; his address is wrong."""
    browser = await opened(house)
    answer = await press(browser, "hand-over", to="owner", how=how, address="nobody", text="My own words")
    assert answer.status == 400
    page = await answer.text()
    assert "Not handed over" in Reader(page).words
    assert 'name="to" value="owner"' in page
    assert 'value="nobody"' in page
    assert ">My own words</textarea>" in page
    assert await has(house) == "desk"
    assert (desks.wires[Medium.WEBHOOK].took, desks.wires[Medium.EMAIL].took) == ([], [])


@pytest.mark.parametrize(("how", "address"), [("system", ""), ("mail", ""), ("mail", "fix@example.lu")])
async def test_without_alerts_nobody_is_told_and_it_says_so(house: House, how: str, address: str) -> None:
    house.put(station(1, owner=OWNER, maintainer=Contact(name="Elektro Muller")), offline())
    browser = await opened(house)
    assert "Their ticket system" not in await browser.page("/tickets/1")
    answer = await press(browser, "hand-over", to="maintainer", how=how, address=address, text="Please come")
    assert answer.status == 400
    assert await has(house) == "desk"


async def test_who_tells_them_himself_has_nothing_sent(house: House, desks: Alarms) -> None:
    browser = await opened(house)
    form = {"to": "maintainer", "how": "ourselves", "address": "fix@example.lu", "text": "Rang them"}
    assert (await press(browser, "hand-over", **form)).status == 303
    await desks.let_pass(2)
    assert (desks.wires[Medium.WEBHOOK].took, desks.wires[Medium.EMAIL].took) == ([], [])
    assert await has(house) == "maintainer"


async def test_what_the_form_never_says_is_the_usual_way(house: House, desks: Alarms) -> None:
    browser = await opened(house)
    assert (await press(browser, "hand-over", to="maintainer", how="pigeon", text="Please come")).status == 303
    await desks.let_pass(2)
    assert [one.to for one in desks.wires[Medium.WEBHOOK].took] == ["muller"]


async def test_each_way_has_a_letter_of_its_own(house: House, desks: Alarms) -> None:
    """A letter was stored, and the ticket could not be: whoever then goes another way is not told that it went."""
    browser = await opened(house)
    alerts = desks.commands
    await alerts.write("ticket/1/0/owner/mail", name="x", address="x@example.lu", title="t", text="t", language="en", who="zoe")
    await press(browser, "hand-over", to="maintainer", how="system", text="Please come")
    await desks.let_pass(2)
    assert [one.to for one in desks.wires[Medium.WEBHOOK].took] == ["muller"]


@pytest.mark.usefixtures("alarms")
async def test_what_somebody_has_is_not_handed_over_to_him_by_one_more_press(house: House) -> None:
    browser = await opened(house)
    await press(browser, "hand-over", to="maintainer", address="fix@example.lu", text="Please come")
    page = await browser.page("/tickets/1")
    assert 'value="hand-over"' not in page
    assert 'href="/tickets/1?to=owner"' in page
    assert 'value="hand-over"' in await browser.page("/tickets/1?to=owner")


@pytest.mark.usefixtures("alarms")
async def test_of_a_charger_that_never_spoke_no_letter_says_since_when(house: House) -> None:
    house.put(station(1, owner=OWNER))
    browser = await opened(house)
    assert "since" not in await letter(browser, "maintainer")


@pytest.mark.usefixtures("alarms")
@pytest.mark.parametrize(
    ("step", "chosen"), [("senior", ""), ("provider", ""), ("operators", "on_call"), ("maintainer", "maintainer")]
)
async def test_a_step_chooses_only_whom_it_names(house: House, step: str, chosen: str) -> None:
    browser = await house.visitor(Role.AGENT)
    token = hidden(await browser.page("/stations/CP0001"), "form_token")
    form = {"form_token": token, "station": "CP0001", "subject": "Contactor welded", "to": step}
    made = await browser.post("/tickets", form)
    page = await browser.page(made.headers["Location"])
    assert (f'name="to" value="{chosen}"' in page) is bool(chosen)
    assert ('value="hand-over"' in page) is bool(chosen)
