"""Valid payloads made of a JSON schema: the smallest and the richest one that it allows."""

from __future__ import annotations

from typing import Any

NOW = "2026-05-04T06:00:00.000Z"


def example(schema: dict[str, Any], *, rich: bool, root: dict[str, Any] | None = None) -> Any:
    """Return a value that `schema` allows: with every optional field when `rich`, else with none."""
    root = root if root is not None else schema
    while "$ref" in schema:
        schema = root["definitions"][schema["$ref"].rsplit("/", 1)[1]]
    if "enum" in schema:
        return schema["enum"][-1 if rich else 0]
    kind = schema.get("type")
    if kind == "object":
        names = schema.get("properties", {}) if rich else schema.get("required", ())
        return {
            name: example(schema["properties"][name], rich=rich, root=root) for name in names if name != "customData" or not rich
        }
    if kind == "array":
        many = schema.get("maxItems", 2) if rich else schema.get("minItems", 0)
        return [example(schema["items"], rich=rich, root=root) for _ in range(min(many, 3))]
    if kind == "string":
        return NOW if schema.get("format") == "date-time" else "x" * min(schema.get("maxLength", 8), 30 if rich else 1)
    if kind in ("integer", "number"):
        number = max(schema.get("minimum", 1), 1) if "maximum" not in schema else schema["maximum"]
        return int(number) if kind == "integer" else number
    return True if kind == "boolean" else {}
