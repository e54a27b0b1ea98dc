"""Every minute from 2020 to 2040 has exactly one person on call, whatever the rotation: by the wall, in Luxembourg."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.alerts.test_oncall import ALL, LUXEMBOURG, check_every_minute


@pytest.mark.slow
def test_every_minute_from_2020_to_2040_has_its_one_person() -> None:
    years = [datetime(year, 1, 1, tzinfo=UTC) for year in (2020, 2041)]
    check_every_minute(ALL, LUXEMBOURG, *years)
