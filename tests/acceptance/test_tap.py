"""Between a charge point and a central system, both of the `ocpp` package: whoever is killed, and when, nothing is lost."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import pytest
import pytest_asyncio
import websockets
from websockets.exceptions import WebSocketException

from tests.support.central import Central, central_system
from tests.support.clients import PACKAGES
from tests.support.programs import free_port, until_true
from tests.support.sites import Site, running_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

pytestmark = pytest.mark.asyncio(loop_scope="module")

say = PACKAGES["1.6"].call
DAY: Final = (
    *("BootNotification", "StatusNotification", "Authorize", "StartTransaction", "StatusNotification"),
    *("MeterValues", "StopTransaction", "StatusNotification", "Heartbeat"),
)
"""The messages of a charge, in their order."""
POINTS: Final = [(number, moment) for number in range(len(DAY)) for moment in ("received", "answered")]
OFTEN: Final = {
    "platform": {(0, "received"), (3, "received"), (3, "answered"), (5, "answered"), (6, "received"), (6, "answered")},
    "tap": {(3, "received"), (6, "answered")},
}
"""Points at which every run kills; the long suite has all."""


def stations(victim: str) -> list[Any]:
    return [
        pytest.param(
            f"{victim}-{number}-{moment}", number, moment, marks=() if (number, moment) in OFTEN[victim] else pytest.mark.slow
        )
        for number, moment in POINTS
    ]


SHEET = "sticker,bearer,tap\n" + "".join(
    f"{victim}-{number}-{moment},gprs,true\n" for victim in ("platform", "tap") for number, moment in POINTS
)


def stamp() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Station:
    """Dials again when the line is gone, and repeats what was not answered, as a station must (1.6 §4.8, §4.10)."""

    def __init__(self, site: Site, identity: str) -> None:
        """Dial at the first message."""
        self._url = f"ws://127.0.0.1:{site.house.field}/ocpp/{identity}"
        self._identity = identity
        self._point: Any = None
        self._reading: asyncio.Task[None] | None = None

    async def says(self, message: Any) -> Any:
        """Return the answer to `message`, whatever it takes."""
        async with asyncio.timeout(30):
            while True:
                if self._reading is None or self._reading.done():
                    await self._dial()
                assert self._reading is not None
                asking = asyncio.create_task(self._point.call(message, suppress=False))
                await asyncio.wait([asking, self._reading], return_when=asyncio.FIRST_COMPLETED)
                if asking.done() and asking.exception() is None:
                    return asking.result()
                asking.cancel()
                await asyncio.wait([asking])

    async def _dial(self) -> None:
        while True:
            with contextlib.suppress(OSError, WebSocketException):
                socket = await websockets.connect(self._url, subprotocols=[websockets.Subprotocol("ocpp1.6")], open_timeout=5)
                break
            await asyncio.sleep(0.02)
        self._point = PACKAGES["1.6"].point(self._identity, socket)
        self._point.asked = []
        self._reading = asyncio.create_task(self._point.start())
        self._reading.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def hang_up(self) -> None:
        assert self._reading is not None
        self._reading.cancel()
        await asyncio.wait([self._reading])
        await self._point._connection.close()

    async def charges(self) -> None:
        """Have the whole of `DAY`."""
        await self.says(say.BootNotification(charge_point_model="Duo 22", charge_point_vendor="Elektra"))
        await self.status("Available")
        await self.says(say.Authorize(id_tag="04A2B3"))
        begin = say.StartTransaction(connector_id=1, id_tag="04A2B3", meter_start=1200, timestamp=stamp())
        number = (await self.says(begin)).transaction_id
        await self.status("Charging")
        sample = {"timestamp": stamp(), "sampled_value": [{"value": "5000"}]}
        await self.says(say.MeterValues(connector_id=1, transaction_id=number, meter_value=[sample]))
        await self.says(say.StopTransaction(transaction_id=number, meter_stop=8200, timestamp=stamp(), reason="EVDisconnected"))
        await self.status("Available")
        await self.says(say.Heartbeat())

    async def status(self, status: str) -> None:
        await self.says(say.StatusNotification(connector_id=1, error_code="NoError", status=status, timestamp=stamp()))


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="place")
async def central_and_site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Central, Site]]:
    port = free_port()
    more = f'[tap]\nupstream = "ws://127.0.0.1:{port}/central"\n'
    async with (
        central_system(port) as central,
        running_site(tmp_path_factory.mktemp("tap"), SHEET, more=more) as site,
    ):
        yield central, site


async def charge(  # noqa: PLR0913  (one argument a part)
    place: tuple[Central, Site], sticker: str, number: int, moment: str, kill: Callable[[], Awaitable[None]], *, lossy: bool = False
) -> None:
    """Have a charge during which `kill` is called once, and see that both, the platform and we, know all of it.

    `lossy`: we may have been killed between passing messages on, which waits for nothing, and storing what was passed on within a
    tenth of a second; nothing comes twice.
    """
    central, site = place
    central.heard.clear()
    station = Station(site, sticker)
    charging = asyncio.create_task(station.charges())
    killed = False
    try:
        while not charging.done():
            receiving = asyncio.create_task(central.receives())
            await asyncio.wait([receiving, charging], return_when=asyncio.FIRST_COMPLETED)
            if not receiving.done():
                receiving.cancel()
                break
            receiving.result()
            due = not killed and len(central.heard) == number + 1
            if due and moment == "received":
                killed = True
                await kill()
                continue
            await central.answers()
            if due:
                killed = True
                await kill()
        await charging
    finally:
        charging.cancel()
        await asyncio.wait([charging])
    assert killed
    assert tuple(action for action, _ in groupby(central.heard)) == DAY
    assert len(central.heard) <= len(DAY) + 1, "at most the one is repeated whose answer was lost"

    async def over() -> Any:
        events = (await site.station(sticker, "/timeline"))["events"]
        said = [one["status"] for one in events if one["type"] == "connector_changed"]
        if lossy:
            return events if number > DAY.index("StopTransaction") or said[-1:] == ["Available"] else None
        return events if said[-1:] == ["Available"] and len(said) == DAY.count("StatusNotification") else None

    timeline = await until_true(over)
    begun = [one["transaction"] for one in timeline if one["type"] == "charging_started"]
    ended = [(one["transaction"], one.get("energy_wh")) for one in timeline if one["type"] == "charging_ended"]
    if lossy:
        assert (len(begun) <= 1, len(ended) <= 1) == (True, True), timeline
    else:
        assert len(begun) == 1, timeline
        assert ended == [(begun[0], 7000)], (central.heard, timeline)
    await station.hang_up()


@pytest.mark.parametrize(("sticker", "number", "moment"), stations("platform"))
async def test_a_platform_that_is_killed_and_started_again(
    place: tuple[Central, Site], sticker: str, number: int, moment: str
) -> None:
    central, _ = place

    async def kill() -> None:
        await central.kill()
        await central.start()

    await charge(place, sticker, number, moment, kill)


@pytest.mark.parametrize(("sticker", "number", "moment"), stations("tap"))
async def test_a_tap_that_is_killed_and_started_again(place: tuple[Central, Site], sticker: str, number: int, moment: str) -> None:
    central, site = place

    async def kill() -> None:
        await site.house.stop(signal.SIGKILL)
        if moment == "received":
            await central.answers()
        await site.house.start()

    await charge(place, sticker, number, moment, kill, lossy=True)
