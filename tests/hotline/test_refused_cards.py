"""A card that was refused at the charger: read from its frames, told with its reason, never with its number."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from hotline.core.diagnosis import Symptom, diagnose
from hotline.core.diagnosis.steps import Ask, HandOver, Plea, Recipient, Urgency
from hotline.core.refused_cards import RefusedCard, refused_card
from hotline.core.sentence_names import Saying, Sentence
from monitor.runtime.redaction import redact
from monitor.runtime.trace import Direction, Frame

from .reading import ago, line, offline, online, read
from .support import NOW, station

if TYPE_CHECKING:
    from .support import Browser, House

PLAIN = station(1)


def frames(*answers: Any, action: str = "Authorize", minutes: float = 2) -> list[Frame]:
    """Return a question of that action for each of `answers`, and the answer, as they are kept."""
    kept = []
    for number, answer in enumerate(answers):
        asked, told = [2, str(number), action, {"idTag": "04A2B3C4D5E6F7"}], [3, str(number), answer]
        for direction, frame in ((Direction.IN, asked), (Direction.OUT, told)):
            text = redact(json.dumps(frame))
            kept.append(Frame(at=ago(minutes=minutes, seconds=-number), direction=direction, text=text))
    return kept


@pytest.mark.parametrize("action", ["Authorize", "StartTransaction", "TransactionEvent"])
@pytest.mark.parametrize("name", ["idTagInfo", "idTokenInfo"])
def test_a_refusal_is_read_in_every_version(action: str, name: str) -> None:
    kept = frames({name: {"status": "Blocked", "expiryDate": "2027-01-01T00:00:00Z"}}, action=action)
    assert refused_card(kept, NOW) == RefusedCard(at=ago(minutes=2), status="Blocked")


@pytest.mark.parametrize(
    "kept",
    [
        [],
        frames({"idTagInfo": {"status": "Accepted"}}),
        frames({"idTagInfo": {"status": "Blocked"}}, {"idTagInfo": {"status": "Accepted"}}),
        frames({"idTagInfo": {"status": "Blocked"}}, minutes=16),
        frames({"status": "Blocked"}, action="DataTransfer"),
        frames({}, {"idTagInfo": {}}, {"idTagInfo": "Blocked"}, ["Blocked"], None),
        [Frame(at=NOW, direction=Direction.OUT, text='[3,"0",{"idTagInfo":{"sta', cut=True)],
    ],
)
def test_what_is_no_refusal_of_the_last_card(kept: list[Frame]) -> None:
    assert refused_card(kept, NOW) is None


def test_an_answer_without_a_card_says_nothing_of_the_one_before() -> None:
    kept = frames({"idTagInfo": {"status": "Expired"}}, {})
    found = refused_card(kept, NOW)
    assert found is not None
    assert found.status == "Expired"


@pytest.mark.parametrize(
    ("status", "sentence", "saying"),
    [
        ("Blocked", Sentence.CARD_BLOCKED, Saying.CARD_BLOCKED),
        ("Expired", Sentence.CARD_EXPIRED, Saying.CARD_EXPIRED),
        ("Invalid", Sentence.CARD_INVALID, Saying.CARD_INVALID),
        ("Unknown", Sentence.CARD_INVALID, Saying.CARD_INVALID),
        ("ConcurrentTx", Sentence.CARD_CHARGING, Saying.CARD_CHARGING),
        ("NoCredit", Sentence.CARD_REFUSED, Saying.CARD_HERE),
    ],
)
def test_the_reason_is_named(status: str, sentence: Sentence, saying: Saying) -> None:
    refused = RefusedCard(at=ago(seconds=40), status=status)
    verdict = diagnose(online(), PLAIN, NOW, symptom=Symptom.CARD_REFUSED, refused=refused)
    assert (verdict.sentence, verdict.saying) == (sentence, saying)
    assert verdict.steps == (Ask(Plea.CARD_NUMBER), Ask(Plea.OTHER_CARD), HandOver(Recipient.PROVIDER, Urgency.ROUTINE))
    far = diagnose(offline(), PLAIN, NOW, symptom=Symptom.CARD_REFUSED, refused=refused)
    assert far.saying is Saying.CARD_OFFLINE
    assert diagnose(online(), PLAIN, NOW, symptom=Symptom.WILL_NOT_START, refused=refused).sentence is not sentence


async def test_the_page_says_it_without_the_number(house: House, browser: Browser) -> None:
    found = house.put(station(1), online())
    house.contacts.lines[found.id] = line(frames=tuple(frames({"idTagInfo": {"status": "Expired"}})))
    words = (await read(browser, "/stations/CP0001?symptom=card_refused")).words
    assert "A card was refused here 2 min ago: it has expired." in words
    assert "Un badge vient d'être refusé ici parce qu'il a expiré." in words
    assert "04A2" not in words
