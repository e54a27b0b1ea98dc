"""Every minute of twenty years has exactly one person on call: by the wall, in Luxembourg."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.alerts.test_oncall import DAILY, LAYERED, LUXEMBOURG, WATCHES, WEEKLY, check_every_minute


@pytest.mark.slow
def test_every_minute_from_2020_to_2040_has_its_one_person() -> None:
    years = [datetime(year, 1, 1, tzinfo=UTC) for year in (2020, 2040)]
    check_every_minute([WEEKLY, DAILY, WATCHES, LAYERED], LUXEMBOURG, *years)
