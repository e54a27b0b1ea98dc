"""From what is known of a station and what the caller says: the cause, how dangerous it is, one sentence, and what to do.

`diagnose` is a pure function. Which fault a code means is in `codes` and `vendors`, what follows from it in `faults`, what a
caller's words mean in `calls`, what must not be asked in `limits`, which of all that speaks in `rulings`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hotline.core.diagnosis.findings import findings_of, same_point, trips_of
from hotline.core.diagnosis.limits import Barred, Limits, place_of
from hotline.core.diagnosis.plans import sayable, struck
from hotline.core.diagnosis.rulings import COMING, Case, ruling_of
from hotline.core.diagnosis.station import AREAS, CUTS, seen_of
from hotline.core.diagnosis.symptoms import FREEING, Symptom
from hotline.core.diagnosis.verdict import Ago, At, Fact, Facts, Safety, Verdict, Where, spoken
from hotline.core.points import WHOLE_STATION

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from hotline.core.diagnosis.findings import Finding
    from hotline.core.refused_cards import RefusedCard
    from monitor.core.events import Event
    from monitor.core.health_state import HealthState
    from monitor.core.ledger import OpenIncident
    from monitor.core.registry import Station

__all__ = [
    "AREAS",
    "CUTS",
    "Ago",
    "At",
    "Barred",
    "Fact",
    "Facts",
    "Safety",
    "Symptom",
    "Verdict",
    "Where",
    "diagnose",
    "place_of",
    "spoken",
    "trips_of",
]

NO_ERROR: Final = "NoError"
"""Says nothing (OCPP 1.6 §7.6)."""


def diagnose(  # noqa: PLR0913  (all that is known of a call)
    health: HealthState,
    station: Station,
    now: datetime,
    *,
    incident: OpenIncident | None = None,
    symptom: Symptom | None = None,
    connector: str = "",
    tripped: int | None = None,
    noted: Sequence[Event] = (),
    refused: RefusedCard | None = None,
    told: bool = False,
    arranged: bool = False,
) -> Verdict:
    """Return the verdict about `station` at `now`.

    Args:
        health: how it is.
        station: its entry in the register.
        now: the present, aware UTC.
        incident: the open incident that its silence is part of.
        symptom: what the caller calls about.
        connector: the point where the caller stands, empty while that is not known.
        tripped: how often the point fell out of order within ten minutes; ``None``: as `noted` tells.
        noted: its last events, oldest first: what its components told (OCPP 2.x) and how often it tripped.
        refused: the refusal of the last card that was shown there.
        told: somebody told of danger there before, and nobody has said that it is over.
        arranged: somebody is on the way to it.
    """
    place = place_of(health, connector, busy=symptom in FREEING)
    findings = findings_of(health, station, noted)
    seen = seen_of(health, station, now, incident=incident, connector=place)
    case = Case(
        health=health,
        station=station,
        seen=seen,
        findings=findings,
        symptom=symptom,
        place=place,
        tripped=trips_of(noted, place, now) if tripped is None else tripped,
        refused=refused,
        told=told,
    )
    return _settled(case, arranged=arranged)


def _settled(case: Case, *, arranged: bool) -> Verdict:
    """Return what speaks in `case`, with only those steps that can and may be taken."""
    ruling = ruling_of(case)
    limits = Limits(
        health=case.health,
        station=case.station,
        place=case.place,
        safety=ruling.safety,
        resettable=not ruling.again and all(one.advice.resettable for one in case.findings),
        startable=all(one.advice.resettable for one in case.findings if one.concerns(case.place)),
    )
    steps = struck(ruling.steps, limits)
    saying = sayable(ruling.saying, steps)
    return Verdict(
        sentence=ruling.sentence,
        saying=COMING.get(saying, saying) if arranged else saying,
        facts=ruling.facts,
        safety=ruling.safety,
        cause=str(ruling.cause),
        steps=steps,
        technical=_codes(case.health, case.findings, case.place),
        resettable=limits.resettable,
        startable=limits.startable,
    )


def _codes(health: HealthState, findings: Iterable[Finding], place: str) -> tuple[str, ...]:
    """Return the codes at the caller's point as they were received, each once; a text alone is none."""
    told = [
        text
        for one in health.connectors
        if (one.error or one.vendor_error) and same_point(one.connector if one.connector != WHOLE_STATION else "", place)
        for text in (one.error, one.vendor_error, one.info)
    ]
    told += [code for one in findings if one.concerns(place) for code in one.codes]
    return tuple(dict.fromkeys(text for text in told if text and text != NO_ERROR))
