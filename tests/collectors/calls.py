"""A good request of every action of 1.6, and how a test sends one and reads the answer."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from monitor.collectors.ocppj.session import handle
from monitor.decode.claims import write_instant
from tests.support.clocks import START

if TYPE_CHECKING:
    from monitor.desk.session import Reply, Session

LONG_AGO = write_instant(START - timedelta(hours=1))
NOW = write_instant(START)

REQUESTS: dict[str, dict[str, Any]] = {
    "Authorize": {"idTag": "A1"},
    "BootNotification": {"chargePointVendor": "Elektra", "chargePointModel": "Duo 22", "firmwareVersion": "1.2", "iccid": "89352"},
    "DataTransfer": {"vendorId": "x", "data": "<script>"},
    "DiagnosticsStatusNotification": {"status": "Uploading"},
    "FirmwareStatusNotification": {"status": "Installed"},
    "LogStatusNotification": {"status": "Uploaded"},
    "SecurityEventNotification": {"type": "TamperDetectionActivated", "timestamp": NOW, "techInfo": "lid"},
    "SignCertificate": {"csr": "-----BEGIN CERTIFICATE REQUEST-----"},
    "SignedFirmwareStatusNotification": {"status": "Installed", "requestId": 1},
    "Heartbeat": {},
    "MeterValues": {"connectorId": 1, "meterValue": [{"timestamp": NOW, "sampledValue": [{"value": "21.4"}]}]},
    "StartTransaction": {"connectorId": 1, "idTag": "A1", "meterStart": 5, "timestamp": NOW},
    "StatusNotification": {"connectorId": 1, "errorCode": "NoError", "status": "Available"},
    "StopTransaction": {"transactionId": 1, "meterStop": 9, "timestamp": NOW, "idTag": "A1", "reason": "Local"},
}


def call(session: Session, action: str, payload: Any, identifier: str = "1") -> Reply:
    return handle(session, json.dumps([2, identifier, action, payload]), START)


def answer(reply: Reply) -> Any:
    assert reply.payload is not None
    return json.loads(reply.payload)
