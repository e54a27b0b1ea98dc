"""Every version of OCPP-J that is spoken here; a new version is one more table in this list."""

from __future__ import annotations

from typing import Final

from monitor.decode.v2x_tables import V21, V201
from monitor.decode.v15 import V15
from monitor.decode.v16 import V16

DIALECTS: Final = (V15, V16, V201, V21)
SUBPROTOCOLS: Final = tuple(dialect.subprotocol for dialect in DIALECTS)
