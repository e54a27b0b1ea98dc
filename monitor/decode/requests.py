"""What we ask of a station, in the words of its version: one `Way` an action, a version is a table of them.

An order becomes one or more requests; what is answered to them becomes a `Reading`. Nothing here knows a wire: the same payloads go
into frames (OCPP-J) and envelopes (OCPP-S).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from monitor.core.commands import CommandState, Why

if TYPE_CHECKING:
    from monitor.core.commands import Action, Order

Payload = Mapping[str, Any]


class Request(msgspec.Struct, frozen=True):
    """One CALL of ours; `payload` is what JSON would have."""

    action: str
    payload: Payload


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a request may need to know beside its order.

    `connectors` are those that the station has told of, without the whole station; `transaction` is what is to be stopped; `upload`
    an address of ours for one file; `number` a number of a request that was never used; `cards` those of the registry with their
    status; `list_version` the version that a list is to have.
    """

    now: datetime
    connectors: tuple[str, ...] = ()
    transaction: str = ""
    upload: str = ""
    number: int = 0
    cards: tuple[tuple[str, str], ...] = ()
    list_version: int = 0


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer means: the state that follows, the station's own word, and what was read."""

    state: CommandState
    said: str = ""
    why: Why = Why.NONE
    result: Payload = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How an action is asked for in one version.

    Attributes:
        action: the OCPP action, by which a station's inability is remembered.
        write: the payloads to send, one after the other; the first that is not accepted ends the command.
        read: what an answer to one of them means.
        prove: a request whose answer shows whether it was done, where there is one.
        proven: reads the answer to that.
    """

    action: str
    write: Callable[[Order, Facts], list[Payload]]
    read: Callable[[Any], Reading]
    prove: Callable[[Order, Facts], Request] | None = None
    proven: Callable[[Order, Facts, Any], Reading] | None = None


Ways = Mapping["Action", Way]
"""What a version can be asked for."""

WRONG = Reading(state=CommandState.UNKNOWN, why=Why.WRONG_ANSWER)
"""An answer that is none."""


def by_status(accepted: frozenset[str] = frozenset({"Accepted"})) -> Callable[[Any], Reading]:
    """Return a reader of answers whose `status` says it; any other word than one of `accepted` is a refusal."""

    def read(answer: Any) -> Reading:  # noqa: ANN401  (whatever was answered)
        status = answer.get("status") if isinstance(answer, dict) else None
        if not isinstance(status, str):
            return WRONG
        return Reading(state=CommandState.ACCEPTED if status in accepted else CommandState.REFUSED, said=status)

    return read


def answered(answer: Any) -> Reading:  # noqa: ANN401  (whatever was answered)
    """Read an answer that proves by being there."""
    status = answer.get("status", "") if isinstance(answer, dict) else ""
    return Reading(state=CommandState.CONFIRMED, said=status if isinstance(status, str) else "")


def acknowledged(answer: Any) -> Reading:  # noqa: ANN401  (whatever was answered)
    """Read an answer without fields."""
    return Reading(state=CommandState.ACCEPTED) if isinstance(answer, dict) else WRONG


def number_in(field: str) -> Callable[[Any], Reading]:
    """Return a reader of answers that are one whole number in `field`."""

    def read(answer: Any) -> Reading:  # noqa: ANN401  (whatever was answered)
        value = answer.get(field) if isinstance(answer, dict) else None
        if type(value) is not int:
            return WRONG
        return Reading(state=CommandState.CONFIRMED, said=str(value), result={"version": value})

    return read
