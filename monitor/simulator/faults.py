"""What can happen to a simulated station: each fault as data, when it is due, and what it does.

Faults act on a station only through `Subject`. They recur for as long as the fleet runs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol, assert_never

from monitor.simulator.dialect import BootReason
from monitor.simulator.line import Answering
from monitor.simulator.mishaps import Mishap

if TYPE_CHECKING:
    from random import Random

    from monitor.simulator.line import Line


class FaultKind(StrEnum):
    """Ways in which a station fails; the values are the words of a mix.

    `silent`: the link dies, TCP stays open, nothing is written or read, pongs included. `closed`: a clean close, and away for
    a while. `power`: the socket goes without a close frame; back with a Boot. `hang`: the socket stays open, nothing is said,
    until a watchdog restarts the station. `flapping`: the link is lost every few seconds. `clock`: the station's time is wrong.
    `storm`: all stations of this kind drop at one instant and dial again at one instant. `bad`: invalid messages. `late`, `wrong`,
    `mute`: requests of the central system are answered too late, by something that is no answer, or not at all, and done.
    The rest goes wrong at a connector: `monitor.simulator.mishaps.Mishap`.
    """

    SILENT = "silent"
    CLOSED = "closed"
    POWER = "power"
    HANG = "hang"
    FLAPPING = "flapping"
    CLOCK = "clock"
    STORM = "storm"
    BAD = "bad"
    LATE = "late"
    WRONG = "wrong"
    MUTE = "mute"
    EARTH = "earth"
    WELDED = "welded"
    CRASH = "crash"
    JAM = "jam"
    STUCK = "stuck"
    FULL = "full"
    CARDLESS = "cardless"


class WrongClock(StrEnum):
    """Which wrong time a station has: that of a clock without battery, or tomorrow's."""

    EPOCH = "epoch"
    TOMORROW = "tomorrow"

    def read(self, now: datetime, uptime_s: float) -> datetime:
        """Return what such a clock shows at `now`, `uptime_s` after the station started."""
        match self:
            case WrongClock.EPOCH:
                return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=uptime_s)
            case WrongClock.TOMORROW:
                return now + timedelta(days=1)
            case _:
                assert_never(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault of one station, in station seconds since the fleet started.

    `every_s` is the period of what repeats inside it, `pongs` says whether a hanging station still answers pings.
    """

    kind: FaultKind
    start_s: float
    duration_s: float
    every_s: float = 5.0
    pongs: bool = False
    clock: WrongClock = WrongClock.EPOCH


@dataclass(frozen=True, slots=True, kw_only=True)
class _Timing:
    first_s: tuple[float, float]
    lasts_s: tuple[float, float]
    pause_s: tuple[float, float]
    every_s: tuple[float, float] = (5.0, 5.0)


_OUTAGE: Final = _Timing(first_s=(4, 15), lasts_s=(45, 150), pause_s=(90, 300))
_ANSWERS: Final = _Timing(first_s=(1, 3), lasts_s=(120, 600), pause_s=(10, 30))
_MISHAP: Final = _Timing(first_s=(4, 20), lasts_s=(300, 900), pause_s=(60, 300))
_MISHAPS: Final = tuple(FaultKind(mishap.value) for mishap in Mishap)
_TIMINGS: Final[dict[FaultKind, _Timing]] = {
    FaultKind.SILENT: _OUTAGE,
    FaultKind.CLOSED: _OUTAGE,
    FaultKind.POWER: _OUTAGE,
    FaultKind.HANG: _OUTAGE,
    FaultKind.FLAPPING: _Timing(first_s=(4, 15), lasts_s=(60, 180), pause_s=(60, 240), every_s=(3, 8)),
    FaultKind.CLOCK: _Timing(first_s=(4, 20), lasts_s=(120, 600), pause_s=(60, 120)),
    FaultKind.STORM: _Timing(first_s=(20, 40), lasts_s=(1, 2), pause_s=(180, 300)),
    FaultKind.BAD: _Timing(first_s=(4, 20), lasts_s=(60, 180), pause_s=(30, 90), every_s=(5, 15)),
    FaultKind.LATE: _ANSWERS,
    FaultKind.WRONG: _ANSWERS,
    FaultKind.MUTE: _ANSWERS,
    **dict.fromkeys(_MISHAPS, _MISHAP),
}


def schedule(kind: FaultKind, rng: Random) -> Iterator[Fault]:
    """Draw the faults of one station without end, in their order; the same `rng` draws the same ones."""
    timing = _TIMINGS[kind]
    start_s = rng.uniform(*timing.first_s)
    while True:
        fault = Fault(
            kind=kind,
            start_s=start_s,
            duration_s=rng.uniform(*timing.lasts_s),
            every_s=rng.uniform(*timing.every_s),
            clock=rng.choice(list(WrongClock)),
        )
        yield fault
        start_s += fault.duration_s + rng.uniform(*timing.pause_s)


class Subject(Protocol):
    """What a fault may do to a station."""

    line: Line

    async def close(self) -> None:
        """Close the connection with a close frame."""
        ...

    def drop(self) -> None:
        """Lose the connection without a close frame."""
        ...

    def power_off(self) -> None:
        """Stop everything and lose the connection."""
        ...

    def power_on(self, reason: BootReason = BootReason.POWER_UP) -> None:
        """Start again, with a Boot for that `reason`."""
        ...

    def set_clock(self, wrong: WrongClock | None) -> None:
        """Make the station's time wrong, or right again, and let it report its status with it."""
        ...

    def say_broken(self) -> None:
        """Send messages that break the schema."""
        ...

    def befall(self, mishap: Mishap | None) -> None:
        """Let `mishap` come over the first connector, or be over (``None``)."""
        ...


Sleep = Callable[[float], Awaitable[None]]


async def inject(fault: Fault, subject: Subject, sleep: Sleep) -> None:
    """Do `fault` to `subject` for as long as it lasts, and undo it."""
    await _BEHAVIOUR[fault.kind](fault, subject, sleep)


async def _silent(fault: Fault, subject: Subject, sleep: Sleep) -> None:
    subject.line.die()
    await sleep(fault.duration_s)
    subject.line.restore()


async def _closed(fault: Fault, subject: Subject, sleep: Sleep) -> None:
    subject.line.reachable.clear()
    await subject.close()
    await sleep(fault.duration_s)
    subject.line.restore()


async def _power(fault: Fault, subject: Subject, sleep: Sleep) -> None:
    subject.power_off()
    await sleep(fault.duration_s)
    subject.power_on()


async def _hang(fault: Fault, subject: Subject, sleep: Sleep) -> None:
    subject.line.hang(pongs=fault.pongs)
    await sleep(fault.duration_s)
    subject.power_off()
    subject.line.restore()
    subject.power_on(BootReason.WATCHDOG)


async def _flapping(fault: Fault, subject: Subject, sleep: Sleep) -> None:
    left_s = fault.duration_s
    while left_s > 0:
        subject.drop()
        await sleep(min(fault.every_s, left_s))
        left_s -= fault.every_s


async def _clock(fault: Fault, subject: Subject, sleep: Sleep) -> None:
    subject.set_clock(fault.clock)
    await sleep(fault.duration_s)
    subject.set_clock(None)


async def _storm(fault: Fault, subject: Subject, sleep: Sleep) -> None:
    subject.line.reachable.clear()
    subject.line.hurry = True
    subject.drop()
    await sleep(fault.duration_s)
    subject.line.restore()


async def _bad(fault: Fault, subject: Subject, sleep: Sleep) -> None:
    left_s = fault.duration_s
    while left_s > 0:
        subject.say_broken()
        await sleep(min(fault.every_s, left_s))
        left_s -= fault.every_s


async def _answers(fault: Fault, subject: Subject, sleep: Sleep) -> None:
    subject.line.answering = Answering(fault.kind.value)
    await sleep(fault.duration_s)
    subject.line.answering = Answering.TRULY


async def _mishap(fault: Fault, subject: Subject, sleep: Sleep) -> None:
    subject.befall(Mishap(fault.kind.value))
    await sleep(fault.duration_s)
    subject.befall(None)


_BEHAVIOUR: Final[dict[FaultKind, Callable[[Fault, Subject, Sleep], Awaitable[None]]]] = {
    FaultKind.SILENT: _silent,
    FaultKind.CLOSED: _closed,
    FaultKind.POWER: _power,
    FaultKind.HANG: _hang,
    FaultKind.FLAPPING: _flapping,
    FaultKind.CLOCK: _clock,
    FaultKind.STORM: _storm,
    FaultKind.BAD: _bad,
    FaultKind.LATE: _answers,
    FaultKind.WRONG: _answers,
    FaultKind.MUTE: _answers,
    **dict.fromkeys(_MISHAPS, _mishap),
}
