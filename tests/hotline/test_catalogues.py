"""Every sentence of templates, verdicts and words is in every catalogue, with the same placeholders."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.extract import extract_from_dir

from hotline.core.diagnosis import Barred, Safety, Symptom
from hotline.core.diagnosis.steps import Plea, Recipient, Urgency
from hotline.core.offers import OFFERED
from hotline.core.permissions import Need
from hotline.core.sentences import SAYINGS, VERDICTS, Saying, Sentence
from hotline.web import step_words, words
from hotline.web.languages import OWN_NAMES, Speech, catalogue
from monitor.core.breaches import Cause, Party
from monitor.core.events import State
from monitor.core.incidents import Confidence, Scope
from monitor.core.ladder import Finding, Level, Source
from monitor.core.observations import Status
from monitor.core.quirks import Quirk
from monitor.core.registry import Bearer, LifeCycle

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

HOLES = re.compile(r"%\(\w+\)s|\{\w+\}|</?[a-z][^>]*>")
KEYWORDS = {"marked": None, "_": None, "gettext": None, "ngettext": (1, 2)}


def texts(of: str | list[str] | tuple[str, ...] | None) -> list[str]:
    return [of] if isinstance(of, str) else list(of or ())


def extracted() -> set[str | tuple[str, ...]]:
    folder = Path(str(files("hotline")))
    found = extract_from_dir(
        folder, [("**.py", "python"), ("web/templates/**.html", "jinja2")], keywords=KEYWORDS, strip_comment_tags=True
    )
    return {tuple(message) if isinstance(message, (list, tuple)) else message for _, _, message, _, _ in found}


@pytest.fixture(scope="module", params=[speech for speech in Speech if speech is not Speech.ENGLISH])
def known(request: pytest.FixtureRequest) -> Catalog:
    found = catalogue(request.param)
    assert found is not None
    return found


def test_every_message_is_translated_and_nothing_else(known: Catalog) -> None:
    asked = extracted()
    assert len(asked) > 150
    translated = {message.id for message in known if message.id and message.string and not message.fuzzy}
    assert {str(text) for text in asked - translated} == set()
    assert {str(text) for text in translated - asked} == set()


def test_placeholders_and_markup_are_kept(known: Catalog) -> None:
    for message in known:
        if not message.id:
            continue
        holes = set(HOLES.findall(texts(message.id)[-1]))
        for target in texts(message.string):
            found = set(HOLES.findall(target))
            assert found == holes, (message.id, target)


def test_french_typography(known: Catalog) -> None:
    for message in known:
        for text in texts(message.string):
            if message.id:
                assert not re.search(r" [:;?!]", text), f"a plain space before a sign: {text}"
                assert not re.search(r"\b(tu|ton|ta|tes|toi)\b", text), f"vous, not tu: {text}"


def test_every_member_has_words() -> None:
    assert set(VERDICTS) == set(Sentence)
    assert set(SAYINGS) == set(Saying)
    assert set(words.STATES) == set(words.BECAME) == set(State)
    assert set(words.STATUSES) == set(Status)
    assert set(words.QUIRKS) == set(Quirk)
    assert set(words.CAUSES) == set(Cause)
    assert set(words.PARTIES) == set(Party)
    assert set(words.BEARERS) == set(Bearer)
    assert set(words.SCOPES) == set(words.FAILED) == set(Scope)
    assert set(words.CONFIDENCES) == set(Confidence)
    assert set(words.FINDINGS) == set(Finding)
    assert set(words.SOURCES) == set(Source) - {Source.NOTHING}
    assert set(words.LEVELS) == {level for level, _ in words.RUNGS} == set(Level)
    assert set(words.LIFE_CYCLES) == set(LifeCycle)
    assert set(OWN_NAMES) == set(Speech)
    assert set(step_words.SAFETIES) == set(Safety)
    assert set(step_words.SYMPTOMS) == set(Symptom)
    assert set(step_words.PLEAS) == set(Plea)
    assert set(step_words.RECIPIENTS) == set(Recipient)
    assert set(step_words.HAND_OVERS) == set(Urgency)
    assert set(step_words.ORDERS) == set(OFFERED)
    assert set(step_words.BARS) == set(Barred)
    assert set(step_words.NEEDS) == set(Need)
