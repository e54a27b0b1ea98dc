"""An agent asks a charger for something: first what it would do is said, what has become impossible is not sent, all is kept."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from hotline.core.roles import Role
from hotline.storage.accounts import StoredAccounts
from hotline.storage.trail import StoredTrail
from monitor.core.commands import Action, Order
from monitor.core.health_state import Connector, Session
from monitor.core.observations import Status

from .reading import Reader, ago, offline, online, read
from .support import PASSWORD, QUICK, House, hidden, station

if TYPE_CHECKING:
    from aiohttp import ClientResponse

    from monitor.core.commands import Command
    from monitor.core.health_state import HealthState

    from .support import Browser


def point(name: str, status: Status, *, session: bool = False, **more: str) -> Connector:
    running = Session(transaction=f"t{name}", since=ago(minutes=40)) if session else None
    return Connector(connector=name, status=status, since=ago(minutes=50), reported_at=ago(minutes=5), session=running, **more)


def with_points(*points: Connector) -> HealthState:
    return online(connectors=points)


STUCK = with_points(point("1", Status.FINISHING, session=True), point("2", Status.AVAILABLE))
NEIGHBOUR = with_points(point("1", Status.AVAILABLE), point("2", Status.CHARGING, session=True))
DANGER = with_points(point("1", Status.FAULTED, error="PowerSwitchFailure"), point("2", Status.AVAILABLE))
PATH = "/stations/CP0001"


async def send(browser: Browser, query: str, **form: str) -> ClientResponse:
    """Look at what it would do, and press the button."""
    page = await browser.get(f"{PATH}/ask?{query}")
    text = await page.text()
    given = dict(part.partition("=")[::2] for part in query.split("&"))
    return await browser.post(f"{PATH}/ask", {"form_token": hidden(text, "form_token"), **given, **form})


async def asked(house: House) -> list[Command]:
    return await house.commands.of(station(1).id)


async def somebody(house: House, name: str, role: Role) -> Browser:
    await StoredAccounts(house.database).add_account(name, role, QUICK.hash(PASSWORD), house.clock.now())
    browser = house.browser()
    await browser.sign_in(name)
    return browser


async def refuse_to_restart(house: House) -> None:
    """Have the charger asked to restart softly, and refuse."""
    house.wire.script = {"Reset": {"status": "Rejected"}}
    running = asyncio.create_task(house.commands.run())
    await house.commands.request(station(1), Order(action=Action.RESET, type="soft"), who="carl")
    async with asyncio.timeout(5):
        while not (await asked(house))[0].over:
            await asyncio.sleep(0.01)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_what_to_do_next_has_a_number_and_what_cannot_be_done_a_reason(house: House, browser: Browser) -> None:
    house.put(station(1), STUCK)
    page = await read(browser, f"{PATH}?symptom=cable_stuck&point=1")
    keys = [(tag, attrs["data-key"]) for tag, attrs in page.tags if "data-key" in attrs]
    assert [number for _, number in keys] == [str(n + 1) for n in range(len(keys))]
    assert "The car first: have it unlocked." in page.words
    assert "Only after an ordinary restart has failed." in page.words or "A session is open there" in page.words
    first = next(attrs["href"] for tag, attrs in page.tags if attrs.get("data-key") == "1")
    assert first == f"{PATH}/ask?action=remote_stop&symptom=cable_stuck&point=1"


async def test_a_stop_is_said_then_sent_and_its_outcome_is_on_the_page(house: House, browser: Browser) -> None:
    house.put(station(1), STUCK)
    preview = await read(browser, f"{PATH}/ask?action=remote_stop&symptom=cable_stuck&point=1")
    assert "CP0001" in preview.words
    answer = await send(browser, "action=remote_stop&symptom=cable_stuck&point=1", reason="the driver asks")
    assert (answer.status, answer.headers["Location"]) == (303, f"{PATH}?symptom=cable_stuck&point=1"), "as it was"
    (command,) = await asked(house)
    assert (command.order.action, command.order.connector, command.who, command.reason) == (
        *(Action.REMOTE_STOP, "1", "anna", "the driver asks"),
    )
    assert "What we asked of it" in (await read(browser, PATH)).words
    (entry,) = await StoredTrail(house.database).entries()
    assert (entry.who, entry.what, entry.about) == ("anna", "command", "CP0001")
    assert entry.detail == f"remote_stop point 1 ({command.id}): the driver asks"


async def test_what_became_of_the_last_order_stands_beside_what_to_say_while_it_is_news(house: House, browser: Browser) -> None:
    house.put(station(1), STUCK)
    await send(browser, "action=unlock&symptom=cable_stuck&point=1")
    before = (await read(browser, PATH)).words.split("What does the caller say?")[0]
    assert "Unlock: asked for, not sent yet · Point 1" in before
    house.clock.advance(seconds=601)
    after = (await read(browser, PATH)).words
    assert "Unlock" not in after.split("What does the caller say?")[0]
    assert "Unlock" in after.split("What we asked of it")[1]


async def test_an_order_that_has_to_wait_keeps_its_place_and_its_number(house: House, browser: Browser) -> None:
    held = with_points(point("1", Status.FINISHING), point("2", Status.AVAILABLE))
    house.put(station(1), held)
    words = f"{PATH}?symptom=cable_stuck&point=1"
    before = await read(browser, words)
    keys = {attrs["data-key"] for _, attrs in before.tags if "data-key" in attrs}
    await send(browser, "action=unlock&symptom=cable_stuck&point=1")
    after = await read(browser, words)
    assert "Open the lock: point 1 Not again before" in after.words.split("What else can be asked of it")[0]
    assert "Restart the charger Wait: another command is under way. Ring the maintainer now." in after.words
    assert "I am opening the lock now; then pull." in after.words, "what to say has not changed"
    assert {attrs["data-key"] for _, attrs in after.tags if "data-key" in attrs} < keys, "nothing else has got a number of it"


async def test_a_neighbours_session_keeps_an_agent_out_and_a_senior_needs_a_reason(house: House, browser: Browser) -> None:
    house.put(station(1), NEIGHBOUR)
    page = await read(browser, f"{PATH}/ask?action=reset&type=soft")
    assert "It would cut off somebody else's session (point 2)" in page.words
    assert "This would end the session at point 2, running for 40 min." in page.words
    assert not any(tag == "button" and "main-action" in attrs.get("class", "") for tag, attrs in page.tags)
    token = hidden(await browser.page("/"), "form_token")
    forged = await browser.post(
        f"{PATH}/ask", {"form_token": token, "action": "reset", "type": "soft", "force": "1", "reason": "x"}
    )
    assert forged.status == 409
    sue = await somebody(house, "sue", Role.SENIOR)
    assert "write the reason" in await (await send(sue, "action=reset&type=soft", force="1")).text()
    assert await asked(house) == []
    assert (await send(sue, "action=reset&type=soft", force="1", reason="the neighbour agrees")).status == 303
    (command,) = await asked(house)
    assert command.force


async def test_what_has_become_dangerous_meanwhile_is_not_sent(house: House, browser: Browser) -> None:
    house.put(station(1), with_points(point("1", Status.AVAILABLE)))
    token = hidden(await browser.page(f"{PATH}/ask?action=reset&type=soft"), "form_token")
    house.put(station(1), DANGER)
    answer = await browser.post(f"{PATH}/ask", {"form_token": token, "action": "reset", "type": "soft"})
    assert answer.status == 409
    words = Reader(await answer.text()).words
    assert "Not sent: it is not possible any more." in words
    assert "Not now: somebody may be in danger." in words
    assert await asked(house) == []


async def test_a_charger_that_left_meanwhile_is_asked_nothing(house: House, browser: Browser) -> None:
    house.put(station(1), STUCK)
    token = hidden(await browser.page(f"{PATH}/ask?action=reset&type=soft"), "form_token")
    house.put(station(1), offline())
    answer = await browser.post(f"{PATH}/ask", {"form_token": token, "action": "reset", "type": "soft"})
    assert answer.status == 409
    assert "it is out of contact" in await answer.text()


@pytest.mark.parametrize(
    ("second", "password", "why"),
    [
        ("ben", "wrong", "do not fit"),
        ("nobody", PASSWORD, "do not fit"),
        ("", "", "do not fit"),
        ("anna", PASSWORD, "somebody else"),
    ],
)
async def test_a_hard_restart_needs_a_second_person_who_is_somebody(
    house: House, browser: Browser, second: str, password: str, why: str
) -> None:
    house.put(station(1), with_points(point("1", Status.AVAILABLE)))
    await refuse_to_restart(house)
    await somebody(house, "ben", Role.AGENT)
    assert "A second person at your desk has to agree." in await browser.page(f"{PATH}/ask?action=reset&type=hard")
    answer = await send(browser, "action=reset&type=hard", second=second, password=password)
    assert answer.status == 409
    assert why in await answer.text()
    assert [one.order.type for one in await asked(house)] == ["soft"]


async def test_a_hard_restart_is_sent_where_a_soft_one_failed_and_a_second_person_agrees(house: House, browser: Browser) -> None:
    house.put(station(1), with_points(point("1", Status.AVAILABLE)))
    await refuse_to_restart(house)
    await somebody(house, "ben", Role.AGENT)
    assert (await send(browser, "action=reset&type=hard", second="ben", password=PASSWORD)).status == 303
    assert [(one.order.type, one.who) for one in await asked(house)] == [("hard", "anna + ben"), ("soft", "carl")]


async def test_a_second_person_does_not_lift_what_bars_the_order_itself(house: House, browser: Browser) -> None:
    house.put(station(1), with_points(point("1", Status.AVAILABLE)))
    await somebody(house, "ben", Role.AGENT)
    preview = await read(browser, f"{PATH}/ask?action=reset&type=hard")
    assert "Only after an ordinary restart has failed." in preview.words
    assert "A second person" not in preview.words, "nobody is fetched for nothing"
    page = await read(browser, PATH)
    assert not any("type=hard" in (attrs.get("href") or "") for tag, attrs in page.tags if tag == "a")
    answer = await send(browser, "action=reset&type=hard", second="ben", password=PASSWORD)
    assert answer.status == 409
    assert "Only after an ordinary restart has failed." in await answer.text()
    assert await asked(house) == []


@pytest.mark.parametrize("query", ["action=dance", "action=", "", "action=reset&type=gentle", "action=firmware"])
async def test_what_is_not_offered_is_not_there(house: House, browser: Browser, query: str) -> None:
    house.put(station(1), STUCK)
    assert (await browser.get(f"{PATH}/ask?{query}")).status == 404
    assert (await browser.get("/stations/NOWHERE/ask?action=refresh")).status == 404


async def test_what_the_caller_says_is_noted_in_the_call_and_asks_the_page_anew(house: House, browser: Browser) -> None:
    house.put(station(1), STUCK)
    token = hidden(await browser.page(PATH), "form_token")
    await browser.post("/calls", {"form_token": token, "back": "station:CP0001"})
    await browser.page(PATH)
    form = {"form_token": token, "order": "symptom", "back": "station:CP0001"}
    assert (await browser.post("/calls/1", {**form, "symptom": "cable_stuck"})).headers["Location"] == PATH
    await browser.post("/calls/1", {**form, "connector": "1"})
    page = await read(browser, PATH)
    assert "The caller says: The cable is stuck · Point 1" in page.words
    assert "Point 1 still has a session of 40 min; the lock follows the session." in page.words
    pressed = [attrs["value"] for tag, attrs in page.tags if tag == "button" and attrs.get("aria-pressed") == "true"]
    assert {"cable_stuck", "1"} <= set(pressed)
    assert (await browser.post("/calls/1", {**form, "symptom": "sorcery"})).status == 400


async def test_a_step_that_hands_over_opens_the_ticket_with_its_facts(house: House, browser: Browser) -> None:
    house.put(station(1), DANGER)
    page = await read(browser, PATH)
    fields = {attrs["name"]: attrs["value"] for tag, attrs in page.tags if tag == "input" and attrs.get("type") == "hidden"}
    assert fields["to"] == "maintainer"
    form = {name: fields[name] for name in ("form_token", "station", "subject", "cause", "to", "urgent")}
    answer = await browser.post("/tickets", form)
    assert answer.headers["Location"] == "/tickets/1?to=maintainer"
    ticket = await read(browser, "/tickets/1?to=maintainer")
    assert "urgent" in ticket.words
    letter = ticket.text
    for fact in ("Place de la Résistance", "ABL eMH3", "SN-1", "online since", "hotline 8006 2020, ticket 1"):
        assert fact in letter, fact
