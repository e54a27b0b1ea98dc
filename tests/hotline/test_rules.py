"""Roles, sessions, throttling, safe returns, settings, languages: the rules without a server."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hotline.core import logins
from hotline.core.logins import OpenSession, Throttle, safe_return, well_formed_name
from hotline.core.roles import Role
from hotline.settings import ConsoleSettings, HotlineSettings, PublicSettings
from hotline.web.languages import Languages, Speech, catalogue, wanted
from hotline.web.links import breach_path, dialled, station_path, stations_path
from hotline.web.wording import Wording, clipped, protocol_name
from monitor.core.events import State
from monitor.core.ids import Sticker

from .support import NOW


def test_roles_cover_those_before_them() -> None:
    assert [role.value for role in Role] == ["agent", "senior", "operator", "admin"]
    assert Role.ADMIN.covers(Role.AGENT)
    assert Role.AGENT.covers(Role.AGENT)
    assert not Role.SENIOR.covers(Role.OPERATOR)


@pytest.mark.parametrize(
    ("opened", "used", "valid"),
    [(0, 0, True), (11.9, 11.9, True), (12, 12, False), (23.9, 0, True), (24, 0, False)],
)
def test_a_session_ends_when_idle_or_old(opened: float, used: float, *, valid: bool) -> None:
    session = OpenSession(
        name="anna", role=Role.AGENT, opened_at=NOW - timedelta(hours=opened), used_at=NOW - timedelta(hours=used)
    )
    assert session.valid(NOW) is valid


def test_the_last_use_is_kept_to_the_minute() -> None:
    session = OpenSession(name="anna", role=Role.AGENT, opened_at=NOW, used_at=NOW)
    assert not session.wants_touch(NOW + timedelta(seconds=59))
    assert session.wants_touch(NOW + timedelta(seconds=60))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("anna", "anna"),
        (" Anna ", "anna"),
        ("a.b-c_d", "a.b-c_d"),
        ("", None),
        ("a b", None),
        (".a", None),
        ("a" * 65, None),
        ("é", None),
    ],
)
def test_names(text: str, name: str | None) -> None:
    assert well_formed_name(text) == name


@pytest.mark.parametrize(
    ("path", "followed"),
    [
        ("/stations/CP2500", "/stations/CP2500"),
        ("/search?q=a%20b", "/search?q=a%20b"),
        ("", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/a\\b", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("javascript:alert(1)", "/"),
        ("/login", "/"),
        ("/logout", "/"),
        ("/api/v1/stations", "/"),
        ("stations", "/"),
    ],
)
def test_only_a_page_of_ours_is_returned_to(path: str, followed: str) -> None:
    assert safe_return(path) == followed


@given(st.text())
def test_whatever_is_asked_for_stays_on_this_host(path: str) -> None:
    followed = safe_return(path)
    assert followed.startswith("/")
    assert not followed.startswith(("//", "/\\"))
    assert followed.isprintable()


def test_wrong_passwords_slow_down_one_user_at_one_address_only() -> None:
    throttle = Throttle()
    for _ in range(logins.FREE_ATTEMPTS):
        assert throttle.wait_s("anna", "10.0.0.1", 0.0) == 0.0
        throttle.failed("anna", "10.0.0.1", 0.0)
    assert throttle.wait_s("anna", "10.0.0.1", 0.0) == logins.FIRST_WAIT_S
    assert throttle.wait_s("anna", "10.0.0.1", 1.5) == 0.5
    assert throttle.wait_s("anna", "10.0.0.2", 0.0) == 0.0, "the genuine user at her own desk"
    assert throttle.wait_s("ben", "10.0.0.1", 0.0) == 0.0
    for _ in range(40):
        throttle.failed("anna", "10.0.0.1", 0.0)
    assert throttle.wait_s("anna", "10.0.0.1", 0.0) == logins.LONGEST_WAIT_S, "nobody is locked out for longer"
    throttle.succeeded("anna", "10.0.0.1")
    assert throttle.wait_s("anna", "10.0.0.1", 0.0) == 0.0


def test_the_throttle_forgets_and_is_bounded() -> None:
    throttle = Throttle(most_pairs=3)
    for number in range(10):
        throttle.failed("anna", f"10.0.0.{number}", 0.0)
    assert len(throttle._failures) <= 3
    throttle.failed("ben", "10.0.0.1", logins.FORGOTTEN_AFTER_S + 1)
    assert list(throttle._failures) == [("ben", "10.0.0.1")]


def test_settings_have_the_values_of_the_contract() -> None:
    assert ConsoleSettings().model_dump() == {"listen": "127.0.0.1:8080", "base_url": "http://127.0.0.1:8080"}
    assert PublicSettings().model_dump() == {"listen": "127.0.0.1:8081", "base_url": "http://127.0.0.1:8081"}
    assert HotlineSettings().phone == ""
    assert ConsoleSettings(base_url="https://console.example/").base_url == "https://console.example"
    assert ConsoleSettings(base_url="https://console.example").secure
    assert ConsoleSettings(listen="[::1]:80").listen == "[::1]:80"
    assert not ConsoleSettings().secure


@pytest.mark.parametrize(
    "values",
    [
        {"listen": "8080"},
        {"listen": "127.0.0.1:99999"},
        {"listen": ":8080"},
        {"listen": "host:http"},
        {"base_url": "console.example"},
        {"base_url": "ftp://console.example"},
        {"base_url": "https://console.example/path"},
        {"base_url": "https://console.example?x"},
        {"colour": "red"},
    ],
)
def test_settings_refuse_what_cannot_be_meant(values: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ConsoleSettings.model_validate(values)


@pytest.mark.parametrize(
    ("chosen", "accept", "speech"),
    [
        ("", "", "en"),
        ("", "fr-LU,fr;q=0.9,en;q=0.8", "fr"),
        ("", "it,fr;q=0.5,en;q=0.4", "fr"),
        ("", "de-LU,fr;q=0.5", "de"),
        ("", "lb-LU,lb;q=0.9,fr;q=0.8", "lb"),
        ("", "pt-BR,pt;q=0.9", "pt"),
        ("", "de;q=0.5,lb;q=0.9,pt;q=0.7", "lb"),
        ("", "en;q=0.2,fr;q=0.8", "fr"),
        ("", "fr;q=0,en;q=0.1", "en"),
        ("", "fr;q=0", "en"),
        ("", "fr;q=nonsense", "en"),
        ("", "fr;q=7", "en"),
        ("", "*", "en"),
        ("fr", "en", "fr"),
        ("lb", "de", "lb"),
        ("xx", "fr", "fr"),
    ],
)
def test_the_language_is_the_chosen_one_or_the_browsers(chosen: str, accept: str, speech: str) -> None:
    assert wanted(chosen, accept) == speech


def test_times_are_those_of_luxembourg_in_the_readers_language() -> None:
    words = Wording(Speech.FRENCH, Languages().of(Speech.FRENCH), NOW)
    assert words.clock(NOW) == "08:40"
    assert words.clock(NOW - timedelta(days=1)) == "21 nov. 08:40"
    assert words.exact(NOW).startswith("dimanche 22 novembre 2026, 08:40:12")
    assert words.age(NOW - timedelta(days=3)) == "3 j 0 h"
    assert str(words.ago(NOW)).startswith('<time class="age" datetime="2026-11-22T07:40:12Z" title="dimanche 22 novembre')
    assert catalogue(Speech.ENGLISH) is None


def test_links() -> None:
    assert station_path(Sticker("CP 25/00")) == "/stations/CP%2025%2F00"
    assert stations_path(State.OFFLINE) == "/stations?state=offline"
    assert stations_path(State.OFFLINE, 2) == "/stations?state=offline&page=2"
    assert breach_path() == "/breaches"
    assert breach_path(2) == "/breaches?page=2"
    assert dialled("+352 (0) 27-54 1") == "+352027541"
    assert dialled("8006 2020") == "80062020"
    assert [protocol_name(text) for text in ("1.6", "ocpp2.0.1", "", "odd")] == ["OCPP 1.6", "OCPP 2.0.1", "", "odd"]
    assert clipped("x" * 1000) == "x" * 159 + "…"
