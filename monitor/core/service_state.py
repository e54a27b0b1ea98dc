"""The service rung of a station: what its connectors said and which sessions are open on them.

It judges nothing about continuity; `health.step` has counted the message as a sign of life before it comes here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from monitor.core.events import ChargingEnded, ChargingStarted, ConnectorChanged
from monitor.core.health_state import Connector, Session
from monitor.core.liveness import went_on
from monitor.core.observations import Status

if TYPE_CHECKING:
    from monitor.core.health_state import HealthState
    from monitor.core.observations import ConnectorReported, Metered, SessionEnded, SessionStarted
    from monitor.core.turn import Turn

MAX_CONNECTORS = 64
"""Connectors remembered of one station; a station that names more is not believed."""
MAX_ENDED = 8
"""Ended transactions remembered of one station, so that a message of one that comes late opens nothing anew."""
NAMELESS = frozenset({"0", "-1"})
"""What stations and platforms say of a transaction that has no number; each of them is another."""
NOWHERE = ""
"""Connector of a transaction of which it was not said yet where it is (OCPP 2.0.1 part 2, E02)."""


def _connector(state: HealthState, name: str) -> Connector | None:
    for known in state.connectors:
        if known.connector == name:
            return known
    return None


def _with(state: HealthState, changed: Connector) -> HealthState:
    if _connector(state, changed.connector) is None:
        return replace(state, connectors=tuple(sorted((*state.connectors, changed), key=_order)))
    return replace(state, connectors=tuple([changed if one.connector == changed.connector else one for one in state.connectors]))


def _order(connector: Connector) -> tuple[int, str]:
    return (len(connector.connector), connector.connector)


def _named(state: HealthState, name: str) -> tuple[HealthState, str]:
    """Return how the connector that a message calls `name` is called here, after a renaming that this may need.

    In 2.x a message names EVSE and connector (``2.1``). An EVSE with one connector is called by its own number; once a second
    one is heard of, each is called in full.
    """
    if _connector(state, name) is not None:
        return state, name
    evse, dot, number = name.partition(".")
    if not dot:
        known = [one.connector for one in state.connectors if one.connector.startswith(f"{name}.")]
        return state, known[0] if len(known) == 1 else name
    if number == "1":
        several = any(one.connector.startswith(f"{evse}.") for one in state.connectors)
        return state, name if several else evse
    only = _connector(state, evse)
    if only is not None:
        others = replace(state, connectors=tuple(one for one in state.connectors if one is not only))
        state = _with(others, replace(only, connector=f"{evse}.1"))
    return state, name


def connector_reported(state: HealthState, seen: ConnectorReported, turn: Turn) -> HealthState:
    """Take a status; an equal one only confirms what is known."""
    state, name = _named(state, seen.connector)
    known = _connector(state, name)
    said = (seen.status, seen.error, seen.info, seen.vendor_error)
    if known is not None and said == (known.status, known.error, known.info, known.vendor_error):
        return _with(state, replace(known, reported_at=seen.at))
    if known is None and len(state.connectors) >= MAX_CONNECTORS:
        return state
    turn.events.append(
        ConnectorChanged(
            at=turn.now,
            connector=name,
            status=seen.status,
            error=seen.error,
            info=seen.info,
            vendor_error=seen.vendor_error,
        )
    )
    since = known.since if known is not None and known.status is seen.status else seen.at
    return _with(
        state,
        Connector(
            connector=name,
            status=seen.status,
            since=since,
            reported_at=seen.at,
            error=seen.error,
            info=seen.info,
            vendor_error=seen.vendor_error,
            session=known.session if known else None,
        ),
    )


def session_started(state: HealthState, seen: SessionStarted, turn: Turn) -> HealthState:
    """Open a session on a connector; the same transaction again changes nothing, unless it is only now said where it is.

    A transaction that has ended is not opened again by a message that comes late (2.x may deliver queued ones behind newer ones).
    One that began just as the open one did is that one: a platform has given it another number when its station repeated itself.
    """
    if seen.transaction in state.ended:
        return state
    state, name = _named(state, seen.connector)
    holder = _holder(state, seen.transaction)
    if holder is not None and (holder.connector == name or holder.connector != NOWHERE):
        return state
    known = _connector(state, name)
    if known is None:
        known = Connector(connector=name, status=Status.UNKNOWN, since=seen.at, reported_at=seen.at)
        if len(state.connectors) >= MAX_CONNECTORS:
            return state
    if holder is not None:
        state = replace(state, connectors=tuple(one for one in state.connectors if one is not holder))
        return _with(state, replace(known, session=holder.session))
    if (
        known.session is not None
        and seen.stamped
        and (seen.stamped, seen.meter_wh) == (known.session.stamped, known.session.meter_wh)
    ):
        return _with(state, replace(known, session=replace(known.session, transaction=seen.transaction)))
    turn.events.append(ChargingStarted(at=turn.now, connector=name, transaction=seen.transaction, meter_wh=seen.meter_wh))
    session = Session(transaction=seen.transaction, since=seen.at, meter_wh=seen.meter_wh, stamped=seen.stamped)
    return _with(state, replace(known, session=session))


def session_ended(state: HealthState, seen: SessionEnded, turn: Turn) -> HealthState:
    """Close the session of that transaction, wherever it is open; an unknown one is still told (OCPP 1.6 §4.10), but once."""
    holder = _holder(state, seen.transaction)
    if holder is None and seen.transaction in state.ended:
        return state
    state = went_on(state, None if holder is None else holder.session, seen.meter_wh, turn)
    if seen.transaction not in {*state.ended, *NAMELESS}:
        state = replace(state, ended=(*state.ended[1 - MAX_ENDED :], seen.transaction))
    began = holder.session.meter_wh if holder and holder.session else None
    energy = seen.meter_wh - began if seen.meter_wh is not None and began is not None and seen.meter_wh >= began else None
    name = holder.connector if holder else NOWHERE
    turn.events.append(
        ChargingEnded(at=turn.now, connector=name, transaction=seen.transaction, reason=seen.reason, energy_wh=energy)
    )
    if holder is None:
        return state
    if holder.connector == NOWHERE:
        return replace(state, connectors=tuple(one for one in state.connectors if one is not holder))
    return _with(state, replace(holder, session=None))


def metered(state: HealthState, seen: Metered, turn: Turn) -> HealthState:
    """Take what a session's register shows; of a session that we know nothing of it says nothing."""
    holder = _holder(state, seen.transaction) if seen.transaction else _connector(state, seen.connector)
    if holder is None or holder.session is None:
        return state
    after = went_on(state, holder.session, seen.meter_wh, turn)
    return _with(after, replace(holder, session=replace(holder.session, latest_wh=seen.meter_wh, metered_at=seen.at)))


def _holder(state: HealthState, transaction: str) -> Connector | None:
    """Return the connector on which that transaction is open."""
    return next((known for known in state.connectors if known.session and known.session.transaction == transaction), None)
