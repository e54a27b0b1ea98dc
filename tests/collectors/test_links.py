"""The open sockets on virtual time: contested places through the real shell, pings, round trips and who is cut off."""

from __future__ import annotations

import asyncio
import random
from typing import Any, cast

import pytest

from monitor.collectors.ocppj.links import UNANSWERED, Link, Links
from monitor.collectors.ocppj.tenancy import PATIENCE_S
from monitor.core.ids import StationId
from monitor.desk.session import Session
from monitor.runtime.intake import Slot
from monitor.runtime.trace import Trace
from tests.support.desks import desk
from tests.support.virtual_time import VirtualClock, run_virtually

ONE = StationId(1)
DESK = desk()


class Peer:
    """The far end of a socket, as transport and WebSocket: answers what it is asked after `rtt_s`, while it lives."""

    def __init__(self, links: Links, *, rtt_s: float = 0.1, pongs: bool = True, answers: bool = True) -> None:
        self.links = links
        self.rtt_s = rtt_s
        self.pongs = pongs
        self.answers = answers
        self.alive = True
        self.closed = False
        self.aborted = False
        self.got: list[bytes] = []
        self.link: Link

    def is_closing(self) -> bool:
        return self.aborted

    def get_write_buffer_size(self) -> int:
        return 0

    def write(self, data: bytes) -> None:
        self.got.append(data)
        wanted = self.pongs if data[0] == 0x89 else self.answers
        if wanted:
            asyncio.get_running_loop().call_later(self.rtt_s, self.reply, data)

    def reply(self, data: bytes) -> None:
        if not self.alive or self.aborted:
            return
        if self.link.asked:
            self.links.heard(self.link)
        if data[0] == 0x89:
            self.link.pong(data[2:])
        else:
            self.link.pinged = 0

    def abort(self) -> None:
        if not self.aborted:
            self.aborted = True
            asyncio.get_running_loop().call_soon(self.links.remove, self.link)


async def dial(links: Links, **habits: Any) -> Peer | None:
    """Ask for the place and open a socket; ``None``: refused."""
    epoch = links.next_epoch(ONE, 0)
    if not await links.claim(ONE, epoch):
        return None
    peer = Peer(links, **habits)
    session = Session(DESK, ONE, Slot(), Trace(), heartbeat_s=300, epoch=epoch)
    peer.link = Link(cast("Any", peer), session, cast("Any", peer), VirtualClock())
    links.add(peer.link)
    return peer


def now() -> float:
    return asyncio.get_running_loop().time()


@pytest.mark.parametrize("habits", [{}, {"pongs": False}, {"answers": False}, {"rtt_s": PATIENCE_S - 0.1}])
def test_a_living_holder_answers_somehow_and_keeps_its_place(habits: dict[str, Any]) -> None:
    async def story() -> None:
        links = Links(VirtualClock(), 0)
        first = await dial(links, **habits)
        assert first is not None
        assert await dial(links) is None
        assert now() <= PATIENCE_S
        assert not first.aborted
        assert b"TriggerMessage" in first.got[-1]
        assert ONE in links

    run_virtually(story())


def test_a_dead_holder_is_replaced_and_its_late_end_changes_nothing() -> None:
    async def story() -> None:
        links = Links(VirtualClock(), 0)
        first = await dial(links)
        assert first is not None
        first.alive = False
        second = await dial(links)
        assert second is not None
        assert now() == pytest.approx(PATIENCE_S, abs=0.1)
        assert first.aborted
        await asyncio.sleep(1)
        assert not links.remove(first.link)
        assert links._open[ONE] is second.link
        assert links.replaced == 1

    run_virtually(story())


def test_a_newcomer_that_is_cancelled_or_cannot_open_leaves_no_trace() -> None:
    async def story() -> None:
        links = Links(VirtualClock(), 0)
        first = await dial(links)
        assert first is not None
        first.alive = False
        waiting = asyncio.create_task(links.claim(ONE, links.next_epoch(ONE, 0)))
        await asyncio.sleep(1)
        waiting.cancel()
        await asyncio.wait([waiting])
        await asyncio.sleep(5)
        assert not first.aborted, "nobody wants its place any more"
        epoch = links.next_epoch(ONE, 0)
        assert await links.claim(ONE, epoch)
        links.give_up(ONE, epoch)
        assert await dial(links) is not None
        assert links._timers == {}
        assert links._newcomers == {}

    run_virtually(story())


def test_those_who_wait_are_told_when_we_leave() -> None:
    async def story() -> None:
        links = Links(VirtualClock(), 0)
        first = await dial(links)
        assert first is not None
        first.alive = False
        first.closed = True

        async def close(**_: Any) -> None:
            return None

        first.close = close  # type: ignore[attr-defined]
        waiting = asyncio.create_task(dial(links))
        await asyncio.sleep(1)
        await links.close_all()
        assert await waiting is None

    run_virtually(story())


@pytest.mark.parametrize("seed", range(5))
def test_two_hundred_schedules_through_the_shell(seed: int) -> None:
    """A station on a bad link beside thieves of its key: nobody living loses the place, and it is never locked out for long."""
    chance = random.Random(seed)  # noqa: S311  (a schedule, no secret)

    async def story() -> None:
        links = Links(VirtualClock(), 0)
        living: list[Peer] = []

        async def thief() -> None:
            await asyncio.sleep(chance.uniform(0, 120))
            peer = await dial(links, rtt_s=chance.uniform(0.01, 2.5))
            if peer is not None:
                assert not [one for one in living if one.alive], "came in beside somebody living"
                living.append(peer)
                await asyncio.sleep(chance.uniform(1, 20))
                peer.alive = False

        async def station() -> None:
            while now() < 120:
                wanted = now()
                peer = None
                while peer is None:
                    peer = await dial(links, rtt_s=chance.uniform(0.01, 2.5))
                    if peer is None:
                        assert links._tenancy.holder(ONE) is not None, "refused, and nobody has the place"
                        await asyncio.sleep(3)
                        wanted = max(wanted, now())
                assert now() - wanted <= 15
                assert not [one for one in living if one.alive]
                living[:] = [peer]
                await asyncio.sleep(chance.uniform(1, 40))
                assert not peer.aborted, "a living station was cut off"
                peer.alive = False
                if chance.random() < 0.3:
                    asyncio.get_running_loop().call_later(chance.uniform(0, 60), links.remove, peer.link)
                await asyncio.sleep(chance.uniform(0, 5))

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(station())
            for _ in range(chance.randrange(5)):
                tasks.create_task(thief())

    for _ in range(200):
        run_virtually(story())


def test_a_ping_tells_the_round_trip() -> None:
    async def story() -> None:
        links = Links(VirtualClock(), 60)
        peer = await dial(links, rtt_s=0.4)
        assert peer is not None
        pinging = asyncio.create_task(links.ping())
        await asyncio.sleep(61)
        trace = peer.link.session.trace
        assert trace.last_rtt_s == pytest.approx(0.4)
        peer.rtt_s = 1.2
        await asyncio.sleep(65)
        assert trace.last_rtt_s == pytest.approx(1.2)
        assert trace.rtt_s == pytest.approx(0.5)
        peer.link.pong(b"\x00\x00\x00\x00")
        peer.link.pong(b"unasked")
        assert trace.last_rtt_s == pytest.approx(1.2)
        pinging.cancel()

    run_virtually(story())


@pytest.mark.parametrize(("pongs", "talks", "lives"), [(True, False, True), (False, False, True), (False, True, True)])
def test_who_never_answered_a_ping_is_not_killed_for_it(*, pongs: bool, talks: bool, lives: bool) -> None:
    async def story() -> None:
        links = Links(VirtualClock(), 60)
        peer = await dial(links, pongs=pongs)
        assert peer is not None
        pinging = asyncio.create_task(links.ping())
        for _ in range(3 * 12):
            await asyncio.sleep(300)
            if talks:
                peer.link.pinged = 0
        assert peer.aborted is not lives
        pinging.cancel()

    run_virtually(story())


def test_who_has_answered_on_this_socket_and_stops_is_cut_off() -> None:
    async def story() -> None:
        links = Links(VirtualClock(), 60)
        peer = await dial(links)
        assert peer is not None
        pinging = asyncio.create_task(links.ping())
        await asyncio.sleep(70)
        peer.alive = False
        await asyncio.sleep(60 * (UNANSWERED + 1))
        assert peer.aborted
        assert ONE not in links
        pinging.cancel()

    run_virtually(story())
