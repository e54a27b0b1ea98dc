"""Desks of the OCPP collectors with answers that a test can foresee."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from monitor.collectors.ocppj.session import Frames
from monitor.collectors.ocpps.listener import SoapDesk
from monitor.collectors.ocpps.wire import Envelopes
from monitor.core.health_state import UNHEARD, HealthState
from monitor.core.ids import StationId
from monitor.decode.dialect import Authorization, Dialect
from monitor.decode.dialects import DIALECTS
from monitor.decode.v16 import V16
from monitor.desk.schemas import Schemas
from monitor.desk.session import Desk, Session
from monitor.runtime.intake import Slot
from monitor.runtime.trace import Trace

if TYPE_CHECKING:
    from monitor.decode.soap_versions import SoapVersion

_SCHEMAS = {dialect.protocol: Schemas(dialect) for dialect in DIALECTS}


class View:
    """`HealthView` of one station whose state a test sets."""

    def __init__(self) -> None:
        """Start with a station of which nothing is known."""
        self.state = UNHEARD

    def health(self, station: StationId) -> HealthState:  # noqa: ARG002  (the port's)
        """Return the state."""
        return self.state


class Answers:
    """Cards starting with BAD are refused; transactions count from 1."""

    def __init__(self) -> None:
        """Start at 1."""
        self.last = 0

    def authorize(self, id_tag: str) -> Authorization:
        """Refuse what starts with BAD."""
        return Authorization.INVALID if id_tag.startswith("BAD") else Authorization.ACCEPTED

    def next_transaction(self) -> int:
        """Count."""
        self.last += 1
        return self.last


def desk(dialect: Dialect = V16) -> Desk:
    """Return a fresh desk of that version."""
    schemas = _SCHEMAS[dialect.protocol]
    return Desk(dialect=dialect, schemas=schemas, wire=Frames(), counter=Answers(), messages=Counter(), view=View())


def soap_desk(version: SoapVersion) -> SoapDesk:
    """Return a fresh desk of that version of OCPP-S."""
    dialect, wire = version.dialect, Envelopes(version)
    fresh = Desk(dialect=dialect, schemas=Schemas(dialect), wire=wire, counter=Answers(), messages=Counter(), view=View())
    return SoapDesk(fresh, version.codec)


def session(dialect: Dialect = V16, *, heartbeat_s: int = 300, booted: bool = True) -> Session:
    """Return a session of station 1 in that version."""
    return Session(desk(dialect), StationId(1), Slot(), Trace(), heartbeat_s=heartbeat_s, epoch=1, booted=booted)


def v16_session(heartbeat_s: int = 300) -> Session:
    """Return a session of station 1 in OCPP 1.6."""
    return session(V16, heartbeat_s=heartbeat_s)
