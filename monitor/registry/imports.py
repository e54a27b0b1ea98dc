"""Reading a station import: a CSV file into rows, with every bad line and its reason. Nothing is written here."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from monitor.core.registry import Bearer
from monitor.registry.columns import COLUMNS, REQUIRED, Row, read_row

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BYTES: Final = 64 * 1024 * 1024
"""Largest import file read."""
ASSUMED_BEARER: Final = Bearer.GPRS.value
"""Bearer of new stations from files that name none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """A row that cannot stand beside another: its line and why."""

    line: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What an import does to one station: each column with its value before and after; secrets are only named."""

    sticker: str
    added: bool
    columns: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did, or would do, counts of stations; `changes` has each that was added or updated."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    clashes: tuple[Clash, ...] = ()
    changes: tuple[Changed, ...] = ()

    @property
    def read(self) -> int:
        """How many stations were read, those that clashed left out."""
        return self.added + self.updated + self.unchanged


class UnreadableImportError(Exception):
    """The file as a whole cannot be read; the message is one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The good rows of a file and what is wrong with the others; `unit` is what their numbers count."""

    rows: tuple[Row, ...]
    bad: tuple[Clash, ...]
    unit: str = "line"


def read_csv(data: bytes) -> Sheet:
    """Read `data` as the contract's CSV: UTF-8 (a byte order mark is passed over), a header, comma or semicolon.

    Raises:
        UnreadableImportError: when it is not text, has no header, or a column that is not known.
    """
    if len(data) > MAX_BYTES:
        message = f"the file has {len(data)} bytes, at most {MAX_BYTES} are read"
        raise UnreadableImportError(message)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"not UTF-8 text (byte {error.start}): save the file as CSV UTF-8"
        raise UnreadableImportError(message) from None
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",", strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        _check_header(header)
        return _rows(reader, header)
    except csv.Error as error:
        message = f"line {reader.line_num}: broken CSV: {error}"
        raise UnreadableImportError(message) from None


def given(texts: Mapping[str, str], bearer: str | None) -> Mapping[str, str]:
    """Return the row of a file that has no columns: what it does not say is left alone, and `bearer` is said for all of it."""
    said = {name: text for name, text in texts.items() if text}
    return said if bearer is None else {**said, "bearer": bearer}


def _check_header(header: list[str]) -> None:
    unknown = [name for name in header if name not in COLUMNS]
    missing = [name for name in REQUIRED if name not in header]
    twice = sorted({name for name in header if header.count(name) > 1})
    if not any(header):
        message = f"no header: the first line names the columns, at least {', '.join(REQUIRED)}"
    elif unknown:
        message = f"column {unknown[0]!r} is not known; known are {', '.join(COLUMNS)}"
    elif missing:
        message = f"column {missing[0]!r} is missing in the header"
    elif twice:
        message = f"column {twice[0]!r} stands twice in the header"
    else:
        return
    raise UnreadableImportError(message)


def _rows(reader: csv._reader, header: list[str]) -> Sheet:  # type: ignore[name-defined]  # typeshed's private name
    rows: list[Row] = []
    bad: list[Clash] = []
    for fields in reader:
        if not any(field.strip() for field in fields):
            continue
        line = reader.line_num
        if len(fields) != len(header):
            bad.append(Clash(line=line, why=f"has {len(fields)} fields, the header has {len(header)}"))
            continue
        row, wrong = read_row(line, dict(zip(header, fields, strict=True)))
        if row is None:
            bad.append(Clash(line=line, why="; ".join(wrong)))
        else:
            rows.append(row)
    return Sheet(rows=tuple(rows), bad=tuple(bad))
