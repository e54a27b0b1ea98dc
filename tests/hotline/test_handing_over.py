"""A ticket goes to whoever must act, with the facts filled in; he is told once, and what became of that stands in its history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from alerts.core.delivery import Medium, Rejected
from alerts.core.matters import Kind
from hotline.core.roles import Role
from hotline.service import desk_of
from hotline.storage.tickets import StoredTickets
from hotline.web.handing import stand_down
from monitor.core.registry import Contact, Language

from .alarms import Alarms
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
    assert "550 no such mailbox" in (await read(browser, "/tickets/1")).words


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
