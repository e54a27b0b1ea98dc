"""Where simulated stations stand: communes and larger localities of Luxembourg, positions to about 0.01 degree (WGS 84).

The table is our own and approximate; it places points on a map and is no gazetteer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Commune:
    """A place with its canton; `lat` and `lon` in degrees."""

    name: str
    lat: float
    lon: float
    canton: str


_BY_CANTON: Final[dict[str, tuple[tuple[str, float, float], ...]]] = {
    "Luxembourg": (
        ("Luxembourg", 49.61, 6.13),
        ("Kirchberg", 49.63, 6.16),
        ("Bonnevoie", 49.60, 6.14),
        ("Bertrange", 49.61, 6.05),
        ("Contern", 49.58, 6.23),
        ("Hesperange", 49.57, 6.15),
        ("Howald", 49.58, 6.14),
        ("Niederanven", 49.65, 6.25),
        ("Sandweiler", 49.62, 6.22),
        ("Schuttrange", 49.62, 6.27),
        ("Steinsel", 49.68, 6.12),
        ("Strassen", 49.62, 6.07),
        ("Walferdange", 49.66, 6.13),
        ("Weiler-la-Tour", 49.54, 6.20),
    ),
    "Esch-sur-Alzette": (
        ("Esch-sur-Alzette", 49.50, 5.98),
        ("Belval", 49.50, 5.95),
        ("Bettembourg", 49.52, 6.10),
        ("Differdange", 49.52, 5.89),
        ("Dudelange", 49.48, 6.09),
        ("Frisange", 49.52, 6.19),
        ("Kayl", 49.49, 6.04),
        ("Leudelange", 49.57, 6.07),
        ("Mondercange", 49.53, 5.99),
        ("Pétange", 49.56, 5.88),
        ("Reckange-sur-Mess", 49.56, 6.01),
        ("Roeser", 49.54, 6.15),
        ("Rumelange", 49.46, 6.03),
        ("Sanem", 49.55, 5.93),
        ("Schifflange", 49.51, 6.01),
        ("Tétange", 49.48, 6.04),
    ),
    "Capellen": (
        ("Capellen", 49.65, 5.99),
        ("Dippach", 49.59, 5.98),
        ("Garnich", 49.62, 5.95),
        ("Habscht", 49.69, 5.92),
        ("Kehlen", 49.67, 6.04),
        ("Koerich", 49.67, 5.95),
        ("Kopstal", 49.66, 6.07),
        ("Käerjeng", 49.57, 5.90),
        ("Mamer", 49.63, 6.02),
        ("Steinfort", 49.66, 5.92),
        ("Windhof", 49.65, 5.94),
    ),
    "Mersch": (
        ("Mersch", 49.75, 6.11),
        ("Bissen", 49.79, 6.07),
        ("Colmar-Berg", 49.81, 6.10),
        ("Fischbach", 49.74, 6.19),
        ("Heffingen", 49.77, 6.24),
        ("Helperknapp", 49.76, 6.01),
        ("Larochette", 49.78, 6.22),
        ("Lintgen", 49.72, 6.13),
        ("Lorentzweiler", 49.70, 6.14),
        ("Nommern", 49.79, 6.17),
        ("Junglinster", 49.71, 6.25),
    ),
    "Redange": (
        ("Redange-sur-Attert", 49.77, 5.89),
        ("Beckerich", 49.73, 5.88),
        ("Ell", 49.76, 5.85),
        ("Grosbous", 49.83, 5.97),
        ("Préizerdaul", 49.80, 5.93),
        ("Rambrouch", 49.83, 5.84),
        ("Saeul", 49.73, 5.98),
        ("Useldange", 49.77, 5.98),
        ("Vichten", 49.80, 6.00),
        ("Wahl", 49.84, 5.91),
    ),
    "Diekirch": (
        ("Diekirch", 49.87, 6.16),
        ("Bettendorf", 49.88, 6.22),
        ("Bourscheid", 49.91, 6.06),
        ("Erpeldange-sur-Sûre", 49.86, 6.11),
        ("Ettelbruck", 49.85, 6.10),
        ("Feulen", 49.86, 6.04),
        ("Mertzig", 49.83, 6.01),
        ("Reisdorf", 49.87, 6.27),
        ("Schieren", 49.83, 6.10),
        ("Vallée de l'Ernz", 49.82, 6.22),
    ),
    "Wiltz": (
        ("Wiltz", 49.97, 5.93),
        ("Boulaide", 49.89, 5.82),
        ("Esch-sur-Sûre", 49.91, 5.93),
        ("Goesdorf", 49.92, 5.97),
        ("Lac de la Haute-Sûre", 49.91, 5.85),
        ("Winseler", 49.97, 5.89),
        ("Kiischpelt", 49.98, 6.00),
    ),
    "Clervaux": (
        ("Clervaux", 50.05, 6.03),
        ("Hosingen", 50.01, 6.09),
        ("Troisvierges", 50.12, 6.00),
        ("Weiswampach", 50.14, 6.08),
        ("Wincrange", 50.05, 5.92),
        ("Marnach", 50.05, 6.06),
    ),
    "Vianden": (
        ("Vianden", 49.93, 6.21),
        ("Putscheid", 49.96, 6.14),
        ("Tandel", 49.90, 6.18),
    ),
    "Echternach": (
        ("Echternach", 49.81, 6.42),
        ("Beaufort", 49.84, 6.29),
        ("Bech", 49.75, 6.36),
        ("Berdorf", 49.82, 6.35),
        ("Consdorf", 49.78, 6.34),
        ("Rosport", 49.80, 6.50),
        ("Waldbillig", 49.80, 6.29),
    ),
    "Grevenmacher": (
        ("Grevenmacher", 49.68, 6.44),
        ("Betzdorf", 49.69, 6.35),
        ("Biwer", 49.71, 6.37),
        ("Flaxweiler", 49.67, 6.34),
        ("Manternach", 49.71, 6.42),
        ("Mertert", 49.70, 6.48),
        ("Wasserbillig", 49.71, 6.50),
        ("Wormeldange", 49.61, 6.41),
    ),
    "Remich": (
        ("Remich", 49.54, 6.37),
        ("Bous", 49.56, 6.33),
        ("Dalheim", 49.54, 6.26),
        ("Lenningen", 49.60, 6.37),
        ("Mondorf-les-Bains", 49.51, 6.28),
        ("Schengen", 49.47, 6.36),
        ("Stadtbredimus", 49.56, 6.36),
        ("Waldbredimus", 49.56, 6.29),
    ),
}

COMMUNES: Final[tuple[Commune, ...]] = tuple(
    Commune(name=name, lat=lat, lon=lon, canton=canton) for canton, places in _BY_CANTON.items() for name, lat, lon in places
)
"""Every place, canton by canton."""
