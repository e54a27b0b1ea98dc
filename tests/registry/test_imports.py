"""Reading a station import: what is taken, and what is refused with its line and reason."""

from __future__ import annotations

import pytest

from monitor.registry import imports as imports_module
from monitor.registry.columns import COLUMNS, new_station
from monitor.registry.credentials import MalformedKeyError, hash_key, matches, read_password
from monitor.registry.imports import UnreadableImportError, read_csv
from monitor.storage.tables import StationRow


def reasons(text: str) -> list[str]:
    return [f"{clash.line}: {clash.why}" for clash in read_csv(text.encode()).bad]


def test_the_columns_are_those_of_the_contract() -> None:
    promised = (
        "sticker, identity, state, bearer, protocol, site, region, address, lat, lon, owner, owner_phone, owner_email, "
        "owner_language, maintainer, maintainer_phone, maintainer_email, grid_operator, apn, sim_iccid, sim_imsi, sim_msisdn, "
        "sim_operator, cell, feeder, probe_host, allowed_networks, vendor, model, serial, connectors, security_profile, password, "
        "heartbeat_s, tap"
    )
    assert set(COLUMNS) == {*promised.split(", "), "provisional", "former_sticker"}
    stored = set(StationRow.model_fields) - {"id", "updated_at", "key_hash"} | {"password"}
    assert stored == set(COLUMNS)


def test_sticker_and_bearer_are_enough() -> None:
    (row,) = read_csv(b"bearer,sticker\nGPRS, CP2500 \n").rows
    assert new_station(row) == {
        "sticker": "CP2500",
        "bearer": "gprs",
        "identity": "CP2500",
        "state": "watched",
        "security_profile": 0,
    }


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffsticker,bearer\nCP1,gprs\n",
        "Sticker ; Bearer\r\nCP1;gprs\r\n\r\n",
        'sticker,bearer,address\nCP1,gprs,"a\nb"\n'.replace("\n", "\n", 1).replace('"a\nb"', '"a b"'),
        "sticker,bearer\n\n,\nCP1,gprs",
    ],
)
def test_files_as_people_save_them(text: str) -> None:
    sheet = read_csv(text.encode())
    assert (len(sheet.rows), sheet.bad) == (1, ())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("CP1,satellite,,,,,,,,", "bearer 'satellite': use one of gprs, lan, wifi"),
        (",gprs,,,,,,,,", "sticker: is required"),
        ("CP1,,,,,,,,,", "bearer: is required"),
        ("<b>,gprs,,,,,,,,", "sticker '<b>': use 1 to 32 letters"),
        ("CP1,gprs,a b,,,,,,,", "identity 'a b': use 1 to 48 printable"),
        ("CP 1,gprs,,,,,,,,", "identity: is required, for the sticker 'CP 1' cannot be one"),
        ("CP1,gprs,,91,6,,,,,", "lat '91': use a number from -90 to 90"),
        ("CP1,gprs,,nan,6,,,,,", "lat 'nan': use a number from -90 to 90"),
        ("CP1,gprs,,49,,,,,,", "lat, lon: give both or neither"),
        ("CP1,gprs,,,,-1,,,,", "connectors '-1': use a whole number from 0 to 64"),
        ("CP1,gprs,,,,,4,,,", "security_profile '4': use a whole number from 0 to 3"),
        ("CP1,gprs,,,,,1,hex:zz,,", "password: after 'hex:' an even number of hexadecimal digits"),
        ("CP1,gprs,a:b,,,,1,x,,", "identity 'a:b': a ':' cannot work with a password"),
        ("CP1,gprs,,,,,,,10.0.0.0/33,", "allowed_networks '10.0.0.0/33'"),
        ("CP1,gprs,,,,,,,,maybe", "tap 'maybe': use true or false"),
        ("CP1,gprs,,,,,,,", "has 9 fields, the header has 10"),
    ],
)
def test_a_bad_row_has_its_line_and_reason(line: str, reason: str) -> None:
    header = "sticker,bearer,identity,lat,lon,connectors,security_profile,password,allowed_networks,tap"
    (said,) = reasons(f"{header}\nOK1,gprs,,,,,,,,\n{line}\n")
    assert said.startswith(f"3: {reason}"), said


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("site", "x" * 201),
        ("site", "a\x00b"),
        ("site", "a\u202eb"),
        ("owner_phone", "call me"),
        ("owner_email", "nobody"),
        ("owner_language", "xx"),
        ("sim_iccid", "89-352"),
        ("protocol", "3.0"),
        ("heartbeat_s", "0"),
        ("state", "dreaming"),
        ("lon", "abc"),
        ("password", "x" * 129),
    ],
)
def test_every_column_has_its_rule(column: str, value: str) -> None:
    (said,) = reasons(f"sticker,bearer,{column}\nCP1,gprs,{value}\n")
    assert said.startswith(f"2: {column}")


def test_a_row_may_have_more_than_one_fault() -> None:
    (said,) = reasons("sticker,bearer,connectors\n,radio,x\n")
    assert said.count(";") == 2


@pytest.mark.parametrize("protocol", ["1.6", "ocpp1.6", "OCPP1.6J", "1.5S", "2.0.1", ""])
def test_protocols_as_people_write_them(protocol: str) -> None:
    sheet = read_csv(f"sticker,bearer,protocol\nCP1,gprs,{protocol}\n".encode())
    assert sheet.bad == ()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no header"),
        (b"\n\n", "no header"),
        (b"sticker,bearer,colour\n", "column 'colour' is not known"),
        (b"sticker\nCP1\n", "column 'bearer' is missing"),
        (b"sticker,bearer,sticker\n", "column 'sticker' stands twice"),
        (b"\xff\xfe\x00", "not UTF-8 text"),
        (b'sticker,bearer\n"CP1,gprs\n', "broken CSV"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableImportError, match=reason):
        read_csv(data)


def test_a_file_has_an_end() -> None:
    with pytest.raises(UnreadableImportError, match="at most"):
        read_csv(b"x" * (imports_module.MAX_BYTES + 1))


def test_passwords_are_text_or_hex_and_compared_as_bytes() -> None:
    assert read_password("secret") == b"secret"
    assert read_password("hex:00FF3a") == b"\x00\xff:"
    for bad in ("", "hex:", "hex:0", "x" * 129):
        with pytest.raises(MalformedKeyError):
            read_password(bad)
    stored = hash_key(b"p" * 32, b"secret")
    assert matches(b"p" * 32, b"secret", stored)
    assert not matches(b"q" * 32, b"secret", stored)
    assert not matches(b"p" * 32, b"Secret", stored)
    assert not matches(b"p" * 32, b"", None)
