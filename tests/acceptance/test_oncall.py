"""Who is on call, silences and alerts: by the command line and the JSON API of a service that runs, and when none does."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import icalendar

from tests.acceptance.test_alerts import ANNA, BEN, RULES, SHEET, Borne
from tests.support.programs import until_true
from tests.support.sites import Site, running_site
from tests.support.twilio import ACCOUNT, NUMBER, TOKEN, Twilio, running_twilio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//tests//EN
BEGIN:VEVENT
UID:1
DTSTAMP:20260101T000000Z
DTSTART:{start}
DTEND:{end}
SUMMARY:{who}
END:VEVENT
END:VCALENDAR
"""


def calendar(who: str, start: datetime, hours: int) -> str:
    stamps = {"start": f"{start:%Y%m%dT%H%M%SZ}", "end": f"{start + timedelta(hours=hours):%Y%m%dT%H%M%SZ}"}
    return CALENDAR.format(who=who, **stamps).replace("\n", "\r\n")


@asynccontextmanager
async def watched(folder: Path) -> AsyncIterator[tuple[Site, Twilio]]:
    """Run a service whose schedule tells of shifts by short message."""
    (folder / "alerts.toml").write_text(RULES)
    async with running_twilio() as twilio:
        more = (
            f'[alerts]\nfile = "{folder}/alerts.toml"\ngroup_wait_s = 0.5\n'
            f'[twilio]\naccount_sid = "{ACCOUNT}"\nauth_token = "{TOKEN}"\nfrom = "{NUMBER}"\napi_base = "{twilio.api_base}"\n'
        )
        async with running_site(folder, SHEET, more=more) as site:
            yield site, twilio


async def asked(site: Site, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    url = f"http://127.0.0.1:{site.house.console}/api/v1{path}"
    given = {"data": body} if isinstance(body, str) else {"json": body}
    headers = {"Authorization": f"Bearer {site.token}"}
    async with aiohttp.ClientSession() as http, http.request(method, url, headers=headers, **given) as reply:
        return reply.status, await (reply.json() if "json" in reply.content_type else reply.text())


async def test_by_the_command_line_of_another_process(tmp_path: Path) -> None:
    async with watched(tmp_path) as (site, twilio):
        house = site.house
        assert await house.must("oncall", "now") == "network  anna\n"
        changed = await house.must("oncall", "override", "network", "--for", "anna", "--by", "ben", "--until", "2h", "--who", "eve")
        assert "'ben' takes over from 'anna'  by eve" in changed
        await twilio.expect_sms(BEN, "You are on call for network from")
        await twilio.expect_sms(ANNA, "vous n’êtes plus d’astreinte")
        assert (await house.must("oncall", "now")).startswith("network  ben until ")
        code, _, said = await house.run("oncall", "override", "network", "--by", "anna", "--until", "1h")
        assert (code, said.count("\n")) == (1, 1)
        assert "'ben' takes over from 'anna', but also 'anna' takes over from everybody" in said
        await Borne(site, "CP2500").says("Faulted", "GroundFailure")
        await twilio.expect_sms(BEN, "Danger at CP2500")
        assert "Danger at CP2500, point 1: GroundFailure. Nobody must touch it." in await house.must("alerts", "list")
        assert "ben by sms  alert 1" in await house.must("alerts", "deliveries")
        assert "acknowledged" in await house.must("alerts", "ack", "1", "--who", "eve")
        assert "eve has it" in await house.must("alerts", "list")
        shown = await house.must("alerts", "resolve", "1", "--cause", "a loose lug", "--who", "eve")
        assert "cause: a loose lug (eve)" in shown
        assert await house.must("alerts", "list") == "no alert is open\n"
        assert await house.must("alerts", "report", "1", "--language", "fr") == "alert-1.pdf written\n"
        assert (house.folder / "alert-1.pdf").read_bytes().startswith(b"%PDF-")
        drafts = await house.must("alerts", "report", "1", "--drafts")
        assert "## Early warning (" in drafts
        assert "Cause, as it was written down: a loose lug" in drafts
        assert "resolved" in await house.must("alerts", "list", "--all")
        assert "site=Parking Brill" in await house.must(
            "silence", "add", "--match", "site=Parking Brill", "--until", "2h", "--why", "works"
        )
        assert await house.must("silence", "end", "1") == "nothing is silenced\n"
        await house.must("oncall", "withdraw", "1")
        await twilio.expect_sms(ANNA, "Vous êtes d’astreinte")
        assert await house.must("oncall", "changes") == "no schedule is changed\n"


async def test_without_a_service_an_order_changes_nothing_and_says_so(tmp_path: Path) -> None:
    async with watched(tmp_path) as (site, _):
        await site.house.stop()
        code, _, said = await site.house.run("silence", "add", "--match", "site=x", "--until", "2h", "--why", "works")
        assert (code, "no service answered within 5 s, nothing was changed" in said) == (1, True)
        assert await site.house.must("oncall", "now") == "network  anna\n"
        await site.house.start()
        assert await site.house.must("silence", "list") == "nothing is silenced\n"


async def test_wrong_usage_is_told_in_one_line(tmp_path: Path) -> None:
    async with watched(tmp_path) as (site, _):
        for arguments, code, told in (
            (("alerts", "ack", "7"), 1, "no such alert is open: see 'alerts list'"),
            (("alerts", "show", "7"), 1, "there is no alert 7"),
            (("alerts", "report", "7"), 1, "there is no alert 7"),
            (("alerts", "ack", "seven"), 2, "'seven' is no number"),
            (("silence", "add", "--match", "colour=red", "--until", "2h", "--why", "x"), 1, "nothing has such a label"),
            (("silence", "add", "--match", "site", "--until", "2h", "--why", "x"), 2, "write LABEL=VALUE"),
            (("silence", "end", "3"), 1, "no such silence holds"),
            (("oncall", "override", "nights", "--by", "ben", "--until", "2h"), 1, "there is no schedule 'nights'"),
            (("oncall", "override", "network", "--by", "zoe", "--until", "2h"), 1, "there is no contact 'zoe'"),
            (("oncall", "shift", "network", "--people", "ben", "--until", "soon"), 2, "'soon' is no time"),
            (("oncall", "withdraw", "9"), 1, "no such change holds"),
            (("oncall", "shifts", "--days", "0"), 2, "write a number from 1 to 366"),
        ):
            found, _, said = await site.house.run(*arguments)
            assert (found, said.count("\n")) == (code, 1), arguments
            assert told in said, arguments


async def test_a_calendar_comes_and_goes(tmp_path: Path) -> None:
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=5)
    async with watched(tmp_path) as (site, _):
        path = tmp_path / "swap.ics"
        path.write_text(calendar("ben", start, 4))
        assert "only 'ben' on call" in await site.house.must("oncall", "import", "network", str(path))
        exported = await site.house.must("oncall", "export", "network")
        shifts = [(str(event["SUMMARY"]), event.start) for event in icalendar.Calendar.from_ical(exported).events]
        assert ("ben", start) in shifts
        code, _, said = await site.house.run("oncall", "import", "network", "-", given=calendar("zoe", start, 4))
        assert (code, "zoe" in said) == (1, True)


async def test_by_the_api(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    until = (now + timedelta(hours=2)).isoformat()
    async with watched(tmp_path) as (site, twilio):
        status, (rota,) = await asked(site, "GET", "/on-call?days=2")
        assert (status, rota["schedule"], rota["people"], rota["then"]) == (200, "network", ["anna"], [])
        status, (rota,) = await asked(
            site, "POST", "/on-call/network/changes", {"until": until, "takes_over": "ben", "why": "swap"}
        )
        assert (status, rota["people"], rota["then"]) == (200, ["ben"], ["anna"])
        assert [(one["takes_over"], one["leaves"], one["why"]) for one in rota["changes"]] == [("ben", None, "swap")]
        await twilio.expect_sms(BEN, "You are on call")
        for path, body, code in (
            ("/on-call/network/changes", {"until": until, "takes_over": "anna"}, 409),
            ("/on-call/network/changes", {"until": until}, 400),
            ("/on-call/network/changes", {"until": until, "takes_over": "ben", "people": ["ben"]}, 400),
            ("/on-call/network/changes", {"until": "2020-01-01T00:00:00Z", "takes_over": "ben"}, 400),
            ("/on-call/network/changes", {"until": "2099-01-01T00:00:00", "takes_over": "ben"}, 400),
            ("/on-call/network/changes", {"until": until, "people": ["zoe"]}, 400),
            ("/on-call/nights/changes", {"until": until, "people": ["ben"]}, 404),
            ("/on-call/network/shifts.ics", "no calendar", 400),
            ("/on-call/nights/shifts.ics", calendar("ben", now, 9), 404),
            ("/silences", {"match": {"site": "Brill"}, "until": until, "why": " "}, 400),
            ("/silences", {"match": {}, "until": until, "why": "works"}, 400),
            ("/silences", {"match": {"colour": "red"}, "until": until, "why": "works"}, 400),
            ("/silences", {"match": {"site": "~("}, "until": until, "why": "works"}, 400),
        ):
            status, told = await asked(site, "POST", path, body)
            assert (status, told["status"]) == (code, code), (path, body, told)
        status, text = await asked(site, "GET", "/on-call/network/shifts.ics")
        assert (status, text.startswith("BEGIN:VCALENDAR")) == (200, True)
        start = now + timedelta(hours=5)
        status, (rota,) = await asked(site, "POST", "/on-call/network/shifts.ics", calendar("ben", start, 4))
        assert (status, [one.get("people") for one in rota["changes"]]) == (200, [None, ["ben"]])
        status, (silence,) = await asked(
            site, "POST", "/silences", {"match": {"site": ["Brill", "Gare"]}, "until": until, "why": "works"}
        )
        assert (status, silence["match"][0]["values"], silence["why"]) == (200, ["Brill", "Gare"], "works")
        assert await asked(site, "DELETE", "/silences/1") == (200, [])
        assert (await asked(site, "DELETE", "/silences/1"))[0] == 404
        assert (await asked(site, "DELETE", "/on-call/changes/1"))[1][0]["people"] == ["anna"]
        await until_true(lambda: asked_sms(site))
        assert (await asked(site, "GET", "/deliveries?limit=0"))[0] == 400


async def asked_sms(site: Site) -> bool:
    _, sent = await asked(site, "GET", "/deliveries?limit=2")
    return [(one["by"], one["alert"]) for one in sent] == [("sms", None), ("sms", None)]
