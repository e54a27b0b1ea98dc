"""Whether a request comes from Twilio."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from monitor.runtime.signatures import is_genuine, signed_address
from tests.support.twilio import TOKEN, sign

BASE = "https://public.example"
ADDRESS = f"{BASE}/telephony/alerts/17/status"
FORM = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+352621000001", "Note": " é & <x> "}


def genuine(
    signature: str, *, address: str = ADDRESS, form: dict[str, str] | None = None, tokens: tuple[str, ...] = (TOKEN,)
) -> bool:
    return is_genuine(address, MultiDict(FORM if form is None else form), signature, tokens)


def test_twilios_own_signature_is_genuine() -> None:
    assert genuine(sign(TOKEN, ADDRESS, FORM))


def test_the_documentations_example_is_genuine() -> None:
    """twilio.com/docs/usage/webhooks/webhooks-security, "Explore the algorithm yourself"."""
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675310",
        "Digits": "1234",
        "From": "+14158675310",
        "To": "+18005551212",
    }
    url = "https://example.com/myapp.php?foo=1&bar=2"
    assert RequestValidator("12345").compute_signature(url, form) == sign("12345", url, form)
    assert genuine(sign("12345", url, form), address=url, form=form, tokens=("12345",))


@pytest.mark.parametrize(
    "address",
    [
        *(f"{ADDRESS}?x=1", f"{ADDRESS}/", ADDRESS.replace("https", "http"), ADDRESS.replace("17", "18")),
        ADDRESS.replace("public", "evil"),
    ],
)
def test_another_address_is_not(address: str) -> None:
    assert not genuine(sign(TOKEN, ADDRESS, FORM), address=address)


@pytest.mark.parametrize("change", [{"MessageStatus": "failed"}, {"More": "1"}, {"Note": "é & <x>"}])
def test_another_form_is_not(change: dict[str, str]) -> None:
    assert not genuine(sign(TOKEN, ADDRESS, FORM), form={**FORM, **change})
    assert not genuine(sign(TOKEN, ADDRESS, FORM), form={"MessageSid": "SM1"})


@pytest.mark.parametrize("signature", ["", " ", "x", "é", "\ud800", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "\x00" * 28])
def test_another_signature_is_not(signature: str) -> None:
    assert not genuine(signature)


def test_while_a_token_is_changed_two_are_good() -> None:
    old, new = "a" * 32, "b" * 32
    for token in (old, new):
        assert genuine(sign(token, ADDRESS, FORM), tokens=(new, old))
    assert not genuine(sign("c" * 32, ADDRESS, FORM), tokens=(new, old))


def test_without_a_token_nothing_is_genuine() -> None:
    assert not genuine(sign(TOKEN, ADDRESS, FORM), tokens=())
    assert not genuine(sign("", ADDRESS, FORM), tokens=("",))


@pytest.mark.parametrize(
    ("told", "signed"),
    [
        ("https://public.example/x?a=1", "https://public.example:443/x?a=1"),
        ("https://public.example:443/x", "https://public.example/x"),
        ("http://public.example/x", "http://public.example:80/x"),
        ("https://public.example:8443/x", "https://public.example/x"),
        ("https://[2001:db8::1]:8443/x", "https://[2001:db8::1]/x"),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]:443/x"),
    ],
)
def test_the_port_may_be_signed_or_not(told: str, signed: str) -> None:
    assert genuine(sign(TOKEN, signed, FORM), address=told)


def test_the_address_is_the_configured_one() -> None:
    assert (
        signed_address("https://public.example/base/", "/telephony/sms?x=%20") == "https://public.example/base/telephony/sms?x=%20"
    )


def test_a_name_that_comes_twice_counts_with_all_its_values() -> None:
    form = MultiDict([("A", "2"), ("A", "1"), ("B", "3"), ("A", "2")])
    signature = RequestValidator(TOKEN).compute_signature(ADDRESS, form)
    assert is_genuine(ADDRESS, form, signature, [TOKEN])
    assert not is_genuine(ADDRESS, MultiDict([("A", "2"), ("B", "3")]), signature, [TOKEN])


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=20), max_size=6), st.text("0123456789abcdef", min_size=1))
def test_what_one_signs_the_other_knows(form: dict[str, str], token: str) -> None:
    signature = sign(token, ADDRESS, form)
    assert RequestValidator(token).validate(ADDRESS, form, signature)
    assert is_genuine(ADDRESS, MultiDict(form), signature, [token])
