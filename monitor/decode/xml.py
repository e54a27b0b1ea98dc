"""A version's messages in XML, by its table of fields: read into the payload that JSON would have, and written from it.

Reading is tolerant, for the payload is validated afterwards as any other: names count, not their namespaces; what the table does
not know is kept as a field that it does not know; a number that is none stays a text, a field that stands twice becomes a list.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from xml.etree.ElementTree import Element

    from monitor.decode.fields import Field, Version

NIL: Final = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_TRUE: Final = {"true": True, "1": True, "false": False, "0": False}
_INT: Final = re.compile(r"[+-]?[0-9]{1,12}", re.ASCII)
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]{1,12}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})", re.ASCII)
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML 1.0 document may hold (§2.2)."""


def local(tag: str) -> str:
    """Return a qualified name without its namespace."""
    return tag.rpartition("}")[2]


def text_of(element: Element) -> str:
    """Return the text of `element`, without the white space around it."""
    return (element.text or "").strip()


class Codec:
    """The messages of one version in XML."""

    def __init__(self, version: Version) -> None:
        """Prepare the messages of `version`."""
        self._version = version
        self.messages = version.messages
        self._fields = {name: {field.name: field for field in fields} for name, fields in version.messages.items()}

    def read(self, message: str, element: Element) -> dict[str, Any]:
        """Return the payload of `element`, which is a `message` of the table and holds elements only, as `soap` reads them.

        Raises:
            KeyError: the table has no such message.
        """
        fields = self._fields[message]
        payload: dict[str, Any] = {name: text for name, text in element.attrib.items() if name in fields and fields[name].attribute}
        for child in element:
            self._take(payload, fields, child)
        for field in self._version.messages[message]:
            if field.text:
                payload[field.name] = text_of(element)
        return payload

    def _take(self, payload: dict[str, Any], fields: dict[str, Field], child: Element) -> None:
        name = local(child.tag)
        field = fields.get(name)
        value = text_of(child) if field is None else self._value(field.type, child)
        if name not in payload:
            payload[name] = [value] if field is not None and field.many else value
        elif isinstance(payload[name], list):
            payload[name].append(value)
        else:
            payload[name] = [payload[name], value]

    def _value(self, type_: str, element: Element) -> Any:  # noqa: ANN401  (any JSON value)
        if element.get(NIL) in ("true", "1"):
            return None
        if type_ in self._fields:
            return self.read(type_, element)
        text = text_of(element)
        read = _READ.get(type_)
        return text if read is None else read(text)

    def write(self, message: str, payload: Mapping[str, Any]) -> str:
        """Return the fields of `payload` as elements in the order of the table; what the table does not know is left out."""
        return "".join(self._elements(self._version.messages[message], payload))

    def _elements(self, fields: Iterable[Field], payload: Mapping[str, Any]) -> Iterable[str]:
        for field in fields:
            value = payload.get(field.name)
            if value is None or field.attribute:
                continue
            if field.text:
                yield _written(value)
                continue
            for one in value if field.many else (value,):
                yield self._element(field, one)

    def _element(self, field: Field, value: Any) -> str:  # noqa: ANN401  (any JSON value)
        nested = self._version.messages.get(field.type)
        if nested is None:
            return f"<{field.name}>{_written(value)}</{field.name}>"
        attributes = "".join(
            f" {one.name}={quoteattr(str(value[one.name]))}" for one in nested if one.attribute and value.get(one.name) is not None
        )
        return f"<{field.name}{attributes}>{''.join(self._elements(nested, value))}</{field.name}>"


def _written(value: Any) -> str:  # noqa: ANN401  (any JSON value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(_NOT_XML.sub("?", str(value)))


def _int(text: str) -> int | str:
    return int(text) if _INT.fullmatch(text) else text


def _decimal(text: str) -> float | str:
    return float(text) if _DECIMAL.fullmatch(text) else text


def _boolean(text: str) -> bool | str:
    return _TRUE.get(text, text)


_READ: Final[dict[str, Callable[[str], Any]]] = {"int": _int, "decimal": _decimal, "boolean": _boolean}
