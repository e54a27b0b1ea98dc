"""What we ask of a station, and the life of such a command: a value, moved from state to state and never changed.

An answer is not an outcome. A command is *accepted* or *refused* by what the station answers, and *confirmed* by what is seen of it
afterwards (`monitor.core.confirmations`); where neither came it says so. Over a doubtful link nothing is repeated by itself.
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from monitor.core.ids import StationId

if TYPE_CHECKING:
    from collections.abc import Mapping


class Action(StrEnum):
    """What can be asked, in the operator's words."""

    REFRESH = "refresh"
    """Tell us the status of your connectors."""
    PROBE = "probe"
    """Are you there: the least intrusive request that the version has."""
    UNLOCK = "unlock"
    REMOTE_START = "remote_start"
    REMOTE_STOP = "remote_stop"
    RESET = "reset"
    CHANGE_AVAILABILITY = "change_availability"
    CLEAR_CACHE = "clear_cache"
    READ_CONFIGURATION = "read_configuration"
    CHANGE_CONFIGURATION = "change_configuration"
    LOCAL_LIST = "local_list"
    """Which version of a list of cards do you have."""
    SEND_LOCAL_LIST = "send_local_list"
    """Take the cards of the registry for your list."""
    DIAGNOSTICS = "diagnostics"
    FIRMWARE = "firmware"


class CommandState(StrEnum):
    """Where a command is in its life."""

    REQUESTED = "requested"
    """Somebody asked for it; nothing was sent."""
    SENT = "sent"
    ACCEPTED = "accepted"
    """The station said that it will do it, or did it where nothing more can be seen of it."""
    REFUSED = "refused"
    CONFIRMED = "confirmed"
    """What was seen next shows that it was done."""
    UNCONFIRMED = "unconfirmed"
    """It was accepted, and what should have been seen next was not, or something else was."""
    UNKNOWN = "unknown"
    """Sent, and we do not know whether it arrived: it may have been done."""
    CANNOT = "cannot"
    """Not sent, for a reason that is said."""


NEXT: Final[Mapping[CommandState, frozenset[CommandState]]] = {
    CommandState.REQUESTED: frozenset({CommandState.SENT, CommandState.CANNOT}),
    CommandState.SENT: frozenset(
        {CommandState.ACCEPTED, CommandState.REFUSED, CommandState.CONFIRMED, CommandState.UNKNOWN, CommandState.CANNOT}
    ),
    CommandState.ACCEPTED: frozenset({CommandState.CONFIRMED, CommandState.UNCONFIRMED}),
    CommandState.UNKNOWN: frozenset({CommandState.CONFIRMED}),
    CommandState.REFUSED: frozenset(),
    CommandState.CONFIRMED: frozenset(),
    CommandState.UNCONFIRMED: frozenset(),
    CommandState.CANNOT: frozenset(),
}
"""The states that may follow each; what was sent turns out not to have been where its connection could not even be opened."""


class Why(StrEnum):
    """Why a command is in the state in which it is, where the state alone does not say it."""

    NONE = ""
    VERSION = "version"
    """The station's version of OCPP has no such request."""
    SHOWN = "shown"
    """The station answered the same request, with the same firmware, that it does not know it."""
    NOT_CONNECTED = "not_connected"
    NO_ADDRESS = "no_address"
    """A SOAP station that has not told where it listens."""
    OUTSIDE = "outside"
    """A SOAP station that says it listens where it must not be called: outside its networks."""
    CHARGING = "charging"
    """A car charges at one of its connectors."""
    NO_SESSION = "no_session"
    """No session is known that could be ended."""
    COOLING = "cooling"
    """The same was sent a moment ago."""
    BUSY = "busy"
    """Too many commands wait for this station."""
    NO_UPLOADS = "no_uploads"
    """Nothing can be uploaded to us: no folder is configured for it."""
    STOPPED = "stopped"
    """Our service stopped before it was sent, or before its answer came."""
    NO_ANSWER = "no_answer"
    LINK_LOST = "link_lost"
    WRONG_ANSWER = "wrong_answer"
    """It answered something that is no answer to this."""
    ERROR = "error"
    """It answered with an error of its protocol."""
    NOT_STORED = "not_stored"
    """It could not be written down, so it was not sent."""
    NOT_SEEN = "not_seen"
    """What should have been seen next did not come in time."""
    OTHERWISE = "otherwise"
    """What was seen next contradicts it."""


class Order(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is asked. Which fields count depends on the action.

    `connector` is spelt as everywhere (`2`, `2.1`; empty or `0`: the whole station). `type` is *soft* or *hard* for a reset,
    *operative* or *inoperative* for the availability. `keys` are to be read, `key` is to have `value`. `location` is the address of
    a firmware, `at` when it may be fetched.
    """

    action: Action
    connector: str = ""
    type: str = ""
    keys: tuple[str, ...] = ()
    key: str = ""
    value: str = ""
    id_tag: str = ""
    transaction: str = ""
    location: str = ""
    at: datetime | None = None

    @property
    def likeness(self) -> tuple[str, ...]:
        """What makes two orders the same, as far as waiting between them goes."""
        return (self.action, self.type, self.connector, self.key, self.transaction)


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One state of a command: since when, why, and what the station said or did, in its own words."""

    at: datetime
    state: CommandState
    why: Why = Why.NONE
    said: str = ""


class Command(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One command.

    Attributes:
        id: its name, which nobody guesses.
        station: whom it is for.
        order: what is asked.
        who: who asked.
        reason: why, in his words.
        force: it is sent although the station is thought unable, or although a car charges.
        protocol: the version in which it was sent.
        firmware: what the station ran then.
        transaction: what is to be stopped.
        steps: its life, from `requested` on.
        result: what was read, for an action that reads.
        over: nothing more is waited for.
    """

    id: str
    station: StationId
    order: Order
    who: str
    reason: str = ""
    force: bool = False
    protocol: str = ""
    firmware: str = ""
    transaction: str = ""
    steps: tuple[Step, ...]
    result: dict[str, Any] = {}
    over: bool = False

    @property
    def state(self) -> CommandState:
        """Where it is."""
        return self.steps[-1].state

    @property
    def requested_at(self) -> datetime:
        """When it was asked for."""
        return self.steps[0].at

    @property
    def sent_at(self) -> datetime | None:
        """When it was sent, ``None`` if it never was."""
        return next((step.at for step in self.steps if step.state is CommandState.SENT), None)

    @property
    def answered(self) -> bool:
        """Whether the station said something to it."""
        return any(step.state in _ANSWERS for step in self.steps)

    @property
    def unable(self) -> bool:
        """Whether the station answered that it does not know such a request."""
        last = self.steps[-1]
        return last.state is CommandState.REFUSED and last.said in NOT_KNOWN


NOT_KNOWN: Final = frozenset({"NotImplemented", "NotSupported", "Receiver/NotSupported"})
"""What stations answer to a request that they do not know: error codes of OCPP-J and OCPP-S, and a status of 1.5 and 1.6."""
_ANSWERS: Final = frozenset({CommandState.ACCEPTED, CommandState.REFUSED, CommandState.CONFIRMED, CommandState.UNCONFIRMED})
LONGEST_SAID: Final = 200


class WrongMoveError(Exception):
    """A state that cannot follow; the message names both."""


def moved(command: Command, state: CommandState, at: datetime, why: Why = Why.NONE, said: str = "") -> Command:
    """Return `command` in `state` from `at` on; it is over where no state can follow.

    Raises:
        WrongMoveError: the state cannot follow that in which it is.
    """
    if state not in NEXT[command.state]:
        message = f"a command that is {command.state} cannot become {state}"
        raise WrongMoveError(message)
    step = Step(at=max(at, command.steps[-1].at), state=state, why=why, said=said[:LONGEST_SAID])
    return replace(command, steps=(*command.steps, step), over=not NEXT[state])


def patience_s(command: Command) -> float:
    """Return for how many seconds, from its last step on, what should be seen next is waited for; 0: nothing is."""
    if command.over:
        return 0.0
    usual = CONFIRM_S.get(command.order.action, 0.0)
    return max(usual, SCHEDULED_S) if usual and command.steps[-1].said == SCHEDULED else usual


# ---------------------------------------------------------------------------------------------------------- how long

ANSWER_S: Final = 30.0
"""How long a station may take to answer; GPRS and a busy controller need most of it."""
CONFIRM_S: Final[Mapping[Action, float]] = {
    Action.REFRESH: 30.0,
    Action.UNLOCK: 60.0,
    Action.REMOTE_START: 90.0,
    Action.REMOTE_STOP: 60.0,
    Action.RESET: 300.0,
    Action.CHANGE_AVAILABILITY: 60.0,
    Action.DIAGNOSTICS: 900.0,
    Action.FIRMWARE: 3600.0,
}
"""How long what should be seen next is waited for, from the answer on; what is not here is over with the answer."""
SCHEDULED_S: Final = 4 * 3600.0
"""How long it is waited for where the station says that it will do it later: when the cars that charge are done."""
SCHEDULED: Final = "Scheduled"
"""What a station says that will do it later."""
COOL_DOWN_S: Final[Mapping[Action, float]] = {
    Action.RESET: 60.0,
    Action.FIRMWARE: 60.0,
    Action.DIAGNOSTICS: 60.0,
    Action.REMOTE_START: 10.0,
    Action.UNLOCK: 10.0,
}
"""How long the same is not sent again, from the sending on."""
COOL_DOWN_OTHERWISE_S: Final = 2.0
"""A double click."""


def cooling_s(action: Action, sent_at: datetime, now: datetime) -> float:
    """Return for how many seconds `action`, sent to the same station before, is not to be sent again; 0: it may."""
    wait = COOL_DOWN_S.get(action, COOL_DOWN_OTHERWISE_S)
    return max(0.0, wait - (now - sent_at).total_seconds())


# ---------------------------------------------------------------------------------------------------------- what is well asked

_TYPES: Final[Mapping[Action, tuple[str, ...]]] = {
    Action.RESET: ("soft", "hard"),
    Action.CHANGE_AVAILABILITY: ("operative", "inoperative"),
}
_NEEDED: Final[Mapping[Action, tuple[str, ...]]] = {
    Action.UNLOCK: ("connector",),
    Action.REMOTE_START: ("id_tag",),
    Action.CHANGE_CONFIGURATION: ("key",),
    Action.FIRMWARE: ("location",),
}
_CONNECTOR: Final = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})?", re.ASCII)
_LONGEST: Final = 512


def wrong_with(order: Order) -> str | None:
    """Return what is wrong with `order`, in one line; ``None`` for nothing."""
    wanted = _TYPES.get(order.action)
    if wanted is not None and order.type not in wanted:
        return f"type: {order.type[:40]!r} is not one of {', '.join(wanted)}"
    for name in _NEEDED.get(order.action, ()):
        if not getattr(order, name):
            return f"{name}: {order.action} needs it"
    number = order.connector.partition(".")[0]
    if order.connector and not _CONNECTOR.fullmatch(order.connector):
        return f"connector: {order.connector[:20]!r} is not a connector, as 1 or 2.1"
    if order.action is Action.UNLOCK and number == "0":
        return "connector: 0 is the whole station, an unlock needs one of its connectors"
    if max(map(len, (order.key, order.value, order.location, order.id_tag, order.transaction, *order.keys)), default=0) > _LONGEST:
        return f"a text is longer than {_LONGEST} characters"
    return None
