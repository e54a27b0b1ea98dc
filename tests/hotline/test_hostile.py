"""Whatever a station, an import or a caller says stays text on every page."""

from __future__ import annotations

import csv
import io
import re
from urllib.parse import quote

import pytest
from msgspec import structs

from hotline.core.calls import Outcome as CallOutcome
from hotline.core.roles import Role
from hotline.service import desk_of
from hotline.storage.accounts import StoredAccounts
from monitor.core.events import (
    CallbackChanged,
    CommandMoved,
    ConnectorChanged,
    ContestNoted,
    EquipmentNoted,
    LinkChanged,
    ProfileNoted,
    ProgressNoted,
    QuirkNoted,
    SecurityNoted,
    StationBooted,
)
from monitor.core.health_state import Connector
from monitor.core.observations import Booted, Status, Work
from monitor.core.quirks import Quirk
from monitor.core.registry import Contact
from monitor.registry.attempts import Attempt, Outcome

from .reading import Reader, offline, online
from .support import NOW, PASSWORD, QUICK, Browser, House, station

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "a\r\nSet-Cookie: evil=1",
    "\u202eeldoor\u2066",
    "🚗" * 10_000,
    "{{ 7 * 7 }}{% raw %}%(heard)s",
    '=HYPERLINK("https://evil.example";"x")',
    "<Say>\x1b[31m</Say>",
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_nothing_that_a_station_or_import_says_becomes_markup(house: House, browser: Browser, text: str) -> None:
    who = Contact(name=text, phone=text, email=text)
    point = Connector(connector=text, status=Status.FAULTED, since=NOW, reported_at=NOW, error=text, info=text, vendor_error=text)
    found = house.put(
        station(1, site=text, address=text, owner=who, maintainer=who, vendor=text, model=text, serial=text, protocol=text),
        online(connectors=(point,), boot=Booted(at=NOW, vendor=text, model=text)),
    )
    house.put(station(2, site=text, address=text, owner=who), offline())
    house.history.add(
        found.id,
        StationBooted(at=NOW, reason=text, vendor=text),
        ConnectorChanged(at=NOW, connector=text, status=Status.FAULTED, error=text, info=text),
        LinkChanged(at=NOW, open=True, epoch=1, protocol=text, address=text),
        SecurityNoted(at=NOW, event=text, info=text),
        EquipmentNoted(at=NOW, component=text, variable=text, value=text, connector=text, code=text, info=text),
        QuirkNoted(at=NOW, quirk=Quirk.UNKNOWN_VALUE, detail=text),
        ContestNoted(at=NOW, address=text),
        ProfileNoted(at=NOW, address=text),
        ProgressNoted(at=NOW, work=Work.FIRMWARE, status=text),
        CallbackChanged(at=NOW, url=text),
        CommandMoved(at=NOW, command=text, action="reset", state="refused", who=text, said=text),
    )
    house.attempts.record(Attempt(at=NOW, identity=text[:64], address="10.0.0.7", outcome=Outcome.UNKNOWN, offered=text[:64]))
    pages = ("/", "/stations/CP0001", "/stations?state=online", "/breaches", "/search?q=CP")
    for path in (*pages, "/strangers", "/seen?q=10.0.0.7", f"/seen?q={quote(text[:64])}"):
        answer = await browser.get(path)
        assert "Set-Cookie" not in answer.headers
        source = await answer.text()
        assert len(source) < 120_000
        only_text(source)


@pytest.mark.parametrize("text", HOSTILE)
async def test_nothing_that_a_caller_or_an_agent_writes_becomes_markup(house: House, browser: Browser, text: str) -> None:
    owner = Contact(name=text, email="o@example.lu", phone=text)
    house.put(station(1, owner=owner, maintainer=owner), online())
    desk = desk_of(house.database, house.clock)
    call = await desk.start("anna", number=text, station=station(1).id)
    await desk.ring("CA1", text)
    await desk.told("CA1", lambda one: structs.replace(one, keyed=text[:200]))
    await desk.change(call.id, lambda one: structs.replace(one, notes=text[:4000], symptom=text[:64], connector=text[:64]))
    ticket = await desk.open_ticket(station(1).id, "CP0001", text, "anna", connector=text[:64], call=call.id)
    await desk.note(ticket.id, text[:64], text[:4000])
    await desk.finish(ticket.id, text[:64], text[:4000])
    await desk.reopen(ticket.id, "anna", text[:4000])
    await StoredAccounts(house.database).add_account("sue", Role.SENIOR, QUICK.hash(PASSWORD), house.clock.now())
    sue = house.browser()
    await sue.sign_in("sue")
    paths = ("/", "/stations/CP0001", "/calls", "/calls/1", "/calls/2", "/tickets", "/tickets/1", "/tickets/1?to=owner")
    for who, path in (*((browser, path) for path in paths), (sue, "/desk"), (sue, "/desk?span=week")):
        answer = await who.get(path)
        assert answer.status == 200, path
        assert "Set-Cookie" not in answer.headers
        only_text(await answer.text())
    await desk.wrap_up(call.id, CallOutcome.ADVISED, cause=text[:64])
    rows = list(csv.reader(io.StringIO(await (await sue.get("/desk/register.csv")).text())))
    assert len(rows) == 3
    assert not [cell for row in rows for cell in row if cell and cell[0] in "=+-@"]
    assert (await sue.get("/desk/register.pdf")).status == 200


def only_text(source: str) -> None:
    """See that a page has no markup, script or address but ours."""
    page = Reader(source)
    scripts = [attrs for tag, attrs in page.tags if tag == "script"]
    assert [attrs["src"].partition("?")[0] for attrs in scripts] == ["/static/console.js"]
    assert "img" not in {tag for tag, _ in page.tags}
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on") or name == "style"]
    for tag, attrs in page.tags:
        if tag == "a":
            assert re.match(r"/|#|tel:\+?[0-9]*$|mailto:", attrs["href"]), attrs["href"]


async def test_a_hostile_query_is_only_ever_text(browser: Browser) -> None:
    for text in HOSTILE:
        answer = await browser.get("/search", params={"q": text[:200]})
        page = Reader(await answer.text())
        assert "img" not in {tag for tag, _ in page.tags}
        assert sum(tag == "script" for tag, _ in page.tags) == 1
