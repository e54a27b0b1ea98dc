"""What gets through between a simulated station and the network, and whether its firmware still runs."""

from __future__ import annotations

import asyncio
from enum import StrEnum


class Answering(StrEnum):
    """How a station answers what the central system asks for; it does what is asked in any case."""

    TRULY = "truly"
    LATE = "late"
    WRONG = "wrong"
    MUTE = "mute"


class Line:
    """Switches that faults turn and the station obeys; everything is on at first.

    Attributes:
        reachable: a connection can be opened.
        writes: what the station says leaves it.
        reads: what comes in is read; while off, a ping stays unanswered and a close unnoticed.
        awake: the firmware runs: it talks, charges and answers calls.
        hurry: the next dial comes at once, without the usual pause.
        answering: how requests are answered.
    """

    def __init__(self) -> None:
        """Start with everything on."""
        self.reachable = asyncio.Event()
        self.writes = asyncio.Event()
        self.reads = asyncio.Event()
        self.awake = asyncio.Event()
        self.hurry = False
        self.answering = Answering.TRULY
        self.restore()

    @property
    def sound(self) -> bool:
        """Whether both directions work."""
        return self.writes.is_set() and self.reads.is_set()

    def restore(self) -> None:
        """Turn everything on."""
        for switch in (self.reachable, self.writes, self.reads, self.awake):
            switch.set()

    def die(self) -> None:
        """Let nothing through, while the connection stays open on both ends."""
        self.reachable.clear()
        self.writes.clear()
        self.reads.clear()

    def hang(self, *, pongs: bool) -> None:
        """Stop the firmware; with `pongs` its socket stack still reads and answers pings."""
        self.awake.clear()
        self.writes.clear()
        if not pongs:
            self.reads.clear()
