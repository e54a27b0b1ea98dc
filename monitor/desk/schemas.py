"""The schemas of one version, compiled, and what a payload that breaks them is good for.

They come with the `ocpp` package, or from our own table of fields where there are none. Formats are not asserted: stations in the
field write times in many ways, and a wrong time is a claim, not a broken message.
"""

from __future__ import annotations

import importlib.resources
import json
from typing import TYPE_CHECKING, Any, Final

import jsonschema_rs

from monitor.decode.dialect import Fault
from monitor.decode.fields import json_schema
from monitor.decode.mending import Mended, Violation, mend

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.decode.dialect import Dialect

_FILES: Final = {
    "1.6": ("ocpp.v16", "{}.json"),
    "2.0.1": ("ocpp.v201", "{}Request.json"),
    "2.1": ("ocpp.v21", "{}Request.json"),
}
"""Version to the package with its request schemas, and how their files are named."""

Validator = Any
"""A compiled schema of jsonschema-rs, whose classes have no common type."""


class Schemas:
    """Request schemas of one dialect, by action."""

    def __init__(self, dialect: Dialect) -> None:
        """Compile the schema of every action of `dialect`."""
        self._loose = dialect.loose
        self._validators: dict[str, Validator] = {}
        self.is_valid: dict[str, Callable[[Any], bool]] = {}
        for action in dialect.actions:
            validator = jsonschema_rs.validator_for(_schema(dialect, action), validate_formats=False)
            self._validators[action] = validator
            self.is_valid[action] = validator.is_valid

    def mend(self, action: str, payload: Any) -> Mended | tuple[Fault, str]:  # noqa: ANN401  (any JSON value)
        """Return what can be taken of `payload`, which is not valid, or the fault for which it is refused."""
        validator = self._validators[action]
        try:
            return mend(action, payload, self._loose, lambda value: map(_violation, validator.iter_errors(value)))
        except (ValueError, RecursionError):
            return Fault.FORMATION, "nested too deeply"


def _schema(dialect: Dialect, action: str) -> Any:  # noqa: ANN401  (a JSON document)
    if dialect.fields is not None:
        return json_schema(dialect.fields, f"{action}Request")
    package, name = _FILES[dialect.protocol]
    return json.loads((importlib.resources.files(package) / "schemas" / name.format(action)).read_text("utf-8-sig"))


def _violation(error: Any) -> Violation:  # noqa: ANN401  (jsonschema-rs has no public type for it)
    kind = error.kind
    names = getattr(kind, "unexpected", None) or ((kind.property,) if kind.name == "required" else ())
    return Violation(
        keyword=kind.name,
        path=tuple(error.instance_path),
        names=tuple(names),
        words=tuple(kind.options) if kind.name == "enum" else (),
        limit=kind.limit if kind.name == "maxLength" else 0,
        message=error.message,
    )
