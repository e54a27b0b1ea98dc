"""The published schema of every message, whatever the version: JSON of the `ocpp` package, for 1.5 the project's own table."""

from __future__ import annotations

import importlib.resources
import json
from functools import cache
from typing import Any, Final

import jsonschema_rs

from monitor.decode.fields import json_schema
from monitor.decode.fields_v15 import FIELDS_15
from monitor.simulator.dialect import Version

_FOLDERS: Final = {Version.V16: "ocpp.v16", Version.V201: "ocpp.v201", Version.V21: "ocpp.v21"}


@cache
def schema(version: Version, action: str, kind: str) -> dict[str, Any]:
    """Return the schema of the ``Request`` or ``Response`` of an action."""
    if version is Version.V15:
        return json_schema(FIELDS_15, f"{action}{kind}")
    name = action if version is Version.V16 and kind == "Request" else f"{action}{kind}"
    text = (importlib.resources.files(_FOLDERS[version]) / "schemas" / f"{name}.json").read_text("utf-8-sig")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def _validator(version: Version, action: str, kind: str) -> Any:
    return jsonschema_rs.validator_for(schema(version, action, kind), validate_formats=True)


def check(version: Version, action: str, kind: str, payload: Any) -> None:
    """Raise jsonschema_rs.ValidationError when `payload` is not what its version allows."""
    _validator(version, action, kind).validate(payload)
