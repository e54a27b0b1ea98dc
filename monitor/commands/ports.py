"""What commands need from the house: a wire to the station, a place to keep them, one for what is uploaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from monitor.core.commands import Command, Why
    from monitor.core.ids import StationId


class NotSentError(Exception):
    """Nothing went out; `why` says what was missing."""

    def __init__(self, why: Why, said: str = "") -> None:
        """Say `why`, with what was found in a few words."""
        super().__init__(f"{why}: {said}" if said else why)
        self.why = why
        self.said = said


class NoOutcomeError(Exception):
    """Something went out, and no answer came that can be read: it may have been done."""

    def __init__(self, why: Why, said: str = "") -> None:
        """Say `why`, with what was found in a few words."""
        super().__init__(f"{why}: {said}" if said else why)
        self.why = why
        self.said = said


class RefusedError(Exception):
    """The station answered with an error of its protocol: `code`, and its own `description`."""

    def __init__(self, code: str, description: str = "") -> None:
        """Say which."""
        super().__init__(f"{code} {description}".strip())
        self.code = code
        self.description = description


class Wire(Protocol):
    """A way to stations."""

    def protocol(self, station: StationId) -> str | None:
        """Return the version in which `station` can be spoken to now, ``None`` where this wire does not reach it."""
        ...

    async def call(self, station: StationId, action: str, payload: Mapping[str, Any], identifier: str) -> Any:  # noqa: ANN401
        """Ask `station`, under `identifier`, and return the payload of its answer, whatever it is.

        It ends within `monitor.core.commands.ANSWER_S`, and at once when the link drops.

        Raises:
            NotSentError: nothing went out.
            NoOutcomeError: no answer that can be read.
            RefusedError: it answered with an error.
        """
        ...

    async def wake(self, station: StationId) -> bool:
        """Wake a station to which nothing could be sent, which may cost money; return whether it has spoken since."""
        ...


class Waker(Protocol):
    """A way to wake a station that sleeps."""

    async def wake(self, number: str) -> bool:
        """Send something to the SIM of that number; return whether it is on its way."""
        ...


class CommandStore(Protocol):
    """Where commands are kept, with who, why, when and outcome."""

    async def save(self, command: Command) -> None:
        """Store `command` as it is now."""
        ...

    async def find(self, name: str) -> Command | None:
        """Return the command of that name."""
        ...

    async def of(self, station: StationId, limit: int) -> list[Command]:
        """Return the last `limit` commands for `station`, the latest first."""
        ...

    async def unfinished(self) -> list[Command]:
        """Return the commands that are not over, in the order in which they were asked for."""
        ...


class Uploads(Protocol):
    """One-time addresses to which a station can write one file."""

    def open(self, station: StationId, until: datetime) -> str | None:
        """Return such an address for `station`, ``None`` where nothing can be uploaded; it is closed at `until`."""
        ...
