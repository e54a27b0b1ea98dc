"""Calls, tickets, the register and the trail over the API: what is promised, and who may do what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
from sqlalchemy import text

from hotline.core.roles import Role
from hotline.storage.accounts import StoredAccounts
from hotline.web.openapi import DOCUMENT

from .support import PASSWORD, QUICK, House, station

if TYPE_CHECKING:
    from .support import Browser

OWN = {"Sec-Fetch-Site": "same-origin"}


def promised(body: Any, name: str) -> None:
    jsonschema_rs.validator_for({"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}).validate(body)


async def ask(browser: Browser, path: str, status: int = 200, **body: Any) -> Any:
    answer = await browser.session.post(f"{browser.base}/api/v1{path}", json=body, headers=OWN)
    said = await answer.json(content_type=None)
    assert answer.status == status, said
    return said


async def read(browser: Browser, path: str, status: int = 200) -> Any:
    answer = await browser.get(f"/api/v1{path}")
    said = await answer.json(content_type=None)
    assert answer.status == status, said
    return said


@pytest.fixture
async def anna(house: House) -> Browser:
    house.put(station(1))
    house.put(station(2))
    return await house.visitor(Role.AGENT)


async def other(house: House, role: Role) -> Browser:
    await StoredAccounts(house.database).add_account(f"b-{role}", role, QUICK.hash(PASSWORD), house.clock.now())
    browser = house.browser()
    await browser.sign_in(f"b-{role}")
    return browser


async def test_a_call_from_its_first_word_to_its_wrap_up(house: House, anna: Browser) -> None:
    call = await ask(anna, "/calls", 201, number="+352 621 123 456", language="fr")
    promised(call, "Call")
    assert (call["state"], call["agent"], call["caller"], call["language"]) == ("running", "a-agent", "+352 … 456", "fr")
    path = f"/calls/{call['call']}"
    about = await ask(anna, f"{path}/about", station="cp 0001-2", connector="2")
    assert (about["station"], about["connector"]) == ("CP0001", "2")
    await ask(anna, f"{path}/symptom", symptom="cable_stuck")
    house.clock.advance(seconds=90)
    assert (await ask(anna, f"{path}/hang-up"))["state"] == "ended"
    noted = await ask(anna, f"{path}/notes", notes="car first\nthen it came off")
    assert noted["notes"] == "car first\nthen it came off"
    done = await ask(anna, f"{path}/wrap-up", outcome="advised", cause="lock")
    assert (done["state"], done["outcome"], done["cause"], done["symptom"]) == ("closed", "advised", "lock", "cable_stuck")
    again = await ask(anna, "/calls", 201, number="621123456", station="CP0002")
    whole = await read(anna, f"/calls/{again['call']}")
    promised(whole, "CallFile")
    assert [one["call"] for one in whole["earlier"]] == [call["call"]]
    listed = await read(anna, "/calls")
    assert [one["call"] for one in listed] == [again["call"], call["call"]]
    assert [one["call"] for one in await read(anna, f"/calls?before={again['call']}")] == [call["call"]]


async def test_a_colleagues_call_is_left_alone_and_a_senior_may_help(house: House, anna: Browser) -> None:
    call = (await ask(anna, "/calls", 201))["call"]
    ben = await other(house, Role.AGENT)
    assert (await ask(ben, f"/calls/{call}/notes", 403, notes="mine"))[
        "detail"
    ] == "This is a-agent's call: this needs the role senior"
    assert (await ask(ben, f"/calls/{call}/take", 409))["detail"] == "a-agent has taken this call"
    senior = await other(house, Role.SENIOR)
    assert (await ask(senior, f"/calls/{call}/notes", notes="helped"))["agent"] == "a-agent"


async def test_orders_that_make_no_sense_are_refused_with_the_reason(anna: Browser) -> None:
    call = (await ask(anna, "/calls", 201))["call"]
    for path, body, status, why in (
        ("/calls", {"language": "xx"}, 400, "language: use one of"),
        ("/calls", {"station": "NOWHERE"}, 404, "no station"),
        ("/calls", {"colour": "red"}, 400, "colour"),
        (f"/calls/{call}/wrap-up", {"outcome": "fine"}, 400, "outcome: use one of"),
        (f"/calls/{call}/about", {"station": "XX"}, 404, "no station"),
        (f"/calls/{call}/dance", {}, 404, "there are take, hang-up"),
        (f"/calls/{call + 9}/take", {}, 404, "no such call"),
        ("/calls/x/take", {}, 404, "no such call"),
        ("/tickets", {"station": "CP0001"}, 400, "subject"),
        ("/tickets", {"station": "CP0001", "subject": "x", "call": 999}, 404, "no such call"),
        ("/tickets/1/done", {}, 404, "no such ticket"),
        ("/tickets/1/dance", {}, 404, "there are join"),
        ("/tickets/1/hand-over", {"to": "moon"}, 400, "to: use one of"),
        ("/tickets/1/promise", {}, 400, "by: say by when"),
        ("/tickets/1/promise", {"by": "2026-05-04T08:00:00"}, 400, "by: write it with its zone"),
    ):
        assert why in (await ask(anna, path, status, **body))["detail"], path
    for path, status in (
        *(("/calls/999", 404), ("/tickets/999", 404), ("/calls?before=x", 400), ("/tickets?station=NOWHERE", 404)),
        *(("/register?quarter=2026-Q4", 403), ("/trail", 403), ("/trail/head", 403)),
    ):
        await read(anna, path, status)


async def test_a_ticket_from_the_call_to_its_end(house: House, anna: Browser) -> None:
    call = (await ask(anna, "/calls", 201, station="CP0001"))["call"]
    ticket = await ask(anna, "/tickets", 201, station="CP0001", subject="Cable held", connector="1", urgent=True, call=call)
    promised(ticket, "Ticket")
    path = f"/tickets/{ticket['ticket']}"
    assert (await read(anna, f"/calls/{call}"))["ticket"] == ticket["ticket"]
    await ask(anna, f"{path}/join", text="he too")
    handed = await ask(anna, f"{path}/hand-over", to="maintainer", address="fix@example.lu", text="Please come")
    promised(handed, "TicketFile")
    assert (handed["has"], handed["state"], handed["calls"]) == ("maintainer", "handed_over", 2)
    by = (house.clock.now()).replace(year=house.clock.now().year + 1).isoformat()
    assert (await ask(anna, f"{path}/promise", by=by))["state"] == "promised"
    await ask(anna, f"{path}/note", text="called back")
    assert [one["ticket"] for one in await read(anna, "/tickets?station=CP0001")] == [ticket["ticket"]]
    done = await ask(anna, f"{path}/done", text="lock replaced")
    assert [line["what"] for line in done["history"]] == ["opened", "joined", "handed_over", "promised", "noted", "done"]
    assert "done" in (await ask(anna, f"{path}/done", 409))["detail"]
    assert await read(anna, "/tickets") == []
    assert len(await read(anna, "/tickets?all=1")) == 1
    assert (await ask(anna, f"{path}/reopen", text="not so"))["state"] == "open"


async def test_the_register_counts_a_quarter_for_seniors(house: House, anna: Browser) -> None:
    for outcome in ("advised", "elsewhere"):
        call = (await ask(anna, "/calls", 201, station="CP0001", language="fr"))["call"]
        await ask(anna, f"/calls/{call}/wrap-up", outcome=outcome)
    now = house.clock.now()
    senior = await other(house, Role.SENIOR)
    found = await read(senior, f"/register?quarter={now.year}-Q{(now.month + 2) // 3}")
    promised(found, "Register")
    assert (found["contacts"], found["solved"]["count"], found["solved"]["percent"]) == (2, 1, 50.0)
    assert (found["stations"], found["owners"]) == ({"CP0001": 2}, {"Ville d'Esch": 2})
    assert (await read(senior, "/register?quarter=2000-Q1"))["contacts"] == 0
    assert "2026-Q4" in (await read(senior, "/register?quarter=lately", 400))["detail"]


async def test_the_trail_tells_operators_whether_it_is_whole(house: House, anna: Browser) -> None:
    ticket = (await ask(anna, "/tickets", 201, station="CP0001", subject="Cable held"))["ticket"]
    await ask(anna, f"/tickets/{ticket}/note", text="x")
    operator = await other(house, Role.OPERATOR)
    entries = await read(operator, "/trail")
    assert [(one["who"], one["what"], one["about"]) for one in entries] == [
        *(("a-agent", "ticket opened", "CP0001"), ("a-agent", "ticket noted", f"ticket {ticket}")),
    ]
    head = await read(operator, "/trail/head")
    promised(head, "TrailHead")
    assert (head["head"], head["broken_at"]) == (entries[-1], None)
    assert await read(operator, "/trail?after=1") == entries[1:]
    await house.database.write(lambda connection: connection.execute(text("UPDATE hotline_trail SET who = 'ben' WHERE number = 1")))
    assert (await read(operator, "/trail/head"))["broken_at"] == 1
