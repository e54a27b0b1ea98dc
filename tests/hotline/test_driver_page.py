"""The page behind the code on the sticker: true, small, in five languages, and silent about what is nobody's business."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from hotline.core.roadside import ON_PAPER, written
from hotline.core.sentences import SAYINGS
from hotline.web.languages import Speech
from monitor.core.events import EquipmentNoted
from monitor.core.health_state import Connector, Session
from monitor.core.observations import Status
from monitor.core.registry import LifeCycle
from tests.support.hostile_pages import what_would_run

from .reading import Reader, ago, offline, online
from .support import NOW, station
from .test_hostile import HOSTILE

if TYPE_CHECKING:
    from .support import House

pytestmark = pytest.mark.usefixtures("browser")
SMALL = 30_000


def point(name: str, status: Status, error: str = "") -> Connector:
    return Connector(connector=name, status=status, since=ago(minutes=50), reported_at=ago(minutes=5), error=error)


async def page_of(house: House, path: str = "/b/CP0001", *, status: int = 200, accept: str = "en") -> Reader:
    answer = await house.stranger().get(path, headers={"Accept-Language": accept})
    assert answer.status == status
    source = await answer.text()
    css = await (await house.stranger().get("/assets/driver.css")).read()
    assert len(source) + len(css) < SMALL
    page = Reader(source)
    assert not [tag for tag, _ in page.tags if tag in ("script", "img", "form")]
    return page


async def test_a_driver_reads_what_is_free_and_whom_to_call(house: House) -> None:
    house.put(station(1, lat=49.5, lon=5.98), online(connectors=(point("1", Status.AVAILABLE), point("2", Status.CHARGING))))
    house.put(station(2, lat=49.502, lon=5.98, address="Rue du Brill"), online(connectors=(point("1", Status.AVAILABLE),)))
    page = await page_of(house)
    assert "CP 00 01 Place de la Résistance" in page.words
    assert "The charger answers us and point 1 is free. Please plug in there and present your badge." in page.words
    assert "Point 1: free Point 2: charging" in page.words
    assert "Call the hotline 8006 2020 Tell us this number: CP 00 01." in page.words
    assert "CP0002 220 m Rue du Brill 1 point free" in page.words
    assert {"tel:80062020", "geo:49.502,5.98?q=49.502,5.98"} <= {attrs["href"] for tag, attrs in page.tags if tag == "a"}


@pytest.mark.parametrize("speech", Speech)
async def test_it_speaks_the_languages_of_the_country(house: House, speech: Speech) -> None:
    house.put(station(1), offline())
    page = await page_of(house, accept=f"{speech}-LU,{speech};q=0.9,en;q=0.1")
    assert page.tags[0] == ("html", {"lang": speech.value})
    chosen = await page_of(house, f"/b/CP0001?lang={speech}", accept="ru")
    assert chosen.tags[0] == ("html", {"lang": speech.value})
    assert chosen.words == page.words
    english = (await page_of(house)).words
    assert (page.words == english) is (speech is Speech.ENGLISH)


async def test_what_is_not_certain_is_said_to_be_the_last_known(house: House) -> None:
    house.put(station(1), offline())
    page = await page_of(house)
    assert "Point 1: last known charging, 02:40" in page.words
    assert "Your badge may still work" in page.words


async def test_a_danger_is_loud_and_alone(house: House) -> None:
    house.put(station(2), online(connectors=(point("1", Status.AVAILABLE),)))
    house.put(station(1), online(connectors=(point("1", Status.FAULTED, error="PowerSwitchFailure"), point("2", Status.AVAILABLE))))
    page = await page_of(house)
    assert "Please step back and do not touch the charger" in page.words
    assert "Fire, smoke or an injury: call 112" in page.words
    assert "free" not in page.words
    assert ("p", {"class": "say danger", "role": "alert"}) in page.tags


async def test_who_must_not_try_again_is_told_where_else(house: House) -> None:
    house.put(station(2), online(connectors=(point("1", Status.AVAILABLE),)))
    house.put(station(1), online(connectors=(point("1", Status.FAULTED, error="GroundFailure"),)))
    page = await page_of(house)
    assert "do not try again with this cable or car. Please use another charger." in page.words
    assert "Nearest free CP0002" in page.words
    assert "112" not in page.words


async def test_what_its_parts_tell_counts_too(house: House) -> None:
    found = house.put(station(1), online(connectors=(point("1", Status.AVAILABLE),)))
    house.history.add(
        found.id,
        EquipmentNoted(
            at=NOW - timedelta(minutes=3), component="EmergencyStopSensor", variable="Active", value="true", connector="1"
        ),
    )
    assert "red button" in (await page_of(house)).words


async def test_nobody_elses_business_stands_there(house: House) -> None:
    session = Session(transaction="tx-4711", since=ago(hours=1))
    busy = Connector(connector="1", status=Status.CHARGING, since=NOW, reported_at=NOW, session=session, error="GroundFailure")
    house.put(station(1), online(connectors=(busy,)))
    words = (await page_of(house)).words
    for secret in ("tx-4711", "Ville d'Esch", "2754", "Muller", "GroundFailure", "8935201", "bornes.lu", "SN-1", "ABL"):
        assert secret not in words, secret


@pytest.mark.parametrize("text", [*HOSTILE, "javascript:alert(1)"])
async def test_nothing_of_a_stranger_runs_there(house: House, text: str) -> None:
    house.put(
        station(1, site=text, address=text, lat=49.5, lon=5.98), online(connectors=(point(text, Status.FAULTED, error=text),))
    )
    house.put(station(2, site=text, address=text, lat=49.502, lon=5.98), online(connectors=(point("1", Status.AVAILABLE),)))
    for path, status in (("/b/CP0001", 200), (f"/b/{quote(text[:200], safe='')}", 404)):
        answer = await house.stranger().get(path)
        assert answer.status == status
        assert "Set-Cookie" not in answer.headers
        assert what_would_run(await answer.text()) == []


async def test_any_spelling_leads_there_and_none_else(house: House) -> None:
    house.put(station(1), online())
    for spelt in ("cp0001", "CP%20%2000%2001", "0001"):
        answer = await house.stranger().get(f"/b/{spelt}")
        assert (answer.status, answer.headers.get("Location")) == (303, "/b/CP0001"), spelt
    page = await page_of(house, "/b/%3Cscript%3Ealert(1)", status=404)
    assert "No charger of ours has this number. Please check the sticker, or call us. Call the hotline 8006 2020" in page.words
    assert (await house.browser().get("/b/CP0001")).status in (302, 303, 404), "it is not the console's"


async def test_one_that_is_retired_is_said_to_be(house: House) -> None:
    house.put(station(1, life_cycle=LifeCycle.RETIRED), offline())
    assert "no longer in service" in (await page_of(house)).words


def test_every_saying_can_be_written_and_asks_nothing_of_the_reader_that_a_page_cannot_hear() -> None:
    for saying in SAYINGS:
        assert written(saying)
    assert not [text for text in ON_PAPER.values() if "?" in text or "read me" in text or " I " in f" {text}"]
