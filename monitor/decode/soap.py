"""The SOAP 1.2 envelope of OCPP-S: read as a claim, written by hand (OCPP-S 1.6 §3, §4; SOAP 1.2 part 1 §5; WS-Addressing 1.0).

Reading refuses what no station needs: a DOCTYPE and with it every entity, depth, headers that must be understood and are not.
Addressing is optional. Which version is spoken the namespace of the body's child says.
"""

from __future__ import annotations

from contextlib import suppress
from enum import StrEnum
from typing import Final
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser
from xml.sax.saxutils import escape, quoteattr

import msgspec

from monitor.decode.xml import local, text_of

ENVELOPE: Final = "http://www.w3.org/2003/05/soap-envelope"
SOAP_1_1: Final = "http://schemas.xmlsoap.org/soap/envelope/"
ADDRESSING: Final = "http://www.w3.org/2005/08/addressing"
_ADDRESSINGS: Final = frozenset({ADDRESSING, "http://schemas.xmlsoap.org/ws/2004/08/addressing"})
_ANONYMOUS: Final = f"{ADDRESSING}/anonymous"
IDENTITY: Final = "chargeboxidentity"
"""Local name of the header with the station's identity, in lower case: stations spell it as they like (OCPP-S 1.6 §3.4)."""
DEEPEST: Final = 24
"""Elements within each other in an envelope."""
LONGEST: Final = 512
"""Characters kept of an identity or a message id."""
_HERE: Final = frozenset({"", f"{ENVELOPE}/role/next", f"{ENVELOPE}/role/ultimateReceiver"})
_TRUE: Final = frozenset({"true", "1"})


class Code(StrEnum):
    """The fault codes of SOAP 1.2 §5.4.6 that are said here."""

    SENDER = "Sender"
    RECEIVER = "Receiver"
    MUST_UNDERSTAND = "MustUnderstand"
    VERSION_MISMATCH = "VersionMismatch"


class BadEnvelopeError(Exception):
    """Not an envelope that can be answered in its version; `code` and `subcode` are those of the fault to say."""

    def __init__(self, why: str, code: Code = Code.SENDER, subcode: str = "ProtocolError", message_id: str = "") -> None:
        """Say `why` in a few words."""
        super().__init__(why)
        self.code = code
        self.subcode = subcode
        self.message_id = message_id


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """One message as it came: everything in it is a claim.

    `namespace` and `name` are of the body's child `body`; `identities` what the headers say the station is; `message_id` is empty
    without one; `addressed` says that there was any addressing header; `sender` is the address in `From`, empty where there is none
    or the anonymous one, `relates_to` the message that is answered.
    """

    namespace: str
    name: str
    body: Element
    identities: tuple[str, ...] = ()
    message_id: str = ""
    addressed: bool = False
    sender: str = ""
    relates_to: str = ""


class _Tree(TreeBuilder):
    """Builds a tree that is not too deep, of a document without a DOCTYPE."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def start(self, tag: str, attrs: dict[str, str]) -> Element:
        self._depth += 1
        if self._depth > DEEPEST:
            message = f"elements are nested deeper than {DEEPEST}"
            raise BadEnvelopeError(message)
        return super().start(tag, attrs)

    def end(self, tag: str) -> Element:
        self._depth -= 1
        return super().end(tag)

    def doctype(self, _name: str, _pubid: str | None, _system: str | None) -> None:
        """Refuse it: no station needs one, and every trick with entities does."""
        message = "a DOCTYPE is not allowed"
        raise BadEnvelopeError(message)


def read_envelope(data: bytes) -> Envelope:
    """Read a message.

    Raises:
        BadEnvelopeError: it is none, or must be refused before its version is known.
    """
    root = _parsed(data)
    if root.tag == f"{{{SOAP_1_1}}}Envelope":
        message = "this is SOAP 1.1, OCPP-S is SOAP 1.2"
        raise BadEnvelopeError(message, Code.VERSION_MISMATCH, "")
    if root.tag != f"{{{ENVELOPE}}}Envelope":
        message = "this is not a SOAP envelope"
        raise BadEnvelopeError(message, Code.VERSION_MISMATCH, "")
    headers = [block for header in root.findall(f"{{{ENVELOPE}}}Header") for block in header]
    told = _Headers(headers)
    bodies = root.findall(f"{{{ENVELOPE}}}Body")
    if len(bodies) != 1 or len(bodies[0]) != 1:
        message = "the body holds one message"
        raise BadEnvelopeError(message, message_id=told.message_id)
    body = bodies[0][0]
    namespace, name = _qualified(body)
    told.check()
    return Envelope(
        namespace=namespace,
        name=name,
        body=body,
        identities=tuple(told.identities),
        message_id=told.message_id,
        addressed=told.addressed,
        sender=told.sender,
        relates_to=told.relates_to,
    )


def _qualified(element: Element) -> tuple[str, str]:
    """Return namespace and local name of `element`."""
    namespace, _, name = element.tag.rpartition("}")
    return namespace[1:], name


def _parsed(data: bytes) -> Element:
    if data.isascii() and data.count(b"<") <= 2 * DEEPEST and b"<!" not in data:
        with suppress(ParseError, ValueError, LookupError):
            return _root(data, XMLParser())  # noqa: S314  (it is too short to be deep, and has no DOCTYPE)
    try:
        return _root(data, XMLParser(target=_Tree()))  # noqa: S314  (a DOCTYPE is refused above, depth and size are bounded)
    except (ParseError, ValueError, LookupError) as error:
        message = f"not well-formed XML: {str(error)[:80]}"
        raise BadEnvelopeError(message) from None


def _root(data: bytes, parser: XMLParser[Element]) -> Element:
    parser.feed(data)
    return parser.close()


class _Headers:
    """What header blocks say, and whether one must be understood that is not."""

    def __init__(self, blocks: list[Element]) -> None:
        self.identities: list[str] = []
        self.message_id = ""
        self.addressed = False
        self.sender = ""
        self.relates_to = ""
        self._strange = ""
        for block in blocks:
            self._take(block)

    def _take(self, block: Element) -> None:
        namespace, name = _qualified(block)
        if name.lower() == IDENTITY:
            self.identities.append(text_of(block)[:LONGEST])
        elif namespace in _ADDRESSINGS:
            self.addressed = True
            match name:
                case "MessageID":
                    self.message_id = text_of(block)[:LONGEST]
                case "RelatesTo":
                    self.relates_to = text_of(block)[:LONGEST]
                case "From":
                    self.sender = _address(block)
        elif _must(block) and not self._strange:
            self._strange = name[:50]

    def check(self) -> None:
        if self._strange:
            message = f"the header {self._strange} is not understood"
            raise BadEnvelopeError(message, Code.MUST_UNDERSTAND, "", self.message_id)


def _address(block: Element) -> str:
    """Return the address of an endpoint reference; one that nobody can listen at is none (WS-Addressing 1.0 §2.1)."""
    told = next((text_of(one)[: LONGEST + 1] for one in block if local(one.tag) == "Address"), "")
    listens = told.lower().startswith(("http://", "https://")) and not told.startswith(tuple(_ADDRESSINGS))
    return told if listens and len(told) <= LONGEST else ""


def fault_of(envelope: Envelope) -> tuple[str, str] | None:
    """Return code and reason of a fault, ``None`` for another message; the code is that of OCPP with SOAP's own before it."""
    if (envelope.namespace, envelope.name) != (ENVELOPE, "Fault"):
        return None
    values = [local_name(text_of(value)) for value in envelope.body.iter(f"{{{ENVELOPE}}}Value")]
    reason = next((text_of(text) for text in envelope.body.iter(f"{{{ENVELOPE}}}Text")), "")
    return "/".join(values)[:64], reason[:255]


def local_name(qualified: str) -> str:
    """Return a qualified name as it stands in a text, without its prefix."""
    return qualified.rpartition(":")[2]


def _must(block: Element) -> bool:
    """Say whether `block` is for us and must be understood (SOAP 1.2 part 1 §5.2.2, §5.2.3)."""
    role = block.get(f"{{{ENVELOPE}}}role", "")
    return block.get(f"{{{ENVELOPE}}}mustUnderstand", "").strip() in _TRUE and role in _HERE


# ---------------------------------------------------------------------------------------------------------- writing


def write_answer(namespace: str, name: str, inner: str, *, relates_to: str = "", addressed: bool = True) -> bytes:
    """Return the envelope of an answer: the element `name` of `namespace` around `inner`."""
    headers = _addressing(f"/{name[:1].upper()}{name[1:]}", relates_to) if addressed else ""
    return _envelope(headers, f'<{name} xmlns="{namespace}">{inner}</{name}>')


def write_request(  # noqa: PLR0913  (one argument a header)
    namespace: str, name: str, inner: str, *, identity: str, to: str, sender: str, message_id: str
) -> bytes:
    """Return the envelope of a request of ours to a station that listens at `to` (OCPP-S 1.6 §3.4)."""
    action = f"/{name[:1].upper()}{name[1:].removesuffix('Request')}"
    headers = (
        f'<o:chargeBoxIdentity xmlns:o="{namespace}" e:mustUnderstand="true">{escape(identity)}</o:chargeBoxIdentity>'
        f'<a:Action e:mustUnderstand="true">{escape(action)}</a:Action><a:MessageID>{escape(message_id)}</a:MessageID>'
        f"<a:From><a:Address>{escape(sender)}</a:Address></a:From>"
        f"<a:ReplyTo><a:Address>{_ANONYMOUS}</a:Address></a:ReplyTo>"
        f'<a:To e:mustUnderstand="true">{escape(to)}</a:To>'
    )
    return _envelope(headers, f'<{name} xmlns="{namespace}">{inner}</{name}>')


def write_fault(code: Code, subcode: str, why: str, *, namespace: str = "", relates_to: str = "") -> bytes:
    """Return the envelope of a fault; `subcode` is one of OCPP-S 1.6 §4.2 in the version's `namespace`, empty for none."""
    inner = ""
    if subcode:
        name = f"o:{subcode}" if namespace else subcode
        prefix = f" xmlns:o={quoteattr(namespace)}" if namespace else ""
        inner = f"<e:Subcode><e:Value{prefix}>{name}</e:Value></e:Subcode>"
    body = (
        f"<e:Fault><e:Code><e:Value>e:{code.value}</e:Value>{inner}</e:Code>"
        f'<e:Reason><e:Text xml:lang="en">{escape(why)}</e:Text></e:Reason></e:Fault>'
    )
    return _envelope(_addressing(f"{ADDRESSING}/fault", relates_to) if relates_to else "", body)


def _addressing(action: str, relates_to: str) -> str:
    related = f"<a:RelatesTo>{escape(relates_to)}</a:RelatesTo>" if relates_to else ""
    return f"<a:Action>{escape(action)}</a:Action>{related}<a:To>{_ANONYMOUS}</a:To>"


def _envelope(headers: str, body: str) -> bytes:
    addressing = f' xmlns:a="{ADDRESSING}"' if headers else ""
    head = f"<e:Header>{headers}</e:Header>" if headers else ""
    start = f'<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="{ENVELOPE}"{addressing}>'
    return f"{start}{head}<e:Body>{body}</e:Body></e:Envelope>".encode()
