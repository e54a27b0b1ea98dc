"""Who knocks without being registered is listed, and taken in by one form."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from hotline.core.roles import Role
from hotline.web.openapi import DOCUMENT
from monitor.core.registry import Bearer
from monitor.registry.attempts import Attempt, Outcome

from .support import NOW, hidden, station

if TYPE_CHECKING:
    from aiohttp import ClientResponse

    from .support import Browser, House


def knock(house: House, identity: str, minutes: float = 5, outcome: Outcome = Outcome.UNKNOWN) -> None:
    house.attempts.record(
        Attempt(at=NOW - timedelta(minutes=minutes), identity=identity, address="10.0.0.7", outcome=outcome, offered="ocpp2.0.1")
    )


async def send(browser: Browser, **form: str) -> ClientResponse:
    token = hidden(await browser.page("/strangers"), "form_token")
    return await browser.post("/strangers", {"form_token": token, "bearer": "lan", **form})


async def test_they_are_listed_with_first_and_last_and_told_on_the_start_page(house: House) -> None:
    browser = await house.visitor(Role.AGENT)
    assert "Nobody unknown has knocked." in await browser.page("/strangers")
    knock(house, "ELD-<7>", 65)
    knock(house, "ELD-<7>", 5)
    page = await browser.page("/strangers")
    assert "ELD-&lt;7&gt;" in page
    assert "07:35" in page
    assert "08:35" in page
    assert 'data-label="Times">2</td>' in page
    assert 'name="sticker"' not in page, "an agent looks, an operator registers"
    assert "1 unknown charger knocks" in await browser.page("/")


async def test_one_form_takes_it_in(house: House) -> None:
    browser = await house.visitor(Role.OPERATOR)
    knock(house, "ELD-7")
    assert (await send(browser, identity="ELD-7", sticker="CP2500", site="Brill", password="0123456789abcdef")).headers[
        "Location"
    ] == "/stations/CP2500"
    (row,) = house.enrolment.rows
    assert (row.values["identity"], row.values["bearer"], row.values["security_profile"]) == ("ELD-7", Bearer.LAN, 1)
    assert row.key == b"0123456789abcdef"
    knock(house, "ELD-8")
    answer = await send(browser, identity="ELD-8")
    assert answer.status == 303
    assert answer.headers["Location"].startswith("/stations/P-")
    assert house.enrolment.rows[1].provisional
    page = await browser.page(answer.headers["Location"])
    assert "(provisional sticker)" in page


async def test_a_number_that_another_charger_wore_before_may_be_given(house: House) -> None:
    browser = await house.visitor(Role.OPERATOR)
    house.put(station(1, "CP2600", former_sticker="CP2500"))
    assert (await send(browser, identity="ELD-7", sticker="cp2500")).status == 303


@pytest.mark.parametrize(
    ("form", "status", "why"),
    [
        ({"identity": "ELD-7", "sticker": "<b>"}, 400, "sticker '<b>'"),
        ({"identity": "ELD-7", "bearer": "fax"}, 400, "bearer 'fax'"),
        ({"identity": ""}, 400, "identity: is required"),
        ({"identity": "a b"}, 400, "identity 'a b'"),
        ({"identity": "ELD-7", "password": "hex:0"}, 400, "password"),
        ({"identity": "ELD:7", "password": "0123456789abcdef"}, 400, "cannot work with a password"),
        ({"identity": "ELD-7", "sticker": "cp2500"}, 409, "another charger wears it"),
        ({"identity": "clash"}, 409, "belongs to CP9 already"),
    ],
)
async def test_a_form_that_cannot_be_taken_is_given_back_with_the_reason(
    house: House, form: dict[str, str], status: int, why: str
) -> None:
    browser = await house.visitor(Role.OPERATOR)
    house.put(station(1, "CP2500"))
    knock(house, form["identity"] or "x")
    knock(house, "a b", outcome=Outcome.MALFORMED)
    knock(house, "ELD-7")
    if form["identity"] == "clash":
        house.enrolment.clash = "identity 'clash': belongs to CP9 already"
    answer = await send(browser, **form)
    text = html.unescape(await answer.text())
    assert answer.status == status
    assert why in text
    assert "0123456789abcdef" not in text
    assert house.enrolment.rows == []


@pytest.mark.parametrize("role", [Role.AGENT, Role.SENIOR])
async def test_others_may_not(house: House, role: Role) -> None:
    browser = await house.visitor(role)
    answer = await send(browser, identity="ELD-7")
    assert answer.status == 403
    assert house.enrolment.rows == []


async def test_programs_read_them_too(house: House) -> None:
    await house.open()
    program = house.browser()
    program.session.headers["Authorization"] = f"Bearer {await house.token()}"
    knock(house, "ELD-7")
    knock(house, "eld-7")

    async def asked(path: str, name: str) -> Any:
        answer = await program.get(path)
        body = await answer.json()
        schema = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
        for one in body if isinstance(body, list) else [body]:
            jsonschema_rs.validator_for(schema).validate(one)
        return body

    assert [one["identity"] for one in await asked("/api/v1/strangers", "Knock")] == ["ELD-7", "eld-7"]
    told = await asked("/api/v1/attempts?q=ELD-7", "Sighting")
    assert (told["answer"], told["station"], len(told["attempts"])) == ("refused", None, 1)
    assert [one["identity"] for one in told["near"]] == ["eld-7"]
    assert (await asked("/api/v1/attempts?q=10.0.0.7", "Sighting"))["asked"] == "10.0.0.7"
    refused = await program.get("/api/v1/attempts")
    assert refused.status == 400
    assert "name an identity" in (await refused.json())["detail"]
