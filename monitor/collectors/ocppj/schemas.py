"""The JSON schemas that come with the `ocpp` package, compiled; and the name of what a payload violates.

Formats are not asserted: stations in the field write times in many ways, and a wrong time is a claim, not a broken message.
"""

from __future__ import annotations

import importlib.resources
import json
from typing import TYPE_CHECKING, Any, Final

import jsonschema_rs

from monitor.decode.dialect import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_FOLDERS: Final = {"1.6": "ocpp.v16", "2.0.1": "ocpp.v201", "2.1": "ocpp.v21"}

_FAULTS: Final = {
    "required": Fault.OCCURRENCE,
    "minItems": Fault.OCCURRENCE,
    "maxItems": Fault.OCCURRENCE,
    "type": Fault.TYPE,
    "additionalProperties": Fault.FORMATION,
}
"""JSON schema keyword to the fault of OCPP-J 1.6 table 7; every other keyword is about a value: `PROPERTY`."""

Validator = Any
"""A compiled schema of jsonschema-rs, whose classes have no common type."""


class Schemas:
    """Request schemas of one protocol version, by action."""

    def __init__(self, protocol: str, actions: Iterable[str]) -> None:
        """Compile the schemas of `actions` in `protocol` (as `Dialect.protocol` writes it)."""
        folder = importlib.resources.files(_FOLDERS[protocol]) / "schemas"
        self._validators: dict[str, Validator] = {}
        self.is_valid: dict[str, Callable[[Any], bool]] = {}
        for action in actions:
            schema = json.loads((folder / f"{action}.json").read_text("utf-8-sig"))
            validator = jsonschema_rs.validator_for(schema, validate_formats=False)
            self._validators[action] = validator
            self.is_valid[action] = validator.is_valid

    def fault(self, action: str, payload: Any) -> tuple[Fault, str]:  # noqa: ANN401  (any JSON value)
        """Return what `payload`, which is not valid, violates first, and a short description with the place of it."""
        if not isinstance(payload, dict):
            return Fault.FORMATION, "the payload is not a JSON object"
        try:
            error = next(iter(self._validators[action].iter_errors(payload)))
        except ValueError:
            return Fault.FORMATION, "nested too deeply"
        place = "/".join(str(part) for part in error.instance_path)
        return _FAULTS.get(error.kind.name, Fault.PROPERTY), f"{place or action}: {error.message}"[:255]
