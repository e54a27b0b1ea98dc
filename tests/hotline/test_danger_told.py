"""A danger that a caller told of stays one, for everybody, until its ticket is done."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from hotline.core import calls as rules
from hotline.core.calls import Outcome
from hotline.core.diagnosis import Safety, Symptom, diagnose
from hotline.core.roles import Role
from hotline.core.sentence_names import Saying, Sentence
from hotline.service import desk_of
from monitor.core.health_state import Connector
from monitor.core.ids import StationId
from monitor.core.observations import Status

from .reading import ago, online, read
from .support import NOW, House, hidden, station

if TYPE_CHECKING:
    from monitor.core.health_state import HealthState

    from .support import Browser

HERE, BESIDE, FAR = (StationId(number) for number in (1, 2, 3))
ESCH, TEN_METRES_ON, A_KILOMETRE_ON = (49.4958, 5.9806), (49.49589, 5.9806), (49.5048, 5.9806)


def free(error: str = "") -> HealthState:
    said = ago(minutes=50)
    status = Status.FAULTED if error else Status.AVAILABLE
    return online(connectors=(Connector(connector="1", status=status, error=error, since=said, reported_at=said),))


def put(house: House) -> None:
    for number, (lat, lon) in ((HERE, ESCH), (BESIDE, TEN_METRES_ON), (FAR, A_KILOMETRE_ON)):
        house.put(station(number, lat=lat, lon=lon, site="Brill" if number != FAR else "Gare"), free())


async def told(house: House) -> Browser:
    """Have a caller tell of smoke at the first charger, and the agent open the ticket that the page offers."""
    put(house)
    browser = await house.visitor(Role.AGENT)
    page = await browser.page(f"/stations/CP0001?symptom={Symptom.DANGER}")
    form = {name: hidden(page, name) for name in ("form_token", "station", "subject", "connector", "cause", "to", "urgent")}
    assert form["cause"] == "danger"
    assert (await browser.post("/tickets", form)).status == 303
    return browser


async def test_who_calls_next_is_kept_away(house: House) -> None:
    browser = await told(house)
    words = (await read(browser, "/stations/CP0001")).words
    assert "An earlier caller reported danger: nobody may touch this charger" in words
    assert "Please step back and do not touch the charger" in words
    assert "present your badge" not in words


async def test_the_driver_is_kept_away(house: House) -> None:
    await told(house)
    page = await (await house.stranger().get("/b/CP0001", headers={"Accept-Language": "en"})).text()
    assert "Please step back and do not touch the charger" in page
    assert "plug in" not in page


async def test_programs_are_told_and_may_not_restart_it(house: House) -> None:
    browser = await told(house)
    headers = {"Authorization": f"Bearer {await house.token()}"}
    async with browser.session.get(f"{browser.base}/api/v1/stations/CP0001", headers=headers) as answer:
        body = await answer.json()
    assert (body["safety"], body["cause"]) == ("danger", "danger")


@pytest.mark.parametrize(("sticker", "free_there"), [("CP0001", ["CP0003"]), ("CP0002", ["CP0003"]), ("CP0003", ["CP0002"])])
async def test_nobody_is_sent_there_or_next_to_it(house: House, sticker: str, free_there: list[str]) -> None:
    """From the charger in danger not to the one beside it; from others not to it."""
    browser = await told(house)
    page = await browser.page(f"/stations/{sticker}")
    nearby = page.split('id="nearby', 1)[1]
    shown = [one for one in ("CP0001", "CP0002", "CP0003") if f"/stations/{one}" in nearby and one != sticker]
    assert shown == free_there


async def test_when_its_ticket_is_done_it_is_as_we_see_it(house: House) -> None:
    browser = await told(house)
    token = hidden(await browser.page("/tickets/1"), "form_token")
    await browser.post("/tickets/1", {"form_token": token, "order": "done", "text": "checked on site"})
    assert "We see it healthy" in (await read(browser, "/stations/CP0001")).words


def test_what_the_charger_itself_reports_goes_first() -> None:
    here = station(1)
    assert diagnose(free(), here, NOW, told=True).sentence is Sentence.DANGER_TOLD
    assert diagnose(free(), here, NOW, told=True).saying is Saying.DO_NOT_TOUCH
    assert diagnose(free(), here, NOW, told=True, symptom=Symptom.DANGER).sentence is Sentence.DANGER_SAID
    for error in ("GroundFailure", "HighTemperature", "InternalError"):
        alone, both = (diagnose(free(error), here, NOW, told=told) for told in (False, True))
        assert both.safety is Safety.DANGER
        assert (both == alone) is (alone.safety is Safety.DANGER)
    for symptom in Symptom:
        assert diagnose(free(), here, NOW, told=True, symptom=symptom).safety is Safety.DANGER


async def test_the_letter_has_what_we_see_beside_what_the_caller_says(house: House) -> None:
    house.put(station(1), free("InternalError"))
    browser = await house.visitor(Role.AGENT)
    token = hidden(await browser.page("/stations/CP0001"), "form_token")
    form = {"form_token": token, "station": "CP0001", "subject": "It will not start", "connector": "1"}
    await browser.post("/tickets", form)
    page = await browser.page("/tickets/1")
    letter = page.split('<textarea name="text"', 1)[1].split(">", 1)[1].split("</textarea>", 1)[0]
    assert "It will not start\n" in letter
    assert "reports an internal fault" in letter


async def test_a_danger_told_behind_another_ticket_is_one_too(house: House) -> None:
    """The page offers no second ticket: the caller is put behind the one that is open."""
    put(house)
    desk = desk_of(house.database, house.clock)
    ticket = await desk.open_ticket(HERE, "CP0001", "Screen dark", "anna")
    for symptom, dangers in ((Symptom.OTHER, frozenset()), (Symptom.DANGER, frozenset({HERE}))):
        call = await desk.start("anna")
        await desk.change(call.id, partial(rules.complained, symptom=symptom.value, connector=""))
        joined = await desk.join(ticket.id, "anna", call.id)
        assert joined is not None
        assert joined.urgent is bool(dangers)
        assert await desk.dangers() == dangers
        await desk.wrap_up(call.id, Outcome.HANDED_OVER)
