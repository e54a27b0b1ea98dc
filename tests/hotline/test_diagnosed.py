"""The diagnosis as people and programs get it: loud where it must be, only what this visitor may do, in words of two languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from hotline.core.diagnosis import Barred, Safety, Symptom
from hotline.core.diagnosis.steps import Ask, Contradict, Elsewhere, HandOver, Plea, Recipient, Send, Step, Urgency
from hotline.core.offers import OFFERED, Neighbour, Offer
from hotline.core.permissions import Need
from hotline.core.roles import Role
from hotline.web.languages import Languages, Speech
from hotline.web.wording import Wording
from monitor.core.commands import Action, Command, CommandState, Order
from monitor.core.commands import Step as Moved
from monitor.core.events import ConnectorChanged, EquipmentNoted
from monitor.core.health_state import Connector, Session
from monitor.core.ids import StationId
from monitor.core.observations import Status

from .reading import ago, offline, online, read
from .support import NOW, station

if TYPE_CHECKING:
    from .support import Browser, House

LANGUAGES = Languages()


def wording(speech: Speech = Speech.ENGLISH) -> Wording:
    return Wording(speech, LANGUAGES.of(speech), NOW)


def point(name: str, status: Status, *, session: bool = False, **more: Any) -> Connector:
    running = Session(transaction="7", since=ago(hours=3, minutes=10)) if session else None
    return Connector(connector=name, status=status, since=ago(minutes=50), reported_at=ago(minutes=1), session=running, **more)


WELD = online(connectors=(point("1", Status.AVAILABLE), point("2", Status.FAULTED, error="PowerSwitchFailure", info="K1")))
STUCK = online(connectors=(point("1", Status.FINISHING, session=True), point("2", Status.AVAILABLE)))


async def told(browser: Browser, path: str, **options: Any) -> Any:
    answer = await browser.get(path, **options)
    assert answer.status == 200, await answer.text()
    return await answer.json()


# ------------------------------------------------------------------------------------------------------ the page


async def test_a_point_that_may_be_live_is_loud_on_the_page(house: House, browser: Browser) -> None:
    house.put(station(1), WELD)
    page = await read(browser, "/stations/CP0001")
    assert "Do not touch" in page.words
    assert page.words.index("Do not touch") < page.words.index("Say this")
    assert "Point 2 reports a contactor fault since 07:50; its socket may be live." in page.words
    assert "Please step back and do not touch the charger, its socket or its cable." in page.words
    alert = next(attrs for tag, attrs in page.tags if attrs.get("class") == "safety")
    assert alert["role"] == "alert"
    assert ("svg", "icon safety") in [(tag, attrs.get("class", "")) for tag, attrs in page.tags]


async def test_nothing_is_loud_where_nobody_is_in_danger(house: House, browser: Browser) -> None:
    house.put(station(1), STUCK)
    page = await read(browser, "/stations/CP0001")
    assert not any(attrs.get("class") == "safety" for _, attrs in page.tags)


async def test_the_page_takes_what_the_caller_says_and_leaves_out_what_it_does_not_understand(
    house: House, browser: Browser
) -> None:
    house.put(station(1), STUCK)
    page = await read(browser, "/stations/CP0001?symptom=cable_stuck&point=1")
    assert "Point 1 still has a session of 3 h 10; the lock follows the session." in page.words
    assert "Je termine votre session maintenant. Ouvrez d'abord la voiture, poussez la prise, puis tirez." in page.words
    live = next(attrs["data-part"] for _, attrs in page.tags if attrs.get("id") == "live-part")
    assert live == "/stations/CP0001?part=live&say=en&symptom=cable_stuck&point=1", "what is fetched again is for the same call"
    for query in ("symptom=sorcery", "point=<b>", "symptom=cable_stuck&point=" + "1" * 17):
        assert "point 2 is free" in (await read(browser, f"/stations/CP0001?{query}")).words


async def test_an_unsure_danger_is_told_as_last_known(house: House, browser: Browser) -> None:
    old = replace_reported(point("2", Status.FAULTED, error="PowerSwitchFailure"))
    house.put(station(1), online(connectors=(point("1", Status.AVAILABLE), old)))
    assert (
        "Point 2 told of a dangerous fault at 03:40; nothing has cleared it since."
        in (await read(browser, "/stations/CP0001")).words
    )


def replace_reported(connector: Connector) -> Connector:
    return Connector(
        connector=connector.connector,
        status=connector.status,
        since=ago(hours=5),
        reported_at=ago(hours=5),
        error=connector.error,
    )


async def test_what_components_tell_and_how_often_a_point_tripped_is_read_from_the_log(house: House, browser: Browser) -> None:
    found = house.put(station(1), online(connectors=(point("1", Status.AVAILABLE),)))
    house.history.add(found.id, EquipmentNoted(at=ago(minutes=9), component="FloodSensor", variable="Active", value="true"))
    assert "The charger reports water inside since 08:31" in (await read(browser, "/stations/CP0001")).words
    earth = house.put(station(2), online(connectors=(point("1", Status.FAULTED, error="GroundFailure"),)))
    for minutes, status in ((8, Status.FAULTED), (7, Status.AVAILABLE), (6, Status.FAULTED)):
        house.history.add(earth.id, ConnectorChanged(at=ago(minutes=minutes), connector="1", status=status))
    page = await read(browser, "/stations/CP0002")
    assert "Point 1 tripped twice on earth fault within 10 minutes" in page.words
    assert ("Do not use" in page.words, "Do not touch" in page.words) == (True, False), "the caller is asked to unplug"


async def test_whom_to_ring_now_has_a_number_beside_it(house: House, browser: Browser) -> None:
    house.put(station(1), WELD)
    words = (await read(browser, "/stations/CP0001")).words
    assert "Ring the maintainer now. +352 621 000 001" in words
    assert "Do not touch" in words


# ------------------------------------------------------------------------------------------------------ programs


@pytest.mark.parametrize(
    ("role", "kind", "text"),
    [
        (Role.AGENT, ("hand_over", "senior", "now"), "By a senior, now: Take out of service: point 2"),
        (Role.SENIOR, ("order", "", ""), "Take out of service: point 2"),
    ],
)
async def test_programs_get_the_safety_the_cause_and_the_steps(
    house: House, role: Role, kind: tuple[str, str, str], text: str
) -> None:
    visitor = await house.visitor(role)
    house.put(station(1), WELD)
    body = await told(visitor, "/api/v1/stations/CP0001")
    assert (body["safety"], body["cause"], body["technical"]) == ("danger", "contactor", ["PowerSwitchFailure", "K1"])
    assert [(step["kind"], step["to"], step["urgency"]) for step in body["steps"]] == [
        ("ask", "", ""),
        kind,
        ("hand_over", "maintainer", "now"),
        ("elsewhere", "", ""),
    ]
    out = body["steps"][1]
    assert (out["action"], out["type"], out["connector"], out["text"]) == ("change_availability", "inoperative", "2", text)


async def test_programs_may_say_what_the_caller_says(house: House) -> None:
    agent = await house.visitor(Role.AGENT)
    house.put(station(1), STUCK)
    body = await told(agent, "/api/v1/stations/CP0001?symptom=cable_stuck&connector=1", headers={"Accept-Language": "fr"})
    assert body["verdict"] == "Le point 1 a encore une charge ouverte (3 h 10)\u00a0; le verrou suit la charge."
    assert [step["action"] for step in body["steps"] if step["kind"] == "order"] == ["remote_stop", "unlock", "unlock", "reset"]
    assert body["steps"][0]["text"] == "La voiture d'abord\u00a0: faites-la déverrouiller."
    for query in ("symptom=sorcery", "connector=1-1"):
        answer = await agent.get(f"/api/v1/stations/CP0001?{query}")
        assert answer.status == 400
        assert answer.content_type == "application/problem+json"


async def test_out_of_contact_the_breach_is_the_cause(house: House) -> None:
    agent = await house.visitor(Role.AGENT)
    house.put(station(1), offline())
    body = await told(agent, "/api/v1/stations/CP0001")
    assert (body["safety"], body["cause"]) == ("none", "station")
    assert not any(step["kind"] == "order" for step in body["steps"])


# ------------------------------------------------------------------------------------------------------ words


@pytest.mark.parametrize(
    ("step", "english", "french"),
    [
        (Ask(Plea.KEEP_OFF, "2"), "Have the caller keep off point 2.", "Que l'appelant reste à l'écart du point 2."),
        (Send(Action.UNLOCK, "", "2"), "Open the lock: point 2", "Ouvrir le verrou\u00a0: point 2"),
        (
            Send(Action.RESET, "soft", after_stop=True),
            "If it still holds: Restart the charger",
            "Si elle tient toujours\u00a0: Redémarrer la borne",
        ),
        (HandOver(Recipient.GRID, Urgency.TODAY), "Hand over to the grid operator, for today.", None),
        (
            HandOver(Recipient.SENIOR, Urgency.NOW, Send(Action.CHANGE_AVAILABILITY, "inoperative", "2")),
            "By a senior, now: Take out of service: point 2",
            "Par un agent confirmé, maintenant\u00a0: Mettre hors service\u00a0: point 2",
        ),
        (Elsewhere("2"), "Offer point 2 of this charger.", "Proposez le point 2 de cette borne."),
        (Elsewhere(), "Offer another charger nearby.", "Proposez une autre borne à proximité."),
        (Contradict(), "Pass on that the caller contradicts what we see.", None),
    ],
)
def test_a_step_in_words(step: Step, english: str, french: str | None) -> None:
    assert wording().step(step) == english
    said = wording(Speech.FRENCH).step(step)
    assert said == french if french else said != english


PLAIN = Offer(action=Action.RESET, type="soft")
CUT = Neighbour(connector="2", since=ago(hours=3, minutes=10))


@pytest.mark.parametrize(
    ("offer", "reason"),
    [
        (PLAIN, ""),
        (replace(PLAIN, barred=Barred.COOLING, until=NOW + timedelta(seconds=40)), "Not again before 08:40:52."),
        (
            replace(PLAIN, barred=Barred.NEIGHBOUR, affected=(CUT,)),
            "It would cut off somebody else's session (point 2); it needs a senior and a reason.",
        ),
        (
            replace(PLAIN, barred=Barred.ROLE, needs=Need.SECOND_PERSON),
            "It needs a senior, or a second person who agrees.",
        ),
        (replace(PLAIN, barred=Barred.OFFLINE), "Not possible: it is out of contact."),
    ],
)
def test_a_reason_in_words(offer: Offer, reason: str) -> None:
    assert wording().barred(offer) == reason


@pytest.mark.parametrize("speech", list(Speech))
@pytest.mark.parametrize("bar", list(Barred))
def test_every_reason_has_words(bar: Barred, speech: Speech) -> None:
    said = wording(speech).barred(replace(PLAIN, barred=bar, affected=(CUT,), until=NOW))
    assert said
    assert "%" not in said


def test_how_long_it_took_is_said_of_what_was_seen_to_be_done() -> None:
    asked, seen = Moved(at=ago(seconds=60), state=CommandState.REQUESTED), ago(seconds=19)
    for state, took in ((CommandState.CONFIRMED, "after 41 s"), (CommandState.UNCONFIRMED, ""), (CommandState.ACCEPTED, "")):
        order = Order(action=Action.RESET, type="soft")
        command = Command(id="c", station=StationId(1), order=order, who="anna", steps=(asked, Moved(at=seen, state=state)))
        assert wording().took(command) == took


def test_who_else_is_affected_is_named_before() -> None:
    assert wording().affected(replace(PLAIN, affected=(CUT,))) == ["This would end the session at point 2, running for 3 h 10."]
    nowhere = Neighbour(connector="", since=ago(hours=1))
    assert "point ?" in wording().affected(replace(PLAIN, affected=(nowhere,)))[0]


def test_what_is_offered_and_what_callers_call_about_have_words() -> None:
    words = wording(Speech.FRENCH)
    offered = {words.offer(Offer(action=action, type=kind)) for action, kind in OFFERED}
    assert len(offered) == len(OFFERED)
    assert words.offer(Offer(action=Action.UNLOCK, connector="2")) == "Ouvrir le verrou\u00a0: point 2"
    assert len({words.symptom(symptom) for symptom in Symptom}) == len(Symptom)
    assert [words.safety(safety) for safety in Safety] == ["", "Avec précaution", "Ne pas toucher"]
