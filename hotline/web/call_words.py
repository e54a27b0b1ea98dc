"""What calls and tickets are called in front of people, in English; the catalogues have the other languages."""

from __future__ import annotations

from typing import Final

from hotline.core.calls import Outcome, Source, Stage
from hotline.core.sentences import marked
from hotline.core.tickets import Addressee, By, Step

STAGES: Final[dict[Stage, str]] = {
    Stage.WAITING: marked("waiting"),
    Stage.RUNNING: marked("on the telephone"),
    Stage.ENDED: marked("to be wrapped up"),
    Stage.CLOSED: marked("wrapped up"),
    Stage.MISSED: marked("missed"),
}
SOURCES: Final[dict[Source, str]] = {
    Source.TELEPHONE: marked("telephone system"),
    Source.CLICK: marked("console"),
    Source.COMMAND_LINE: marked("command line"),
}
OUTCOMES: Final[dict[Outcome, str]] = {
    Outcome.ADVISED: marked("Solved by advice"),
    Outcome.REMOTE: marked("Solved from here"),
    Outcome.ELSEWHERE: marked("Sent to another charger"),
    Outcome.HANDED_OVER: marked("Handed over"),
    Outcome.INFORMED: marked("Question answered"),
    Outcome.UNSOLVED: marked("Not solved"),
    Outcome.WRONG_NUMBER: marked("Wrong number"),
    Outcome.DROPPED: marked("Line broke"),
}
ADDRESSEES: Final[dict[Addressee, str]] = {
    Addressee.DESK: marked("the hotline"),
    Addressee.ON_CALL: marked("the operator on call"),
    Addressee.OWNER: marked("the owner"),
    Addressee.MAINTAINER: marked("the maintainer"),
    Addressee.GRID: marked("the grid operator"),
}
WAYS: Final[dict[By, str]] = {
    By.SYSTEM: marked("Their ticket system"),
    By.MAIL: marked("E-mail"),
    By.OURSELVES: marked("I tell them myself"),
}
STEPS: Final[dict[Step, str]] = {
    Step.OPENED: marked("opened"),
    Step.JOINED: marked("one more caller"),
    Step.HANDED_OVER: marked("handed over"),
    Step.PROMISED: marked("promised"),
    Step.NOTED: marked("note"),
    Step.DONE: marked("done"),
    Step.REOPENED: marked("opened again"),
}

CONTACTS: Final = marked("Contacts")
ANSWERED: Final = marked("Answered")
SOLVED: Final = marked("Solved")
SOLVED_FIRST: Final = marked("Solved at the first call")
UNTIL_ANSWERED: Final = marked("Until answered")
UNTIL_VERDICT: Final = marked("Until the verdict")
CONVERSATION: Final = marked("Conversation")
BY_OUTCOME: Final = marked("What came of it")
BY_CAUSE: Final = marked("Causes")
BY_SYMPTOM: Final = marked("What callers complain of")
BY_CHARGER: Final = marked("Chargers with most calls")
BY_OWNER: Final = marked("Owners")
NOT_SAID: Final = marked("not said")
REGISTER: Final = marked("Contact register")
URGENT: Final = marked("urgent")
POINT: Final = marked("Point")
