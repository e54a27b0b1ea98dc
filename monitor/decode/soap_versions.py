"""OCPP-S: which version a body's namespace means, what its actions are, and how its faults are spelt (OCPP-S 1.6 §4.2).

The actions mean what they mean in JSON; only a meter value and the reply to a boot differ from version to version.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from monitor.decode import v1x
from monitor.decode.dialect import Dialect, Fault
from monitor.decode.fields_v12 import FIELDS_12
from monitor.decode.fields_v15 import FIELDS_15
from monitor.decode.fields_v16 import FIELDS_16
from monitor.decode.v15 import V15
from monitor.decode.v16 import LOOSE, V16
from monitor.decode.xml import Codec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.decode.dialect import Context, Decode, Decoded
    from monitor.decode.fields import Version

_PROTOCOL: Final = "Sender/ProtocolError"
CODES: Final[Mapping[Fault, str]] = {
    Fault.UNREADABLE: _PROTOCOL,
    Fault.MESSAGE_TYPE: _PROTOCOL,
    Fault.UNKNOWN_ACTION: "Receiver/NotSupported",
    Fault.UNSUPPORTED_ACTION: "Receiver/NotSupported",
    Fault.FORMATION: _PROTOCOL,
    Fault.PROPERTY: _PROTOCOL,
    Fault.OCCURRENCE: _PROTOCOL,
    Fault.TYPE: _PROTOCOL,
    Fault.INTERNAL: "Receiver/InternalError",
}
"""Fault to code and subcode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoapVersion:
    """One version of OCPP-S: its table, its messages in XML, the namespace of what stations send and of what is sent to them."""

    dialect: Dialect
    codec: Codec
    from_station: str
    to_station: str


def _meter(payload: dict[str, Any], context: Context) -> Decoded:
    return v1x.meter(payload, context, "meterValue", "sampledValue")


def _version(protocol: str, month: str, fields: Version, actions: Mapping[str, Decode], base: Dialect) -> SoapVersion:
    both = {name.removesuffix("Request") for name in fields.messages if name.endswith("Request")}
    dialect = Dialect(
        subprotocol="",
        protocol=protocol,
        actions=actions,
        recognised=frozenset(both - actions.keys()),
        codes=CODES,
        ignores_foreign=False,
        probe=base.probe,
        loose=LOOSE,
        fields=fields,
    )
    return SoapVersion(
        dialect=dialect, codec=Codec(fields), from_station=f"urn://Ocpp/Cs/{month}/", to_station=f"urn://Ocpp/Cp/{month}/"
    )


_SECURITY: Final = frozenset(
    {"LogStatusNotification", "SecurityEventNotification", "SignCertificate", "SignedFirmwareStatusNotification"}
)
"""Actions of the security extension, which is for JSON only."""

S12: Final = _version("1.2", "2010/08", FIELDS_12, {name: one for name, one in V15.actions.items() if name != "DataTransfer"}, V15)
S15: Final = _version("1.5", "2012/06", FIELDS_15, V15.actions, V15)
S16: Final = _version(
    "1.6",
    "2015/10",
    FIELDS_16,
    {name: one for name, one in V16.actions.items() if name not in _SECURITY} | {"MeterValues": _meter},
    V16,
)
SOAP_VERSIONS: Final = (S12, S15, S16)
