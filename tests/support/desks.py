"""A desk of the OCPP-J collector with answers that a test can foresee."""

from __future__ import annotations

from collections import Counter

from monitor.collectors.ocppj.schemas import Schemas
from monitor.collectors.ocppj.session import Desk, Session
from monitor.core.ids import StationId
from monitor.decode.dialect import Authorization
from monitor.decode.v16 import V16
from monitor.runtime.intake import Slot

SCHEMAS_V16 = Schemas(V16.protocol, V16.actions)


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


def v16_desk() -> Desk:
    """Return a fresh desk for 1.6."""
    return Desk(dialect=V16, schemas=SCHEMAS_V16, counter=Answers(), messages=Counter())


def v16_session(heartbeat_s: int = 300) -> Session:
    """Return a session of station 1."""
    return Session(v16_desk(), StationId(1), Slot(), heartbeat_s=heartbeat_s, epoch=1)
