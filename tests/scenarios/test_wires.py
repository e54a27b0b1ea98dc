"""The connections under every scenario: what a path does to them, to the microsecond, and what each side is told."""

from __future__ import annotations

import asyncio
import socket
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.network.exchange import Exchange
from tests.support.network.path import Dials, Fate, Path, Side
from tests.support.network.wire import GIVES_UP_S, KERNEL_BYTES, End
from tests.support.virtual_time import PROCESS, VirtualLoop

if TYPE_CHECKING:
    from collections.abc import Callable

PORT = 9000


class Talker(asyncio.Protocol):
    """Notes everything that it is told, with the instant."""

    def __init__(self) -> None:
        self.heard: list[tuple[float, str]] = []
        self.data = b""
        self.end: End
        self.paused = False

    def note(self, what: str) -> None:
        self.heard.append((round(now(), 6), what))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, End)
        self.end = transport
        self.note("made")

    def data_received(self, data: bytes) -> None:
        self.data += data
        self.note(data.decode("latin-1") if len(data) < 20 else f"{len(data)} bytes")

    def eof_received(self) -> None:
        self.note("eof")

    def connection_lost(self, exc: Exception | None) -> None:
        self.note("lost" if exc is None else type(exc).__name__)

    def pause_writing(self) -> None:
        self.paused = True

    def resume_writing(self) -> None:
        self.paused = False


def now() -> float:
    return asyncio.get_running_loop().time()


class Pair:
    """A station and the service, connected."""

    def __init__(self, exchange: Exchange, path: Path) -> None:
        self.exchange = exchange
        self.path = path
        self.station = Talker()
        self.service = Talker()

    async def open(self) -> Pair:
        await self.exchange.listen(lambda: self.service, "0.0.0.0", PORT)
        await self.exchange.connect(lambda: self.station, PORT, self.path)
        await asyncio.sleep(self.path.latency_s)
        return self


async def connected(**conditions: Any) -> Pair:
    exchange = Exchange()
    return await Pair(exchange, exchange.path("one", **{"latency_s": 0.25, **conditions})).open()


# ---------------------------------------------------------------------------------------------------------- getting through


async def test_a_connection_takes_a_round_trip_and_a_byte_half_of_one() -> None:
    pair = await connected()
    assert pair.station.heard == [(0.5, "made")]
    assert pair.service.heard == [(0.75, "made")]
    pair.station.end.write(b"one")
    pair.station.end.writelines([b"tw", b"o"])
    await asyncio.sleep(1)
    pair.service.end.write(b"three")
    await asyncio.sleep(1)
    assert pair.service.heard[1:] == [(1.0, "one"), (1.0, "two")]
    assert pair.station.heard[1:] == [(2.0, "three")]


async def test_what_is_said_at_once_comes_after_the_connection() -> None:
    pair = await connected()
    other = Talker()
    await pair.exchange.connect(lambda: other, PORT, pair.path)
    other.end.write(b"at once")
    await asyncio.sleep(1)
    assert [what for _, what in pair.service.heard] == ["made", "made", "at once"]


async def test_no_byte_arrives_in_the_callback_in_which_it_was_written() -> None:
    pair = await connected(latency_s=0.0)
    pair.station.end.write(b"now")
    assert pair.service.data == b""
    await asyncio.sleep(0.001)
    assert pair.service.heard[-1] == (0.0, "now")


async def test_we_see_the_address_of_the_path() -> None:
    pair = await connected(address="10.1.2.3")
    assert pair.service.end.get_extra_info("peername")[0] == "10.1.2.3"
    assert pair.station.end.get_extra_info("peername")[1] == PORT


@pytest.mark.parametrize("conditions", [{"jitter_s": 0.5}, {"loss": 0.3}, {"jitter_s": 0.2, "loss": 0.1}])
async def test_jitter_and_loss_delay_and_neither_lose_nor_mix_up_a_byte(conditions: dict[str, float]) -> None:
    pair = await connected(**conditions)
    began = now()
    for number in range(256):
        pair.station.end.write(bytes((number,)) * 10)
        await asyncio.sleep(0.01)
    await asyncio.sleep(300)
    assert pair.service.data == b"".join(bytes((number,)) * 10 for number in range(256))
    took_s = pair.service.heard[-1][0] - began - 2.55
    assert took_s > 0.25, "something was late"


def test_a_lost_segment_comes_after_the_pauses_of_tcp() -> None:
    path = Path(Random(1), latency_s=0.1, loss=0.5)  # noqa: S311  (no secret)
    pauses = [0.0, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 120.0, 120.0, 120.0, 120.0]
    allowed = {round(0.1 + sum(pauses[: turn + 1]), 6) for turn in range(len(pauses))}
    seen = {round(path.transit_s(), 6) for _ in range(200)}
    assert seen <= allowed
    assert len(seen) > 4


# ---------------------------------------------------------------------------------------------------------- a silent cut


async def test_a_cut_is_told_to_nobody_and_what_was_said_arrives_when_it_is_over() -> None:
    pair = await connected()
    pair.path.cut()
    await asyncio.sleep(0.25)
    assert now() == 1.0
    pair.station.end.write(b"hello")
    pair.service.end.write(b"ping")
    await asyncio.sleep(99)
    assert (pair.station.heard[1:], pair.service.heard[1:]) == ([], [])
    assert not pair.station.end.is_closing()
    pair.path.restore()
    await asyncio.sleep(200)
    # Repeated 0.7 s after it was sent, and after twice that pause each time: at 1 + 0.7 * (2 ** 8 - 1).
    repeated = 1.0 + 0.7 * (1 + 2 + 4 + 8 + 16 + 32 + 64 + 128)
    assert pair.service.heard[1:] == [(repeated + 0.25, "hello")]
    assert pair.station.heard[1:] == [(repeated + 0.25, "ping")]


async def test_what_was_under_way_when_the_path_was_cut_is_repeated_too() -> None:
    pair = await connected()
    pair.station.end.write(b"late")
    await asyncio.sleep(0.2)
    pair.path.cut()
    await asyncio.sleep(10)
    assert pair.service.data == b""
    pair.path.restore()
    await asyncio.sleep(60)
    assert pair.service.data == b"late"


async def test_unacknowledged_data_end_a_connection_in_the_time_that_was_set() -> None:
    pair = await connected()
    option = pair.service.end.get_extra_info("socket")
    option.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 120_000)
    option.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    pair.path.cut()
    await asyncio.sleep(50)
    assert pair.service.heard == [(0.75, "made")], "nothing is unacknowledged yet"
    pair.service.end.write(b"ping")
    pair.station.end.write(b"hello")
    await asyncio.sleep(2000)
    assert pair.service.heard[1:] == [(170.75, "TimeoutError")]
    assert pair.station.heard[1:] == [(50.75 + GIVES_UP_S, "TimeoutError")]
    assert pair.path.wires == {}


async def test_whoever_speaks_to_an_end_that_is_gone_is_told_by_a_reset() -> None:
    pair = await connected()
    pair.path.cut()
    pair.service.end.abort()
    await asyncio.sleep(5000)
    assert pair.station.heard[1:] == [], "half open"
    pair.path.restore()
    await asyncio.sleep(5000)
    assert pair.station.heard[1:] == [], "the good-bye was given up, and nobody speaks"
    pair.station.end.write(b"still there?")
    await asyncio.sleep(1)
    assert pair.station.heard[1:] == [(10001.25, "ConnectionResetError")]


async def test_a_network_that_forgot_the_connection_resets_whoever_sends() -> None:
    pair = await connected()
    pair.path.cut()
    await asyncio.sleep(10)
    pair.path.restore(Fate.RESET)
    await asyncio.sleep(10)
    assert pair.station.heard[1:] == []
    pair.station.end.write(b"hello")
    await asyncio.sleep(1)
    assert pair.station.heard[1:] == [(21.25, "ConnectionResetError")]
    assert pair.service.heard[1:] == [], "who only listens is not told"


async def test_a_network_that_forgot_it_without_a_word_lets_only_new_ones_through() -> None:
    pair = await connected()
    pair.path.cut()
    pair.path.restore(Fate.LOST)
    pair.station.end.write(b"hello")
    other = Talker()
    await pair.exchange.connect(lambda: other, PORT, pair.path)
    other.end.write(b"again")
    await asyncio.sleep(500)
    assert pair.service.data == b"again"
    assert not pair.station.end.is_closing()
    await asyncio.sleep(500)
    assert pair.station.heard[-1][1] == "TimeoutError"


# ---------------------------------------------------------------------------------------------------------- dialling


@pytest.mark.parametrize(("back_at", "made_at"), [(0.5, 1.5), (2.0, 3.5), (20.0, 31.5)])
async def test_a_dial_into_a_cut_path_is_repeated(back_at: float, made_at: float) -> None:
    exchange = Exchange()
    path = exchange.path("one", latency_s=0.25)
    pair = Pair(exchange, path)
    path.cut()
    asyncio.get_running_loop().call_later(back_at, path.restore)
    await pair.open()
    assert pair.station.heard == [(made_at, "made")]


async def test_a_dial_that_nobody_answers_is_given_up() -> None:
    exchange = Exchange()
    path = exchange.path("one")
    path.cut()
    with pytest.raises(TimeoutError):
        await exchange.connect(Talker, PORT, path)
    assert now() == 127


async def test_a_path_may_refuse_while_it_is_cut() -> None:
    exchange = Exchange()
    await exchange.listen(Talker, "0.0.0.0", PORT)
    path = exchange.path("one")
    path.cut(Dials.REFUSED)
    with pytest.raises(ConnectionRefusedError):
        await exchange.connect(Talker, PORT, path)
    assert now() == 0


async def test_nobody_listens_after_a_close_and_who_is_in_stays() -> None:
    pair = await connected()
    server = await pair.exchange.listen(Talker, "0.0.0.0", 0)
    taken = server.sockets[0].getsockname()[1]
    with pytest.raises(OSError, match="in use"):
        await pair.exchange.listen(Talker, "0.0.0.0", taken)
    server.close()
    assert not server.is_serving()
    with pytest.raises(ConnectionRefusedError):
        await pair.exchange.connect(Talker, taken, pair.path)
    pair.exchange.doors.clear()
    pair.station.end.write(b"here")
    await asyncio.sleep(1)
    assert pair.service.data == b"here"


async def test_a_listener_that_leaves_during_the_handshake_resets() -> None:
    pair = await connected()
    late = Talker()
    await pair.exchange.connect(lambda: late, PORT, pair.path)
    pair.exchange.doors.clear()
    await asyncio.sleep(1)
    assert late.heard[-1][1] == "ConnectionResetError"
    assert len(pair.service.heard) == 1


# ---------------------------------------------------------------------------------------------------------- ends


@pytest.mark.parametrize(
    ("ending", "other"),
    [
        (lambda end: end.close(), "eof"),
        (lambda end: end.abort(), "eof"),
    ],
)
async def test_an_end_in_good_order_is_told_half_a_round_trip_later(ending: Callable[[End], None], other: str) -> None:
    pair = await connected()
    ending(pair.station.end)
    assert pair.station.end.is_closing()
    await asyncio.sleep(1)
    assert pair.station.heard[1:] == [(0.75, "lost")]
    assert pair.service.heard[1:] == [(1.0, other), (1.0, "lost")]
    assert pair.path.wires == {}
    pair.service.end.write(b"nothing")
    pair.service.end.close()
    pair.service.end.abort()
    await asyncio.sleep(1)
    assert len(pair.service.heard) == 3


async def test_a_close_still_sends_what_waits_and_an_abort_does_not() -> None:
    for ending, arrived in (("close", 3 * KERNEL_BYTES), ("abort", KERNEL_BYTES)):
        pair = await connected()
        pair.station.end.write(bytes(3 * KERNEL_BYTES))
        getattr(pair.station.end, ending)()
        await asyncio.sleep(60)
        assert len(pair.service.data) == arrived
        assert [what for _, what in pair.service.heard][-2:] == ["eof", "lost"]


async def test_leaving_something_unread_is_a_reset() -> None:
    pair = await connected()
    pair.service.end.pause_reading()
    pair.station.end.write(b"unread")
    await asyncio.sleep(1)
    pair.service.end.close()
    await asyncio.sleep(1)
    assert pair.station.heard[1:] == [(2.0, "ConnectionResetError")]


async def test_one_direction_can_be_closed_alone() -> None:
    pair = await connected()
    pair.service.eof_received = lambda: True  # type: ignore[method-assign, assignment]
    assert pair.station.end.can_write_eof()
    pair.station.end.write_eof()
    with pytest.raises(RuntimeError):
        pair.station.end.write(b"more")
    await asyncio.sleep(1)
    pair.service.end.write(b"answer")
    await asyncio.sleep(1)
    assert pair.station.data == b"answer"
    pair.service.end.close()
    await asyncio.sleep(1)
    assert [what for _, what in pair.station.heard][-2:] == ["eof", "lost"]


@pytest.mark.parametrize(
    ("sides", "station", "service"),
    [
        ((), ["ConnectionResetError"], ["ConnectionResetError"]),
        ((Side.STATION,), ["ConnectionResetError"], []),
        ((Side.SERVICE,), [], ["ConnectionResetError"]),
    ],
)
async def test_a_reset_is_seen_by_those_it_is_meant_for(sides: tuple[Side, ...], station: list[str], service: list[str]) -> None:
    pair = await connected()
    pair.path.reset(*sides)
    await asyncio.sleep(1)
    assert [what for _, what in pair.station.heard[1:]] == station
    assert [what for _, what in pair.service.heard[1:]] == service
    for talker in (pair.station, pair.service):
        talker.end.write(b"?")
    await asyncio.sleep(1)
    assert pair.station.heard[-1][1] == pair.service.heard[-1][1] == "ConnectionResetError"


async def test_a_protocol_that_fails_loses_its_connection_and_no_other() -> None:
    pair = await connected()
    pair.service.data_received = lambda _: 1 // 0  # type: ignore[method-assign, assignment]
    failed: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failed.append(context["exception"]))
    pair.station.end.write(b"poison")
    await asyncio.sleep(1)
    assert [what for _, what in pair.service.heard[1:]] == ["ZeroDivisionError"]
    assert len(failed) == 1
    pair.station.end.write(b"still there?")
    await asyncio.sleep(1)
    assert pair.station.heard[-1][1] == "ConnectionResetError"


# ---------------------------------------------------------------------------------------------------------- back-pressure


async def test_who_does_not_read_makes_the_other_side_wait() -> None:
    pair = await connected()
    station, service = pair.station, pair.service
    service.end.pause_reading()
    assert not service.end.is_reading()
    station.end.write(bytes(KERNEL_BYTES))
    assert station.end.get_write_buffer_size() == 0
    station.end.set_write_buffer_limits(high=1000)
    assert station.end.get_write_buffer_limits() == (250, 1000)
    station.end.write(bytes(1001))
    assert station.paused
    assert station.end.get_write_buffer_size() == 1001
    await asyncio.sleep(60)
    assert service.data == b""
    assert station.paused
    service.end.resume_reading()
    await asyncio.sleep(60)
    assert pair.station.paused is False
    assert len(service.data) == KERNEL_BYTES + 1001


async def test_a_reset_reaches_an_end_that_does_not_read_when_it_writes() -> None:
    pair = await connected()
    pair.service.end.pause_reading()
    pair.path.reset(Side.SERVICE)
    await asyncio.sleep(1)
    assert pair.service.heard[1:] == []
    pair.service.end.write(b"?")
    await asyncio.sleep(1)
    assert [what for _, what in pair.service.heard[1:]] == ["ConnectionResetError"]


async def test_a_reset_ends_a_close_that_still_has_something_to_send() -> None:
    pair = await connected()
    pair.service.end.pause_reading()
    pair.station.end.write(bytes(3 * KERNEL_BYTES))
    pair.station.end.close()
    await asyncio.sleep(1)
    assert pair.station.heard[1:] == []
    pair.path.reset(Side.STATION)
    await asyncio.sleep(1)
    assert [what for _, what in pair.station.heard[1:]] == ["ConnectionResetError"]


async def test_a_suspended_process_is_told_afterwards_and_its_kernel_lives() -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    token = PROCESS.set("service")
    exchange = Exchange()
    pair = Pair(exchange, exchange.path("one", latency_s=0.25))
    await exchange.listen(lambda: pair.service, "0.0.0.0", PORT)
    PROCESS.reset(token)
    loop.suspend("service", 10)
    await exchange.connect(lambda: pair.station, PORT, pair.path)
    pair.station.end.write(b"hello")
    pair.station.end.close()
    await asyncio.sleep(20)
    assert pair.station.heard == [(0.5, "made"), (0.5, "lost")]
    assert pair.service.heard == [(10.0, "made"), (10.0, "hello"), (10.0, "eof"), (10.0, "lost")]


async def test_streams_of_asyncio_run_over_it() -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop.wires = Exchange()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.read()).upper())
        writer.close()

    await asyncio.start_server(echo, "0.0.0.0", PORT)
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    writer.write(b"quiet")
    writer.write_eof()
    assert await reader.read() == b"QUIET"
    writer.close()
    await writer.wait_closed()
