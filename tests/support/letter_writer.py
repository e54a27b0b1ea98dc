"""A program that writes a letter by the alerts as they are put together in the house: for tests that kill it.

``python -m tests.support.letter_writer DATABASE MAIL_PORT RULES KEY [run]`` says ``stored`` once the letter is, and sends only if
it is to run. It never ends by itself.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Final

from alerts.service import Alerts, AlertsDependencies
from alerts.settings import AlertmanagerSettings, AlertsSettings, SmtpSettings
from monitor.registry.directory import Directory
from monitor.runtime.bus_memory import MemoryBus
from monitor.runtime.clock import SystemClock
from monitor.storage.database import SqlDatabase
from monitor.storage.judgements import SqlJudgementStore
from monitor.storage.schema import upgrade
from monitor.storage.servers import open_engine
from tests.support.databases import MIGRATIONS

ADDRESS: Final = "technik@esch.example"
TITLE: Final = "Borne CP2500\u00a0: câble coincé"
TEXT: Final = "Bonjour,\n\nle câble est coincé."


async def write(url: str, port: str, rules: str, key: str, *more: str) -> None:
    """Write the letter of that key, and send what there is if told to."""
    engine = open_engine(url)
    upgrade(engine, MIGRATIONS)
    database = SqlDatabase(engine)
    smtp = SmtpSettings.model_validate({"host": "127.0.0.1", "port": port, "from": "Bornewatch <watch@example.lu>", "tls": "none"})
    alerts = Alerts(
        AlertsDependencies(
            alerts=AlertsSettings(file=rules),
            smtp=smtp,
            alertmanager=AlertmanagerSettings(),
            twilio=None,
            console_base="http://127.0.0.1:8080",
            public_base="http://127.0.0.1:8081",
            database=database,
            events=SqlJudgementStore(database),
            bus=MemoryBus(),
            directory=Directory(),
            view=None,  # type: ignore[arg-type]  # nobody is registered
            clock=SystemClock(),
        )
    )
    await alerts.open()
    answer = await alerts.commands.write(key, name="Esch", address=ADDRESS, title=TITLE, text=TEXT, language="fr", who="zoe")
    print("stored" if answer == "done" else answer, flush=True)  # noqa: T201  (who started it waits for that)
    await (alerts.run(("127.0.0.1", 8081)) if more else asyncio.Event().wait())


if __name__ == "__main__":
    asyncio.run(write(*sys.argv[1:]))
