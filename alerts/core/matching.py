"""Matchers: does a matter have the labels that a rule, a route or a silence asks for.

Written as a table of label and wanted value: ``"Brill"`` is exactly that, a list any of them, ``"~CP25.*"`` a regular expression
for the whole value, and ``!`` before it turns either round: ``"!gprs"``, ``"!~X.*"``. A label that is absent is empty.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from alerts.core.matters import LABELS, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LONGEST: Final = 200
"""Characters of one wanted value."""


class MatcherError(ValueError):
    """A matcher that cannot be; the message names what is wrong and what could be written."""


class Matcher(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One label and what it is to be: any of `values`, or not (`negated`); as regular expressions if `regex`."""

    label: str
    values: tuple[str, ...]
    regex: bool = False
    negated: bool = False

    def __str__(self) -> str:
        """Return it as it is written for the command line."""
        mark = ("!" if self.negated else "") + ("~" if self.regex else "")
        return " ".join(f"{self.label}={mark}{value}" for value in self.values)

    def fits(self, labels: Mapping[str, str]) -> bool:
        """Say whether `labels` are as wanted."""
        value = labels.get(self.label, "")
        found = any(re.fullmatch(one, value) for one in self.values) if self.regex else value in self.values
        return found is not self.negated


Matchers = tuple[Matcher, ...]


def all_fit(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Say whether every one of `matchers` fits; of none, all do."""
    return all(one.fits(labels) for one in matchers)


def read_matchers(wanted: Mapping[str, object], more: frozenset[str] = frozenset(), *, foreign: bool = False) -> Matchers:
    """Return the matchers that are written as `wanted`; `more` are labels beside those of matters.

    Of alerts of others (`foreign`, or where `wanted` asks for that kind) any label may be asked for.

    Raises:
        MatcherError: for a label that nothing has, or a value that cannot be read.
    """
    foreign = foreign or wanted.get("kind") == Kind.EXTERNAL.value
    known = LABELS | more | wanted.keys() if foreign else LABELS | more
    return tuple(_read(label, value, known) for label, value in wanted.items())


def gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, object]:
    """Return labels and what is wanted of them as `read_matchers` takes it; a label that comes again has one more value."""
    wanted: dict[str, list[str]] = {}
    for label, value in pairs:
        wanted.setdefault(label, []).append(value)
    return dict(wanted)


def _read(label: str, value: object, known: frozenset[str]) -> Matcher:
    if label not in known:
        message = f"{label}: nothing has such a label; there are {', '.join(sorted(known))}"
        raise MatcherError(message)
    given = value if isinstance(value, list) else [value]
    texts = [one for one in given if isinstance(one, str) and len(one) <= LONGEST]
    if not texts or len(texts) < len(given):
        message = f"{label}: {value!r} is no text of at most {LONGEST} characters, nor a list of some"
        raise MatcherError(message)
    marks = {_marks(one) for one in texts}
    if len(marks) > 1:
        message = f"{label}: {value!r} mixes plain values with '!' or '~': write them alike"
        raise MatcherError(message)
    (mark,) = marks
    values = tuple(one[len(mark) :] for one in texts)
    if "~" in mark:
        for one in values:
            _compile(label, one)
    return Matcher(label=label, values=values, regex="~" in mark, negated="!" in mark)


def _marks(text: str) -> str:
    return next((mark for mark in ("!~", "!", "~") if text.startswith(mark)), "")


def _compile(label: str, pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        message = f"{label}: {pattern!r} is no regular expression ({error})"
        raise MatcherError(message) from None
