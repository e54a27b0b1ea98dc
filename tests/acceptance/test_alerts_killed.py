"""The program is killed (-9) again and again on the way from a fault to a telephone: nothing is lost, nothing comes three times.

Every borne has two people of its own, so that what is handed to the provider can be counted for each alert: a short message at
once, a call three seconds later, and two short messages when it is over. The provider is slow and fails at times; the instant of a
kill is chosen by what happens there. `seed` stands in the name of the test; what a killed program was doing is real time's choice.
"""

from __future__ import annotations

import asyncio
import json
import signal
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Final

import aiohttp
import pytest
from sqlalchemy import func, select

from alerts.storage.rows import DELIVERY
from monitor.storage.servers import open_engine
from tests.acceptance.test_alerts import Borne
from tests.support.databases import KINDS, url_of
from tests.support.programs import until_true
from tests.support.sites import Site, running_site
from tests.support.twilio import ACCOUNT, NUMBER, TOKEN, Trouble, Twilio, running_twilio

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

RULE: Final = """
[[rule]]
name = "danger"
on = "fault"
match = { safety = "danger" }
severity = "page"
keep_firing_for = "1s"
"""
ONE: Final = """
[[contact]]
name = "first-{n}"
sms = "+352621{n:06}"
[[contact]]
name = "second-{n}"
sms = "+352691{n:06}"
voice = "+352691{n:06}"
[[policy]]
name = "of-{n}"
steps = [ {{ notify = "contact:first-{n}", by = ["sms"] }}, {{ notify = "contact:second-{n}", by = ["voice"], after = "3s" }} ]
[[route]]
match = {{ station = "CP{n}" }}
policy = "of-{n}"
"""
MOMENTS: Final = (
    "raised",
    *(f"{kind} {what}" for kind in ("Messages", "Calls") for what in ("arrived", "taken", "answered")),
    "listed",
    "told",
)
PATIENCE_S: Final = 4.0
"""A moment that does not come by then is not waited for."""


class Storm:
    """Faults, a provider on a bad day, and kills; `handed` is what the provider was handed, by number and kind of message."""

    def __init__(self, site: Site, twilio: Twilio, database: Engine, seed: int) -> None:
        self.database = database
        self.site, self.twilio, self.chance = site, twilio, Random(seed)  # noqa: S311  (kills are no secret)
        self.kills = 0
        self.faulted: list[int] = []
        self._moments: asyncio.Queue[str] = asyncio.Queue()
        twilio.witness = self._moments.put_nowait
        twilio.pace = self._pace
        twilio.retry_after = "1"

    def _pace(self) -> tuple[float, float, float]:
        choice = self.chance.choice
        return choice((0.0, 0.0, 0.5, 1.0)), choice((0.0, 0.0, 0.3)), choice((0.0, 0.0, 0.3, 1.5))

    async def says(self, number: int, status: str, error: str = "NoError") -> None:
        """Have a borne say something, again until it was heard, as bornes do."""

        async def said() -> bool:
            try:
                await Borne(self.site, f"CP{number}").says(status, error)
            except (aiohttp.ClientError, OSError, TypeError):
                return False
            return True

        await until_true(said, 60.0)

    async def mend(self, number: int) -> None:
        """Have a fault be over."""
        self.faulted.remove(number)
        await self.says(number, "Available")

    async def kill(self, number: int) -> None:
        """Raise a fault, have one mended that was told of, kill the program at some moment on the way, and start it again."""
        moment, delay = self.chance.choice(MOMENTS), self.chance.choice((0.0, self.chance.uniform(0.0, 0.8)))
        if self.chance.random() < 0.3:
            self.twilio.troubles.append(self.chance.choice([one for one in Trouble if one is not Trouble.SILENT]))
        while not self._moments.empty():
            self._moments.get_nowait()
        await self.says(number, "Faulted", "GroundFailure")
        self.faulted.append(number)
        if told := [one for one in self.faulted if raises_of(one) <= set(self.handed())]:
            await self.mend(self.chance.choice(told))
        try:
            async with asyncio.timeout(PATIENCE_S):
                while moment != "raised" and await self._moments.get() != moment:
                    pass
        except TimeoutError:
            pass
        await asyncio.sleep(delay)
        await self.site.house.stop(signal.SIGKILL)
        self.kills += 1
        await self.site.house.start()

    def handed(self) -> Counter[tuple[str, str]]:
        """Return how often the provider was handed what for whom: number, and ``raise``, ``call`` or ``clear``."""
        texts = Counter((one.to, "clear" if "Over at" in one.body else "raise") for one in self.twilio.messages)
        return texts + Counter((one.to, "call") for one in self.twilio.calls)

    async def until(self, wanted: Callable[[], bool]) -> None:
        """Wait until the provider was handed what is wanted; what is missing then is said by who counts."""

        async def there() -> bool:
            return wanted()

        try:
            await until_true(there, 90.0)
        except TimeoutError:
            return

    async def until_quiet(self) -> None:
        """Wait until the program has nothing more to do and the provider nothing more to tell."""

        async def quiet() -> bool:
            with self.database.connect() as connection:
                waiting = connection.execute(select(func.count()).where(DELIVERY.c.waiting)).scalar_one()
            return not waiting and not await self.site.house.api("/alerts", self.site.token)

        await until_true(quiet, 90.0)
        await self.twilio.settled()


def raises_of(number: int) -> set[tuple[str, str]]:
    """Return what the provider is to be handed when that borne is a danger."""
    return {(f"+352621{number:06}", "raise"), (f"+352691{number:06}", "call")}


async def killed(folder: Path, kind: str, seed: int, kills: int) -> tuple[Counter[tuple[str, str]], set[tuple[str, str]]]:
    """Kill the program so often, on a database of that kind; return what was handed over, and what had to be."""
    url = url_of(kind, folder)
    engine = open_engine(url)
    try:
        return await _killed(folder, url, engine, seed, kills)
    finally:
        engine.dispose()


async def _killed(
    folder: Path, url: str, engine: Engine, seed: int, kills: int
) -> tuple[Counter[tuple[str, str]], set[tuple[str, str]]]:
    numbers = range(3000, 3000 + kills)
    (folder / "alerts.toml").write_text(RULE + "".join(ONE.format(n=n) for n in numbers))
    sheet = "sticker,bearer\n" + "".join(f"CP{n},gprs\n" for n in numbers)
    async with running_twilio() as twilio:
        more = (
            f'[alerts]\nfile = "{folder}/alerts.toml"\ngroup_wait_s = 0.5\n'
            f'[twilio]\naccount_sid = "{ACCOUNT}"\nauth_token = "{TOKEN}"\nfrom = "{NUMBER}"\napi_base = "{twilio.api_base}"\n'
        )
        async with running_site(folder, sheet, url=url, more=more) as site:
            storm = Storm(site, twilio, engine, seed)
            raised = {one for n in numbers for one in raises_of(n)}
            over = {(number, "clear") for number, _ in raised}
            for number in numbers:
                await storm.kill(number)
            await storm.until(lambda: raised <= set(storm.handed()))
            for number in list(storm.faulted):
                await storm.mend(number)
            await storm.until(lambda: raised | over <= set(storm.handed()))
            await storm.until_quiet()
            assert storm.kills == kills
            return storm.handed(), raised | over


def judged(folder: Path, handed: Counter[tuple[str, str]], wanted: set[tuple[str, str]]) -> None:
    """See that nothing is unsent, nothing came that nobody wanted, and nothing more than twice; the figures stay in `folder`."""
    twice = {one: times for one, times in handed.items() if times > 1}
    figures = {"wanted": len(wanted), "unsent": len(wanted - set(handed)), "duplicates": sum(twice.values()) - len(twice)}
    (folder / "figures.json").write_text(json.dumps(figures))
    assert wanted - set(handed) == set(), "unsent"
    assert set(handed) - wanted == set(), "nobody's"
    assert {one for one, times in twice.items() if times > 2} == set(), "more than one duplicate"


async def test_five_kills_on_the_way_lose_nothing(tmp_path: Path) -> None:
    judged(tmp_path, *await killed(tmp_path, "sqlite", seed=1, kills=5))


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(11, 15))
async def test_a_hundred_kills_on_the_way_lose_nothing(tmp_path: Path, seed: int, kind: str) -> None:
    judged(tmp_path, *await killed(tmp_path, kind, seed=seed, kills=25))
