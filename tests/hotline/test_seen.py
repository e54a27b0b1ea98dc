"""Is it seen? What whoever stands before a charger is told, on the console and by a link without a login."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from hotline.core.roles import Role
from hotline.core.sightings import Answer, near_to, read_address, sight_address, sight_identity
from hotline.web.headers import POLICY
from monitor.registry.attempts import Attempt, Knock, Outcome
from monitor.runtime.trace import Contact as Line

from .support import NOW, hidden, station

if TYPE_CHECKING:
    from .support import Browser, House


def attempt(identity: str = "ELD-7", minutes: float = 1, address: str = "10.0.0.7", **facts: Any) -> Attempt:
    at = NOW - timedelta(minutes=minutes)
    return Attempt(at=at, identity=identity, address=address, **{"outcome": Outcome.UNKNOWN, "offered": "ocpp1.6", **facts})


def knock(identity: str, minutes: float = 1) -> Knock:
    at = NOW - timedelta(minutes=minutes)
    return Knock(identity=identity, first=at, last=at, count=1, addresses=("10.0.0.7",), offered="", reason=Outcome.UNKNOWN)


@pytest.fixture
async def operator(house: House) -> Browser:
    return await house.visitor(Role.OPERATOR)


# ---------------------------------------------------------------------------------------------------------- the answer


@pytest.mark.parametrize(
    ("attempts", "connected", "answer"),
    [
        ([], False, Answer.SILENT),
        ([attempt()], False, Answer.REFUSED),
        ([attempt(outcome=Outcome.ADMITTED), attempt()], False, Answer.CAME),
        ([attempt(), attempt(outcome=Outcome.ADMITTED)], False, Answer.REFUSED),
        ([attempt(outcome=Outcome.CONTESTED)], True, Answer.CONNECTED),
    ],
)
def test_the_answer_is_that_of_the_last_attempt(attempts: list[Attempt], answer: Answer, *, connected: bool) -> None:
    sighting = sight_identity("ELD-7", attempts, connected_since=NOW if connected else None)
    assert sighting.answer is answer
    assert (sighting.since is None) == (answer is Answer.SILENT)
    if not connected:
        assert sight_address("10.0.0.7", attempts).answer is answer


def test_a_stranger_with_almost_the_same_name_is_offered() -> None:
    others = ["eld-0071", "ELD-0017", "ELD-0O71", "ELD-71", "ELD-0071", "XYZ", "ELD-00712345"]
    found = near_to("ELD-0071", [knock(name) for name in others])
    assert [one.identity for one in found] == ["eld-0071", "ELD-0017", "ELD-0O71", "ELD-71"]
    assert near_to("A", [knock("B")]) == ()
    assert sight_identity("ELD-0071", [], connected_since=NOW, strangers=[knock("eld-0071")]).near == ()


@pytest.mark.parametrize(
    ("typed", "address"),
    [("10.0.0.7", "10.0.0.7"), (" ::1 ", "::1"), ("[fd00:0:0::1]", "fd00::1"), ("ELD-7", None), ("10.0.0", None), ("", None)],
)
def test_an_address_is_told_from_an_identity(typed: str, address: str | None) -> None:
    assert read_address(typed) == address


# ---------------------------------------------------------------------------------------------------------- the console


def words_of(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page)))


async def test_every_refusal_has_its_reason_and_its_advice(house: House, operator: Browser) -> None:
    for outcome in Outcome:
        house.attempts.record(attempt(f"box-{outcome.name}", outcome=outcome, registered=outcome is not Outcome.UNKNOWN))
        page = await operator.page(f"/seen?q=box-{outcome.name}")
        told = words_of(page)
        assert f"box-{outcome.name}" in told
        assert "10.0.0.7" in told
        assert ("Refused:" in told) == (outcome is not Outcome.ADMITTED)
        assert ("It was let in, and is gone again." in told) == (outcome is Outcome.ADMITTED)
    assert "user name must be the identity" in await operator.page("/seen?q=box-WRONG_CREDENTIALS")
    assert "Vérifiez à quel réseau" in html.unescape(
        await operator.page("/seen?q=box-WRONG_NETWORK", headers={"Accept-Language": "fr"})
    )


async def test_it_is_found_by_sticker_identity_and_address(house: House, operator: Browser) -> None:
    found = house.put(station(1, "CP2500"))
    assert "No: nothing like that has knocked." in await operator.page("/seen?q=CP2500")
    house.contacts.lines[found.id] = Line(opened_at=NOW - timedelta(minutes=3))
    for asked in ("cp 25-00", found.identity):
        page = words_of(await operator.page(f"/seen?q={asked}"))
        assert "Yes: it is connected." in page
        assert found.identity in page
    house.attempts.record(attempt("a<b>&c", address="fd00::7"))
    page = await operator.page("/seen?q=[fd00::7]")
    assert "a&lt;b&gt;&amp;c" in page
    assert "Yes: it knocks." in page
    assert "<b>" not in page.replace("<bdi", "")
    assert '<form class="sieve" action="/seen" method="post">' not in page, "a link shows one identity, never an address"
    live = await operator.page("/seen?q=CP2500&part=live")
    assert live.startswith("<section") or "<section" in live[:200]


async def test_an_empty_and_a_strange_question_are_answered(operator: Browser) -> None:
    assert "Identity, sticker or IP address" in await operator.page("/seen")
    for asked in ("%00", "%E2%80%AE", "x" * 900, "a%20b", "%F0%9F%94%8C" * 30):
        await operator.page(f"/seen?q={asked}")


# ---------------------------------------------------------------------------------------------------------- the link


async def test_a_link_shows_one_identity_without_a_login_for_a_day(house: House, operator: Browser) -> None:
    house.attempts.record(attempt("ELD-7", outcome=Outcome.WRONG_CREDENTIALS, registered=True))
    house.attempts.record(attempt("secret-other"))
    page = await operator.page("/seen?q=ELD-7")
    answer = await operator.post("/seen", {"form_token": hidden(page, "form_token"), "identity": "ELD-7"})
    made = await answer.text()
    link = re.search(r'value="http://127\.0\.0\.1:8081(/seen/[\w-]{20,})"', made)
    assert link is not None
    stranger = house.stranger()
    answer = await stranger.get(link[1], headers={"Accept-Language": "fr"})
    told = words_of(await answer.text())
    assert answer.status == 200
    assert "mot de passe faux" in told
    assert "8006 2020" in told
    assert "secret-other" not in told
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["Cache-Control"] == "no-store"
    for speech, word in (("de", "Passwort ist falsch"), ("lb", "Passwuert ass falsch"), ("pt", "palavra-passe errados")):
        other = await (await stranger.get(link[1], headers={"Accept-Language": speech})).text()
        assert f'<html lang="{speech}">' in other
        assert word in words_of(other)
    assert '<meta http-equiv="refresh" content="5">' in await answer.text()
    assert "script" not in await answer.text()
    assert len(await answer.text()) < 30_000
    house.clock.advance(hours=23, minutes=59)
    assert (await stranger.get(link[1])).status == 200
    house.clock.advance(minutes=2)
    over = await stranger.get(link[1])
    assert over.status == 404
    assert "This link is over" in await over.text()


@pytest.mark.parametrize(
    "path",
    ["/seen/", "/seen/nonsense", "/seen/" + "x" * 500, "/seen/%00", "/", "/login", "/api/v1/stations", "/static/console.css"],
)
async def test_nothing_else_is_public(house: House, path: str) -> None:
    await house.open()
    assert (await house.stranger().get(path)).status == 404
    console = house.browser()
    assert (await console.get("/seen/nonsense")).status == 404
    assert (await console.get("/assets/console.css")).status == 404
    assert (await house.stranger().get("/assets/console.css")).status == 200


async def test_who_may_not_make_links_makes_none(house: House) -> None:
    browser = await house.visitor(Role.SENIOR)
    page = await browser.page("/seen?q=ELD-7")
    assert "Make a link" not in page
    answer = await browser.post("/seen", {"form_token": hidden(page, "form_token"), "identity": "ELD-7"})
    assert answer.status == 403


async def test_a_link_needs_an_identity(house: House, operator: Browser) -> None:
    del house
    token = hidden(await operator.page("/seen?q=ELD-7"), "form_token")
    for identity in ("", "a b", "x" * 99, "é"):
        assert (await operator.post("/seen", {"form_token": token, "identity": identity})).status == 400
    assert (await operator.post("/seen", {"form_token": "no", "identity": "ELD-7"})).status == 403


async def test_the_public_listener_says_little_when_it_cannot_answer(house: House) -> None:
    await house.open()
    house.database.busy_reads = True
    answer = await house.stranger().get("/seen/abcdef")
    assert (answer.status, await answer.text()) == (503, "Service Unavailable\n")
