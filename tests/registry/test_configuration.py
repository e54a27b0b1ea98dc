"""The configuration: the contract's defaults, the file, the environment over it, and every way to get it wrong."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from bornewatch import SECTIONS
from monitor.configuration import ConfigurationError, load
from monitor.core.policy import Policy
from monitor.core.registry import Bearer
from monitor.settings import FieldSettings, HealthSettings, StorageSettings, read_address

if TYPE_CHECKING:
    from pathlib import Path

CONTRACT = """
[storage]
url = "sqlite:///bornewatch.db"
[field]
listen = "0.0.0.0:9000"
trusted_proxies = []
unknown_stations = "refuse"
allowed_networks = ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
authorize = "accept"
heartbeat_s = 300
ping_s = 60
default_subprotocol = ""
[console]
listen = "127.0.0.1:8080"
base_url = "http://127.0.0.1:8080"
[ops]
listen = "127.0.0.1:9880"
[hotline]
phone = ""
[health.gprs]
grace_s = 900
missed = 3
"""


def write(folder: Path, text: str) -> str:
    path = folder / "c.toml"
    path.write_text(text)
    return str(path)


def health_of(found: dict[str, Any]) -> HealthSettings:
    health = found["health"]
    assert isinstance(health, HealthSettings)
    return health


def test_what_is_absent_has_the_contracts_value(tmp_path: Path) -> None:
    told, silent = load(write(tmp_path, CONTRACT), {}, SECTIONS), load(write(tmp_path, ""), {}, SECTIONS)
    for bearer in Bearer:
        assert health_of(told).of_bearer(bearer) == health_of(silent).of_bearer(bearer)
    assert {**told, "health": None} == {**silent, "health": None}
    assert tomllib.loads(CONTRACT)["field"]["heartbeat_s"] == 300


def test_the_defaults_of_a_bearer_are_those_of_the_policy() -> None:
    assert HealthSettings().policy(Bearer.GPRS, "", "CP1", watched=True, heartbeat_s=300, ping_s=60) == Policy()
    assert HealthSettings().of_bearer(Bearer.LAN).rtt_s < HealthSettings().of_bearer(Bearer.GPRS).rtt_s


def test_a_station_goes_before_its_site_and_a_site_before_its_bearer(tmp_path: Path) -> None:
    text = (
        "[health.lan]\ngrace_s = 600\nmissed = 2\nrtt_s = 3\n"
        '[health.site."Parking Brill"]\ngrace_s = 500\nrtt_s = 4\n[health.station.CP2500]\ngrace_s = 400\n'
    )
    health = health_of(load(write(tmp_path, text), {}, SECTIONS))
    policies = [
        health.policy(Bearer.LAN, site, sticker, watched=True, heartbeat_s=300, ping_s=60)
        for site, sticker in (("", "CP1"), ("Parking Brill", "CP1"), ("Parking Brill", "CP2500"))
    ]
    assert [(one.grace_s, one.missed, one.rtt_s) for one in policies] == [(600, 2, 3), (500, 2, 4), (400, 2, 4)]


def test_the_environment_goes_over_the_file(tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("sqlite:///secret.db\n")
    found = load(
        write(tmp_path, "[field]\nheartbeat_s = 10\nping_s = 5\n"),
        {
            "BORNEWATCH_FIELD__HEARTBEAT_S": "20",
            "BORNEWATCH_FIELD__ALLOWED_NETWORKS": '["10.0.0.0/8"]',
            "BORNEWATCH_HEALTH__LAN__GRACE_S": "77.5",
            "BORNEWATCH_STORAGE__URL_FILE": str(secret),
            "PATH": "untouched",
        },
        SECTIONS,
    )
    field, health, storage = found["field"], found["health"], found["storage"]
    assert isinstance(field, FieldSettings)
    assert isinstance(health, HealthSettings)
    assert isinstance(storage, StorageSettings)
    assert (field.heartbeat_s, field.ping_s, field.allowed_networks) == (20, 5, ["10.0.0.0/8"])
    assert [health.of_bearer(one).grace_s for one in (Bearer.LAN, Bearer.GPRS)] == [77.5, 900]
    assert storage.url == "sqlite:///secret.db"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[field]\nhartbeat_s = 5\n", "field.hartbeat_s is not known"),
        ("[feild]\n", r"section \[feild\] is not known"),
        ("[field]\nheartbeat_s = 0\n", "field.heartbeat_s = 0"),
        ("[field]\nheartbeat_s = 'often'\n", "field.heartbeat_s = 'often'"),
        ("[field]\nlisten = 'nowhere'\n", "field.listen = 'nowhere'.*HOST:PORT"),
        ("[field]\nlisten = 'x:99999'\n", "HOST:PORT"),
        ("[field]\nallowed_networks = ['10.0.0.1/8']\n", "field.allowed_networks.0"),
        ("[field]\nunknown_stations = 'maybe'\n", "field.unknown_stations"),
        ("[field]\nauthorize = 'some'\n", "field.authorize"),
        ("[field]\ndefault_subprotocol = 'ocpp9'\n", "ocpp1.6"),
        ("[field]\ntrusted_proxies = ['10.0.0.1']\n", "not served by this version"),
        ("[[field.tls]]\nlisten = '0.0.0.0:9443'\nkey = 'k.pem'\n", r"field\.tls\.0\.certificate"),
        ("[[field.tls]]\nlisten = 'x'\ncertificate = 'c.pem'\nkey = 'k.pem'\n", r"field\.tls\.0\.listen"),
        ("[[field.tls]]\nlisten = 'x:1'\ncertificate = 'c'\nkey = 'k'\nlegacy = true\n", "name the networks"),
        ("[[field.tls]]\nlisten = 'x:1'\ncertificate = 'c'\nkey = 'k'\ncipher = ''\n", r"field\.tls\.0\.cipher"),
        ("[health.gprs]\ngrace = 5\n", "health.gprs.grace is not known"),
        ("[health.gprs]\ngrace_s = inf\n", "health.gprs.grace_s = inf"),
        ("[health.lan]\ngrace_s = 1e300\n", "health.lan.grace_s"),
        ("[field]\nping_s = inf\n", "field.ping_s = inf"),
        ("[storage]\nretention_days = 99999999\n", "storage.retention_days"),
        ("[[probes.canary]]\nbearer = 'gprs'\nhost = 'http://x'\n", r"probes\.canary\.0\.host.*write ADDRESS"),
        ("[[probes.canary]]\nbearer = 'fax'\nhost = 'x'\n", r"probes\.canary\.0\.bearer"),
        ("[health.fax]\n", "health.fax is not known"),
        ("[health]\ngprs = 5\n", "health.gprs"),
        ("field = 5\n", "field = 5"),
        ("[field\n", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_one_line_with_its_key(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason) as caught:
        load(write(tmp_path, text), {}, SECTIONS)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "BORNEWATCH_FIELD__HARTBEAT_S",
        "BORNEWATCH_FIELD",
        "BORNEWATCH_X__Y",
        "BORNEWATCH_STORAGE__NOPE_FILE",
        "BORNEWATCH_FIELD__LISTEN__X",
    ],
)
def test_an_unknown_variable_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        load(write(tmp_path, ""), {name: "1"}, SECTIONS)


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        load(str(tmp_path / "none.toml"), {}, SECTIONS)
    with pytest.raises(ConfigurationError, match="No such file"):
        load(None, {"BORNEWATCH_STORAGE__URL_FILE": str(tmp_path / "none")}, SECTIONS)


def test_a_broken_list_in_the_environment_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"field\.allowed_networks"):
        load(write(tmp_path, ""), {"BORNEWATCH_FIELD__ALLOWED_NETWORKS": "[oops"}, SECTIONS)


@pytest.mark.parametrize(("text", "address"), [("[::1]:80", ("::1", 80)), ("localhost:0", ("localhost", 0))])
def test_addresses(text: str, address: tuple[str, int]) -> None:
    assert read_address(text) == address


@pytest.mark.parametrize(
    ("section", "values", "complaint"),
    [
        ("tap", {"upstream": "https://platform.example"}, "wss://platform.example/ocpp"),
        ("tap", {"upstream": "wss://?x"}, "wss://platform.example/ocpp"),
        ("field", {"upload_url": "ftp://10.0.0.1"}, "http://10.0.0.1:9000"),
        ("field", {"upload_url": "http://10.0.0.1/path"}, "http://10.0.0.1:9000"),
        ("radius", {"client": [{"address": "10.0.0.1", "secret": ""}]}, "client.0.secret"),
        ("radius", {"client": [{"address": "ggsn", "secret": "x"}]}, "ggsn"),
        ("twilio", {"account_sid": "AC1"}, "belong together"),
    ],
)
def test_what_cannot_be_is_said_with_what_could(section: str, values: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        SECTIONS[section].model_validate(values)


def test_sections_that_say_nothing_are_off() -> None:
    assert SECTIONS["tap"]().upstream == ""  # type: ignore[attr-defined]
    assert SECTIONS["radius"]().client == []  # type: ignore[attr-defined]
    assert SECTIONS["twilio"]().from_ == ""  # type: ignore[attr-defined]
    assert SECTIONS["ingest"]().file == ""  # type: ignore[attr-defined]
