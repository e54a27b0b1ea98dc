"""No card, password or key survives, however a frame is written, cut or broken; what a technician needs does."""

from __future__ import annotations

import json
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.runtime.redaction import redact
from monitor.runtime.scanner import DEEPEST, Scanner

CARD = "04A2B3C4D5E680"
PASSWORD = "opensesame-please"
"""Letters only: nothing but its place says that it is a secret."""

HARMLESS = [
    '[2,"19223201","Heartbeat",{}]',
    '[3,"19223201",{"currentTime":"2026-05-04T06:00:00.000Z"}]',
    (
        '[2,"ea4c7a3e-0d36-4f3e-8f9d-6d1fe8f0b0a1","BootNotification",{"chargePointVendor":"ABL","chargePointModel":"eMH3 11kW",'
        '"chargePointSerialNumber":"SN0012345678","firmwareVersion":"1.4.2-2026"}]'
    ),
    '[2,"1","StatusNotification",{"connectorId":1,"status":"Faulted","errorCode":"GroundFailure","info":"E12","vendorErrorCode":"0x80001234"}]',
    (
        '[2,"1","MeterValues",{"connectorId":1,"transactionId":12345678,"meterValue":[{"timestamp":"2026-05-04T06:00:00Z",'
        '"sampledValue":[{"value":"1234567.8","unit":"Wh","location":"Outlet"}]}]}]'
    ),
    '[2,"1","ChangeConfiguration",{"value":"300","key":"HeartbeatInterval"}]',
    '[3,"1",{"configurationKey":[{"key":"MeterValueSampleInterval","readonly":false,"value":"900"}],"unknownKey":["Foo"]}]',
    '[2,"1","GetConfiguration",{"key":["AuthorizationKey"]}]',
    (
        '[2,"1","SetVariables",{"setVariableData":[{"attributeValue":"30","component":{"name":"OCPPCommCtrlr"},'
        '"variable":{"name":"HeartbeatInterval"}}]}]'
    ),
    '[3,"1",{"idTagInfo":{"status":"Accepted","expiryDate":"2026-05-04T06:00:00.000Z"}}]',
    '[4,"1","NotImplemented","Foo is not served here",{}]',
    '[2,"1","StartTransaction",{"meterStart":123456789,"connectorId":1,"reservationId":12',
    "hello",
    "",
    '"',
]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_harmless_stays_as_it_came_over_the_wire(text: str) -> None:
    assert redact(text) == text


SECRETS = [
    ('[2,"1","Authorize",{"idTag":"%s"}]', '[2,"1","Authorize",{"idTag":"~…"}]'),
    ('[2,"1","Authorize",{"id\\u0054ag" : "%s"}]', '[2,"1","Authorize",{"id\\u0054ag" : "~…"}]'),
    ('[2,"1","Authorize",{"IDTAG":"%s"}]', '[2,"1","Authorize",{"IDTAG":"~…"}]'),
    ('[2,"1","Authorize",{"id_tag":["%s",{"x":"%s"}]}]', '[2,"1","Authorize",{"id_tag":["~…",{"x":"~…"}]}]'),
    (
        '[2,"1","Authorize",{"idToken":{"idToken":"%s","type":"ISO14443"}}]',
        '[2,"1","Authorize",{"idToken":{"idToken":"~…","type":"ISO14443"}}]',
    ),
    ('[2,"1","Authorize",{"idToken":{"type":"%s"}}]', '[2,"1","Authorize",{"idToken":{"type":"~…"}}]'),
    ('[3,"1",{"idTagInfo":{"parentIdTag":"%s"}}]', '[3,"1",{"idTagInfo":{"parentIdTag":"~…"}}]'),
    ('[2,"1","Authorize",{"idTag":"\\"%s"}]', '[2,"1","Authorize",{"idTag":"…"}]'),
    ('[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"%s"}]', '"key":"AuthorizationKey","value":"…"}]'),
    ('[2,"1","ChangeConfiguration",{"value":"%s","key":"AuthorizationKey"}]', '{"value":"…","key":"AuthorizationKey"}]'),
    ('[2,"1","ChangeConfiguration",{"value":"%s","ke', '{"value":"…","ke'),
    ('[2,"1","ChangeConfiguration",{"key":"Foo","key":"SimPin","value":"%s"}]', '"value":"…"}]'),
    ('[3,"1",{"configurationKey":[{"key":"FreevendIdTag","value":"%s"}]}]', '"value":"…"}]}]'),
    ('[2,"1","SetVariables",{"setVariableData":[{"attributeValue":"%s","variable":{"name":"BasicAuthPassword"}}]}]', '"…"'),
    ('[2,"1","SetVariables",{"setVariableData":[{"attributeValue":"%s","variable":{"name":"BasicA', '"…"'),
    ('[2,"1","NotifyReport",{"reportData":[{"variable":{"name":"SharedKey"},"variableAttribute":[{"value":"%s"}]}]}]', '"…"'),
    ('[2,"1","SetNetworkProfile",{"connectionData":{"vpn":{"server":"h","key":"%s"}}}]', '{"server":"h","key":"…"}'),
    ('[2,"1","SetNetworkProfile",{"connectionData":{"ocppCsmsUrl":"wss://me:%s@host/"}}]', '"ocppCsmsUrl":"…"'),
    ('[2,"1","GetDiagnostics",{"location":"ftp://me:%s@host/"}]', '"location":"…"'),
    ('[2,"1","DataTransfer",{"vendorId":"ABL","data":"{\\"card\\":\\"%s\\"}"}]', '"vendorId":"ABL","data":"…"}]'),
    ('[2,"1","DataTransfer",{"vendorId":"ABL","data":{"a":["%s"]}}]', '"data":{"a":["…"]}}]'),
    ('[2,"1","Heartbeat",{"customData":{"vendorId":"x","note":"%s"}}]', '"note":"…"'),
    ('[2,"1","CertificateSigned",{"certificateChain":"%s', '"certificateChain":"…'),
    ("[2,\"1\",\"Authorize\",{'idTag':'%s'}]", '[2,"1","Authorize",{\'idTag…'),
    ('[2,"1","Authorize",{"idTag":%s}]', '[2,"1","Authorize",{"idTag…'),
    ('[2,"1","Authorize",{"id\\u0054ag" "%s"}]', '[2,"1","Authorize",{"idTag…'),
]


@pytest.mark.parametrize("secret", [CARD, PASSWORD])
@pytest.mark.parametrize(("frame", "shown"), SECRETS)
def test_what_opens_something_is_blotted_out(frame: str, shown: str, secret: str) -> None:
    told = redact(frame.replace("%s", secret))
    assert secret[3:] not in told
    assert shown.replace("~", secret[:2]) in told


@pytest.mark.parametrize("number", ["12345678", "-12345678", "1234567.5"])
def test_a_card_may_be_a_number(number: str) -> None:
    assert redact(f'[2,"1","Authorize",{{"idTag":{number}}}]') == '[2,"1","Authorize",{"idTag":"…"}]'
    assert redact(f'[2,"1","Authorize",{{"vendorTagNo":{number}}}]') == '[2,"1","Authorize",{"vendorTagNo":"…"}]'


@pytest.mark.parametrize(
    "written",
    [CARD, "04:A2:B3:C4", "04 A2 B3 C4 D5", "1234 5678 9012", "LU-CHG-C12345678-9", "DEADBEEF", "ea4c7a3e-0d36-4f3e-8f9d"],
)
def test_where_no_card_belongs_what_looks_like_one_is_blotted_out(written: str) -> None:
    for frame in (
        f'[2,"1","X",{{"note":"card {written}!"}}]',
        f'[4,"1","Error","\\"{written}\\" is too long",{{}}]',
        f"card no {written}",
    ):
        told = redact(frame)
        assert written[-5:] not in told
        assert "…" in told
    assert written not in redact(f'[2,"1","X",{{"{written}{CARD}":1}}]')


def test_a_card_in_escapes_where_none_belongs() -> None:
    escaped = "".join(f"\\u{ord(sign):04x}" for sign in CARD)
    assert redact(f'[2,"1","X",{{"note":"{escaped}"}}]') == '[2,"1","X",{"note":"…"}]'
    assert CARD[4:] not in redact(f"note {escaped}")


# ------------------------------------------------------------------------------------------------------------- properties

KEYS = ["idTag", "parentIdTag", "idToken", "additionalIdToken", "eMAID", "password", "authorizationKey", "data", "ID_TAG"]
plain = st.recursive(
    st.none() | st.booleans() | st.integers(0, 999) | st.text(string.ascii_letters + '"\\é\n', max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(string.ascii_letters, max_size=8), inner, max_size=3),
    max_leaves=8,
)
cards = st.text("0123456789ABCDEF", min_size=8, max_size=20).filter(
    lambda text: len(set(text)) > 5 and sum(map(str.isdigit, text)) > 2
)


def escaped(draw: st.DrawFn, key: str) -> str:
    """Return `key` as JSON, with some of its letters written as numbers."""
    return "".join(f"\\u{ord(sign):04X}" if draw(st.integers(0, 3)) == 0 else sign for sign in key)


@st.composite
def frames(draw: st.DrawFn) -> tuple[str, str]:
    """Return a frame that holds a card under one of its keys, somewhere, and the card."""
    card, key = draw(cards), draw(st.sampled_from(KEYS))
    held: Any = draw(st.sampled_from([card, [card], {"idToken": card, "type": "Central"}, {"type": "Local", "x": {"y": card}}]))
    others = draw(st.dictionaries(st.text(string.ascii_letters, max_size=8), plain, max_size=3))
    members = draw(st.permutations([*others.items(), ("\0", held)]))
    payload: Any = dict(members)
    for _ in range(draw(st.integers(0, 3))):
        payload = draw(st.sampled_from([{"a": payload}, {"reportData": [payload]}]))
    text = json.dumps([2, "19", "Authorize", payload], ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 1])))
    return text.replace("\\u0000", escaped(draw, key)), card


def survives(card: str, told: str) -> bool:
    """Say whether five signs of `card` beyond its first two stand in `told`."""
    return any(card[start : start + 5] in told for start in range(2, len(card) - 4))


@given(frames())
def test_a_card_never_survives(found: tuple[str, str]) -> None:
    text, card = found
    told = redact(text)
    assert not survives(card, told)
    assert json.loads(told) is not None, "what was JSON stays JSON"


@given(frames(), st.data())
def test_a_card_does_not_survive_a_cut_either(found: tuple[str, str], data: st.DataObject) -> None:
    text, card = found
    assert not survives(card, redact(text[: data.draw(st.integers(0, len(text)))]))


@given(frames(), st.data())
def test_nor_does_it_survive_in_what_is_broken(found: tuple[str, str], data: st.DataObject) -> None:
    text, card = found
    place = data.draw(st.integers(0, len(text) - 1))
    put = data.draw(st.sampled_from(["", "'", '"', "\\", "{", "]", ",", ":", " ", "x", "\n", "\u202e"]))
    broken = data.draw(
        st.sampled_from([text[:place] + put + text[place + 1 :], text[:place] + put + text[place:], text.replace('"', "'")])
    )
    assert not survives(card, redact(broken)), broken


@given(st.text(max_size=200) | st.text('[]{}",:\\u0123 \n', max_size=80))
def test_whatever_comes_is_taken(text: str) -> None:
    told = redact(text)
    assert len(told) <= len(text) + 2 * text.count(",") + 8


# ---------------------------------------------------------------------------------------------------------------- scanner


@given(plain)
def test_the_scanner_reads_what_json_reads(value: Any) -> None:
    text = json.dumps(value)
    scanner = Scanner(text)
    assert scanner.read()
    for leaf in scanner.leaves:
        read = json.loads(text[leaf.start : leaf.end])
        assert leaf.said == (read if isinstance(read, str) else text[leaf.start : leaf.end])
    for end in range(len(text)):
        assert Scanner(text[:end]).read(), text[:end]


@given(st.text('[]{}",:\\u0 1te-.\n', max_size=30))
def test_the_scanner_takes_nothing_that_is_not_json(text: str) -> None:
    scanner = Scanner(text + " ")
    if scanner.read() and scanner._await.name == "NOTHING" and all(leaf.whole for leaf in scanner.leaves):
        json.loads(text + " ", strict=False)


@pytest.mark.parametrize("text", ["{]", "[}", "]", ",", ":", "[1 2]", '{"a" 1}', "{1:2}", "[,]", "1 1", "[nan]", '["\\x"]', "[1]]"])
def test_what_is_not_json_is_told(text: str) -> None:
    assert not Scanner(text + " ").read()


def test_the_depth_is_bounded() -> None:
    assert Scanner("[" * DEEPEST + "]" * DEEPEST).read()
    assert not Scanner("[" * (DEEPEST + 1)).read()
    assert redact("[" * 500 + f'{{"idTag":"{CARD}') == "[" * 500 + '{"idTag…'
