"""Plays a file of frames to a fresh session, as the listener would, and writes down what comes of each."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from monitor.collectors.ocppj.session import handle
from monitor.collectors.ocpps.listener import read_call
from monitor.core.ids import StationId
from monitor.decode.dialects import DIALECTS
from monitor.decode.soap import read_envelope
from monitor.decode.soap_versions import SOAP_VERSIONS
from monitor.desk.session import Session, stored, take
from monitor.runtime.intake import Slot
from monitor.runtime.trace import Trace
from tests.support.desks import session, soap_desk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.desk.session import Reply

FOLDER = Path(__file__).parent
BY_VERSION = {dialect.protocol: dialect for dialect in DIALECTS}
SOAP_BY_VERSION = {version.dialect.protocol: version for version in SOAP_VERSIONS}


def records() -> list[Path]:
    """Return every file of frames."""
    return sorted(FOLDER.glob("*/*.ndjson"))


def soap_records() -> list[Path]:
    """Return every file of envelopes."""
    return sorted(FOLDER.glob("soap/*/*.ndjson"))


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
        yield _outcome(text, reply)


def soap_played(record: Path) -> Iterator[dict[str, Any]]:
    """Yield what comes of each envelope, as `played` does."""
    spoken = soap_desk(SOAP_BY_VERSION[record.parent.name])
    served = Session(spoken.desk, StationId(1), Slot(), Trace(), heartbeat_s=300, epoch=0)
    for at, text in frames_of(record):
        reply = take(served, read_call(spoken, read_envelope(text.encode())), text, at)
        if reply.after_commit:
            stored(served, reply)
        yield _outcome(text, reply)


def _outcome(text: str, reply: Reply) -> dict[str, Any]:
    return {
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
    play = soap_played if record in soap_records() else played
    return json.dumps(list(play(record)), indent=1, ensure_ascii=False) + "\n"
