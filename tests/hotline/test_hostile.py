"""Whatever a station, an import or a caller says stays text on every page."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

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
from .support import NOW, Browser, House, station

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "a\r\nSet-Cookie: evil=1",
    "\u202eeldoor\u2066",
    "🚗" * 10_000,
    "{{ 7 * 7 }}{% raw %}%(heard)s",
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
        page = Reader(source)
        scripts = [attrs for tag, attrs in page.tags if tag == "script"]
        assert len(scripts) == 1
        assert scripts[0]["src"].startswith("/static/console.js")
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
