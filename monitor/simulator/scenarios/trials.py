"""Records that each ask one question: how soon is a group found, how soon a station, how often is nothing found to be something."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final

from monitor.core.registry import Bearer
from monitor.simulator.scenarios.record import Composer
from monitor.simulator.scenarios.troubles import Kind
from monitor.simulator.scenarios.world import Borne, Voice, World, build

if TYPE_CHECKING:
    from monitor.simulator.scenarios.record import Record

_HOUR_S: Final = 3600.0
_OTHERS: Final = 300
"""Stations around the group in question, in groups of their own."""


def group_trial(seed: int, members: int, *, share: float = 1.0, outages: int = 20, kind: Kind = Kind.APN) -> Record:
    """Return a record in which one group of `members` fails `outages` times, seen by missed heartbeats of 300 s alone."""
    rng = Random(seed)  # noqa: S311  (a simulation)
    world = World([_member(number, kind) for number in range(members)])
    others = build(rng, _OTHERS, heartbeats_s=(300.0,), soap=1.0, seen=0.0)
    for one in others.bornes:
        one.name = f"X{one.name}"
    world.bornes += others.bornes
    composer = Composer(world, seed + 1, days=outages * 3.0 / 24.0 + 0.2, passive=True)
    for number in range(outages):
        start = 2 * _HOUR_S + number * 3 * _HOUR_S + rng.uniform(0.0, 1800.0)
        bearer = Bearer.LAN if kind is Kind.SITE else None
        key = "S-in-question" if kind is Kind.SITE else "apn.in.question"
        struck = [one for one in world.bornes if key in (one.site, one.apn) and bearer in (None, one.bearer)]
        composer.hit(kind, struck, start, 1.2 * _HOUR_S, key=key, share=share)
    composer.daily(singles=0.0)
    return composer.record()


def _member(number: int, kind: Kind) -> Borne:
    site = kind is Kind.SITE
    return Borne(
        name=f"CP{number:05}",
        bearer=Bearer.LAN if site else Bearer.GPRS,
        site="S-in-question" if site else f"S-{number}",
        model=f"Model {number % 7}",
        voice=Voice.SOAP,
        heartbeat_s=300.0,
        apn="" if site else "apn.in.question",
        operator="" if site else "operator.in.question" if number % 2 else "another.operator",
    )


def single_trial(seed: int, heartbeat_s: float, *, stations: int = 200, days: float = 3.0, sockets: bool = False) -> Record:
    """Return a record in which stations fail alone, seen by missed heartbeats, or with `sockets` by their sockets' closing too."""
    rng = Random(seed)  # noqa: S311
    world = build(rng, stations, heartbeats_s=(heartbeat_s,), soap=0.0 if sockets else 1.0, seen=1.0 if sockets else 0.0)
    composer = Composer(world, seed + 1, days, passive=not sockets)
    composer.daily(singles=0.3)
    return composer.record()


def quiet_trial(seed: int, *, stations: int = 1000, days: float = 7.0) -> Record:
    """Return a record in which nothing fails but what fails every day: lost and late beats, short drops, stations alone."""
    composer = Composer(build(Random(seed), stations), seed + 1, days)  # noqa: S311
    composer.daily(singles=0.01)
    return composer.record()


def observer_trial(seed: int, *, stations: int = 300) -> Record:
    """Return a record in which only we fail: away, restarted, stepped in time."""
    composer = Composer(build(Random(seed), stations), seed + 1, days=1.5)  # noqa: S311
    for hour, kind, seconds in (
        (3, Kind.BLIND, 1800.0),
        (7, Kind.RESTART, 20.0),
        (11, Kind.BLIND, 2 * _HOUR_S),
        (17, Kind.CLOCK, _HOUR_S),
        (24, Kind.RESTART, 300.0),
    ):
        composer.blind(kind, hour * _HOUR_S, seconds)
    composer.daily(singles=0.0)
    return composer.record()
