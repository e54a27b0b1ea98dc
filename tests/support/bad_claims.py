"""Times, texts and values that no honest station sends, and the messages of each version that can carry them."""

from __future__ import annotations

from typing import Any

NOW = "2026-11-01T10:00:00Z"
TIMES = [
    *("222222017-10-27T19:10:11.000Z", "1000000", "0001-01-01T00:00:00+23:59", "0001-01-01T00:00+23:59"),
    *("9999-12-31T23:59:59-23:59", "2026-11-01T10:00:60Z", "2026-11-01T10:60:00Z", "2026-11-01T24:00:00Z", "2026-11-01T10:00:00"),
    *("2026-W47-7", "2026-11-01", "1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2026-03-29T02:30:00+01:00"),
    *("2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00", "2026-11-01T10:00:00.123456789Z", "2026-11-01T10:00:00,5Z"),
    *("2026-02-30T10:00:00Z", "0000-00-00T00:00:00Z", "-001-01-01T00:00:00Z", "2038-01-19T03:14:08Z", "2106-02-07T06:28:16Z"),
    *("", " ", "now", "tomorrow", "١٩٩٩-01-01T00:00:00Z", "2026-11-01t10:00:00z", "2026-11-01T10:00:00+99:99", "\u0000"),
]
"""Impossible, ambiguous (a night with two half past two), of other calendars and of other epochs."""
TEXTS = [
    *(
        "<img src=x onerror=alert(7351)>",
        "</script><script>alert(7351)</script>",
        "{{7*7}}",
        "{% for x in y %}",
        "${7*7}",
        "#{7*7}",
    ),
    *('=HYPERLINK("http://evil.example","x")', "@SUM(A1)", "a\r\nSet-Cookie: x=1", "\x1b[31mred\x1b[0m", "<Say>hello</Say>"),
    *("\u202eknab", "\u2028\u2029", "\ufeff", "\x00nul\x00", "';DROP TABLE station;--", "x\x7f\x80\x9b31m", "😀" * 10_000),
    *('"><svg onload=alert(1)>', "' onmouseover='alert(1)", "javascript:alert(1)", "﷽" * 200, "Z̸" * 300, "a" * 5000, "", " "),
    *("]]>", "<!--", "&lt;b&gt;", "%s%n%x", "../../etc/passwd", "\\", '"', "\\u0000", "\U000e0041", "\ud7ff\ue000\uffff"),
]


def is_old(version: str) -> bool:
    """Say whether `version` is one of 1.x."""
    return version in ("1.5", "1.6")


def transaction(kind: str, at: str, name: str, **others: Any) -> dict[str, Any]:
    """Return a TransactionEvent of EVSE 1."""
    body = {
        "eventType": kind,
        "timestamp": at,
        "triggerReason": "Authorized",
        "seqNo": 0,
        "transactionInfo": {"transactionId": name},
    }
    return {**body, "evse": {"id": 1, "connectorId": 1}, **others}


def event(at: str = NOW, **others: Any) -> dict[str, Any]:
    """Return a NotifyEvent about the residual current device."""
    item = {"eventId": 1, "timestamp": at, "trigger": "Alerting", "actualValue": "true"}
    item |= {"eventNotificationType": "HardWiredNotification", "component": {"name": "RCD"}, "variable": {"name": "Problem"}}
    return {"generatedAt": at, "seqNo": 0, "eventData": [{**item, **others}]}


def meter_values(version: str, at: str, value: Any) -> dict[str, Any]:
    """Return MeterValues with one sample."""
    if version == "1.5":
        return {"connectorId": 1, "values": [{"timestamp": at, "value": [{"value": str(value)}]}]}
    if version == "1.6":
        return {"connectorId": 1, "meterValue": [{"timestamp": at, "sampledValue": [{"value": str(value)}]}]}
    return {"evseId": 1, "meterValue": [{"timestamp": at, "sampledValue": [{"value": value}]}]}


def stamped(version: str, at: str, number: int) -> list[tuple[str, Any]]:
    """Return a message of each kind that carries a time."""
    if is_old(version):
        return [
            ("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available", "timestamp": at}),
            ("StartTransaction", {"connectorId": 1, "idTag": "A1", "meterStart": number, "timestamp": at}),
            ("MeterValues", meter_values(version, at, 1)),
            ("StopTransaction", {"transactionId": 1, "meterStop": number, "timestamp": at}),
        ]
    return [
        ("StatusNotification", {"timestamp": at, "connectorStatus": "Available", "evseId": 1, "connectorId": 1}),
        ("TransactionEvent", transaction("Started", at, f"t{number}")),
        ("TransactionEvent", transaction("Ended", at, f"t{number}")),
        ("NotifyEvent", event(at)),
        ("SecurityEventNotification", {"type": "SettingSystemTime", "timestamp": at}),
        ("MeterValues", meter_values(version, at, 1)),
    ]


def texted(version: str, text: str) -> list[tuple[str, Any, int | None]]:
    """Return a message for each field that holds a text, with the length that makes it wrong, ``None`` for free text."""
    return _texted_1x(version, text) if is_old(version) else _texted_2x(version, text)


def _texted_1x(version: str, text: str) -> list[tuple[str, Any, int | None]]:
    boot = {"chargePointVendor": "Elektra", "chargePointModel": "Duo 22"}
    status = {"connectorId": 1, "errorCode": "OtherError", "status": "Faulted"}
    free = ("chargePointVendor", "chargePointModel", "chargePointSerialNumber", "firmwareVersion", "meterType")
    found: list[tuple[str, Any, int | None]] = [("BootNotification", {**boot, name: text}, None) for name in free]
    found += [("BootNotification", {**boot, name: text}, None) for name in ("iccid", "imsi")]
    found += [("StatusNotification", {**status, name: text}, None) for name in ("info", "vendorErrorCode", "vendorId")]
    found += [
        ("Authorize", {"idTag": text}, 20),
        ("StartTransaction", {"connectorId": 1, "idTag": text, "meterStart": 1, "timestamp": NOW}, 20),
        ("DataTransfer", {"vendorId": text}, None),
        ("DataTransfer", {"vendorId": "x", "data": text}, None),
        ("DataTransfer", {"vendorId": "x", "messageId": text}, 50 if version == "1.6" else None),
    ]
    if version == "1.6":
        found += [
            ("SecurityEventNotification", {"type": text, "timestamp": NOW}, None),
            ("SecurityEventNotification", {"type": "FirmwareUpdated", "timestamp": NOW, "techInfo": text}, None),
        ]
    return found


def _texted_2x(version: str, text: str) -> list[tuple[str, Any, int | None]]:
    station = {"vendorName": "Elektra", "model": "Trio 50"}
    free = ("vendorName", "model", "serialNumber", "firmwareVersion")
    found: list[tuple[str, Any, int | None]] = [
        ("BootNotification", {"reason": "PowerUp", "chargingStation": {**station, name: text}}, None) for name in free
    ]
    found += [("NotifyEvent", event(**{name: text}), None) for name in ("actualValue", "techCode", "techInfo")]
    token = {"idToken": text, "type": "ISO14443"}
    longest = 255 if version == "2.1" else 36
    return [
        *found,
        ("BootNotification", {"reason": "PowerUp", "chargingStation": {**station, "modem": {"iccid": text}}}, None),
        ("Authorize", {"idToken": token}, longest),
        ("TransactionEvent", transaction("Updated", NOW, text), 36),
        ("NotifyEvent", event(component={"name": text}), 50),
        ("NotifyEvent", event(variable={"name": text}), 50),
        ("SecurityEventNotification", {"type": text, "timestamp": NOW}, None),
        ("SecurityEventNotification", {"type": "FirmwareUpdated", "timestamp": NOW, "techInfo": text}, None),
        ("DataTransfer", {"vendorId": text}, 255),
        ("DataTransfer", {"vendorId": "x", "messageId": text}, 50),
    ]


TAKEN, PROPERTY, TYPE = "result", "PropertyConstraintViolation", "TypeConstraintViolation"
OUT_OF_RANGE = (-1, 2**31, 2**63, 10**30, 10_001)
NO_NUMBERS: tuple[Any, ...] = (1.5, "1", True, None, [], {})


def _values_1x(version: str) -> list[tuple[str, Any, str]]:
    status = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
    begin = {"connectorId": 1, "idTag": "A1", "meterStart": 1, "timestamp": NOW}
    end = {"transactionId": 404, "meterStop": 1, "timestamp": NOW}
    found = [("StatusNotification", {**status, "connectorId": value}, PROPERTY) for value in OUT_OF_RANGE]
    found += [("StatusNotification", {**status, "connectorId": value}, TYPE) for value in NO_NUMBERS]
    found += [("StartTransaction", {**begin, "meterStart": value}, TAKEN) for value in (2**63, -(2**63), 10**30)]
    found += [("StopTransaction", {**end, "meterStop": value}, TAKEN) for value in (2**63, 10**30)]
    found += [
        ("StopTransaction", end, TAKEN),
        ("StopTransaction", {**end, "transactionId": -1}, TAKEN),
        ("StopTransaction", {**end, "reason": "Exploded"}, TAKEN),
        ("StatusNotification", {**status, "status": "Exploded"}, PROPERTY),
        ("StatusNotification", {**status, "errorCode": "Exploded"}, PROPERTY),
        ("StatusNotification", {**status, "connectorId": 0, "status": "Charging" if version == "1.6" else "Occupied"}, TAKEN),
        ("StartTransaction", {**begin, "meterStart": 9000}, TAKEN),
        ("StopTransaction", {**end, "transactionId": 1, "meterStop": 10}, TAKEN),
        ("StartTransaction", {**begin, "meterStart": -5}, TAKEN),
        ("MeterValues", meter_values(version, NOW, "1e999"), TAKEN),
    ]
    if version == "1.6":
        found.append(("SecurityEventNotification", {"type": "SharksWithLasers", "timestamp": NOW}, TAKEN))
    return found


def _values_2x(version: str) -> list[tuple[str, Any, str]]:
    status = {"timestamp": NOW, "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
    sample = {"timestamp": NOW, "sampledValue": [{"value": 10}]}
    found = [("StatusNotification", {**status, "evseId": value}, PROPERTY) for value in OUT_OF_RANGE]
    found += [("StatusNotification", {**status, "connectorId": value}, PROPERTY) for value in (-1, 2**31)]
    found += [("StatusNotification", {**status, "evseId": value}, TYPE) for value in NO_NUMBERS]
    found += [("TransactionEvent", transaction("Started", NOW, "x", evse={"id": value}), PROPERTY) for value in (-1, 2**31)]
    found += [("NotifyEvent", event(component={"name": "RCD", "evse": {"id": value}}), PROPERTY) for value in (-1, 2**31)]
    found += [
        ("TransactionEvent", transaction("Ended", NOW, "404"), TAKEN),
        ("TransactionEvent", transaction("Exploded", NOW, "exploded"), PROPERTY),
        (
            "TransactionEvent",
            transaction("Started", NOW, "down", meterValue=[{**sample, "sampledValue": [{"value": 9000}]}]),
            TAKEN,
        ),
        ("TransactionEvent", transaction("Ended", NOW, "down", meterValue=[sample]), TAKEN),
        (
            "TransactionEvent",
            transaction("Started", NOW, "y", meterValue=[{**sample, "sampledValue": [{"value": 1e300}]}]),
            TAKEN,
        ),
        ("TransactionEvent", transaction("Updated", NOW, "z", seqNo=-1), TAKEN if version == "2.0.1" else PROPERTY),
        ("StatusNotification", {**status, "connectorStatus": "Exploded"}, PROPERTY),
        ("StatusNotification", {**status, "evseId": 0, "connectorId": 0}, TAKEN),
        ("SecurityEventNotification", {"type": "SharksWithLasers", "timestamp": NOW}, TAKEN),
        ("NotifyEvent", event(severity=-1), TAKEN if version == "2.0.1" else PROPERTY),
        ("MeterValues", meter_values(version, NOW, 1e300), TAKEN),
    ]
    return found


VALUES = {version: _values_1x(version) if is_old(version) else _values_2x(version) for version in ("1.5", "1.6", "2.0.1", "2.1")}
"""Version to action, payload, and what is answered: the code of an error, or ``result``."""
