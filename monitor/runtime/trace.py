"""What one station's line looked like lately: its frames, its round trips, how often it speaks, how its sockets ended.

It is evidence at the edge, kept in memory by the collector and read by the console; nothing is judged by it and nothing stored.
A ring of frames a station, each cut to `FRAME_LENGTH` characters; cards, keys and certificates are blotted out when it is read
(`monitor.runtime.redaction`).
"""

from __future__ import annotations

from collections import deque
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from monitor.runtime.redaction import redact

if TYPE_CHECKING:
    from monitor.core.ids import StationId

FRAMES: Final = 32
"""Frames kept of one station."""
FRAME_LENGTH: Final = 512
"""Characters kept of a frame."""
ENDS: Final = 8
"""Ends of sockets kept of one station."""
KEPT_BEATS: Final = 2
"""Heartbeats in a row that are kept, so that they do not push everything else out of the ring."""
SMOOTHING: Final = 0.125
"""Weight of the newest value in the smoothed round trip (RFC 6298 §2) and in the smoothed gap between messages."""


class Direction(StrEnum):
    """Which way a frame went, or that it is no frame but a remark about the socket."""

    IN = "in"
    OUT = "out"
    REMARK = "remark"


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One frame as it went over the wire, redacted and cut; `at` is our time.

    A remark about a socket that closed has its close `code`; the text of one that opened is its protocol and address.
    """

    at: datetime
    direction: Direction
    text: str
    cut: bool = False
    code: int | None = None


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How a socket ended: the close code of RFC 6455 §7.4, 1006 where there was no close frame."""

    at: datetime
    code: int


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a station's line.

    `rtt_s` and `gap_s` are smoothed seconds, ``None`` before the first; `gap_s` is between messages, pongs not counted. `answers`
    says whether it does what we ask for, ``None`` while we have not asked. `frames` are oldest first, `ended` newest first.
    `opened_at` is ``None`` without a socket.
    """

    opened_at: datetime | None = None
    address: str = ""
    protocol: str = ""
    pongs: bool = False
    answers: bool | None = None
    rtt_s: float | None = None
    last_rtt_s: float | None = None
    gap_s: float | None = None
    messages: int = 0
    invalid: int = 0
    frames: tuple[Frame, ...] = ()
    ended: tuple[Ended, ...] = ()


class Contacts(Protocol):
    """What a reader may ask of the collectors."""

    def contact(self, station: StationId, *, framed: bool = True) -> Contact:
        """Return what is known of that station's line; its frames, which have to be redacted first, only if they are asked for."""
        ...


_Kept = tuple[datetime, Direction, str | bytes | int]
"""A frame that nobody has read yet: not redacted, and longer by one character than is shown when it was longer; or a close code."""


class Trace:
    """What `Contact` is made of, written in the hot path: a frame costs an append."""

    __slots__ = (
        *("_beat", "_beats", "address", "ended", "frames", "gap_s", "last_rtt_s", "messages", "opened_at", "protocol", "rtt_s"),
        *("spoke_at", "answers"),
    )

    def __init__(self) -> None:
        """Start empty."""
        self.frames: deque[_Kept] = deque(maxlen=FRAMES)
        self.ended: deque[Ended] = deque(maxlen=ENDS)
        self.opened_at: datetime | None = None
        self.address = ""
        self.protocol = ""
        self.rtt_s: float | None = None
        self.last_rtt_s: float | None = None
        self.gap_s: float | None = None
        self.spoke_at: datetime | None = None
        self.answers: bool | None = None
        self.messages = 0
        self._beats = 0
        self._beat: _Kept | None = None

    def heard(self, at: datetime, text: str, *, beat: bool = False) -> None:
        """Note a message of the station; of heartbeats in a row only the first and the latest are kept, with their answers."""
        frames = self.frames
        kept = (at, Direction.IN, text if len(text) <= FRAME_LENGTH else text[: FRAME_LENGTH + 1])
        if beat:
            self._beats += 1
            if self._beats > KEPT_BEATS and len(frames) > 1 and frames[-2] is self._beat:
                frames.pop()
                frames.pop()
            self._beat = kept
        else:
            self._beats = 0
        frames.append(kept)
        self.messages += 1
        before = self.spoke_at
        if before is not None:
            gap = (at - before).total_seconds()
            self.gap_s = gap if self.gap_s is None else self.gap_s + SMOOTHING * (gap - self.gap_s)
        self.spoke_at = at

    def said(self, at: datetime, payload: bytes | str) -> None:
        """Note a message to the station."""
        self.frames.append((at, Direction.OUT, payload if len(payload) <= FRAME_LENGTH else payload[: FRAME_LENGTH + 1]))

    def break_row(self) -> None:
        """Something else than a heartbeat happened: the next one begins a new row."""
        self._beats = 0

    def round_trip(self, seconds: float) -> None:
        """Note how long a ping of ours took to come back."""
        self.last_rtt_s = seconds
        self.rtt_s = seconds if self.rtt_s is None else self.rtt_s + SMOOTHING * (seconds - self.rtt_s)

    def opened(self, at: datetime, protocol: str, address: str) -> None:
        """Note that a socket is open; the gap since the last one is no cadence."""
        self.opened_at, self.spoke_at = at, None
        self.reached(at, protocol, address)

    def reached(self, at: datetime, protocol: str, address: str) -> None:
        """Note from where a station speaks."""
        self.protocol, self.address = protocol, address
        self._beats = 0
        self.frames.append((at, Direction.REMARK, f"{protocol} from {address}"))

    def closed(self, at: datetime, code: int) -> None:
        """Note that the socket ended."""
        self.opened_at = None
        self.ended.appendleft(Ended(at=at, code=code))
        self._beats = 0
        self.frames.append((at, Direction.REMARK, code))

    def contact(self, *, pongs: bool, invalid: int, framed: bool = True) -> Contact:
        """Return what a reader may see; without the frames unless `framed`."""
        return Contact(
            opened_at=self.opened_at,
            address=self.address,
            protocol=self.protocol,
            pongs=pongs,
            answers=self.answers,
            rtt_s=self.rtt_s,
            last_rtt_s=self.last_rtt_s,
            gap_s=self.gap_s,
            messages=self.messages,
            invalid=invalid,
            frames=tuple(_shown(*frame) for frame in self.frames) if framed else (),
            ended=tuple(self.ended),
        )


@lru_cache(maxsize=2048)
def _readable(raw: str | bytes) -> str:
    """Return what is shown of a frame: a page that is open asks for the same again and again."""
    text = raw if isinstance(raw, str) else raw.decode("utf-8", "replace")
    return redact(text[:FRAME_LENGTH])[:FRAME_LENGTH]


def _shown(at: datetime, direction: Direction, raw: str | bytes | int) -> Frame:
    if isinstance(raw, int):
        return Frame(at=at, direction=direction, text=f"code {raw}", code=raw)
    if direction is Direction.REMARK:
        return Frame(at=at, direction=direction, text=str(raw))
    return Frame(at=at, direction=direction, text=_readable(raw), cut=len(raw) > FRAME_LENGTH)
