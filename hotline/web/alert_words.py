"""What alerts, their history and who is on call are called in front of people, in English; catalogues have other languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from alerts.core.changes import TemporaryShift
from alerts.core.delivery import Medium
from alerts.core.model import Condition, Reason
from alerts.core.outbox import Stand
from alerts.core.severity import Severity
from hotline.core.aftermath import Step
from hotline.core.sentences import marked
from hotline.web.wording import clipped
from hotline.web.words import CAUSES, FAILED
from monitor.core.breaches import Cause
from monitor.core.incidents import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alerts.core.changes import Change
    from alerts.core.matters import Matter
    from hotline.core.aftermath import Moment
    from hotline.web.wording import Wording

SEVERITIES: Final[dict[Severity, str]] = {
    Severity.PAGE: marked("at once"),
    Severity.TICKET: marked("in the day"),
    Severity.INFO: marked("for information"),
}
CONDITIONS: Final[dict[Condition, str]] = {
    Condition.OPEN: marked("nobody has it"),
    Condition.ACKNOWLEDGED: marked("taken"),
    Condition.RESOLVED: marked("over"),
}
MEDIA: Final[dict[Medium, str]] = {
    Medium.SMS: marked("short message"),
    Medium.VOICE: marked("call"),
    Medium.EMAIL: marked("mail"),
    Medium.NTFY: marked("push"),
    Medium.WEBHOOK: marked("webhook"),
    Medium.ALERTMANAGER: marked("Alertmanager"),
}
STANDS: Final[dict[Stand, str]] = {
    Stand.QUEUED: marked("to be sent"),
    Stand.LEASED: marked("being sent"),
    Stand.SENT: marked("sent"),
    Stand.DELIVERED: marked("arrived"),
    Stand.FAILED: marked("failed"),
    Stand.UNKNOWN: marked("not known, being asked"),
}
STEPS: Final[dict[Step, str]] = {
    Step.BEGAN: marked("It began."),
    Step.KNOWN: marked("We knew: an alert was opened."),
    Step.JOINED: marked("%(count)s more joined."),
    Step.REJUDGED: marked("The cause was judged anew: %(what)s."),
    Step.TOLD: marked("%(who)s was told by %(way)s."),
    Step.ARRIVED: marked("It arrived at %(who)s, by %(way)s."),
    Step.NOT_TOLD: marked("%(who)s could not be told by %(way)s."),
    Step.TAKEN: marked("%(who)s took it."),
    Step.LAPSED: marked("%(who)s had it for as long as was agreed; it is open again."),
    Step.PASSED_ON: marked("%(who)s had the next people told."),
    Step.HANDED_ON: marked("%(who)s gave it to others: %(what)s."),
    Step.WENT_ON: marked("Those whose turn it was had had enough messages; the next people were told."),
    Step.BEYOND: marked("Everybody had had enough messages; %(who)s was told all the same."),
    Step.HELD: marked("Nobody was told: %(what)s."),
    Step.EXHAUSTED: marked("The policy has come to its end: nobody further is told."),
    Step.OVER: marked("It was over."),
    Step.RESOLVED: marked("%(who)s ended it: %(what)s."),
}
HOLDS: Final[dict[Reason, str]] = {
    Reason.SNOOZED: marked("put off"),
    Reason.SILENCED: marked("silenced"),
    Reason.MUTED: marked("a wider cause explains it, or it is planned"),
    Reason.OUT_OF_HOURS: marked("it waits for the day"),
    Reason.NO_ROUTE: marked("no route leads to anybody"),
    Reason.NOBODY_WANTED: marked("nobody is to be told of such"),
    Reason.NO_ADDRESS: marked("there is no address for that way"),
    Reason.THROTTLED: marked("enough messages for now, it comes with the next"),
}
HOLD_UNTIL: Final = marked("%(what)s until %(until)s")
REPLACES: Final = marked("%(person)s for %(leaves)s")
REPLACES_ALL: Final = marked("%(person)s for everybody")
ONLY: Final = marked("only %(people)s")

PAPER_TITLE: Final = marked("What happened: alert")
PAPER_RULE: Final = marked("Rule")
PAPER_SEVERITY: Final = marked("Urgency")
PAPER_SINCE: Final = marked("Began")
PAPER_KNOWN: Final = marked("Known to us")
PAPER_TOLD: Final = marked("Somebody told after")
PAPER_TAKEN: Final = marked("Somebody took it after")
PAPER_OVER: Final = marked("Over")
PAPER_CHARGERS: Final = marked("Chargers")
PAPER_CAUSE: Final = marked("Cause as we judge it now")
PAPER_REMARK: Final = marked("Cause as it was written down")
PAPER_HISTORY: Final = marked("How it went")
PAPER_PAGE: Final = marked("Page {page} of {pages}")
PAPER_AS_OF: Final = marked("as of %(time)s")


def moment(wording: Wording, one: Moment) -> str:
    """Return a moment of an alert's history as a sentence."""
    said = one.detail.rstrip(". ")  # the sentence has a full stop of its own
    facts = {"who": one.who, "count": one.count, "what": said, "way": wording.say(MEDIA[one.by]) if one.by else ""}
    if one.step is Step.REJUDGED:
        if one.cause is not None:
            facts["what"] = wording.say(CAUSES[one.cause])
        elif one.scope is not None:
            facts["what"] = wording.say(FAILED[one.scope]) % {"key": one.detail}
    elif one.step is Step.HELD and one.reason is not None:
        facts["what"] = wording.say(HOLDS[one.reason])
        if one.until is not None:
            facts["what"] = wording.say(HOLD_UNTIL) % {"what": facts["what"], "until": wording.clock(one.until)}
    return wording.say(STEPS[one.step]) % facts


def causes(wording: Wording, matters: Iterable[Matter]) -> list[str]:
    """Return what the causes of matters are, as they are judged now, each once."""
    found: dict[str, None] = {}
    for one in matters:
        if "scope" in one.labels:
            found[wording.say(FAILED[Scope(one.labels["scope"])]) % {"key": clipped(one.labels.get("key", ""))}] = None
        elif "cause" in one.labels:
            found[wording.say(CAUSES[Cause(one.labels["cause"])])] = None
    return list(found)


def change(wording: Wording, one: Change) -> str:
    """Return what is changed of a schedule."""
    if isinstance(one, TemporaryShift):
        return wording.say(ONLY) % {"people": ", ".join(one.people)}
    if one.leaves is None:
        return wording.say(REPLACES_ALL) % {"person": one.takes_over}
    return wording.say(REPLACES) % {"person": one.takes_over, "leaves": one.leaves}
