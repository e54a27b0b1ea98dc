"""The sections of alerts: what is off while it is absent, and what is refused with its key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from alerts.channels.email import Tls
from alerts.errors import MailServerError
from alerts.service import _email
from alerts.settings import AlertmanagerSettings, AlertsSettings, SmtpSettings
from monitor.configuration import ConfigurationError, load
from tests.support.certificates import make_files
from tests.support.clocks import SetClock

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel

SECTIONS: dict[str, type[BaseModel]] = {"alerts": AlertsSettings, "smtp": SmtpSettings, "alertmanager": AlertmanagerSettings}
SMTP = {"host": "mail.example.lu", "from": "Bornewatch <watch@example.lu>"}


def read(folder: Path, text: str) -> Any:
    file = folder / "bornewatch.toml"
    file.write_text(text)
    return load(str(file), {}, SECTIONS)


def test_what_is_absent_is_off(tmp_path: Path) -> None:
    found = read(tmp_path, "")
    assert (found["alerts"].file, found["smtp"].host, found["alertmanager"].url) == ("", "", "")
    assert read(tmp_path, "[alerts]")["alerts"].file == "alerts.toml"


@pytest.mark.parametrize("tls", list(Tls))
def test_mail_goes_by_every_kind_of_encryption(tls: Tls) -> None:
    smtp = SmtpSettings(**SMTP, tls=tls.value)  # type: ignore[arg-type]  # an alias, and a word of the enumeration
    assert _email(smtp, SetClock())._server.tls is tls


def test_an_authority_of_the_operators_own_is_trusted(tmp_path: Path) -> None:
    authority = str(make_files(tmp_path).client_ca)
    assert _email(SmtpSettings(**SMTP, ca=authority), SetClock())._server.ca == authority  # type: ignore[arg-type]  # an alias


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[smtp]\nhost = "x"', "host and from belong together"),
        ('[smtp]\nhost = "x"\nfrom = "nobody"', "smtp.from = 'nobody': 'nobody' is no sender: write NAME <address@domain>"),
        ('[smtp]\nhost = "x"\nfrom = "a@b\\r\\nBcc: c@d"', "is no sender"),
        ('[smtp]\nhost = "x"\nfrom = "a@b.lu"\ntls = "perhaps"', "smtp.tls = 'perhaps'"),
        ('[smtp]\nhost = "x"\nfrom = "a@b.lu"\ncolour = "red"', "key smtp.colour is not known"),
        ('[alertmanager]\nurl = "localhost:9093"', "'localhost:9093' is no address: write http://HOST:9093"),
        ("[alerts]\ngroup_wait_s = -1", "alerts.group_wait_s = -1"),
    ],
)
def test_a_mistake_is_refused_with_its_key(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"ca": "/nowhere/ca.pem"}, "smtp.ca '/nowhere/ca.pem': No such file"),
        ({"from": "é@example.lu"}, "smtp.from: 'é@example.lu'"),
    ],
)
def test_what_only_shows_when_it_is_used_is_one_line_too(more: dict[str, Any], said: str) -> None:
    with pytest.raises(MailServerError, match=said):
        _email(SmtpSettings(**SMTP | more), SetClock())


def test_the_dead_mans_address_is_a_secret_that_may_stand_in_a_file_and_no_error_repeats_it(tmp_path: Path) -> None:
    secret = tmp_path / "uuid"
    secret.write_text("https://hc-ping.example/5f3c\n")
    empty = tmp_path / "bornewatch.toml"
    empty.write_text("[alerts]\n")
    found: Any = load(str(empty), {"BORNEWATCH_ALERTS__WATCHDOG_URL_FILE": str(secret)}, SECTIONS)["alerts"]
    assert found.watchdog_url.get_secret_value() == "https://hc-ping.example/5f3c"
    assert "5f3c" not in repr(found)
    assert (found.watchdog_s, found.canary_s, found.keep_days) == (60.0, 300.0, 400)
    with pytest.raises(ConfigurationError, match="watchdog_url") as refused:
        read(tmp_path, '[alerts]\nwatchdog_url = "hc-ping.example/5f3c"\n')
    assert "https://HOST/PATH" in str(refused.value)
    assert "5f3c" not in str(refused.value)
