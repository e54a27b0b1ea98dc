"""A whole record: a network, its troubles drawn by a seed, the lines that its collectors would have written, and the truth.

A trouble of a group hits all its stations or a share of them; a station suffers one trouble at a time. What happens while our own
collector is away is not in the record, and what a clock step moves is.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import exp, log
from random import Random
from typing import Final

import msgspec

from monitor.core.incidents import Scope
from monitor.core.registry import Bearer
from monitor.runtime.replay import Line
from monitor.simulator.scenarios.tape import LOSS, Cut, Tape
from monitor.simulator.scenarios.troubles import SCOPES, Kind, Trouble
from monitor.simulator.scenarios.world import Borne, World, build

START: Final = datetime(2026, 3, 28, tzinfo=UTC)
"""The day before the clocks of Europe go forward."""
DAY_S: Final = 86_400.0
DROPS_A_DAY: Final = 1.0
_DROP_MEDIAN_S: Final = 90.0
_LONGEST_DROP_S: Final = 600.0
_SINGLES: Final = {Kind.POWER: 3, Kind.HANG: 2, Kind.MODEM: 3, Kind.LINE: 3, Kind.FLAPPING: 1}


@dataclass(slots=True)
class Record:
    """Lines in their order, and what is true of them."""

    world: World
    seconds: float
    lines: list[Line] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)

    @property
    def borne_days(self) -> float:
        """Return how much was watched."""
        return len(self.world.bornes) * self.seconds / DAY_S


class Composer:
    """Draws the troubles of one record and writes it."""

    def __init__(self, world: World, seed: int, days: float, *, loss: float = LOSS, passive: bool = False) -> None:
        """Compose `days` of `world`, everything drawn by `seed`."""
        self.world = world
        self.rng = Random(seed)  # noqa: S311  (a simulation)
        self.seconds = days * DAY_S
        self._loss = loss
        self._passive = passive
        self._cuts: dict[str, list[Cut]] = {one.name: [] for one in world.bornes}
        self._troubles: list[Trouble] = []
        self._plans: list[Line] = []

    # ------------------------------------------------------------------------------------------------ drawing

    def hit(  # noqa: PLR0913  (a trouble in full)
        self, kind: Kind, bornes: list[Borne], start: float, seconds: float, *, key: str = "", share: float = 1.0
    ) -> None:
        """Let `kind` happen to a share of `bornes`; who suffers something already is spared."""
        end = min(start + seconds, self.seconds - 1.0)
        struck = []
        for one in bornes:
            if share < 1.0 and self.rng.random() >= share:
                continue
            cuts = self._cuts[one.name]
            if all(end + 300.0 < cut.start or cut.end + 300.0 < start for cut in cuts):
                cuts.append(Cut(kind, start, end))
                struck.append(one.name)
        if struck and kind is not Kind.NIGHT:
            self._troubles.append(Trouble(kind=kind, start=self._at(start), end=self._at(end), stations=tuple(struck), key=key))

    def group(self, kind: Kind, start: float, seconds: float, *, key: str | None = None, share: float = 1.0) -> None:
        """Let a group fail, one drawn or the one of `key`."""
        scope = SCOPES[kind]
        if kind is Kind.SITE:
            sites = [site for site in self.world.sites(2) if self._plain(self.world.group(scope, *site), scope)]
            key, bearer = self.rng.choice(sites)
            self.hit(kind, self.world.group(scope, key, bearer), start, seconds, key=key, share=share)
            return
        keys = [one for one in sorted(self._keys(scope)) if self._plain(self.world.group(scope, one), scope)]
        chosen = key or self.rng.choice(keys)
        self.hit(kind, self.world.group(scope, chosen), start, seconds, key=chosen, share=share)

    def _plain(self, bornes: list[Borne], scope: Scope) -> bool:
        """Say whether no other group has the same stations: else nobody could tell which of them failed."""
        names = {one.name for one in bornes}
        one = bornes[0]
        for other in SCOPES.values():
            if other is scope or not one.key(other):
                continue
            others = self.world.group(other, one.key(other), one.bearer if other is Scope.SITE else None)
            if {another.name for another in others} == names:
                return False
        return True

    def _keys(self, scope: Scope) -> set[str]:
        counts: dict[str, int] = {}
        for one in self.world.bornes:
            counts[one.key(scope)] = counts.get(one.key(scope), 0) + 1
        return {key for key, count in counts.items() if key and count > 1}

    def blind(self, kind: Kind, start: float, seconds: float) -> None:
        """Let our own collector be away, or our clock step."""
        self._troubles.append(Trouble(kind=kind, start=self._at(start), end=self._at(start + seconds)))

    def flapping(self, one: Borne, start: float) -> None:
        """Let a modem lose its connection again and again for a while."""
        at, rng = start, self.rng
        for _ in range(rng.randint(8, 20)):
            seconds = rng.uniform(15.0, 90.0)
            self._cuts[one.name].append(Cut(Kind.FLAPPING, at, at + seconds))
            at += seconds + rng.uniform(60.0, 240.0)
        self._troubles.append(Trouble(kind=Kind.FLAPPING, start=self._at(start), end=self._at(at), stations=(one.name,)))

    def plan(self, bornes: list[Borne], start: float, seconds: float) -> None:
        """Let work be announced and done."""
        self.hit(Kind.PLANNED, bornes, start, seconds)
        until = self._at(start + seconds + 1800.0)
        self._plans += [Line(at=self._at(start - 60.0), type="maintenance", station=one.name, until=until) for one in bornes]

    def daily(self, *, drops: float = DROPS_A_DAY, singles: float = 0.02) -> None:
        """Draw what happens every day: short drops, and stations that fail alone (`singles` a station and day)."""
        rng, days = self.rng, self.seconds / DAY_S
        for one in self.world.bornes:
            for _ in range(_poisson(rng, singles * days)):
                kind = rng.choices(list(_SINGLES), list(_SINGLES.values()))[0]
                start = rng.uniform(3600.0, self.seconds - 7200.0)
                if (kind is Kind.MODEM and one.bearer is not Bearer.GPRS) or (kind is Kind.LINE and one.bearer is Bearer.GPRS):
                    kind = Kind.POWER
                if kind is Kind.FLAPPING:
                    if all(cut.end < start - 600.0 or cut.start > start + 7200.0 for cut in self._cuts[one.name]):
                        self.flapping(one, start)
                    continue
                self.hit(kind, [one], start, rng.uniform(1200.0, 4 * 3600.0))
        for one in self.world.bornes:
            for _ in range(_poisson(rng, drops * days)):
                seconds = min(_LONGEST_DROP_S, exp(rng.gauss(log(_DROP_MEDIAN_S), 0.8)))
                self.hit(Kind.DROP, [one], rng.uniform(600.0, self.seconds - 1200.0), seconds)

    # ------------------------------------------------------------------------------------------------ writing

    def record(self) -> Record:
        """Write everything down."""
        lines = list(self._plans)
        introduced = []
        for one in self.world.bornes:
            tape = Tape(one, Random(self.rng.random()), START, loss=self._loss, passive=self._passive)  # noqa: S311
            tape.introduce()
            introduced.append(tape.lines.pop())
            cuts = sorted(self._cuts[one.name], key=lambda cut: cut.start)
            lines += tape.record([cut for cut in cuts if cut.end > cut.start], self.seconds)
        lines = [line for line in lines if line.at < self._at(self.seconds)]
        for trouble in self._troubles:
            lines = self._without(lines, trouble) if trouble.kind in (Kind.BLIND, Kind.RESTART) else lines
        truth = sorted(self._troubles, key=lambda trouble: (trouble.start, trouble.kind, trouble.stations))
        over = self.seconds
        for step in [trouble for trouble in truth if trouble.kind is Kind.CLOCK]:
            lines = [_moved(line, step) for line in lines]
            truth = [trouble if trouble is step else _put_off(trouble, step) for trouble in truth]
            over += step.seconds
        lines.sort(key=lambda line: (line.at, line.station, line.type))
        end = Line(at=self._at(over), type="end")
        up = Line(at=self._at(0.0), type="collector_up", collector="field")
        whole = [*introduced, up, *lines, end]
        return Record(self.world, over, whole, truth)

    def _without(self, lines: list[Line], trouble: Trouble) -> list[Line]:
        """Return `lines` as they are written by a collector that is away; stations with a socket dial in again when it is back."""
        start, end = trouble.start, trouble.end
        kept = [line for line in lines if not start <= line.at < end]
        kept.append(Line(at=start, type="collector_down", collector="field"))
        kept.append(Line(at=end, type="collector_up", collector="field"))
        for one in self.world.bornes:
            away = any(self._at(cut.start) <= end <= self._at(cut.end) for cut in self._cuts[one.name])
            if one.voice.has_socket and not away:
                back = end + timedelta(seconds=self.rng.uniform(1.0, 60.0))
                kept.append(Line(at=back, type="link_opened", station=one.name, protocol=one.voice.value))
        return kept

    def _at(self, seconds: float) -> datetime:
        return START + timedelta(seconds=seconds)


def _moved(line: Line, step: Trouble) -> Line:
    """Return `line` as it is written by a clock that stepped forward before it."""
    if line.at < step.start:
        return line
    by = step.end - step.start
    return msgspec.structs.replace(line, at=line.at + by, until=None if line.until is None else line.until + by)


def _put_off(trouble: Trouble, step: Trouble) -> Trouble:
    """Return the truth of `trouble` by a clock that stepped forward."""
    by = step.end - step.start
    start = trouble.start + by if trouble.start >= step.start else trouble.start
    return replace(trouble, start=start, end=trouble.end + by if trouble.end >= step.start else trouble.end)


def _poisson(rng: Random, mean: float) -> int:
    """Return a number of events where `mean` are expected (Knuth)."""
    limit, count, product = exp(-mean), 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count


def mixed(seed: int, stations: int = 1000, days: float = 7.0) -> Record:
    """Return a record in which everything happens: the daily noise, every kind of group failure, and our own."""
    rng = Random(seed)  # noqa: S311
    composer = Composer(build(rng, stations), seed + 1, days)
    hours = days * 24.0
    slots = [hour * 3600.0 for hour in range(3, int(hours) - 5, 5)]
    rng.shuffle(slots)
    kinds = [Kind.SITE, Kind.APN, Kind.FEEDER, Kind.SITE, Kind.CELL, Kind.OPERATOR, Kind.SITE, Kind.MODEL, Kind.APN, Kind.SITE]
    for place, slot in enumerate(slots[: len(kinds) * 2]):
        kind = kinds[place % len(kinds)]
        share = 0.6 if kind in (Kind.APN, Kind.OPERATOR) and place >= len(kinds) else 1.0
        composer.group(kind, slot + rng.uniform(0.0, 1800.0), rng.uniform(1800.0, 3 * 3600.0), share=share)
    ours = slots[len(kinds) * 2 :]
    for kind, slot in zip((Kind.BLIND, Kind.RESTART, Kind.CLOCK, Kind.PLANNED, Kind.NIGHT), ours, strict=False):
        if kind is Kind.PLANNED:
            composer.plan(rng.sample(composer.world.bornes, 20), slot, 5400.0)
        elif kind is Kind.NIGHT:
            night = [one for one in composer.world.bornes if one.model == "AlphaPost 22"]
            composer.hit(kind, night, slot, 30.0)
        else:
            composer.blind(kind, slot, {Kind.BLIND: 1800.0, Kind.RESTART: 45.0, Kind.CLOCK: 3600.0}[kind])
    composer.daily()
    return composer.record()
