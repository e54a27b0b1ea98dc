"""An alert on paper: its moments by day, in two parts where the clocks change, and no sentence with two full stops."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hotline.core.aftermath import Moment, Step
from hotline.web.alert_words import moment
from hotline.web.documents import _by_day
from hotline.web.languages import Languages, Speech
from hotline.web.wording import Wording

from .support import NOW


def wording(speech: Speech) -> Wording:
    return Wording(speech, Languages().of(speech), NOW)


def test_a_night_on_which_the_clocks_change_has_two_parts() -> None:
    changes = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
    moments = [Moment(at=changes + timedelta(minutes=minutes), step=Step.BEGAN) for minutes in (-240, -30, 30, 23 * 60)]
    found = _by_day(wording(Speech.FRENCH), moments)
    assert [(part["day"], [at for at, _ in part["moments"]]) for part in found] == [
        ("samedi 24 octobre 2026 (CEST)", ["23:00:00"]),
        ("dimanche 25 octobre 2026 (CEST)", ["02:30:00"]),
        ("dimanche 25 octobre 2026 (CET)", ["02:30:00"]),
        ("lundi 26 octobre 2026 (CET)", ["01:00:00"]),
    ]


@pytest.mark.parametrize(
    ("speech", "said"), [(Speech.ENGLISH, "Sunday 22 November 2026, "), (Speech.FRENCH, "dimanche 22 novembre 2026, ")]
)
def test_a_zone_is_called_the_same_in_every_language(speech: Speech, said: str) -> None:
    assert wording(speech).exact(NOW).startswith(said)
    assert wording(speech).exact(NOW).endswith(" CET")
    assert wording(speech).exact(NOW - timedelta(days=100)).endswith(" CEST")


@pytest.mark.parametrize("cause", ["a lug was loose", "a lug was loose.", "a lug was loose. "])
def test_what_somebody_wrote_ends_in_one_full_stop(cause: str) -> None:
    assert (
        moment(wording(Speech.ENGLISH), Moment(at=NOW, step=Step.RESOLVED, who="ben", detail=cause))
        == "ben ended it: a lug was loose."
    )
