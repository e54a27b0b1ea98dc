"""The ten commonest calls, by keyboard alone, from the first word to the wrap-up.

Behind the console is the real service, and behind that simulated chargers on real sockets, which are really so: each reports its
trouble itself, does what it is asked or does not, and what the agent reads is what was seen of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from playwright.async_api import expect

from hotline.core.calls import Outcome
from hotline.core.diagnosis import Symptom
from monitor.core.commands import Action
from monitor.simulator.mishaps import Mishap
from tests.browser import support
from tests.browser.chargers import CARD, CARDS, EXPIRED, chargers, roll, sheet
from tests.browser.desk import Desk
from tests.support.programs import until_true
from tests.support.sites import Site, running_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, StorageState

    from monitor.simulator.station import Station

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not support.chromium_starts(), reason="needs Debian's packages: tools/debian.sh chromium libatomic1"),
]
TROUBLES = {
    "dark": None,
    "says free": None,
    "does not start": Mishap.CARDLESS,
    "refused": None,
    "stopped": Mishap.FULL,
    "cable": Mishap.STUCK,
    "earth": Mishap.EARTH,
    "welded": Mishap.WELDED,
    "smoke": None,
    "blocked": None,
    "crash": Mishap.CRASH,
    "lock": Mishap.JAM,
}
"""What is wrong at point 1 of each charger from the beginning."""
ALERTS = """
[[contact]]
name = "anna"
language = "en"
sms = "+352621000001"
[[policy]]
name = "network"
steps = [ { notify = "contact:anna", by = ["sms"] } ]
"""
HOTLINE = """
[alerts]
file = "{folder}/alerts.toml"
group_wait_s = 0
[hotline]
phone = "8006 2020"
[[hotline.network]]
name = "Eno"
phone = "+352 80 06"
prefixes = ["EN"]
"""


class Place:
    """A service with its chargers, by their trouble."""

    def __init__(self, site: Site, fleet: dict[str, Station]) -> None:
        """Name the chargers."""
        self.site = site
        self.chargers = dict(zip(TROUBLES, fleet.values(), strict=True))

    async def ask(self, path: str) -> Any:
        """Ask the API."""
        return await self.site.house.api(path, self.site.token)

    async def kept(self, charger: Station) -> tuple[str, str, str, str]:
        """Return what is stored of the last call, which was about `charger` and is over: what, where, why, what came of it."""
        call = (await self.ask("/calls"))[0]
        assert (call["station"], call["state"]) == (charger.plate.sticker, "closed")
        assert call["judged_at"], "that the agent saw a verdict, and when"
        return call["symptom"], call["connector"], call["cause"], call["outcome"]

    async def leaves_no_call_open(self) -> None:
        """Wrap up what a test that failed has left, so that the next agent can take a call."""
        for call in await self.ask("/calls"):
            if call["state"] != "closed":
                url = f"http://127.0.0.1:{self.site.house.console}/api/v1/calls/{call['call']}/wrap-up"
                bearer = {"Authorization": f"Bearer {self.site.token}"}
                async with ClientSession() as http, http.post(url, json={"outcome": "dropped"}, headers=bearer) as answer:
                    assert answer.status == 200

    async def ticket(self, charger: Station) -> tuple[str, str, bool]:
        """Return what is stored of the ticket of the last call: where, why, and whether it is urgent."""
        call = (await self.ask("/calls"))[0]
        ticket = await self.ask(f"/tickets/{call['ticket']}")
        assert (ticket["station"], ticket["calls"]) == (charger.plate.sticker, 1)
        return ticket["connector"], ticket["cause"], ticket["urgent"]

    async def orders(self, charger: Station) -> list[tuple[str, str]]:
        """Return what was asked of `charger`, the latest first, and what came of it."""
        told = await self.ask(f"/stations/{charger.plate.sticker}/commands")
        return [(one["action"], one["state"]) for one in told["commands"]]


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="place")
async def troubled_place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    rows = roll(len(TROUBLES))
    folder = tmp_path_factory.mktemp("calls")
    (folder / "alerts.toml").write_text(ALERTS)
    async with (
        running_site(folder, sheet(rows), more=HOTLINE.format(folder=folder), cards=CARDS) as site,
        chargers(f"ws://127.0.0.1:{site.house.field}/ocpp", rows) as fleet,
    ):
        place = Place(site, fleet)

        async def everybody_has_reported() -> bool:
            told = [await place.ask(f"/stations/{sticker}") for sticker in fleet]
            return all(len(one["connectors"]) == len(("station", 1, 2)) for one in told)

        await until_true(everybody_has_reported, 30)
        for name, mishap in TROUBLES.items():
            if mishap is not None:
                place.chargers[name].befall(mishap)
        yield place


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="login")
async def kept_login(place: Place, lasting_chromium: Browser) -> StorageState:
    context = await lasting_chromium.new_context(locale="en-GB", base_url=f"http://127.0.0.1:{place.site.house.console}")
    await Desk(await context.new_page()).log_in()
    kept = await context.storage_state()
    await context.close()
    return kept


@pytest_asyncio.fixture(loop_scope="module")
async def desk(place: Place, login: StorageState, lasting_chromium: Browser) -> AsyncIterator[Desk]:
    context = await lasting_chromium.new_context(
        locale="en-GB", base_url=f"http://127.0.0.1:{place.site.house.console}", storage_state=login
    )
    yield Desk(await context.new_page())
    await context.close()
    await place.leaves_no_call_open()


async def test_shown_as_free_and_does_not_work(place: Place, desk: Desk) -> None:
    charger = place.chargers["says free"]
    await desk.takes_a_call_about(charger.plate.sticker)
    await desk.notes_what_is_said(Symptom.SAYS_FREE, "1")
    await desk.reads("We see it healthy: it answered", "are you standing in front of CP 25")
    await desk.asks(Action.REFRESH, "confirmed", said="1: Available")
    await desk.sees("1", "free")
    await desk.passes_it_on()

    async def somebody_else_knows() -> bool:
        return any(
            one["labels"].get("station") == charger.plate.sticker
            for one in await place.ask("/alerts")
            if one["rule"] == "contradiction"
        )

    await until_true(somebody_else_knows)
    await desk.wraps_up(Outcome.UNSOLVED)
    assert await place.orders(charger) == [("refresh", "confirmed")]
    assert await place.kept(charger) == ("says_free", "1", "", "unsolved")


async def test_plugged_in_and_it_does_not_start(place: Place, desk: Desk) -> None:
    charger = place.chargers["does not start"]
    await desk.takes_a_call_about(charger.plate.sticker)
    await desk.notes_what_is_said(Symptom.WILL_NOT_START, "1")
    await desk.reads("Point 1 sees a plug since .*, but no session has begun", "Please present your badge")
    await desk.sees("1", "plugged in, not charging yet")
    charger.charging.start(CARD, 1)
    await desk.sees("1", "charging", "session running")
    await desk.reads("Point 1 has a session since", "Which point are you standing at?")
    await desk.wraps_up(Outcome.ADVISED)
    assert await place.kept(charger) == ("will_not_start", "1", "", "advised")


async def test_the_card_is_refused(place: Place, desk: Desk) -> None:
    charger = place.chargers["refused"]
    charger.charging.start(EXPIRED, 1)
    await desk.takes_a_call_about(charger.plate.sticker)
    await desk.notes_what_is_said(Symptom.CARD_REFUSED, "1")
    await desk.reads("A card was refused here .* ago: it has expired", "If it is yours, its provider can renew it")
    await desk.sees("1", "free")
    assert f"{EXPIRED} It has expired: its provider can renew it. since 31 Jan" in await desk.checks_a_card(EXPIRED)
    await desk.wraps_up(Outcome.INFORMED)
    assert await place.kept(charger) == ("card_refused", "1", "", "informed")


async def test_the_car_has_stopped(place: Place, desk: Desk) -> None:
    charger = place.chargers["stopped"]
    await desk.takes_a_call_about(charger.plate.sticker)
    await desk.notes_what_is_said(Symptom.STOPPED, "1")
    await desk.reads("Point 1 offers power, but the car takes none since", "look at its charge limit and its timer")
    await desk.sees("1", "session running")
    await desk.wraps_up(Outcome.ADVISED, "The car was full.")
    assert await place.kept(charger) == ("stopped", "1", "", "advised")
    assert (await place.ask("/calls"))[0]["notes"] == "The car was full."


async def test_the_cable_is_held_and_the_session_open(place: Place, desk: Desk) -> None:
    charger = place.chargers["cable"]
    await desk.takes_a_call_about(charger.plate.sticker)
    await desk.notes_what_is_said(Symptom.CABLE_STUCK, "1")
    await desk.reads("Point 1 still has a session of .*; the lock follows the session", "I am ending your session now.")
    await desk.sees("1", "finished, cable still in", "session running")
    await desk.asks(Action.REMOTE_STOP, "confirmed", said="done, as the charger shows")
    await desk.sees("1", "free")
    await desk.wraps_up(Outcome.REMOTE)
    assert await place.orders(charger) == [("remote_stop", "confirmed")]
    assert await place.kept(charger) == ("cable_stuck", "1", "", "remote")


async def test_an_earth_fault(place: Place, desk: Desk) -> None:
    charger = place.chargers["earth"]
    await desk.takes_a_call_about(charger.plate.sticker)
    await desk.notes_what_is_said(Symptom.STOPPED, "1")
    await desk.reads("Point 1 reports an earth fault since", "do not try again with this cable or car")
    await desk.sees("1", "fault", "GroundFailure")
    await desk.hands_over()
    await desk.wraps_up(Outcome.HANDED_OVER)
    assert await place.kept(charger) == ("stopped", "1", "ground", "handed_over")
    assert await place.ticket(charger) == ("1", "ground", False)


async def test_a_contactor_that_is_welded(place: Place, desk: Desk) -> None:
    charger = place.chargers["welded"]
    await desk.takes_a_call_about(charger.plate.sticker)
    await desk.notes_what_is_said(Symptom.WILL_NOT_STOP, "1")
    await desk.reads("Point 1 reports a contactor fault since .*; its socket may be live", "do not touch the charger")
    await expect(desk.page.locator("p.safety")).to_have_text("Do not touch")
    await expect(desk.page.locator(".hand_over a[href^='tel:']")).to_be_visible()
    await desk.hands_over()
    await desk.wraps_up(Outcome.HANDED_OVER)
    assert await place.kept(charger) == ("will_not_stop", "1", "contactor", "handed_over")
    assert await place.ticket(charger) == ("1", "contactor", True)


async def test_smoke(place: Place, desk: Desk) -> None:
    charger = place.chargers["smoke"]
    await desk.takes_a_call_about(charger.plate.sticker)
    await desk.notes_what_is_said(Symptom.DANGER)
    await desk.reads("The caller reports danger: nobody may touch this charger", "")
    alone = "Please step back and do not touch the charger, its socket or its cable."
    await expect(desk.page.locator("[data-saying]:visible")).to_have_text(alone)
    await expect(desk.page.locator("p.safety")).to_have_text("Do not touch")
    await desk.hands_over()
    await desk.wraps_up(Outcome.HANDED_OVER)
    assert await place.kept(charger) == ("danger", "", "danger", "handed_over")
    assert await place.ticket(charger) == ("", "danger", True)


async def test_the_bay_is_blocked(place: Place, desk: Desk) -> None:
    charger = place.chargers["blocked"]
    await desk.takes_a_call_about(charger.plate.sticker)
    await desk.notes_what_is_said(Symptom.BLOCKED, "1")
    await desk.reads("We see it healthy: it answered", "another point or charger. Point 2 of this charger is free.")
    await desk.wraps_up(Outcome.ELSEWHERE)
    assert await place.kept(charger) == ("blocked", "1", "", "elsewhere")


async def test_a_fault_that_a_restart_clears(place: Place, desk: Desk) -> None:
    charger = place.chargers["crash"]
    await desk.takes_a_call_about(charger.plate.sticker)
    await desk.notes_what_is_said(Symptom.WILL_NOT_START, "1")
    await desk.reads("Point 1 reports an internal fault since .*; a restart may clear it", "about three minutes")
    await desk.asks(Action.RESET, "confirmed", kind="soft", said="done, as the charger shows after")
    await desk.sees("1", "free")
    await desk.reads("We see it healthy", "plug in firmly")
    await desk.wraps_up(Outcome.REMOTE)
    assert await place.orders(charger) == [("reset", "confirmed")]
    assert await place.kept(charger) == ("will_not_start", "1", "internal", "remote")


async def test_a_lock_that_does_not_open(place: Place, desk: Desk) -> None:
    charger = place.chargers["lock"]
    await desk.takes_a_call_about(charger.plate.sticker)
    await desk.notes_what_is_said(Symptom.CABLE_STUCK, "1")
    await desk.reads("Point 1 has no session open; its lock can be opened from here", "I am opening the lock now")
    await desk.asks(Action.UNLOCK, "refused", said="UnlockFailed")
    await desk.asks(Action.RESET, "confirmed", kind="soft")
    await desk.sees("1", "free")
    await desk.wraps_up(Outcome.REMOTE)
    assert await place.orders(charger) == [("reset", "confirmed"), ("unlock", "refused")]


async def test_cut_off_during_the_call(place: Place, desk: Desk) -> None:
    charger = place.chargers["dark"]
    await desk.takes_a_call_about(charger.plate.sticker)
    await desk.notes_what_is_said(Symptom.WILL_NOT_START, "1")
    await desk.reads("We see it healthy", "present your badge first")
    charger.line.die()
    await expect(desk.page.locator(".big-state")).to_contain_text("offline", ignore_case=True, timeout=60_000)
    await desk.reads("Cut off, last heard", "no longer answers us")
    await desk.sees("1", "last known")
    await desk.wraps_up(Outcome.ELSEWHERE)
    assert await place.kept(charger) == ("will_not_start", "1", "unknown", "elsewhere")


async def test_a_number_of_another_network_is_told_whose_it_is(desk: Desk) -> None:
    await desk.page.goto("/")
    await desk.press("/")
    await desk.type("EN4711")
    await desk.press("Enter")
    await expect(desk.page.get_by_text("It is a sticker of Eno.")).to_be_visible()
    await expect(desk.page.get_by_role("link", name="+352 80 06")).to_be_visible()
