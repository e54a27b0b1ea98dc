"""Every version that a simulated station can speak; a new version is one more table in this list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from monitor.simulator.dialect_v2x import V21, V201
from monitor.simulator.dialect_v15 import V15
from monitor.simulator.dialect_v16 import V16

if TYPE_CHECKING:
    from monitor.simulator.dialect import Dialect, Version

DIALECTS: Final[dict[Version, Dialect]] = {dialect.version: dialect for dialect in (V15, V16, V201, V21)}
