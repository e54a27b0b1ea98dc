"""Alerts by a real mail server: a page and what follows as one thread, an owner's language, a refusal that goes another way."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import aiohttp
import msgspec

from tests.acceptance.test_alerts import ANNA, DANGER, RULES, Borne
from tests.acceptance.test_first_light import boot, charge_point
from tests.support.mail_servers import mail_host
from tests.support.programs import until_true
from tests.support.sites import running_site
from tests.support.twilio import ACCOUNT, NUMBER, TOKEN, running_twilio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from email.message import EmailMessage
    from pathlib import Path

    from tests.support.mail_servers import MailHost
    from tests.support.sites import Site
    from tests.support.twilio import Twilio

SHEET = (
    "sticker,bearer,site,owner,owner_email,owner_language\n"
    "CP2500,gprs,Parking Brill,,,\n"
    "CP2501,lan,Belval,Ville d'Esch,technik@esch.example,de\n"
)
ADDRESS = "anna@example.lu"
BY_MAIL = RULES.replace('language = "fr"\n', f'language = "fr"\nemail = "{ADDRESS}"\n')
FOLLOWED = BY_MAIL.split("steps", maxsplit=1)[0] + (
    'steps = [ { notify = "contact:anna", by = ["email"] }, { notify = "contact:anna", by = ["email"], after = "2s" } ]\n' + DANGER
)
REFUSED = BY_MAIL.replace('by = ["sms", "voice"]', 'by = ["email", "sms"]').replace('after = "4s"', 'after = "1h"')
OWNED = BY_MAIL + '[[owner]]\nname = "Ville d\'Esch"\nby = ["email"]\nafter = "0s"\n'


@asynccontextmanager
async def mailing(folder: Path, rules: str) -> AsyncIterator[tuple[Site, MailHost, Twilio]]:
    """Run the service with `rules` beside a mail server and a Twilio."""
    (folder / "alerts.toml").write_text(rules)
    async with mail_host() as mails, running_twilio() as twilio:
        more = (
            f'[alerts]\nfile = "{folder}/alerts.toml"\ngroup_wait_s = 0.5\n'
            f'[smtp]\nhost = "127.0.0.1"\nport = {mails.port}\nfrom = "Bornewatch <watch@example.lu>"\n'
            f'[twilio]\naccount_sid = "{ACCOUNT}"\nauth_token = "{TOKEN}"\nfrom = "{NUMBER}"\napi_base = "{twilio.api_base}"\n'
        )
        async with running_site(folder, SHEET, more=more) as site:
            yield site, mails, twilio


async def mail(mails: MailHost, number: int) -> EmailMessage:
    """Wait for the mail of that number, counted from 1, and return it."""

    async def there() -> bool:
        return len(mails.envelopes) >= number

    await until_true(there)
    assert len(mails.envelopes) == number
    return mails.newest()


async def test_a_page_its_follow_up_and_the_all_clear_are_one_thread(tmp_path: Path) -> None:
    async with mailing(tmp_path, FOLLOWED) as (site, mails, twilio):
        borne = Borne(site, "CP2500")
        await borne.says("Faulted", "GroundFailure")
        page = await mail(mails, 1)
        assert (page["To"], page["From"]) == (ADDRESS, "Bornewatch <watch@example.lu>")
        assert page["Subject"].startswith("[page] Danger à CP2500, point 1")
        assert (page["Importance"], page["Auto-Submitted"], page["Content-Language"]) == ("high", "auto-generated", "fr")
        assert f"http://127.0.0.1:{site.house.console}/alerts/1" in page.get_content()
        again = await mail(mails, 2)
        await borne.says("Available")
        over = await mail(mails, 3)
        assert over["Subject"].startswith("[page] Terminé à")
        assert over["Importance"] == "normal"
        thread = [page, again, over]
        assert len({one["Message-ID"] for one in thread}) == 3
        (root,) = {one["References"] for one in thread}
        assert {one["In-Reply-To"] for one in thread} == {root}
        assert root not in {one["Message-ID"] for one in thread}
        assert [one.mail_from for one in mails.envelopes] == ["watch@example.lu"] * 3
        await twilio.nothing_more()
        assert len(mails.envelopes) == 3


async def test_an_owner_hears_in_his_language_that_his_line_is_cut_and_back(tmp_path: Path) -> None:
    async with mailing(tmp_path, OWNED) as (site, mails, twilio):
        async with charge_point(site.house, "CP2501") as point:
            await boot(point)
        await silent_gateway(site, "CP2501")
        cut = await mail(mails, 1)
        assert cut["To"] == "technik@esch.example"
        assert cut["Content-Language"] == "de"
        assert "Belval" in cut["Subject"]
        assert "Router" in cut.get_content()
        assert str(site.house.console) not in cut.get_content(), "he has no business on the console"
        async with charge_point(site.house, "CP2501") as point:
            await boot(point)
            back = await mail(mails, 2)
        assert "Belval" in back["Subject"]
        assert "wieder" in back["Subject"]
        assert back["References"] == cut["References"]
        await twilio.nothing_more()


async def silent_gateway(site: Site, station: str) -> None:
    """Tell the mirror, as the owner's own probe would, that the gateway in front of a station does not answer."""
    line = {
        "id": "1", "at": datetime.now(UTC).isoformat(), "type": "probe", "station": station, "target": "gateway", "ok": False,
    }  # fmt: skip
    url = f"http://127.0.0.1:{site.house.console}/api/v1/ingest"
    headers = {"Authorization": f"Bearer {site.token}"}
    async with aiohttp.ClientSession() as http, http.post(url, data=msgspec.json.encode(line), headers=headers) as answer:
        assert (answer.status, (await answer.json())["taken"]) == (200, 1), await answer.text()


async def test_what_the_mail_server_refuses_goes_the_second_way_within_a_minute(tmp_path: Path) -> None:
    async with mailing(tmp_path, REFUSED) as (site, mails, twilio):
        mails.rcpt = "451 4.3.0 try again later"
        began = asyncio.get_running_loop().time()
        await Borne(site, "CP2500").says("Faulted", "GroundFailure")
        await until_true(lambda: counted(site, "retried", 1))
        mails.rcpt = "550 5.1.1 no such user"
        await twilio.expect_sms(ANNA, "Danger à CP2500")
        assert asyncio.get_running_loop().time() - began < timedelta(minutes=1).total_seconds()
        assert await counted(site, "failed", 1)
        assert mails.envelopes == []

        async def taken() -> bool:
            found = (await site.house.api("/alerts/1", site.token))["deliveries"]
            return [one["state"] in ("sent", "delivered") for one in found if one["by"] == "sms"] == [True]

        await until_true(taken)
        file = await site.house.api("/alerts/1", site.token)
        by_mail, by_sms = file["deliveries"]
        assert [(line["state"], line["why"]) for line in by_mail["log"]] == [
            ("queued", "the mail server cannot take it now (451 4.3.0)"),
            ("failed", "the mail server refuses the recipient (550 5.1.1)"),
        ]
        assert (by_mail["by"], by_sms["by"]) == ("email", "sms")
        await twilio.nothing_more()


async def counted(site: Site, outcome: str, times: int) -> bool:
    shown = await site.house.metrics()
    return f'bornewatch_notifications_total{{channel="email",outcome="{outcome}"}} {times}.0' in shown
