"""Which version can be asked for what: the tables of all versions, by the name that the registry gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from monitor.decode.requests_v1x import WAYS_12, WAYS_15, WAYS_16
from monitor.decode.requests_v2x import WAYS_2X

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.decode.requests import Ways

WAYS: Final[Mapping[str, Ways]] = {"1.2": WAYS_12, "1.5": WAYS_15, "1.6": WAYS_16, "2.0.1": WAYS_2X, "2.1": WAYS_2X}
"""The same over JSON and SOAP."""
