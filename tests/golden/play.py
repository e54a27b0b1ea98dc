"""Plays a file of frames to a fresh session, as the listener would, and writes down what comes of each."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from monitor.collectors.ocppj.session import handle
from monitor.decode.dialects import DIALECTS
from monitor.desk.session import stored
from tests.support.desks import session

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent
BY_VERSION = {dialect.protocol: dialect for dialect in DIALECTS}


def records() -> list[Path]:
    """Return every file of frames."""
    return sorted(FOLDER.glob("*/*.ndjson"))


def expected_of(record: Path) -> Path:
    """Return where the expectations of `record` stand."""
    return record.with_suffix(".expected.json")


def frames_of(record: Path) -> list[tuple[datetime, str]]:
    """Return when each frame was received, and its text."""
    lines = [json.loads(line) for line in record.read_text("utf-8").splitlines()]
    return [(datetime.fromisoformat(line["at"]), line["text"]) for line in lines]


def played(record: Path) -> Iterator[dict[str, Any]]:
    """Yield what comes of each frame; whatever waits for its commit has it at once."""
    served = session(BY_VERSION[record.parent.name], booted=False)
    for at, text in frames_of(record):
        reply = handle(served, text, at)
        if reply.after_commit:
            stored(served, reply)
        yield {
            "frame": text if len(text) <= 200 else f"{text[:200]}…",
            "answer": None if reply.payload is None else reply.payload.decode(),
            "after_commit": reply.after_commit,
            "observations": [_written(one) for one in reply.observations],
        }


def _written(observation: Any) -> dict[str, Any]:
    """Return an observation without the fields that say nothing."""
    fields = msgspec.to_builtins(observation)
    return {name: value for name, value in fields.items() if value not in (None, "", ()) and value is not False}


def expectations(record: Path) -> str:
    """Return the text of the file of expectations."""
    return json.dumps(list(played(record)), indent=1, ensure_ascii=False) + "\n"
