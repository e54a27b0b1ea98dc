"""How much of the machine other programs used while a case ran: figures in seconds of a busy machine say little."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_BUSY: Final = (0, 1, 2, 5, 6, 7)
"""Columns of /proc/stat (proc(5)): user, nice, system, irq, softirq, steal; not idle and not waiting for a disk."""


class Neighbours:
    """Counts from where it was made; the servers and clients of the case must have ended when it is asked."""

    def __init__(self) -> None:
        """Begin to count."""
        self._began = time.monotonic()
        self._busy_s = _busy_s()
        self._own_s = _own_s()

    def share(self) -> float:
        """Return the share of all cores that went to others since the begin, from 0 to 1."""
        others_s = (_busy_s() - self._busy_s) - (_own_s() - self._own_s)
        return max(0.0, others_s / ((time.monotonic() - self._began) * (os.cpu_count() or 1)))


def _busy_s() -> float:
    fields = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:]
    return sum(int(fields[column]) for column in _BUSY) / _TICKS


def _own_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
