"""OCPP-S as a wire of the desk: answers and faults as envelopes.

People read a SOAP station's messages in the form that JSON would have: an envelope is mostly headers, and what must be blotted out
is known by its key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monitor.decode.frames import Call, write_error, write_result
from monitor.decode.soap import Code, write_answer, write_fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.decode.soap_versions import SoapVersion


class SoapCall(Call, frozen=True):
    """A request that came in an envelope; its id is the message id, empty without one."""

    addressed: bool = False


class Written(bytes):
    """An envelope as it is sent; `status` is that of its HTTP response, `shown` what people read of it."""

    shown: bytes
    status: int


def answer(envelope: bytes, shown: bytes, status: int = 200) -> Written:
    """Return `envelope` with what is said of it."""
    written = Written(envelope)
    written.shown, written.status = shown, status
    return written


def fault(code: Code, subcode: str, why: str, *, namespace: str = "", relates_to: str = "") -> Written:
    """Return a fault (`write_fault`); its status is that of SOAP 1.2 part 2 §7.5.2.2."""
    envelope = write_fault(code, subcode, why, namespace=namespace, relates_to=relates_to)
    return answer(envelope, write_error(relates_to, subcode or code, why), 400 if code is Code.SENDER else 500)


class Envelopes:
    """Envelopes of one version."""

    def __init__(self, version: SoapVersion) -> None:
        """Write as `version` does."""
        self._version = version

    def result(self, call: Call, payload: Mapping[str, Any]) -> Written:
        """Return the answer to `call`."""
        version = self._version
        name = f"{call.action[:1].lower()}{call.action[1:]}Response"
        inner = version.codec.write(f"{call.action}Response", payload)
        addressed = isinstance(call, SoapCall) and call.addressed
        envelope = write_answer(version.from_station, name, inner, relates_to=call.id, addressed=addressed)
        return answer(envelope, write_result(call.id, payload))

    def error(self, identifier: str, code: str, why: str) -> Written:
        """Return the fault for the message `identifier`; `code` is code and subcode with a slash between."""
        outer, _, subcode = code.partition("/")
        return fault(Code(outer), subcode, why, namespace=self._version.from_station, relates_to=identifier)
