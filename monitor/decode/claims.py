"""What a station claims about time and numbers, taken with care. A claim that cannot be held is ``None``, never an error."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from monitor.core.observations import Backlog
from monitor.core.quirks import Quirk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_RFC3339: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:?\d\d)?")
_EARLIEST: Final = 1970
_LATEST: Final = 2200
_NEVER: Final = datetime(_LATEST, 1, 1, tzinfo=UTC)
_CREDIBLE_FROM: Final = datetime(2000, 1, 1, tzinfo=UTC)
_AHEAD: Final = timedelta(minutes=10)
_STALE: Final = timedelta(days=1)
REGISTER: Final = "Energy.Active.Import.Register"
"""The measurand that a sample has which names none (OCPP 1.6 §7.31, 2.0.1 part 2 §3.55)."""
_ENERGY: Final = {"Wh": 1.0, "kWh": 1000.0}
MOST_CONNECTORS: Final = 10_000
MOST: Final = 2**53
"""Largest whole number that every JSON reader takes exactly (RFC 8259 §6)."""
BACKLOG_S: Final = 120.0
"""A record stamped so many seconds before we got it was made earlier and queued (OCPP 1.6 §3.7.1), not merely slow."""


def read_instant(text: Any) -> datetime | None:  # noqa: ANN401  (a claim can be anything)
    """Read an RFC 3339 time as aware UTC; a naive one is taken as UTC. Out of 1970 to 2200, or not a time: ``None``."""
    if not isinstance(text, str) or len(text) > 40 or not _RFC3339.fullmatch(text):  # noqa: PLR2004  (longest with nanoseconds)
        return None
    try:
        instant = datetime.fromisoformat(text.upper().replace(" ", "T"))
        instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return instant if _EARLIEST <= instant.year < _LATEST else None


class OutOfRangeError(ValueError):
    """A number that no station can mean; the message names the field."""


def read_whole(payload: Mapping[str, Any], field: str, low: int, high: int) -> int:
    """Return the whole number in `field`.

    Raises:
        OutOfRangeError: when it is not within `low` to `high`; JSON sets no limit to a number, everything behind us does.
    """
    value = payload[field]
    if not low <= value <= high:
        message = f"{field}: not within {low} to {high}"
        raise OutOfRangeError(message)
    return int(value)


def read_register(value: float) -> int | None:
    """Return what a meter shows, in Wh; ``None`` for a number that no meter can show: its transaction counts all the same."""
    return round(value) if -MOST <= value <= MOST else None


def read_energy(samples: Any) -> int | None:  # noqa: ANN401  (drafts of 1.5 differ, and a claim can be anything)
    """Return what the last import register among `samples` of OCPP 1.x shows, in Wh; ``None`` where none is readable.

    A sample without a measurand or a unit is a register in Wh (OCPP 1.6 §7.43); one of a single phase is not the whole.
    """
    for sample in reversed(samples if isinstance(samples, list) else [samples]):
        told = sample if isinstance(sample, dict) else {"value": sample}
        if told.get("measurand", REGISTER) != REGISTER or "phase" in told:
            continue
        value: Any = told["value"] if "value" in told else told.get("$value")
        try:
            return read_register(float(value) * _ENERGY[told.get("unit", "Wh")])
        except (TypeError, ValueError, OverflowError, KeyError):
            continue
    return None


def write_instant(instant: datetime) -> str:
    """Return `instant` (aware UTC) with milliseconds and ``Z``, the form that every station reads."""
    return instant.isoformat(timespec="milliseconds")[:-6] + "Z"


def was_queued(stamped: datetime | None, received: datetime) -> bool:
    """Whether a record stamped so was made a while before it reached us."""
    return stamped is not None and (received - stamped).total_seconds() > BACKLOG_S


class Stamp(NamedTuple):
    """When a station says that it made a message: `instant` is ``None`` where it says nothing that can be; `quirks` if it lies."""

    instant: datetime | None
    quirks: tuple[tuple[Quirk, str], ...] = ()

    def order(self) -> datetime:
        """Return the instant, for sorting; only where there is one."""
        return self.instant or _NEVER

    def backlog(self, received: datetime, *, offline: bool = False) -> tuple[Backlog, ...]:
        """Return what a message that was made a while ago proves; `offline`: its station says that it was queued."""
        made_at = self.instant
        if made_at is None or not (was_queued(made_at, received) or (offline and made_at < received)):
            return ()
        return (Backlog(at=received, generated_at=made_at),)


UNSTAMPED: Final = Stamp(None)


def oldest_of(stamps: Sequence[Stamp], received: datetime) -> tuple[tuple[Backlog, ...], tuple[tuple[Quirk, str], ...]]:
    """Return what the oldest of `stamps`, in one message `received` now, proves, and what the first that lies says."""
    oldest = min((stamp for stamp in stamps if stamp.instant is not None), key=Stamp.order, default=UNSTAMPED)
    return oldest.backlog(received), next((stamp.quirks for stamp in stamps if stamp.quirks), ())


def read_stamp(text: Any, received: datetime, *, prompt: bool = False) -> Stamp:  # noqa: ANN401  (a claim can be anything)
    """Read the time that a message, `received` now, claims for itself; `prompt`: it is of a kind that is never queued for long.

    A time before 2000, one more than ten minutes ahead of ours, or one of a prompt message that is a day old cannot be.
    """
    if text is None:
        return UNSTAMPED
    instant = read_instant(text)
    if instant is not None and _CREDIBLE_FROM <= instant <= received + _AHEAD:
        if prompt and received - instant > _STALE:
            return Stamp(None, ((Quirk.WRONG_CLOCK, str(text)[:40]),))
        return Stamp(instant)
    return Stamp(None, ((Quirk.WRONG_CLOCK, str(text)[:40]),))
