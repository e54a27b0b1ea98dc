"""Calls and tickets on pages: every page has the agent's call at hand, and nothing that was written is lost."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from pypdfium2 import PdfDocument

from hotline.core.diagnosis.faults import Fault
from hotline.core.diagnosis.rulings import SAID
from hotline.core.roles import Role
from hotline.service import desk_of
from hotline.settings import HotlineSettings
from hotline.storage.accounts import StoredAccounts
from hotline.storage.calls import StoredCalls
from hotline.storage.tickets import StoredTickets
from hotline.web.cause_words import FAULTS
from monitor.core.breaches import Cause

from .reading import Reader, online, read
from .support import PASSWORD, QUICK, House, hidden, station

if TYPE_CHECKING:
    from aiohttp import ClientResponse

    from .support import Browser


async def press(browser: Browser, page: str, path: str, **form: str) -> ClientResponse:
    """Send the form of `page` that posts to `path`."""
    token = hidden(await browser.page(page), "form_token")
    return await browser.post(path, {"form_token": token, **form})


@pytest.fixture
async def desk(house: House, browser: Browser) -> Browser:
    house.put(station(1), online())
    house.put(station(2), online())
    return browser


async def test_a_call_begins_with_a_click_and_goes_along_to_the_charger(house: House, desk: Browser) -> None:
    assert "Start a call" in (await read(desk, "/")).words
    assert (await press(desk, "/", "/calls")).headers["Location"] == "/"
    assert "Your call" in (await read(desk, "/")).words
    page = await read(desk, "/stations/CP0001")
    assert "Your call" in page.words
    assert "Number not known" in page.words
    call = await StoredCalls(house.database).find(1)
    assert call is not None
    assert (call.station, call.seen, call.verdict_s) == (station(1).id, "points_unknown", 0.0)
    other = await read(desk, "/stations/CP0002")
    assert "Your call is about this charger" in other.words
    again = await StoredCalls(house.database).find(1)
    assert again is not None
    assert again.station == station(1).id, "looking at a neighbour changes nothing"
    moved = await press(desk, "/stations/CP0002", "/calls/1", order="about", station="CP0002", back="station:CP0002")
    assert moved.headers["Location"] == "/stations/CP0002"
    assert "Your call is about this charger" not in (await read(desk, "/stations/CP0002")).words


async def test_a_call_is_wrapped_up_with_its_notes(desk: Browser) -> None:
    await press(desk, "/stations/CP0001", "/calls", back="station:CP0001")
    hung = await press(desk, "/stations/CP0001", "/calls/1", order="hang-up", notes="car first", back="station:CP0001")
    assert hung.headers["Location"] == "/stations/CP0001"
    page = await read(desk, "/stations/CP0001")
    assert "Hung up, to be wrapped up" in page.words
    assert "wrap up CP0001" in (await read(desk, "/")).words
    done = await press(desk, "/stations/CP0001", "/calls/1", order="wrap-up", outcome="advised", notes="car first", back="")
    assert done.headers["Location"] == "/"
    shown = (await read(desk, "/calls")).words
    assert "Solved by advice" in shown
    assert "Nobody is waiting." in shown
    assert "car first" in await desk.page("/calls/1")
    assert (await press(desk, "/calls/1", "/calls/1", order="wrap-up", outcome="")).status == 400
    assert (await press(desk, "/calls/1", "/calls/1", order="dance")).status == 400
    assert (await desk.get("/calls/99")).status == 404


async def test_a_call_that_waits_is_on_every_page_and_is_taken_once(house: House, desk: Browser) -> None:
    await desk_of(house.database, house.clock).ring("CA1", "+352 621 123 456")
    assert "1 call waiting" in (await read(desk, "/stations/CP0001")).words
    bar = await read(desk, "/calls?part=bar&back=station:CP0001")
    assert "1 call waiting" in bar.words
    assert ("input", {"type": "hidden", "name": "back", "value": "station:CP0001"}) in bar.tags
    waiting = (await read(desk, "/calls?part=live")).words
    assert "+352 … 456" in waiting
    assert (await press(desk, "/calls", "/calls/1", order="take")).status == 303
    await StoredAccounts(house.database).add_account("ben", Role.AGENT, QUICK.hash(PASSWORD), house.clock.now())
    ben = house.browser()
    await ben.sign_in("ben")
    assert (await press(ben, "/calls", "/calls/1", order="take")).status == 409
    assert (await press(ben, "/calls", "/calls/1", order="notes", notes="mine")).status == 403


async def test_a_note_that_was_typed_into_a_session_that_ended_is_given_back(house: House, desk: Browser) -> None:
    await press(desk, "/stations/CP0001", "/calls", back="station:CP0001")
    token = hidden(await desk.page("/stations/CP0001"), "form_token")
    house.clock.advance(hours=13)
    answer = await desk.post("/calls/1", {"form_token": token, "order": "notes", "notes": "unlock <b>the car</b> first"})
    assert answer.status == 401
    page = await answer.text()
    assert "unlock &lt;b&gt;the car&lt;/b&gt; first" in page
    assert "Sign in" in page


async def test_a_ticket_on_its_way(house: House, desk: Browser) -> None:
    await press(desk, "/stations/CP0001", "/calls", back="station:CP0001")
    made = await press(desk, "/stations/CP0001", "/tickets", station="CP0001", subject="Cable held", urgent="1", call="1")
    assert made.headers["Location"] == "/tickets/1"
    page = await read(desk, "/tickets/1")
    assert "urgent" in page.words
    assert "Elektro Muller" in page.words
    assert "Ticket 1" in (await read(desk, "/stations/CP0001")).words
    call = await StoredCalls(house.database).find(1)
    assert call is not None
    assert call.ticket == 1
    assert (await press(desk, "/tickets/1", "/tickets/1", order="hand-over", to="maintainer", text="please come")).status == 303
    late = await press(desk, "/tickets/1", "/tickets/1", order="promise", by="2020-01-01T10:00", text="Mr X")
    assert late.status == 400
    refused = await late.text()
    assert "Write a day and a time that are ahead." in refused
    assert 'value="2020-01-01T10:00"' in refused
    assert 'value="Mr X"' in refused
    await press(desk, "/tickets/1", "/tickets/1", order="promise", by="2099-01-01T10:00", text="tomorrow")
    await press(desk, "/stations/CP0001", "/tickets", station="CP0001", ticket="1")
    words = (await read(desk, "/tickets/1")).words
    assert "2 callers" in words
    assert "Promised by" in words
    assert "promised · " in words
    listed = (await read(desk, "/tickets")).words
    assert "1 open ticket" in listed
    await press(desk, "/tickets/1", "/tickets/1", order="done", text="lock replaced")
    assert "No ticket is open." in (await read(desk, "/tickets")).words
    assert "lock replaced" in (await read(desk, "/tickets")).words
    assert (await press(desk, "/tickets/1", "/tickets/1", order="note", text="still fine")).status == 303
    assert (await press(desk, "/tickets/1", "/tickets/1", order="done", text="again")).status == 409
    await press(desk, "/tickets/1", "/tickets/1", order="reopen", text="not so")
    found = await StoredTickets(house.database).find(1)
    assert found is not None
    assert found[0].open
    assert (await press(desk, "/tickets/1", "/tickets/1", order="dance")).status == 400
    assert (await desk.get("/tickets/99")).status == 404
    assert (await press(desk, "/stations/CP0001", "/tickets", station="CP0001", subject=" ")).status == 400


async def test_others_who_called_are_counted(house: House, desk: Browser) -> None:
    for _ in range(2):
        await press(desk, "/", "/calls", station="CP0001")
    assert "1 other call about this charger in 24 hours" in (await read(desk, "/stations/CP0001")).words
    house.clock.advance(hours=11)
    await desk.page("/")
    house.clock.advance(hours=11)
    await desk.page("/")
    assert "1 other call" in (await read(desk, "/stations/CP0001?part=live")).words


async def supervisor(house: House) -> Browser:
    await StoredAccounts(house.database).add_account("sue", Role.SENIOR, QUICK.hash(PASSWORD), house.clock.now())
    browser = house.browser()
    await browser.sign_in("sue")
    return browser


async def test_the_supervisor_sees_how_the_hotline_does(house: House, desk: Browser) -> None:
    assert (await desk.get("/desk")).status == 403
    assert "/desk" not in await desk.page("/")
    house.hotline = HotlineSettings(phone="8006 2020", grafana="https://grafana.example.lu/d/bornes")
    sue = await supervisor(house)
    assert "Contacts 0" in (await read(sue, "/desk")).words
    for outcome in ("advised", "elsewhere"):
        await press(desk, "/", "/calls", station="CP0001")
        number = len(await StoredCalls(house.database).recent(10))
        await press(desk, "/stations/CP0001", f"/calls/{number}", order="wrap-up", outcome=outcome)
    await desk_of(house.database, house.clock).ring("CA1", "")
    house.clock.advance(minutes=3)
    page = await read(sue, "/desk?span=week")
    assert "Contacts 3" in page.words
    assert "Solved 50 % 1 of 2" in page.words
    assert "Waiting now 1 the longest 3 min" in page.words
    assert "CP0001 Place de la Résistance" in page.words
    assert "Ville d'Esch" in page.words


async def test_causes_and_symptoms_stand_in_the_supervisors_words(house: House, desk: Browser) -> None:
    for symptom, cause in (("cable_stuck", "ground"), ("", "apn"), ("", "danger"), ("", "gone_since")):
        await press(desk, "/", "/calls", station="CP0001")
        number = len(await StoredCalls(house.database).recent(10))
        await press(desk, "/stations/CP0001", f"/calls/{number}", order="wrap-up", outcome="advised", symptom=symptom, cause=cause)
    sue = await supervisor(house)
    said = {
        "en": ("earth fault", "mobile network down", "caller told of danger", "The cable is stuck"),
        "de": ("Fehlerstrom", "Mobilfunknetz ausgefallen", "Anrufer sprach von Gefahr", "Das Kabel sitzt fest"),
    }
    for language, words in said.items():
        answer = await sue.get("/desk", headers={"Accept-Language": language})
        page = Reader(await answer.text()).words
        paper = await (await sue.get("/desk/register.pdf", headers={"Accept-Language": language})).read()
        text = "".join(sheet.get_textpage().get_text_range() for sheet in PdfDocument(paper))
        for one in (*words, "gone_since"):
            assert one in page
            assert one in text


def test_every_fault_has_words_for_the_supervisor() -> None:
    assert set(FAULTS) == set(Fault)
    assert not set(Fault) & {*Cause, SAID}, "one word, one meaning"


@pytest.mark.parametrize("span", ["today", "week", "month", "2026-Q4", "2026q4", "nonsense", "9999-Q4", "0001-Q1"])
async def test_the_register_is_a_page_a_table_and_a_paper_for_any_time(house: House, desk: Browser, span: str) -> None:
    sue = await supervisor(house)
    await press(desk, "/", "/calls", station="CP0001")
    await press(desk, "/stations/CP0001", "/calls/1", order="wrap-up", outcome="advised", cause="=HYPERLINK(1)")
    assert (await sue.get(f"/desk?span={span}")).status == 200
    table = await sue.get(f"/desk/register.csv?span={span}")
    assert (table.status, table.content_type) == (200, "text/csv")
    rows = list(csv.DictReader(io.StringIO(await table.text())))
    if span in {"today", "week", "month"}:
        assert [(row["station"], row["outcome"], row["cause"], row["owner"]) for row in rows] == [
            ("CP0001", "advised", "'=HYPERLINK(1)", "Ville d'Esch")
        ]
    paper = await sue.get(f"/desk/register.pdf?span={span}")
    assert (paper.status, paper.content_type) == (200, "application/pdf")
    text = "".join(page.get_textpage().get_text_range() for page in PdfDocument(await paper.read()))
    assert "Contact register" in text
    assert (await desk.get("/desk/register.csv")).status == (await desk.get("/desk/register.pdf")).status == 403
