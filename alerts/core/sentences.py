"""What is said of an alert, as sentences with gaps: English here, other languages in the catalogues by these very texts.

Which sentence is true is decided here; how long and by which way it is told is `wording`'s business. The gaps are filled with facts
as they are registered or reported, never with another sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from alerts.core.faults import Safety
from alerts.core.matters import Kind
from monitor.core.breaches import Cause
from monitor.core.incidents import Scope
from monitor.core.registry import Bearer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from alerts.core.matters import Matter


class Saying(NamedTuple):
    """A sentence and what fills its gaps."""

    sentence: str
    facts: Mapping[str, str]


CUTS: Final[dict[str, str]] = {
    Cause.POWER: "%(station)s has no power.",
    Cause.STATION: "%(station)s itself does not answer; its line is up.",
    Cause.SITE: "%(station)s is cut off with its site.",
    Cause.APN: "%(station)s is cut off with its mobile network.",
    Cause.CREDENTIALS: "%(station)s is refused: its password or certificate is wrong.",
    Cause.OBSERVER: "We do not hear %(station)s, and it may be us.",
    Cause.PLANNED: "%(station)s is off for planned work.",
    Cause.UNKNOWN: "%(station)s does not reach us; we do not know why yet.",
}
"""A lone breach by its cause; a broken bearer is told by the bearer."""
LINES: Final[dict[str, str]] = {
    Bearer.GPRS: "The mobile link of %(station)s is down.",
    Bearer.LAN: "The line of %(station)s is cut (the owner's LAN).",
    Bearer.WIFI: "The line of %(station)s is cut (the owner's WiFi).",
}
INCIDENTS: Final[dict[str, str]] = {
    Scope.APN: "%(count)s bornes are cut off: the mobile network %(key)s is down.",
    Scope.OPERATOR: "%(count)s bornes are cut off: the mobile operator %(key)s has a failure.",
    Scope.CELL: "%(count)s bornes are cut off: the radio cell %(key)s is down.",
    Scope.FEEDER: "%(count)s bornes have no power: feeder %(key)s.",
    Scope.SITE: "%(count)s bornes are cut off: the line of %(key)s is down.",
    Scope.MODEL: "%(count)s bornes of one model have stopped: %(key)s.",
    Scope.COLLECTOR: "We ourselves hear nothing: %(key)s.",
}
OFFLINE: Final = "%(station)s is offline."
SEVERAL: Final = "%(count)s bornes of %(site)s are offline."
SEVERAL_ANYWHERE: Final = "%(count)s bornes are offline."
NONE_LEFT: Final = "No borne of %(site)s reaches us any more."
DANGER: Final = "Danger at %(station)s, point %(connector)s: %(error)s. Nobody must touch it."
FAULT: Final = "%(station)s, point %(connector)s is out of order: %(error)s."
SECURITY: Final = "%(station)s reports a security event: %(event)s."
VOLUME: Final = "The SIM of %(station)s has used more data than is meant in %(month)s."
CONTRADICTION: Final = "Callers say that %(station)s does not work; we see nothing wrong."
REQUEST: Final = "The hotline asks for help with %(station)s (ticket %(ticket)s): %(said)s"
REQUEST_ALONE: Final = "The hotline asks for help with %(station)s (ticket %(ticket)s)."
EXTERNAL: Final = "%(alertname)s (Alertmanager): %(note)s."
EXTERNALS: Final = "%(alertname)s (Alertmanager), %(count)s times: %(note)s."
OVER: Final = "Over at %(until)s: %(what)s"
SINCE: Final = "Since %(since)s."
MORE: Final = "Other alerts: %(count)s, see the console."
TAKE: Final = "Reply %(alert)sa to take it, %(alert)se for the next on call."
PAGES: Final = "Alert %(alert)s."
OWNER_CUT: Final = "Your line at %(place)s is cut since %(since)s (bornes cut off: %(count)s). Please look at the router."
OWNER_BACK: Final = "Your line at %(place)s is back since %(until)s. Thank you."
OWNER: Final = "Owner: %(name)s %(phone)s"
MAINTAINER: Final = "Maintainer: %(name)s %(phone)s"
TODO: Final = "What to do: %(runbook)s"
ON_CALL: Final = "You are on call for %(schedule)s since %(since)s."
ON_CALL_UNTIL: Final = "You are on call for %(schedule)s from %(since)s to %(until)s."
ON_CALL_WITH: Final = "With you: %(people)s."
OFF_CALL: Final = "Since %(since)s you are not on call for %(schedule)s any more; now it is %(people)s."
ALERTS_OPEN: Final = "Alerts that nobody has taken: %(count)s."

LONGEST_SAID: Final = 80
"""Characters of somebody's words in a sentence, all of them in a gap; the rest is on the console."""

SENTENCES: Final[tuple[str, ...]] = (
    *CUTS.values(),
    *LINES.values(),
    *INCIDENTS.values(),
    *(
        OFFLINE,
        SEVERAL,
        SEVERAL_ANYWHERE,
        NONE_LEFT,
        DANGER,
        FAULT,
        SECURITY,
        VOLUME,
        CONTRADICTION,
        REQUEST,
        REQUEST_ALONE,
        EXTERNAL,
        EXTERNALS,
        OVER,
        SINCE,
        MORE,
        TAKE,
    ),
    *(PAGES, OWNER_CUT, OWNER_BACK, OWNER, MAINTAINER, TODO),
    *(ON_CALL, ON_CALL_UNTIL, ON_CALL_WITH, OFF_CALL, ALERTS_OPEN),
)
"""Every sentence; each language has all of them."""


def saying_of(matters: Sequence[Matter]) -> Saying:
    """Return what is so, of an alert with these matters (one or more, of one rule)."""
    first = matters[0]
    if first.kind is Kind.EXTERNAL:
        return _external(matters)
    if first.labels.get("site_working") == "0":
        return Saying(NONE_LEFT, first.labels)
    if first.kind is Kind.BREACH and len(matters) > 1:
        count = {"count": str(len({one.stations[0] for one in matters})), "site": first.labels.get("site", "")}
        return Saying(SEVERAL if count["site"] else SEVERAL_ANYWHERE, count)
    return _SAID[first.kind](first)


def _breach(matter: Matter) -> Saying:
    cause, bearer = matter.labels.get("cause", ""), matter.labels.get("bearer", "")
    sentence = LINES.get(bearer, OFFLINE) if cause == Cause.BEARER else CUTS.get(cause, OFFLINE)
    return Saying(sentence, _named(matter))


def _common(matter: Matter) -> Saying:
    facts = {"count": str(len(matter.stations)), "key": matter.labels.get("key", "")}
    return Saying(INCIDENTS[matter.labels["scope"]], facts)


def _fault(matter: Matter) -> Saying:
    sentence = DANGER if matter.labels.get("safety") == Safety.DANGER else FAULT
    told = [matter.labels.get(name, "") for name in ("error", "vendor_error")]
    error = " ".join(one for one in told if one) or "?"
    return Saying(sentence, _named(matter) | {"connector": matter.labels.get("connector", "?"), "error": error})


def _external(matters: Sequence[Matter]) -> Saying:
    """Return what somebody else's alert says."""
    first = matters[0]
    told = {"alertname": first.labels.get("alertname", "?"), "note": (first.note or first.labels.get("instance", "?")).rstrip(".")}
    return Saying(EXTERNAL, told) if len(matters) == 1 else Saying(EXTERNALS, told | {"count": str(len(matters))})


def _request(matter: Matter) -> Saying:
    """Return what an agent asks for, in words of the agent's, which end as a sentence does."""
    facts = _named(matter) | {"ticket": matter.labels.get("ticket", "?")}
    said = " ".join(matter.note.split())
    if not said:
        return Saying(REQUEST_ALONE, facts)
    if len(said) >= LONGEST_SAID:
        said = f"{said[: LONGEST_SAID - 1].rstrip()}…"
    return Saying(REQUEST, facts | {"said": said if said[-1] in ".?!…" else f"{said}."})


def _named(matter: Matter) -> dict[str, str]:
    return {"station": matter.labels.get("station", "?")}


_SAID: Final[dict[Kind, Callable[[Matter], Saying]]] = {
    Kind.BREACH: _breach,
    Kind.INCIDENT: _common,
    Kind.OBSERVER: _common,
    Kind.FAULT: _fault,
    Kind.SECURITY: lambda one: Saying(SECURITY, _named(one) | {"event": one.labels.get("event", "?")}),
    Kind.VOLUME: lambda one: Saying(VOLUME, _named(one) | {"month": one.labels.get("month", "?")}),
    Kind.EXTERNAL: lambda one: _external((one,)),
    Kind.REQUEST: _request,
    Kind.CONTRADICTION: lambda one: Saying(CONTRADICTION, _named(one)),
}
