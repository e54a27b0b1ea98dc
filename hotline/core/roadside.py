"""What a driver reads who has scanned the sticker: what an agent would say, but for what an agent would ask or do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hotline.core.marks import marked
from hotline.core.sentence_names import Saying
from hotline.core.sentences import SAYINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

ON_PAPER: Final[Mapping[Saying, str]] = {
    Saying.FINE: marked("The charger answers us. Please plug in and present your badge."),
    Saying.FREE: marked("The charger answers us and point %(point)s is free. Please plug in there and present your badge."),
    Saying.UNSEEN: marked("We cannot see this charger at the moment. Your badge may well work: please try it."),
    Saying.NEVER: marked("We do not see this charger yet. Please use another one, or call us."),
    Saying.RESTART: marked("The charger reports a fault that we may be able to clear. Please call us, or use another charger."),
    Saying.EMERGENCY: marked("The red button of this charger is pressed. Please leave it as it is and step back."),
}
"""Where an agent would ask, look or act, and a page cannot."""


def written(saying: Saying) -> str:
    """Return what stands on the page, in English, with the placeholders of `saying`."""
    return ON_PAPER.get(saying, SAYINGS[saying])
