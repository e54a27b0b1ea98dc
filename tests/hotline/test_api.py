"""The JSON API: the contract's names, problem documents, and a document that describes what is really answered."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from hotline.web.openapi import DOCUMENT
from monitor.core.breaches import Breach, Cause, Party
from monitor.core.events import BreachOpened, HealthChanged, Reason, State
from monitor.core.health_state import Connector, HealthState, Link, Session
from monitor.core.ids import BreachNumber
from monitor.core.observations import Status
from monitor.core.registry import Bearer

from .reading import HABITS, line
from .support import NOW, Browser, House, station

if TYPE_CHECKING:
    from aiohttp import ClientResponse

SINCE = NOW - timedelta(hours=6)


def cut_off() -> HealthState:
    session = Session(transaction="77", since=SINCE)
    point = Connector(connector="1", status=Status.CHARGING, since=SINCE, reported_at=SINCE, session=session)
    breach = Breach(
        number=BreachNumber(3), bearer=Bearer.GPRS, since=SINCE, detected_at=SINCE, cause=Cause.STATION, party=Party.STATION
    )
    return HealthState(
        state=State.OFFLINE,
        reason=Reason.GRACE_OVER,
        since=SINCE,
        last_seen=SINCE,
        link=Link.CLOSED,
        link_since=SINCE,
        breach=breach,
        connectors=(point,),
        habits=HABITS,
    )


@pytest.fixture
async def program(house: House) -> Browser:
    """Return a client with a bearer token and no cookie."""
    await house.open()
    browser = house.browser()
    browser.session.headers["Authorization"] = f"Bearer {await house.token()}"
    found = house.put(station(2500), cut_off())
    house.contacts.lines[found.id] = line()
    house.put(station(2501))
    house.history.before[found.id] = State.ONLINE
    house.history.add(
        found.id,
        HealthChanged(at=SINCE, origin=State.ONLINE, to=State.OFFLINE, reason=Reason.GRACE_OVER, since=SINCE),
        BreachOpened(at=SINCE, breach=BreachNumber(3), bearer=Bearer.GPRS, since=SINCE, cause=Cause.STATION, party=Party.STATION),
    )
    return browser


async def json(browser: Browser, path: str, **options: Any) -> Any:
    answer = await browser.get(path, **options)
    assert answer.status == 200, await answer.text()
    assert answer.content_type == "application/json"
    return await answer.json()


async def test_search_gives_rows_of_four_fields_exact_first(program: Browser) -> None:
    rows = await json(program, "/api/v1/stations?q=cp%202500-1")
    assert rows[0] == {
        "sticker": "CP2500",
        "site": "Parking Brill",
        "address": "Place de la Résistance, L-4041 Esch-sur-Alzette",
        "state": "offline",
    }
    assert [row["sticker"] for row in rows] == ["CP2500", "CP2501"]
    assert await json(program, "/api/v1/stations") == []
    assert await json(program, "/api/v1/stations?q=zzzz") == []


async def test_a_station_tells_everything_and_its_verdict(program: Browser) -> None:
    body = await json(program, "/api/v1/stations/2500", headers={"Accept-Language": "fr"})
    assert body["sticker"] == "CP2500"
    assert body["state"] == body["health"]["state"] == "offline"
    assert body["health"]["last_seen"] == "2026-11-22T01:40:12Z"
    assert [rung["level"] for rung in body["ladder"]] == ["bearer", "transport", "application", "service"]
    assert body["breach"] == {
        "findings": ["silence_only"],
        "breach": "CP2500-3",
        "since": "2026-11-22T01:40:12Z",
        "detected_at": "2026-11-22T01:40:12Z",
        "cause": "station",
        "party": "station",
        "incident": None,
    }
    assert body["connectors"][0]["confirmed"] is False
    assert body["connectors"][0]["session"]["transaction"] == "77"
    assert body["verdict"].startswith("Coupée, entendue il y a 6 h 00")
    assert body["language"] == "fr"
    assert (await json(program, "/api/v1/stations/CP2501"))["breach"] is None
    assert "key_hash" not in body


async def test_breaches_and_timeline(program: Browser) -> None:
    assert [row["breach"] for row in await json(program, "/api/v1/breaches")] == ["CP2500-3"]
    body = await json(program, "/api/v1/stations/CP2500/timeline")
    assert [part["state"] for part in body["states"]] == ["online", "offline"]
    assert [event["type"] for event in body["events"]] == ["health_changed", "breach_opened"]
    assert body["events"][0] | {"at": ""} == {
        "seq": 1,
        "station": "CP2500",
        "type": "health_changed",
        "at": "",
        "from": "online",
        "to": "offline",
        "reason": "grace_over",
        "since": "2026-11-22T01:40:12Z",
    }
    assert body["events"][1]["breach"] == "CP2500-3"


async def test_a_session_will_do_instead_of_a_token(house: House, browser: Browser) -> None:
    house.put(station(2500))
    assert (await json(browser, "/api/v1/stations/CP2500"))["state"] == "never_seen"


async def problem(answer: ClientResponse, status: int) -> dict[str, Any]:
    assert answer.status == status
    assert answer.content_type == "application/problem+json"
    body: dict[str, Any] = await answer.json()
    assert body["status"] == status
    assert body["type"] == "about:blank"
    assert body["title"]
    return body


async def test_errors_are_problem_documents(house: House, program: Browser) -> None:
    missing = await problem(await program.get("/api/v1/stations/CP9999"), 404)
    assert missing["detail"] == "There is no station with that sticker"
    await problem(await program.get("/api/v1/stations/CP9999/timeline"), 404)
    await problem(await program.get("/api/v1/events?station=CP9999"), 404)
    await problem(await program.get("/api/v1/nothing"), 404)
    await problem(await program.get("/api"), 404)
    wrong = await program.session.post(program.base + "/api/v1/stations")
    await problem(wrong, 405)
    assert "GET" in wrong.headers["Allow"]
    stranger = house.browser()
    await problem(await stranger.get("/api/v1/breaches"), 401)


@pytest.mark.parametrize("authorization", ["Bearer wrong", "Bearer", "Bearer " + "x" * 1000, "bearer nonsense"])
async def test_a_wrong_token_is_told_so(house: House, authorization: str) -> None:
    await house.open()
    answer = await house.browser().get("/api/v1/breaches", headers={"Authorization": authorization})
    await problem(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="bornewatch"')


async def test_a_token_opens_no_page(program: Browser) -> None:
    assert (await program.get("/")).status == 303


# ----------------------------------------------------------------------------------------------------- the document


def schema(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}


async def test_the_document_is_served_and_names_every_route(house: House, program: Browser) -> None:
    assert await json(program, "/api/v1/openapi.json") == DOCUMENT
    assert DOCUMENT["openapi"].startswith("3.1")
    served = {
        route.resource.canonical.removeprefix("/api/v1")
        for route in house.apps()[0].router.routes()
        if route.resource and route.resource.canonical.startswith("/api/v1")
    }
    assert set(DOCUMENT["paths"]) == served


async def test_the_answers_are_what_the_document_says(program: Browser) -> None:
    station_schema = jsonschema_rs.validator_for(schema("Station"))
    for sticker in ("CP2500", "CP2501"):
        station_schema.validate(await json(program, f"/api/v1/stations/{sticker}"))
    jsonschema_rs.validator_for(schema("Timeline")).validate(await json(program, "/api/v1/stations/CP2500/timeline"))
    frames = await json(program, "/api/v1/stations/CP2500/frames")
    assert len(frames["frames"]) == 9
    jsonschema_rs.validator_for(schema("Frames")).validate(frames)
    for row in await json(program, "/api/v1/breaches"):
        jsonschema_rs.validator_for(schema("OpenBreach")).validate(row)
    for row in await json(program, "/api/v1/stations?q=brill"):
        jsonschema_rs.validator_for(schema("Row")).validate(row)
    jsonschema_rs.validator_for(schema("Problem")).validate(await (await program.get("/api/v1/nothing")).json())
