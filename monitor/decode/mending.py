"""What can be understood of a payload that its version's schema does not allow.

A monitor must see a station that bends the rules. What costs no meaning is passed over and answered as if it were right: null for
nothing, fields of a vendor's own, an unknown word in an optional field, a text for people that is too long. An unknown word in a
required field is taken too, for it may be the only news of a fault, but its sender is told the error of its version. Everything
else (a field that is missing, a wrong type, an identifier that is too long) stays refused, and nothing of it is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from monitor.core.quirks import Quirk
from monitor.decode.dialect import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MOST_MENDS: Final = 20
"""Violations mended in one payload; one that has more is refused."""

Path = tuple[str | int, ...]


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which a payload breaks its schema: a JSON Schema keyword and the place of the value in the payload.

    `names` are the unexpected fields, or the missing one; `words` those that the field may hold; `limit` its length.
    """

    keyword: str
    path: Path = ()
    names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    limit: int = 0
    message: str = ""


class Mended(msgspec.Struct, frozen=True):
    """A payload that the decode table can take, what was wrong with it, and the error that its sender is told, if any."""

    payload: dict[str, Any]
    quirks: tuple[tuple[Quirk, str], ...]
    fault: tuple[Fault, str] | None = None


FAULTS: Final = {
    "required": Fault.OCCURRENCE,
    "minItems": Fault.OCCURRENCE,
    "maxItems": Fault.OCCURRENCE,
    "type": Fault.TYPE,
    "additionalProperties": Fault.FORMATION,
}
"""JSON Schema keyword to the fault of OCPP-J 1.6 table 7; every other keyword is about a value: `PROPERTY`."""


def fault_of(action: str, violation: Violation) -> tuple[Fault, str]:
    """Return what a sender is told of `violation`: the fault, and a short description with the place of it."""
    place = "/".join(str(part) for part in violation.path)
    return FAULTS.get(violation.keyword, Fault.PROPERTY), f"{place or action}: {violation.message}"[:255]


def mend(
    action: str,
    payload: Any,  # noqa: ANN401  (any JSON value)
    loose: frozenset[str],
    violations: Callable[[Any], Iterable[Violation]],
) -> Mended | tuple[Fault, str]:
    """Return what can be taken of `payload`, or the fault for which it is refused.

    Args:
        action: the action, for the description.
        payload: any JSON value; it is not changed.
        loose: fields that hold free text.
        violations: finds what is wrong with a payload.

    Raises:
        ValueError: when `violations` does, for a payload that is nested too deeply.
    """
    quirks: list[tuple[Quirk, str]] = []
    if payload is None:
        payload = {}
        quirks.append((Quirk.NULL_VALUE, "payload"))
    if not isinstance(payload, dict):
        return Fault.FORMATION, "the payload is not a JSON object"
    mending = _Mending(_copy(payload), loose, violations, quirks)
    for _ in range(MOST_MENDS):
        violation = next(iter(violations(mending.payload)), None)
        if violation is None:
            return mending.result(action)
        if not mending.mend(violation):
            return fault_of(action, violation)
    return Fault.FORMATION, f"{action}: more than {MOST_MENDS} violations"


class _Mending:
    """A payload being mended."""

    def __init__(
        self,
        payload: dict[str, Any],
        loose: frozenset[str],
        violations: Callable[[Any], Iterable[Violation]],
        quirks: list[tuple[Quirk, str]],
    ) -> None:
        self.payload = payload
        self._loose = loose
        self._violations = violations
        self._quirks = quirks
        self._words: list[tuple[Path, str, Violation]] = []

    def mend(self, violation: Violation) -> bool:
        """Remove `violation`; return whether that was possible."""
        if violation.keyword == "additionalProperties":
            holder = _at(self.payload, violation.path)
            for name in violation.names:
                del holder[name]
            self._quirks.append((Quirk.VENDOR_FIELD, _joined(violation.path, *violation.names)))
            return True
        if not violation.path or not isinstance(violation.path[-1], str):
            return False
        name = violation.path[-1]
        holder = _at(self.payload, violation.path[:-1])
        value = holder[name]
        if violation.keyword == "type" and value is None:
            return self._without(holder, violation, Quirk.NULL_VALUE, name)
        if violation.keyword == "enum" and isinstance(value, str):
            return self._without(holder, violation, Quirk.UNKNOWN_VALUE, f"{name}={value}") or self._stand_in(holder, violation)
        if violation.keyword == "maxLength" and name in self._loose:
            holder[name] = value[: violation.limit]
            self._quirks.append((Quirk.LONG_TEXT, name))
            return True
        return False

    def _without(self, holder: dict[str, Any], violation: Violation, quirk: Quirk, detail: str) -> bool:
        """Leave the field out, unless it is required."""
        name = str(violation.path[-1])
        value = holder.pop(name)
        missing = (one for one in self._violations(self.payload) if one.keyword == "required" and name in one.names)
        if any(one.path == violation.path[:-1] for one in missing):
            holder[name] = value
            return False
        self._quirks.append((quirk, detail))
        return True

    def _stand_in(self, holder: dict[str, Any], violation: Violation) -> bool:
        """Let a known word stand for an unknown one while the rest is looked at."""
        name = str(violation.path[-1])
        self._words.append((violation.path, holder[name], violation))
        self._quirks.append((Quirk.UNKNOWN_VALUE, f"{name}={holder[name]}"))
        holder[name] = violation.words[0]
        return True

    def result(self, action: str) -> Mended:
        """Return the mended payload, with the unknown words in their places again."""
        for path, word, _ in self._words:
            _at(self.payload, path[:-1])[path[-1]] = word
        fault = fault_of(action, self._words[0][2]) if self._words else None
        return Mended(self.payload, tuple(self._quirks), fault)


def _at(payload: Any, path: Path) -> Any:  # noqa: ANN401  (any JSON value)
    for part in path:
        payload = payload[part]
    return payload


def _copy(value: Any) -> Any:  # noqa: ANN401  (any JSON value)
    if isinstance(value, dict):
        return {name: _copy(inner) for name, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value


def _joined(path: Path, *names: str) -> str:
    return "/".join((*(str(part) for part in path), ",".join(names)))
