"""Messages declared as tables of fields, from which validation follows, and writing too: what JSON and XML share of a version.

A table is data: message name to its fields in the order of the specification's XML schema. Types are those of XML Schema that
OCPP uses, texts with a length, enumerations, or the name of another table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

PLAIN: Final[dict[str, dict[str, Any]]] = {
    "string": {"type": "string"},
    "anyURI": {"type": "string"},
    "dateTime": {"type": "string"},
    "int": {"type": "integer"},
    "decimal": {"type": "number"},
    "boolean": {"type": "boolean"},
}
"""XML Schema type to the JSON Schema of its JSON form. Times are claims and are not judged here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: its type, whether it must be there, whether it repeats; `alias` is another name that drafts give it in JSON.

    In XML an `attribute` stands in the start tag, and the field whose name is `text` is the element's own text.
    """

    name: str
    type: str
    required: bool = True
    many: bool = False
    alias: str = ""
    attribute: bool = False
    text: bool = False


def one(name: str, type_: str) -> Field:
    """Return a field that stands exactly once."""
    return Field(name=name, type=type_)


def maybe(name: str, type_: str) -> Field:
    """Return a field that may be absent."""
    return Field(name=name, type=type_, required=False)


def many(name: str, type_: str) -> Field:
    """Return a field that stands any number of times."""
    return Field(name=name, type=type_, required=False, many=True)


def some(name: str, type_: str) -> Field:
    """Return a field that stands once or more often."""
    return Field(name=name, type=type_, many=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """The messages of one version.

    Attributes:
        messages: fields of each request (``XRequest``), response (``XResponse``) and of what is nested in them.
        texts: name of a text type to its most characters, ``None`` for any number.
        enums: name of an enumeration to its words.
    """

    messages: Mapping[str, tuple[Field, ...]]
    texts: Mapping[str, int | None]
    enums: Mapping[str, tuple[str, ...]]


def json_schema(version: Version, message: str) -> dict[str, Any]:
    """Return the JSON Schema of `message`: an object without other fields."""
    properties: dict[str, Any] = {}
    for field in version.messages[message]:
        inner = _type_schema(version, field.type)
        schema = {"type": "array", "items": inner} if field.many else inner
        properties[field.name] = schema
        if field.alias:
            properties[field.alias] = schema
    return {
        "type": "object",
        "properties": properties,
        "required": [field.name for field in version.messages[message] if field.required],
        "additionalProperties": False,
    }


def _type_schema(version: Version, name: str) -> dict[str, Any]:
    if name in PLAIN:
        return PLAIN[name]
    if name in version.texts:
        longest = version.texts[name]
        return {"type": "string"} if longest is None else {"type": "string", "maxLength": longest}
    if name in version.enums:
        return {"type": "string", "enum": list(version.enums[name])}
    return json_schema(version, name)
