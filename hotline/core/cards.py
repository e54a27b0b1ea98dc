"""Whether the SIM that a charger reports is the one that it was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.core.observations import Booted
    from monitor.core.registry import Sim


def other_sim(sim: Sim, boot: Booted | None) -> str:
    """Return ICCID and IMSI that the last boot told where either is not the register's, else nothing.

    A modem may give the ICCID with or without its check digit (ITU-T E.118 §4.1). What either side leaves out is not compared.
    """
    if boot is None:
        return ""
    pairs = ((_digits(boot.iccid)[:19], _digits(sim.iccid)[:19]), (_digits(boot.imsi), _digits(sim.imsi)))
    if all(told == known or not told or not known for told, known in pairs):
        return ""
    return " · ".join(filter(None, (boot.iccid, boot.imsi)))


def _digits(text: str) -> str:
    return "".join(filter(str.isdecimal, text))
