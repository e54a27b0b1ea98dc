"""OCPP-S as a wire of the desk: answers and faults as envelopes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from monitor.decode.frames import Call
from monitor.decode.soap import Code, write_answer, write_fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.decode.soap_versions import SoapVersion


class SoapCall(Call, frozen=True):
    """A request that came in an envelope; its id is the message id, empty without one."""

    addressed: bool = False


class FaultEnvelope(bytes):
    """A fault as it is sent; `status` is that of its HTTP response (SOAP 1.2 part 2 §7.5.2.2)."""

    status: int

    def __new__(cls, code: Code, subcode: str, why: str, *, namespace: str = "", relates_to: str = "") -> Self:
        """Write the fault (`write_fault`)."""
        written = super().__new__(cls, write_fault(code, subcode, why, namespace=namespace, relates_to=relates_to))
        written.status = 400 if code is Code.SENDER else 500
        return written


class Envelopes:
    """Envelopes of one version."""

    def __init__(self, version: SoapVersion) -> None:
        """Write as `version` does."""
        self._version = version

    def result(self, call: Call, payload: Mapping[str, Any]) -> bytes:
        """Return the answer to `call`."""
        version = self._version
        name = f"{call.action[:1].lower()}{call.action[1:]}Response"
        inner = version.codec.write(f"{call.action}Response", payload)
        addressed = isinstance(call, SoapCall) and call.addressed
        return write_answer(version.from_station, name, inner, relates_to=call.id, addressed=addressed)

    def error(self, identifier: str, code: str, why: str) -> bytes:
        """Return the fault for the message `identifier`; `code` is code and subcode with a slash between."""
        outer, _, subcode = code.partition("/")
        return FaultEnvelope(Code(outer), subcode, why, namespace=self._version.from_station, relates_to=identifier)
