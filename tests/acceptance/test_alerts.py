"""From a fault at a borne to a key pressed on a telephone: the program itself, real sockets, a Twilio that signs, and kill -9."""

from __future__ import annotations

import itertools
import json
import signal
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import aiohttp

from tests.support.programs import until_true
from tests.support.sites import Site, running_site
from tests.support.twilio import ACCOUNT, NUMBER, TOKEN, Trouble, Twilio, running_twilio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SHEET = "sticker,bearer,site\nCP2500,gprs,Parking Brill\nCP2501,gprs,Parking Brill\n"
DANGER = """
[[rule]]
name = "danger"
on = "fault"
match = { safety = "danger" }
severity = "page"
keep_firing_for = "1s"
"""
RULES = (
    """
[[contact]]
name = "anna"
language = "fr"
sms = "+352621000001"
voice = "+352621000001"
[[contact]]
name = "ben"
language = "en"
sms = "+352691000002"
voice = "+352691000002"
[[schedule]]
name = "network"
rotation = "weekly"
handover = "monday 09:00"
people = ["anna"]
[[policy]]
name = "network"
steps = [ { notify = "schedule:network", by = ["sms", "voice"] }, { notify = "contact:ben", by = ["voice"], after = "4s" } ]
"""
    + DANGER
)
ANNA, BEN = "+352621000001", "+352691000002"


@asynccontextmanager
async def watched(folder: Path, rules: str = RULES) -> AsyncIterator[tuple[Site, Twilio]]:
    """Run the service with `rules` beside a Twilio."""
    (folder / "alerts.toml").write_text(rules)
    async with running_twilio() as twilio:
        more = (
            f'[alerts]\nfile = "{folder}/alerts.toml"\ngroup_wait_s = 0.5\n'
            f'[twilio]\naccount_sid = "{ACCOUNT}"\nauth_token = "{TOKEN}"\nfrom = "{NUMBER}"\napi_base = "{twilio.api_base}"\n'
        )
        async with running_site(folder, SHEET, more=more) as site:
            twilio.sms_url = f"http://127.0.0.1:{site.house.public}/telephony/sms"
            yield site, twilio


class Borne:
    """A station of 1.6 that says what it is told to."""

    def __init__(self, site: Site, identity: str) -> None:
        self._url = f"ws://127.0.0.1:{site.house.field}/ocpp/{identity}"
        self._numbers = itertools.count(1)

    async def says(self, status: str, error: str = "NoError") -> None:
        """Dial, report the status of connector 1, and stay until that is answered."""
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        payload: dict[str, Any] = {"connectorId": 1, "status": status, "errorCode": error, "timestamp": now}
        async with aiohttp.ClientSession() as http, http.ws_connect(self._url, protocols=("ocpp1.6",)) as socket:
            await socket.send_json([2, str(next(self._numbers)), "StatusNotification", payload])
            assert json.loads((await socket.receive()).data)[0] == 3


async def test_a_danger_reaches_who_is_on_call_then_the_next_and_a_key_takes_it(tmp_path: Path) -> None:
    async with watched(tmp_path) as (site, twilio):
        borne = Borne(site, "CP2500")
        await borne.says("Faulted", "GroundFailure")
        await twilio.expect_sms(ANNA, "Danger à CP2500, point 1 : GroundFailure.")
        call = await twilio.expect_call(BEN)
        await call.expect_said("Danger at CP2500, point 1: GroundFailure. Nobody must touch it.")
        await call.press("7")
        await call.press("*")
        await call.expect_said("Danger at CP2500")
        await call.press("4")
        await call.expect_said("you have acknowledged it")
        await borne.says("Available")
        await twilio.expect_sms(ANNA, "Terminé à")
        await twilio.expect_sms(BEN, "Over at")
        await twilio.nothing_more()
        shown = await site.house.metrics()
        assert 'bornewatch_notifications_total{channel="sms",outcome="sent"} 3.0' in shown
        assert 'bornewatch_notification_delay_seconds_bucket{channel="voice",le="5.0"} 1.0' in shown


async def test_an_operator_handles_it_over_the_api_and_reads_how_it_went(tmp_path: Path) -> None:
    async with watched(tmp_path) as (site, twilio):
        await Borne(site, "CP2500").says("Faulted", "GroundFailure")
        await twilio.expect_sms(ANNA, "GroundFailure")
        (alert,) = await site.house.api("/alerts", site.token)
        assert (alert["alert"], alert["rule"], alert["severity"], alert["state"]) == (1, "danger", "page", "open")
        assert [one["labels"]["station"] for one in alert["matters"]] == ["CP2500"]
        for order, body, status in (
            ("acknowledge", {}, 200),
            ("snooze", {}, 400),
            ("snooze", {"until": "2020-01-01T00:00:00Z"}, 400),
            ("snooze", {"until": "2020-01-01T00:00:00"}, 400),
            ("hand-on", {"policy": "nobody"}, 400),
            ("dance", {}, 404),
            ("resolve", {"colour": "red"}, 400),
            ("resolve", {"cause": "a loose lug"}, 200),
            ("resolve", {"cause": "again"}, 404),
        ):
            assert await ordered(site, f"/alerts/1/{order}", body) == status, order
        assert await ordered(site, "/incidents/I9/ack", {}) == 404
        await twilio.nothing_more()
        file = await site.house.api("/alerts/1", site.token)
        assert (file["state"], file["cause"]) == ("resolved", "a loose lug")
        assert [one["reason"] for one in file["decisions"]][-2:] == ["acknowledged", "resolved_by_hand"]
        assert [(one["person"], one["by"]) for one in file["deliveries"]] == [("anna", "sms")]
        assert {line["what"] for line in file["deliveries"][0]["log"]} <= {"sent", "reported"}, "in whatever order"
        assert file["deliveries"][0]["log"]
        assert await site.house.api("/alerts", site.token) == []


async def ordered(site: Site, path: str, body: dict[str, str]) -> int:
    url = f"http://127.0.0.1:{site.house.console}/api/v1{path}"
    headers = {"Authorization": f"Bearer {site.token}"}
    async with aiohttp.ClientSession() as http, http.post(url, json=body, headers=headers) as reply:
        return reply.status


async def test_a_reply_by_short_message_takes_it_once_and_only_from_who_is_known(tmp_path: Path) -> None:
    async with watched(tmp_path) as (site, twilio):
        await Borne(site, "CP2500").says("Faulted", "GroundFailure")
        await twilio.expect_sms(ANNA, "1a")
        assert await twilio.text("+352691999999", "1a") == []
        assert await twilio.text(ANNA, "what?") == ["12a takes alert 12, 12e tells the next on call, 12r ends it."]
        assert await twilio.text(ANNA, " 1A ") == ["1a: done"]
        assert await twilio.text(ANNA, "9a") == ["9a: no such alert"]
        for said in ("12a takes alert", "1a: done", "9a: no such alert"):
            await twilio.expect_sms(ANNA, said)
        await twilio.nothing_more()


async def test_a_service_that_is_killed_goes_on_where_it_was_and_says_nothing_twice(tmp_path: Path) -> None:
    async with watched(tmp_path) as (site, twilio):
        await Borne(site, "CP2500").says("Faulted", "PowerSwitchFailure")
        await twilio.expect_sms(ANNA, "PowerSwitchFailure")
        await site.house.stop(signal.SIGKILL)
        await site.house.start()
        call = await twilio.expect_call(BEN)
        await call.press("6")
        twilio.complaints.clear()  # of the time in which nobody was there
        await twilio.nothing_more()


async def test_what_twilio_took_without_saying_so_is_found_and_not_sent_again(tmp_path: Path) -> None:
    async with watched(tmp_path, RULES.replace('after = "4s"', 'after = "1m"')) as (site, twilio):
        twilio.troubles.append(Trouble.DOWN_AFTER)
        await Borne(site, "CP2500").says("Faulted", "GroundFailure")
        await twilio.expect_sms(ANNA, "GroundFailure")
        await twilio.nothing_more()


async def test_a_dry_run_says_what_other_rules_would_have_had_sent(tmp_path: Path) -> None:
    async with watched(tmp_path) as (site, twilio):
        await Borne(site, "CP2500").says("Faulted", "GroundFailure")
        await twilio.expect_sms(ANNA, "GroundFailure")
        (tmp_path / "alerts.toml").write_text(RULES.replace('people = ["anna"]', 'people = ["ben"]'))
        said = (await site.house.must("alerts", "test", "--since", "1h")).splitlines()
        assert "  page    danger  ben by sms  [page] Danger at CP2500, point 1: GroundFailure." in said[0]
        assert await site.house.must("alerts", "test", "--since", "2099-01-01") == "nothing would have been sent\n"
        code, _, wrong = await site.house.run("alerts", "test", "--since", "soon")
        assert (code, "'soon' is no time: write 30d" in wrong) == (2, True)


async def test_rules_that_are_written_anew_are_gone_by_and_a_mistake_changes_nothing(tmp_path: Path) -> None:
    async with watched(tmp_path, RULES.replace('sms = "+352621000001"\n', "")) as (site, twilio):
        file = tmp_path / "alerts.toml"
        file.write_text(RULES.replace("monday 09:00", "someday"))
        await until_true(lambda: _logged(site, "the rules have a mistake"))
        file.write_text(RULES)
        await until_true(lambda: _logged(site, "the rules are others"))
        await Borne(site, "CP2500").says("Faulted", "GroundFailure")
        await twilio.expect_sms(ANNA, "GroundFailure")


async def _logged(site: Site, text: str) -> bool:
    return text in site.log()


async def test_one_fate_for_bornes_and_people_is_said_by_the_check_and_in_the_log_and_refuses_nothing(tmp_path: Path) -> None:
    fate = RULES.replace("sms = ", 'operator = "post"\nsms = ')
    (tmp_path / "alerts.toml").write_text(fate)
    more = f'[alerts]\nfile = "{tmp_path}/alerts.toml"\n'
    sheet = "sticker,bearer,sim_operator\nCP2500,gprs,POST\nCP2501,gprs,POST\n"
    async with running_site(tmp_path, sheet, more=more) as site:
        said = (await site.house.must("config", "check")).splitlines()
        assert said[-1] == "the configuration is good"
        assert said[0] == (
            "warning: policy 'network', step 1: nothing sends by sms or voice, so it tells nobody: write the section [twilio]"
        )
        assert said[-2].startswith(
            "warning: whoever is paged by telephone (anna, ben) are all with the operator 'post', as are the SIMs of 2"
        )
        for line in said[:-1]:
            assert site.log().count(line.removeprefix("warning: ")) == 1, line
    (tmp_path / "house.db").unlink()
    assert "SIMs" not in await site.house.must("config", "check")
    assert not (tmp_path / "house.db").exists(), "a check makes nothing"


async def test_rules_with_a_mistake_keep_the_service_from_starting_and_the_check_says_where(tmp_path: Path) -> None:
    async with watched(tmp_path) as (site, _twilio):
        (tmp_path / "alerts.toml").write_text(RULES.replace("contact:ben", "contact:bert"))
        code, _, said = await site.house.run("config", "check")
        assert (code, said) == (2, "bornewatch: alerts.toml: policy 'network', step 2: there is no contact 'bert': anna, ben\n")
