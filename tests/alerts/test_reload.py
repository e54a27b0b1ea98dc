"""The file of rules while it is being written: half of it is never gone by, and rules are not lost to an empty file."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from alerts import service
from tests.alerts.test_metrics import made
from tests.alerts.wards import PEOPLE
from tests.support.databases import sqlite_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from alerts.service import Alerts

State = tuple[int, int, int] | None
OLD, EMPTY, HALF, FULL = (1, 900, 7), (2, 0, 7), (3, 400, 7), (4, 950, 7)


@pytest.mark.parametrize(
    ("looks", "taken"),
    [
        ([OLD, OLD, OLD], 0),
        ([OLD, EMPTY, FULL, FULL, FULL], 1),
        ([OLD, EMPTY, HALF, FULL, FULL, FULL], 1),
        ([OLD, None, FULL, FULL], 1),
        ([OLD, FULL, FULL, OLD, OLD], 2),
        ([OLD, FULL, OLD, OLD], 0),
    ],
)
async def test_a_file_is_read_when_two_looks_see_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, looks: list[State], taken: int
) -> None:
    rules = tmp_path / "alerts.toml"
    rules.write_text(PEOPLE)
    async with sqlite_database(tmp_path) as database:
        alerts = made(rules, database)
        seen: Iterator[State] = iter(looks)
        read = itertools.count()

        async def reload(_alerts: Alerts) -> None:
            next(read)

        monkeypatch.setattr(service, "LOOK_S", 0.0)
        monkeypatch.setattr(service.Alerts, "_reload", reload)

        def look(_path: Path) -> State:
            try:
                return next(seen)
            except StopIteration:
                raise EOFError from None

        monkeypatch.setattr(service, "_state_of", look)
        alerts._read_as = look(tmp_path)
        with pytest.raises(EOFError):
            await alerts._follow_rules()
        assert next(read) == taken


@pytest.mark.parametrize("text", ["", "  \n", '[[contact]]\nname = "anna"\n'])
async def test_a_file_that_tells_nobody_any_more_is_a_mistake(tmp_path: Path, text: str) -> None:
    rules = tmp_path / "alerts.toml"
    rules.write_text(PEOPLE)
    async with sqlite_database(tmp_path) as database:
        alerts = made(rules, database)
        rules.write_text(text)
        await alerts._reload()
        after_that = alerts.reloaded
        assert "network" in alerts.desk.rules.policies
        rules.write_text(PEOPLE.replace("network", "others"))
        await alerts._reload()
        assert (after_that, alerts.reloaded) == (False, True)
        assert "others" in alerts.desk.rules.policies
