"""A diagnosis put into words: steps, offers, why something is barred, symptoms and how dangerous it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from hotline.core.diagnosis.limits import Barred
from hotline.core.diagnosis.steps import Ask, Contradict, Elsewhere, HandOver, Send, Step
from hotline.core.points import WHOLE_STATION
from hotline.core.sentence_names import Saying
from hotline.web import step_words
from hotline.web.dates import ZONE
from hotline.web.speaking import Speaking, clipped

if TYPE_CHECKING:
    from hotline.core.diagnosis import Safety, Symptom
    from hotline.core.offers import Offer
    from monitor.core.commands import Action


class Advice(Speaking):
    """Words for what to do."""

    def where(self, connector: str) -> str:
        """Return a point, or the whole charger, as a sentence begins with it."""
        if connector in ("", WHOLE_STATION):
            return self.say(step_words.WHERE_WHOLE)
        return self.say(step_words.WHERE_POINT) % {"point": clipped(connector)}

    def step(self, step: Step) -> str:
        """Return what to do, as an agent reads it."""
        match step:
            case Ask():
                return self.say(step_words.PLEAS[step.plea]) % {"point": clipped(step.connector)}
            case Send():
                text = self._order(step.action, step.type, step.connector)
                return self.say(step_words.AFTER_STOP) % {"order": text} if step.after_stop else text
            case HandOver():
                return self._handed(step)
            case Elsewhere():
                told = step_words.ELSEWHERE_POINT if step.connector else step_words.ELSEWHERE
                return self.say(told) % {"point": clipped(step.connector)}
            case Contradict():
                return self.say(step_words.CONTRADICTION)
        assert_never(step)

    def offer(self, offer: Offer) -> str:
        """Return what can be asked for."""
        return self._order(offer.action, offer.type, offer.connector)

    def _handed(self, step: HandOver) -> str:
        told = step_words.HAND_OVERS[step.urgency] if step.what is None else step_words.DONE_BY
        facts = {"recipient": self.say(step_words.RECIPIENTS[step.to])}
        return self.say(told) % (facts if step.what is None else facts | {"order": self.step(step.what)})

    def _order(self, action: Action, kind: str, connector: str) -> str:
        text = self.say(step_words.ORDERS[action, kind])
        if connector in ("", WHOLE_STATION):
            return text
        return self.say(step_words.AT_POINT) % {"order": text, "point": clipped(connector)}

    def barred(self, offer: Offer) -> str:
        """Return why something is not to be asked for, empty if it may be."""
        if offer.barred is None:
            return ""
        if offer.barred is Barred.ROLE and offer.needs is not None:
            return self.say(step_words.NEEDS[offer.needs])
        points = ", ".join(clipped(one.connector) or "?" for one in offer.affected)
        until = "" if offer.until is None else f"{offer.until.astimezone(ZONE):%H:%M:%S}"
        return self.say(step_words.BARS[offer.barred]) % {"points": points, "until": until}

    def affected(self, offer: Offer) -> list[str]:
        """Return whose sessions it would end."""
        return [
            self.say(step_words.AFFECTS) % {"point": clipped(one.connector) or "?", "session": self.age(one.since)}
            for one in offer.affected
        ]

    def symptom(self, symptom: Symptom) -> str:
        """Return what the caller calls about, as an agent picks it."""
        return self.say(step_words.SYMPTOMS[symptom])

    def safety(self, safety: Safety, saying: Saying | None = None) -> str:
        """Return how dangerous it is, empty for not at all; it does not contradict what is said."""
        if saying is Saying.GROUND:
            return self.say(step_words.DO_NOT_USE)
        return self.say(step_words.SAFETIES[safety]) if step_words.SAFETIES[safety] else ""
