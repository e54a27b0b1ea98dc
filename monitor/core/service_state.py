"""The service rung of a station: what its connectors said and which sessions are open on them.

It judges nothing about continuity; `health.step` has counted the message as a sign of life before it comes here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from monitor.core.events import ChargingEnded, ChargingStarted, ConnectorChanged
from monitor.core.health_state import Connector, Session
from monitor.core.observations import Status

if TYPE_CHECKING:
    from monitor.core.health_state import HealthState
    from monitor.core.observations import ConnectorReported, SessionEnded, SessionStarted
    from monitor.core.turn import Turn

MAX_CONNECTORS = 64
"""Connectors remembered of one station; a station that names more is not believed."""


def _connector(state: HealthState, name: str) -> Connector | None:
    return next((known for known in state.connectors if known.connector == name), None)


def _with(state: HealthState, changed: Connector) -> HealthState:
    others = [known for known in state.connectors if known.connector != changed.connector]
    return replace(state, connectors=tuple(sorted([*others, changed], key=_order)))


def _order(connector: Connector) -> tuple[int, str]:
    return (len(connector.connector), connector.connector)


def connector_reported(state: HealthState, seen: ConnectorReported, turn: Turn) -> HealthState:
    """Take a status; an equal one only confirms what is known."""
    known = _connector(state, seen.connector)
    said = (seen.status, seen.error, seen.info, seen.vendor_error)
    if known is not None and said == (known.status, known.error, known.info, known.vendor_error):
        return _with(state, replace(known, reported_at=seen.at))
    if known is None and len(state.connectors) >= MAX_CONNECTORS:
        return state
    turn.events.append(
        ConnectorChanged(
            at=turn.now,
            connector=seen.connector,
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
            connector=seen.connector,
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
    """Open a session on a connector; the same transaction again changes nothing."""
    known = _connector(state, seen.connector)
    if known is None:
        known = Connector(connector=seen.connector, status=Status.UNKNOWN, since=seen.at, reported_at=seen.at)
        if len(state.connectors) >= MAX_CONNECTORS:
            return state
    if known.session is not None and known.session.transaction == seen.transaction:
        return state
    turn.events.append(ChargingStarted(at=turn.now, connector=seen.connector, transaction=seen.transaction, meter_wh=seen.meter_wh))
    return _with(state, replace(known, session=Session(transaction=seen.transaction, since=seen.at, meter_wh=seen.meter_wh)))


def session_ended(state: HealthState, seen: SessionEnded, turn: Turn) -> HealthState:
    """Close the session of that transaction, wherever it is open; an unknown one is still told (OCPP 1.6 §4.10)."""
    holder = next((known for known in state.connectors if known.session and known.session.transaction == seen.transaction), None)
    began = holder.session.meter_wh if holder and holder.session else None
    energy = seen.meter_wh - began if seen.meter_wh is not None and began is not None and seen.meter_wh >= began else None
    name = holder.connector if holder else ""
    turn.events.append(
        ChargingEnded(at=turn.now, connector=name, transaction=seen.transaction, reason=seen.reason, energy_wh=energy)
    )
    return _with(state, replace(holder, session=None)) if holder else state
