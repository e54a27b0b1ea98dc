"""Events as they happen: over a real socket, filtered, bounded, ended at once."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientError

from hotline.web import stream
from hotline.web.context import CONTEXT
from hotline.web.stream import QUEUE, Client, Signal, Streams
from monitor.core.breaches import Cause, Party
from monitor.core.events import BreachOpened, EventRecord, HealthChanged, MaintenanceChanged, Reason, State, StationBooted
from monitor.core.ids import BreachNumber, StationId
from monitor.core.registry import Bearer

from .support import NOW, Browser, House, hidden, station

if TYPE_CHECKING:
    from aiohttp import ClientResponse

ONE, TWO = StationId(1), StationId(2)


def changed(seq: int, found: StationId = ONE) -> EventRecord:
    event = HealthChanged(at=NOW, origin=State.ONLINE, to=State.SUSPECT, reason=Reason.OVERDUE, since=NOW)
    return EventRecord(seq=seq, station=found, event=event)


def streams_of(house: House) -> Streams:
    assert house.server is not None
    assert house.server.app is not None
    return house.server.app[CONTEXT].streams


async def opened(browser: Browser, query: str = "") -> ClientResponse:
    """Open a stream and read its greeting."""
    answer = await browser.get(f"/api/v1/events{query}")
    assert answer.status == 200
    assert answer.content_type == "text/event-stream"
    assert (await received(answer))["event"] == "alive"
    return answer


async def received(answer: ClientResponse) -> dict[str, Any]:
    """Read one event; empty at the end of the stream."""
    found: dict[str, Any] = {}
    while True:
        line = (await answer.content.readline()).decode()
        if not line or (not line.strip() and found):
            return found
        name, _, value = line.strip().partition(": ")
        if name:
            found[name] = json.loads(value) if name == "data" else value


async def test_an_event_arrives_with_its_number_and_the_contracts_names(house: House, browser: Browser) -> None:
    house.put(station(1))
    answer = await opened(browser)
    breach = BreachOpened(at=NOW, breach=BreachNumber(2), bearer=Bearer.LAN, since=NOW, cause=Cause.POWER, party=Party.GRID)
    await house.bus.publish([changed(7), EventRecord(seq=8, station=ONE, event=breach)])
    first = await received(answer)
    assert (first["id"], first["event"]) == ("7", "health_changed")
    assert first["data"]["station"] == "CP0001"
    assert first["data"]["to"] == "suspect"
    second = await received(answer)
    assert second["data"]["breach"] == "CP0001-2"
    answer.close()


async def test_only_the_station_asked_for_and_nothing_twice(house: House, browser: Browser) -> None:
    house.put(station(1))
    house.put(station(2))
    answer = await opened(browser, "?station=cp-0002")
    await house.bus.publish([changed(1, ONE), changed(2, TWO), changed(2, TWO), changed(1, TWO), changed(3, TWO)])
    assert [(await received(answer))["id"] for _ in range(2)] == ["2", "3"]
    answer.close()


async def test_an_event_of_a_station_that_is_gone_is_left_out(house: House, browser: Browser) -> None:
    house.put(station(1))
    answer = await opened(browser)
    await house.bus.publish([changed(1, StationId(99)), changed(2)])
    assert (await received(answer))["id"] == "2"
    answer.close()


async def test_a_slow_client_is_dropped_and_nobody_waits_for_it(house: House, browser: Browser) -> None:
    house.put(station(1))
    aborted: list[str] = []
    streams = streams_of(house)
    slow = Client(station=None, owner="slow", abort=lambda: aborted.append("slow"))
    quick = Client(station=TWO, owner="quick", abort=lambda: aborted.append("quick"))
    streams.join(slow)
    streams.join(quick)
    await house.bus.publish([changed(seq) for seq in range(QUEUE + 1)])
    assert aborted == ["slow"]
    assert streams.clients == {quick}
    assert await slow.next() is Signal.END
    assert browser.base


async def test_a_client_that_stops_reading_loses_its_connection(house: House, browser: Browser) -> None:
    house.put(station(1, "CP0001"))
    answer = await opened(browser)
    streams = streams_of(house)
    (client,) = streams.clients
    client.queue = asyncio.Queue(maxsize=1)
    await house.bus.publish([changed(1), changed(2)])
    assert streams.clients == set()
    with pytest.raises(ClientError):
        await answer.content.read()
    answer.close()


async def test_shutting_down_ends_every_stream_at_once(house: House, browser: Browser) -> None:
    answer = await opened(browser)
    assert house.server is not None
    async with asyncio.timeout(2):
        await house.server.close()
    assert await received(answer) == {}
    answer.close()
    assert house.bus.handlers == {}


def test_a_stream_that_opens_during_the_shutdown_ends_too() -> None:
    async def check() -> None:
        streams = Streams()
        streams.close()
        late = Client(station=None, owner="", abort=lambda: None)
        streams.join(late)
        assert await late.next() is Signal.END

    asyncio.run(check())


async def test_signing_out_ends_the_streams_of_that_session_only(house: House, browser: Browser) -> None:
    other = house.browser()
    await other.sign_in()
    mine, theirs = await opened(browser), await opened(other)
    await browser.post("/logout", {"form_token": hidden(await browser.page("/"), "form_token")})
    assert await received(mine) == {}
    house.put(station(1))
    await house.bus.publish([changed(1)])
    assert (await received(theirs))["id"] == "1"
    theirs.close()


async def test_a_stream_says_that_it_is_alive_and_ends_with_its_login(house: House, browser: Browser) -> None:
    house.put(station(1))
    answer = await opened(browser)
    house.clock.advance(seconds=stream.ALIVE_S)
    await house.bus.publish([changed(1)])
    assert (await received(answer))["event"] == "alive", "however much happens"
    assert (await received(answer))["id"] == "1"
    house.clock.advance(hours=13)
    await house.bus.publish([changed(2)])
    assert await received(answer) == {}


async def test_a_client_with_nothing_to_send_is_quiet() -> None:
    client = Client(station=None, owner="", abort=lambda: None)
    assert await client.next(within_s=0) is Signal.QUIET


async def test_a_quiet_client_is_told_that_it_is_time(house: House, browser: Browser) -> None:
    answer = await opened(browser)
    (client,) = streams_of(house).clients
    client.queue.put_nowait(Signal.QUIET)
    assert (await received(answer))["event"] == "alive"
    answer.close()


async def test_following_the_stream_does_not_count_as_use(house: House, browser: Browser) -> None:
    house.clock.advance(hours=11)
    answer = await opened(browser)
    answer.close()
    house.clock.advance(hours=2)
    assert (await browser.get("/")).status == 303


async def test_text_in_an_event_cannot_break_the_stream(house: House, browser: Browser) -> None:
    house.put(station(1))
    answer = await opened(browser)
    hostile = StationBooted(at=NOW, reason="a\r\n\r\ndata: forged\n\nevent: x", vendor="\u2028</script>")
    await house.bus.publish(
        [EventRecord(seq=1, station=ONE, event=hostile), EventRecord(seq=2, station=ONE, event=MaintenanceChanged(at=NOW))]
    )
    first, second = await received(answer), await received(answer)
    assert first["data"]["reason"] == hostile.reason
    assert second["event"] == "maintenance_changed"
    answer.close()
