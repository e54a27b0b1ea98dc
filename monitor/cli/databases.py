"""The database from the command line: brought to this program's schema, or checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.cli.inputs import CommandError
from monitor.storage import schema
from monitor.storage.servers import open_engine

if TYPE_CHECKING:
    from collections.abc import Sequence


def db(url: str, packages: Sequence[str], action: str) -> list[str]:
    """Upgrade the database at `url`, or check that it fits the migrations of `packages`.

    Raises:
        CommandError: when it does not fit; the message says what to do.
    """
    engine = open_engine(url)
    try:
        if action == "upgrade":
            return schema.upgrade(engine, list(packages)) or ["the database is up to date"]
        wrong = schema.check(engine, list(packages))
        if wrong:
            raise CommandError("; ".join(wrong) + ": run 'bornewatch db upgrade'")
        return ["the database fits this program"]
    finally:
        engine.dispose()
