"""What the messages of 1.5 and 1.6 mean to the health model, where they say what cannot be."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from monitor.collectors.ocppj.session import handle
from monitor.core.observations import Backlog, SessionEnded
from monitor.decode.claims import MOST, write_instant
from tests.support.clocks import START
from tests.support.desks import v16_session

EARLIER = START - timedelta(hours=1)


@pytest.mark.parametrize(("transaction", "ends"), [(MOST, True), (-MOST, True), (MOST + 1, False), (-(10**30), False)])
def test_a_number_that_we_never_gave_ends_nothing_and_is_accepted_all_the_same(transaction: int, ends: bool) -> None:
    payload = {"transactionId": transaction, "meterStop": 9, "timestamp": write_instant(EARLIER), "idTag": "A1"}
    reply = handle(v16_session(), json.dumps([2, "1", "StopTransaction", payload]), START)
    assert reply.payload is not None
    assert json.loads(reply.payload) == [3, "1", {"idTagInfo": {"status": "Accepted"}}]
    ended = SessionEnded(at=START, transaction=str(transaction), stamped=EARLIER, meter_wh=9)
    assert reply.observations == ((ended,) if ends else (Backlog(at=START, generated_at=EARLIER),))
