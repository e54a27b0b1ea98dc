"""The properties of `test_health_properties` over many more and longer lives; `make test-long`."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.core.test_health_properties import Station


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_what_must_hold_in_every_life_holds_in_many() -> None:
    many = settings(max_examples=2_000, stateful_step_count=100, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Station, settings=many)
