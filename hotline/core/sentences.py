"""Every sentence of a verdict and of *say this*, in English; the catalogues of `hotline/locales` say it in other languages.

A verdict has at most 18 words whatever is put into it, says what is so, since when and how we know, and blames nobody. What
is said to a caller is at most two sentences and promises nothing that was not observed. Placeholders are named after facts:
`heard`, `silent`, `session` are ages, `until`, `due`, `since`, `told` times of day, `point`, `fault` names of points, `where` a
point or the whole charger, `free`, `faults`, `count`, `tripped` counts.
"""

from __future__ import annotations

from typing import Final

from hotline.core.marks import marked
from hotline.core.sentence_names import Saying, Sentence
from hotline.core.sentences_calls import CALL_SAYINGS, CALL_VERDICTS
from hotline.core.sentences_faults import FAULT_SAYINGS, FAULT_VERDICTS
from hotline.core.sentences_station import STATION_SAYINGS, STATION_VERDICTS

__all__ = ["SAYINGS", "VERDICTS", "Saying", "Sentence", "marked"]

VERDICTS: Final[dict[Sentence, str]] = {**STATION_VERDICTS, **FAULT_VERDICTS, **CALL_VERDICTS}
SAYINGS: Final[dict[Saying, str]] = {**STATION_SAYINGS, **FAULT_SAYINGS, **CALL_SAYINGS}
