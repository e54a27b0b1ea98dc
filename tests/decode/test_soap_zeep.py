"""Our tables in XML against zeep driven by the official service descriptions: every operation, both directions, both ways."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

import pytest

from monitor.decode.soap import read_envelope, write_answer, write_request
from monitor.decode.soap_versions import SOAP_VERSIONS, SoapVersion
from monitor.decode.xml import local

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.decode.fields import Field

WSDL: Final = Path(__file__).parents[3] / "shared" / "ocpp" / "wsdl"
SERVICES: Final = ("centralsystemservice", "chargepointservice")

pytestmark = pytest.mark.skipif(not WSDL.exists(), reason="the service descriptions are not beside this checkout")


def operations() -> list[Any]:
    if not WSDL.exists():
        return []
    truth = json.loads((WSDL / "messages.json").read_text())
    return [
        pytest.param(version, service, action, id=f"{version.dialect.protocol}-{service[:7]}-{action}")
        for version in SOAP_VERSIONS
        for service in SERVICES
        for action in truth[f"ocpp{version.dialect.protocol.replace('.', '')}_{service}"]["operations"]
    ]


@pytest.fixture(scope="module")
def bindings() -> Mapping[str, Any]:
    # Test dependencies that are slow to import, and only partly typed.
    settings, transports, wsdl = (importlib.import_module(f"zeep.{name}") for name in ("settings", "transports", "wsdl"))
    strict = settings.Settings(forbid_dtd=True, forbid_entities=True, forbid_external=True)
    found = {}
    for path in sorted(WSDL.glob("*.wsdl")):
        document = wsdl.Document(str(path), transports.Transport(), settings=strict)
        (found[path.stem],) = document.bindings.values()
    return found


def filled(version: SoapVersion, message: str, *, richest: bool) -> dict[str, Any]:
    """Return a payload of `message`, with everything that may be there or with only what must."""
    table = version.dialect.fields
    assert table is not None
    payload: dict[str, Any] = {}
    for field in table.messages[message]:
        if not (field.required or richest):
            continue
        one = value(version, field, richest=richest)
        payload[field.name] = [one, one] if field.many else one
    return payload


def value(version: SoapVersion, field: Field, *, richest: bool) -> Any:
    table = version.dialect.fields
    assert table is not None
    if field.type in table.messages:
        return filled(version, field.type, richest=richest)
    if field.type in table.enums:
        return table.enums[field.type][-1]
    plain = {"int": 7, "boolean": True, "decimal": 21.4, "dateTime": "2026-05-04T06:00:00.250000+00:00", "anyURI": "ftp://x/y"}
    return plain.get(field.type, "é<&>\"' x")


def plainly(said: Any) -> Any:
    """Return what zeep read as plain values, without what is absent."""
    return _plain(importlib.import_module("zeep.helpers").serialize_object(said, dict))


def _plain(said: Any) -> Any:
    if isinstance(said, dict):
        kept = {("value" if name == "_value_1" else name): _plain(one) for name, one in said.items()}
        return {name: one for name, one in kept.items() if one is not None and one != []}
    if isinstance(said, list):
        return [_plain(one) for one in said]
    if hasattr(said, "isoformat"):
        return said.isoformat(timespec="microseconds")
    return float(said) if type(said).__name__ == "Decimal" else said


def as_zeep(version: SoapVersion, message: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Return `payload` as zeep wants it: the text of an element with attributes is its ``_value_1``."""
    table = version.dialect.fields
    assert table is not None
    found = {}
    for field in table.messages[message]:
        if field.name in payload:
            nested = field.type in table.messages
            ones = payload[field.name] if field.many else [payload[field.name]]
            given = [as_zeep(version, field.type, one) for one in ones] if nested else ones
            found["_value_1" if field.text else field.name] = given if field.many else given[0]
    return found


@pytest.mark.parametrize("richest", [True, False], ids=["richest", "barest"])
@pytest.mark.parametrize(("version", "service", "action"), operations())
def test_what_zeep_writes_we_read_and_what_we_write_zeep_reads(
    bindings: Mapping[str, Any], version: SoapVersion, service: str, action: str, *, richest: bool
) -> None:
    from lxml import etree  # noqa: PLC0415

    operation = bindings[f"ocpp{version.dialect.protocol.replace('.', '')}_{service}"].get(action)
    namespace = version.from_station if service == SERVICES[0] else version.to_station
    for kind, side in (("Request", operation.input), ("Response", operation.output)):
        message = f"{action}{kind}"
        payload = filled(version, message, richest=richest)
        headers = {"_soapheaders": {"ChargeBoxIdentity": "CP1"}} if kind == "Request" else {}
        theirs = side.serialize(**as_zeep(version, message, payload), **headers)
        written = theirs.content if hasattr(theirs, "content") else theirs
        read = read_envelope(etree.tostring(written))
        assert (read.namespace, read.name) == (namespace, f"{action[:1].lower()}{action[1:]}{kind}")
        assert read.identities == (("CP1",) if kind == "Request" else ())
        assert version.codec.read(message, read.body) == payload

        inner = version.codec.write(message, payload)
        if kind == "Request":
            ours = write_request(namespace, read.name, inner, identity="CP1", to="http://x/", sender="http://y/", message_id="1")
        else:
            ours = write_answer(namespace, read.name, inner, relates_to="1")
        got = plainly(side.deserialize(etree.fromstring(ours)))
        if isinstance(got, dict) and "header" in got:
            got = got.get("body")
        assert got == payload or got == only(payload) or (not payload and not got), (got, payload)


def only(payload: dict[str, Any]) -> Any:
    """Zeep unwraps a message with a single field."""
    return next(iter(payload.values())) if len(payload) == 1 else payload


@pytest.mark.parametrize(("version", "service", "action"), operations())
def test_what_we_write_is_valid_by_the_schema_of_the_service_description(version: SoapVersion, service: str, action: str) -> None:
    from lxml import etree  # noqa: PLC0415

    stem = f"ocpp{version.dialect.protocol.replace('.', '')}_{service}"
    (schema,) = etree.parse(str(WSDL / f"{stem}.wsdl")).iter("{http://www.w3.org/2001/XMLSchema}schema")
    valid = etree.XMLSchema(etree.fromstring(etree.tostring(schema)))
    namespace = version.from_station if service == SERVICES[0] else version.to_station
    for kind in ("Request", "Response"):
        for richest in (True, False):
            name = f"{action[:1].lower()}{action[1:]}{kind}"
            payload = filled(version, f"{action}{kind}", richest=richest)
            payload = json.loads(json.dumps(payload).replace("\\u00e9<&>\\\"' x", "x" * 20))
            element = etree.fromstring(f'<{name} xmlns="{namespace}">{version.codec.write(f"{action}{kind}", payload)}</{name}>')
            assert valid.validate(element), (payload, valid.error_log)


def test_names_count_and_not_their_namespaces() -> None:
    version = SOAP_VERSIONS[1]
    element = ET.fromstring(  # noqa: S314  (our own text)
        "<heartbeatResponse xmlns='urn:other'><currentTime>x</currentTime></heartbeatResponse>"
    )
    assert local(element.tag) == "heartbeatResponse"
    assert version.codec.read("HeartbeatResponse", element) == {"currentTime": "x"}
