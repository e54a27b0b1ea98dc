"""A ticket is handed over to the program of a maintainer by the whole service: posted over a real socket, signed, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web

from alerts.channels.webhook import sign
from tests.support.programs import until_true
from tests.support.receivers import Asked, receiving
from tests.support.sites import Site, running_site

if TYPE_CHECKING:
    from pathlib import Path

SHEET = "sticker,bearer,maintainer,maintainer_email,serial\nCP001,lan,Elektro Muller,fix@muller.example,S-77\n"
ALERTS = """
[[webhook]]
name = "muller"
url = "%s/tickets"
secret = "shared"
tickets_of = ["Elektro Muller"]
"""
MORE = """
[alerts]
file = "{folder}/alerts.toml"
"""


async def post(site: Site, path: str, body: dict[str, Any]) -> Any:
    url, headers = f"http://127.0.0.1:{site.house.console}/api/v1{path}", {"Authorization": f"Bearer {site.token}"}
    async with aiohttp.ClientSession() as http, http.post(url, json=body, headers=headers) as answer:
        assert answer.status in {200, 201}, await answer.text()
        return await answer.json()


async def test_a_ticket_reaches_the_maintainers_program_through_its_bad_minute(tmp_path: Path) -> None:
    """Its program is busy at first: the same is posted again, under the same id, and no more once it was taken."""
    async with receiving() as desk:

        def busy_once(_asked: Asked) -> web.Response:
            return web.Response(status=503 if len(desk.asked) == 1 else 202)

        desk.answer = busy_once
        (tmp_path / "alerts.toml").write_text(ALERTS % desk.url)
        async with running_site(tmp_path, SHEET, more=MORE.format(folder=tmp_path)) as site:
            asked = {"station": "CP001", "subject": "Cable held", "connector": "1", "cause": "cable_held", "urgent": True}
            ticket = (await post(site, "/tickets", asked))["ticket"]
            given = await post(site, f"/tickets/{ticket}/hand-over", {"to": "maintainer", "text": "Please come.\nThank you"})
            assert (given["has"], given["address"]) == ("maintainer", "muller")
            await until_true(lambda: _came(desk.asked, 2), 30)
            first, second = desk.asked
            assert first.headers["X-Bornewatch-Id"] == second.headers["X-Bornewatch-Id"]
            timestamp = second.headers["X-Bornewatch-Timestamp"]
            assert second.headers["X-Bornewatch-Signature"] == sign("shared", timestamp, second.body)
            told = second.json
            assert told["thread"] == f"ticket/{ticket}"
            assert (told["text"], told["url"]) == (
                "Please come.\nThank you",
                f"http://127.0.0.1:{site.house.console}/tickets/{ticket}",
            )
            (about,) = told["alerts"]
            assert about["labels"] == {
                "kind": "ticket",
                "ticket": str(ticket),
                "station": "CP001",
                "connector": "1",
                "cause": "cable_held",
                "urgent": "yes",
                "callers": "1",
                "for": "maintainer",
                "serial": "S-77",
            }
            again = await post(site, f"/tickets/{ticket}/hand-over", {"to": "desk"})
            assert again["has"] == "desk"
        assert len(desk.asked) == 2


async def _came(asked: list[Asked], number: int) -> bool:
    return len(asked) >= number
