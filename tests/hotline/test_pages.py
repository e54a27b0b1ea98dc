"""What the pages say, in which order, in every language; and what the search field leads to."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace
from yarl import URL

from hotline.readmodel.stations import StationBook
from monitor.core.breaches import Breach, Cause, Evidence, Gap, Party
from monitor.core.events import (
    BearerSessionChanged,
    BreachCleared,
    BreachOpened,
    BreachUpdated,
    CallbackChanged,
    ChargingEnded,
    ChargingStarted,
    CommandMoved,
    ConnectorChanged,
    ContestNoted,
    EquipmentNoted,
    Event,
    HealthChanged,
    LinkChanged,
    MaintenanceChanged,
    ProfileNoted,
    ProgressNoted,
    QuirkNoted,
    Reason,
    SecurityNoted,
    State,
    StationBooted,
    VolumeExceeded,
)
from monitor.core.health_state import UNHEARD, Connector, Membership, Session, Sign
from monitor.core.ids import BreachNumber, StationId
from monitor.core.incidents import Scope
from monitor.core.ledger import OpenIncident
from monitor.core.observations import Booted, Status, Work
from monitor.core.quirks import Quirk
from monitor.core.registry import NO_CONTACT, NO_SIM, Bearer, LifeCycle

from .reading import Reader, ago, offline, online, read
from .support import NOW, Browser, House, station


async def test_the_start_page_counts_and_lists_the_longest_first(house: House, browser: Browser) -> None:
    for number in range(1, 4):
        house.put(station(number), online())
    for number in range(10, 70):
        house.put(station(number), offline(hours=number))
    house.put(station(99, life_cycle=LifeCycle.RETIRED), online())
    page = await read(browser, "/")
    assert "63 chargers" in page.words
    assert "online 3" in page.words.replace("online3", "online 3")
    links = [attrs["href"] for tag, attrs in page.tags if tag == "a"]
    assert {f"/stations?state={state}" for state in State} <= set(links)
    rows = [link for link in links if link.startswith("/stations/")]
    assert len(rows) == 50
    assert rows[0] == "/stations/CP0069"
    assert "10 more" in page.words
    assert any(attrs.get("id") == "q" and "autofocus" in attrs for tag, attrs in page.tags if tag == "input")


async def test_an_empty_network_says_what_to_do(browser: Browser) -> None:
    assert "bornewatch station import" in (await read(browser, "/")).words


async def test_a_quiet_network_says_so(house: House, browser: Browser) -> None:
    house.put(station(1), online())
    assert "Nothing is cut off." in (await read(browser, "/")).words
    assert "Nothing is cut off." in (await read(browser, "/breaches")).words


async def test_the_demonstration_says_that_it_is_one(house: House) -> None:
    house.demo = True
    await house.open()
    assert "waiting times are shortened" in (await house.browser().page("/login"))


async def test_every_number_leads_to_its_list(house: House, browser: Browser) -> None:
    for number in range(1, 251):
        house.put(station(number), offline(hours=number / 10))
    first = await read(browser, "/stations?state=offline")
    assert "offline 250" in first.words
    assert "Page 1 of 3" in first.words
    last = await read(browser, "/stations?state=offline&page=3")
    assert sum(tag == "tr" for tag, _ in last.tags) == 51
    assert "Page 3 of 3" in (await read(browser, "/breaches?page=99")).words
    assert "Page 1 of 3" in (await read(browser, "/breaches?page=-x")).words
    assert "No charger is in this state." in (await read(browser, "/stations?state=online")).words
    assert (await browser.get("/stations?state=rotten")).status == 404


async def test_a_station_in_trouble_on_one_screen(house: House, browser: Browser) -> None:
    found = house.put(station(2500), offline())
    since = ago(hours=6)
    house.history.before[found.id] = State.ONLINE
    house.history.add(
        found.id,
        LinkChanged(at=since, open=False, epoch=1, code=1006),
        HealthChanged(at=since, origin=State.ONLINE, to=State.SUSPECT, reason=Reason.LINK_CLOSED, since=since),
        HealthChanged(at=ago(hours=5), origin=State.SUSPECT, to=State.OFFLINE, reason=Reason.GRACE_OVER, since=since),
    )
    page = await read(browser, "/stations/CP2500")
    told = page.words
    order = [
        "CP2500",
        "offline",
        "since 02:40 (6 h 00)",
        "Cut off, last heard 6 h 00 ago",
        "Say this",
        "FR DE LB EN PT",
        "The charger no longer answers us.",
        "? last known charging",
        "Connection: is closed since 02:40",
        "Cut off since",
        "The last 24 hours",
        "Connection lost 1006",
        "Cut off",
        "Owner, maintainer",
        "Elektro Muller",
    ]
    place = 0
    for text in order:
        place = told.index(text, place)
    times = [attrs for tag, attrs in page.tags if tag == "time"]
    assert all(attrs["datetime"].endswith("Z") and attrs["title"] for attrs in times)
    bars = [attrs for tag, attrs in page.tags if tag == "rect" and attrs.get("class", "").startswith("bar ")]
    assert [bar["class"] for bar in bars] == ["bar online", "bar offline"]
    assert ("a", "tel:+352621000001") in [(tag, attrs.get("href", "")) for tag, attrs in page.tags]


async def test_a_station_that_is_well(house: House, browser: Browser) -> None:
    session = Session(transaction="7", since=ago(minutes=48))
    points = (
        Connector(connector="0", status=Status.AVAILABLE, since=ago(hours=1), reported_at=ago(hours=1)),
        Connector(connector="1", status=Status.AVAILABLE, since=ago(minutes=50), reported_at=ago(minutes=1)),
        Connector(connector="2", status=Status.CHARGING, since=ago(minutes=50), reported_at=ago(minutes=1), session=session),
        Connector(
            connector="3", status=Status.FAULTED, since=ago(hours=5), reported_at=ago(hours=5), error="InternalError", info="RCM"
        ),
    )
    session_sign = Sign(ok=True, since=ago(hours=9), at=ago(minutes=2))
    boot = Booted(at=ago(hours=2), vendor="ABL", model="eMH3", firmware="1.9", iccid="8935201000000000042")
    house.put(station(1), online(connectors=points, session=session_sign, boot=boot, maintenance_until=None))
    told = (await read(browser, "/stations/CP0001")).words
    assert "it answered 8 s ago and point 1 is free." in told
    assert "Whole charger in service" in told
    assert "Point 2 charging since 07:50 (50 min) session running 48 min" in told
    assert "Point 3 ? last known fault 03:40 (5 h 00) InternalError · RCM" in told
    assert "Line (mobile (SIM)): works since 21 Nov 23:40 by the SIM's session, 2 min" in told
    assert "Connection: is open since 06:40" in told
    assert "expected: OCPP 1.6" in told
    assert "Signs of life: come regularly" in told
    assert "Charging points: only in part, or not confirmed since 03:40" in told
    assert "Says of itself ABL · eMH3 · 1.9" in told
    assert "Another SIM, as it says 8935201000000000042" in told
    assert "Nothing happened" in told


SIGN = Sign(ok=False, since=ago(hours=1), at=ago(minutes=3))


@pytest.mark.parametrize(
    ("signs", "words"),
    [
        ({}, "Line (mobile (SIM)): not measured"),
        ({"session": SIGN}, "is down since 07:40 by the SIM's session, 3 min"),
        ({"gateway": replace(SIGN, ok=True)}, "works since 07:40 by a probe of its gateway, 3 min"),
        ({"probe": SIGN}, "is down since 07:40 by a probe of the charger, 3 min"),
    ],
)
async def test_what_was_measured_of_the_line_is_said(house: House, browser: Browser, signs: dict[str, Sign], words: str) -> None:
    house.put(station(1), online(**signs))
    assert words in (await read(browser, "/stations/CP0001")).words


async def test_a_silence_is_told_as_a_story_with_its_incident(house: House, browser: Browser) -> None:
    member = Membership(incident="I7", scope=Scope.APN, since=ago(hours=2))
    breach = Breach(
        number=BreachNumber(3),
        bearer=Bearer.GPRS,
        since=ago(hours=2),
        detected_at=ago(hours=2),
        cause=Cause.APN,
        party=Party.NETWORK,
        incident="I7",
    )
    evidence = Evidence(session_stopped=True, scope=Scope.APN)
    house.put(station(1), replace(offline(), breach=breach, incident=member, evidence=evidence))
    house.incidents.open.append(
        OpenIncident(
            name="I7",
            scope=Scope.APN,
            key="apn.north",
            part="",
            heard=ago(hours=2).timestamp(),
            since=ago(hours=2).timestamp(),
            opened_at=ago(hours=2).timestamp(),
            probability=0.95,
            stations=(StationId(1), StationId(2), StationId(3)),
            powered=0,
        )
    )
    told = (await read(browser, "/stations/CP0001")).words
    assert "Mobile access point apn.north has failed · very likely · 3 chargers" in told
    assert (
        "Cut off since 06:40: others of its mobile access point fell silent with it; its SIM lost its session."
        " Cause: mobile network down. For: mobile network." in told
    ), told
    listed = (await read(browser, "/breaches")).words
    assert "Common causes Mobile access point apn.north has failed since 06:40 (2 h 00) · 3 chargers · very likely I7" in listed


async def test_a_silence_that_is_over_says_from_when_to_when(house: House, browser: Browser) -> None:
    breach = Breach(
        number=BreachNumber(3),
        bearer=Bearer.GPRS,
        since=ago(hours=6, minutes=26),
        detected_at=ago(hours=6),
        cause=Cause.STATION,
        party=Party.STATION,
        until=ago(hours=3),
    )
    gap = Gap(quiet_from=ago(hours=7), evidence=Evidence(session_up=True))
    house.put(station(1), online(breach=breach, gap=gap))
    told = (await read(browser, "/stations/CP0001")).words
    story = "Cut off from 02:14 to 05:40: its SIM kept its session, the charger stopped talking."
    assert f"{story} Cause: charger silent, link fine. For: maintainer." in told


async def test_doubt_says_when_it_ends(house: House, browser: Browser) -> None:
    suspect = online(
        state=State.SUSPECT, reason=Reason.LINK_CLOSED, silent_since=ago(minutes=4), deadline=NOW + timedelta(minutes=11)
    )
    house.put(station(1), suspect)
    page = await read(browser, "/stations/CP0001")
    assert "Its connection dropped 4 min ago; not yet certain, we shall know by 08:51." in page.words
    assert any(tag == "time" and attrs["datetime"] == "2026-11-22T07:51:12Z" for tag, attrs in page.tags)


async def test_searches_side_by_side_share_one_index(house: House) -> None:
    house.put(station(2500), online())
    book = StationBook(house.directory, house.view)
    found = await asyncio.gather(*(book.search("CP2500") for _ in range(8)))
    assert {one.target for one in found} == {2500}


async def test_a_station_known_on_paper_only(house: House, browser: Browser) -> None:
    bare = station(1, owner=NO_CONTACT, maintainer=NO_CONTACT, sim=NO_SIM, site="", address="", protocol="", connectors=None)
    house.put(bare, UNHEARD)
    told = (await read(browser, "/stations/CP0001")).words
    assert "never seen" in told
    assert "It has never contacted us" in told
    assert "Connection: there is none to keep" in told
    assert "Charging points: nothing told yet" in told
    assert "It has not told us about its points yet." in told


EVENTS: list[tuple[Event, str]] = [
    (HealthChanged(at=NOW, origin=State.NEVER_SEEN, to=State.ONLINE, reason=Reason.SPOKE, since=NOW), "First contact"),
    (HealthChanged(at=NOW, origin=State.DEGRADED, to=State.ONLINE, reason=Reason.STEADY, since=NOW), "steady again"),
    (HealthChanged(at=NOW, origin=State.ONLINE, to=State.UNKNOWN, reason=Reason.NOT_LISTENING, since=NOW), "We stopped listening"),
    (
        BreachOpened(at=NOW, breach=BreachNumber(3), bearer=Bearer.LAN, since=NOW, cause=Cause.POWER, party=Party.GRID),
        "Interruption 3 recorded: power failed (grid operator)",
    ),
    (
        BreachUpdated(at=NOW, breach=BreachNumber(3), cause=Cause.SITE, party=Party.OWNER),
        "explained: whole site unreachable (owner)",
    ),
    (
        BreachCleared(at=NOW, breach=BreachNumber(3), since=ago(hours=2), until=NOW, cause=Cause.POWER, party=Party.GRID),
        "ended after 2 h 00: power failed",
    ),
    (LinkChanged(at=NOW, open=True, epoch=1, protocol="ocpp1.6", address="10.0.0.1"), "Connection opened OCPP 1.6 · 10.0.0.1"),
    (LinkChanged(at=NOW, open=False, epoch=1, clean=True), "Connection closed in good order"),
    (StationBooted(at=NOW, reason="PowerUp", vendor="ABL"), "The charger restarted PowerUp · ABL"),
    (ConnectorChanged(at=NOW, connector="1", status=Status.FAULTED, error="NoError", info="x"), "Point 1: fault x"),
    (ConnectorChanged(at=NOW, connector="0", status=Status.UNAVAILABLE), "The whole charger: out of service"),
    (ChargingStarted(at=NOW, connector="2", transaction="7"), "Point 2: session started"),
    (ChargingEnded(at=NOW, connector="2", transaction="7", reason="Local", energy_wh=12_340), "session ended 12.3 kWh · Local"),
    (ChargingEnded(at=NOW, connector="", transaction="7"), "A session ended"),
    (
        SecurityNoted(at=NOW, event="FirmwareUpdated", info="v\u202e2"),
        "Security event reported by the charger FirmwareUpdated · v⟨U+202E⟩2",
    ),
    (
        EquipmentNoted(at=NOW, component="Connector", connector="1", variable="Problem", value="true", code="E12"),
        "Connector 1: Problem, code E12",
    ),
    (EquipmentNoted(at=NOW, component="Fan", variable="Speed", value="0", info="blocked"), "Fan: Speed 0 · blocked"),
    (EquipmentNoted(at=NOW, component="Fan", variable="Problem", value="false", cleared=True, code="7"), "Fan: Problem, over"),
    (
        QuirkNoted(at=NOW, quirk=Quirk.WRONG_CLOCK, detail="2001-01-01"),
        "Noticed a habit of the charger: has a wrong clock 2001-01-01",
    ),
    (
        ContestNoted(at=NOW, address="192.0.2.7", times=3),
        "with this charger's name and credentials from 192.0.2.7, and was refused while the charger was alive 3 ×",
    ),
    (
        ProfileNoted(at=NOW, address="192.0.2.8", times=2),
        "from 192.0.2.8 under this charger's name without TLS, which its security profile needs, and was refused 2 ×",
    ),
    (
        CommandMoved(at=NOW, command="c", action="reset", state="sent", who="anna"),
        "Restart: sent, waiting for the answer anna",
    ),
    (
        CommandMoved(at=NOW, command="c", action="unlock", state="unknown", why="link_lost", said="x"),
        "Unlock: sent; we do not know whether it was done, the connection was lost x",
    ),
    (ProgressNoted(at=NOW, work=Work.FIRMWARE, status="Installed"), "Firmware: the charger reports Installed"),
    (CallbackChanged(at=NOW, url="http://10.0.0.7/cp"), "The charger tells a new address for our requests http://10.0.0.7/cp"),
    (BearerSessionChanged(at=NOW, up=True, address="10.0.0.7"), "The SIM's session in the mobile network began 10.0.0.7"),
    (
        BearerSessionChanged(at=NOW, up=False, cause="Lost Carrier"),
        "The SIM's session in the mobile network ended Lost Carrier",
    ),
    (VolumeExceeded(at=NOW, month="2026-05", octets=250_000_000, limit=200_000_000), "2026-05 · 250 MB > 200 MB"),
    (MaintenanceChanged(at=NOW, until=NOW), "Work planned until 08:40"),
    (MaintenanceChanged(at=NOW), "Planned work is over"),
]


async def test_every_event_is_told_in_words(house: House, browser: Browser) -> None:
    found = house.put(station(1), online())
    house.history.add(found.id, *(event for event, _ in EVENTS))
    page = await read(browser, "/stations/CP0001")
    for _, words in EVENTS:
        assert words in page.words
    shown = [attrs["data-seq"] for tag, attrs in page.tags if tag == "li" and "data-seq" in attrs]
    assert shown == [str(number) for number in range(1, len(EVENTS) + 1)], "oldest first: new ones slide in below"
    assert "Earlier (18)" in page.words


async def test_the_page_speaks_french(house: House, browser: Browser) -> None:
    house.put(station(1), offline())
    page = await browser.get("/stations/CP0001", headers={"Accept-Language": "fr-LU,fr;q=0.9"})
    assert page.headers["Content-Language"] == "fr"
    told = Reader(await page.text()).words
    assert "Coupée, entendue il y a 6 h 00 : liaison bonne, borne muette ; au mainteneur d'agir." in told


@pytest.mark.parametrize(
    ("accept", "state", "verdict"),
    [
        ("de-LU", "offline", "zuletzt vor 6 h 00 gehört: Leitung in Ordnung, Ladesäule stumm; zuständig ist die Wartung."),
        ("lb-LU", "offline", "zanter 6 h 00 net méi héieren: D’Leitung geet, d’Borne schweigt; zoustänneg ass den Ënnerhalt."),
        ("pt-PT", "offline", "Cortado, ouvido há 6 h 00: linha boa, posto mudo; cabe à manutenção."),
    ],
)
async def test_the_page_speaks_the_other_languages(house: House, browser: Browser, accept: str, state: str, verdict: str) -> None:
    house.put(station(1), offline())
    page = await browser.get("/stations/CP0001", headers={"Accept-Language": accept})
    text = await page.text()
    assert page.headers["Content-Language"] == accept[:2]
    assert f'<html lang="{accept[:2]}">' in text
    assert verdict in Reader(text).words
    assert state in Reader(text).words


async def test_only_what_changes_is_fetched_again(house: House, browser: Browser) -> None:
    house.put(station(1), online())
    part = await browser.page("/stations/CP0001?part=live")
    assert "<html" not in part
    assert "It answered 8 s ago" in Reader(part).words
    assert "<html" not in await browser.page("/?part=live")


# ------------------------------------------------------------------------------------------------------------ search


@pytest.mark.parametrize("query", ["CP2500", "cp 2500", "2500-1", "resistance ettelbruck"])
async def test_enter_opens_the_one_station(house: House, browser: Browser, query: str) -> None:
    house.put(station(2500, address="Place de la Résistance, Ettelbruck"), online())
    house.put(station(1), online())
    answer = await browser.get("/search", params={"q": query})
    assert (answer.status, answer.headers["Location"]) == (303, "/stations/CP2500")


async def test_many_hits_are_a_list_whose_first_is_one_key_away(house: House, browser: Browser) -> None:
    for number in (1, 2, 3):
        house.put(station(number), online())
    page = await read(browser, "/search?q=brill")
    first = next(attrs for tag, attrs in page.tags if tag == "a" and attrs["href"].startswith("/stations/CP"))
    assert "autofocus" in first


async def test_a_wrong_sticker_says_so_and_offers_the_nearest(house: House, browser: Browser) -> None:
    house.put(station(2500), online())
    house.put(station(7777), online())
    for path in ("/search?q=CP5200", "/stations/CP5200"):
        answer = await browser.get(path)
        assert answer.status == 404
        page = Reader(await answer.text())
        assert "No charger wears the sticker CP5200" in page.words
        assert "CP2500" in page.words
        assert "CP7777" not in page.words
    far = Reader(await (await browser.get("/search?q=CP2599")).text())
    assert "These come nearest: " in far.words + " "
    assert "CP2500" in far.words


async def test_the_beginning_of_a_sticker_as_an_address_lists_what_begins_so(house: House, browser: Browser) -> None:
    house.put(station(2500), online())
    house.put(station(2501), online())
    house.put(station(7777), online())
    answer = await browser.get("/stations/CP25")
    assert answer.status == 404
    page = Reader(await answer.text())
    assert "Found for CP25" in page.words
    assert "CP2500" in page.words
    assert "CP7777" not in page.words


async def test_nothing_found_says_what_to_try(browser: Browser) -> None:
    answer = await browser.get("/search?q=zzzz")
    assert answer.status == 404
    assert "Try the number on the sticker" in await answer.text()
    empty = await browser.get("/search?q=+")
    assert (empty.status, empty.headers["Location"]) == (303, "/")


async def test_another_spelling_is_led_to_the_one_address(house: House, browser: Browser) -> None:
    house.put(station(2500), online())
    house.put(station(7, "ESCH 1/A"), online())
    answer = await browser.get("/stations/cp-2500")
    assert (answer.status, answer.headers["Location"]) == (303, "/stations/CP2500")
    answer = await browser.get("/search?q=esch+1a")
    assert answer.headers["Location"] == "/stations/ESCH%201%2FA"
    page = await browser.session.get(URL(browser.base + "/stations/ESCH%201%2FA", encoded=True))
    assert page.status == 200
    assert (await browser.get("/stations/%3Cb%3E")).status == 404


async def test_a_change_of_the_registry_is_found_at_once(house: House, browser: Browser) -> None:
    house.put(station(2500), online())
    assert (await browser.get("/search?q=CP2500")).status == 303
    assert (await browser.get("/search?q=CP4711")).status == 404
    house.put(station(4711), online())
    assert (await browser.get("/search?q=CP4711")).status == 303
