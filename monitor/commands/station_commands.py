"""The facade: ask a station for something, and learn what became of it.

What is known beforehand to be impossible, or unwise just now, is not sent and says why; some of it may be forced. A command is
stored before it is sent, and every step of its life when it is taken (`monitor.commands.carrier`).
"""

from __future__ import annotations

import asyncio
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from monitor.commands.carrier import Carrier, Task, kept
from monitor.commands.ports import NoOutcomeError, NotSentError, RefusedError
from monitor.core.commands import (
    CONFIRM_S,
    Action,
    Command,
    CommandState,
    Order,
    Step,
    Why,
    cooling_s,
    moved,
)
from monitor.decode.requests import Facts
from monitor.decode.requests_v1x import WAYS_16
from monitor.decode.ways import WAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from monitor.commands.ports import CommandStore, Uploads, Wire
    from monitor.core.clock import Clock
    from monitor.core.health_state import HealthState
    from monitor.core.ids import StationId
    from monitor.core.registry import Station
    from monitor.decode.requests import Way
    from monitor.runtime.intake import Intake
    from monitor.runtime.ports import HealthView

MOST_WAITING: Final = 8
"""Commands that may wait for one station."""
LOOKED_AT: Final = 32
"""Commands of a station that are looked at for what it has shown, and for how long ago the same was sent."""
_EPOCH_S: Final = 1_577_836_800
"""2020-01-01: versions of card lists are seconds since, so that a later one is higher and fits into 32 bits."""


class StationCommands:
    """Commands to all stations. `run` carries them out; the rest may be called from anywhere in the loop."""

    def __init__(  # noqa: PLR0913  (its ports)
        self,
        *,
        clock: Clock,
        view: HealthView,
        intake: Intake,
        store: CommandStore,
        wires: Sequence[Wire],
        uploads: Uploads,
        cards: Callable[[], Sequence[tuple[str, str]]],
    ) -> None:
        """Ask by the first of `wires` that reaches a station; keep everything in `store`. `cards` are those of the registry."""
        self._clock = clock
        self._view = view
        self._store = store
        self._wires = wires
        self._uploads = uploads
        self._cards = cards
        self._asking = asyncio.Lock()
        self._number = secrets.randbelow(1_000_000)
        self.carrier = Carrier(clock, intake, store)

    async def run(self) -> None:
        """Carry out what is asked for, until cancelled."""
        await self.carrier.run()

    # ------------------------------------------------------------------------------------------------ asking

    async def request(self, station: Station, order: Order, *, who: str, reason: str = "", force: bool = False) -> Command:
        """Ask `station` for `order`, which must be well asked (`wrong_with`); return the command as it is stored.

        Raises:
            TransientStoreError: it could not be stored, so it is not sent.
        """
        async with self._asking:
            return await self._request(station, order, who, reason, force=force)

    async def _request(self, station: Station, order: Order, who: str, reason: str, *, force: bool) -> Command:
        now, health, wire = self._clock.now(), self._view.health(station.id), self._wire(station.id)
        protocol = _protocol(wire, station.id)
        transaction = _transaction(health, order) if order.action is Action.REMOTE_STOP else ""
        command = Command(
            id=secrets.token_hex(8),
            station=station.id,
            order=kept(order),
            who=who,
            reason=reason,
            force=force,
            protocol=protocol,
            firmware=_firmware(health),
            transaction=transaction,
            steps=(Step(at=now, state=CommandState.REQUESTED),),
        )
        way = _way(protocol, order.action, force=force)
        hindrance = await self._hindrance(command, health, way)
        task = None
        if hindrance is None and way is not None and wire is not None:
            try:
                task = self._task(command, order, health, way, wire)
            except NotSentError as error:
                hindrance = error.why, error.said
        if hindrance is not None:
            command = moved(command, CommandState.CANNOT, now, *hindrance)
        await self._store.save(command)
        self.carrier.tell(command)
        if task is not None:
            self.carrier.take(task)
        return command

    def _task(self, command: Command, order: Order, health: HealthState, way: Way, wire: Wire) -> Task:
        """Return what is to be carried out.

        Raises:
            NotSentError: something that it needs is not there.
        """
        upload = ""
        if order.action is Action.DIAGNOSTICS and not order.location:
            until = command.requested_at + timedelta(seconds=CONFIRM_S[Action.DIAGNOSTICS])
            upload = self._uploads.open(command.station, until) or ""
            if not upload:
                raise NotSentError(Why.NO_UPLOADS)
        facts = self._facts(health, command.transaction, upload)
        try:
            payloads = way.write(order, facts)
        except ValueError:
            raise NotSentError(Why.NO_SESSION, order.transaction) from None
        return Task(command=command, order=order, facts=facts, way=way, payloads=payloads, wire=wire)

    def _facts(self, health: HealthState, transaction: str, upload: str) -> Facts:
        now = self._clock.now()
        self._number += 1
        return Facts(
            now=now,
            connectors=tuple(one.connector for one in health.connectors if one.connector not in ("", "0")),
            transaction=transaction,
            upload=upload,
            number=self._number,
            cards=tuple(self._cards()),
            list_version=int(now.timestamp()) - _EPOCH_S,
        )

    async def inquire(self, station: StationId) -> bool | None:
        """Ask `station` whether it is there, and keep nothing of it; ``None``: there is no way to."""
        wire = self._wire(station)
        way = WAYS.get(_protocol(wire, station), {}).get(Action.PROBE)
        if wire is None or way is None:
            return None
        order = Order(action=Action.PROBE)
        (payload,) = way.write(order, Facts(now=self._clock.now()))
        async with self.carrier.turn(station):
            try:
                await wire.call(station, way.action, payload, f"probe-{secrets.token_hex(8)}")
            except RefusedError:
                return True
            except (NotSentError, NoOutcomeError):
                return False
        return True

    async def asks(self, station: StationId, action: str, payload: Mapping[str, Any]) -> Any:  # noqa: ANN401  (whatever is answered)
        """Ask `station` for something that is no command and is kept nowhere; ``None`` where it gives no answer."""
        wire = self._wire(station)
        if wire is None:
            return None
        async with self.carrier.turn(station):
            try:
                return await wire.call(station, action, payload, f"ask-{secrets.token_hex(8)}")
            except (RefusedError, NotSentError, NoOutcomeError):
                return None

    def spoken(self, station: StationId) -> str:
        """Return the version in which `station` can be spoken to now, empty where it cannot."""
        return _protocol(self._wire(station), station)

    # ------------------------------------------------------------------------------------------------ asking about

    async def find(self, name: str) -> Command | None:
        """Return the command of that name as it is now."""
        return self.carrier.live.get(name) or await self._store.find(name)

    async def of(self, station: StationId, limit: int = LOOKED_AT) -> list[Command]:
        """Return the last commands for `station`, the latest first."""
        return [self.carrier.live.get(one.id, one) for one in await self._store.of(station, limit)]

    async def hindrances(self, station: StationId, past: Sequence[Command] | None = None) -> Mapping[Action, Why]:
        """Return for each action why `station` cannot do it now; what is missing it can, as far as is known.

        `past` are its last commands where they are known already.
        """
        wire, firmware = self._wire(station), _firmware(self._view.health(station))
        if wire is None:
            return dict.fromkeys(Action, Why.NOT_CONNECTED)
        ways, past = WAYS.get(_protocol(wire, station), {}), await self.of(station) if past is None else past
        found = {action: Why.VERSION for action in Action if action not in ways}
        return found | {action: Why.SHOWN for action, way in ways.items() if _shown_unable(way, firmware, past)}

    # ------------------------------------------------------------------------------------------------ what speaks against it

    def _wire(self, station: StationId) -> Wire | None:
        """Return the first wire that reaches `station` now."""
        return next((wire for wire in self._wires if wire.protocol(station) is not None), None)

    async def _hindrance(self, command: Command, health: HealthState, way: Way | None) -> tuple[Why, str] | None:
        """Return why `command` is not to be sent: what nobody can force first."""
        if not command.protocol:
            return Why.NOT_CONNECTED, ""
        if way is None:
            return Why.VERSION, command.protocol
        if self.carrier.waiting(command.station) >= MOST_WAITING:
            return Why.BUSY, ""
        if command.order.action is Action.REMOTE_STOP and not command.transaction:
            return Why.NO_SESSION, ""
        return None if command.force else await self._doubt(command, health, way)

    async def _doubt(self, command: Command, health: HealthState, way: Way) -> tuple[Why, str] | None:
        """Return why it is better not sent."""
        past = await self.of(command.station)
        if _shown_unable(way, command.firmware, past):
            return Why.SHOWN, way.action
        if command.order.action is Action.RESET:
            charging = [one.connector for one in health.connectors if one.session is not None]
            if charging:
                return Why.CHARGING, ", ".join(filter(None, charging))
        for before in past:
            if before.state is not CommandState.CANNOT and before.order.likeness == command.order.likeness:
                left = cooling_s(command.order.action, before.sent_at or command.requested_at, command.requested_at)
                return (Why.COOLING, f"{left:.0f} s") if left > 0 else None
        return None


def _protocol(wire: Wire | None, station: StationId) -> str:
    return "" if wire is None else wire.protocol(station) or ""


def _shown_unable(way: Way, firmware: str, past: Sequence[Command]) -> bool:
    """Say whether the last answer to the same OCPP action, by the same firmware, was that the station does not know it."""
    for before in past:
        known = WAYS.get(before.protocol, {}).get(before.order.action)
        if known is not None and known.action == way.action and before.firmware == firmware and before.answered:
            return before.unable
    return False


def _way(protocol: str, action: Action, *, force: bool) -> Way | None:
    """Return how `action` is asked for in `protocol`; forced, in the words of 1.6 where an older version has none."""
    way = WAYS.get(protocol, {}).get(action)
    return WAYS_16.get(action) if way is None and force and protocol.startswith("1.") else way


def _firmware(health: HealthState) -> str:
    return health.boot.firmware if health.boot else ""


def _transaction(health: HealthState, order: Order) -> str:
    """Return the transaction to stop: the one that is named, else the only one at the connector; empty where there is none."""
    if order.transaction:
        return order.transaction
    wanted = order.connector if order.connector != "0" else ""
    found = [one.session.transaction for one in health.connectors if one.session is not None and wanted in ("", one.connector)]
    return found[0] if len(found) == 1 else ""
