"""Takes commands through their lives: written down, sent, answered, seen to be done or not.

One at a time goes to a station; the next waits for its answer. Nothing is repeated by itself. What a restart of ours left behind is
taken up: what was sent is not known to have arrived, what was accepted is waited for as long as it would have been.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import structlog
from msgspec.structs import replace

from monitor.commands.expectations import Expectations
from monitor.commands.ports import NoOutcomeError, NotSentError, RefusedError
from monitor.core.commands import Action, Command, CommandState, Order, Why, moved, patience_s
from monitor.core.confirmations import Sent, Uploaded
from monitor.core.observations import CommandTold
from monitor.decode.requests import Reading
from monitor.runtime.journal import TransientStoreError
from monitor.runtime.redaction import BLOT, is_secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from monitor.commands.expectations import Expectation
    from monitor.commands.ports import CommandStore, Wire
    from monitor.core.clock import Clock
    from monitor.core.ids import StationId
    from monitor.decode.requests import Facts, Payload, Way
    from monitor.runtime.intake import Intake

log = structlog.get_logger("commands")

_UNANSWERED: Final = frozenset({CommandState.REQUESTED, CommandState.SENT})
STORE_AGAIN_S: Final = 1.0
"""Pause before a step that could not be stored is stored again."""


class Task(NamedTuple):
    """What is to be carried out: the command as it is kept, the order with its secrets, how it is asked, and by which wire."""

    command: Command
    order: Order
    facts: Facts
    way: Way
    payloads: Sequence[Payload]
    wire: Wire


class Carrier:
    """Carries out what it is given; `live` are the commands whose life is not over, by name."""

    def __init__(self, clock: Clock, intake: Intake, store: CommandStore) -> None:
        """Keep every step in `store` and tell the station's history of it through `intake`."""
        self._clock = clock
        self._intake = intake
        self._store = store
        self._expectations = Expectations(intake)
        self._asked: asyncio.Queue[Task] = asyncio.Queue()
        self._turns: dict[StationId, asyncio.Lock] = {}
        self._wanted: Counter[StationId] = Counter()
        self.live: dict[str, Command] = {}

    def waiting(self, station: StationId) -> int:
        """Return how many commands for `station` are not answered yet."""
        return sum(one.station == station and one.state in _UNANSWERED for one in self.live.values())

    @asynccontextmanager
    async def turn(self, station: StationId) -> AsyncIterator[None]:
        """Hold the turn of `station`: nobody else asks it anything meanwhile."""
        self._wanted[station] += 1
        try:
            async with self._turns.setdefault(station, asyncio.Lock()):
                yield
        finally:
            self._wanted[station] -= 1
            if not self._wanted[station]:
                del self._wanted[station], self._turns[station]

    def take(self, task: Task) -> None:
        """Have `task` carried out."""
        command = task.command
        self.live[command.id] = command
        self._asked.put_nowait(task)

    def tell(self, command: Command) -> None:
        """Put the state of `command` into the history of its station."""
        step = command.steps[-1]
        if step.state is CommandState.REQUESTED:
            return
        told = CommandTold(
            at=step.at,
            command=command.id,
            action=command.order.action,
            state=step.state,
            who=command.who if command.steps[-2].state is CommandState.REQUESTED else "",
            why=step.why,
            said=step.said,
        )
        self._intake.put(command.station, (told,))

    def uploaded(self, station: StationId, name: str, size: int) -> None:
        """A file of `size` bytes came from `station`."""
        self._expectations.saw(station, Uploaded(name, size))

    async def run(self) -> None:
        """Carry out, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for command in await self._store.unfinished():
                self.live[command.id] = command
                tasks.create_task(self._resume(command))
            while True:
                tasks.create_task(self._carry(await self._asked.get()))

    # ------------------------------------------------------------------------------------------------ one command

    async def _carry(self, task: Task) -> None:
        async with self.turn(task.command.station):
            expectation = await self._send(task)
        await self._watch(task.command.id, expectation)

    async def _send(self, task: Task) -> Expectation | None:
        """Send it and take the answer; return what is waited for from the sending on."""
        name, station = task.command.id, task.command.station
        sending = moved(task.command, CommandState.SENT, self._clock.now())
        try:
            await self._store.save(sending)
        except TransientStoreError:
            await self._move(name, CommandState.CANNOT, Why.NOT_STORED)
            return None
        self._taken(sending)
        sent = Sent(
            order=task.order,
            at=sending.steps[-1].at,
            transaction=task.facts.transaction,
            firmware=task.command.firmware,
        )
        expectation = self._expectations.add(station, sent)
        reading = await self._ask(task)
        await self._move(name, reading.state, reading.why, reading.said, reading.result)
        if reading.state is CommandState.ACCEPTED and task.way.prove is not None and task.way.proven is not None:
            await self._prove(task)
        return expectation

    async def _ask(self, task: Task) -> Reading:
        """Return what is answered; where several requests are needed, what the last of those says that were taken."""
        taken: Reading | None = None
        for number, payload in enumerate(task.payloads):
            reading = await self._once(task, payload, number)
            if reading.state not in (CommandState.ACCEPTED, CommandState.CONFIRMED):
                return taken or reading
            taken = reading
        assert taken is not None  # noqa: S101  (no way writes nothing)
        return taken

    async def _once(self, task: Task, payload: Payload, number: int) -> Reading:
        """Return what one request is answered."""
        command = task.command
        try:
            return task.way.read(await self._call(task, payload, f"{command.id}-{number}"))
        except NotSentError as error:
            return Reading(state=CommandState.CANNOT, why=error.why, said=error.said)
        except NoOutcomeError as error:
            return Reading(state=CommandState.UNKNOWN, why=error.why, said=error.said)
        except RefusedError as error:
            if task.order.action is Action.PROBE:
                return Reading(state=CommandState.CONFIRMED, said=error.code)
            return Reading(state=CommandState.REFUSED, why=Why.ERROR, said=error.code)
        except Exception:  # one command must not take the others with it
            log.exception("a command could not be carried out", command=command.id, action=task.order.action)
            return Reading(state=CommandState.UNKNOWN, why=Why.WRONG_ANSWER)

    @staticmethod
    async def _call(task: Task, payload: Payload, identifier: str) -> Any:  # noqa: ANN401  (whatever is answered)
        """Ask; a station that nobody reaches is woken first. Only for a command: waking costs money, a question is not worth it."""
        station, action = task.command.station, task.way.action
        try:
            return await task.wire.call(station, action, payload, identifier)
        except NotSentError as error:
            if error.why is not Why.NOT_CONNECTED or not await task.wire.wake(station):
                raise
        return await task.wire.call(station, action, payload, identifier)

    async def _prove(self, task: Task) -> None:
        """Ask whether it was done; a station that cannot say leaves it at that."""
        assert task.way.prove is not None  # noqa: S101  (its caller has looked)
        assert task.way.proven is not None  # noqa: S101
        request = task.way.prove(task.order, task.facts)
        try:
            answer = await task.wire.call(task.command.station, request.action, request.payload, f"{task.command.id}-proof")
            reading = task.way.proven(task.order, task.facts, answer)
        except (NotSentError, NoOutcomeError, RefusedError):
            return
        if reading.state in (CommandState.CONFIRMED, CommandState.UNCONFIRMED):
            said = BLOT if is_secret(task.order.key) else reading.said
            await self._move(task.command.id, reading.state, reading.why, said)

    async def _watch(self, name: str, expectation: Expectation | None) -> None:
        """Wait for what should be seen next, and end the command."""
        command = self.live[name]
        try:
            sight = None
            if expectation is not None:
                since = (self._clock.now() - command.steps[-1].at).total_seconds()
                sight = await expectation.within(patience_s(command) - since)
        finally:
            if expectation is not None:
                self._expectations.drop(command.station, expectation)
        if sight is not None and sight.done and not command.over:
            await self._move(name, CommandState.CONFIRMED, said=sight.said)
        elif command.state is CommandState.ACCEPTED and sight is not None:
            await self._move(name, CommandState.UNCONFIRMED, Why.OTHERWISE, sight.said)
        elif command.state is CommandState.ACCEPTED and patience_s(command):
            await self._move(name, CommandState.UNCONFIRMED, Why.NOT_SEEN)
        elif not command.over:
            await self._keep(replace(command, over=True))
        del self.live[name]

    async def _resume(self, command: Command) -> None:
        """Take up what was left behind."""
        name = command.id
        match command.state:
            case CommandState.REQUESTED:
                await self._move(name, CommandState.CANNOT, Why.STOPPED)
            case CommandState.SENT:
                await self._move(name, CommandState.UNKNOWN, Why.STOPPED)
        command = self.live[name]
        expectation = None
        if patience_s(command) and command.sent_at is not None:
            sent = Sent(order=command.order, at=command.sent_at, transaction=command.transaction, firmware=command.firmware)
            expectation = self._expectations.add(command.station, sent)
        await self._watch(name, expectation)

    # ------------------------------------------------------------------------------------------------ steps

    async def _move(
        self, name: str, state: CommandState, why: Why = Why.NONE, said: str = "", result: Mapping[str, Any] | None = None
    ) -> None:
        command = moved(self.live[name], state, self._clock.now(), why, said)
        await self._keep(replace(command, result=_shown(result)) if result else command)
        self.tell(command)

    def _taken(self, command: Command) -> None:
        self.live[command.id] = command
        self.tell(command)

    async def _keep(self, command: Command) -> None:
        """Store a step that was taken; it is known at once and stored as soon as the store is there."""
        self.live[command.id] = command
        while True:
            try:
                await self._store.save(command)
            except TransientStoreError as error:
                log.warning("a command's step could not be stored", command=command.id, state=command.state, error=str(error))
                await asyncio.sleep(STORE_AGAIN_S)
            else:
                return


def _shown(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was read without what opens something."""
    shown = dict(result)
    read = shown.get("configuration")
    if isinstance(read, dict):
        shown["configuration"] = {key: BLOT if value and is_secret(key) else value for key, value in read.items()}
    return shown


def kept(order: Order) -> Order:
    """Return `order` as it is kept: a card and a secret value are blotted out."""
    card = order.id_tag[:2] + BLOT if order.id_tag else ""
    value = BLOT if order.value and is_secret(order.key) else order.value
    return replace(order, id_tag=card, value=value)
