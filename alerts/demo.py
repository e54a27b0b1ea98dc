"""Rules for the demonstration: the usual ones with minutes as seconds; somebody is on call, and nobody is told of anything."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from alerts.rulefile import DEFAULTS
from alerts.settings import AlertsSettings

RULES: Final = """
[[contact]]
name = "Anna"
[[contact]]
name = "Ben"
[[contact]]
name = "Carla"
[[schedule]]
name = "network"
rotation = "weekly"
handover = "monday 09:00"
people = ["Anna", "Ben", "Carla"]
notices = []
[[schedule.layer]]
people = ["Ben", "Carla", "Anna"]
hours = "18:00-08:00"
[[route]]
"""


def demo_rules(settings: AlertsSettings, folder: str) -> AlertsSettings:
    """Return `settings`, or, where they name no rules, those of the demonstration, written into `folder`."""
    if settings.file:
        return settings
    path = Path(folder) / "alerts.toml"
    path.write_text(RULES + re.sub(r'for = "(\d+)m"', r'for = "\1s"', DEFAULTS), "utf-8")
    return AlertsSettings(file=str(path))
